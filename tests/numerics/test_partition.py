"""Boundaries of regions: closed, in their places, and with what charge a charge induces on them."""

import numpy as np
import pytest

from epidot.numerics import boundary, induction
from epidot.numerics.partition import OUTSIDE, partition

SPACING = 2.2
LINE = np.arange(-11, 12) * SPACING
BALL = np.stack(np.meshgrid(LINE, LINE, LINE, indexing="ij"), -1).reshape(-1, 3)
BALL = BALL[np.linalg.norm(BALL, axis=1) < 24.0]
VOLUMES = np.full(len(BALL), SPACING**3)
PROBES = np.array(
    [[0.5, 0.3, -9.0], [6.0, 7.0, 15.0], [-14.0, 1.0, -12.0], [-8.0, -9.0, 10.0], [20.0, 30.0, 5.0]]
)
SPLITS = {
    "core": (np.linalg.norm(BALL, axis=1) > 14.0).astype(int),
    "halves": (BALL[:, 2] > 0.3).astype(int),
    "quarters": (BALL[:, 2] > 0.3) + 2 * (BALL[:, 0] > 0.3),
}


def region_of(name, places):
    if name == "core":
        found = (np.linalg.norm(places, axis=1) > 14.0).astype(int)
    elif name == "halves":
        found = (places[:, 2] > 1.1).astype(int)
    else:
        found = (places[:, 2] > 1.1) + 2 * (places[:, 0] > 1.1)
    return np.where(np.linalg.norm(places, axis=1) > 26.0, OUTSIDE, found)


@pytest.fixture(scope="module", params=SPLITS)
def parts(request):
    regions = SPLITS[request.param]
    found = partition(BALL, VOLUMES, regions, distance=0.0, smoothing=2.5, panels=900)
    return request.param, regions, found


def test_every_region_is_closed_and_holds_its_own(parts):
    name, regions, found = parts
    assert 500 < len(found.behind) < 1500
    for region in range(regions.max() + 1):
        around = found.boundary(region)
        turns = [sum(boundary.solid_angle(panel, *place) for panel in around.corners) for place in PROBES]
        expected = region_of(name, PROBES) == region
        np.testing.assert_allclose(np.array(turns) / (4 * np.pi), expected, atol=1e-8)
        # Corners where faces meet at an angle are rounded over a width.
        target = VOLUMES[regions == region].sum()
        assert around.volume == pytest.approx(target, rel=0.02)
    outer = boundary.Surface(found.surface.corners[found.before == OUTSIDE])
    assert outer.volume == pytest.approx(VOLUMES.sum(), rel=3e-3)
    radius = (3 * VOLUMES.sum() / (4 * np.pi)) ** (1 / 3)
    assert outer.area == pytest.approx(4 * np.pi * radius**2, rel=0.015)


def test_the_skin_moves_out_and_inner_boundaries_stay():
    there = partition(BALL, VOLUMES, SPLITS["core"], distance=0.0, smoothing=2.5, panels=900)
    moved = partition(BALL, VOLUMES, SPLITS["core"], distance=1.3, smoothing=2.5, panels=900)
    radius = (3 * VOLUMES.sum() / (4 * np.pi)) ** (1 / 3)
    skin = boundary.Surface(moved.surface.corners[moved.before == OUTSIDE])
    assert skin.volume == pytest.approx(4 / 3 * np.pi * (radius + 1.3) ** 3, rel=4e-3)
    np.testing.assert_array_equal(moved.boundary(0).corners, there.boundary(0).corners)


def test_induced_charge_obeys_gauss(parts):
    """In all q (1/ε_out − 1/ε of the charge's own region), exactly, wherever the panels are."""
    name, _, found = parts
    constants, outside = np.array([9.0, 4.0, 6.0, 5.0]), 2.0
    everywhere = np.append(constants, outside)
    response = boundary.factorise(found.surface, everywhere[found.behind], everywhere[found.before])
    inner = PROBES[:4]
    here = constants[region_of(name, inner)]
    flux = [[boundary.solid_angle(panel, *place) for place in inner] for panel in found.surface.corners]
    charge = boundary.induced(response, np.array(flux) / here).sum(axis=0)
    assert len(set(here)) > 1
    np.testing.assert_allclose(charge, 1 / outside - 1 / here, rtol=1e-6)


def test_core_and_shell_of_lattice_points_against_the_series(induced_potentials):
    """Three constants; the spheres are those of the lattice points, whose surfaces are uneven."""
    regions = SPLITS["core"]
    constants = np.array([6.2, 5.3, 2.24])
    found = partition(BALL, VOLUMES, regions, distance=1.3, smoothing=2.5, panels=900)
    response = boundary.factorise(found.surface, constants[found.behind], constants[found.before])
    inner, outer = ((3 * VOLUMES[regions <= r].sum() / (4 * np.pi)) ** (1 / 3) for r in (0, 1))
    places = np.array([[1.0, 2, 3], [9, -2, 1], [0, 0, -11], [-17, 2, 3], [12, 12, -12], [0, 3, 21]])
    here = constants[region_of("core", places)]
    exact = induced_potentials(places, (inner, outer + 1.3), tuple(constants))
    single = np.eye(len(places))
    seen = induction.seen(response, places, here, single, alone=True)
    got = seen.between(np.arange(len(single)), np.arange(len(single)))
    away = np.linalg.norm(places[:, None] - places, axis=2) + single
    direct = 0.5 * (1 / here[:, None] + 1 / here) / away
    np.testing.assert_allclose(
        (got + direct)[single == 0], (0.5 * (exact + exact.T) + direct)[single == 0], rtol=3e-3
    )
    np.testing.assert_allclose(seen.own, np.diag(exact), rtol=0.03)
