"""Blocks of two-centre form: what nearest-neighbour sp3s* hopping along a bond always is.

With l the direction of the bond, a block is ::

    ⟨s|V|s⟩ = a      ⟨s|V|p⟩ = b l     ⟨s*|V|p⟩ = c l
    ⟨p|V|s⟩ = d l    ⟨p|V|s*⟩ = e l    ⟨p|V|p⟩ = π + (σ − π) l lᵀ       all others zero,

so that ten numbers and 15 multiply–adds do the work of 25 each (Slater and Koster, Phys. Rev. 94, 1498
(1954), table I). Blocks are looked at, not told apart by name: what is not of this form stays as it is.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.rows import BOND, SITE

_EXACT: Final = 1e-12
"""Of the largest entry: how far a block may be from the form."""


def two_centre_form(
    onsite: NDArray[Any], hopping: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """On-site blocks [atom, 8] and bonds [atom, 4, 10] in two-centre form; None if any is of another form."""
    if onsite.shape[1] != 5:
        return None
    bonds, sites = _bonds(hopping), _sites(onsite)
    for compact, full, given in ((bonds, full_bonds, hopping), (sites, full_sites, onsite)):
        if np.abs(full(compact) - given).max() > _EXACT * np.abs(given).max():
            return None
    return sites, bonds


def _bonds(hopping: NDArray[Any]) -> NDArray[np.float64]:
    bonds = np.zeros((*hopping.shape[:2], BOND))
    strength = np.linalg.norm(hopping[..., 0, 1:4], axis=-1)
    along = hopping[..., 0, 1:4] / np.where(strength > 0.0, strength, 1.0)[..., None]
    bonds[..., :3] = along
    bonds[..., 3], bonds[..., 4] = hopping[..., 0, 0], strength
    bonds[..., 5] = np.einsum("ask,ask->as", hopping[..., 4, 1:4], along)
    bonds[..., 6] = np.einsum("ask,ask->as", hopping[..., 1:4, 0], along)
    bonds[..., 7] = np.einsum("ask,ask->as", hopping[..., 1:4, 4], along)
    shell = hopping[..., 1:4, 1:4]
    sigma = np.einsum("asi,asij,asj->as", along, shell, along)
    bonds[..., 8] = (np.einsum("asii->as", shell) - sigma) / 2.0
    bonds[..., 9] = sigma - bonds[..., 8]
    return bonds


def full_bonds(bonds: NDArray[Any]) -> NDArray[np.float64]:
    """The hopping blocks [atom, 4, 5, 5] of bonds [atom, 4, 10]."""
    blocks = np.zeros((*bonds.shape[:2], 5, 5))
    along = bonds[..., :3]
    blocks[..., 0, 0] = bonds[..., 3]
    blocks[..., 0, 1:4], blocks[..., 4, 1:4] = bonds[..., 4, None] * along, bonds[..., 5, None] * along
    blocks[..., 1:4, 0], blocks[..., 1:4, 4] = bonds[..., 6, None] * along, bonds[..., 7, None] * along
    outer = along[..., :, None] * along[..., None, :]
    blocks[..., 1:4, 1:4] = bonds[..., 8, None, None] * np.eye(3) + bonds[..., 9, None, None] * outer
    return blocks


_SHELL: Final = ((1, 1), (2, 2), (3, 3), (1, 2), (1, 3), (2, 3))


def _sites(onsite: NDArray[Any]) -> NDArray[np.float64]:
    entries = ((0, 0), (4, 4), *_SHELL)
    return np.stack([onsite[:, i, j] for i, j in entries], axis=1)


def full_sites(sites: NDArray[Any]) -> NDArray[np.float64]:
    """The on-site blocks [atom, 5, 5] of [atom, 8]."""
    blocks = np.zeros((len(sites), 5, 5))
    blocks[:, 0, 0], blocks[:, 4, 4] = sites[:, 0], sites[:, 1]
    for place, (i, j) in enumerate(_SHELL):
        blocks[:, i, j] = blocks[:, j, i] = sites[:, SITE - len(_SHELL) + place]
    return blocks
