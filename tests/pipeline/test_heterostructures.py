"""Whole particles behave as the field knows them: where electron and hole live, what emits lower."""

import numpy as np
import pytest

from epidot.design import catalogue
from epidot.pipeline import Method, run

METHOD = Method(electrons=8, holes=8)


def tetrapod(inner, outer):
    return catalogue.tetrapod(
        core=inner,
        core_diameter="1.5 nm",
        arm_diameter="2.7 nm",
        segments=[(inner, "1.8 nm"), (outer, "3 nm")],
    )


@pytest.fixture(scope="module")
def runs():
    return {
        name: run(tetrapod(*name), method=METHOD)
        for name in (("CdSe", "CdTe"), ("CdSe", "CdSe"), ("CdTe", "CdTe"))
    }


def share(result, kind, material):
    states = result.summary["states"]
    inside = np.array([name == material for name in result.structure.segment_materials])
    return float(np.array(states[f"{kind}_in_segment"][0])[inside].sum())


def test_tetrapod_separates_electron_and_hole(runs):
    result = runs["CdSe", "CdTe"]
    assert share(result, "electron", "CdSe") > 0.8
    assert share(result, "hole", "CdTe") > 0.8
    assert result.summary["optics"]["alignment"] == "type II"


def test_type_two_emits_below_both_materials(runs):
    energy = {name: result.summary["optics"]["emission_eV"] for name, result in runs.items()}
    mixed = energy.pop(("CdSe", "CdTe"))
    assert mixed < min(energy.values())
    lifetime = {name: result.summary["optics"]["radiative_lifetime_ns"] for name, result in runs.items()}
    assert lifetime["CdSe", "CdTe"] > 20.0 * max(lifetime["CdSe", "CdSe"], lifetime["CdTe", "CdTe"])
    assert runs["CdSe", "CdSe"].summary["optics"]["alignment"] == "type I"


def test_tetrahedral_symmetry_shows_in_the_levels(runs):
    # Td doubles: the lowest electron is s-like (one Kramers pair), the next three belong together.
    levels = np.array(runs["CdSe", "CdSe"].summary["states"]["electron_eV"])
    assert levels[2] - levels[1] > 0.02
    assert np.ptp(levels[2:8]) < 0.01


def test_hole_of_a_dot_in_a_rod_is_in_the_core():
    design = catalogue.dot_in_rod(core_diameter="2.6 nm", rod_diameter="3.6 nm", rod_length="9 nm")
    result = run(design, method=METHOD)
    states = result.summary["states"]
    core = states["segments"].index("core")
    assert states["hole_in_segment"][0][core] > 0.6
    assert result.summary["optics"]["alignment"] in ("type I", "quasi-type II")
