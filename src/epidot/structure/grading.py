"""Interfaces under the shells of rods, branched particles and platelets.

A boundary is known by the bonds that cross it: their middles lie on it, and their directions add up to its
vector area (see `per_atom.Dangling`), so their mean is its normal. Depth is the distance from the nearest
middle along the normal there; so it follows the boundary over edges, ends and junctions alike. (Dots know
their boundaries exactly and do without.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot.design.design import Interface, Shell
from epidot.structure.assembly import SUBLATTICES, Blend, Network, interface_share

Array = NDArray[Any]

_FARTHEST: Final = 2.0
"""In widths: beyond, nothing of the other side is left."""
_NEAR, _AROUND = 1.7, 8
"""Normals are means over crossing bonds within so many bond lengths, and over so many at most."""


def softened(network: Network, table: Array, shells: tuple[Shell, ...]) -> Network:
    """The network, whose link table is (site, 4), with the interfaces of its shells blended."""
    blend = network.blend
    level = _levels(network)
    for number, shell in enumerate(shells):
        if shell.interface is None:
            continue
        inner, slot = np.nonzero((table >= 0) & (level == number)[:, None] & (level[table] == number + 1))
        if len(inner):
            crossing = np.stack([inner, table[inner, slot]], axis=1)
            sides = np.flatnonzero((level == number) | (level == number + 1))
            blend = _blended(network, blend, (sides, crossing), shell.interface)
    return replace(network, blend=blend)


def _levels(network: Network) -> Array:
    """Number of the shell (site,) that each site is in, counted from 1; 0 inside."""
    number = [int(name[5:]) if name.startswith("shell") else 0 for name in network.segments]
    return np.array(number)[network.segment]


def _blended(network: Network, blend: Blend, where: tuple[Array, Array], interface: Interface) -> Blend:
    """Mix the sites of two neighbouring layers (`where[0]`) whose boundary the bonds `where[1]` cross.

    Bonds are (bond, 2) sites, the inner one first.
    """
    sites, crossing = where
    ends = network.start[crossing]
    middle, normal = ends.mean(axis=1), _normals(ends)
    reach = _FARTHEST * interface.width + float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).max())
    found_at = KDTree(middle).query(network.start[sites], distance_upper_bound=reach)
    near = np.isfinite(found_at[0])
    sites, nearest = sites[near], np.asarray(found_at[1])[near]
    depth = np.einsum("sx,sx->s", network.start[sites] - middle[nearest], normal[nearest])
    level = _levels(network)
    inside = level[sites] == level[crossing[0, 0]]
    foreign = blend.label[crossing[nearest, np.where(inside, 1, 0)]]
    found = interface_share(np.abs(depth), interface)
    better = found > blend.share[sites]
    spots = sites[better]
    share, other, sublattice = (np.array(part) for part in (blend.share, blend.other, blend.sublattice))
    share[spots], other[spots] = found[better], foreign[better]
    sublattice[spots] = SUBLATTICES[interface.sublattice]
    return Blend(blend.label, other, share, sublattice)


def _normals(ends: Array) -> Array:
    """Unit normals (bond, 3), outwards, from the ends (bond, 2, 3) of the bonds that cross a boundary."""
    bonds = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(bonds, axis=1)
    unit = bonds / length[:, None]
    middle = ends.mean(axis=1)
    around = KDTree(middle).query(middle, k=_AROUND, distance_upper_bound=_NEAR * float(length.mean()))[1]
    padded = np.vstack([unit, np.zeros(3)])
    total = padded[np.minimum(around, len(unit))].sum(axis=1)
    return total / np.linalg.norm(total, axis=1)[:, None]
