"""Bonds of a site network: who is bonded to whom, which bonds are missing, which are eclipsed.

Invariant of the link table: entry (site, slot) is the site bonded along ideal direction `slot` of its
tetrahedron, `NO_ATOM` where there is none; links are mutual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.errors import InternalError
from epidot.numerics.neighbours import close_pairs
from epidot.structure.lattice import BOND, Sites
from epidot.structure.structure import NO_ATOM

Array = NDArray[Any]

CLOSE: Final = 1.35
"""In bonds: two sites this close are bonded or in each other's way; the second neighbours are at 1.63."""
STRETCHED: Final = 1.45
"""In bonds: start positions of sites that are close on the network are nearer than this, whatever the
misfit; it is that of the bonds of ZnS and CdTe (1.20) and of their angles."""
_EXACT: Final = 1e-6


@dataclass(frozen=True)
class Links:
    """The link table of all sites, and the pairs of sites that are close without being bonded."""

    table: Array
    """(site, 4) int32"""
    clashes: Array
    """(pair, 2) int32"""


@dataclass(frozen=True)
class Bonds:
    """Bond table of the sites that are kept, present bonds first in each row."""

    neighbours: Array
    """(atom, 4) int32, `NO_ATOM` where missing."""
    directions: Array
    """(atom, 4, 3) unit vectors, in the same order."""
    eclipsed: Array
    """(atom, 4) bool; False where missing."""


def links(sites: Sites, start: Array | None = None, bond: Array | None = None) -> Links:
    """Find all bonds, each along one of the ideal directions of both its sites.

    Parameters
    ----------
    start, bond : (site, 3) and (site,) Å, where sites really are and the bond length there. Pairs that are
        close on the network only, as of limbs that differ in lattice constant, are left out.
    """
    pairs = close_pairs(sites.position, CLOSE * BOND)
    if start is not None and bond is not None:
        apart = np.linalg.norm(start[pairs[:, 0]] - start[pairs[:, 1]], axis=1)
        pairs = pairs[apart < STRETCHED * 0.5 * (bond[pairs[:, 0]] + bond[pairs[:, 1]])]
    table = np.full((len(sites.position), 4), NO_ATOM, dtype=np.int32)
    bonded = np.zeros(len(pairs), dtype=np.bool_)
    _link(pairs, sites.position, sites.cation, sites.tetrahedron, sites.tetrahedra, table, bonded)
    return Links(table, pairs[~bonded])


@njit(cache=True)
def _slot(position: Any, tetrahedra: Any, kind: int, i: int, j: int) -> int:
    for slot in range(4):
        miss = 0.0
        for axis in range(3):
            gap = position[j, axis] - position[i, axis] - BOND * tetrahedra[kind, slot, axis]
            miss += gap * gap
        if miss < _EXACT:
            return slot
    return -1


@njit(cache=True)
def _link(
    pairs: Any, position: Any, cation: Any, tetrahedron: Any, tetrahedra: Any, table: Any, bonded: Any
) -> None:
    for pair in range(len(pairs)):
        i, j = pairs[pair, 0], pairs[pair, 1]
        if cation[i] == cation[j]:
            continue
        mine = _slot(position, tetrahedra, tetrahedron[i], i, j)
        theirs = _slot(position, tetrahedra, tetrahedron[j], j, i)
        if mine < 0 or theirs < 0 or table[i, mine] >= 0 or table[j, theirs] >= 0:
            continue
        table[i, mine], table[j, theirs] = j, i
        bonded[pair] = True


def coordination(table: Array, alive: Array) -> Array:
    """Number of bonds (site,) of each living site to living sites; 0 for the others."""
    counts = np.zeros(len(table), dtype=np.int8)
    _coordination(table, alive, counts)
    return counts


@njit(cache=True, parallel=True)
def _coordination(table: Any, alive: Any, counts: Any) -> None:
    for i in prange(len(table)):
        if alive[i]:
            for slot in range(4):
                if table[i, slot] >= 0 and alive[table[i, slot]]:
                    counts[i] += 1


