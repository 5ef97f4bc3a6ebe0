"""The force field against finite differences, symmetry, plain sums and the elastic constants."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot import materials
from epidot.errors import InputError
from epidot.relaxation.keating import bonds, energy_and_gradient

SIX = ("CdS", "CdSe", "CdTe", "ZnS", "ZnSe", "ZnTe")
PAIRS = (("CdSe", "CdTe"), ("CdS", "CdSe"), ("ZnSe", "CdSe"), ("ZnTe", "ZnS"))


def total(network, positions):
    return energy_and_gradient(network, positions)[0].sum()


def rotation(seed):
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


@pytest.fixture(scope="session")
def mixed(crystal, ball):
    """Half of one compound, half of another: atoms shared by two compounds in the middle."""

    def make(pair, radius=7.5, phase="zb"):
        return crystal(pair, ball(radius), lambda x: x[:, 2] > 0.1, half_width=radius, phase=phase)

    return make


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(PAIRS), st.sampled_from(("zb", "wz")), st.floats(0.01, 0.3))
def test_gradient_equals_finite_difference(mixed, seed, pair, phase, size):
    structure = mixed(pair, phase=phase)
    network, rng = bonds(structure), np.random.default_rng(seed)
    positions = structure.positions + rng.normal(scale=size, size=structure.positions.shape)
    gradient = energy_and_gradient(network, positions)[1]
    for _ in range(3):
        along = rng.normal(size=positions.shape)
        # The energy is a quartic: four points give its derivative exactly, up to rounding.
        step = 0.01
        near, far = (
            (total(network, positions + h * along) - total(network, positions - h * along)) / (2 * h)
            for h in (step, 2 * step)
        )
        expected = (4 * near - far) / 3
        assert abs(expected) > 1e-3
        assert np.vdot(gradient, along) == pytest.approx(expected, rel=1e-7, abs=1e-8)


def test_each_component_of_the_gradient(mixed):
    structure = mixed(("CdSe", "CdTe"), radius=5.0)
    network, rng = bonds(structure), np.random.default_rng(5)
    positions = structure.positions + rng.normal(scale=0.1, size=structure.positions.shape)
    gradient = energy_and_gradient(network, positions)[1]
    for place in np.ndindex(positions.shape):
        unit = np.zeros_like(positions)
        unit[place] = 0.01
        values = [total(network, positions + k * unit) for k in (-2, -1, 1, 2)]
        expected = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / 0.12
        assert gradient[place] == pytest.approx(expected, rel=1e-7, abs=1e-7 * np.abs(gradient).max())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(PAIRS))
def test_moving_and_turning_the_particle(mixed, seed, pair):
    structure = mixed(pair)
    network, rng = bonds(structure), np.random.default_rng(seed)
    positions = structure.positions + rng.normal(scale=0.1, size=structure.positions.shape)
    turn, shift = rotation(seed), rng.normal(scale=50.0, size=3)
    energies, gradient = energy_and_gradient(network, positions)
    moved_energies, moved_gradient = energy_and_gradient(network, positions @ turn.T + shift)
    assert energies.sum() > 0.1
    np.testing.assert_allclose(moved_energies, energies, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(moved_gradient, gradient @ turn.T, atol=1e-10)
    np.testing.assert_allclose(gradient.sum(axis=0), 0.0, atol=1e-11)
    np.testing.assert_allclose(np.cross(positions, gradient).sum(axis=0), 0.0, atol=1e-9)


@pytest.mark.parametrize("name", SIX)
@pytest.mark.parametrize("phase", ["zb", "wz"])
def test_crystal_of_the_table_is_at_rest(crystal, ball, wurtzite_cell, name, phase):
    """Wurtzite with the measured a, c and u, and its surface with the same angles."""
    a, cell = materials.lattice_constant(name), wurtzite_cell(name)
    structure = crystal((name,), ball(10.0), phase=phase, half_width=10.0, a=a, cell=cell)
    energies, gradient = energy_and_gradient(bonds(structure), structure.positions)
    assert len(energies) > 100
    assert np.abs(energies).max() < 1e-20
    assert np.abs(gradient).max() < 1e-10
    stretched = energy_and_gradient(bonds(structure), 1.01 * structure.positions)[0]
    assert stretched.min() > 1e-4


def density(structure, network, strain, shift):
    """Energy per volume (eV/Å³) of the middle of a crystal whose anions move by `shift`."""
    positions = structure.positions @ (np.eye(3) + strain) + np.outer(1 - structure.cation, shift)
    energies = energy_and_gradient(network, positions)[0]
    middle = np.linalg.norm(structure.positions, axis=1) < 6.0
    cations, anions = (energies[middle & (structure.cation == side)] for side in (1, 0))
    assert len(cations) > 1
    np.testing.assert_allclose(cations, cations[0], rtol=1e-8, atol=1e-20)
    a = materials.lattice_constant(structure.materials[0])
    return (cations[0] + anions[0]) / (a**3 / 4)


def curvature(function, step=1e-4):
    return (function(step) - 2 * function(0.0) + function(-step)) / step**2


@pytest.mark.parametrize("name", SIX)
def test_elastic_constants(crystal, ball, name):
    a = materials.lattice_constant(name)
    structure = crystal((name,), ball(13.0), half_width=13.0, a=a)
    network = bonds(structure)

    def energy(strain, shift=(0.0, 0.0, 0.0)):
        return density(structure, network, np.asarray(strain, dtype=float), np.asarray(shift, dtype=float))

    c11 = curvature(lambda e: energy(np.diag([e, 0, 0])))
    both = curvature(lambda e: energy(np.diag([e, e, 0])))
    assert c11 == pytest.approx(materials.number(name, "C11"), rel=2e-3)
    assert both / 2 - c11 == pytest.approx(materials.number(name, "C12"), rel=2e-3)

    shear = np.zeros((3, 3))
    shear[0, 1] = shear[1, 0] = 0.5
    clamped = curvature(lambda e: energy(e * shear))
    inner = curvature(lambda w: energy(0 * shear, (0, 0, w)))
    joint = curvature(lambda e: energy(e * shear, (0, 0, e)))
    coupling = (joint - clamped - inner) / 2
    keating = materials.keating(name)
    expected = 4 * keating.alpha * keating.beta / (a * (keating.alpha + keating.beta))
    assert clamped > 1.2 * expected
    assert clamped - coupling**2 / inner == pytest.approx(expected, rel=1e-4)
    # Kleinman's internal displacement, Martin (1970): ζ = (α − β)/(α + β); with shear γ it is ζ a γ/4.
    zeta = (keating.alpha - keating.beta) / (keating.alpha + keating.beta)
    assert abs(coupling / inner) == pytest.approx(zeta * a / 4, rel=1e-4)


def test_atoms_shared_by_two_compounds(mixed):
    """Energy by plain sums over bonds and angles, with the means written out."""
    structure = mixed(("CdSe", "CdTe"), radius=6.0)
    positions = structure.positions + np.random.default_rng(3).normal(
        scale=0.05, size=structure.positions.shape
    )

    def constants(i, j):
        cation, anion = (i, j) if structure.cation[i] else (j, i)
        name = {(48, 34): "CdSe", (48, 52): "CdTe"}[
            int(structure.numbers[cation]), int(structure.numbers[anion])
        ]
        found = materials.keating(name)
        return name, found.alpha, found.beta, found.bond

    expected, shared = 0.0, 0
    for i, row in enumerate(structure.neighbours):
        partners = [int(j) for j in row if j >= 0]
        for j in partners:
            _, alpha, _, d = constants(i, j)
            square = ((positions[j] - positions[i]) ** 2).sum()
            expected += 0.5 * 3 * alpha / (8 * d**2) * (square - d**2) ** 2
        for j, k in itertools.combinations(partners, 2):
            (one, _, beta_j, d_j), (two, _, beta_k, d_k) = constants(i, j), constants(i, k)
            shared += one != two
            product = (positions[j] - positions[i]) @ (positions[k] - positions[i])
            beta = np.sqrt(beta_j * beta_k)
            expected += 3 * beta / (8 * d_j * d_k) * (product + d_j * d_k / 3) ** 2
    assert shared > 10
    assert total(bonds(structure), positions) == pytest.approx(expected, rel=1e-12)


def test_numbers_do_not_depend_on_threads(mixed):
    import numba

    structure = mixed(("CdSe", "CdTe"))
    network, positions = bonds(structure), structure.positions * 1.01
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        single = energy_and_gradient(network, positions)
    finally:
        numba.set_num_threads(before)
    many = energy_and_gradient(network, positions)
    assert np.array_equal(single[0], many[0])
    assert np.array_equal(single[1], many[1])


def test_a_structure_that_is_no_crystal(mixed):
    good = mixed(("CdSe", "CdTe"), radius=5.0)
    lonely, like, one_sided = (np.array(good.neighbours) for _ in range(3))
    lonely[3] = -1
    with pytest.raises(InputError, match=r"neighbours\[3\].*must have a bond"):
        bonds(dataclasses.replace(good, neighbours=lonely))
    like[0, 0] = next(i for i in range(1, len(good.cation)) if good.cation[i] == good.cation[0])
    with pytest.raises(InputError, match="must join a cation and an anion"):
        bonds(dataclasses.replace(good, neighbours=like))
    numbers = np.array(good.numbers)
    numbers[good.cation == 0] = 8
    with pytest.raises(InputError):
        bonds(dataclasses.replace(good, numbers=numbers))
    partner = one_sided[0, 0]
    row = [j for j in one_sided[partner] if j not in (0, -1)]
    one_sided[partner] = row + [-1] * (4 - len(row))
    with pytest.raises(InputError, match="must list the atom too"):
        bonds(dataclasses.replace(good, neighbours=one_sided))
