"""Least-squares displacements of networks against dense algebra and known fields."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from epidot.numerics.network import PATCH, TwoLevel, displacements, patches


def grid(*shape):
    """Neighbours (node, slot) of a rectangular grid, missing ones last, and the points (node, 3)."""
    points = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1).reshape(-1, len(shape))
    number = {tuple(point): place for place, point in enumerate(points.tolist())}
    steps = np.concatenate([np.eye(len(shape), dtype=int), -np.eye(len(shape), dtype=int)])
    rows = [[number[tuple(p + s)] for s in steps if tuple(p + s) in number] for p in points]
    table = np.array([row + [-1] * (len(steps) - len(row)) for row in rows])
    return table, np.pad(points.astype(float), ((0, 0), (0, 3 - len(shape))))


def wants(table, field):
    return np.where((table >= 0)[:, :, None], field[table] - field[:, None], 0.0)


def test_what_every_link_agrees_on_is_found_exactly():
    table, points = grid(40, 5, 4)
    field = np.sin(0.2 * points) + 0.01 * points[:, ::-1] ** 2
    found, iterations = displacements(TwoLevel(table), wants(table, field), tolerance=1e-10)
    np.testing.assert_allclose(found, field - field.mean(axis=0), atol=1e-8)
    assert iterations < 120


def test_what_links_disagree_on_is_least_squares():
    table, _ = grid(7, 5, 3)
    rng = np.random.default_rng(4)
    wanted = np.zeros((*table.shape, 3))
    links = [(i, s, j) for i, row in enumerate(table) for s, j in enumerate(row) if j > i]
    matrix, right = np.zeros((len(links), len(table))), rng.normal(size=(len(links), 3))
    for place, (i, s, j) in enumerate(links):
        matrix[place, [i, j]] = [-1.0, 1.0]
        wanted[i, s] = right[place]
        wanted[j, list(table[j]).index(i)] = -right[place]
    expected = np.linalg.lstsq(matrix, right, rcond=None)[0]
    found, _ = displacements(TwoLevel(table), wanted, tolerance=1e-12)
    assert np.abs(expected).max() > 0.5
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_iterations_do_not_grow_with_the_length():
    counts = []
    for length in (60, 1500):
        table, points = grid(length, 3, 3)
        field = 0.01 * points**2
        found, iterations = displacements(TwoLevel(table), wants(table, field))
        field -= field.mean(axis=0)
        assert np.abs(found - field).max() < 2e-3 * np.abs(field).max()
        counts.append(iterations)
    assert counts[1] < 1.5 * counts[0] + 5


def test_two_networks_that_do_not_touch():
    table, points = grid(6, 4, 3)
    both = np.concatenate([table, np.where(table >= 0, table + len(table), -1)])
    field = np.concatenate([0.1 * points, -0.2 * points])
    found, _ = displacements(TwoLevel(both), wants(both, field), tolerance=1e-10)
    for half in (slice(0, len(table)), slice(len(table), None)):
        expected = field[half] - field[half].mean(axis=0)
        np.testing.assert_allclose(found[half] - found[half].mean(axis=0), expected, atol=1e-7)


def test_patches_are_connected_and_of_even_size():
    table, _ = grid(30, 10, 4)
    patch = patches(table, PATCH)
    sizes = np.bincount(patch)
    assert sizes.min() >= PATCH // 4
    assert sizes.max() < 2.5 * PATCH
    for place in range(len(sizes)):
        members = set(np.flatnonzero(patch == place).tolist())
        reached, front = set(), [min(members)]
        while front:
            node = front.pop()
            if node in members - reached:
                reached.add(node)
                front += [j for j in table[node].tolist() if j >= 0]
        assert reached == members


def test_numbers_do_not_depend_on_threads():
    table, points = grid(40, 20, 10)
    wanted = wants(table, np.sin(points))
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        single, _ = displacements(TwoLevel(table), wanted)
    finally:
        numba.set_num_threads(before)
    many, _ = displacements(TwoLevel(table), wanted)
    assert np.array_equal(single, many)


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_wanted(size):
    table, points = grid(3, 2, 2)
    found, iterations = displacements(TwoLevel(table), size * wants(table, np.ones_like(points)))
    assert np.abs(found).max() == 0.0
    assert iterations == 0


def test_preconditioner_is_symmetric_and_positive_and_more_than_the_diagonal():
    table, _ = grid(12, 6, 4)
    levels = TwoLevel(table)
    vectors = np.random.default_rng(1).normal(size=(len(table), 3, 2))
    images = [levels.correct(np.ascontiguousarray(vectors[:, :, place])) for place in (0, 1)]
    first = np.einsum("nx,nx->x", images[0], vectors[:, :, 1])
    second = np.einsum("nx,nx->x", images[1], vectors[:, :, 0])
    np.testing.assert_allclose(first, second, rtol=1e-9)
    assert (np.einsum("nx,nx->x", images[0], vectors[:, :, 0]) > 0.0).all()
    degree = (table >= 0).sum(axis=1)[:, None]
    assert np.abs(images[0] - vectors[:, :, 0] / degree).max() > 0.1
