"""Interfaces under the shells of rods, branched particles and platelets.

Depth is that from the bonds that cross the boundary (see `boundary`). Dots know their boundaries exactly and
do without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.design.design import Interface, Shell
from epidot.structure.assembly import SUBLATTICES, Blend, Network, interface_share
from epidot.structure.boundary import depths

Array = NDArray[Any]

_FARTHEST: Final = 2.0
"""In widths: beyond, nothing of the other side is left."""


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
    begin, end = network.start[crossing[:, 0]], network.start[crossing[:, 1]]
    reach = _FARTHEST * interface.width + float(np.linalg.norm(end - begin, axis=1).max())
    found = depths(network.start[sites], crossing[:, 0], (begin, end), reach)
    sites = sites[found.point]
    level = _levels(network)
    inside = level[sites] == level[crossing[0, 0]]
    foreign = blend.label[crossing[found.nearest, np.where(inside, 1, 0)]]
    mixed = interface_share(np.abs(found.depth), interface)
    better = mixed > blend.share[sites]
    spots = sites[better]
    share, other, sublattice = (np.array(part) for part in (blend.share, blend.other, blend.sublattice))
    share[spots], other[spots] = mixed[better], foreign[better]
    sublattice[spots] = SUBLATTICES[interface.sublattice]
    return Blend(blend.label, other, share, sublattice)
