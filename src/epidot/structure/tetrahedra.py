"""The four-coordinated network read off positions: bonds, ideal tetrahedra, eclipsed bonds, phases."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.structure.structure import NO_ATOM, WURTZITE, ZINC_BLENDE

Array = NDArray[Any]

_CORNERS: Final = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3.0)
_FLAT: Final = 0.25
"""Triple product of three bonds below which their pyramid is too flat to tell up from down; ideal is 0.77."""


def four_at_most(first: Array, second: Array, ratio: Array, count: int) -> Array:
    """Mask (pair,) of the bonds that are left if no atom may have more than four.

    Parameters
    ----------
    first, second : (pair,) candidates.
    ratio : (pair,) length over natural length; in this order each pair is kept if both have room.
    count : number of atoms.
    """
    kept = np.ones(len(first), dtype=bool)
    full = np.bincount(np.concatenate([first, second]), minlength=count) > 4
    rivals = np.flatnonzero(full[first] | full[second])
    room = np.where(full, 4, len(first))
    for pair in rivals[np.argsort(ratio[rivals], kind="stable")]:
        ends = [first[pair], second[pair]]
        kept[pair] = room[ends].min() > 0
        room[ends] -= kept[pair]
    return kept


def neighbour_table(first: Array, second: Array, count: int) -> Array:
    """Bonds as (atom, 4) indices, `NO_ATOM` at the end of each row; no atom may have more than four."""
    source, target = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((target, source))
    source, target = source[order], target[order]
    slot = np.arange(len(source)) - np.searchsorted(source, source)
    neighbours = np.full((count, 4), NO_ATOM, dtype=np.int64)
    neighbours[source, slot] = target
    return neighbours


def held_twice(neighbours: Array) -> Array:
    """Mask (atom,) of the atoms left when those with fewer than two bonds are removed again and again."""
    bonds = (neighbours != NO_ATOM).sum(axis=1)
    alive = np.ones(len(neighbours), dtype=bool)
    loose = np.flatnonzero(bonds < 2)
    while len(loose):
        alive[loose] = False
        near = neighbours[loose]
        near = near[near != NO_ATOM]
        np.subtract.at(bonds, near, 1)
        near = np.unique(near)
        loose = near[alive[near] & (bonds[near] < 2)]
    return alive


def ideal_bonds(positions: Array, neighbours: Array) -> Array:
    """Unit vectors (atom, 4, 3) of the ideal tetrahedron that fits the bonds of each atom best.

    They are in the order of `neighbours`, missing bonds last (Kabsch, Acta Cryst. A 32, 922 (1976)).
    Every atom needs two bonds.
    """
    bonds = unit_bonds(positions, neighbours)
    corners = _handedness(bonds, neighbours)[:, None, None] * _CORNERS
    left, _, right = np.linalg.svd(np.einsum("abi,abj->aij", bonds, corners))
    left[..., 2] *= np.sign(np.linalg.det(left @ right))[:, None]
    return np.einsum("aij,abj->abi", left @ right, corners)


def unit_bonds(positions: Array, neighbours: Array) -> Array:
    """Unit vectors (atom, 4, 3) along the actual bonds; zero where one is missing."""
    held = neighbours != NO_ATOM
    bonds = np.where(held[:, :, None], positions[neighbours] - positions[:, None, :], 0.0)
    return bonds / np.where(held, np.linalg.norm(bonds, axis=2), 1.0)[:, :, None]


def _handedness(bonds: Array, neighbours: Array) -> Array:
    """+1 or −1 (atom,): whether the bonds in their order turn as the corners do or as their mirror image."""
    number = (neighbours != NO_ATOM).sum(axis=1)
    hand = np.ones(len(bonds))
    four, three = np.flatnonzero(number == 4), np.flatnonzero(number == 3)
    hand[four] = _turn(bonds[four][:, 1:] - bonds[four][:, :1]) * _turn(_CORNERS[1:] - _CORNERS[:1])
    pyramid = _turn(bonds[three][:, :3])
    flat = np.abs(pyramid) < _FLAT
    pyramid[flat] = _leaning(bonds, neighbours, three[flat])
    hand[three] = pyramid * _turn(_CORNERS[:3])
    # Two bonds fit either image; the missing two only change places.
    return np.where(hand < 0.0, -1.0, 1.0)


def _turn(vectors: Array) -> Array:
    return np.linalg.det(vectors)


def _leaning(bonds: Array, neighbours: Array, atoms: Array) -> Array:
    """Sign of the triple product of three flat bonds if they lean to where their neighbours' bonds go."""
    b = bonds[atoms]
    normal = np.cross(b[:, 1] - b[:, 0], b[:, 2] - b[:, 0])
    beyond = bonds[neighbours[atoms, :3]].sum(axis=(1, 2))
    return np.einsum("ax,ax->a", normal, beyond)


def eclipsed_bonds(positions: Array, neighbours: Array, ideal: Array) -> Array:
    """Mask (atom, 4): bonds across which the tetrahedra of both ends coincide in projection.

    Three bonds at angles φ about the axis add up to exp(3iφ): the phases of both ends are equal if the
    bond is eclipsed and opposite if it is staggered, however the ends are noisy; the limit is half-way, 30°.
    """
    bonds = unit_bonds(positions, neighbours)
    found = np.zeros(neighbours.shape, dtype=bool)
    for slot in range(4):
        atom = np.flatnonzero(neighbours[:, slot] != NO_ATOM)
        axis = bonds[atom, slot]
        helper = np.eye(3)[np.abs(axis).argmin(axis=1)]
        first = np.cross(axis, helper)
        first /= np.linalg.norm(first, axis=1)[:, None]
        second = np.cross(axis, first)
        here = _threefold(ideal[atom], first, second)
        there = _threefold(ideal[neighbours[atom, slot]], first, second)
        found[atom, slot] = np.real(here * np.conj(there)) > 0.0
    return found


def _threefold(directions: Array, first: Array, second: Array) -> Array:
    # The bond itself has next to no lateral part, so it need not be left out.
    x = np.einsum("abi,ai->ab", directions, first)
    y = np.einsum("abi,ai->ab", directions, second)
    return ((x + 1j * y) ** 3).sum(axis=1)


def phases(neighbours: Array, eclipsed: Array) -> Array:
    """Phase (atom,): wurtzite where a bond is eclipsed; a surface atom that lost it asks its neighbours."""
    own: Array = eclipsed.max(axis=1)
    missing = neighbours == NO_ATOM
    asked = ~missing & own[neighbours]
    most = 2 * asked.sum(axis=1) > (~missing).sum(axis=1)
    return np.where(own | (missing.any(axis=1) & most), WURTZITE, ZINC_BLENDE)
