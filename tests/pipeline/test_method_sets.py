"""A parameter set in a file: found beside the method, in the key of the states, kept whole with the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from epidot import materials
from epidot.design import from_dict
from epidot.errors import InputError
from epidot.pipeline import Method, read_method
from epidot.pipeline.checkpoints import stage_keys
from epidot.pipeline.method import to_dict

DESIGN = from_dict(
    {
        "schema": "epidot-design/1",
        "name": "dot",
        "root": {"kind": "dot", "material": "CdSe", "diameter": "1.8 nm"},
    }
)
SET = (Path(materials.__file__).parent / "data" / "sets" / "sp3s_star_T0.yaml").read_text(encoding="utf-8")


def method_with(folder, text):
    (folder / "sets").mkdir(parents=True)
    (folder / "sets" / "mine.yaml").write_text(text, encoding="utf-8")
    (folder / "method.yaml").write_text("tight_binding: {parameters: sets/mine.yaml, eta: 2.5}")
    return read_method(folder / "method.yaml")


def test_a_set_enters_the_key_of_the_states_by_its_content_alone(tmp_path):
    here, there = (method_with(tmp_path / name, SET) for name in ("here", "there"))
    other = method_with(tmp_path / "other", SET.replace("V_ss: -1.00744", "V_ss: -1.00745"))
    assert here == there
    assert here.tight_binding.eta == 2.5
    keys, same, changed = (stage_keys(DESIGN, method) for method in (here, there, other))
    assert keys == same
    assert {name for name in keys if keys[name] != changed[name]} == {"states", "excitons", "optics"}


def test_provenance_holds_the_set_whole(tmp_path):
    plain = to_dict(method_with(tmp_path / "here", SET))["tight_binding"]
    assert plain["parameters"]["name"] == "mine.yaml"
    assert plain["parameters"]["content"]["compounds"]["CdSe"]["two_centre"]["V_ss"] == -1.00744
    assert to_dict(Method())["tight_binding"]["parameters"] == materials.DEFAULT_SET


def test_a_set_that_is_not_there_is_named(tmp_path):
    (tmp_path / "method.yaml").write_text("tight_binding: {parameters: none.yml}")
    with pytest.raises(InputError, match=r"none\.yml.*cannot be read"):
        read_method(tmp_path / "method.yaml")
