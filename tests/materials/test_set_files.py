"""Tight-binding sets from files: what is read is what the packaged ones hold, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from epidot import materials
from epidot.errors import InputError

DATA = Path(materials.__file__).parent / "data" / "sets"


def changed(tmp_path, place, value, name="sp3d5s_star_T0"):
    """A copy of a packaged set with the value at a dotted place; None takes the key away."""
    whole = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    *path, last = place.split(".")
    part = whole
    for step in path:
        part = part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    copy = tmp_path / "mine.yaml"
    copy.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return copy


@pytest.mark.parametrize("name", materials.SETS)
def test_packaged_sets_have_the_schema_of_files_and_read_alike(name):
    given = materials.read_set(DATA / f"{name}.yaml")
    assert given.name == f"{name}.yaml"
    assert materials.set_compounds(given) == tuple(sorted(materials.set_compounds(name)))
    for compound in materials.set_compounds(name):
        ours, theirs = (vars(materials.two_centre(compound, one)).copy() for one in (given, name))
        assert ours.pop("set") != theirs.pop("set")
        assert ours == theirs
        for lattice in materials.LATTICES:
            terms = [materials.polytype(compound, one, lattice) for one in (given, name)]
            assert (terms[0].vs_c, terms[0].delta_a, terms[0].sourced, terms[0].confidence) == (
                terms[1].vs_c,
                terms[1].delta_a,
                terms[1].sourced,
                terms[1].confidence,
            )


def test_a_set_is_its_content(tmp_path):
    one = materials.read_set(changed(tmp_path, "compounds.CdSe.two_centre.V_ss", -1.1))
    other = materials.read_set(changed(tmp_path, "compounds.CdSe.two_centre.V_ss", -1.2))
    assert one != other
    assert hash(one) != hash(other)
    assert materials.two_centre("CdSe", one).V_ss == -1.1
    assert one == materials.read_set(changed(tmp_path, "compounds.CdSe.two_centre.V_ss", -1.1))


BAD = {
    "missing integral": ("compounds.CdTe.two_centre.V_ddd", None, "compounds.CdTe.two_centre", "V_ddd"),
    "unknown integral": ("compounds.CdTe.two_centre.V_dddd", 1.0, "two_centre.V_dddd", "Did you mean V_ddd?"),
    "not a number": ("compounds.CdS.two_centre.Esa", "high", "two_centre.Esa", "finite number"),
    "not finite": ("compounds.CdS.two_centre.Esa", float("nan"), "two_centre.Esa", "finite number"),
    "no length": ("compounds.CdS.a_ref", 0.0, "compounds.CdS.a_ref", "positive"),
    "unknown compound": ("compounds.HgTe", {}, "compounds.HgTe", "CdSe"),
    "unknown basis": ("basis", "sp3", "mine.yaml: basis", "sp3d5s*"),
    "d without d": ("basis", "sp3s*", "two_centre.", "is not a key here"),
    "no compounds": ("compounds", {}, "compounds", "must hold a compound"),
    "cold": ("temperature", -3, "temperature", "negative"),
    "no source": ("source", None, "mine.yaml", "without source"),
    "confidence": ("compounds.CdS.confidence", "sure", "confidence", "high, medium, low"),
    "unknown target": ("compounds.CdS.targets.Egap", 2.0, "targets.Egap", "Keys"),
    "half of wurtzite": ("compounds.CdS.wurtzite.real.terms.vs_c", None, "wurtzite.real.terms", "vs_c"),
    "a list": ("compounds.CdS.two_centre", [1.0], "two_centre", "table"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_with_a_file_is_named(case, tmp_path):
    place, value, where, word = BAD[case]
    with pytest.raises(InputError) as caught:
        materials.read_set(changed(tmp_path, place, value))
    assert where in caught.value.name
    assert word in str(caught.value)


def test_files_that_are_no_sets(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        materials.read_set(tmp_path / "none.yaml")
    (tmp_path / "odd.yaml").write_text("basis: [")
    with pytest.raises(InputError, match="cannot be read"):
        materials.read_set(tmp_path / "odd.yaml")
    (tmp_path / "text.yaml").write_text("sp3s*")
    with pytest.raises(InputError, match="table of keys"):
        materials.read_set(tmp_path / "text.yaml")
    with pytest.raises(InputError, match="read_set"):
        materials.two_centre("CdSe", "mine.yaml")


def test_compounds_that_a_set_lacks_are_named():
    with pytest.raises(
        InputError, match=r"ZnSe: is not in .*sp3d5s_star_T0.* holds CdS, CdSe, CdTe"
    ) as caught:
        materials.two_centre("ZnSe", "sp3d5s_star_T0")
    assert "sp3s_star_T300" in caught.value.cure
