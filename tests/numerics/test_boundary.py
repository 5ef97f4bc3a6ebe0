"""The induced surface charge against the dielectric sphere, the plane image and Gauss's law."""

import numpy as np
import pytest
from scipy.special import eval_legendre

from epidot.numerics import boundary, induction

INSIDE, OUTSIDE = 6.2, 2.24
SPACING = 2.2


def ball(radius, spacing=SPACING):
    line = np.arange(-np.ceil(radius / spacing), np.ceil(radius / spacing) + 1) * spacing
    points = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1).reshape(-1, 3)
    return points[np.linalg.norm(points, axis=1) < radius]


def seen(points, corners, centres, areas, reach):
    """Solid angles, mean 1/r and first iterates of panels of one contrast f = 2π."""
    return boundary._view(points, corners, centres, areas, reach, np.ones(len(areas)))


def kirkwood(r, s, cosine, radius):
    """G(r, s) of the dielectric sphere (Kirkwood 1934; Böttcher, Theory of Electric Polarization, §4)."""
    order = np.arange(300)[:, None]
    factor = (INSIDE - OUTSIDE) * (order + 1) / (INSIDE * (INSIDE * order + OUTSIDE * (order + 1)))
    terms = factor * (r * s / radius**2) ** order * eval_legendre(order, cosine)
    return terms.sum(axis=0) / radius


@pytest.fixture(scope="module")
def sphere():
    points = ball(18.0)
    volumes = np.full(len(points), SPACING**3)
    surface = boundary.enclose(points, volumes, distance=1.3, smoothing=2.5, panels=900)
    radius = (3 * volumes.sum() / (4 * np.pi)) ** (1 / 3) + 1.3
    return points, surface, radius, boundary.factorise(surface, INSIDE, OUTSIDE)


def test_surface_is_that_of_the_sphere(sphere):
    _, surface, radius, _ = sphere
    assert 300 < len(surface.areas) < 1400
    assert surface.volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=3e-3)
    assert surface.area == pytest.approx(4 * np.pi * radius**2, rel=1e-2)


def test_solid_angles_obey_gauss(sphere):
    points, surface, _, _ = sphere
    reach = np.full(len(surface.areas), 100.0)
    outside = np.array([[40.0, 3.0, -5.0]])
    solid = seen(np.vstack([points[::50], outside]), surface.corners, surface.centres, surface.areas, reach)[
        0
    ]
    np.testing.assert_allclose(solid[:-1].sum(axis=1), 4 * np.pi, rtol=1e-10)
    assert solid[-1].sum() == pytest.approx(0.0, abs=1e-10)
    np.testing.assert_allclose(
        boundary._panel_angles(surface.corners, surface.centres).sum(axis=0), 2 * np.pi, rtol=1e-8
    )


def test_induced_charge_is_exact(sphere):
    points, surface, _, response = sphere
    solid = seen(points[::40], surface.corners, surface.centres, surface.areas, boundary.reach(surface))[0]
    charge = boundary.induced(response, solid.T / INSIDE).sum(axis=0)
    np.testing.assert_allclose(charge, 1 / OUTSIDE - 1 / INSIDE, rtol=1e-8)


def test_energies_of_the_dielectric_sphere(sphere):
    points, _, radius, response = sphere
    r = np.linalg.norm(points, axis=1)
    wave = np.sinc(r / (radius - 1.3)) ** 2
    one, two = np.argmin(abs(points - (11.0, 0, 0)).sum(1)), np.argmin(abs(points - (-6.6, 8.8, 2.2)).sum(1))
    densities = np.zeros((3, len(points)))
    densities[0] = wave / wave.sum()
    densities[1, one] = densities[2, two] = 1.0
    found = induction.seen(response, points, INSIDE, densities, alone=True)
    mutual, own = found.between(np.arange(3), np.arange(3)), densities @ found.own
    # A spherical density sees only the monopole; points see every order; measured 0.1 to 0.5 %.
    assert mutual[0, 0] == pytest.approx((1 / OUTSIDE - 1 / INSIDE) / radius, rel=5e-3)
    cosine = points[one] @ points[two] / r[one] / r[two]
    assert mutual[1, 2] == pytest.approx(kirkwood(r[one], r[two], cosine, radius)[0], rel=1e-2)
    np.testing.assert_allclose(mutual, mutual.T, rtol=1e-13)
    local = kirkwood(r, r, 1.0, radius)
    assert own[0] == pytest.approx(densities[0] @ local, rel=5e-3)
    assert own[1] == pytest.approx(local[one], rel=1e-2)


