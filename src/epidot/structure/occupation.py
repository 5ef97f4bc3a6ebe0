"""Which element sits on which site, and which compound each atom belongs to.

Every draw is a function of (seed, site): a site is known by its place in the network, so that a
longer arm or another thread count leaves the rest of an alloy as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.materials.alloys import ATOMIC_NUMBERS
from epidot.seeds import uniform
from epidot.structure.assembly import ANION, CATION, Blend, Network
from epidot.structure.structure import NO_ATOM

Array = NDArray[Any]

_GRID: Final = 997.13
"""Steps per lattice constant to which places are rounded; so chosen that no site sits on a border."""


def site_keys(position: Array) -> Array:
    """A number (site,) for each place (site, 3) in the network, units of a."""
    whole = np.round(position * _GRID + 0.137).astype(np.int64)
    return (whole[:, 0] * 1_000_003 + whole[:, 1]) * 1_000_003 + whole[:, 2]


def species(network: Network, seed: int, alive: Array) -> Elements:
    """The elements on the sites (site,) bool that are kept.

    Sites of a blended interface or gradient draw one of their two labels, then a site of an alloy
    draws its element with the alloy's fractions.
    """
    blend, cation = network.blend, network.sites.cation
    keys = site_keys(network.sites.position)
    label = np.array(blend.label)
    if blend.share.any():
        label = _drawn(blend, cation, uniform(3 * seed, keys))
    numbers = np.zeros(len(label), dtype=np.int32)
    for index, name in enumerate(network.labels):
        made = materials.composition(name)
        for sublattice, shares in ((True, made.cations), (False, made.anions)):
            mine = np.flatnonzero((label == index) & (cation == sublattice))
            elements = np.array([ATOMIC_NUMBERS[symbol] for symbol in shares])
            if len(elements) == 1:
                numbers[mine] = elements[0]
                continue
            edges = np.cumsum(list(shares.values()))[:-1]
            numbers[mine] = elements[np.searchsorted(edges, uniform(3 * seed + 1, keys[mine]), side="right")]
    draw = uniform(3 * seed + 2, keys[alive])
    return Elements(numbers[alive], cation[alive], label[alive], draw)


def _drawn(blend: Blend, cation: Array, numbers: Array) -> Array:
    allowed = np.where(cation, blend.sublattice & CATION, blend.sublattice & ANION) > 0
    return np.where(allowed & (numbers < blend.share), blend.other, blend.label)


@dataclass(frozen=True)
class Elements:
    """What sits on each site that is kept; arrays have one entry per atom."""

    numbers: Array
    """Atomic numbers."""
    cation: Array
    """bool"""
    label: Array
    """Index into the labels: the material that the site drew."""
    draw: Array
    """A number from 0 to 1 that settles ties."""


def compounds(atoms: Elements, neighbours: Array, labels: tuple[str, ...]) -> tuple[tuple[str, ...], Array]:
    """The binary compounds present and the one (atom,) that each atom belongs to.

    An atom whose label is a compound that holds its element belongs to it; any other, as in an alloy,
    to the compound of most of its bonds, drawn where they tie: no compound is preferred.
    """
    numbers, cation, label = atoms.numbers, atoms.cation, atoms.label
    order = materials.names()
    pairs = {
        (ATOMIC_NUMBERS[entry.cation], ATOMIC_NUMBERS[entry.anion]): order.index(name)
        for name, entry in ((name, materials.compound(name)) for name in order)
    }
    table = np.full((128, 128), -1, dtype=np.int16)
    for (metal, other), index in pairs.items():
        table[metal, other] = index
    own = np.array([order.index(name) if name in order else -1 for name in labels], dtype=np.int16)[label]
    holds = np.zeros((len(order), 128), dtype=bool)
    for (metal, other), index in pairs.items():
        holds[index, [metal, other]] = True
    settled = (own >= 0) & holds[own, numbers]
    rest = np.flatnonzero(~settled)
    if len(rest):
        there = neighbours[rest] != NO_ATOM
        partner = numbers[neighbours[rest]]
        mine = np.broadcast_to(numbers[rest][:, None], partner.shape)
        positive = cation[rest][:, None]
        bond = table[np.where(positive, mine, partner), np.where(positive, partner, mine)]
        votes = np.stack([((bond == index) & there).sum(axis=1) for index in range(len(order))], axis=1)
        # Tied compounds share the unit interval evenly.
        best = votes == votes.max(axis=1, keepdims=True)
        place = np.floor(atoms.draw[rest] * best.sum(axis=1)).astype(int)
        own[rest] = (np.cumsum(best, axis=1) > place[:, None]).argmax(axis=1)
    present = np.unique(own)
    # Compounds that the design names come first, in its order.
    names = sorted(present.tolist(), key=lambda index: _rank(order[index], labels))
    place = np.zeros(len(order), dtype=np.int16)
    place[names] = np.arange(len(names))
    return tuple(order[index] for index in names), place[own]


def _rank(name: str, labels: tuple[str, ...]) -> tuple[int, int]:
    return (labels.index(name) if name in labels else len(labels), materials.names().index(name))
