"""Graded segments: the composition along a path is that of the design, in the direction of the path."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.design import from_dict
from epidot.design.design import SCHEMA
from epidot.reporting.diagram import level_diagram
from epidot.reporting.reading import read
from epidot.reporting.style import house_style
from epidot.structure import build
from epidot.structure.along import main_path, pieces
from epidot.structure.course import between, course, grades


def rod(*segments):
    root = {"kind": "stack", "cross_section": {"diameter": "2.4 nm"}, "segments": list(segments)}
    design = from_dict({"schema": SCHEMA, "name": "graded rod", "root": root})
    return design, build(design)


@pytest.fixture(scope="module")
def graded():
    return rod(
        {"material": "CdSe", "length": "2 nm"},
        {"material": "CdSe", "grade_to": "CdS", "length": "4 nm"},
        {"material": "CdS", "length": "2 nm"},
    )


def test_only_graded_segments_are_found(graded):
    design, structure = graded
    found = grades(design, structure)
    assert set(found) == {structure.segments.index("s2")}
    (grade,) = found.values()
    assert (grade.inner, grade.outer) == ("CdSe", "CdS")
    assert grade.outward[2] > 0.0


@pytest.mark.parametrize("turned", [False, True])
def test_strips_follow_the_atoms(graded, turned):
    design, structure = graded
    if turned:
        ((name, ends),) = structure.paths
        structure = dataclasses.replace(structure, paths=((name, ends[::-1]),))
    path = main_path(structure, structure.positions)
    found = course(path, design, structure)
    labels = [piece.material for piece in found.pieces]
    assert labels == (["CdS", "CdS → CdSe", "CdSe"] if turned else ["CdSe", "CdSe → CdS", "CdS"])
    assert sum(found.sloped) == len(found.strips) - 2
    assert found.strips[0].start == 0.0 and found.strips[-1].end == pytest.approx(path.length)
    place, numbers = path.place, structure.numbers[path.atoms]
    wanted, shares = [], []
    for strip in found.strips:
        anions = numbers[(place >= strip.start) & (place < strip.end) & np.isin(numbers, (16, 34))]
        if len(anions):
            wanted.append(np.mean(anions == 34))
            shares.append(materials.composition(strip.material).anions.get("Se", 0.0))
    assert np.abs(np.array(wanted) - shares).mean() < 0.1


def test_a_graded_segment_stands_apart_from_an_alloy_of_the_same_mean():
    design, structure = rod(
        {"material": "CdSe0.5S0.5", "length": "3 nm"},
        {"material": "CdS", "grade_to": "CdSe", "length": "3 nm"},
    )
    path = main_path(structure, structure.positions)
    assert len(pieces(path, structure)) == 1
    assert [piece.material for piece in course(path, design, structure).pieces] == [
        "CdSe0.5S0.5",
        "CdS → CdSe",
    ]


def test_between_mixes_on_both_sublattices():
    assert between("CdSe", "CdS", 0.25) == "CdSe0.75S0.25"
    assert between("ZnS", "CdSe", 0.5) == materials.composition("Cd0.5Zn0.5Se0.5S0.5").name
    assert between("CdSe", "CdS", 0.0) == "CdSe"
    for share in np.linspace(0.0, 1.0, 25):
        assert materials.composition(between("CdSe0.3S0.4Te0.3", "CdSe0.333S0.333Te0.334", share)).mixed


def test_edges_of_a_graded_segment_slope(rod_run):
    """The synthetic rod, its outer half graded from CdSe to CdTe by its design."""
    root = {
        "kind": "stack",
        "cross_section": {"diameter": "4 nm"},
        "segments": [
            {"material": "CdSe", "length": "6 nm"},
            {"material": "CdSe", "grade_to": "CdTe", "length": "6 nm"},
        ],
    }
    structure = rod_run.structure
    ends = structure.paths[0][1]
    limbed = dataclasses.replace(structure, segments=("s1", "s2"), limbs=(("rod", ends[0], ends[-1]),))
    design = from_dict({"schema": SCHEMA, "name": "graded", "root": root})
    reading = read(dataclasses.replace(rod_run, design=design, structure=limbed))
    with house_style():
        sheet = level_diagram(reading)
    distance = np.array(sheet.columns["distance (nm)"])
    valence = np.array(sheet.columns["unstrained valence edge (eV)"])
    first, last = (materials.band_edges(name, "zb")[0] for name in ("CdSe", "CdTe"))
    assert np.allclose(valence[distance < 5.5], first)
    expected = first + (distance - 6.0) / 6.0 * (last - first)
    # One strip of 24, and the bins in which the piece begins.
    assert np.abs(valence - expected)[distance > 6.5].max() < 0.08 * (last - first)
    assert "means over its compounds" in sheet.caption
