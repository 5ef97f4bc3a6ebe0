"""Relaxation against continuum elasticity, and what it says when it cannot go on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.design import catalogue
from epidot.errors import ConvergenceError, InputError
from epidot.numerics.minimise import LimitedMemoryBFGS, minimise
from epidot.relaxation import ForceField, Relaxed, by_segment, force_field, hydrostatic, relax
from epidot.relaxation.keating import bonds, energy_and_gradient
from epidot.relaxation.strain import local_strain
from epidot.structure import build

A = materials.lattice_constant("CdSe")


def objective(network, free=1.0):
    def value_and_gradient(positions):
        energies, gradient = energy_and_gradient(network, positions)
        return float(energies.sum()), gradient * free

    return value_and_gradient


@pytest.mark.parametrize("phase", ["zb", "wz"])
def test_a_distorted_crystal_finds_its_shape_again(crystal, ball, phase):
    """Wurtzite starts from the ideal cell and ends with the two bond lengths of the measured one."""
    ideal = crystal(("CdSe",), ball(9.0), phase=phase, half_width=9.0, a=A)
    shaken = ideal.positions + np.random.default_rng(2).normal(scale=0.1, size=ideal.positions.shape)
    found = relax(dataclasses.replace(ideal, positions=shaken), method=ForceField(1e-6, 3000))
    assert found.max_force <= 1e-6
    assert found.energy < 1e-7
    cell = materials.wurtzite("CdSe")
    expected = np.full(ideal.neighbours.shape, materials.keating("CdSe").bond)
    if phase == "wz":
        expected = np.where(ideal.eclipsed != 0, cell.axial, cell.basal)
    vectors = found.positions[ideal.neighbours] - found.positions[:, None]
    present = ideal.neighbours >= 0
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=2)[present], expected[present], atol=1e-4)
    assert np.abs(found.strain).max() < 1e-3
    assert found.atom_energy.sum() == pytest.approx(found.energy, abs=1e-12)


@pytest.mark.parametrize(("name", "mismatch"), [("CdTe", 0.002), ("ZnS", -0.002)])
def test_biaxially_strained_film(crystal, name, mismatch):
    """A (001) film with its in-plane lattice held: ε_zz = −2 (C12/C11) ε_xx in its middle.

    The free sides are felt there: 1.7 % at 4.6 cells of width, 0.4 % at the 7.6 used here.
    """
    a = materials.lattice_constant(name)
    film = crystal(
        (name,),
        lambda x: (np.abs(x[:, :2]) < 3.8 * a).all(axis=1) & (np.abs(x[:, 2]) < 1.6 * a),
        half_width=4.1 * a,
        a=a,
    )
    network = bonds(film)
    start = film.positions * [1 + mismatch, 1 + mismatch, 1]
    minimum = minimise(
        objective(network, np.array([0.0, 0.0, 1.0])),
        start,
        method=LimitedMemoryBFGS(1e-7, 3000, max_step=0.1),
    )
    strain = local_strain(film, network, minimum.x)
    middle = np.linalg.norm(film.positions, axis=1) < 0.8 * a
    assert middle.sum() > 10
    expected = -2 * materials.number(name, "C12") / materials.number(name, "C11") * mismatch
    np.testing.assert_allclose(strain[middle, 0, 0], mismatch, rtol=1e-3)
    assert strain[middle, 2, 2].mean() == pytest.approx(expected, rel=0.01)


def isotropic_sphere(core, shell, share, mismatch):
    """Traces of strain in an isotropic core and shell; the core's natural size is larger by `mismatch`.

    Displacement A r in the core and B r + C/r² in the shell (Lamé); continuous displacement and
    radial stress at the core's surface, no stress at the outer one. `share` is their ratio of radii.
    """
    (bulk_core, _), (bulk_shell, shear_shell) = core, shell
    equations = np.array(
        [
            [1.0, -1.0, -1.0],
            [3 * bulk_core, -3 * bulk_shell, 4 * shear_shell],
            [0, 3 * bulk_shell, -4 * shear_shell * share**3],
        ]
    )
    inner, outer, _ = np.linalg.solve(equations, [0.0, 3 * bulk_core * mismatch, 0.0])
    return 3 * (inner - mismatch), 3 * outer


def moduli(name, a):
    """Bulk modulus and the Voigt–Reuss–Hill shear modulus of the Keating crystal, eV/Å³."""
    keating = materials.keating(name)
    alpha, beta = keating.alpha, keating.beta
    half, c44 = 2 * beta / a, 4 * alpha * beta / (a * (alpha + beta))
    voigt, reuss = (2 * half + 3 * c44) / 5, 5 * half * c44 / (2 * c44 + 3 * half)
    return (3 * alpha + beta) / (3 * a), (voigt + reuss) / 2


def test_core_in_shell_against_the_isotropic_sphere(crystal, ball):
    """CdSe core in a CdS shell, the mismatch scaled to 0.4 % where elasticity is linear."""
    inner, outer = 13.0, 22.0
    dot = crystal(
        ("CdSe", "CdS"), ball(outer), lambda x: np.linalg.norm(x, axis=1) > inner, half_width=outer, a=A
    )
    network = bonds(dot)
    mismatch = 0.004
    is_selenide = network.length == network.length.max()
    network = dataclasses.replace(
        network, length=np.where(is_selenide, 1 + mismatch, 1.0) * A * np.sqrt(3) / 4
    )
    minimum = minimise(objective(network), dot.positions, method=LimitedMemoryBFGS(1e-5, 3000, max_step=0.1))
    trace = np.trace(local_strain(dot, network, minimum.x), axis1=1, axis2=2)
    radius = np.linalg.norm(dot.positions, axis=1)
    volumes = [((network.kind == place) & (dot.neighbours >= 0)).sum() for place in np.argsort(~is_selenide)]
    share = (volumes[0] / sum(volumes)) ** (1 / 3)
    core, shell = isotropic_sphere(moduli("CdSe", A), moduli("CdS", A), share, mismatch)
    assert core < 0 < shell
    assert trace[radius < inner - 3].mean() == pytest.approx(core, rel=0.1)
    assert trace[(radius > inner + 3) & (radius < outer - 3)].mean() == pytest.approx(shell, rel=0.25)


@pytest.fixture(scope="session")
def rod(crystal):
    """CdTe on CdSe, 7 % mismatch, both on the lattice of CdSe to begin with."""
    return crystal(
        ("CdSe", "CdTe"),
        lambda x: (np.hypot(x[:, 0], x[:, 1]) < 10) & (np.abs(x[:, 2]) < 24),
        lambda x: x[:, 2] > 0.1,
        half_width=24.0,
        a=A,
        paths=(("axis", ((0.0, 0.0, -24.0), (0.0, 0.0, 24.0))),),
    )


@pytest.fixture(scope="session")
def relaxed_rod(rod):
    return relax(rod, method=ForceField(1e-4))


def test_coherent_rod_relaxes_away_from_its_junction(rod, relaxed_rod):
    """St Venant: strain of the order of half the mismatch at the junction, none a diameter away."""
    height = rod.positions[:, 2]
    inner = np.hypot(rod.positions[:, 0], rod.positions[:, 1]) < 5
    lateral = 0.5 * (relaxed_rod.strain[:, 0, 0] + relaxed_rod.strain[:, 1, 1])
    trace, along = hydrostatic(relaxed_rod), relaxed_rod.strain[:, 2, 2]
    below, above = inner & (height > -4) & (height < -1), inner & (height > 1) & (height < 4)
    half = 0.5 * (materials.lattice_constant("CdTe") / A - 1)
    assert 0.2 * half < lateral[below].mean() < half
    assert -half < lateral[above].mean() < -0.2 * half
    assert along[below].mean() < -0.005 < 0.005 < along[above].mean()
    assert trace[below].mean() > 0.005 > -0.005 > trace[above].mean()
    assert np.abs(relaxed_rod.strain[inner & (np.abs(height) > 18)]).max() < 1.5e-3
    segments = by_segment(relaxed_rod)
    assert segments["s0"]["hydrostatic"] > 0 > segments["s1"]["hydrostatic"]


def test_record_is_consistent_and_prints_itself(rod, relaxed_rod):
    energies, gradient = energy_and_gradient(bonds(rod), relaxed_rod.positions)
    assert relaxed_rod.energy == pytest.approx(energies.sum(), rel=1e-12)
    assert relaxed_rod.max_force == pytest.approx(np.linalg.norm(gradient, axis=1).max(), rel=1e-12)
    assert relaxed_rod.energy < 0.05 * energy_and_gradient(bonds(rod), rod.positions)[0].sum()
    np.testing.assert_allclose(relaxed_rod.positions.mean(axis=0), rod.positions.mean(axis=0), atol=1e-9)
    assert str(relaxed_rod).startswith(f"Relaxed: {len(rod.positions)} atoms, ")


def test_start_on_another_lattice_gives_the_same_rod(rod, relaxed_rod):
    scaled = rod.positions * np.where(rod.positions[:, 2:] > 0, 1.05, 1.0)
    other = relax(dataclasses.replace(rod, positions=scaled), method=ForceField(1e-4))
    assert other.energy == pytest.approx(relaxed_rod.energy, rel=1e-4)
    np.testing.assert_allclose(other.strain, relaxed_rod.strain, atol=1e-3)


def test_the_particle_stays_in_place_and_direction(rod, relaxed_rod):
    """No torque of the displacements about the middle: the best rotation back is none."""
    middle = rod.positions - rod.positions.mean(axis=0)
    moved = relaxed_rod.positions - relaxed_rod.positions.mean(axis=0)
    np.testing.assert_allclose(np.cross(middle, moved).sum(axis=0), 0.0, atol=1e-7)


def test_positions_do_not_depend_on_threads(crystal, ball, monkeypatch):
    import numba

    dot = crystal(("CdSe", "CdTe"), ball(16.0), lambda x: x[:, 2] > 0.1, phase="wz", half_width=16.0, a=A)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        single = relax(dot)
    finally:
        numba.set_num_threads(before)
    monkeypatch.setattr(force_field, "ATOMS_PER_THREAD", 100)
    many = relax(dot)
    assert single.steps > 5
    assert numba.get_num_threads() == before
    assert np.array_equal(single.positions, many.positions)
    assert np.array_equal(single.strain, many.strain)


def test_long_waves_are_at_rest_at_a_loose_tolerance():
    """The energy of a long rod is within 0.3 % of the minimum where forces are below 5 meV/Å."""
    structure = build(catalogue.heterorod([("CdSe", "12 nm"), ("CdTe", "12 nm")], diameter="3 nm"))
    loose, tight = (relax(structure, method=ForceField(tolerance)) for tolerance in (5e-3, 1e-4))
    assert tight.energy < loose.energy < 1.003 * tight.energy
    assert loose.steps < 60


def test_too_few_steps_keep_what_was_reached(rod):
    with pytest.raises(ConvergenceError, match=r"forces below 0\.005 eV/Å") as caught:
        relax(rod, method=ForceField(max_steps=3))
    reached = caught.value.reached
    assert isinstance(reached, Relaxed)
    assert reached.steps == 3
    assert 0.005 < reached.max_force
    assert "\n" not in str(caught.value)


def test_positions_must_be_numbers(rod):
    positions = np.array(rod.positions)
    positions[5, 1] = np.nan
    with pytest.raises(InputError, match=r"structure.positions\[5\].*must be finite"):
        relax(dataclasses.replace(rod, positions=positions))


@pytest.mark.parametrize(
    "wrong", [{"force_tolerance": 0.0}, {"force_tolerance": float("nan")}, {"max_steps": 0}]
)
def test_method_values_that_make_no_sense(wrong):
    with pytest.raises(InputError, match="must be positive"):
        ForceField(**wrong)
