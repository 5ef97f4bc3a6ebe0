"""Dense algebra of the devices against NumPy in one piece, and what they say about memory."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from epidot.errors import InputError
from epidot.numerics.cuda import Gpu, rates
from epidot.numerics.device import CPU, require_memory
from epidot.numerics.operator import block_tetrahedral

ROWS = 300_000
"""More than any device multiplies at once."""


@pytest.fixture(params=["cpu", "emulated", "real"])
def device(request):
    return CPU if request.param == "cpu" else Gpu(request.getfixturevalue(f"{request.param}_card"))


@pytest.fixture(scope="module")
def matrices():
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, 16)) + 0.5, rng.normal(size=(ROWS, 8)) + 0.5, rng.normal(size=(8, 8))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_products(device, matrices, dtype):
    left, right, small = (matrix.astype(dtype) for matrix in matrices)
    basis = device.put(left)[:, 4:12]  # a part of a wider array, as the filled part of a basis is
    narrow, tolerance = left[:, 4:12], 1e-12 if dtype == np.float64 else 1e-5
    gram = narrow.astype(np.float64).T @ right.astype(np.float64)
    found = device.inner(basis, device.put(right))
    assert found.dtype == np.float64 and type(found) is np.ndarray
    # Far better than 300,000 rows summed in single precision would be.
    assert np.abs(found - gram).max() < (1e-12 if dtype == np.float64 else 2e-7) * np.abs(gram).max()
    dots = device.column_dots(basis, device.put(right))
    assert np.abs(dots - np.diag(gram)).max() < 1e-7 * np.abs(dots).max()
    expected = narrow @ small
    product = device.product(basis, small)
    assert product.dtype == dtype
    assert np.abs(device.take(product) - expected).max() < tolerance * np.abs(expected).max()
    target = device.put(right.copy())
    device.subtract_product(target, basis, small)
    assert np.abs(device.take(target) - (right - expected)).max() < tolerance * np.abs(expected).max()


def test_threads_do_not_change_a_bit(matrices):
    left, right, _ = (matrix.astype(np.float32) for matrix in matrices)
    threads = numba.get_num_threads()
    found = []
    try:
        for count in (1, threads):
            numba.set_num_threads(count)
            found.append((CPU.inner(left, right), CPU.column_dots(left, left)))
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
