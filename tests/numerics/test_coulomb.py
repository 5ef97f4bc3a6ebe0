"""Direct sums against dense algebra, and the bound on what is left out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot.numerics import coulomb


def cloud(seed, n, k):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-30, 30, (n, 3))
    densities = rng.exponential(size=(k, n)) ** 4
    return points, densities / densities.sum(axis=1, keepdims=True)


def dense(points, first, second, onsite):
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, 1.0)
    kernel = 1.0 / distance
    np.fill_diagonal(kernel, onsite)
    return first @ kernel @ second.T


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 700), st.integers(1, 4), st.integers(1, 4))
def test_equals_dense_sum(seed, n, k, m):
    points, densities = cloud(seed, n, k + m)
    onsite = np.linspace(0.5, 0.8, n)
    got = coulomb.direct(points, densities[:k], densities[k:], onsite, dropped=0.0)
    expected = dense(points, densities[:k], densities[k:], onsite)
    assert expected.min() > 0
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_what_is_dropped_stays_within_the_stated_bound():
    points, densities = cloud(1, 800, 4)
    onsite = np.full(800, 0.6)
    exact = dense(points, densities[:2], densities[2:], onsite)
    distance = np.linalg.norm(points[:, None] - points, axis=2) + 1e9 * np.eye(800)
    for dropped in (1e-4, 1e-2):
        error = exact - coulomb.direct(points, densities[:2], densities[2:], onsite, dropped)
        assert (error > 0).all()
        assert error.max() < 2 * dropped / distance.min()


def test_heavy_keeps_all_but_the_stated_part():
    _, densities = cloud(2, 500, 3)
    kept = coulomb.heavy(densities, 1e-2)
    lost = 1.0 - densities[:, kept].sum(axis=1)
    assert len(kept) < 450
    assert (lost <= 1e-2).all()
    assert len(coulomb.heavy(densities, 0.0)) == 500


def tripod(count):
    """Points along three thin arms, as they fill a branched particle: an emptier box than a cloud's."""
    rng = np.random.default_rng(9)
    along, arm = rng.uniform(0, 160, count), rng.integers(0, 3, count)
    return np.eye(3)[arm] * along[:, None] + rng.normal(0, 8, (count, 3))


def test_nodes_of_a_tree_stand_for_far_points():
    points = tripod(4000)
    rng = np.random.default_rng(4)
    weights = np.stack([rng.exponential(size=4000), rng.normal(size=4000), np.cos(points[:, 0] / 30)], axis=1)
    targets = points[:1111] + 0.3
    exact = coulomb._all_pairs(targets, points, weights)
    absolute = coulomb._all_pairs(targets, points, np.abs(weights))
    found = coulomb._through_nodes(targets, points, weights)
    assert (found != exact).all()
    np.testing.assert_array_less(np.abs(found - exact), 2e-4 * absolute)
    # Its own charge is left out at each point, and those that fill up the leaves act on none.
    at_home = coulomb._through_nodes(points, points, weights)
    np.testing.assert_array_less(
        np.abs(at_home - coulomb._all_pairs(points, points, weights)),
        2e-4 * coulomb._all_pairs(points, points, np.abs(weights)),
    )


def test_many_points_are_summed_through_nodes(monkeypatch):
    points, densities = tripod(3000), np.random.default_rng(3).normal(size=(5, 3000))
    exact = coulomb.direct(points, densities[:2], densities[2:], np.ones(3000), dropped=0.0)
    monkeypatch.setattr(coulomb, "_ALL_PAIRS", 1e6)
    found = coulomb.direct(points, densities[:2], densities[2:], np.ones(3000), dropped=0.0)
    assert (found != exact).any()
    scale = coulomb.direct(points, abs(densities[:2]), abs(densities[2:]), np.ones(3000), dropped=0.0)
    np.testing.assert_array_less(np.abs(found - exact), 1e-4 * scale)
