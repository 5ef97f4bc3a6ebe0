"""Polarisation of the crystal and its bound charge: textbook tensors, Gauss's law, spheres."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from epidot import materials
from epidot.hamiltonian.tight_binding.electrostatics import Surroundings, potentials
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.network import network
from epidot.hamiltonian.tight_binding.polarisation import bound_charges, polar_axes, polarisation
from epidot.numerics import poisson
from epidot.numerics.boundary import enclose

C_PER_M2 = 1.0 / 16.02176634
"""e/Å²."""


def strained(relaxed, tensor):
    count = len(relaxed.positions)
    return dataclasses.replace(relaxed, strain=np.broadcast_to(tensor, (count, 3, 3)).copy())


def vectors_of(relaxed):
    return polarisation(network(relaxed), relaxed)


def polarised(relaxed, method=None, around=None):
    """Energies (atom,) by the polarisation alone."""
    choice = method or TightBindingMethod(ligand_potential=False, polarisation="all")
    return potentials(relaxed, network(relaxed), np.zeros(0), choice, around or Surroundings())[1]


def turned(relaxed, matrix):
    """The particle under a rotation or an inversion."""
    structure = relaxed.structure
    directions = np.einsum("ij,abj->abi", matrix, structure.bond_directions)
    return dataclasses.replace(
        relaxed,
        structure=dataclasses.replace(
            structure, bond_directions=directions, positions=structure.positions @ matrix.T
        ),
        positions=relaxed.positions @ matrix.T,
        strain=np.einsum("ij,ajk,lk->ail", matrix, relaxed.strain, matrix),
    )


@pytest.fixture(scope="module")
def cubic(particle):
    """CdTe in cubic axes: the generator's z is [111], its first slanted bond lies in the plane of y and z."""
    grown = particle("zb", 22.0, 2.8, anion="Te")
    cation = int(np.flatnonzero(grown.structure.cation == 1)[0])
    bonds = grown.structure.bond_directions[cation]
    ideal = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    for order in ([0, 1, 2, 3], [0, 1, 3, 2]):
        matrix = Rotation.align_vectors(ideal, bonds[order])[0].as_matrix()
        if np.allclose(bonds[order] @ matrix.T, ideal, atol=1e-6):
            return turned(grown, matrix)
    raise AssertionError("the tetrahedron must fit one of its two orders")


def test_zinc_blende_has_its_tensor_in_cubic_axes(cubic):
    shear = np.array([[0.01, 0.003, -0.002], [0.003, -0.02, 0.005], [-0.002, 0.005, 0.004]])
    expected = 2 * 0.034 * C_PER_M2 * np.array([0.005, -0.002, 0.003])
    assert np.allclose(vectors_of(strained(cubic, shear)), expected, atol=1e-12)
    assert np.abs(vectors_of(strained(cubic, np.diag([0.01, -0.02, 0.03])))).max() < 1e-14


def test_a_film_strained_along_111_is_polarised_towards_the_anion_face(particle):
    """P along [111] is 2 e14/√3 times (ε_∥ − ε_⊥), from a cation to the anion of its axial bond."""
    grown = particle("zb", 20.0, 2.8, anion="Te")
    bond = grown.structure.bond_directions[np.flatnonzero(grown.structure.cation == 1)[0]]
    away = np.sign(bond[np.argmax(np.abs(bond[:, 2])), 2])
    found = vectors_of(strained(grown, np.diag([-0.01, -0.01, 0.02])))
    expected = 2 / np.sqrt(3) * 0.034 * C_PER_M2 * 0.03
    assert np.allclose(found, [0.0, 0.0, away * expected], atol=1e-12)


def test_wurtzite_has_its_tensor_about_c(particle):
    grown = particle("wz", 20.0, 2.63)
    axis = polar_axes(grown.structure)
    assert np.allclose(axis, axis[0]) and abs(axis[0, 2]) == pytest.approx(1.0)
    cation = np.flatnonzero((grown.structure.cation == 1) & (grown.structure.eclipsed[:, 0] == 1))[0]
    assert axis[0] @ grown.structure.bond_directions[cation, 0] == pytest.approx(1.0)
    xx, yy, zz, xz, yz = 0.01, -0.004, 0.006, 0.003, -0.002
    tensor = np.array([[xx, 0.005, xz], [0.005, yy, yz], [xz, yz, zz]])
    e31, e33, e15, spontaneous = (one * C_PER_M2 for one in (-0.16, 0.347, -0.138, -0.006))
    expected = np.array([2 * e15 * xz, 2 * e15 * yz, spontaneous + e31 * (xx + yy) + e33 * zz])
    # Turned over with its c axis, the crystal has minus the tensor of third rank.
    assert np.allclose(vectors_of(strained(grown, tensor)), axis[0, 2] * expected, atol=1e-12)