def prune(table: Array, alive: Array) -> Array:
    """The living sites that are left when those with fewer than two bonds are removed again and again.

    Only fewer than two: repeating it with two would unzip edges until the particle dissolves.
    """
    left = alive.copy()
    counts = coordination(table, left)
    _prune(table, left, counts)
    return left


@njit(cache=True)
def _prune(table: Any, alive: Any, counts: Any) -> None:
    stack = [i for i in range(len(table)) if alive[i] and counts[i] < 2]
    while stack:
        i = stack.pop()
        if not alive[i]:
            continue
        alive[i] = False
        for slot in range(4):
            j = table[i, slot]
            if j >= 0 and alive[j]:
                counts[j] -= 1
                if counts[j] < 2:
                    stack.append(j)


def filled_notches(table: Array, filled: Array, allowed: Array) -> Array:
    """Add to the mask `filled` every allowed site with three or more bonds to filled ones.

    Such a site is a kink, which growth fills first; left empty it is a notch one atom wide.
    """
    filled = filled.copy()
    while True:
        there = np.where(table >= 0, filled[table], False).sum(axis=1)
        notches = allowed & ~filled & (there >= 3)
        if not notches.any():
            return filled
        filled |= notches


def largest_piece(table: Array, alive: Array) -> Array:
    """Mask of the largest connected set of living sites."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    site, slot = np.nonzero((table >= 0) & alive[:, None] & alive[table])
    ones = np.ones(len(site), dtype=np.int8)
    graph = coo_matrix((ones, (site, table[site, slot])), shape=(len(table), len(table)))
    _, label = connected_components(graph, directed=False)
    count = np.bincount(label[alive])
    return alive & (label == count.argmax())


def bond_table(sites: Sites, table: Array, alive: Array) -> Bonds:
    """The bonds among the living sites, which are numbered anew in their order.

    Raises
    ------
    InternalError
        A bond that only one of its atoms knows.
    """
    number = np.where(alive, np.cumsum(alive) - 1, NO_ATOM).astype(np.int32)
    rows = table[alive]
    rows = np.where(rows >= 0, number[rows], NO_ATOM).astype(np.int32)
    kind = sites.tetrahedron[alive]
    order = np.argsort(rows == NO_ATOM, axis=1, kind="stable").astype(np.int8)
    neighbours = np.take_along_axis(rows, order, axis=1)
    directions = sites.tetrahedra[kind[:, None], order]
    there = neighbours != NO_ATOM
    mutual = (neighbours[neighbours] == np.arange(len(neighbours))[:, None, None]).any(axis=2)
    if not mutual[there].all():
        raise InternalError("a bond is known to one of its atoms only")
    eclipsed = there & eclipsed_kinds(sites.tetrahedra)[kind[:, None], order, kind[neighbours]]
    return Bonds(neighbours, directions, eclipsed)


def eclipsed_kinds(tetrahedra: Array) -> Array:
    """Whether a bond along `slot` of one kind of tetrahedron to another kind is eclipsed; (kind, 4, kind).

    Across an eclipsed bond the other bonds of both atoms coincide in projection (cosine 1 for one
    pair); across a staggered one the best pair is 60° apart (cosine 1/2). Half-way is the border,
    which only bonds across a twisted boundary approach.
    """
    count = len(tetrahedra)
    found = np.zeros((count, 4, count), dtype=bool)
    for slot in range(4):
        bond = tetrahedra[:, slot]
        mine = tetrahedra[:, (slot + 1) % 4]
        mine = mine - np.einsum("kx,kx->k", mine, bond)[:, None] * bond
        along = np.einsum("jsx,kx->kjs", tetrahedra, bond)
        lateral = tetrahedra[None] - along[..., None] * bond[:, None, None, :]
        norms = np.linalg.norm(lateral, axis=3) * np.linalg.norm(mine, axis=1)[:, None, None]
        products = np.einsum("kjsx,kx->kjs", lateral, mine)
        cosines = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0.3)
        found[:, slot] = cosines.max(axis=2) > np.sqrt(0.75)
    return found
