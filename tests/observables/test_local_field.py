"""The optical field inside against spheres, spheroids and cylinders."""

import dataclasses

import numpy as np
import pytest

from epidot.excitons import PairMethod, excite
from epidot.observables import Light, absorption
from epidot.observables.dipole import dipoles, free_atom_dipole, position
from epidot.observables.local_field import local_field
from epidot.observables.transitions import of_pairs

INSIDE, OUTSIDE = 6.2, 2.24
OUT = 1.3
"""Å between the volume of the atoms and the dielectric interface."""


@pytest.fixture(scope="session")
def bodies(make):
    """Function of a condition on positions: pairs of an even electron and holes odd along x, y and z."""

    def build(inside, reach):
        positions, cation = make.zinc_blende(inside, reach)
        relaxed = make.particle(positions, cation)
        even = np.exp(-(positions**2).sum(axis=1) / 90)
        odd = [make.kramers(even * positions[:, axis]) for axis in range(3)]
        states = make.states(relaxed, [2.5, 2.5], [0.5] * 6, make.kramers(even), np.concatenate(odd))
        pairs = excite(
            states, solvent="vacuum", method=PairMethod(surface=False, panels=250, interaction="first order")
        )
        return dataclasses.replace(pairs, dielectric_inside=INSIDE, dielectric_outside=OUTSIDE)

    return build


def spheroid(semi, ratio):
    return lambda r: (r[:, :2] ** 2).sum(axis=1) / semi**2 + r[:, 2] ** 2 / (semi * ratio) ** 2 < 1


def factors(across, along):
    """F across and along the axis of a prolate spheroid; Stratton, Electromagnetic Theory, §3.27."""
    e = np.sqrt(1 - (across / along) ** 2)
    axial = (1 - e**2) / e**2 * (np.arctanh(e) / e - 1)
    return tuple(OUTSIDE / (OUTSIDE + L * (INSIDE - OUTSIDE)) for L in ((1 - axial) / 2, axial))


def ratios(pairs, name="shape", dipole="site"):
    """|dipole that the medium sees|² over |dipole|² along each axis, summed over pair states."""
    bare = of_pairs(pairs, position(pairs.states, dipole))
    seen = of_pairs(pairs, local_field(pairs, name, dipole).dipole)
    return np.sqrt((abs(seen) ** 2).sum(axis=0) / (abs(bare) ** 2).sum(axis=0))


def test_sphere_of_atoms_has_the_field_of_a_sphere(bodies):
    pairs = bodies(lambda r: np.linalg.norm(r, axis=1) < 18.0, 18.0)
    factor = 3 * OUTSIDE / (INSIDE + 2 * OUTSIDE)
    field = local_field(pairs, "shape", "site")
    np.testing.assert_allclose(field.mean, factor * np.eye(3), atol=0.012)
    np.testing.assert_allclose(field.depolarisation, 1 / 3, atol=0.01)
    np.testing.assert_allclose(ratios(pairs), factor, rtol=0.01)
    np.testing.assert_allclose(ratios(pairs, "sphere"), factor, rtol=1e-9)
    np.testing.assert_allclose(ratios(pairs, "none"), 1.0, rtol=1e-9)


def test_spheroid(bodies):
    semi, ratio = 10.0, 4.0
    pairs = bodies(spheroid(semi, ratio), semi * ratio)
    count = len(pairs.states.relaxed.positions)
    scale = (count * 6.052**3 / 8 / (4 / 3 * np.pi * semi**3 * ratio)) ** (1 / 3)
    across, along = factors(semi * scale + OUT, semi * ratio * scale + OUT)
    assert along > 1.5 * across
    np.testing.assert_allclose(ratios(pairs), [across, across, along], rtol=0.015)
    field = local_field(pairs, "shape", "site")
    np.testing.assert_allclose(np.diag(field.mean), [across, across, along], rtol=0.015)
    assert abs(field.axes[2, 2]) == pytest.approx(1.0, abs=1e-3)
    assert field.depolarisation.sum() == pytest.approx(1.0, abs=0.01)


def test_middle_of_a_long_rod_is_an_endless_cylinder(bodies):
    pairs = bodies(lambda r: (np.hypot(r[:, 0], r[:, 1]) < 11.0) & (abs(r[:, 2]) < 90.0), 90.0)
    across = 2 * OUTSIDE / (INSIDE + OUTSIDE)
    found = ratios(pairs)
    np.testing.assert_allclose(found[:2], across, rtol=0.015)
    # What is missing to 1 is the field of the ends, 16 radii apart.
    assert 0.97 < found[2] < 1.0


def test_antenna_polarises_what_the_particle_emits(bodies):
    pairs = bodies(spheroid(10.0, 4.0), 40.0)
    across, along = np.diag(local_field(pairs, "shape", "site").mean)[[0, 2]]
    plain, shaped = (absorption(pairs, method=Light(local_field=name)) for name in ("none", "shape"))
    bare = np.diag(plain.emission_tensor)
    expected = bare * np.array([across, across, along]) ** 2
    np.testing.assert_allclose(
        np.diag(shaped.emission_tensor), expected / expected.sum(), rtol=0.02, atol=1e-6
    )
    assert shaped.polarisation > plain.polarisation + 0.2
    assert abs(shaped.emission_axis[2]) == pytest.approx(1.0, abs=1e-3)
    # Far above the edge the bulk absorbs with the same field: mostly along the axis.
    assert 0.4 < shaped.absorption_polarisation[-1] < 0.8
    assert plain.absorption_polarisation[-1] == pytest.approx(0.0, abs=1e-9)


def test_dipoles_within_atoms_feel_the_field_on_their_atom(make):
    positions, cation = make.sphere(13.0)
    distance = np.linalg.norm(positions[:, None] - positions, axis=2)
    order = np.argsort(np.where(distance < 0.5, np.inf, distance), axis=1)[:, :4]
    near = np.take_along_axis(distance, order, axis=1) < 3.0
    relaxed = make.particle(positions, cation)
    structure = dataclasses.replace(relaxed.structure, neighbours=np.where(near, order, -1))
    relaxed = dataclasses.replace(relaxed, structure=structure)
    amplitude = np.zeros((2, len(positions), 4, 2), complex)
    envelope = np.exp(-(positions**2).sum(axis=1) / 60)
    amplitude[0, :, 0, 0], amplitude[1, :, 3, 0] = envelope, envelope
    states = make.states(relaxed, [2.5], [0.5], amplitude[:1], amplitude[1:])
    pairs = excite(
        states, solvent="vacuum", method=PairMethod(surface=False, panels=250, interaction="first order")
    )
    pairs = dataclasses.replace(pairs, dielectric_inside=INSIDE, dielectric_outside=OUTSIDE)
    bare = dipoles(states, position(states, "slater"))[0, 0]
    weights = envelope**2 / (envelope**2).sum()
    expected = weights @ np.array([free_atom_dipole(48 if ion else 34) for ion in cation])
    np.testing.assert_allclose(abs(bare), [0, 0, expected], atol=1e-6)
    seen = of_pairs(pairs, local_field(pairs, "shape", "slater").dipole)[0]
    factor = 3 * OUTSIDE / (INSIDE + 2 * OUTSIDE)
    np.testing.assert_allclose(abs(seen), [0, 0, factor * expected], atol=0.015 * expected)
