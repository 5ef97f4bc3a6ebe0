"""Long vectors: sums, products and their combinations, in parallel.

Sums run over chunks of fixed length, one thread each, and the chunks are added in order: a result has the
same bits for any number of threads. BLAS would split the sums by its threads, round by their number, and
spin against the threads of Numba. Vectors are contiguous float64 arrays of any shape, taken as flat.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

CHUNK: Final = 2048


def dot(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Σ first · second."""
    return float(products(first.reshape(1, -1), [second])[0, 0])


def products(rows: NDArray[Any], others: list[NDArray[Any]]) -> NDArray[Any]:
    """Σ row · other for each of `rows` (row, …) and of the `others`, in one pass: (row, other)."""
    flat, stacked = rows.reshape(len(rows), -1), tuple(other.reshape(-1) for other in others)
    parts = np.zeros((-(-flat.shape[1] // CHUNK), len(rows), len(others)))
    _products(flat, stacked, parts)
    return parts.sum(axis=0)


def add(total: NDArray[Any], factor: float, addend: NDArray[Any], keep: float = 1.0) -> None:
    """total ← keep · total + factor · addend, in place."""
    _add(total.reshape(-1), factor, addend.reshape(-1), keep)


def longest_row(rows: NDArray[Any]) -> float:
    """Length of the longest of `rows` (row, column)."""
    longest = np.empty(-(-len(rows) // CHUNK))
    _longest(rows, longest)
    return float(longest.max(initial=0.0)) ** 0.5


def combine(factors: NDArray[Any], rows: NDArray[Any], total: NDArray[Any]) -> None:
    """total ← total + Σ factor · row over `rows` (row, …), in one pass, in place."""
    _combine(factors, rows.reshape(len(rows), -1), total.reshape(-1))


# Loops over whole slices: over places of a larger array the compiler finds no vector instructions.
@njit(cache=True, fastmath={"reassoc", "contract"})
def _dot(one: Any, other: Any) -> float:
    total = 0.0
    for place in range(one.size):
        total += one[place] * other[place]
    return total


@njit(cache=True)
def _add_to(total: Any, factor: float, addend: Any) -> None:
    for place in range(total.size):
        total[place] += factor * addend[place]


@njit(cache=True, parallel=True)
def _products(rows: Any, others: Any, parts: Any) -> None:
    for chunk in prange(parts.shape[0]):
        start, stop = chunk * CHUNK, min((chunk + 1) * CHUNK, rows.shape[1])
        for row in range(rows.shape[0]):
            for other in range(len(others)):
                parts[chunk, row, other] = _dot(rows[row, start:stop], others[other][start:stop])


@njit(cache=True, parallel=True)
def _add(total: Any, factor: float, addend: Any, keep: float) -> None:
    for place in prange(total.size):
        total[place] = keep * total[place] + factor * addend[place]


@njit(cache=True, parallel=True)
def _longest(rows: Any, longest: Any) -> None:
    for chunk in prange(longest.size):
        most = 0.0
        for row in range(chunk * CHUNK, min((chunk + 1) * CHUNK, rows.shape[0])):
            square = 0.0
            for column in range(rows.shape[1]):
                square += rows[row, column] * rows[row, column]
            most = max(most, square)
        longest[chunk] = most


@njit(cache=True, parallel=True)
def _combine(factors: Any, rows: Any, total: Any) -> None:
    for chunk in prange(-(-total.size // CHUNK)):
        start, stop = chunk * CHUNK, min((chunk + 1) * CHUNK, total.size)
        for row in range(rows.shape[0]):
            _add_to(total[start:stop], factors[row], rows[row, start:stop])
