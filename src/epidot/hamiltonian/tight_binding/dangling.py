"""Dangling hybrids: the sp3 hybrids along missing bonds, to be projected out.

Projecting them out leaves a clean gap without the wide spectrum that shifting them by tens of
eV would bring. The directions follow the relaxed bonds: the rotation that best carries the
atom's ideal bonds onto its actual ones carries the ideal missing ones along.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.network import Network


def dangling(bonds: Network, orbitals: int) -> NDArray[Any]:
    """Orthonormal dangling hybrids, [atom, 2, orbital]; zero rows where fewer than two are missing.

    Parameters
    ----------
    bonds : every atom has at least two.
    orbitals : how many an atom has; s is the first, p the next three.
    """
    hybrids = np.zeros((len(bonds.cation), 2, orbitals))
    missing = 4 - bonds.exists.sum(axis=1)
    surface = np.flatnonzero(missing)
    if surface.size == 0:
        return hybrids
    order = np.argsort(bonds.exists[surface], axis=1, kind="stable")[:, :2]
    directions = np.take_along_axis(bonds.directions[surface], order[:, :, None], axis=1)
    turned = np.einsum("aij,abj->abi", bonds.turn(surface), directions)
    used = np.arange(2) < missing[surface][:, None]
    hybrids[surface, :, 0] = 0.5 * used
    hybrids[surface, :, 1:4] = np.sqrt(0.75) * turned * used[..., None]
    pairs = surface[missing[surface] == 2]
    hybrids[pairs] = _orthonormal(hybrids[pairs])
    return hybrids


def _orthonormal(pairs: NDArray[Any]) -> NDArray[Any]:
    """Löwdin's symmetric orthogonalisation of two normalised vectors, so that neither is preferred."""
    overlap = np.einsum("ao,ao->a", pairs[:, 0], pairs[:, 1])[:, None]
    plus, minus = 1.0 / np.sqrt(1.0 + overlap), 1.0 / np.sqrt(1.0 - overlap)
    first, second = pairs[:, 0], pairs[:, 1]
    same, other = (plus + minus) / 2.0, (plus - minus) / 2.0
    return np.stack([same * first + other * second, other * first + same * second], axis=1)
