"""Bonds of a site network: who is bonded to whom, which bonds are missing, which are eclipsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot.errors import InternalError
from epidot.structure.lattice import BOND, Sites
from epidot.structure.structure import NO_ATOM

Array = NDArray[Any]


@dataclass(frozen=True)
class Bonds:
    """Bond table of `Sites`, present bonds first in each row."""

    neighbours: Array
    """(site, 4) int, `NO_ATOM` where missing."""
    directions: Array
    """(site, 4, 3) unit vectors, in the same order."""
    eclipsed: Array
    """(site, 4) bool; False where missing."""


def prune(sites: Sites) -> Array:
    """Mask of the sites left when those with fewer than two bonds are removed again and again.

    Only fewer than two: repeating it with two would unzip edges until the particle dissolves.
    """
    pairs = _pairs(sites)
    alive = np.ones(len(sites.position), dtype=bool)
    while True:
        held = alive[pairs[:, 0]] & alive[pairs[:, 1]]
        count = np.bincount(pairs[held].ravel(), minlength=len(alive))
        loose = alive & (count < 2)
        if not loose.any():
            return alive
        alive &= ~loose


def filled_notches(sites: Sites, filled: Array, allowed: Array) -> Array:
    """Add to the mask `filled` every allowed site with three or more bonds to filled ones.

    Such a site is a kink, which growth fills first; left empty it is a notch one atom wide.
    """
    pairs = _pairs(sites)
    filled = filled.copy()
    while True:
        held = np.concatenate([pairs[filled[pairs[:, 0]], 1], pairs[filled[pairs[:, 1]], 0]])
        count = np.bincount(held, minlength=len(filled))
        notches = allowed & ~filled & (count >= 3)
        if not notches.any():
            return filled
        filled |= notches


def _pairs(sites: Sites) -> Array:
    tree = KDTree(sites.position)
    pairs = tree.query_pairs(1.5 * BOND, output_type="ndarray")
    lengths = np.linalg.norm(sites.position[pairs[:, 0]] - sites.position[pairs[:, 1]], axis=1)
    unlike = sites.cation[pairs[:, 0]] != sites.cation[pairs[:, 1]]
    good = unlike & (np.abs(lengths - BOND) < 1e-6)
    if not good.all():
        raise InternalError(f"{int((~good).sum())} pairs of sites are close but not bonded: domains overlap")
    return pairs


def bond_table(sites: Sites) -> Bonds:
    """Find the bonds and match each with one of the site's four ideal directions."""
    pairs = _pairs(sites)
    source = np.concatenate([pairs[:, 0], pairs[:, 1]])
    target = np.concatenate([pairs[:, 1], pairs[:, 0]])
    vector = (sites.position[target] - sites.position[source]) / BOND
    match = np.einsum("bsx,bx->bs", sites.directions[source], vector)
    slot = match.argmax(axis=1)
    if len(slot) and match.max(axis=1).min() < 1.0 - 1e-6:
        raise InternalError("a bond does not lie along any ideal direction of its atom")
    neighbours = np.full((len(sites.position), 4), NO_ATOM, dtype=np.int64)
    neighbours[source, slot] = target
    order = np.argsort(neighbours == NO_ATOM, axis=1, kind="stable")
    neighbours = np.take_along_axis(neighbours, order, axis=1)
    directions = np.take_along_axis(sites.directions, order[:, :, None], axis=1)
    return Bonds(neighbours, directions, _eclipsed(neighbours, directions))


def _eclipsed(neighbours: Array, directions: Array) -> Array:
    # Across an eclipsed bond the other bonds of both atoms coincide in projection (cosine 1 for
    # one pair); across a staggered one the best pair is 60° apart (cosine 1/2).
    found = np.zeros(neighbours.shape, dtype=bool)
    for slot in range(4):
        held = np.flatnonzero(neighbours[:, slot] != NO_ATOM)
        bond = directions[held, slot]
        mine = directions[held, (slot + 1) % 4]
        theirs = directions[neighbours[held, slot]]
        mine = mine - np.einsum("bx,bx->b", mine, bond)[:, None] * bond
        along = np.einsum("bsx,bx->bs", theirs, bond)
        lateral = theirs - along[:, :, None] * bond[:, None, :]
        cosine = np.einsum("bsx,bx->bs", lateral, mine) * 9.0 / 8.0
        found[held, slot] = cosine.max(axis=1) > 0.9
    return found