@pytest.mark.parametrize("height", [0.3, 1.3, 4.0])
def test_image_in_a_plane(height):
    # One large square of two triangles: the first iterate is the whole answer, f/(2 ε1 d).
    size = 1e4
    corners = np.array([[(-size, -size, 0), (size, -size, 0), (size, size, 0)]])
    corners = np.concatenate([corners, -corners[:, :, [0, 1, 2]]])
    corners[1] = [(-size, -size, 0), (size, size, 0), (-size, size, 0)]
    surface = boundary.Surface(corners)
    point = np.array([[3.0, -1.0, -height]])
    solid, mean, extra = seen(point, surface.corners, surface.centres, surface.areas, boundary.reach(surface))
    image = (extra + (mean * solid).sum(axis=1))[0]
    assert image == pytest.approx(np.pi / height, rel=1e-3)


def test_far_and_near_potentials_of_a_panel_agree():
    corners = np.array([[(0, 0, 0), (3, 0, 0), (0.5, 2.5, 0)]], float)
    surface = boundary.Surface(corners)
    rng = np.random.default_rng(0)
    points = surface.centres[0] + rng.normal(size=(20, 3)) * 3
    grid = (np.arange(400) + 0.5) / 400
    u, v = np.meshgrid(grid, grid)
    inside = u + v < 1
    places = u[inside, None] * corners[0, 1] + v[inside, None] * corners[0, 2]
    away = np.linalg.norm(points[:, None] - places, axis=2)
    near = seen(points, corners, surface.centres, surface.areas, np.array([1e9]))
    np.testing.assert_allclose(near[1][:, 0], (1 / away).mean(axis=1), rtol=2e-3)
    height = -points[:, 2]
    flux = (height[:, None] / away**4).mean(axis=1) * surface.area
    np.testing.assert_allclose(near[2] + near[1][:, 0] * near[0][:, 0], flux, rtol=2e-2)
    distant = surface.centres + np.array([[30.0, 10.0, 20.0]])
    exact = seen(distant, corners, surface.centres, surface.areas, np.array([1e9]))[1]
    monopole = seen(distant, corners, surface.centres, surface.areas, np.array([0.0]))[1]
    np.testing.assert_allclose(exact, monopole, rtol=1e-3)


def test_three_points_do_for_panels_at_a_distance():
    """Both integrals of `_near_panel`, where the rule of three points takes over, at two longest edges."""
    panel = np.array([[0.0, 0, 0], [3, 0, 0], [0.5, 2.5, 0]])
    rng = np.random.default_rng(1)
    reach = 2.0 * np.linalg.norm(panel - np.roll(panel, 1, axis=0), axis=1).max()
    area = boundary.Surface(panel[None]).area
    for direction in rng.normal(size=(12, 3)):
        place = panel.mean(axis=0) + reach * direction / np.linalg.norm(direction)
        exact = boundary._near_panel(panel - place, boundary.solid_angle(panel, *place))
        found = boundary._three_points(panel.ravel(), *place, area)
        np.testing.assert_allclose(found[0], exact[0], rtol=5e-4)
        assert found[1] == pytest.approx(exact[1], rel=0.05)
        assert abs(exact[1]) > 1e-4


def test_angles_in_arrays_are_those_of_each_panel(sphere):
    points, surface, _, _ = sphere
    places = np.vstack([points[:7], surface.centres[:7] - 0.2 * surface.normals[:7]])
    got = seen(places, surface.corners, surface.centres, surface.areas, boundary.reach(surface))[0]
    expected = [[boundary.solid_angle(panel, *place) for panel in surface.corners] for place in places]
    assert got.max() > 4.0
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-14)


def test_no_response_without_contrast(sphere):
    points, surface, _, _ = sphere
    points = points[::20]
    density = np.full((1, len(points)), 1 / len(points))
    weak = boundary.factorise(surface, 2.0, 1.99)
    strong = boundary.factorise(surface, 2.0, 1.9)
    alike = boundary.factorise(surface, 2.0, 2.0)
    none, small, large = (
        (density @ induction.seen(response, points, 2.0, density, alone=True).own)[0]
        for response in (alike, weak, strong)
    )
    assert none == 0.0
    assert large / small == pytest.approx(10.0, rel=0.06)


