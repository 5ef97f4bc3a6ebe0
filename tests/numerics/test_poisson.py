"""A dielectric body in a medium: spheres and ellipsoids of the textbooks."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from epidot.numerics import boundary, poisson

RADIUS, WIDTH = 30.0, 2.5
PAIRS = [(9.0, 2.3), (9.0, 80.0), (5.0, 1.0)]


def closed(stretch):
    """A sphere of the volume of `RADIUS`, stretched along the axes."""
    place = np.arange(400) + 0.5
    height, angle = 1 - 2 * place / 400, np.pi * (1 + np.sqrt(5)) * place
    ring = np.sqrt(1 - height**2)
    points = np.stack([ring * np.cos(angle), ring * np.sin(angle), height], axis=1)
    corners = points[ConvexHull(points).simplices]
    inward = np.einsum("kx,kx->k", np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]),
                       corners.mean(axis=1)) < 0  # fmt: skip
    corners[inward] = corners[inward, ::-1]
    volume = boundary.Surface(corners).volume
    return boundary.Surface(corners * RADIUS * (4 * np.pi / 3 / volume) ** (1 / 3) * np.array(stretch))


def inner_points(depth=0.85):
    points = np.random.default_rng(3).normal(size=(200, 3))
    reach = depth * RADIUS * np.random.default_rng(4).uniform(0, 1, 200) ** (1 / 3)
    return points * (reach / np.linalg.norm(points, axis=1))[:, None]


@pytest.fixture(scope="module")
def sphere():
    surface = closed((1, 1, 1))
    return {pair: poisson.body(surface, *pair, width=WIDTH) for pair in PAIRS}


@pytest.mark.parametrize(("inside", "outside"), PAIRS)
def test_field_in_a_sphere(sphere, inside, outside):
    applied, points = np.array([0.3, -1.0, 0.7]), inner_points()
    found = poisson.potential_of_field(sphere[inside, outside], applied, points)
    factor = 3 * outside / (inside + 2 * outside)
    assert abs(factor - 1) > 0.3
    assert np.abs(found + factor * points @ applied).max() < 0.03 * factor * np.abs(points @ applied).max()
    assert -np.linalg.lstsq(points, found, rcond=None)[0] == pytest.approx(factor * applied, rel=0.02)


@pytest.mark.parametrize(("inside", "outside"), PAIRS)
def test_the_boundary_by_iteration_is_that_of_the_factors(sphere, inside, outside):
    factors = sphere[inside, outside]
    anew = dataclasses.replace(factors, response=None)
    applied, points = np.array([0.3, -1.0, 0.7]), inner_points()
    known = poisson.potential_of_field(factors, applied, points)
    assert (
        np.abs(poisson.potential_of_field(anew, applied, points) - known).max() < 0.01 * np.abs(known).max()
    )
    charges = np.random.default_rng(2).normal(size=200)
    known = poisson.potential_of_charges(factors, 0.9 * points, charges, points)
    found = poisson.potential_of_charges(anew, 0.9 * points, charges, points)
    assert np.abs(found - known).max() < 0.005 * np.abs(known).max()


def test_field_in_ellipsoids():
    # Depolarisation factors of a spheroid of ratio 2 (Landau and Lifshitz, vol. 8, section 4).
    eccentricity = np.sqrt(0.75)
    along = 0.25 / eccentricity**3 * (np.arctanh(eccentricity) - eccentricity)
    body = poisson.body(closed((2 ** (-1 / 3), 2 ** (-1 / 3), 2 ** (2 / 3))), 9.0, 2.3, width=WIDTH)
    points = 0.6 * inner_points()
    for axis, factor in ((0, (1 - along) / 2), (2, along)):
        found = poisson.potential_of_field(body, np.eye(3)[axis], points)
        slope = -np.linalg.lstsq(points, found, rcond=None)[0]
        assert slope[axis] == pytest.approx(1 / (1 + factor * (9.0 / 2.3 - 1)), rel=0.02)
        potentials, mean = poisson.fields_inside(body, points)
        assert mean[axis, axis] == pytest.approx(slope[axis], rel=0.01)
        np.testing.assert_allclose(potentials[axis], found, rtol=1e-12)
    np.testing.assert_allclose(mean, np.diag(np.diag(mean)), atol=1e-3)


@pytest.mark.parametrize(("inside", "outside"), PAIRS)
def test_a_charge_and_a_dipole_at_the_centre(sphere, inside, outside):
    points = inner_points()
    r = np.linalg.norm(points, axis=1)
    points, r = points[r > 12.0], r[r > 12.0]
    found = poisson.potential_of_charges(sphere[inside, outside], np.zeros((1, 3)), np.array([1.5]), points)
    exact = 1.5 * (1 / (inside * r) + (1 / outside - 1 / inside) / RADIUS)
    assert np.abs(found - exact).max() < 0.01 * np.abs(exact).max()
    ends = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    found = poisson.potential_of_charges(sphere[inside, outside], ends, np.array([0.5, -0.5]), points)
    reaction = 2 * (inside - outside) / (inside + 2 * outside)
    exact = points[:, 2] / inside * (1 / r**3 + reaction / RADIUS**3)
    assert np.abs(found - exact).max() < 0.02 * np.abs(exact).max()


@pytest.mark.parametrize(("inside", "outside"), [*PAIRS, (1.0, 1.0)])
def test_a_uniformly_polarised_sphere(sphere, inside, outside):
    """Surface charge P cos θ gives the field −4πP/(ε1 + 2 ε2), in vacuum −4πP/3."""
    body = sphere.get((inside, outside)) or poisson.body(closed((1, 1, 1)), inside, outside, width=WIDTH)
    surface = closed((1, 1, 1))
    share = (RADIUS - 1.5) / RADIUS
    charges = 0.01 * surface.normals[:, 2] * surface.areas
    points = inner_points(0.7)
    found = poisson.potential_of_charges(body, share * surface.centres, charges, points)
    slope = np.linalg.lstsq(points, found, rcond=None)[0]
    reaction = 2 * (inside - outside) / (inside + 2 * outside)
    # The charge lies just inside the boundary; on it, this is 4πP/(ε1 + 2 ε2).
    expected = 4 * np.pi / 3 * 0.01 / share**2 / inside * (1 + reaction * share**3)
    assert slope[2] == pytest.approx(expected, rel=0.01, abs=0.01 * 4 * np.pi / 3 * 0.01 / inside)
    assert np.abs(found - slope[2] * points[:, 2]).max() < 0.02 * np.abs(found).max()


def test_superposition_and_no_boundary(sphere):
    body = sphere[PAIRS[0]]
    rng = np.random.default_rng(8)
    places, charges, points = 0.7 * inner_points(), rng.normal(size=200), inner_points()
    first = np.where(np.arange(200) < 90, charges, 0.0)
    parts = [poisson.potential_of_charges(body, places, part, points) for part in (first, charges - first)]
    whole = poisson.potential_of_charges(body, places, charges, points)
    assert np.abs(parts[0]).max() > 0.01
    assert np.abs(sum(parts) - whole).max() < 1e-12
    plain = poisson.body(body.surface, 4.0, 4.0, width=WIDTH)
    vacuum = poisson.body(body.surface, 1.0, 1.0, width=WIDTH)
    reference = poisson.potential_of_charges(vacuum, places, charges, points)
    assert np.allclose(4.0 * poisson.potential_of_charges(plain, places, charges, points), reference)
    applied = np.array([0.0, 2.0, 1.0])
    assert np.allclose(poisson.potential_of_field(plain, applied, points), -points @ applied)
