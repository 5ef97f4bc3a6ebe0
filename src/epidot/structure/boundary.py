"""How deep points lie under a surface or on one side of a boundary that is known by the bonds it cuts.

The middles of the cut bonds lie on it, and their directions add up to its vector area (see
`per_atom.Dangling`), so their mean is its normal, taken first over the cut bonds of each atom, then over
neighbouring atoms. Depth is measured from the nearest such atom's middles along the normal there: over edges,
ends and junctions alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Array = NDArray[Any]

_NEAR, _AROUND = 1.8, 8
"""Normals are means over atoms within so many bond lengths, and over so many at most."""


@dataclass(frozen=True)
class Depths:
    """Where points lie; one entry per point that is near enough."""

    point: Array
    """Index of each."""
    depth: Array
    """Beyond the boundary; negative on the side where the bonds begin."""
    nearest: Array
    """Index of a cut bond of the atom next to each."""


def depths(points: Array, owner: Array, ends: tuple[Array, Array], reach: float) -> Depths:
    """Signed distances of points from a boundary.

    Parameters
    ----------
    points : (point, 3), length.
    owner : (bond,) number of the atom at which each cut bond begins.
    ends : where each cut bond begins and where it ends, (bond, 3) each.
    reach : points farther than this from the boundary are left out.
    """
    begin, end = ends
    bonds = end - begin
    length = np.linalg.norm(bonds, axis=1)
    _, first, atom, count = np.unique(owner, return_index=True, return_inverse=True, return_counts=True)
    middle = _per_atom(0.5 * (begin + end), atom) / count[:, None]
    normal = _normals(middle, _per_atom(bonds / length[:, None], atom), _NEAR * float(length.mean()))
    found = KDTree(middle).query(points, distance_upper_bound=reach)
    near = np.flatnonzero(np.isfinite(found[0]))
    nearest = np.asarray(found[1])[near]
    depth = np.einsum("px,px->p", points[near] - middle[nearest], normal[nearest])
    return Depths(near, depth, first[nearest])


def _per_atom(values: Array, atom: Array) -> Array:
    return np.stack([np.bincount(atom, column) for column in values.T], axis=1)


def _normals(middle: Array, outward: Array, reach: float) -> Array:
    """Unit normals (atom, 3) of the boundary from what each atom's cut bonds add up to."""
    around = KDTree(middle).query(middle, k=_AROUND, distance_upper_bound=reach)[1]
    padded = np.vstack([outward, np.zeros(3)])
    total = padded[np.minimum(around, len(outward))].sum(axis=1)
    size = np.linalg.norm(total, axis=1)[:, None]
    return np.where(size > 1e-6, total / np.maximum(size, 1e-6), outward)
