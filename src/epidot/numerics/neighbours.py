"""Pairs of points closer than a cut-off, at a cost linear in the points.

Points are sorted by the cell of a grid that they fall into; only cells that hold points are ever
stored, because the box of a branched particle is 99 % empty. Cells along the last axis lie next to
each other in that order, so the neighbours of a point are in five ranges (half of the 27 cells:
each pair is found once), each found by bisection.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.errors import InternalError


def close_pairs(points: NDArray[Any], cutoff: float) -> NDArray[Any]:
    """All pairs of points closer than `cutoff`, each once.

    Parameters
    ----------
    points : (point, 3), length.
    cutoff : length, positive.

    Returns
    -------
    (pair, 2) int32, in an order that depends on the points alone, not on the number of threads.

    Raises
    ------
    InternalError
        Points that are not finite.
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    if len(points) == 0:
        return np.zeros((0, 2), dtype=np.int32)
    low = points.min(axis=0)
    cells = np.floor((points - low) / cutoff)
    if not np.isfinite(cells).all() or cells.max() >= 2**20:
        raise InternalError("points must be finite and within a million cut-offs of each other")
    shape = cells.max(axis=0).astype(np.int64) + 3
    whole = cells.astype(np.int64) + 1
    keys = (whole[:, 0] * shape[1] + whole[:, 1]) * shape[2] + whole[:, 2]
    order = np.argsort(keys, kind="stable").astype(np.int32)
    keys, points = keys[order], points[order]
    rows = np.array([0, shape[2], (shape[1] - 1) * shape[2], shape[1] * shape[2], (shape[1] + 1) * shape[2]])
    counts = np.empty(len(points), dtype=np.int64)
    _count(points, keys, rows, cutoff * cutoff, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    pairs = np.empty((starts[-1], 2), dtype=np.int32)
    _fill(points, keys, rows, cutoff * cutoff, starts, order, pairs)
    return pairs


@njit(cache=True)
def _range(keys: Any, first: int, last: int) -> tuple[int, int]:
    start = int(np.searchsorted(keys, first))
    end = start
    while end < len(keys) and keys[end] <= last:
        end += 1
    return start, end


@njit(cache=True)
def _near(points: Any, i: int, j: int, square: float) -> bool:
    x = points[i, 0] - points[j, 0]
    y = points[i, 1] - points[j, 1]
    z = points[i, 2] - points[j, 2]
    return x * x + y * y + z * z < square


@njit(cache=True, parallel=True)
def _count(points: Any, keys: Any, rows: Any, square: float, counts: Any) -> None:
    for i in prange(len(points)):
        found = 0
        j = i + 1
        while j < len(keys) and keys[j] <= keys[i] + 1:
            found += _near(points, i, j, square)
            j += 1
        for row in range(1, len(rows)):
            middle = keys[i] + rows[row]
            start, end = _range(keys, middle - 1, middle + 1)
            for k in range(start, end):
                found += _near(points, i, k, square)
        counts[i] = found


@njit(cache=True, parallel=True)
def _fill(points: Any, keys: Any, rows: Any, square: float, starts: Any, order: Any, pairs: Any) -> None:
    for i in prange(len(points)):
        place = starts[i]
        j = i + 1
        while j < len(keys) and keys[j] <= keys[i] + 1:
            if _near(points, i, j, square):
                pairs[place, 0], pairs[place, 1] = order[i], order[j]
                place += 1
            j += 1
        for row in range(1, len(rows)):
            middle = keys[i] + rows[row]
            start, end = _range(keys, middle - 1, middle + 1)
            for k in range(start, end):
                if _near(points, i, k, square):
                    pairs[place, 0], pairs[place, 1] = order[i], order[k]
                    place += 1
