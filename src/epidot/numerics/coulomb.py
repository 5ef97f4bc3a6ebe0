"""Exact direct sums of 1/r between many densities that sit on the same points.

The reciprocal distance of a pair is computed once for all densities of a call. Each target
sums over the sources in fixed order, so the result does not depend on the number of threads.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

_TILE: Final = 256
_COINCIDENT: Final = 1e-12


@njit(cache=True, fastmath=True, parallel=True)
def _potentials(targets: Any, sources: Any, weights: Any) -> Any:
    n_targets, n_sources, n_weights = targets.shape[0], sources.shape[1], weights.shape[0]
    out = np.zeros((n_weights, n_targets))
    n_tiles = (n_targets + _TILE - 1) // _TILE
    for tile in prange(n_tiles):
        inverse = np.empty(_TILE)
        for i in range(tile * _TILE, min((tile + 1) * _TILE, n_targets)):
            x, y, z = targets[i, 0], targets[i, 1], targets[i, 2]
            for start in range(0, n_sources, _TILE):
                stop = min(start + _TILE, n_sources)
                # Slices, because an index start + j hides from the compiler that it may use SIMD.
                xs, ys, zs = sources[0, start:stop], sources[1, start:stop], sources[2, start:stop]
                for j in range(stop - start):
                    square = (xs[j] - x) ** 2 + (ys[j] - y) ** 2 + (zs[j] - z) ** 2
                    inverse[j] = 0.0 if square < _COINCIDENT else 1.0 / np.sqrt(square)
                for w in range(n_weights):
                    row = weights[w, start:stop]
                    total = 0.0
                    for j in range(stop - start):
                        total += row[j] * inverse[j]
                    out[w, i] += total
    return out


def heavy(densities: NDArray[Any], dropped: float) -> NDArray[Any]:
    """Indices of the fewest points that hold all but `dropped` of every density.

    Parameters
    ----------
    densities : (density, point), of either sign.
    dropped : largest part of any one density (of its absolute charges in all) that may be left out.
    """
    size = np.abs(densities)
    largest = (size / np.maximum(size.sum(axis=1, keepdims=True), np.finfo(float).tiny)).max(axis=0)
    order = np.argsort(largest, kind="stable")
    # The sum of the per-point maxima bounds what any single density loses.
    light = np.searchsorted(np.cumsum(largest[order]), dropped, side="right")
    return np.sort(order[light:])


def direct(
    points: NDArray[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    onsite: NDArray[Any],
    dropped: float = 1e-7,
) -> NDArray[Any]:
    """Sum over points i, j of a_i b_j / r_ij, with `onsite` in place of 1/r for i = j.

    Parameters
    ----------
    points : (point, 3), length.
    first, second : (a, point) and (b, point), of either sign.
    onsite : (point,), 1/length.
    dropped : part of each density that may be left out of the sum over i ≠ j.

    Returns
    -------
    (a, b), 1/length. The error for densities of absolute charges 1 in all is at most
    2 × `dropped` × max(1/r_ij).
    """
    local = (first * onsite) @ second.T
    if len(first) < len(second):
        return local + _distant(points, second, first, dropped).T
    return local + _distant(points, first, second, dropped)


def _distant(points: NDArray[Any], first: NDArray[Any], second: NDArray[Any], dropped: float) -> NDArray[Any]:
    targets, sources = heavy(first, dropped), heavy(second, dropped)
    potentials = _potentials(
        np.ascontiguousarray(points[targets]),
        np.ascontiguousarray(points[sources].T),
        np.ascontiguousarray(second[:, sources]),
    )
    return first[:, targets] @ potentials.T
