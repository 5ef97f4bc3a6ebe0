"""Charges in media whose constants jump: concentric spheres and a plane, on meshes without lattice."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from epidot.numerics import boundary, induction

PLACES = np.array(
    [[1.0, 2, 3], [9, -2, 1], [0, 0, -11], [0, 18.5, 1], [-19, 2, 3], [13, 13, -12], [0, 3, 23]]
)


def closed(radius, count):
    """A polyhedron of the volume of a sphere."""
    place = np.arange(count) + 0.5
    height, angle = 1 - 2 * place / count, np.pi * (1 + np.sqrt(5)) * place
    ring = np.sqrt(1 - height**2)
    points = np.stack([ring * np.cos(angle), ring * np.sin(angle), height], axis=1)
    corners = points[ConvexHull(points).simplices]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = (normals * corners.mean(axis=1)).sum(axis=1) < 0
    corners[inward] = corners[inward, ::-1]
    return corners * radius * (4 * np.pi / 3 / boundary.Surface(corners).volume) ** (1 / 3)


@pytest.mark.parametrize("constants", [(6.2, 5.3, 2.24), (4.0, 9.0, 2.0), (5.0, 5.0, 1.0), (7.3, 5.3, 5.3)])
def test_core_shell_and_solvent_against_the_series(constants, induced_potentials):
    core, shell = closed(15.0, 400), closed(27.0, 500)
    surface = boundary.Surface(np.concatenate([core, shell]))
    behind = np.repeat(constants[:2], [len(core), len(shell)])
    before = np.repeat(constants[1:], [len(core), len(shell)])
    response = boundary.factorise(surface, behind, before)
    here = np.where(np.linalg.norm(PLACES, axis=1) < 15.0, constants[0], constants[1])
    exact = induced_potentials(PLACES, (15.0, 27.0), constants)
    single, scale = np.eye(len(PLACES)), np.abs(exact).max()
    away = np.linalg.norm(PLACES[:, None] - PLACES, axis=2) + single
    whole = exact + 1.0 / here / away
    np.testing.assert_allclose((whole - whole.T)[single == 0], 0.0, atol=1e-10)
    seen = induction.seen(response, PLACES, here, single, alone=True)
    mutual = seen.between(np.arange(len(PLACES)), np.arange(len(PLACES)))
    apart = single == 0
    assert scale > 5e-3
    np.testing.assert_allclose(mutual[apart], 0.5 * (exact + exact.T)[apart], atol=1e-3 * np.abs(whole).max())
    whole = 0.5 * (whole + whole.T)
    np.testing.assert_allclose(
        (mutual + 0.5 * (1 / here[:, None] + 1 / here) / away)[apart], whole[apart], rtol=1e-3
    )
    np.testing.assert_allclose(seen.own, np.diag(exact), atol=5e-3 * scale)


@pytest.mark.parametrize(("above", "below"), [(2.0, 6.0), (9.0, 4.0)])
def test_image_charges_on_both_sides_of_a_plane(above, below):
    """Image (ε1 − ε2)/(ε1 + ε2) on the own side, 2/(ε1 + ε2) across (Jackson, §4.4)."""
    rings = np.concatenate([[0.0], np.geomspace(0.3, 3e4, 50)])
    turns = np.linspace(0.0, 2 * np.pi, 25)
    grid = rings[:, None, None] * np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1)
    low, high = grid[:-1], grid[1:]
    outer = np.stack([low[:, :-1], high[:, :-1], high[:, 1:]], axis=2).reshape(-1, 3, 3)
    inner = np.stack([low[:, :-1], high[:, 1:], low[:, 1:]], axis=2).reshape(-1, 3, 3)
    surface = boundary.Surface(np.concatenate([outer, inner[24:]]))
    response = boundary.factorise(surface, below, above)
    points = np.array([[0.0, 0.0, -4.0], [0.4, 0.1, -7.0], [0.1, -0.3, 5.0]])
    here = np.where(points[:, 2] < 0, below, above)
    single = np.eye(3)
    seen = induction.seen(response, points, here, single, alone=True)
    mutual = seen.between(np.arange(3), np.arange(3))
    away = np.linalg.norm(points[:, None] - points, axis=2) + single
    image = np.linalg.norm(points * (1, 1, -1) - points[:, None], axis=2)
    strength = (below - above) / (below + above)
    # Panels take a mean over their area of what is curved: 1 % of the induced part at these distances.
    assert mutual[0, 1] == pytest.approx(strength / below / image[0, 1], rel=0.01)
    whole = mutual + 0.5 * (1 / here[:, None] + 1 / here) / away
    np.testing.assert_allclose(whole[2, :2], 2 / (above + below) / away[2, :2], rtol=2e-3)
    sign = np.where(points[:, 2] < 0, 1, -1)
    np.testing.assert_allclose(seen.own, sign * strength / here / (2 * np.abs(points[:, 2])), rtol=2e-3)
