"""Errors name what exists, the listing is complete plain data, and importing stays cheap."""

import json
import subprocess
import sys

import numpy as np
import pytest

from epidot import materials
from epidot.errors import InputError

COMPOUNDS = ("CdS", "CdSe", "CdTe", "ZnS", "ZnSe", "ZnTe")

WRONG = {
    "compound": (lambda: materials.compound("cdse"), "material", ("CdSe?", "ZnTe")),
    "compound far off": (lambda: materials.compound("unobtainium"), "material", ("CdS, CdSe",)),
    "key": (lambda: materials.number("CdSe", "keating_alfa"), "parameter", ("keating_alpha?", "Eg_300K")),
    "key of the other phase": (
        lambda: materials.number("CdSe", "keating_alpha", "wz"),
        "parameter",
        ("E_AB",),
    ),
    "phase": (lambda: materials.number("CdSe", "a", "wurtzite"), "phase", ("zb, wz",)),
    "phase of edges": (lambda: materials.band_edges("CdSe", "rocksalt"), "phase", ("zb, wz",)),
    "set": (
        lambda: materials.two_centre("CdSe", "sp3s_star_T30"),
        "set",
        ("sp3s_star_T300?", "sp3s_star_T0"),
    ),
    "set of polytype": (lambda: materials.polytype("ZnSe", "nothing"), "set", ("sp3s_star_T0",)),
    "offsets": (lambda: materials.offset_set("wei-zunger"), "offsets", ("wei-zunger-1998?", "rabani-sepm")),
    "solvent": (lambda: materials.solvent("tolune"), "solvent", ("toluene?", "hexane")),
    "ion": (lambda: materials.ion("Te"), "element", ("Cd", "Se")),
    "atoms": (lambda: materials.compound_of(48, 8), "(cation, anion)", ("CdSe (48, 34)",)),
    "colour": (lambda: materials.colour("CdO"), "material", ("CdS?",)),
    "table": (lambda: materials.table("CdSse"), "material", ("CdS",)),
    "summary": (lambda: materials.summary("InP"), "material", ("ZnTe",)),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_name_is_answered_with_what_exists(case):
    call, name, words = WRONG[case]
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.name == name
    for word in words:
        assert word in str(caught.value)


def test_a_name_that_resembles_nothing_gets_no_suggestion():
    with pytest.raises(InputError) as caught:
        materials.compound("unobtainium")
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", COMPOUNDS)
def test_table_holds_every_number_under_a_readable_name(name):
    whole = materials.table(name)
    stored = {
        (phase, key): item
        for phase, block in materials.compound(name).phases.items()
        for key, item in block.items()
    }
    assert {(row.phase, row.key): row.value for row in whole.parameters} == {
        key: item.value for key, item in stored.items()
    }
    assert all(row.quantity and row.unit and row.source and row.confidence for row in whole.parameters)
    for phase in ("zb", "wz"):
        labels = [row.quantity for row in whole.parameters if row.phase == phase]
        assert len(labels) == len(set(labels))


@pytest.mark.parametrize("name", COMPOUNDS)
def test_table_holds_the_tight_binding_sets_whole(name):
    for listed in materials.table(name).sets:
        bulk, terms = materials.two_centre(name, listed.name), materials.polytype(name, listed.name)
        values = {(row.phase, row.key): row.value for row in listed.parameters}
        assert sum(phase == "zb" for phase, _ in values) == {"sp3s*": 15, "sp3d5s*": 31}[bulk.basis]
        assert all(
            getattr(bulk if phase == "zb" else terms, key) == value for (phase, key), value in values.items()
        )
        assert {row.key: row.value for row in listed.computed if row.phase == "zb"} == dict(bulk.computed)
        assert {row.key: row.value for row in listed.computed if row.phase == "wz"} == dict(terms.computed)
        assert {row.unit for row in listed.computed} == {"eV", "m0", "1"}


@pytest.mark.parametrize("name", COMPOUNDS)
def test_summary_is_plain_data_with_the_keys_of_the_contract(name):
    plain = json.loads(json.dumps(materials.summary(name)))
    assert plain["name"] == name
    gap = plain["phases"]["zb"]["Eg_300K"]
    assert {"value", "unit", "source", "confidence"} <= set(gap)
    assert (gap["value"], gap["unit"]) == (materials.number(name, "Eg_300K"), "eV")
    assert [entry["set"] for entry in plain["tight_binding"]] == [
        name_of for name_of in materials.SETS if name in materials.set_compounds(name_of)
    ]
    edges = plain["tight_binding"][0]["phases"]["wz"]["edges_eV"]
    assert tuple(edges) == materials.band_edges(name, "wz")


@pytest.mark.parametrize("sight", ["normal", "protan", "deutan"])
def test_colours_of_compounds_differ_for_every_reader(sight, as_seen):
    lab = as_seen([materials.colour(name) for name in COMPOUNDS], sight)
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
    # Ten just noticeable differences (CIE 1976).
    assert apart[~np.eye(len(COMPOUNDS), dtype=bool)].min() > 23.0


PROBE = """
import sys, time
import epidot.materials as materials
start = time.process_time()
materials.summary("CdSe"), materials.band_edges("CdTe", "wz"), materials.solvent("water")
print(time.process_time() - start)
heavy = ("numpy", "scipy", "pint", "xarray", "matplotlib", "ase", "numba")
print(" ".join(name for name in heavy if name in sys.modules))
"""


def test_import_and_first_look_up_are_cheap_and_bring_nothing_heavy():
    seconds = []
    for _ in range(3):
        out = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
        ).stdout.split("\n")
        seconds.append(float(out[0]))
        assert out[1] == ""
    assert min(seconds) < 0.15
