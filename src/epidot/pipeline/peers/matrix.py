"""The Hamiltonian as an ordinary sparse matrix, for programs that know nothing of our operator.

P H P has a null space, which no factorisation and no iteration likes. Here it is gone: every atom has
an orthonormal basis of the orbitals that P keeps, and the matrix is H between those. Rows are
(atom, kept orbital, spin), spin fastest. Built from the blocks of the record alone, so that it also
judges `numerics.operator`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.model import TightBinding

_PAULI: Final = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
"""[axis, spin, spin]"""


def kept_basis(hamiltonian: TightBinding) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Orthonormal orbitals [atom, kept, orbital] that P keeps, and how many each atom has.

    The rows of an atom beyond its number are zero. Atoms without hybrids keep the orbitals as they are.
    """
    hybrids = np.asarray(hamiltonian.dangling)
    missing = (np.einsum("iho,iho->ih", hybrids, hybrids) > 0.5).sum(axis=1)
    atoms, _, orbitals = hybrids.shape
    basis = np.tile(np.eye(orbitals), (atoms, 1, 1))
    for count in (1, 2):
        here = np.flatnonzero(missing == count)
        # The right singular vectors of the hybrids beyond their number span the complement.
        basis[here, : orbitals - count] = np.linalg.svd(hybrids[here, :count])[2][:, count:]
        basis[here, orbitals - count :] = 0.0
    return basis, orbitals - missing


def kept_matrix(hamiltonian: TightBinding) -> Any:
    """H (eV) in the kept space: a SciPy CSR matrix, complex Hermitian, regular.

    Its eigenvalues are those of the states that `epidot.states.solve` looks for.
    """
    from scipy.sparse import kron

    basis, kept = kept_basis(hamiltonian)
    turned = basis.transpose(0, 2, 1)
    itself = np.arange(len(basis))
    atom, slot = np.nonzero(hamiltonian.neighbours >= 0)
    there = hamiltonian.neighbours[atom, slot]
    hopping = basis[atom] @ hamiltonian.hopping[atom, slot] @ turned[there]
    both = np.concatenate([basis @ hamiltonian.onsite @ turned, hopping])
    pairs = np.concatenate([itself, atom]), np.concatenate([itself, there])
    matrix: Any = kron(_scattered(both, pairs, kept), np.eye(2, dtype=complex))
    for axis, spin in enumerate(_PAULI):
        blocks = basis @ _angular_momentum(hamiltonian, axis) @ turned
        matrix = matrix + kron(_scattered(blocks, (itself, itself), kept), spin)
    found = matrix.tocsr()
    found.eliminate_zeros()
    found.sort_indices()
    return found


def _angular_momentum(hamiltonian: TightBinding, axis: int) -> NDArray[np.complex128]:
    """λ L_axis on every atom, [atom, orbital, orbital]: ⟨a|L_c|b⟩ = −i ε_abc on orbitals 1, 2, 3."""
    second, third = 1 + (axis + 1) % 3, 1 + (axis + 2) % 3
    atoms, orbitals = hamiltonian.onsite.shape[:2]
    blocks = np.zeros((atoms, orbitals, orbitals), complex)
    blocks[:, second, third] = -1j * hamiltonian.spin_orbit
    blocks[:, third, second] = 1j * hamiltonian.spin_orbit
    return blocks


def _scattered(
    blocks: NDArray[Any], pairs: tuple[NDArray[Any], NDArray[Any]], kept: NDArray[np.int64]
) -> Any:
    """Blocks [pair, kept, kept] of pairs of atoms in their places of a sparse matrix."""
    from scipy.sparse import coo_matrix

    start = np.cumsum(kept) - kept
    inside = np.arange(blocks.shape[1])
    rows, columns = (start[atoms][:, None] + inside for atoms in pairs)
    own, other = (inside < kept[atoms][:, None] for atoms in pairs)
    real = own[:, :, None] & other[:, None, :]
    shape = blocks.shape
    places = np.broadcast_to(rows[:, :, None], shape)[real], np.broadcast_to(columns[:, None, :], shape)[real]
    size = int(kept.sum())
    return coo_matrix((blocks[real], places), (size, size))