def test_both_phases_agree_where_wurtzite_has_no_constants_of_its_own():
    """The tensor of zinc blende averaged about [111]: e33 + 2 e31 = 0 and e33 = −2 e15."""
    assert materials.polarity("CdTe").sourced == ()
    assert materials.polarity("CdSe").sourced == ("piezoelectric", "spontaneous")
    one = materials.polarity("CdTe")
    assert one.e33 == pytest.approx(2 / np.sqrt(3) * 0.034 * C_PER_M2)
    assert one.e33 + 2 * one.e31 == pytest.approx(0.0, abs=1e-15)
    assert one.e33 + 2 * one.e15 == pytest.approx(0.0, abs=1e-15)


def test_what_is_not_known_makes_no_step(hetero):
    """CdSe has a spontaneous polarisation, CdTe has none that is known: both have that of CdSe."""
    plain = strained(hetero, np.zeros((3, 3)))
    assert np.allclose(np.linalg.norm(vectors_of(plain), axis=1), 0.006 * C_PER_M2, atol=1e-12)
    assert np.abs(bound_charges(plain, vectors_of(plain), bare=False)[1]).max() < 1e-15


def test_laws_of_the_vectors(hetero):
    rng = np.random.default_rng(2)
    tensor = rng.normal(0.0, 0.01, (len(hetero.positions), 3, 3))
    relaxed = dataclasses.replace(hetero, strain=tensor + tensor.transpose(0, 2, 1))
    found = vectors_of(relaxed)
    assert np.ptp(found) > 1e-4
    matrix = Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()
    assert np.allclose(vectors_of(turned(relaxed, matrix)), found @ matrix.T, atol=1e-12)
    assert np.allclose(vectors_of(turned(relaxed, -np.eye(3))), -found, atol=1e-12), "a polar vector"
    none = vectors_of(dataclasses.replace(relaxed, strain=0.0 * relaxed.strain))
    twice = vectors_of(dataclasses.replace(relaxed, strain=2.0 * relaxed.strain))
    assert np.allclose(twice - none, 2.0 * (found - none), atol=1e-14)


@pytest.mark.parametrize("phase", ["zb", "wz"])
def test_charge_of_polarisation_that_grows_with_the_place(particle, phase):
    grown = particle(phase, 26.0, 2.63)
    slope = np.random.default_rng(3).normal(0.0, 1e-4, (3, 3))
    vectors = grown.positions @ slope.T
    _, charges = bound_charges(grown, vectors, bare=True)
    whole = (grown.structure.neighbours >= 0).all(axis=1)
    volume = materials.lattice_constant("CdSe") ** 3 / 8
    at_atoms = charges[: len(whole)][whole]
    assert np.allclose(at_atoms, -np.trace(slope) * volume, rtol=5e-3)
    assert abs(charges.sum()) < 1e-12
    assert np.abs(charges[len(whole) :]).max() > 0.01


def test_atoms_with_a_missing_bond_take_the_strain_of_whole_neighbours(particle):
    grown = particle("zb", 24.0, 2.63)
    neighbours = np.asarray(grown.structure.neighbours)
    whole = (neighbours >= 0).all(axis=1)
    shear = 0.01 * np.ones((3, 3))
    wrong = dataclasses.replace(grown, strain=np.where(whole[:, None, None], shear, 5.0 * shear))
    found, right = vectors_of(wrong), vectors_of(strained(grown, shear))
    beside = ~whole & ((neighbours >= 0) & whole[neighbours]).any(axis=1)
    assert 0.8 < beside.sum() / (~whole).sum() <= 1.0
    assert np.allclose(found[whole | beside], right[whole | beside], atol=1e-14)
    assert np.linalg.norm(right[0]) > 1e-5


def test_the_dipole_of_the_bound_charge_is_polarisation_times_volume(particle):
    grown = particle("wz", 30.0, 2.63)
    count = len(grown.positions)
    vectors = np.broadcast_to([2e-4, -1e-4, 5e-4], (count, 3))
    places, charges = bound_charges(grown, vectors, bare=True)
    volume = count * materials.lattice_constant("CdSe") ** 3 / 8
    assert charges @ places == pytest.approx(volume * vectors[0], rel=0.03)
    assert not bound_charges(grown, vectors, bare=False)[1].any()


def test_the_field_of_a_uniformly_polarised_sphere_of_atoms(particle):
    """−4πP/3 in vacuum; in a dielectric sphere that is a little larger, with the reaction of its boundary."""
    grown = particle("zb", 36.0, 2.62)
    count = len(grown.positions)
    vectors = np.broadcast_to([0.0, 0.0, 1e-3], (count, 3))
    charge = bound_charges(grown, vectors, bare=True)
    volumes = np.full(count, materials.lattice_constant("CdSe") ** 3 / 8)
    surface = enclose(grown.positions, volumes, distance=1.3, smoothing=2.5, panels=800)
    radius = (3 * volumes.sum() / (4 * np.pi)) ** (1 / 3)
    share = (radius / (radius + 1.3)) ** 3
    inner = grown.positions[np.linalg.norm(grown.positions, axis=1) < 12.0]
    for inside, outside in ((1.0, 1.0), (9.0, 2.0)):
        body = poisson.body(surface, inside, outside, width=2.5)
        found = poisson.potential_of_charges(body, *charge, inner)
        slope = np.linalg.lstsq(np.c_[inner, np.ones(len(inner))], found, rcond=None)[0]
        reaction = 2 * (inside - outside) / (inside + 2 * outside)
        expected = 4 * np.pi / 3 * 1e-3 / inside * (1 + reaction * share)
        assert slope[2] == pytest.approx(expected, rel=0.05)
        assert np.abs(slope[:2]).max() < 0.05 * slope[2]


