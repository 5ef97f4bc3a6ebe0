"""What the provenance says that the model leaves out."""

import dataclasses

import pytest

from epidot.design import catalogue
from epidot.pipeline import Method
from epidot.pipeline.provenance import limits
from epidot.structure import build


@pytest.mark.parametrize(("name", "said"), [("CdSe", False), ("CdSe0.6S0.4", True)])
def test_alloys_are_said_to_be_random(name, said):
    structure = dataclasses.replace(build(catalogue.zb_dot(diameter="2 nm")), segment_materials=(name,))
    found = [text for text in limits(structure, Method(), 300.0) if text.startswith("Alloys are random")]
    assert len(found) == said
    assert all("virtual compound" in text for text in found)
