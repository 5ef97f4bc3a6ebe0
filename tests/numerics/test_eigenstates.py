"""The filtered solver against dense diagonalisation, and its promises: nothing missed, exact pairs."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.chebyshev import (
    chebyshev,
    corrections,
    random_panel,
    spectrum_bounds,
    squared_norms,
    window,
)
from epidot.numerics.device import CPU
from epidot.numerics.eigenpairs import Start, Target
from epidot.numerics.filtered import FilteredLanczos
from epidot.numerics.kramers import combine, eigenpairs, full, gram, orthonormalise
from epidot.numerics.operator import block_tetrahedral
from epidot.numerics.rows import COLUMNS, recur

ITERATIVE = FilteredLanczos(dense_below=0)
DENSE = FilteredLanczos(dense_below=10_000)


def kept_energies(operator):
    """All eigenvalues by numpy, those of excluded vectors (moved to 1000 eV) left out."""
    matrix = operator.dense()
    for atom in range(operator.atoms):
        here = slice(atom * 2 * operator.orbitals, (atom + 1) * 2 * operator.orbitals)
        for vector in operator.excluded[atom]:
            matrix[here, here] += 1000.0 * np.kron(np.outer(vector, vector), np.eye(2))
    return np.linalg.eigvalsh(matrix)[: operator.dimension]


@pytest.fixture(scope="module")
def references(particles):
    """All energies of each particle, by numpy."""
    return {name: kept_energies(block_tetrahedral(*particle.blocks)) for name, particle in particles.items()}


def sides(energies, middle):
    return energies[energies > middle][::2], energies[energies < middle][::-1][::2]


def as_spinor(band):
    return band.vectors[..., [0, 2]] + 1j * band.vectors[..., [1, 3]]


@pytest.mark.parametrize("name", ["dot", "brick", "disordered dot"])
@pytest.mark.parametrize("method", [ITERATIVE, DENSE], ids=["filtered", "dense"])
def test_energies_equal_numpy_and_none_is_missing(particles, references, name, method):
    particle = particles[name]
    operator = block_tetrahedral(*particle.blocks)
    above, below = sides(references[name], np.mean(particle.edges))
    found = method.solve(operator, Target(particle.edges, above=6, below=7))
    assert np.abs(found.above.energies - above[:6]).max() < 1e-8
    assert np.abs(found.below.energies - below[:7]).max() < 1e-8
    assert max(found.above.residuals.max(), found.below.residuals.max()) < 1e-6
    assert (found.applications > 0) == (method is ITERATIVE)


def test_residuals_are_those_of_the_vectors_given_back(particles):
    particle = particles["brick"]
    operator = block_tetrahedral(*particle.blocks)
    found = ITERATIVE.solve(operator, Target(particle.edges, 4, 4))
    matrix = operator.dense()
    for band in (found.above, found.below):
        v = as_spinor(band)[:, operator.order].reshape(4, -1).T
        assert np.allclose(v.conj().T @ v, np.eye(4), atol=1e-10)
        residuals = np.linalg.norm(matrix @ v - v * band.energies, axis=0)
        assert np.allclose(residuals, band.residuals, atol=1e-9)
        up, down = v[0::2], v[1::2]
        partner = np.empty_like(v)
        partner[0::2], partner[1::2] = -down.conj(), up.conj()
        assert (
            np.abs(np.linalg.norm(matrix @ partner - partner * band.energies, axis=0) - residuals).max()
            < 1e-9
        )
        assert np.abs(v.conj().T @ partner).max() < 1e-10


def test_copies_more_numerous_than_a_block_are_all_found(particles, references):
    """Seven equal dots that do not touch: every level seven-fold beyond Kramers, a block holds four."""
    one = particles["dot"]
    copies, atoms = 7, len(one.positions)
    near = np.concatenate(
        [np.where(one.neighbours >= 0, one.neighbours + k * atoms, -1) for k in range(copies)]
    )
    rest = [
        np.concatenate([part] * copies) for part in (one.onsite, one.hopping, one.spin_orbit, one.dangling)
    ]
    operator = block_tetrahedral(rest[0], rest[1], near, rest[2], rest[3])
    single = sides(references["dot"], np.mean(one.edges))
    found = ITERATIVE.solve(operator, Target(one.edges, above=9, below=9))
    for band, levels in ((found.above, single[0]), (found.below, single[1])):
        assert np.abs(band.energies - np.repeat(levels, copies)[:9]).max() < 1e-8


@pytest.mark.parametrize("guess", [(0.0, 1.2), (1.6, 3.6)])
def test_a_poor_guess_of_the_gap_is_mended(particles, guess):
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    good = ITERATIVE.solve(operator, Target(particle.edges, 2, 2))
    poor = ITERATIVE.solve(operator, Target(guess, 2, 2))
    assert np.abs(good.above.energies - poor.above.energies).max() < 1e-8
    assert np.abs(good.below.energies - poor.below.energies).max() < 1e-8


def test_neither_threads_nor_another_run_change_a_bit(make_sphere):
    particle = make_sphere(14.0)
    operator = block_tetrahedral(*particle.blocks)
    threads = numba.get_num_threads()
    results = []
    for count in (1, threads, threads):
        numba.set_num_threads(count)
        results.append(ITERATIVE.solve(operator, Target(particle.edges, 2, 2)))
    numba.set_num_threads(threads)
    for other in results[1:]:
        assert np.array_equal(results[0].above.energies, other.above.energies)
        assert np.array_equal(results[0].below.vectors, other.below.vectors)


def test_seed_changes_the_path_and_not_the_answer(particles):
    particle = particles["disordered dot"]
    operator = block_tetrahedral(*particle.blocks)
    one, two = (
        FilteredLanczos(dense_below=0, seed=seed).solve(operator, Target(particle.edges, 3, 3))
        for seed in (0, 5)
    )
    assert not np.array_equal(one.above.vectors, two.above.vectors)
    assert np.abs(one.above.energies - two.above.energies).max() < 1e-9


def test_progress_rises_and_can_cancel(particles):
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    told = []
    ITERATIVE.solve(operator, Target(particle.edges, 2, 2), lambda part, text: told.append((part, text)))
    parts = [part for part, _ in told]
    assert parts == sorted(parts)
    assert (parts[0], parts[-1]) == (0.0, 1.0)
    assert any("pairs" in text for _, text in told)

    def cancel(part, _text):
        if part > 0.1:
            raise KeyboardInterrupt

    threads = numba.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        ITERATIVE.solve(operator, Target(particle.edges, 2, 2), cancel)
    assert numba.get_num_threads() == threads


def test_too_many_states(particles):
    operator = block_tetrahedral(*particles["dot"].blocks)
    with pytest.raises(InputError, match="quarter"):
        ITERATIVE.solve(operator, Target((0.6, 2.4), 100, 100))


@pytest.mark.parametrize("method", [ITERATIVE, DENSE], ids=["filtered", "dense"])
def test_no_gap_is_said(particles, method):
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    with pytest.raises(InputError, match="gap"):
        replace(method, smallest_gap=8.0).solve(operator, Target(particle.edges, 2, 2))


def test_what_was_reached_is_said(particles):
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    with pytest.raises(ConvergenceError) as caught:
        FilteredLanczos(dense_below=0, steps=1, restarts=1).solve(operator, Target(particle.edges, 4, 4))
    assert "eV" in str(caught.value.reached)


def test_tolerance_must_make_sense():
    with pytest.raises(InputError, match="tolerance"):
        FilteredLanczos(tolerance=0.0)


def test_bounds_enclose_the_spectrum(particles, references):
    for name, energies in references.items():
        operator = block_tetrahedral(*particles[name].blocks)
        low, high = spectrum_bounds(CPU, operator, 0)
        assert low < energies[0]
        assert energies[-1] < high
        assert high - low < 1.2 * (energies[-1] - energies[0])


def test_filter_is_the_chebyshev_polynomial(particles):
    """cosh(d acosh) inside the window, cos(d acos) outside, on an exact eigenvector."""
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    found = DENSE.solve(operator, Target(particle.edges, 2, 2))
    where = window(
        found.below.energies[1] + 0.01, found.above.energies[0] + 1.0, spectrum_bounds(CPU, operator, 0)
    )
    panel = np.zeros((operator.atoms, operator.orbitals, 4, COLUMNS))
    panel[:, :, :, :2] = np.moveaxis(found.above.vectors[:, operator.order], 0, -1)
    panel[:, :, :, 2:] = np.moveaxis(found.below.vectors[:, operator.order], 0, -1)
    energies = np.concatenate([found.above.energies, found.below.energies])
    flat = panel.reshape(operator.atoms, operator.orbitals, -1)
    filtered = chebyshev(operator, flat, where, 30).reshape(panel.shape)
    spread = where.reach**2 - where.half**2
    argument = (2 * (energies - where.centre) ** 2 - where.reach**2 - where.half**2) / spread
    factor = np.polynomial.chebyshev.chebval(argument, [0] * 30 + [1])
    assert factor.max() > 5.0
    assert np.abs(filtered - panel * factor).max() < 1e-9 * np.abs(factor).max()


def test_random_numbers_follow_the_outer_atom(particles):
    """The same numbers whatever the inner order."""
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    free = replace(operator, missing=np.zeros_like(operator.missing))
    shuffled = replace(free, order=operator.order[::-1].copy())
    first, second = random_panel(CPU, free, 4), random_panel(CPU, shuffled, 4)
    assert np.array_equal(first[np.argsort(free.order)], second[np.argsort(shuffled.order)])
    assert abs(first.std() - 1.0) < 0.05


def complex_columns(matrix):
    split = matrix.reshape(len(matrix), -1, 4, COLUMNS)
    up, down = split[:, :, 0] + 1j * split[:, :, 1], split[:, :, 2] + 1j * split[:, :, 3]
    return np.concatenate([part.reshape(len(matrix), -1) for part in (up, down)])


def reversed_in_time(v):
    half = len(v) // 2
    return np.concatenate([-v[half:].conj(), v[:half].conj()])


def test_pair_algebra_equals_complex_algebra():
    rng = np.random.default_rng(0)
    basis, other = rng.normal(size=(2, 9000, 16)), rng.normal(size=(1, 9000, 16))
    v, w = (complex_columns(np.hstack(list(panels))) for panels in (basis, other))
    same, partner = gram(CPU, basis, other)
    assert np.allclose(same, v.conj().T @ w)
    assert np.allclose(partner, reversed_in_time(v).conj().T @ w)
    alpha, beta = rng.normal(size=(2, 8, 4)) + 1j * rng.normal(size=(2, 8, 4))
    combined = complex_columns(combine(CPU, basis, (alpha, beta))[0])
    assert np.allclose(combined, v @ alpha + reversed_in_time(v) @ beta)
    orthonormalise(CPU, basis)
    assert np.allclose(full(gram(CPU, basis, basis)), np.eye(16), atol=1e-12)


def test_pairs_of_a_highly_degenerate_matrix():
    rng = np.random.default_rng(1)
    same = rng.normal(size=(12, 12)) + 1j * rng.normal(size=(12, 12))
    skew = rng.normal(size=(12, 12)) + 1j * rng.normal(size=(12, 12))
    _, vectors = eigenpairs(full((same + same.conj().T, skew - skew.T)))
    frame = full(vectors)
    levels = np.repeat([1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.0, 4.0], 1)
    matrix = frame @ np.diag(np.tile(levels, 2)) @ frame.conj().T
    energies, found = eigenpairs(matrix)
    assert np.allclose(energies, levels)
    back = full(found)
    assert np.allclose(back.conj().T @ back, np.eye(24), atol=1e-12)
    assert np.allclose(matrix @ back, back * np.tile(energies, 2), atol=1e-11)


def test_pairs_of_a_multiple_of_one():
    noise = np.random.default_rng(2).normal(size=(8, 8)) * 1e-16
    energies, found = eigenpairs((3.0 * np.eye(8) + noise + noise.T).astype(complex))
    back = full(found)
    assert np.allclose(energies, 3.0) and np.allclose(back.conj().T @ back, np.eye(8), atol=1e-12)


def test_the_finish_reaches_double_precision(particles):
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    found = FilteredLanczos(dense_below=0, tolerance=1e-11).solve(operator, Target(particle.edges, 3, 3))
    assert max(found.above.residuals.max(), found.below.residuals.max()) < 1e-11


def test_corrections_are_the_filtered_vector(particles):
    """T(B) v / T(b) − v by single precision alone would be good to 10⁻⁶ of v, not of the difference."""
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    where = window(0.0, 4.2, spectrum_bounds(CPU, operator, 0))
    v = chebyshev(operator, random_panel(CPU, operator, 1), where, 60)
    v /= np.tile(np.sqrt(squared_norms(CPU, v)), 4)
    energies = np.array([3.89, 3.9, 4.0, 4.1])
    residual = operator.step(operator.zeros(), v, (1.0, -np.tile(energies, 4)))
    degree = 40
    factor = np.cos(degree * np.arccos(where.argument(energies) + 0j)).real
    expected = chebyshev(operator, v, where, degree) / np.tile(factor, 4) - v
    found = corrections((operator, operator.cast(np.float32)), residual, energies, where, degree)
    assert np.abs(found - expected).max() < 3e-5 * np.abs(expected).max()


def test_tiled_recursion_is_the_plain_one(make_sphere):
    """Any chunk, depth and number of domains, with and without a source: the same bits."""
    operator = block_tetrahedral(*make_sphere(16.0).blocks).cast(np.float32)
    panels = [random_panel(CPU, operator, seed) for seed in range(4)]
    second = np.random.default_rng(0).normal(size=(7, 5, 4 * COLUMNS)).astype(np.float32)
    for terms, source in ((4, ()), (5, (panels[3],))):
        inner, before, now = (panel.copy() for panel in panels[:3])
        for weights in second[:, :terms]:
            operator.step(inner, now, (1.0, -0.3))
            operator.step(before, inner, tuple(weights), now, *source)
            before, now = now, before
        plain = (inner, now, before)
        chunk = operator.bandwidth
        for tiling in ((chunk, 2, 1), (chunk, 5, 1), (chunk, 2, 2), (2 * chunk, 3, 1), (chunk + 17, 14, 1)):
            tiled = tuple(panel.copy() for panel in panels[:3])
            weights = operator.lanes(1.0, -0.3), np.ascontiguousarray(second[:, :terms])
            recur(*operator._parts, weights, tiled, source, tiling)
            assert all(np.array_equal(a, b) for a, b in zip(plain, tiled, strict=True)), tiling
        assert operator.atoms > 4 * chunk


@pytest.mark.parametrize("which", ["both", "above"])
def test_a_start_saves_work_and_changes_nothing(make_sphere, which):
    particle = make_sphere(13.0)
    operator = block_tetrahedral(*particle.blocks)
    target = Target(particle.edges, 4, 4)
    first = ITERATIVE.solve(operator, target)
    gap = float(first.below.energies[0]), float(first.above.energies[0])
    below = first.below.vectors.astype(np.float32) if which == "both" else None
    again = ITERATIVE.solve(operator, target, start=Start(gap, first.above.vectors.astype("f4"), below))
    assert again.applications < (0.7 if which == "both" else 0.9) * first.applications
    assert np.abs(again.above.energies - first.above.energies).max() < 1e-9
    assert np.abs(again.below.energies - first.below.energies).max() < 1e-9


def test_a_wrong_start_is_mended(particles, references):
    """Vectors of no state and a gap that is too narrow: slower, the same states."""
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    noise = np.random.default_rng(0).normal(size=(4, operator.atoms, operator.orbitals, 4)).astype("f4")
    found = ITERATIVE.solve(operator, Target(particle.edges, 3, 3), start=Start((0.9, 2.0), noise, noise))
    above, below = sides(references["dot"], np.mean(particle.edges))
    assert np.abs(found.above.energies - above[:3]).max() < 1e-8
    assert np.abs(found.below.energies - below[:3]).max() < 1e-8


def test_what_is_kept_leads_on(make_sphere, monkeypatch):
    """An interrupted solution hands out vectors from which another goes on."""
    monkeypatch.setattr("epidot.numerics.band._KEEP_EVERY", 0.0)
    particle = make_sphere(13.0)
    operator = block_tetrahedral(*particle.blocks)
    target, kept = Target(particle.edges, 3, 3), []

    def stop(part, _text):
        if part > 0.9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ITERATIVE.solve(operator, target, stop, keep=kept.append)
    assert kept[-1].above is not None and kept[-1].below is not None
    whole = ITERATIVE.solve(operator, target)
    rest = ITERATIVE.solve(operator, target, start=kept[-1])
    assert rest.applications < 0.8 * whole.applications
    assert np.abs(rest.below.energies - whole.below.energies).max() < 1e-9


def test_too_little_memory_is_told_before_anything_starts(particles, monkeypatch):
    particle = particles["dot"]
    operator = block_tetrahedral(*particle.blocks)
    needed = ITERATIVE.bytes_needed(operator, Target(particle.edges, 2, 2), CPU)
    monkeypatch.setattr("epidot.numerics.device.Cpu.free_bytes", lambda _self: needed - 1)
    with pytest.raises(InputError) as caught:
        ITERATIVE.solve(operator, Target(particle.edges, 2, 2))
    assert f"{needed / 1e9:.2f} GB" in str(caught.value)
