"""The sentence of the report against particles whose answer is known by construction."""

import dataclasses

import pytest

from epidot.design.design import Design
from epidot.reporting.reading import read
from epidot.reporting.results import lookup, rows, tiles
from epidot.reporting.words import kind, materials_of, sentence
from epidot.units import HC


def test_type_two_tetrapod(small_tetrapod):
    run = small_tetrapod
    text = sentence(read(run))
    assert text.startswith(
        f"A CdSe/CdTe tetrapod of {len(run.structure.numbers):,} atoms. Electron in the CdSe core"
    )
    assert "hole in the CdTe arm tips" in text
    assert ": type II." in text
    assert f"({HC / run.optics.emission_energy:.0f}\u202fnm)" in text
    assert text.endswith("radiative lifetime 2.1\u202fµs.")


def test_type_one_dot(dot_run):
    text = sentence(read(dot_run))
    assert text.startswith("A CdSe/CdS core/shell dot of 597 atoms. Electron in the CdSe core (")
    assert "hole in the CdSe core (" in text
    assert ": type I." in text


def test_rod_names_its_segments(rod_run):
    text = sentence(read(rod_run))
    assert "CdSe/CdTe heterorod" in text
    assert "Electron in the CdSe segment 1" in text
    assert "hole in the CdTe segment 2" in text


def test_populations_are_those_of_the_states(small_tetrapod):
    reading = read(small_tetrapod)
    states = small_tetrapod.states
    for carrier, table in (
        (reading.electron, states.electron_in_segment),
        (reading.hole, states.hole_in_segment),
    ):
        assert carrier.weights.sum() == pytest.approx(1.0)
        assert carrier.in_segment == pytest.approx(carrier.weights @ table, abs=1e-5)


def test_no_emission_is_said(dot_run):
    optics = dataclasses.replace(dot_run.optics, emission_energy=-0.1)
    assert "No emission" in sentence(read(dataclasses.replace(dot_run, optics=optics)))


@pytest.mark.parametrize(("arms", "name"), [(1, "one-armed particle"), (3, "tripod"), (4, "tetrapod")])
def test_branched_particles_are_named_by_their_arms(arms, name):
    arm = {"cross_section": {"diameter": "3 nm"}, "segments": [{"material": "CdS", "length": "8 nm"}]}
    root = {"kind": "branch_point", "material": "CdSe", "arms": [arm] * arms}
    assert kind(Design.model_validate({"schema": "epidot-design/1", "name": "x", "root": root})) == name


def test_core_comes_first_among_the_materials(rod_run):
    structure = dataclasses.replace(
        rod_run.structure,
        segments=("s1", "core"),
        segment_materials=("CdS", "CdSe"),
        materials=("CdS", "CdSe"),
    )
    assert materials_of(structure) == "CdSe/CdS"


def test_table_states_what_the_summary_holds(small_tetrapod):
    summary = small_tetrapod.summary
    table = {row.what: row for row in rows(summary)}
    assert table["Emission energy"].value == f"{summary['optics']['emission_eV']:.3f}"
    low, high = summary["uncertainty"]["optics.emission_eV"]
    assert table["Emission energy"].interval == f"{low:.3f} to {high:.3f}"
    assert table["Radiative lifetime"].unit == "ns"
    assert table["Lowest pair state"].interval == ""


def test_missing_keys_leave_lines_out():
    assert rows({}) == []
    assert lookup({"a": 1}, "a.b") is None


def test_tiles_carry_the_uncertainty(small_tetrapod):
    found = {tile.label: tile for tile in tiles(read(small_tetrapod))}
    low, high = small_tetrapod.summary["uncertainty"]["optics.emission_eV"]
    assert found["Emission"].note == f"between {low:.2f} to {high:.2f}\u202feV".replace(" to ", " and ")
    assert found["Alignment"].value == "type II"
