"""Bulk checks of parameter sets: packaged ones pass with the figures of their fit, spoilt ones are caught."""

from __future__ import annotations

import json

import pytest

from epidot import materials
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import TightBindingMethod, tight_binding
from epidot.hamiltonian.tight_binding.check import check_set

TERMS = {"terms": {"vs_c": 0.12, "vp_a": 0.03, "delta_a": 0.05}}
DEEP = {"terms": {"vs_c": -3.0, "vp_a": 0.03, "delta_a": 0.05}}
SPOILT = {
    "no gap": (("two_centre", "Esc"), -6.0, "no gap at Γ"),
    "gap of another kind": (("two_centre", "V_paSc"), 4.5, "conduction minimum is not at Γ"),
    "valence maximum elsewhere": (("two_centre", "V_ppp"), 0.6, "valence maximum is not at Γ"),
    "off the scale": (("vbm_scale",), 0.0, "add -0.6000 eV to every on-site energy"),
    "another lattice": (("a_ref",), 6.2, "particles relax to 6.0520"),
    "wurtzite of another lattice": (("wurtzite",), {"ideal": TERMS}, "none for the real lattice"),
    "wurtzite without a gap": (("wurtzite",), {"real": DEEP}, "the wurtzite terms leave a gap of"),
    "a misprint": (("computed", "Eg"), 1.9, "do not give what the set says in brackets: Eg 1.766 (1.9)"),
}


def spoilt(path, value, name="sp3s_star_T0"):
    whole = json.loads(json.dumps(dict(materials.set_content(name))))
    part = whole["compounds"]["CdSe"]
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return materials.ParameterSet("mine.yaml", json.dumps(whole))


@pytest.mark.parametrize("name", materials.SETS)
def test_packaged_sets_pass_and_give_every_figure_of_their_fit(name):
    found = check_set(name)
    assert found.problems == ()
    for compound, figures in found.figures.items():
        stated = materials.two_centre(compound, name).computed
        assert set(figures) == set(stated)
        for key, value in stated.items():
            assert figures[key] == pytest.approx(value, abs=3e-4), (compound, key)
        assert found.targets[compound] == dict(materials.two_centre(compound, name).targets)


@pytest.mark.parametrize("case", SPOILT)
def test_what_makes_a_set_useless_is_said(case):
    path, value, words = SPOILT[case]
    found = check_set(spoilt(path, value))
    assert not found.summary()["ok"]
    problems = [text for text in found.problems if text.startswith("CdSe")]
    assert any(words in text for text in problems), found.problems
    assert problems == list(found.problems), "the other compounds are as they were"


def test_a_particle_is_refused_with_a_useless_set_and_computed_with_a_good_one(particle):
    relaxed = particle("zb", 12.0, 2.62)
    with pytest.raises(InputError, match=r"mine\.yaml.*CdSe.*no gap.*--check"):
        tight_binding(relaxed, method=TightBindingMethod(spoilt(*SPOILT["no gap"][:2])))
    good = spoilt(("confidence",), "low")
    ours, theirs = (tight_binding(relaxed, method=TightBindingMethod(one)) for one in (good, "sp3s_star_T0"))
    assert (ours.parameters, theirs.parameters) == ("mine.yaml", "sp3s_star_T0")
    assert (ours.hopping == theirs.hopping).all()
    assert ours.edges == theirs.edges
