"""Long vectors against NumPy, and their independence of the number of threads."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from epidot.numerics.vectors import CHUNK, add, combine, dot, longest_row, products

SIZES = [1, 3, CHUNK, CHUNK + 1, 3 * CHUNK - 1]


@pytest.fixture(params=SIZES)
def rows(request):
    return np.random.default_rng(request.param).normal(size=(5, request.param, 3))


def test_against_numpy(rows):
    first, second = rows[0], rows[1]
    size = first.size
    assert dot(first, second) == pytest.approx(np.vdot(first, second), rel=1e-12, abs=1e-12 * size)
    expected = np.einsum("rnx,onx->ro", rows[:3], rows[3:])
    np.testing.assert_allclose(products(rows[:3], [rows[3], rows[4]]), expected, atol=1e-12 * size)
    assert longest_row(first) == pytest.approx(np.linalg.norm(first, axis=1).max(), rel=1e-14)
    total = first.copy()
    add(total, 0.3, second, keep=-2.0)
    np.testing.assert_allclose(total, -2.0 * first + 0.3 * second, atol=1e-14)
    total = first.copy()
    combine(np.array([1.5, -0.5]), rows[1:3], total)
    np.testing.assert_allclose(total, first + 1.5 * rows[1] - 0.5 * rows[2], atol=1e-13)


def test_numbers_do_not_depend_on_threads():
    rows = np.random.default_rng(0).normal(size=(4, 50_000, 3))

    def results():
        total = rows[0].copy()
        combine(np.array([0.1, 0.2, 0.3]), rows[1:], total)
        return products(rows, [rows[0], rows[1]]), dot(rows[0], rows[1]), longest_row(total)

    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        single = results()
    finally:
        numba.set_num_threads(before)
    for one, other in zip(single, results(), strict=True):
        assert np.array_equal(one, other)


def test_nothing_has_no_length():
    assert longest_row(np.zeros((0, 3))) == 0.0
