"""Potential of many charges at many points, and their flux through a surface, in time that grows as N log N.

A Gaussian charge of width w has the potential erf(r/(√2 w))/r. Sources are sorted into a balanced
binary tree (each node cut in two halves across its longest side); a node that is small as seen from
a point, and far enough for its Gaussians not to be told from points, acts through its charge, dipole
and quadrupole about its centre (Barnes and Hut, Nature 324, 446 (1986)). Nothing is laid on a grid,
so a branched particle, whose box is all but empty, costs no more than a sphere of as many atoms.
Each target sums in fixed order: the result does not depend on the number of threads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.numerics.boundary import solid_angle

Array = NDArray[Any]

_LEAF: Final = 16
"""Most sources of a node that is not cut further."""
_BLURRED: Final = 4.5
"""Widths beyond which a Gaussian is a point: there erf(r/(√2 w)) differs from 1 by 7e-6."""
_DEPTH: Final = 64


@final
@dataclass(frozen=True, eq=False)
class Tree:
    """Sources in the order of the leaves, and the nodes; the children of node k are 2k + 1 and 2k + 2.

    Invariant: a node holds the sources `bounds[k]` to `bounds[k]` + 1 of the tree's own order.
    """

    places: Array
    """(source, 3) length."""
    charges: Array
    """(source,)"""
    bounds: Array
    """(node, 2) first source and the one after the last."""
    centres: Array
    """(node, 3) length."""
    radii: Array
    """(node,) length; about the centre, of the ball that holds all sources."""
    order: Array
    """(source,) number of each source as it was given; 0 for those of charge zero that fill the leaves."""
    moments: Array
    """(node, 10) charge, dipole (3), quadrupole Σ q (3 d d − d² 1) as xx, yy, zz, xy, xz, yz."""

    @property
    def given(self) -> Array:
        """Whether each source was given, (source,); others, on the place of the first one, fill leaves."""
        given = np.ones(len(self.order), dtype=bool)
        given[np.flatnonzero(self.order == 0)[1:]] = False
        return given

    def cells(self, most: int) -> list[Array]:
        """Numbers, as given, of the sources in each node of the first level with at most `most` in a node."""
        given, first = self.given, 0
        while 2 * first + 2 < len(self.bounds) and self.bounds[first, 1] - self.bounds[first, 0] > most:
            first = 2 * first + 1
        bounds = self.bounds[first : 2 * first + 1]
        found = [self.order[low:high][given[low:high]] for low, high in bounds]
        return [members for members in found if len(members)]


def tree(places: Array, charges: Array) -> Tree:
    """Sort sources into a tree.

    Parameters
    ----------
    places : (source, 3), at least one; length.
    charges : (source,).
    """
    levels = max(0, math.ceil(math.log2(max(len(places), 1) / _LEAF)))
    leaf = -(-len(places) // 2**levels)
    # Filled up with charges of zero, all nodes of a level are equally long: one array operation for each.
    order = np.zeros(leaf * 2**levels, dtype=np.int64)
    order[: len(places)] = np.arange(len(places))
    filled = np.zeros(len(order))
    filled[: len(places)] = charges
    rank = np.arange(len(order))
    bounds: list[Array] = []
    for level in range(levels + 1):
        size = leaf * 2 ** (levels - level)
        starts = np.arange(0, len(order), size)
        bounds.append(np.stack([starts, starts + size], axis=1))
        if level < levels:
            rank = _halved(places, order, rank.reshape(-1, size))
    places = np.ascontiguousarray(places[order[rank]], dtype=float)
    charges = filled[rank]
    edges = np.concatenate(bounds)
    centres, radii, moments = _moments(places, charges, edges)
    return Tree(places, charges, edges, centres, radii, order[rank], moments)


def _halved(places: Array, order: Array, rank: Array) -> Array:
    """Each row (node) of ranks, cut at its middle across its longest side; in one row, (source,)."""
    spread = places.T[:, order[rank]]
    longest = np.ptp(spread, axis=2).argmax(axis=0)
    along = spread[longest, np.arange(len(rank))]
    cut = np.argpartition(along, rank.shape[1] // 2, axis=1)
    return np.take_along_axis(rank, cut, axis=1).ravel()


@njit(cache=True, parallel=True)
def _moments(places: Any, charges: Any, bounds: Any) -> Any:
    nodes = bounds.shape[0]
    centres, radii, moments = np.zeros((nodes, 3)), np.zeros(nodes), np.zeros((nodes, 10))
    for node in prange(nodes):
        low, high = bounds[node]
        for axis in range(3):
            centres[node, axis] = 0.5 * (places[low:high, axis].min() + places[low:high, axis].max())
        for i in range(low, high):
            q = charges[i]
            x, y, z = places[i, 0] - centres[node, 0], places[i, 1] - centres[node, 1], places[i, 2]
            z -= centres[node, 2]
            square = x * x + y * y + z * z
            radii[node] = max(radii[node], np.sqrt(square))
            row = moments[node]
            row[0] += q
            row[1] += q * x
            row[2] += q * y
            row[3] += q * z
            row[4] += q * (3.0 * x * x - square)
            row[5] += q * (3.0 * y * y - square)
            row[6] += q * (3.0 * z * z - square)
            row[7] += 3.0 * q * x * y
            row[8] += 3.0 * q * x * z
            row[9] += 3.0 * q * y * z
    return centres, radii, moments


def potential(sources: Tree, targets: Array, *, width: float, opening: float = 0.4) -> Array:
    """Σ_j q_j erf(r_ij/(√2 w))/r_ij at each target, (target,), charge per length.

    Parameters
    ----------
    sources : from `tree`.
    targets : (target, 3), length.
    width : standard deviation w of the Gaussians, length, positive.
    opening : a node acts as a whole where its radius is below this part of its distance. At 0.4 the
        error is about 1e-4 of the potential that the absolute charges would have.
    """
    points = np.ascontiguousarray(targets, dtype=float)
    return _sums(points, _arrays(sources), width, opening)


def flux(sources: Tree, corners: Array, *, owners: Array | None = None, opening: float = 0.4) -> Array:
    """Outward flux Σ_j q_j Ω_k(r_j) of point charges through triangles, (panel,), charge.

    Ω is the solid angle of the triangle, exact for the sources of nodes that are near; the field of the
    others is taken at three points of the triangle.

    Parameters
    ----------
    sources : from `tree`; on no triangle but their owner.
    owners : (source,) number of the triangle that each source lies on, whose own charge has no flux through
        it; by default none.
    corners : (panel, 3, 3), counter-clockwise seen from outside, length.
    opening : as in `potential`.
    """
    own = np.full(len(sources.order), -1) if owners is None else owners[sources.order]
    return _fluxes(np.ascontiguousarray(corners, dtype=float), _arrays(sources), own, opening)


def _arrays(sources: Tree) -> tuple[Array, ...]:
    return (
        sources.places,
        sources.charges,
        sources.bounds,
        sources.centres,
        sources.radii,
        sources.moments,
    )


@njit(cache=True)
def _potential_of_node(row: Any, x: float, y: float, z: float, square: float) -> float:
    inverse2 = 1.0 / square
    inverse = np.sqrt(inverse2)
    along = row[1] * x + row[2] * y + row[3] * z
    twice = row[4] * x * x + row[5] * y * y + row[6] * z * z
    twice += 2.0 * (row[7] * x * y + row[8] * x * z + row[9] * y * z)
    return inverse * (row[0] + inverse2 * (along + 0.5 * inverse2 * twice))


@njit(cache=True)
def _flux_of_node(row: Any, d: Any, normal: Any) -> float:
    # The field of charge, dipole and quadrupole, times an area vector.
    x, y, z = d[0], d[1], d[2]
    inverse2 = 1.0 / (x * x + y * y + z * z)
    inverse3 = inverse2 * np.sqrt(inverse2)
    along = row[1] * x + row[2] * y + row[3] * z
    tx = row[4] * x + row[7] * y + row[8] * z
    ty = row[7] * x + row[5] * y + row[9] * z
    tz = row[8] * x + row[9] * y + row[6] * z
    radial = inverse3 * (row[0] + inverse2 * (3.0 * along + 2.5 * inverse2 * (tx * x + ty * y + tz * z)))
    total = (radial * x - inverse3 * (row[1] + inverse2 * tx)) * normal[0]
    total += (radial * y - inverse3 * (row[2] + inverse2 * ty)) * normal[1]
    return total + (radial * z - inverse3 * (row[3] + inverse2 * tz)) * normal[2]


@njit(cache=True)
def _blurred(square: float, width: float) -> float:
    scaled = np.sqrt(0.5 * square) / width
    if scaled > _BLURRED / math.sqrt(2.0):
        return 1.0 / np.sqrt(square)
    if scaled < 1e-4:
        return math.sqrt(2.0 / math.pi) / width * (1.0 - scaled * scaled / 3.0)
    return math.erf(scaled) / np.sqrt(square)


@njit(cache=True, parallel=True)
def _sums(targets: Any, arrays: Any, width: float, opening: float) -> Any:
    places, charges, bounds, centres, radii, moments = arrays
    nodes = bounds.shape[0]
    result = np.zeros(targets.shape[0])
    for i in prange(targets.shape[0]):
        x, y, z = targets[i, 0], targets[i, 1], targets[i, 2]
        waiting = np.empty(_DEPTH, np.int64)
        waiting[0], count = 0, 1
        total = 0.0
        while count:
            count -= 1
            node = waiting[count]
            dx, dy, dz = x - centres[node, 0], y - centres[node, 1], z - centres[node, 2]
            square = dx * dx + dy * dy + dz * dz
            clear = max(radii[node] / opening, radii[node] + _BLURRED * width)
            if square > clear * clear:
                total += _potential_of_node(moments[node], dx, dy, dz, square)
            elif 2 * node + 2 < nodes:
                waiting[count], waiting[count + 1] = 2 * node + 1, 2 * node + 2
                count += 2
            else:
                for j in range(bounds[node, 0], bounds[node, 1]):
                    dx, dy, dz = x - places[j, 0], y - places[j, 1], z - places[j, 2]
                    total += charges[j] * _blurred(dx * dx + dy * dy + dz * dz, width)
        result[i] = total
    return result


@njit(cache=True, parallel=True)
def _fluxes(corners: Any, arrays: Any, owners: Any, opening: float) -> Any:
    places, charges, bounds, centres, radii, moments = arrays
    nodes = bounds.shape[0]
    result = np.zeros(corners.shape[0])
    for k in prange(corners.shape[0]):
        a, b, c = corners[k, 0], corners[k, 1], corners[k, 2]
        middle = (a + b + c) / 3.0
        third = np.cross(b - a, c - a) / 6.0
        size = max(np.linalg.norm(a - middle), np.linalg.norm(b - middle), np.linalg.norm(c - middle))
        waiting = np.empty(_DEPTH, np.int64)
        waiting[0], count = 0, 1
        total = 0.0
        while count:
            count -= 1
            node = waiting[count]
            distance = np.linalg.norm(middle - centres[node])
            if distance > (radii[node] + size) / opening:
                for corner in range(3):
                    point = 0.5 * (middle + corners[k, corner])
                    total += _flux_of_node(moments[node], point - centres[node], third)
            elif 2 * node + 2 < nodes:
                waiting[count], waiting[count + 1] = 2 * node + 1, 2 * node + 2
                count += 2
            else:
                for j in range(bounds[node, 0], bounds[node, 1]):
                    if owners[j] != k:
                        angle = solid_angle(corners[k], places[j, 0], places[j, 1], places[j, 2])
                        total += charges[j] * angle
        result[k] = total
    return result
