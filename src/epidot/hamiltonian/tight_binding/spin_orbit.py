"""Spin–orbit coupling: λ L·σ on the p shell of each atom.

Chadi, Phys. Rev. B 16, 790 (1977). The free p shell splits by 3 λ: +λ for j = 3/2, -2 λ for 1/2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.parameters import Parameters


def spin_orbit(bonds: Network, table: Parameters) -> NDArray[Any]:
    """λ of each atom in eV, [atom], averaged over its bonds."""
    return bonds.mean(table.spin_orbit)


def coupling(orbitals: int) -> NDArray[Any]:
    """L·σ in that many orbitals × (up, down), complex [row, row]; 1, 2, 3 are p, and spin runs fastest.

    Real p orbitals: <p_i|L_k|p_j> = -i ε_kij.
    """
    matrix = np.zeros((orbitals, 2, orbitals, 2), dtype=complex)
    up_down = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        matrix[1 + i, :, 1 + j, :] += -1j * up_down[k]
        matrix[1 + j, :, 1 + i, :] += 1j * up_down[k]
    return matrix.reshape(2 * orbitals, 2 * orbitals)
