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
