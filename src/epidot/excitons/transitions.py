"""Transition densities of tight-binding states on the atoms, in terms of as few real ones as there are.

ρ_ab(i) = Σ c_a* c_b over the orbitals and spins of atom i. Hermiticity (ρ_ba = ρ_ab*) and time reversal
(of Kramers partners ρ_aā = 0, ρ_āb̄ = ρ_ba, ...) make most of them combinations of others: of n states in
pairs, n (n − 1)/2 real densities are independent instead of n². A pivoted Cholesky decomposition of their
Gram matrix picks them out, whatever symmetries there are and in whichever basis a multiplet came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InternalError

_DROPPED: Final = 1e-13
"""Squared norm, relative to the largest, below which what is left of a density is rounding of float32."""
_CHUNK: Final = 2048
"""Atoms at a time."""


@final
@dataclass(frozen=True, eq=False)
class Transitions:
    """ρ_ab(i) = Σ_r coefficients[a, b, r] charges[r, i]."""

    charges: NDArray[Any]
    """(r, atom), real, some of the real and imaginary parts themselves."""
    coefficients: NDArray[Any]
    """(a, b, r), complex."""

    def between(self, other: Transitions, matrix: NDArray[Any]) -> NDArray[Any]:
        """Σ_ij ρ_ab(i) ρ_cd(j) M_ij, (a, b, c, d), from `matrix` of the independent charges, (r, s)."""
        return np.einsum("abr,rs,cds->abcd", self.coefficients, matrix, other.coefficients, optimize=True)

    def total(self, values: NDArray[Any]) -> NDArray[Any]:
        """Σ_i ρ_ab(i) f_i, (a, b), from the sums of the independent charges, (r,)."""
        return self.coefficients @ values

    @property
    def diagonal(self) -> NDArray[Any]:
        """Coefficients of the densities of single states, real, (a, r)."""
        return np.ascontiguousarray(np.einsum("aar->ar", self.coefficients).real)

    def among(self, count: int) -> NDArray[Any]:
        """Numbers of the independent charges that the first `count` states have among themselves."""
        return np.flatnonzero(np.abs(self.coefficients[:count, :count]).max(axis=(0, 1), initial=0.0))


def transitions(bra: NDArray[Any], ket: NDArray[Any] | None = None) -> Transitions:
    """Transition densities of all pairs of states.

    Parameters
    ----------
    bra, ket : (state, atom, orbital, spin, part), float32; without `ket`, those of `bra` among themselves.
    """
    rows, places = _real_rows(bra, bra if ket is None else ket, ket is None)
    size = np.einsum("ra,ra->r", rows, rows)
    gram = rows @ rows.T
    chosen, expansion = _independent(gram, _DROPPED * float(size.max()))
    shape = (len(bra), len(bra if ket is None else ket))
    coefficients = np.zeros((*shape, len(chosen)), complex)
    for part, factor in ((0, 1.0), (1, 1j)):
        a, b = places[part]
        coefficients[a, b] += factor * expansion[part * len(places[0][0]) :][: len(a)]
    if ket is None:
        a, b = np.tril_indices(shape[0], -1)
        coefficients[a, b] = coefficients[b, a].conj()
    return Transitions(rows[chosen], coefficients)


def _real_rows(
    bra: NDArray[Any], ket: NDArray[Any], hermitian: bool
) -> tuple[NDArray[Any], tuple[tuple[NDArray[Any], NDArray[Any]], ...]]:
    """Real and imaginary parts as rows (row, atom), and which (a, b) they belong to."""
    whole = np.indices((len(bra), len(ket))).reshape(2, -1)
    real = np.triu_indices(len(bra)) if hermitian else (whole[0], whole[1])
    imaginary = np.triu_indices(len(bra), 1) if hermitian else real
    atoms = bra.shape[1]
    rows = np.empty((len(real[0]) + len(imaginary[0]), atoms))
    for start in range(0, atoms, _CHUNK):
        piece = slice(start, min(start + _CHUNK, atoms))
        local = on_atoms(bra[:, piece]).conj() @ on_atoms(ket[:, piece]).transpose(0, 2, 1)
        rows[: len(real[0]), piece] = np.real(local[:, real[0], real[1]]).T
        rows[len(real[0]) :, piece] = np.imag(local[:, imaginary[0], imaginary[1]]).T
    return rows, (real, imaginary)


def on_atoms(coefficients: NDArray[Any]) -> NDArray[Any]:
    """(atom, state, orbital × spin), complex, from (state, atom, orbital, spin, part)."""
    states, atoms = coefficients.shape[:2]
    whole = coefficients[..., 0] + 1j * coefficients[..., 1].astype(np.float64)
    return np.ascontiguousarray(whole.reshape(states, atoms, -1).transpose(1, 0, 2))


def _independent(gram: NDArray[Any], left: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows to keep, and each row in terms of them, (row, kept), from the Gram matrix of rows.

    What is left of any row has a squared norm below `left`.
    """
    from scipy.linalg import get_lapack_funcs, solve_triangular

    decompose: Any = get_lapack_funcs("pstrf", (gram,))
    factor, pivots, rank, info = decompose(gram, lower=1, tol=left)
    if info < 0:
        raise InternalError(f"dpstrf refused argument {-info}")
    order = pivots - 1
    lower = np.tril(factor)[:, :rank]
    expansion = np.empty((len(gram), rank))
    expansion[order] = solve_triangular(lower[:rank], lower.T, lower=True, trans=1).T
    return order[:rank], expansion
