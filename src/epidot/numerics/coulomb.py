"""Sums of 1/r between many densities that sit on the same points.

Reciprocal distances are laid out tile by tile, each once for all densities of a call, and multiplied with
them as matrices. For many points the far ones act through the charge, dipole and quadrupole of the nodes of a
tree (Barnes and Hut, Nature 324, 446 (1986)), again for all densities at once: the nodes that a leaf of
targets sees as a whole, and the sources of the leaves nearby, make one matrix.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.numerics.tree import Tree, tree

Array = NDArray[Any]

_TARGETS: Final = 256
_SOURCES: Final = 2048
_COINCIDENT: Final = 1e-12
_ALL_PAIRS: Final = 1e9
"""Most pairs of points that are summed one by one."""
_OPENING: Final = 0.25
"""A node acts as a whole where its radius is below this part of its distance from the nearest target."""
_MOMENTS: Final = 10


@njit(cache=True, fastmath=True, parallel=True)
def _inverse(targets: Any, sources: Any) -> Any:
    """1/r, (target, source) from (target, 3) and (3, source), 0 for the same place."""
    out = np.empty((targets.shape[0], sources.shape[1]))
    for i in prange(targets.shape[0]):
        x, y, z = targets[i, 0], targets[i, 1], targets[i, 2]
        row, xs, ys, zs = out[i], sources[0], sources[1], sources[2]
        for j in range(row.size):
            square = (xs[j] - x) ** 2 + (ys[j] - y) ** 2 + (zs[j] - z) ** 2
            row[j] = 0.0 if square < _COINCIDENT else 1.0 / np.sqrt(square)
    return out


def _all_pairs(targets: Array, sources: Array, weights: Array) -> Array:
    """Σ_j w_j / r_ij, (target, density) from (target, 3), (source, 3) and (source, density)."""
    found = np.zeros((len(targets), weights.shape[1]))
    places = np.ascontiguousarray(sources.T)
    for start in range(0, len(sources), _SOURCES):
        part = slice(start, start + _SOURCES)
        these, held = np.ascontiguousarray(places[:, part]), weights[part]
        for first in range(0, len(targets), _TARGETS):
            block = slice(first, first + _TARGETS)
            found[block] += _inverse(targets[block], these) @ held
    return found


def _through_nodes(targets: Array, sources: Array, weights: Array) -> Array:
    """The same, far sources through the moments of their nodes."""
    laid, seen = tree(sources, np.zeros(len(sources))), tree(targets, np.zeros(len(targets)))
    held = np.where(_given(laid)[:, None], weights[laid.order], 0.0)
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
        found[seen.order[own]] = part + _inverse(seen.places[own], places) @ held[members]
    return found


def _given(laid: Tree) -> Array:
    """Whether each source of the tree was given; the others, on the place of the first one, fill leaves."""
    given = np.ones(len(laid.order), dtype=bool)
    given[np.flatnonzero(laid.order == 0)[1:]] = False
    return given


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
    2 × `dropped` × max(1/r_ij); for more than 30,000 points 1e-4 of the sum over absolute charges besides.
    """
    local = (first * onsite) @ second.T
    if len(first) < len(second):
        return local + _distant(points, second, first, dropped).T
    return local + _distant(points, first, second, dropped)


def _distant(points: Array, first: Array, second: Array, dropped: float) -> Array:
    targets, sources = heavy(first, dropped), heavy(second, dropped)
    summed = _all_pairs if len(targets) * len(sources) <= _ALL_PAIRS else _through_nodes
    places = np.ascontiguousarray(points, dtype=float)
    potentials = summed(places[targets], places[sources], np.ascontiguousarray(second[:, sources].T))
    return first[:, targets] @ potentials
