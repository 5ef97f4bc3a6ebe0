"""Wurtzite: the measured cell comes out, in bulk and in particles; stackings in between lie in between."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.design import catalogue, from_dict
from epidot.design.design import SCHEMA
from epidot.numerics.minimise import LimitedMemoryBFGS, minimise
from epidot.relaxation import ForceField, relax, stacking_energy
from epidot.relaxation.keating import bonds, energy_and_gradient
from epidot.relaxation.polytype import AXIAL, BASAL, CUBIC, roles
from epidot.relaxation.strain import bonds_at_rest, local_strain
from epidot.structure import build

SIX = ("CdS", "CdSe", "CdTe", "ZnS", "ZnSe", "ZnTe")


@pytest.fixture(scope="session")
def block(crystal):
    """A wurtzite cell and all around it that its energy sees, on the ideal lattice of each compound."""

    def make(name):
        a = materials.lattice_constant(name)
        return crystal((name,), lambda x: np.linalg.norm(x, axis=1) < 14.0, phase="wz", half_width=14.0, a=a)

    return make


def deformed(structure, name, cell):
    """Positions (atom, 3) of the crystal `cell` = a, c (Å), u on the sites of the ideal one."""
    a = materials.lattice_constant(name)
    ideal = a / np.sqrt(2.0), a * 2.0 / np.sqrt(3.0)
    positions = structure.positions * [cell[0] / ideal[0], cell[0] / ideal[0], cell[1] / ideal[1]]
    # Anions lie u above their cations; the reference, 3/8, is that of the ideal cell.
    positions[structure.cation == 0, 2] += (cell[2] - 0.375) * cell[1]
    return positions


@pytest.mark.parametrize("name", SIX)
def test_cell_of_least_energy_is_the_measured_one(block, wurtzite_cell, name):
    """The energy of the atoms in the middle, of a homogeneous crystal, as a function of a, c and u."""
    structure = block(name)
    network = bonds(structure)
    middle = np.linalg.norm(structure.positions, axis=1) < 6.0
    assert middle.sum() > 20

    def objective(cell):
        def energy(values):
            return energy_and_gradient(network, deformed(structure, name, values))[0][middle].mean()

        steps = 1e-4 * np.eye(3)
        gradient = [(energy(cell[:, 0] + h) - energy(cell[:, 0] - h)) / 2e-4 for h in steps]
        return float(energy(cell[:, 0])), np.array(gradient)[:, None]

    a = materials.lattice_constant(name)
    start = np.array([[a / np.sqrt(2.0)], [a * 2.0 / np.sqrt(3.0)], [0.375]])
    found = minimise(objective, start, method=LimitedMemoryBFGS(1e-7, 500, max_step=0.01))
    np.testing.assert_allclose(found.x[:, 0], wurtzite_cell(name), atol=1e-4)
    assert found.value < 1e-9
    assert np.abs(found.x - start).max() > 1e-3


def test_a_relaxed_crystal_of_wurtzite_is_not_strained(crystal, ball):
    """Built on the ideal lattice of zinc blende, 0.5 % too small for CdSe."""
    ideal = crystal(("CdSe",), ball(12.0), phase="wz", half_width=12.0, a=materials.lattice_constant("CdSe"))
    before = local_strain(ideal, bonds(ideal), ideal.positions)
    found = relax(ideal, method=ForceField(1e-5))
    assert np.abs(before[:, 2, 2]).max() > 3e-3
    assert np.abs(found.strain).max() < 2e-4
    assert found.energy < 1e-7


def rod(stacking):
    root = {
        "kind": "stack",
        "stacking": stacking,
        "cross_section": {"diameter": "2.4 nm"},
        "segments": [{"material": "CdS", "length": "7 nm"}],
    }
    return build(from_dict({"schema": SCHEMA, "name": "rod", "root": root}))


def spacings(structure, positions):
    """Distances along the rod (Å) between the mean heights of its cation layers."""
    cations = structure.cation == 1
    layer = np.rint(structure.positions[cations, 2] / (materials.lattice_constant("CdS") / np.sqrt(3.0)) * 4)
    heights = positions[cations, 2]
    return np.diff([heights[layer == place].mean() for place in np.unique(layer)])


@pytest.fixture(scope="session")
def relaxed_rods():
    found = {}
    for stacking in ("c", "h", "hc", "hhhhhhhhhhcccccccccccc"):
        structure = rod(stacking)
        found[stacking] = relax(structure, method=ForceField(1e-4))
    return found


def test_layers_of_rods_are_those_of_their_stacking(relaxed_rods):
    cubic, hexagonal = (
        materials.lattice_constant("CdS") / np.sqrt(3.0),
        0.5 * materials.number("CdS", "c", "wz"),
    )
    for stacking, expected in (("c", cubic), ("h", hexagonal)):
        found = relaxed_rods[stacking]
        np.testing.assert_allclose(spacings(found.structure, found.positions), expected, atol=2e-4)
        assert np.abs(found.strain).max() < 2e-4
    both = relaxed_rods["hhhhhhhhhhcccccccccccc"]
    heights = spacings(both.structure, both.positions)
    np.testing.assert_allclose(heights[:5], hexagonal, atol=3e-4)
    np.testing.assert_allclose(heights[-5:], cubic, atol=3e-4)
    assert np.abs(heights - 0.5 * (cubic + hexagonal)).max() < 0.01


def test_mixed_stackings_are_wider_the_more_hexagonal_they_are(relaxed_rods):
    def width(stacking):
        found = relaxed_rods[stacking]
        inner = np.linalg.norm(found.structure.positions[:, :2], axis=1) < 6.0
        across = found.structure.positions[inner, :2]
        return np.vdot(across, found.positions[inner, :2]) / np.vdot(across, across)

    assert width("c") == pytest.approx(1.0, abs=1e-5)
    expected = materials.number("CdS", "a", "wz") * np.sqrt(2.0) / materials.lattice_constant("CdS")
    assert width("h") == pytest.approx(expected, abs=1e-4)
    assert width("hc") == pytest.approx(0.5 * (1.0 + expected), abs=3e-4)


def test_long_arms_take_the_shape_of_wurtzite_whatever_the_tolerance(relaxed_rods):
    """A uniform strain pulls at no atom inside: only the start can put it in."""
    structure = build(catalogue.wz_rod("CdS", "40 nm", "2 nm"))
    found = relax(structure)
    assert found.energy < 1e-3
    length = np.ptp(found.positions[:, 2]) / np.ptp(structure.positions[:, 2])
    ideal = 2.0 * materials.lattice_constant("CdS") / np.sqrt(3.0)
    assert length == pytest.approx(materials.number("CdS", "c", "wz") / ideal, abs=5e-5)


def test_roles_of_bonds(relaxed_rods):
    for stacking in ("c", "h", "hc"):
        structure = relaxed_rods[stacking].structure
        role = roles(structure)
        eclipsed, present = structure.eclipsed != 0, structure.neighbours >= 0
        assert (role[eclipsed] == AXIAL).all()
        if stacking == "c":
            assert (role == CUBIC).all()
        if stacking == "h":
            assert (role[present & ~eclipsed] == BASAL).all()
            assert (present & ~eclipsed).any()


def test_an_atom_with_two_eclipsed_bonds_keeps_the_regular_tetrahedron(crystal, ball):
    good = crystal(("CdSe",), ball(8.0), phase="wz", half_width=8.0, a=materials.lattice_constant("CdSe"))
    atom = np.flatnonzero((good.neighbours >= 0).all(axis=1))[0]
    eclipsed = np.array(good.eclipsed)
    eclipsed[atom] = [1, 1, 0, 0]
    odd = dataclasses.replace(good, eclipsed=eclipsed)
    assert (roles(odd)[atom] == CUBIC).all()
    angles = bonds_at_rest(odd, bonds(odd))[atom]
    cosines = angles @ angles.T / np.outer(*[np.linalg.norm(angles, axis=1)] * 2)
    np.testing.assert_allclose(cosines[np.triu_indices(4, 1)], -1 / 3, atol=1e-12)


@pytest.mark.parametrize("name", SIX)
def test_bonds_at_rest_are_those_of_the_cell(block, wurtzite_cell, name):
    ideal = block(name)
    full = (ideal.neighbours >= 0).all(axis=1)
    positions = deformed(ideal, name, wurtzite_cell(name))
    vectors = positions[ideal.neighbours] - positions[:, None]
    assert full.sum() > 30
    np.testing.assert_allclose(bonds_at_rest(ideal, bonds(ideal))[full], vectors[full], atol=1e-10)


def test_stacking_energy_is_that_of_each_eclipsed_bond(relaxed_rods):
    pair = 2.0 * materials.compound("CdS").phases["wz"]["E_wz_zb"].value
    assert pair < 0.0
    for found in relaxed_rods.values():
        structure = found.structure
        eclipsed = (structure.eclipsed != 0).sum() / 2
        assert stacking_energy(structure) == pytest.approx(eclipsed * pair)
    assert stacking_energy(relaxed_rods["c"].structure) == 0.0
