"""Sums of 1/r between many densities that sit on the same points.

Reciprocal distances are laid out tile by tile and multiplied with all densities of a call as matrices. The
sum of a set of densities with itself needs each pair of points once: tiles on one side of the diagonal give
one half of a symmetric matrix. For very many points the far ones act through the charge, dipole and
quadrupole of the nodes of a tree (Barnes and Hut, Nature 324, 446 (1986)), again for all densities at once:
the nodes that a leaf of targets sees as a whole, and the sources of the leaves nearby, make one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.numerics.tree import Tree, tree

Array = NDArray[Any]
Pair = tuple[Array, Array]
"""Numbers of densities, (a,) and (b,), each of which meets each of the other."""

_TILE: Final = 256
_COINCIDENT: Final = 1e-12
_DOUBLE: Final = 2e8
"""Most pairs of points whose tiles are multiplied in float64; in float32 a sum loses 1e-6 of itself."""
_ALL_PAIRS: Final = 1e10
"""Most pairs of points that are summed one by one."""
_OPENING: Final = 0.25
"""A node acts as a whole where its radius is below this part of its distance from the nearest target."""
_MOMENTS: Final = 10


@njit(cache=True, fastmath=True)
def _fill(tile: Any, targets: Any, sources: Any, ours: Any, theirs: Any) -> None:
    """½ (f_i + f_j)/r into a tile (target, source), 0 for the same place; halves of f are given."""
    for i in range(tile.shape[0]):
        x, y, z, factor = targets[i, 0], targets[i, 1], targets[i, 2], ours[i]
        row, xs, ys, zs = tile[i], sources[0], sources[1], sources[2]
        for j in range(row.size):
            square = (xs[j] - x) ** 2 + (ys[j] - y) ** 2 + (zs[j] - z) ** 2
            row[j] = 0.0 if square < _COINCIDENT else (factor + theirs[j]) / np.sqrt(square)


@njit(cache=True)
def _row_of_tiles(out: Any, block: int, points: Any, halves: Any, held: Any, front: Any) -> None:
    """What `_by_tiles` gives in one block of points."""
    count, whole = out.shape[0], front.shape[1]
    start, stop = block * _TILE, min((block + 1) * _TILE, count)
    # Differences of near points lose nothing in float32 if the origin is near.
    middle = points[start].copy()
    targets = (points[start:stop] - middle).astype(held.dtype)
    for low in range(start if whole == 0 else 0, count, _TILE):
        high = min(low + _TILE, count)
        sources = np.ascontiguousarray((points[low:high] - middle).T).astype(held.dtype)
        tile = np.empty((stop - start, high - low), held.dtype)
        _fill(tile, targets, sources, halves[start:stop], halves[low:high])
        if low < start:
            out[start:stop, :whole] += np.dot(tile, front[low:high])
        else:
            part = np.dot(tile, held[low:high])
            if low == start:
                part[:, whole:] *= 0.5
            out[start:stop] += part


@njit(cache=True, parallel=True)
def _by_tiles(points: Any, halves: Any, held: Any, front: Any) -> Any:
    """Potentials (point, density) of `held` (point, density); what is not in `front` acts forwards only.

    The tile on the diagonal counts half for them: their product with the densities and its transpose make the
    whole.
    """
    out = np.zeros(held.shape)
    blocks = -(-held.shape[0] // _TILE)
    # Rows grow shorter: each turn takes a long one and a short one.
    for turn in prange((blocks + 1) // 2):
        _row_of_tiles(out, turn, points, halves, held, front)
        if 2 * turn + 1 != blocks:
            _row_of_tiles(out, blocks - 1 - turn, points, halves, held, front)
    return out


@njit(cache=True)
def _near(targets: Any, sources: Any) -> Any:
    """1/r, (target, source) from (target, 3) and (3, source), 0 for the same place."""
    tile = np.empty((targets.shape[0], sources.shape[1]))
    _fill(tile, targets, sources, np.full(targets.shape[0], 0.5), np.full(sources.shape[1], 0.5))
    return tile


def _through_nodes(targets: Array, sources: Array, weights: Array) -> Array:
    """The same, far sources through the moments of their nodes."""
    laid, seen = tree(sources, np.zeros(len(sources))), tree(targets, np.zeros(len(targets)))
    held = np.where(laid.given[:, None], weights[laid.order], 0.0)
    moments = _node_moments(laid, held)
    found = np.zeros((len(targets), weights.shape[1]))
    leaves = len(seen.bounds) // 2
    for leaf in range(leaves, len(seen.bounds)):
        own = slice(*seen.bounds[leaf])
        far, near = _partners(laid.centres, laid.radii, seen.centres[leaf], seen.radii[leaf])
        part = _shapes(seen.places[own], laid.centres[far]) @ moments[far].reshape(-1, weights.shape[1])
        # All leaves are equally long.
        members = (laid.bounds[near, :1] + np.arange(laid.bounds[-1, 1] - laid.bounds[-1, 0])).ravel()
        places = np.ascontiguousarray(laid.places[members].T)
        found[seen.order[own]] = part + _near(seen.places[own], places) @ held[members]
    return found


def _node_moments(laid: Tree, held: Array) -> Array:
    """(node, moment, density): charge, dipole (3), quadrupole ½ Σ q (3 d d − d² 1), outer ones twice."""
    found = np.empty((len(laid.bounds), _MOMENTS, held.shape[1]))
    first = 0
    while first < len(laid.bounds):
        level = slice(first, 2 * first + 1)
        apart = laid.places.reshape(first + 1, -1, 3) - laid.centres[level, None]
        x, y, z = apart[..., 0], apart[..., 1], apart[..., 2]
        square = x * x + y * y + z * z
        rows = [np.ones_like(x), x, y, z]
        rows += [0.5 * (3.0 * along * along - square) for along in (x, y, z)]
        rows += [3.0 * x * y, 3.0 * x * z, 3.0 * y * z]
        found[level] = np.stack(rows, axis=1) @ held.reshape(first + 1, -1, held.shape[1])
        first = 2 * first + 1
    return found


@njit(cache=True)
def _partners(centres: Any, radii: Any, middle: Any, radius: float) -> Any:
    """Nodes that act as a whole on all points of a ball, and leaves that do not."""
    nodes = len(radii)
    far, near, waiting = np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    whole, single, count = 0, 0, 1
    waiting[0] = 0
    while count:
        count -= 1
        node = waiting[count]
        dx, dy, dz = centres[node, 0] - middle[0], centres[node, 1] - middle[1], centres[node, 2] - middle[2]
        if np.sqrt(dx * dx + dy * dy + dz * dz) - radius > radii[node] / _OPENING:
            far[whole] = node
            whole += 1
        elif 2 * node + 2 < nodes:
            waiting[count], waiting[count + 1] = 2 * node + 1, 2 * node + 2
            count += 2
        else:
            near[single] = node
            single += 1
    return far[:whole].copy(), near[:single].copy()


@njit(cache=True, fastmath=True, parallel=True)
def _shapes(targets: Any, centres: Any) -> Any:
    """Potential at each target of each moment of each node, (target, node × moment)."""
    out = np.empty((targets.shape[0], centres.shape[0] * _MOMENTS))
    for i in prange(targets.shape[0]):
        for node in range(centres.shape[0]):
            x, y, z = targets[i, 0] - centres[node, 0], targets[i, 1] - centres[node, 1], targets[i, 2]
            z -= centres[node, 2]
            inverse2 = 1.0 / (x * x + y * y + z * z)
            inverse = np.sqrt(inverse2)
            inverse3 = inverse * inverse2
            inverse5 = inverse3 * inverse2
            row = out[i, node * _MOMENTS : (node + 1) * _MOMENTS]
            row[0] = inverse
            row[1], row[2], row[3] = x * inverse3, y * inverse3, z * inverse3
            row[4], row[5], row[6] = x * x * inverse5, y * y * inverse5, z * z * inverse5
            row[7], row[8], row[9] = x * y * inverse5, x * z * inverse5, y * z * inverse5
    return out


def heavy(densities: NDArray[Any], dropped: float) -> NDArray[Any]:
    """Indices of the fewest points that hold all but `dropped` of every density.

    Parameters
    ----------
    densities : (density, point), of either sign.
    dropped : largest part of any one density (of its absolute charges in all) that may be left out.
    """
    largest = np.zeros(densities.shape[1])
    for density in densities:
        size = np.abs(density)
        np.maximum(largest, size / max(float(size.sum()), np.finfo(float).tiny), out=largest)
    order = np.argsort(largest, kind="stable")
    # The sum of the per-point maxima bounds what any single density loses.
    light = np.searchsorted(np.cumsum(largest[order]), dropped, side="right")
    return np.sort(order[light:])


def direct(
    points: Array,
    densities: Array,
    pairs: Sequence[Pair],
    onsite: Array,
    *,
    factors: Array | None = None,
    dropped: float = 1e-7,
) -> list[Array]:
    """Sums over points i, j of a_i b_j ½ (f_i + f_j) / r_ij, with f_i `onsite` in place of f_i/r for i = j.

    Parameters
    ----------
    points : (point, 3), length.
    densities : (density, point), of either sign.
    pairs : which densities meet which.
    onsite : (point,), 1/length.
    factors : f, (point,); 1 without.
    dropped : part of each density that may be left out of the sum over i ≠ j.

    Returns
    -------
    (a, b) for each pair, 1/length. The error for densities of absolute charges 1 in all is at most
    2 × `dropped` × max(1/r_ij); from 14,000 points on 1e-6 of the sum over absolute charges besides, from
    100,000 on 1e-4.
    """
    factors = np.ones(len(points)) if factors is None else factors
    front, behind = _columns(pairs)
    kept = heavy(densities, dropped)
    weights = densities[:, kept]
    columns = np.concatenate([front, behind])
    potentials = _potentials(points[kept], factors[kept], weights[columns].T, len(front))
    found: list[Array] = []
    for ours, theirs in pairs:
        one, other = (ours, theirs) if np.isin(theirs, front).all() else (theirs, ours)
        local = (densities[ours] * (onsite * factors)) @ densities[theirs].T
        if np.isin(other, front).all():
            part = weights[one] @ potentials[:, np.searchsorted(front, other)]
            found.append(local + (part if one is ours else part.T))
        else:
            part = weights[one] @ potentials[:, len(front) + np.searchsorted(behind, other)]
            found.append(local + part + part.T)
    return found


def _columns(pairs: Sequence[Pair]) -> Pair:
    """Densities whose whole potentials are needed, and those that meet their like, where half is enough."""
    none = np.zeros(0, dtype=np.int64)
    unlike = [min(pair, key=len) for pair in pairs if not np.array_equal(*pair)]
    front = np.unique(np.concatenate([none, *unlike]))
    alike = [pair[0] for pair in pairs if np.array_equal(*pair) and not np.isin(pair[0], front).all()]
    return front, np.unique(np.concatenate([none, *alike]))


def _potentials(points: Array, factors: Array, weights: Array, front: int) -> Array:
    """(point, column) of Σ_j ½ (f_i + f_j) w_j/r_ij: the first `front` whole, half of the others."""
    from threadpoolctl import threadpool_limits

    places = np.ascontiguousarray(points, dtype=float)
    if len(points) ** 2 > _ALL_PAIRS:
        found = _screened_through_nodes(places, factors, weights)
        found[:, front:] *= 0.5
        return found
    kind = np.float64 if len(points) ** 2 <= _DOUBLE else np.float32
    held = np.ascontiguousarray(weights, dtype=kind)
    whole = np.ascontiguousarray(held[:, :front])
    # Each thread multiplies tiles of its own.
    with threadpool_limits(1, user_api="blas"):
        return _by_tiles(places, (0.5 * factors).astype(kind), held, whole)


def _screened_through_nodes(points: Array, factors: Array, weights: Array) -> Array:
    if (factors == factors[0]).all():
        return factors[0] * _through_nodes(points, points, weights)
    both = _through_nodes(points, points, np.concatenate([weights, factors[:, None] * weights], axis=1))
    count = weights.shape[1]
    return 0.5 * (factors[:, None] * both[:, :count] + both[:, count:])
