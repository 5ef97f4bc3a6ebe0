"""Direct sums against dense algebra, and the bound on what is left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot.numerics import coulomb


def cloud(seed, n, k):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-30, 30, (n, 3))
    densities = rng.exponential(size=(k, n)) ** 4
    return points, densities / densities.sum(axis=1, keepdims=True)


def dense(points, first, second, onsite, factors=1.0):
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, 1.0 / onsite)
    factors = np.broadcast_to(factors, len(points))
    return first @ (0.5 * (factors[:, None] + factors) / distance) @ second.T


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 700), st.integers(1, 4), st.integers(1, 4))
def test_equals_dense_sum(seed, n, k, m):
    points, densities = cloud(seed, n, k + m)
    onsite = np.linspace(0.5, 0.8, n)
    pair = (np.arange(k), np.arange(k, k + m))
    got = coulomb.direct(points, densities, [pair], onsite, dropped=0.0)[0]
    expected = dense(points, densities[:k], densities[k:], onsite)
    assert expected.min() > 0
    np.testing.assert_allclose(got, expected, rtol=1e-12)


PAIRS = ([0, 1, 2], [3, 4, 5, 6]), ([0, 1], [0, 1]), ([5, 6], [5, 6]), ([7], [7]), ([4, 7], [0])


@pytest.mark.parametrize(
    ("limits", "loss"),
    [({}, 1e-14), ({"_DOUBLE": 1e3}, 1e-6), ({"_ALL_PAIRS": 1e3}, 2e-4)],
    ids=["double", "single", "tree"],
)
def test_sets_that_meet_in_every_way(monkeypatch, limits, loss):
    """With others, with themselves, and parts of both, in one call; f differs from point to point."""
    for name, value in limits.items():
        monkeypatch.setattr(coulomb, name, value)
    rng = np.random.default_rng(5)
    points, densities = rng.uniform(-30, 30, (900, 3)) + 80.0, rng.normal(size=(8, 900))
    onsite, factors = rng.uniform(0.5, 0.8, 900), rng.uniform(0.1, 0.2, 900)
    pairs = [(np.array(a), np.array(b)) for a, b in PAIRS]
    got = coulomb.direct(points, densities, pairs, onsite, factors=factors, dropped=0.0)
    for (a, b), sums in zip(pairs, got, strict=True):
        exact = dense(points, densities[a], densities[b], onsite, factors)
        absolute = dense(points, abs(densities[a]), abs(densities[b]), onsite, factors)
        np.testing.assert_array_less(np.abs(sums - exact), loss * absolute)


def test_what_is_dropped_stays_within_the_stated_bound():
    points, densities = cloud(1, 800, 4)
    onsite = np.full(800, 0.6)
    exact = dense(points, densities[:2], densities[2:], onsite)
    distance = np.linalg.norm(points[:, None] - points, axis=2) + 1e9 * np.eye(800)
    for dropped in (1e-4, 1e-2):
        pair = (np.arange(2), np.arange(2, 4))
        error = exact - coulomb.direct(points, densities, [pair], onsite, dropped=dropped)[0]
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
    kernel = 1.0 / np.linalg.norm(targets[:, None] - points, axis=2)
    exact, absolute = kernel @ weights, kernel @ np.abs(weights)
    found = coulomb._through_nodes(targets, points, weights)
    assert (found != exact).all()
    np.testing.assert_array_less(np.abs(found - exact), 2e-4 * absolute)
    # Its own charge is left out at each point, and those that fill up the leaves act on none.
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, np.inf)
    at_home = coulomb._through_nodes(points, points, weights)
    error = np.abs(at_home - (1.0 / distance) @ weights)
    np.testing.assert_array_less(error, 2e-4 * ((1.0 / distance) @ np.abs(weights)))
