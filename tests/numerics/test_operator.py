"""The operator against a dense matrix built independently with Kronecker products."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest

from epidot.errors import InputError
from epidot.numerics.operator import block_tetrahedral
from epidot.numerics.rates import kernel_rates
from epidot.numerics.rows import COLUMNS

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
LEVI_CIVITA = np.zeros((3, 3, 3))
for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    LEVI_CIVITA[a, b, c], LEVI_CIVITA[b, a, c] = 1, -1


def spin_orbit_matrix(orbitals):
    """L·σ on (orbital, spin), from (L_c)_ab = −i ε_cab on orbitals 1, 2, 3."""
    total = np.zeros((2 * orbitals, 2 * orbitals), complex)
    for c in range(3):
        momentum = np.zeros((orbitals, orbitals), complex)
        momentum[1:4, 1:4] = -1j * LEVI_CIVITA[c]
        total += np.kron(momentum, PAULI[c])
    return total


def dense_reference(blocks):
    """P H P on (atom, orbital, spin) in the outer atom order."""
    onsite, hopping, near, coupling, dangling = blocks
    atoms, orbitals = onsite.shape[:2]
    width = 2 * orbitals
    matrix = np.zeros((atoms * width, atoms * width), complex)
    projector = np.eye(atoms * width)
    for i in range(atoms):
        here = slice(i * width, (i + 1) * width)
        matrix[here, here] += np.kron(onsite[i], np.eye(2)) + coupling[i] * spin_orbit_matrix(orbitals)
        for s in range(4):
            if near[i, s] >= 0:
                there = slice(near[i, s] * width, (near[i, s] + 1) * width)
                matrix[here, there] += np.kron(hopping[i, s], np.eye(2))
        for d in dangling[i]:
            projector[here, here] -= np.kron(np.outer(d, d), np.eye(2))
    return projector @ matrix @ projector


def random_panel(operator, seed=0):
    shape = (operator.atoms, operator.orbitals, 4 * COLUMNS)
    return np.random.default_rng(seed).normal(size=shape).astype(operator.dtype)


def as_complex(operator, panel):
    """[row, column] in the outer order, row = (atom, orbital, spin)."""
    split = panel.reshape(operator.atoms, operator.orbitals, 2, 2, COLUMNS)
    outer = np.empty((*split.shape[:3], COLUMNS), complex)
    outer[operator.order] = split[:, :, :, 0] + 1j * split[:, :, :, 1]
    return outer.reshape(-1, COLUMNS)


@pytest.mark.parametrize("name", ["dot", "brick", "disordered dot"])
def test_product_equals_the_dense_matrix(particles, name):
    operator = block_tetrahedral(*particles[name].blocks)
    assert operator.missing.max() == 2  # surface hybrids take part
    x = random_panel(operator)
    expected = dense_reference(particles[name].blocks) @ as_complex(operator, x)
    got = as_complex(operator, operator.apply(x))
    assert np.abs(got - expected).max() < 1e-12 * np.abs(expected).max()


def test_spin_orbit_alone_splits_a_free_p_shell_by_three_lambda(particles):
    values = np.linalg.eigvalsh(spin_orbit_matrix(5))
    assert np.allclose(values, [-2, -2, 0, 0, 0, 0, 1, 1, 1, 1])


def test_ten_orbitals(particles):
    rng = np.random.default_rng(1)
    near = particles["dot"].neighbours
    atoms = len(near)
    onsite = rng.normal(size=(atoms, 10, 10))
    hopping = rng.normal(size=(atoms, 4, 10, 10))
    blocks = (onsite, hopping, near, rng.normal(size=atoms), np.zeros((atoms, 2, 10)))
    operator = block_tetrahedral(*blocks)
    x = random_panel(operator)
    expected = dense_reference(blocks) @ as_complex(operator, x)
    assert np.abs(as_complex(operator, operator.apply(x)) - expected).max() < 1e-12 * np.abs(expected).max()


def test_own_dense_matrix_is_hermitian_and_has_the_reference_spectrum(particles):
    operator = block_tetrahedral(*particles["dot"].blocks)
    matrix = operator.dense()
    assert np.abs(matrix - matrix.conj().T).max() < 1e-12
    reference = np.linalg.eigvalsh(dense_reference(particles["dot"].blocks))
    assert np.abs(np.linalg.eigvalsh(matrix) - reference).max() < 1e-10


def test_linear_and_hermitian(particles):
    operator = block_tetrahedral(*particles["disordered dot"].blocks)
    x, y = random_panel(operator, 1), random_panel(operator, 2)
    combined = operator.apply(2.0 * x - 3.0 * y)
    assert np.allclose(combined, 2.0 * operator.apply(x) - 3.0 * operator.apply(y), atol=1e-11)
    left = as_complex(operator, x).conj().T @ as_complex(operator, operator.apply(y))
    right = as_complex(operator, operator.apply(x)).conj().T @ as_complex(operator, y)
    assert np.abs(left).max() > 1.0
    assert np.abs(left - right).max() < 1e-10


def test_fused_step_is_the_sum_of_its_parts(particles):
    operator = block_tetrahedral(*particles["dot"].blocks)
    x, y, out = (operator.project(random_panel(operator, seed)) for seed in (1, 2, 3))
    expected = 0.7 * operator.apply(x) - 0.3 * x + 1.1 * y - 2.0 * out
    operator.step(out, x, (0.7, -0.3, -2.0, 1.1), y)
    assert np.abs(out - expected).max() < 1e-12


def test_commutes_with_time_reversal(particles):
    operator = block_tetrahedral(*particles["dot"].blocks)

    def reverse(panel):
        up_re, up_im, down_re, down_im = np.split(panel, 4, axis=2)
        return np.concatenate([-down_re, down_im, up_re, -up_im], axis=2)

    x = random_panel(operator)
    assert np.abs(operator.apply(reverse(x)) - reverse(operator.apply(x))).max() < 1e-12


def test_float32_agrees(particles):
    operator = block_tetrahedral(*particles["brick"].blocks)
    x = random_panel(operator)
    exact = operator.apply(x)
    single = operator.cast(np.float32).apply(x.astype(np.float32))
    assert single.dtype == np.float32
    assert np.abs(single - exact).max() < 1e-5 * np.abs(exact).max()


def test_threads_do_not_change_a_bit(make_sphere):
    operator = block_tetrahedral(*make_sphere(14.0).blocks)
    x = random_panel(operator)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = operator.apply(x)
    finally:
        numba.set_num_threads(threads)
    assert np.array_equal(one, operator.apply(x))


def test_dimension_counts_what_is_kept(particles):
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    missing = int((particle.neighbours < 0).sum())
    assert operator.dimension == 10 * len(particle.positions) - 2 * missing


def change(particle, field, index, value):
    values = getattr(particle, field).copy()
    values[index] = value
    return replace(particle, **{field: values}).blocks


@pytest.mark.parametrize(
    ("field", "index", "value", "named"),
    [
        ("onsite", (3, 0, 0), np.nan, "onsite"),
        ("hopping", (3, 1, 0, 0), np.inf, "hopping"),
        ("neighbours", 5, -1, "neighbours"),
        ("neighbours", (5, 0), 10_000, "neighbours"),
        ("dangling", (0, 0, 0), 2.0, "dangling"),
    ],
)
def test_bad_blocks_are_named(particles, field, index, value, named):
    with pytest.raises(InputError) as caught:
        block_tetrahedral(*change(particles["dot"], field, index, value))
    assert caught.value.name == named


def test_two_centre_blocks_are_recognised_and_others_are_not(particles):
    """Blocks of sp3s* bonds become ten numbers; with one entry off they stay full, and both are right."""
    particle = particles["dot"]
    compact = block_tetrahedral(*particle.blocks)
    assert compact.hopping.shape[1:] == (4, 10) and compact.onsite.shape[1:] == (8,)
    hopping = particle.hopping.copy()
    atom, slot = np.argwhere(particle.neighbours >= 0)[0]
    other = particle.neighbours[atom, slot]
    back = int(np.argmax(particle.neighbours[other] == atom))
    hopping[atom, slot, 0, 4] += 1e-3
    hopping[other, back, 4, 0] += 1e-3
    blocks = particle.onsite, hopping, particle.neighbours, particle.spin_orbit, particle.dangling
    full = block_tetrahedral(*blocks)
    assert full.hopping.shape[1:] == (4, 5, 5)
    x = random_panel(full)
    expected = dense_reference(blocks) @ as_complex(full, x)
    assert np.abs(as_complex(full, full.apply(x)) - expected).max() < 1e-12 * np.abs(expected).max()
    assert full.multiply_adds == full.atoms * 125 and compact.multiply_adds == compact.atoms * 71


def test_rates_are_those_of_the_recursion(particles):
    """Shares are of the rates given: a machine ten times as fast is reached to a tenth."""
    operator = block_tetrahedral(*particles["dot"].blocks)
    slow, fast = (kernel_rates(operator, triad, 1e9) for triad in (1e3, 1e4))
    assert 3.0 < slow.share / fast.share < 30.0
    operations = 2 * 4 * operator.multiply_adds
    assert slow.arithmetic == pytest.approx(operations / slow.seconds)
