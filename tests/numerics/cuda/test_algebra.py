"""Dense algebra of the devices against NumPy in one piece, and what they say about memory."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from epidot.errors import InputError
from epidot.numerics.cuda import Gpu, rates
from epidot.numerics.device import CPU, require_memory
from epidot.numerics.operator import block_tetrahedral
from epidot.numerics.rows import LANES

SIZES = [(1, 1, 1), (7, 3, 2), (129, 2, 2), (300_003, 3, 1)]
"""Rows, panels left and right; the last has more rows than any device multiplies at once."""


@pytest.fixture(params=["cpu", "emulated", "real"])
def device(request):
    return CPU if request.param == "cpu" else Gpu(request.getfixturevalue(f"{request.param}_card"))


def panels(rows, count, dtype):
    random = np.random.default_rng(rows + count)
    return (random.normal(size=(count, rows, LANES)) + 0.5).astype(dtype)


def wide(array):
    """Panels side by side, in double precision."""
    return array.transpose(1, 0, 2).reshape(array.shape[1], -1).astype(np.float64)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", SIZES)
def test_products(device, size, dtype):
    rows, first, second = size
    left, right = panels(rows, first, dtype), panels(rows, second, dtype)
    basis, other = device.put(left), device.put(right.copy())
    gram, rounding = wide(left).T @ wide(right), np.finfo(dtype).eps
    found = device.inner(basis, other)
    assert found.dtype == np.float64 and type(found) is np.ndarray
    # Far better than 300,000 rows summed in single precision would be.
    assert np.abs(found - gram).max() < max(8 * rounding, 1e-13) * np.abs(gram).max()
    dots = device.column_dots(basis[0], other[0])
    assert np.abs(dots - np.diag(gram[:LANES, :LANES])).max() < 1e-12 * np.abs(gram).max()
    matrix = np.random.default_rng(1).normal(size=gram.shape)
    expected = wide(right) + wide(left) @ matrix
    device.add_product(other, basis, matrix)
    assert device.take(other).dtype == dtype
    worst = np.abs(wide(device.take(other)) - expected).max()
    assert worst < 8 * first * rounding * np.abs(expected).max()


def test_threads_do_not_change_a_bit():
    left, out = panels(30_011, 3, np.float32), panels(30_011, 1, np.float32)
    matrix = np.random.default_rng(1).normal(size=(3 * LANES, LANES))
    threads = numba.get_num_threads()
    found = []
    try:
        for count in (1, threads):
            numba.set_num_threads(count)
            target = out.copy()
            CPU.add_product(target, left, matrix)
            found.append((CPU.inner(left, out), CPU.column_dots(left[0], left[1]), target))
    finally:
        numba.set_num_threads(threads)
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


def test_too_little_memory_is_told_with_both_numbers(emulated_card):
    gpu = Gpu(emulated_card)
    require_memory(gpu, emulated_card.total, "--electrons", "Ask for fewer")
    with pytest.raises(InputError) as caught:
        require_memory(gpu, 3 * emulated_card.total, "--electrons", "Ask for fewer")
    assert "3.00 GB" in caught.value.rule and "1.00 GB" in caught.value.rule
    assert emulated_card.name in caught.value.rule


def test_the_processor_knows_its_memory(particles):
    operator = block_tetrahedral(*particles["dot"].blocks)
    parts = (operator.onsite, operator.hopping, operator.coupling, operator.excluded)
    indices = operator.neighbours.nbytes + operator.missing.nbytes + operator.order.nbytes
    assert CPU.operator_bytes(operator, np.float64) == sum(part.nbytes for part in parts) + indices
    free = CPU.free_bytes()
    assert free is None or free > 10**6


def test_rates_count_what_must_move(card, particles):
    operator = block_tetrahedral(*particles["dot"].blocks).cast(np.float32)
    gpu = Gpu(card)
    placed = gpu.place(operator)
    panel = placed.zeros().nbytes
    indices = 17 * operator.atoms
    assert placed.step_bytes(2) == placed.entries.nbytes + indices + 2 * panel
    assert placed.step_bytes(4) - placed.step_bytes(2) == placed.step_bytes(5) - placed.step_bytes(4) + panel
    found = rates(placed)
    moved = placed.step_bytes(2) + placed.step_bytes(4)
    assert found.kernel == pytest.approx(moved / (8 * found.seconds))
    assert found.arithmetic == pytest.approx(2 * 4 * placed.multiply_adds / found.seconds)
    assert 0.0 < found.copy < 1e14
