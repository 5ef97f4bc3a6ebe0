"""Ligand shells: where they sit, what they keep clear of, how many there are, whatever the loop order."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
from ase.data import chemical_symbols, covalent_radii
from scipy.spatial import KDTree

from epidot.design import catalogue
from epidot.errors import InputError
from epidot.materials.ligands import DEBYE, bound_length, ligand, ligand_layer, ligand_names
from epidot.materials.store import read
from epidot.structure import build
from epidot.structure.attached import Attached
from epidot.structure.ligands import CLEARANCE, ligand_shell, surface_normals
from epidot.structure.metal import metal_tip, seat
from epidot.structure.structure import NO_ATOM

FORMULAE = {
    "octadecylphosphonate": "C18O3P", "tetradecylphosphonate": "C14O3P", "hexylphosphonate": "C6O3P",
    "oleate": "C18O2", "stearate": "C18O2", "oleylamine": "C18N", "octylamine": "C8N",
    "octadecanethiolate": "C18S", "hexanethiolate": "C6S", "chloride": "Cl",
    "trioctylphosphine oxide": "C24OP", "trioctylphosphine": "C24P",
}  # fmt: skip


@pytest.fixture(scope="module")
def rod():
    return build(catalogue.wz_rod(length="8 nm", diameter="3.4 nm"))


@pytest.fixture(scope="module")
def tetrapod():
    return build(catalogue.tetrapod(core="CdSe", arm="CdS", core_diameter="3 nm", arm_length="6 nm"))


def missing(structure):
    return structure.neighbours == NO_ATOM


def first_of_each(structure_or_shell):
    """Index of the bound atom of each ligand, one ligand per anchor."""
    return np.flatnonzero(np.diff(np.r_[-1, structure_or_shell.anchor]) != 0)


def bonds_of(shape):
    pairs = KDTree(shape).query_pairs(1.95, output_type="ndarray")
    return pairs[np.argsort(pairs[:, 0], kind="stable")]


@pytest.mark.parametrize("name", FORMULAE)
def test_shapes_have_the_formula_and_one_bond_tree(name):
    bound = ligand(name)
    counts = Counter(chemical_symbols[number] for number in bound.numbers)
    formula = "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in sorted(counts))
    assert formula == FORMULAE[name]
    assert np.array_equal(bound.shape[0], np.zeros(3))
    bonds = bonds_of(bound.shape)
    assert len(bonds) == len(bound.numbers) - 1, "a tree, nothing else within reach of a bond"
    for one, other in bonds:
        pair = bound.numbers[one], bound.numbers[other]
        length = np.linalg.norm(bound.shape[one] - bound.shape[other])
        assert length == pytest.approx(covalent_radii[list(pair)].sum(), abs=0.28), pair
    assert bound.shape[:, 2].min() > -1e-9, "nothing reaches back to the particle"


def test_the_table_is_complete():
    assert set(ligand_names()) == set(FORMULAE)
    assert {name: ligand(name).binds for name in FORMULAE if "phosphine" in name} == {
        "trioctylphosphine oxide": "cation",
        "trioctylphosphine": "anion",
    }
    charges = {name: ligand(name).charge.value for name in FORMULAE}
    assert all(charges[name] == (-1.0 if ligand(name).kind == "X" else 0.0) for name in FORMULAE)


def test_oleyl_is_bent_by_one_cis_double_bond_and_stearyl_is_straight():
    tails = {name: ligand(name).shape for name in ("oleate", "stearate", "oleylamine")}
    for name, first in (("oleate", 10), ("oleylamine", 9)):
        shape = tails[name]
        lengths = np.linalg.norm(np.diff(shape[3:], axis=0), axis=1)
        assert (lengths < 1.4).sum() == 1
        before, one, other, after = shape[first - 1 : first + 3]
        assert np.linalg.norm(other - one) == pytest.approx(1.34)
        axis = (other - one) / np.linalg.norm(other - one)
        sides = [step - (step @ axis) * axis for step in (before - one, after - other)]
        assert sides[0] @ sides[1] > 0.999 * np.linalg.norm(sides[0]) * np.linalg.norm(sides[1]), "cis"
    straight = np.linalg.norm(tails["stearate"][-1] - tails["stearate"][3])
    assert straight == pytest.approx(16 * 1.53 * np.sin(np.radians(56.0)), rel=0.01), "all trans"
    assert np.linalg.norm(tails["oleate"][-1] - tails["oleate"][3]) < 0.95 * straight


def test_every_number_of_the_table_has_a_source_that_is_listed_and_all_are_used():
    data, found = read("ligands"), []

    def visit(tree):
        if isinstance(tree, dict) and "value" in tree:
            found.append(tree)
        elif isinstance(tree, dict):
            for child in tree.values():
                visit(child)

    visit(data)
    assert len(found) > 30
    assert {entry["source"] for entry in found} == set(data["sources"])
    assert all(entry["confidence"] in ("high", "medium", "low") for entry in found)
    assert all(data["heads"][head]["dipole"]["confidence"] == "low" for head in data["heads"])
    assert all(
        source["where"].startswith(("read: ", "recalled", "computed")) for source in data["sources"].values()
    )


def test_debye_and_the_layer():
    from ase import units

    assert DEBYE == pytest.approx(units.Debye, rel=1e-6)
    assert ligand("oleate").moment == pytest.approx(1.48 * units.Debye, rel=1e-6)
    assert 2.0 < ligand_layer().value < 2.2


def test_names_makers_use():
    assert ligand("ODPA").name == ligand("phosphonate").name == "octadecylphosphonate"
    assert ligand("tdpa").name == "tetradecylphosphonate"
    assert ligand("TOPO").name == "trioctylphosphine oxide"
    with pytest.raises(InputError, match="oleate"):
        ligand("oleatte")


@pytest.mark.parametrize("name", ["ODPA", "oleate", "octylamine", "chloride", "TOPO", "TOP"])
@pytest.mark.parametrize("kind", ["rod", "tetrapod"])
def test_ligands_sit_on_missing_bonds_and_keep_their_distance(name, kind, request):
    structure, bound = request.getfixturevalue(kind), ligand(name)
    shell = ligand_shell(structure, name, 1.0, 4)
    head = first_of_each(shell)
    anchors = shell.anchor[head]
    assert len(np.unique(anchors)) == len(head) > 50
    assert set(structure.cation[anchors]) == {1 if bound.binds == "cation" else 0}
    gone = missing(structure)[anchors]
    mean = np.where(gone[:, :, None], structure.bond_directions[anchors], 0.0).sum(axis=1)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    lengths = [bound_length(int(number), bound) for number in structure.numbers[anchors]]
    wanted = structure.positions[anchors] + np.array(lengths)[:, None] * mean
    assert np.abs(shell.positions[head] - wanted).max() < 1e-9

    distance, near = KDTree(structure.positions).query(shell.positions, k=2)
    rest = np.setdiff1d(np.arange(len(shell)), head)
    assert np.array_equal(near[head, 0], anchors)
    assert distance[head, 1].min() >= CLEARANCE
    heads = KDTree(shell.positions[head])
    assert heads.query(shell.positions[head], k=2)[0][:, 1].min() >= bound.spacing.value
    if len(rest):
        assert distance[rest, 0].min() >= CLEARANCE
        apart, whose = heads.query(shell.positions[rest], k=2)
        foreign = shell.anchor[head][whose] != shell.anchor[rest][:, None]
        assert apart[foreign].min() >= CLEARANCE


def test_two_missing_bonds_of_one_atom_share_one_ligand(tetrapod):
    shell = ligand_shell(tetrapod, "chloride", 1.0, 1)
    twice = missing(tetrapod)[shell.anchor].sum(axis=1) == 2
    assert twice.sum() > 10
    assert len(np.unique(shell.anchor)) == len(shell)


@pytest.mark.parametrize(
    ("name", "coverage"), [("octylamine", 0.0), ("octylamine", 0.25), ("chloride", 0.6), ("TOPO", 0.15)]
)
def test_coverage_is_met_and_reported(rod, name, coverage):
    shell = ligand_shell(rod, name, coverage, 2)
    report = shell.report[ligand(name).name]
    sites = (missing(rod).any(axis=1) & (rod.cation == 1)).sum()
    assert report["sites"] == sites
    assert report["ligands"] == len(first_of_each(shell)) == pytest.approx(coverage * sites, abs=0.5)
    assert report["coverage"] == pytest.approx(coverage, abs=1.0 / sites)


def test_bulky_ligands_cover_less_and_say_so(rod):
    report = ligand_shell(rod, "TOPO", 1.0, 2).report["trioctylphosphine oxide"]
    assert 0.1 < report["coverage"] < 0.5
    assert report["ligands"] == round(report["coverage"] * report["sites"])


def test_more_coverage_keeps_the_ligands_that_are_there(rod):
    few, many = (set(ligand_shell(rod, "chloride", share, 7).anchor) for share in (0.3, 0.6))
    assert few < many
    assert set(ligand_shell(rod, "chloride", 0.3, 8).anchor) != few


def shuffled(structure):
    """The same particle with its atoms in another order."""
    order = np.random.default_rng(3).permutation(len(structure.positions))
    place = np.argsort(order)
    neighbours = structure.neighbours[order]
    names = ("positions", "numbers", "bond_directions", "eclipsed", "cation", "material", "segment", "phase")
    return dataclasses.replace(
        structure,
        neighbours=np.where(neighbours == NO_ATOM, NO_ATOM, place[neighbours]),
        **{name: getattr(structure, name)[order] for name in names},
    ), place


@pytest.mark.parametrize("name", ["oleate", "TOPO"])
def test_neither_choice_nor_place_depends_on_the_order_of_atoms(rod, name):
    other, place = shuffled(rod)
    one, two = (ligand_shell(item, name, 0.5, 9) for item in (rod, other))
    assert np.array_equal(place[one.anchor], two.anchor)
    assert np.abs(one.positions - two.positions).max() < 1e-9


def test_tails_point_away_and_turn_every_which_way(rod):
    shell = ligand_shell(rod, "octadecanethiolate", 0.5, 1)
    atoms = shell.positions.reshape(-1, len(ligand("octadecanethiolate").numbers), 3)
    way = atoms[:, -1] - atoms[:, 0]
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    normals = surface_normals(rod)[shell.anchor[first_of_each(shell)]]
    cosine = np.einsum("sx,sx->s", way, normals)
    assert np.quantile(cosine, 0.1) > 0.7
    depth = KDTree(rod.positions).query(atoms[:, -1])[0]
    assert np.median(depth) > 15.0
    # The first step off the bound atom, seen along the tail, has no preferred side on any facet.
    aside = atoms[:, 1] - atoms[:, 0]
    aside -= np.einsum("sx,sx->s", aside, way)[:, None] * way
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    for facet in range(6):
        angle = np.pi / 6.0 + np.pi / 3.0 * facet
        on_it = normals @ [np.cos(angle), np.sin(angle), 0.0] > 0.97
        assert on_it.sum() > 8
        assert np.linalg.norm(aside[on_it].mean(axis=0)) < 3.0 / np.sqrt(on_it.sum())


def test_normals_are_those_of_the_facets(rod):
    normals = surface_normals(rod)
    surface = missing(rod).any(axis=1)
    middle = surface & (np.abs(rod.positions[:, 2]) < 20.0)
    angles = np.pi / 6.0 + np.pi / 3.0 * np.arange(6)
    facets = np.stack([np.cos(angles), np.sin(angles), 0.0 * angles], axis=1)
    # Bonds stand 19.5° off the normal of {10-10} (cosine 0.943), either way on cations and anions.
    along = (normals[middle] @ facets.T).max(axis=1)
    assert along.min() > 0.9
    assert (along > 0.99).mean() > 0.5, "the others lie on edges"
    top = surface & (rod.positions[:, 2] > rod.positions[:, 2].max() - 1.0)
    top &= np.linalg.norm(rod.positions[:, :2], axis=1) < 8.0
    assert normals[top][:, 2].min() > 0.95
    inside = np.linalg.norm(rod.positions, axis=1) < 5.0
    assert not normals[inside].any()


def foreign(position, anchor):
    """One gold atom, attached by someone else."""
    return Attached(
        positions=np.array([position]),
        numbers=np.array([79]),
        anchor=np.array([anchor]),
        group=np.array([0]),
        groups=("metal Au",),
    )


def test_a_site_whose_place_is_taken_stays_free(rod):
    shell = ligand_shell(rod, "chloride", 1.0, 1)
    anchor, place = int(shell.anchor[5]), shell.positions[5]
    elsewhere = int(np.flatnonzero(rod.cation == 0)[0])
    for atom in (foreign(place + 0.6, elsewhere), foreign(place + 50.0, anchor)):
        found = ligand_shell(atom.on(rod), "chloride", 1.0, 1)
        assert set(shell.anchor) - set(found.anchor) == {anchor}


def test_what_is_there_already_is_left_alone(rod):
    tipped = metal_tip(rod, seat(rod, "rod"), "Pt", 30.0).on(rod)
    shell = ligand_shell(tipped, "oleate", 1.0, 2)
    assert not set(shell.anchor) & set(tipped.attached_anchor)
    assert KDTree(tipped.attached_positions).query(shell.positions)[0].min() >= CLEARANCE
    half = ligand_shell(tipped, "oleate", 0.5, 2).on(tipped)
    second = ligand_shell(half, "octylamine", 1.0, 2)
    assert not set(second.anchor) & set(half.attached_anchor)
    assert second.report["octylamine"]["ligands"] > 20


@pytest.mark.parametrize("coverage", [-0.1, 1.2, float("nan")])
def test_a_coverage_that_is_no_share_is_refused(rod, coverage):
    with pytest.raises(InputError, match="coverage"):
        ligand_shell(rod, "oleate", coverage, 1)
