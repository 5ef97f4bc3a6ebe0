"""How full of a body space is: Gaussians about the points that fill it, and the distance from its surface.

The occupancy ρ(r) = Σ_i v_i g(r − r_i), g a normalised Gaussian of width s, is 1 inside, 0 outside and 1/2
on a plane boundary, from which √2 s erfc⁻¹(2ρ) is the distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

REACH: Final = 5.0
"""Widths beyond which a Gaussian is nothing."""
CELLS: Final = 40
"""Cells along the side of a block of the grid, longer than twice the reach of a point."""


def blocks(
    points: NDArray[Any], smoothing: float, spacing: float
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Blocks of cells, (3,) in blocks, that points reach, with the indices of these; the rest is empty.

    Both sides of a face between blocks see the same points in the same order: the surface has no cracks.
    """
    reach, side = REACH * smoothing, CELLS * spacing
    ends = [np.floor((points + shift) / side).astype(np.int64) for shift in (-reach, reach)]
    blocks = np.concatenate(
        [np.stack([ends[x][:, 0], ends[y][:, 1], ends[z][:, 2]], axis=1) for x, y, z in np.ndindex(2, 2, 2)]
    )
    shape = blocks.max(axis=0) + 1
    codes = np.ravel_multi_index(tuple(blocks.T), tuple(shape)) * len(points)
    codes += np.tile(np.arange(len(points)), 8)
    # Sorted and thinned by hand: `unique` takes ten times as long on millions of large numbers.
    codes.sort()
    codes = codes[np.diff(codes, prepend=-1) > 0]
    owner, members = np.divmod(codes, len(points))
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    for start, stop in pairwise([*starts.tolist(), len(owner)]):
        yield np.array(np.unravel_index(owner[start], tuple(shape))), members[start:stop]


def to_distance(occupancy: NDArray[Any], smoothing: float) -> NDArray[Any]:
    """Distance from the surface, positive outside, where a plane boundary would have this occupancy."""
    from scipy.special import erfcinv

    return np.sqrt(2.0) * smoothing * erfcinv(np.clip(2.0 * occupancy, 1e-10, 2.0 - 1e-10))


def distance(
    occupancy: NDArray[Any], slope: NDArray[Any], smoothing: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Distance (place,) from the surface and its gradient (place, 3), from those of the occupancy."""
    level = to_distance(occupancy, smoothing)
    factor = -np.sqrt(2.0 * np.pi) * smoothing * np.exp(0.5 * (level / smoothing) ** 2)
    return level, factor[:, None] * slope


def occupancy_at(
    places: NDArray[Any], points: NDArray[Any], volumes: NDArray[Any], smoothing: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Occupancy (place,) and its gradient (place, 3), 1/length.

    Parameters
    ----------
    places, points : (place, 3) and (point, 3), length.
    volumes : (point,), length³.
    smoothing : width of the Gaussians, length.
    """
    from scipy.spatial import KDTree

    near = KDTree(points).query_ball_point(places, REACH * smoothing, return_sorted=True)
    ends = np.cumsum([0, *(len(row) for row in near)])
    members = np.fromiter(chain.from_iterable(near), dtype=np.int64, count=int(ends[-1]))
    return _occupancy_at(places, points[members], volumes[members], ends, smoothing)


def levels_at(
    places: NDArray[Any], points: NDArray[Any], volumes: NDArray[Any], smoothing: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Distance (place,) of places from the surface and its gradient (place, 3); see `occupancy_at`."""
    return distance(*occupancy_at(places, points, volumes, smoothing), smoothing)


@njit(cache=True)
def on_grid(points: Any, volumes: Any, smoothing: float, spacing: float, first: Any, count: int) -> Any:
    """Occupancy on count³ nodes from node `first` (3,) of the whole grid, whose node 0 is the origin."""
    grid = np.zeros((count, count, count))
    norm = (2.0 * np.pi) ** -1.5 / smoothing**3
    span = REACH * smoothing
    for i in range(points.shape[0]):
        low = np.maximum(np.ceil((points[i] - span) / spacing).astype(np.int64) - first, 0)
        high = np.minimum(np.floor((points[i] + span) / spacing).astype(np.int64) - first, count - 1)
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                for z in range(low[2], high[2] + 1):
                    square = ((x + first[0]) * spacing - points[i, 0]) ** 2
                    square += ((y + first[1]) * spacing - points[i, 1]) ** 2
                    square += ((z + first[2]) * spacing - points[i, 2]) ** 2
                    grid[x, y, z] += volumes[i] * norm * np.exp(-0.5 * square / smoothing**2)
    return grid


@njit(cache=True, parallel=True)
def _occupancy_at(places: Any, points: Any, volumes: Any, ends: Any, smoothing: float) -> Any:
    n_places = places.shape[0]
    value = np.zeros(n_places)
    slope = np.zeros((n_places, 3))
    norm = (2.0 * np.pi) ** -1.5 / smoothing**3
    for i in prange(n_places):
        for j in range(ends[i], ends[i + 1]):
            dx, dy, dz = places[i, 0] - points[j, 0], places[i, 1] - points[j, 1], places[i, 2] - points[j, 2]
            square = (dx * dx + dy * dy + dz * dz) / smoothing**2
            term = volumes[j] * norm * np.exp(-0.5 * square)
            value[i] += term
            slope[i, 0] -= term * dx / smoothing**2
            slope[i, 1] -= term * dy / smoothing**2
            slope[i, 2] -= term * dz / smoothing**2
    return value, slope
