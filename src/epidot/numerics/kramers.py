"""Linear algebra on Kramers pairs: every column stands for a vector v and its partner T v.

T = −i σ_y K maps (u, d) to (−d*, u*). Where T commutes with H, the span of {v, T v} is a line over
the quaternions: v α + (T v) β with complex α, β. Working with one partner of each pair halves the
vectors, and pairs are degenerate exactly, not to rounding (Bunse-Gerstner, Byers and Mehrmann,
SIAM J. Matrix Anal. Appl. 10, 419 (1989)).

A basis of m columns is a real array [panel, row, lane], row = (atom, orbital), each panel of
16 lanes (up re, up im, down re, down im) × 4 columns. Coefficients are pairs of complex matrices
(α, β) [column of the basis, new column]. A pair Gram matrix has ⟨v|w⟩ and ⟨T v|w⟩.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from epidot.errors import InternalError
from epidot.numerics.device import Device
from epidot.numerics.rows import COLUMNS

Pair = tuple[NDArray[np.complex128], NDArray[np.complex128]]
_INDEPENDENT: Final = 0.25
"""Norm that a vector keeps beside those already taken; finds all pairs of a 62-fold degenerate set."""


def gram(device: Device, basis: Any, other: Any) -> Pair:
    """⟨v|w⟩ and ⟨T v|w⟩ of every v in `basis` and w in `other`, arrays of `device`; complex [v, w]."""
    total = device.inner(basis, other)
    split = total.reshape(len(basis), 4, COLUMNS, len(other), 4, COLUMNS)
    g = split.transpose(1, 4, 0, 2, 3, 5).reshape(4, 4, len(basis) * COLUMNS, len(other) * COLUMNS)
    same = g[0, 0] + g[1, 1] + g[2, 2] + g[3, 3] + 1j * (g[0, 1] - g[1, 0] + g[2, 3] - g[3, 2])
    partner = g[0, 2] - g[1, 3] - g[2, 0] + g[3, 1] + 1j * (g[0, 3] + g[1, 2] - g[2, 1] - g[3, 0])
    return same, partner


def _real_form(coefficients: Pair) -> NDArray[np.float64]:
    """The real matrix that takes lanes of the basis to lanes of v α + (T v) β."""
    alpha, beta = coefficients
    a, b, c, d = alpha.real, alpha.imag, beta.real, beta.imag
    blocks = np.array([[a, b, c, d], [-b, a, d, -c], [-c, -d, a, b], [-d, c, -b, a]])
    rows, columns = alpha.shape
    split = blocks.reshape(4, 4, rows // COLUMNS, COLUMNS, columns // COLUMNS, COLUMNS)
    return split.transpose(2, 0, 3, 4, 1, 5).reshape(4 * rows, 4 * columns)


def combine(device: Device, basis: Any, coefficients: Pair) -> Any:
    """basis·coefficients, a new array [panel, row, lane] on `device`."""
    out = device.zeros((coefficients[0].shape[1] // COLUMNS, *basis.shape[1:]), basis.dtype)
    device.add_product(out, basis, _real_form(coefficients))
    return out


def remove(device: Device, target: Any, basis: Any) -> None:
    """Project `target` out of the orthonormal `basis` and its partners, in place."""
    device.add_product(target, basis, -_real_form(gram(device, basis, target)))


def full(coefficients: Pair) -> NDArray[np.complex128]:
    """The complex matrix on {v…, T v…} of a pair Gram matrix or of pair coefficients."""
    same, partner = coefficients
    return np.block([[same, -partner.conj()], [partner, same.conj()]])


def orthonormalise(device: Device, block: Any) -> None:
    """Make the columns of `block` and their partners orthonormal, in place (Löwdin).

    Columns must be independent, or zero: those stay zero.
    """
    values, vectors = np.linalg.eigh(full(gram(device, block, block)))
    zero = values <= 1e-6 * values[-1]
    root = (vectors * np.where(zero, 0.0, 1.0 / np.sqrt(np.where(zero, 1.0, values)))) @ vectors.conj().T
    half = root.shape[0] // 2
    parts: Pair = (root[:half, :half].astype(complex), root[half:, :half].astype(complex))
    block[:] = combine(device, block, parts)


def principal_axes(device: Device, block: Any, floor: float) -> NDArray[np.float64]:
    """Turn the columns of `block` to the axes of their Gram matrix and make them unit vectors, in place.

    Returns how long they were; those shorter than `floor` are rounding: they and their length become zero.
    """
    values, (alpha, beta) = eigenpairs(full(gram(device, block, block)))
    poor = values < floor**2
    scale = np.where(poor, 0.0, 1.0 / np.sqrt(np.where(poor, 1.0, values)))
    block[:] = combine(device, block, (alpha * scale, beta * scale))
    return np.sqrt(np.where(poor, 0.0, values))


def eigenpairs(matrix: NDArray[np.complex128]) -> tuple[NDArray[np.float64], Pair]:
    """Eigenvalues, one per pair, and one partner of each pair, of a full matrix (`full`).

    `numpy.linalg.eigh` mixes partners; a greedy sweep through each degenerate set keeps vectors
    that are independent over the quaternions. Sets further apart than a millionth of the width are
    orthogonal already.
    """
    half = matrix.shape[0] // 2
    values, vectors = np.linalg.eigh((matrix + matrix.conj().T) / 2.0)
    # The width of a multiple of one is rounding: then all of it is one set.
    near = max(1e-6 * float(values[-1] - values[0]), 1e-12 * float(np.abs(values).max()))
    energies, kept = np.empty(half), np.empty((half, 2 * half), np.complex128)
    count = _sweep(values, np.ascontiguousarray(vectors.T), near, energies, kept)
    if count < half:
        raise InternalError(f"{half - count} of {half} Kramers pairs lost in a projected matrix")
    partners = kept.T
    return energies, (np.ascontiguousarray(partners[:half]), np.ascontiguousarray(partners[half:]))


@njit(cache=True, error_model="numpy")
def _sweep(values: Any, vectors: Any, near: float, energies: Any, kept: Any) -> int:
    """One vector of each pair into the rows of `kept`, those of `vectors` given; how many there are."""
    half, count, first = len(energies), 0, 0
    for index in range(2 * half):
        if count == half:
            break
        while first < count and energies[first] < values[index] - near:
            first += 1
        vector = vectors[index].copy()
        for _ in range(2):
            for other in range(first, count):
                same, partner = 0.0j, 0.0j
                for k in range(half):
                    up, down = kept[other, k], kept[other, half + k]
                    same += np.conj(up) * vector[k] + np.conj(down) * vector[half + k]
                    partner += up * vector[half + k] - down * vector[k]
                for k in range(half):
                    up, down = kept[other, k], kept[other, half + k]
                    vector[k] -= same * up - partner * np.conj(down)
                    vector[half + k] -= same * down + partner * np.conj(up)
        norm = np.sqrt(np.sum(vector.real**2 + vector.imag**2))
        if norm >= _INDEPENDENT:
            kept[count] = vector / norm
            energies[count] = values[index]
            count += 1
    return count
