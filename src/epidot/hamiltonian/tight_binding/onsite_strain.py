"""On-site strain: the p shell follows the strain of its tetrahedron.

Hopping that only turns and scales gives shear deformation potentials that are not the measured ones: b about
twice, |d| too small. What is missing goes on the p shell of every atom:

    3 Δb (ε_ii − tr ε/3) on the diagonal,  √3 Δd ε_ij off it,  in the cubic axes of its tetrahedron

(the form of Bir and Pikus for a p triplet; in tight binding Jancu et al., Phys. Rev. B 57, 6493 (1998)).
Δb and Δd are what `deformation` finds missing. The tetrahedra of wurtzite are those of zinc blende, turned:
this is the quasi-cubic relation between the deformation potentials of the two. The strain of an atom is
against the unstrained bulk of its own bonds and phase, so that no unstrained crystal has the term.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.parameters import Parameters

_ATOMS: Final = 65536
"""Atoms treated at a time: what is needed besides the blocks stays within 50 MB."""


def onsite_strain(bonds: Network, table: Parameters) -> NDArray[Any]:
    """Block of the p shell in eV, [atom, 3, 3]."""
    blocks = np.zeros((len(bonds.cation), 3, 3))
    if not table.strain.any():
        return blocks
    changes = bonds.mean(table.strain)
    atoms = np.flatnonzero(np.abs(bonds.strain).max(axis=(1, 2)) > 0.0)
    for start in range(0, len(atoms), _ATOMS):
        part = atoms[start : start + _ATOMS]
        blocks[part] = _blocks(bonds, changes[part].T[:, :, None, None], part)
    return blocks


def _blocks(bonds: Network, changes: NDArray[Any], atoms: NDArray[Any]) -> NDArray[Any]:
    """[atom, 3, 3] for some atoms and their Δb and Δd.

    The sum over four bonds of unit vectors b b (b·ε·b) is 4/9 (tr ε + 2 × what of ε is off the cubic
    diagonal): so ε is parted without asking which bond is which.
    """
    turn = bonds.turn(atoms)
    strain = turn @ bonds.strain[atoms] @ np.swapaxes(turn, 1, 2)
    directions = bonds.directions[atoms] @ np.swapaxes(turn, 1, 2)
    stretch = np.einsum("abi,aij,abj->ab", directions, strain, directions)
    volume = np.trace(strain, axis1=1, axis2=2)[:, None, None] * np.eye(3)
    off = 9.0 / 8.0 * np.einsum("abi,abj,ab->aij", directions, directions, stretch) - volume / 2.0
    on = strain - off - volume / 3.0
    return 3.0 * changes[0] * on + np.sqrt(3.0) * changes[1] * off
