"""Harmonics of far panels against every panel seen from every point."""

import numpy as np
import pytest

from epidot.numerics import boundary, induction
from epidot.numerics.tree import tree


@pytest.fixture(scope="module")
def rod():
    """Points that fill a long thin rod, and the response of its surface."""
    line, across = np.arange(-300.0, 300.1, 4.0), np.arange(-8.0, 8.1, 4.0)
    points = np.stack(np.meshgrid(across, across, line, indexing="ij"), axis=-1).reshape(-1, 3)
    points = points[np.hypot(points[:, 0], points[:, 1]) < 10.0]
    surface = boundary.enclose(points, np.full(len(points), 64.0), distance=1.3, smoothing=4.0, panels=900)
    return points, boundary.factorise(surface, 6.0, 2.0)


def test_far_panels_are_seen_in_harmonics(rod, monkeypatch):
    points, response = rod
    rng = np.random.default_rng(8)
    here = rng.uniform(5.0, 7.0, len(points))
    densities = rng.normal(size=(3, len(points)))
    densities[0] = np.cos(points[:, 2] / 60.0) ** 2
    monkeypatch.setattr(induction, "_FAR", 2.0)
    exact = induction.seen(response, points, here, densities, alone=True)
    monkeypatch.setattr(induction, "_FAR", 0.5)
    monkeypatch.setattr(induction, "_CELL", 256)
    found = induction.seen(response, points, here, densities, alone=True)
    assert (found.own != exact.own).any()
    errors = [
        float((np.abs(one - other).max(axis=0) / np.abs(other).max(axis=0)).max())
        for one, other in ((found.laid, exact.laid), (found.felt, exact.felt), (found.own, exact.own))
    ]
    assert errors[0] < 1e-5
    assert errors[1] < 5e-5
    assert errors[2] < 1e-7
    every = np.arange(3)
    between = exact.between(every, every)
    np.testing.assert_allclose(found.between(every, every), between, atol=1e-7 * np.abs(between).max())


def test_harmonics_up_to_their_order_are_fitted_exactly():
    places, fit = induction._sphere()
    rng = np.random.default_rng(1)
    inside = rng.uniform(-0.5, 0.5, (20, 3))
    for source, loss in ((3.0, 1e-4), (30.0, 1e-10)):
        values = 1.0 / np.linalg.norm(places - (0.0, 0.6 * source, 0.8 * source), axis=1)
        expected = 1.0 / np.linalg.norm(inside - (0.0, 0.6 * source, 0.8 * source), axis=1)
        np.testing.assert_allclose(induction._harmonics(inside) @ (fit @ values), expected, rtol=loss)


def test_cells_hold_every_source_once():
    rng = np.random.default_rng(2)
    for count in (1, 5, 100, 1023, 1700):
        cells = tree(rng.normal(size=(count, 3)), np.zeros(count)).cells(100)
        assert max(len(members) for members in cells) <= 100
        assert np.sort(np.concatenate(cells)).tolist() == list(range(count))
