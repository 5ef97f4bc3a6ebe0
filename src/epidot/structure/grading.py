"""Interfaces under the shells of rods, branched particles and platelets.

Depth is the distance to the nearest site on the other side, less half a bond: the boundary cuts bonds in the
middle. So it follows the boundary over edges, ends and junctions alike. (Dots know their boundaries exactly
and do without.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot import materials
from epidot.design.design import Interface, Shell
from epidot.structure.assembly import SUBLATTICES, Blend, Network, interface_share

Array = NDArray[Any]

_FARTHEST: Final = 2.0
"""In widths: beyond, nothing of the other side is left."""


def softened(network: Network, shells: tuple[Shell, ...]) -> Network:
    """The network with the interfaces of its shells blended."""
    blend = network.blend
    level = _levels(network)
    for number, shell in enumerate(shells):
        if shell.interface is not None:
            sides = np.flatnonzero(level == number), np.flatnonzero(level == number + 1)
            blend = _blended(network, blend, sides, shell.interface)
    return replace(network, blend=blend)


def _levels(network: Network) -> Array:
    """Number of the shell (site,) that each site is in, counted from 1; 0 inside."""
    names = network.segments
    number = [int(name[5:]) if name.startswith("shell") else 0 for name in names]
    return np.array(number)[network.segment]


def _blended(network: Network, blend: Blend, sides: tuple[Array, Array], interface: Interface) -> Blend:
    share, other, sublattice = (np.array(part) for part in (blend.share, blend.other, blend.sublattice))
    reach = _FARTHEST * interface.width
    for mine, across in (sides, sides[::-1]):
        if len(mine) == 0 or len(across) == 0:
            continue
        half = 0.5 * np.array([materials.bond(name) for name in network.labels])[blend.label[mine]]
        tree = KDTree(network.start[across])
        found_at = tree.query(network.start[mine], distance_upper_bound=reach + half.max())
        distance, nearest = np.asarray(found_at[0]), np.asarray(found_at[1])
        near = np.isfinite(distance)
        found = interface_share(np.maximum(distance[near] - half[near], 0.0), interface)
        better = found > share[mine[near]]
        spots = mine[near][better]
        share[spots] = found[better]
        other[spots] = blend.label[across[nearest[near][better]]]
        sublattice[spots] = SUBLATTICES[interface.sublattice]
    return Blend(blend.label, other, share, sublattice)