def test_does_not_depend_on_place_or_direction():
    rng = np.random.default_rng(3)
    points = ball(11.0) * (1.0, 1.0, 1.6)
    volumes = np.full(len(points), 1.6 * SPACING**3)
    density = np.exp(-((points - (2.0, 0, 1.0)) ** 2).sum(axis=1) / 60)[None]
    density /= density.sum()
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    energies = []
    for place in (points, points @ turn.T + (17.3, -5.1, 900.0)):
        surface = boundary.enclose(place, volumes, distance=1.3, smoothing=2.5, panels=700)
        response = boundary.factorise(surface, INSIDE, OUTSIDE)
        found = induction.seen(response, place, INSIDE, density, alone=True)
        one = np.arange(1)
        energies.append((found.between(one, one)[0, 0], density[0] @ found.own))
    np.testing.assert_allclose(energies[0], energies[1], rtol=5e-3)


def test_points_are_kept_away_from_the_corners_that_panels_cut():
    line = np.arange(-8, 9) * SPACING
    points = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1).reshape(-1, 3)
    volumes = np.full(len(points), SPACING**3)
    surface = boundary.enclose(points, volumes, distance=0.3, smoothing=2.5, panels=300)
    view = (surface.corners, surface.centres, surface.areas, np.zeros(len(surface.areas)))
    corner = np.flatnonzero((abs(points) == 8 * SPACING).all(axis=1))
    angles = seen(points[corner], *view)[0].sum(axis=1)
    assert len(corner) == 8
    assert (angles < 1e-6).all()
    moved = boundary.withdrawn(surface, points, 1.3)
    np.testing.assert_allclose(seen(moved, *view)[0].sum(axis=1), 4 * np.pi, rtol=1e-9)
    deep = (abs(points) < 5 * SPACING).all(axis=1)
    np.testing.assert_array_equal(moved[deep], points[deep])
    assert np.linalg.norm(moved - points, axis=1).max() < 8.0


def test_a_body_that_spans_many_blocks_of_the_grid_is_closed():
    """A thin rod in a box that is all but empty, across; the seams of the blocks must not show."""
    axis = np.array([1.0, 0.8, -0.5]) / np.sqrt(1.89)
    line = np.arange(-90, 91) * SPACING
    across = np.stack(np.meshgrid(line[80:101], line[80:101], line[80:101], indexing="ij"), -1).reshape(-1, 3)
    steps = np.unique(np.round(np.outer(np.arange(-110.0, 111.0, 1.0), axis) / SPACING).astype(int), axis=0)
    points = np.unique(np.round((across[None] / SPACING + steps[:, None]).reshape(-1, 3)).astype(int), axis=0)
    points = points * SPACING
    along = points @ axis
    points = points[(np.linalg.norm(points - along[:, None] * axis, axis=1) < 12.0) & (np.abs(along) < 110.0)]
    volumes = np.full(len(points), SPACING**3)
    surface = boundary.enclose(points, volumes, distance=0.0, smoothing=2.5, panels=6000)
    assert np.ptp(points, axis=0).max() > 1.4 * 40 * 2.5
    assert surface.volume == pytest.approx(volumes.sum(), rel=1e-4)
    radius = np.sqrt(volumes.sum() / (np.pi * 220.0))
    assert surface.area == pytest.approx(2 * np.pi * radius * (220.0 + radius), rel=0.04), "no walls inside"
    for place, inside in ((0.0 * axis, 1.0), (97.0 * axis, 1.0), (125.0 * axis, 0.0)):
        total = sum(boundary.solid_angle(panel, *place) for panel in surface.corners)
        assert total / (4 * np.pi) == pytest.approx(inside, abs=1e-9)


def test_a_thin_body_gets_the_panels_that_it_needs():
    points = ball(10.0)
    points = np.concatenate([points + np.array([12.0 * k, 0.0, 0.0]) for k in range(30)])
    volumes = np.full(len(points), SPACING**3)
    options = {"distance": 0.0, "smoothing": 2.5, "panels": 200}
    few, enough = (
        boundary.enclose(points, volumes, **options),
        boundary.enclose(points, volumes, coarsest=0.8, **options),
    )
    assert len(enough.areas) > 2 * len(few.areas)


def test_vertices_that_cannot_be_led_to_the_surface_are_seen():
    """Sixteen ångströms inside a thick slab the occupancy is one and has no slope: cells were too coarse."""
    grid = np.mgrid[-12:13, -12:13, -10:11].reshape(3, -1).T * 2.0
    volumes = np.full(len(grid), 8.0)
    above = np.array([[0.0, 0.0, 21.0], [3.0, 1.0, 22.0]])
    assert not boundary._flat(above, grid, volumes, 2.5)
    assert boundary._flat(np.vstack([above, [[0.0, 0.0, 5.0]]]), grid, volumes, 2.5)
