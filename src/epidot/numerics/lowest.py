"""The lowest eigenpairs of sparse symmetric A x = λ M x, by block Lanczos with a factorised shift.

The shift lies below the spectrum, A − σ M is positive definite and factorised once. A block as wide as the
number of states finds degenerate levels whole (Grimes, Lewis and Simon, SIAM J. Matrix Anal. Appl. 15, 228
(1994)); all blocks are kept and orthogonalised, as few are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError

Array = NDArray[Any]

_MORE: Final = 3
"""Columns of a block beyond the states that are asked for."""
_BLOCKS: Final = 60


@final
@dataclass(frozen=True, eq=False)
class Lowest:
    """Eigenpairs upwards; vectors (row, state) with xᵀ M x = 1."""

    energies: Array
    vectors: Array
    residuals: Array
    """(state,) norm of A x − λ M x in the inverse of the lumped mass, in the unit of λ."""


def lowest(
    matrix: Any, mass: Any, count: int, below: float, *, tolerance: float = 1e-5, start: Array | None = None
) -> Lowest:
    """The `count` lowest pairs of a sparse matrix (CSC) and its mass.

    Parameters
    ----------
    below : a bound of the spectrum from below.
    tolerance : of residuals, in the unit of the eigenvalues.
    start : (row, column) to begin with; random columns are added.

    Raises
    ------
    ConvergenceError
        Residuals stayed above the tolerance.
    """
    from scipy.sparse.linalg import splu

    factor: Any = splu(
        matrix - below * mass,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    lumped = np.asarray(abs(mass).sum(axis=1)).ravel()
    size = mass.shape[0]
    count = min(count, size)
    block = np.random.default_rng(0).normal(size=(size, min(count + _MORE, size)))
    if start is not None:
        block[:, : start.shape[1]] = start[:, : block.shape[1]]
    basis, acted, weighed = (np.empty((size, 0)) for _ in range(3))
    found = Lowest(np.zeros(0), np.zeros((size, 0)), np.full(1, np.inf))
    for _ in range(_BLOCKS):
        block = _orthonormal(factor.solve(mass @ block), basis, weighed, mass)
        basis = np.concatenate([basis, block], axis=1)
        weighed = np.concatenate([weighed, mass @ block], axis=1)
        acted = np.concatenate([acted, matrix @ block], axis=1)
        inner = basis.T @ acted
        energies, mix = np.linalg.eigh(0.5 * (inner + inner.T))
        energies, mix = energies[:count], mix[:, :count]
        left = acted @ mix - (weighed @ mix) * energies
        residuals = np.sqrt((left**2 / lumped[:, None]).sum(axis=0))
        found = Lowest(energies, basis @ mix, residuals)
        if len(energies) == count and residuals.max() < tolerance:
            return found
        if basis.shape[1] + block.shape[1] > size:
            break
    raise ConvergenceError(
        "states", f"residual {found.residuals.max():.1e}", f"{tolerance:.0e}", "Ask for fewer states"
    )


def _orthonormal(block: Array, basis: Array, weighed: Array, mass: Any) -> Array:
    for _ in range(2):
        block = block - basis @ (weighed.T @ block)
        values, turn = np.linalg.eigh(block.T @ (mass @ block))
        kept = values > 1e-12 * values[-1]
        block = block @ (turn[:, kept] / np.sqrt(values[kept]))
    return block
