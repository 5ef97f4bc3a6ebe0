"""Parts of a particle that run into each other: on the site network, or where their atoms really are.

Limbs of different materials are longer or shorter than their site network has them, so both count: what is
close on the network but not in reality is no neighbour (see `bonds.links`), and atoms that are close in
reality without being joined by the network are in each other's way.
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.numerics.neighbours import close_pairs
from epidot.structure.assembly import Network
from epidot.structure.bonds import Links, coordination, prune

Array = NDArray[Any]

TOUCHING: Final = 2.0
"""In bonds: surfaces nearer than this leave no room for what would end their bonds."""
_JOINED: Final = 4
"""Bonds from each of two atoms within which they must meet to belong to one surface."""


def bond_of_sites(network: Network) -> Array:
    """Bond length (site,) of the material of each site, Å."""
    return np.array([materials.bond(name) for name in network.labels])[network.blend.label]


def check_apart(network: Network, found: Links) -> None:
    """Refuse parts that run into each other.

    Raises
    ------
    InputError
        Names two parts and the length up to which each would stay clear.
    """
    alive = prune(found.table, np.ones(len(found.table), dtype=np.bool_))
    surface = alive & (coordination(found.table, alive) < 4)
    clashes = np.concatenate([found.clashes, _touching(network, found.table, alive, surface)])
    if len(clashes) == 0:
        return
    # What is cut back gets a new surface, so inner sites count to the length that stays clear.
    involved = alive & np.isin(network.part, network.part[clashes])
    clashes = np.concatenate([found.clashes, _touching(network, found.table, alive, involved)])
    pair = np.sort(network.part[clashes], axis=1)
    kinds, counts = np.unique(pair, axis=0, return_counts=True)
    first, second = (network.parts[int(index)] for index in kinds[counts.argmax()])
    rule = f"runs into {second}: {int(counts.max())} pairs of atoms would be in each other's way"
    if first == second:
        rule = rule.replace(f"into {second}", "into another copy of itself")
    cures = [_shorter(network, path, clashes) for path in dict.fromkeys((first, second))]
    cure = "; ".join([*filter(None, cures), "make the limbs that carry them longer, or these thinner"])
    raise InputError(first, f"{len(clashes)} clashes", rule, cure[0].upper() + cure[1:])


def _touching(network: Network, table: Array, alive: Array, chosen: Array) -> Array:
    """Pairs (pair, 2) of the chosen sites (site,) that touch in reality without being of one surface."""
    places = np.flatnonzero(chosen)
    bond = bond_of_sites(network)
    pairs = places[close_pairs(network.start[places], TOUCHING * float(bond[places].max()))]
    apart = np.linalg.norm(network.start[pairs[:, 0]] - network.start[pairs[:, 1]], axis=1)
    pairs = pairs[apart < TOUCHING * bond[pairs].mean(axis=1)]
    return pairs[_strangers(table, alive, pairs)]


@njit(cache=True)
def _strangers(table: Any, alive: Any, pairs: Any) -> Any:
    """Whether no chain of twice `_JOINED` bonds joins the two sites of each pair."""
    most = 2 * 4**_JOINED
    near, far = np.empty(most, np.int64), np.empty(most, np.int64)
    found = np.ones(len(pairs), np.bool_)
    for pair in range(len(pairs)):
        for depth in (2, _JOINED):
            here = _around(table, alive, pairs[pair, 0], depth, near)
            there = _around(table, alive, pairs[pair, 1], depth, far)
            for i in range(here):
                for j in range(there):
                    if near[i] == far[j]:
                        found[pair] = False
            if not found[pair]:
                break
    return found


@njit(cache=True)
def _around(table: Any, alive: Any, site: int, depth: int, room: Any) -> int:
    """Sites within `depth` bonds of one, into `room`; gives their number, some counted twice."""
    room[0] = site
    begin, end = 0, 1
    for _ in range(depth):
        last = end
        for place in range(begin, last):
            for slot in range(4):
                other = table[room[place], slot]
                if other >= 0 and alive[other]:
                    room[end] = other
                    end += 1
        begin = last
    return end


def _shorter(network: Network, path: str, clashes: Array) -> str:
    """How long the limb of that path may be so that no copy of it clashes; empty if that does not help."""
    free = [_free_length(network, int(part), clashes) for part in _parts(network, path)]
    if min(free) == 0.0:
        return ""
    return f"keep {path} within {np.floor(min(free)) / 10.0:.1f} nm"


def _parts(network: Network, path: str) -> Array:
    return np.flatnonzero([name == path for name in network.parts])


def _free_length(network: Network, part: int, clashes: Array) -> float:
    """Length (Å) of a limb below its first clashing bilayer, infinite if it has none; 0 of a domain."""
    mine = np.flatnonzero(network.part == part)
    layer = network.sites.bilayer[mine] - network.sites.bilayer[mine].min()
    if not layer.any():
        return 0.0
    hit = layer[np.isin(mine, clashes)]
    if len(hit) == 0:
        return np.inf
    shell = np.array([re.fullmatch(r"shell\d+", name) is not None for name in network.segments])
    cap = layer.max() - layer[~shell[network.segment[mine]]].max()
    count = int(hit.min() - cap)
    if count < 1:
        return 0.0
    bond = bond_of_sites(network)[mine]
    heights = [4.0 / 3.0 * float(bond[layer == number].min()) for number in range(count)]
    return sum(heights)
