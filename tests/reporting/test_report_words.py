"""The sentence of the report against particles whose answer is known by construction."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from epidot.design import from_dict
from epidot.design.design import SCHEMA
from epidot.reporting.numbers import percent
from epidot.reporting.reading import read
from epidot.reporting.results import lookup, rows, tiles
from epidot.reporting.words import carried, home, kind, materials_of, sentence
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


ARM = ("s1", "s2")
KINDS = [
    (("core",), "dot"),
    (("core", "shell1"), "core/shell dot"),
    (("core", "body"), "core/shell dot"),
    (("s1",), "rod"),
    (("s1", "s2"), "heterorod"),
    (("s1", "core"), "dot-in-rod"),
    (("s1", "core", "shell1"), "core/shell dot-in-rod"),
    (("s1", "tip.node", "tip.arm1.s1"), "branched rod"),
    (("base.arm1.s1", "s1", "tip.arm1.s1"), "rod branched at both ends"),
    (("core", "arm1.s1"), "one-armed particle"),
    (("core", "arm1.s1", "arm2.s1", "arm3.s1"), "tripod"),
    (tuple(f"arm{n}.s1" for n in range(1, 5)), "tetrapod"),
    (("core", *(f"arm{n}.{part}" for n in range(1, 5) for part in ARM), "shell1"), "core/shell tetrapod"),
    (tuple(f"arm{n}.s1" for n in range(1, 7)), "particle with 6 arms"),
    (tuple(f"arm{n}.s1" for n in range(1, 9)), "octapod"),
    ((*(f"arm{n}.s1" for n in range(1, 5)), "arm1.arm1.s1", "arm1.arm2.s1"), "tetrapod with branched arms"),
    ((*(f"arm{n}.s1" for n in range(1, 4)), "arm3.arm1.s1"), "tripod with a bent arm"),
    ((*(f"arm{n}.s1" for n in range(1, 4)), "arm3.arm1.s1", "arm1.arm1.s1"), "tripod with bent arms"),
    (("arm1.s1", "arm1.arm1.s1", "arm1.arm1.arm1.s1"), "dendrimer"),
    (("dot1.core", "neck", "dot2.core"), "dimer"),
    (("dot1.core", "dot1.shell1", "dot2.core", "dot2.shell1"), "core/shell dimer"),
]


@pytest.mark.parametrize(("segments", "name"), KINDS)
def test_particles_are_named_by_their_segments(rod_run, dot_run, segments, name):
    owners = ("CdSe", "CdS")[: len(segments)] + ("CdS",) * (len(segments) - 2)
    structure = dataclasses.replace(rod_run.structure, segments=segments, segment_materials=owners)
    assert kind(dot_run.design, structure) == name


def test_platelets_and_imports_are_named_by_their_design(rod_run):
    def named(root, *segments):
        structure = dataclasses.replace(
            rod_run.structure, segments=segments, segment_materials=("CdSe", "CdS")[: len(segments)]
        )
        design = SimpleNamespace(root=SimpleNamespace(kind=root))
        return kind(design, structure)

    assert named("platelet", "plate") == "platelet"
    assert named("platelet", "plate", "crown") == "core/crown platelet"
    assert named("platelet", "plate", "shell1") == "core/shell platelet"
    assert named("imported", "core", "CdS1") == "nanocrystal"
    assert named("imported", "s1", "core") == "dot-in-rod"


SOLIDS = [("sphere", "dot"), ("octahedron", "octahedron"), ("hexagonal_prism", "hexagonal prism")]


@pytest.mark.parametrize(("shape", "word"), SOLIDS)
def test_dots_are_named_by_their_shape(rod_run, shape, word):
    def named(*segments):
        structure = dataclasses.replace(
            rod_run.structure, segments=segments, segment_materials=("CdSe", "CdS")[: len(segments)]
        )
        root = {"kind": "dot", "material": "CdSe", "shape": shape, "diameter": "3 nm"}
        phase = "wz" if shape == "hexagonal_prism" else "zb"
        return kind(from_dict({"schema": SCHEMA, "name": "x", "root": root | {"phase": phase}}), structure)

    assert named("core") == word
    assert named("core", "shell1") == f"core/shell {word}"


@pytest.mark.parametrize(
    ("height", "word"), [("1.2 nm", "core/shell dimer of plates"), ("3 nm", "core/shell dimer")]
)
def test_fused_plates_are_told_from_fused_dots(rod_run, height, word):
    plate = {
        "material": "CdS",
        "shape": "hexagonal_prism",
        "diameter": "4 nm",
        "height": height,
    }
    root = {"kind": "dimer", "dots": [plate, plate], "neck": {"diameter": "1 nm"}}
    structure = dataclasses.replace(
        rod_run.structure,
        segments=("dot1.core", "dot1.body", "dot2.body"),
        segment_materials=("CdSe", "CdS", "CdS"),
    )
    assert kind(from_dict({"schema": SCHEMA, "name": "x", "root": root}), structure) == word


def test_what_sits_on_a_particle_is_counted(rod_run):
    structure = dataclasses.replace(
        rod_run.structure,
        attached_positions=np.zeros((7, 3)),
        attached_numbers=[6, 6, 6, 6, 17, 78, 47],
        attached_anchor=[0, 0, 3, 3, 5, 7, 7],
        attached_group=[0, 0, 0, 0, 1, 2, 3],
        attached_groups=("oleate", "chloride", "tip Pt", "metal Ag"),
    )
    run = dataclasses.replace(rod_run, structure=structure)
    assert " atoms with 2 oleate ligands, 1 chloride ligand and Ag." in sentence(read(run))
    unknown = dataclasses.replace(structure, attached_groups=("ligands", "chloride", "tip Pt", "metal Ag"))
    assert carried(unknown) == " with 2 ligands, 1 chloride ligand and Ag"
    assert carried(dataclasses.replace(rod_run.structure)) == ""


HOMES = [
    ([0.7, 0.1, 0.1, 0.1], "CdSe core", 0.7),
    ([0.3, 0.1, 0.5, 0.1], "CdSe core and outer shell", 0.8),
    ([0.05, 0.9, 0.05, 0.0], "CdS inner shell", 0.9),
    ([0.15, 0.4, 0.05, 0.4], "CdS inner shell and shell 3", 0.8),
]


@pytest.mark.parametrize(("shares", "place", "share"), HOMES)
def test_a_carrier_is_told_where_most_of_it_is(rod_run, shares, place, share):
    structure = dataclasses.replace(
        rod_run.structure,
        segments=("core", "shell1", "shell4", "shell3"),
        segment_materials=("CdSe", "CdS", "CdSe", "CdS"),
    )
    carrier = dataclasses.replace(read(rod_run).electron, in_segment=np.array(shares))
    assert home(structure, carrier) == (place, pytest.approx(share))


def test_both_ends_of_a_rod_are_told_in_one(rod_run):
    def told(*segments):
        structure = dataclasses.replace(
            rod_run.structure, segments=segments, segment_materials=("CdSe", "CdTe", "CdTe")
        )
        carrier = dataclasses.replace(read(rod_run).electron, in_segment=np.array([0.1, 0.5, 0.4]))
        return home(structure, carrier)[0]

    assert told("s1", "tip.node", "base.node") == "CdTe branch points at the tip and the base"
    assert told("s1", "base.arm1.s1", "tip.arm1.s1") == "CdTe arm 1 at the base and arm 1 at the tip"
    assert told("s1", "tip.arm1.s1", "base.node") == "CdTe arm 1 at the tip and branch point at the base"
    assert told("s1", "dot1.core", "dot2.shell1") == "CdTe core of dot 1 and shell of dot 2"


def test_sentence_and_tiles_say_the_same(small_tetrapod):
    reading = read(small_tetrapod)
    found = {tile.label: tile for tile in tiles(reading)}
    for carrier in (reading.electron, reading.hole):
        tile = found[carrier.name.capitalize()]
        told = f"{carrier.name} {tile.note} ({tile.value})"
        assert told.lower() in sentence(reading).lower()


def test_a_particle_with_a_metal_on_it_has_its_article(rod_run):
    structure = dataclasses.replace(rod_run.structure, attached_groups=("tip Ag", "oleate", "tip Ag"))
    assert sentence(read(dataclasses.replace(rod_run, structure=structure))).startswith(
        "An Ag-tipped CdSe/CdTe"
    )


def test_like_segments_of_a_rod_are_told_together(rod_run):
    axis = rod_run.structure.positions @ np.ones(3)
    order = np.argsort(np.argsort(axis))
    structure = dataclasses.replace(
        rod_run.structure,
        segments=("s1", "s2", "s3", "s4"),
        segment_materials=("CdSe0.6S0.4", "CdSe0.6S0.4", "CdTe", "CdTe"),
        segment=order * 4 // len(order),
    )
    text = sentence(read(dataclasses.replace(rod_run, structure=structure)))
    assert "CdSe0.6S0.4/CdTe heterorod" in text
    assert "Electron in the CdSe0.6S0.4 segments 1 and 2 (" in text


def test_core_comes_first_in_every_dot(rod_run):
    structure = dataclasses.replace(
        rod_run.structure,
        segments=("dot1.shell1", "dot1.core", "dot2.core"),
        segment_materials=("CdS", "CdSe", "CdTe"),
    )
    assert materials_of(structure) == "CdSe/CdTe/CdS"


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


def test_home_tile_adds_up_the_arms(small_tetrapod):
    reading = read(small_tetrapod)
    found = {tile.label: tile for tile in tiles(reading)}
    tips = float(reading.hole.in_segment[[2, 4, 6, 8]].sum())
    assert found["Hole"].note == "in the CdTe arm tips"
    assert found["Hole"].value == percent(tips)