def test_an_interface_carries_the_step_of_the_polarisation(particle):
    grown = particle("wz", 40.0, 2.65, anion=lambda sites: np.where(sites[:, 2] > 0.3, "Te", "Se"))
    vectors = np.where(grown.positions[:, 2:] > 0.3, 4e-4, 1e-4) * [0.0, 0.0, 1.0]
    places, charges = bound_charges(grown, vectors, bare=False)
    atoms = len(grown.positions)
    near = np.hypot(places[:atoms, 0], places[:atoms, 1]) < 12.0
    assert np.abs(charges[:atoms][np.abs(places[:atoms, 2]) > 6.0]).max() < 1e-15
    assert charges[:atoms][near].sum() / (np.pi * 12.0**2) == pytest.approx(-3e-4, rel=0.15)
    assert charges.sum() == pytest.approx(0.0, abs=1e-12)


@pytest.fixture(scope="module")
def halves(particle):
    """Wurtzite CdSe on CdTe with strain of its own in each half."""
    grown = particle("wz", 26.0, 2.65, anion=lambda sites: np.where(sites[:, 2] > 0.3, "Te", "Se"))
    sign = np.where(grown.positions[:, 2] > 0.3, 1.0, -1.0)
    tensor = sign[:, None, None] * np.diag([-0.02, -0.02, 0.025])
    return dataclasses.replace(grown, strain=tensor + 0.002 * np.ones((3, 3)))


def test_laws_of_the_potential(halves):
    values = polarised(halves)
    size = np.ptp(values)
    assert size > 0.03
    moved = dataclasses.replace(halves, positions=halves.positions + np.array([3.0, -20.0, 7.0]))
    # The surface is meshed anew wherever the particle lies: its fineness is the error.
    assert np.abs(polarised(moved) - values).max() < 0.02 * size
    matrix = Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()
    assert np.abs(polarised(turned(halves, matrix)) - values).max() < 0.02 * size
    mirrored = polarised(turned(halves, -np.eye(3)))
    assert np.abs(mirrored - values).max() < 0.02 * size, "energy is a scalar"


def test_the_other_polarity_turns_the_potential_over(particle):
    grown = strained(particle("wz", 20.0, 2.63), np.diag([-0.01, -0.01, 0.02]))
    structure = grown.structure
    numbers = np.where(structure.numbers == 48, 34, 48)
    other = dataclasses.replace(
        grown, structure=dataclasses.replace(structure, numbers=numbers, cation=1 - structure.cation)
    )
    bare = TightBindingMethod(ligand_potential=False, surface_charge="bare")
    values = polarised(grown, bare)
    assert np.ptp(values) > 0.03
    assert np.abs(polarised(other, bare) + values).max() < 1e-12


def test_electrons_avoid_negative_charge(halves):
    """Energy is −e φ: higher where the bound charge is negative."""
    vectors = vectors_of(halves)
    _, charges = bound_charges(halves, vectors, bare=False)
    step = polarised(halves)
    layer = np.abs(halves.positions[:, 2]) < 4.0
    ends = np.abs(halves.positions[:, 2]) > 9.0
    sheet = charges[: len(layer)][layer].sum()
    assert abs(sheet) > 0.05
    assert np.sign(step[layer].mean() - step[ends].mean()) == -np.sign(sheet)


def test_who_is_polarised(halves, particle):
    plain = particle("zb", 18.0, 2.63)
    shear = strained(plain, 0.01 * np.ones((3, 3)))
    default = TightBindingMethod(ligand_potential=False)
    bare = TightBindingMethod(ligand_potential=False, polarisation="all", surface_charge="bare")
    assert not polarised(shear, default).any(), "zinc blende is left out unless it is asked for"
    assert np.ptp(polarised(shear, bare)) > 0.01
    assert not polarised(shear).any(), "even polarisation has no charge inside"
    assert polarised(halves, default).any()
    assert not polarised(halves, TightBindingMethod(ligand_potential=False, polarisation="none")).any()


def test_a_better_solvent_screens(halves):
    ranges = [
        np.ptp(polarised(halves, around=Surroundings(solvent=name)))
        for name in ("vacuum", "toluene", "water")
    ]
    assert ranges[0] > 1.03 * ranges[1] and ranges[1] > 1.03 * ranges[2], ranges
