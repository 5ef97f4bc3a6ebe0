"""A growing orthonormal space of Kramers pairs and Rayleigh–Ritz in it.

Ritz vectors are chosen by the folded operator (H − σ)², whose Ritz values bound the distance of
the nearest states from above and so cannot appear inside the gap; their energies come from a second
Rayleigh–Ritz with H itself among the chosen.

Invariants: columns of `basis` and their partners are orthonormal to the working precision;
``shifted`` = (H − σ) basis; Gram matrices are kept up to date, in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.kramers import Pair, combine, eigenpairs, full, gram, orthonormalise
from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.rows import COLUMNS, LANES


@final
@dataclass(frozen=True, eq=False)
class RitzSet:
    """Approximate states on one side of σ, nearest first."""

    energies: NDArray[np.float64]
    """[pair], eV."""
    residuals: NDArray[np.float64]
    """[pair], ‖H v − E v‖ in eV, in the precision of the space."""
    coefficients: Pair
    """[column of the basis, pair]."""


@final
class SearchSpace:
    """Holds at most `capacity` panels of four pairs."""

    def __init__(self, operator: BlockTetrahedral, sigma: float, capacity: int) -> None:
        self.operator, self.sigma, self.capacity = operator, sigma, capacity
        self.rows = operator.atoms * operator.orbitals
        self.panels = 0
        self._basis = np.zeros((self.rows, LANES * capacity), operator.dtype)
        self._shifted = np.zeros_like(self._basis)
        size = COLUMNS * capacity
        self._mixed = (np.zeros((size, size), complex), np.zeros((size, size), complex))
        self._folded = (np.zeros((size, size), complex), np.zeros((size, size), complex))

    def add(self, panel: NDArray[Any]) -> NDArray[Any]:
        """Orthonormalise a panel against the space and append it; returns it as it went in."""
        block = panel.reshape(self.rows, LANES).copy()
        norm = float(np.sqrt(np.square(block).mean(dtype=np.float64)))
        block /= block.dtype.type(max(norm, 1e-30))
        basis = self._basis[:, : LANES * self.panels]
        for _ in range(2):
            if self.panels:
                combine(basis, gram(basis, block), target=block)
            orthonormalise(block)
        shaped = block.reshape(self.operator.atoms, self.operator.orbitals, LANES)
        image = self.operator.zeros()
        self.operator.step(image, shaped, (1.0, -self.sigma, 0.0, 0.0), shaped)
        self._append(block, image.reshape(self.rows, LANES))
        return shaped

    def _append(self, block: NDArray[Any], image: NDArray[Any]) -> None:
        end = self.panels + 1
        self._basis[:, LANES * self.panels : LANES * end] = block
        self._shifted[:, LANES * self.panels : LANES * end] = image
        new = slice(COLUMNS * self.panels, COLUMNS * end)
        upto = slice(0, COLUMNS * end)
        for store, left in ((self._mixed, self._basis), (self._folded, self._shifted)):
            same, partner = gram(left[:, : LANES * end], image)
            store[0][upto, new], store[0][new, upto] = same, same.conj().T
            store[1][upto, new], store[1][new, upto] = partner, -partner.T
        self.panels = end

    def ritz(self, sigma: float, side: int, count: int) -> tuple[NDArray[np.float64], Pair]:
        """Ritz pairs nearest `sigma`, up to the `count`-th on one side (+1 above, −1 below).

        Returns energies (eV) ascending and coefficients [column, pair]; those of the other side
        that lie as near are among them.
        """
        size = COLUMNS * self.panels
        mixed = full((self._mixed[0][:size, :size], self._mixed[1][:size, :size]))
        shift = sigma - self.sigma
        alpha, beta = self.lowest(sigma, size)
        stacked = np.concatenate([alpha, beta])
        signs = np.einsum("ij,ij->j", stacked.conj(), mixed @ stacked).real - shift
        chosen = np.cumsum(side * signs > 0) >= count
        stop = int(np.argmax(chosen)) + 1 if chosen.any() else size
        lift = full((alpha[:, :stop], beta[:, :stop]))
        energies, inner = eigenpairs(lift.conj().T @ mixed @ lift)
        outer = lift @ np.concatenate(inner)
        return energies + self.sigma, (outer[:size], outer[size:])

    def lowest(self, sigma: float, count: int) -> Pair:
        """Coefficients [column, pair] of the `count` lowest Ritz vectors of (H − σ)²."""
        size = COLUMNS * self.panels
        mixed = full((self._mixed[0][:size, :size], self._mixed[1][:size, :size]))
        folded = full((self._folded[0][:size, :size], self._folded[1][:size, :size]))
        shift = sigma - self.sigma
        _, (alpha, beta) = eigenpairs(folded - 2.0 * shift * mixed + shift**2 * np.eye(2 * size))
        return alpha[:, :count], beta[:, :count]

    def nearest(self, sigma: float, side: int, count: int) -> RitzSet:
        """The `count` Ritz pairs on one side of `sigma`, nearest first; fewer if the space is small.

        Nearness is the folded one, sqrt((E − σ)² + residual²): vectors that are not yet states are far.
        """
        energies, coefficients = self.ritz(sigma, side, count)
        mine = np.flatnonzero(side * (energies - sigma) > 0)
        energies, coefficients = energies[mine], _take(coefficients, mine)
        residuals = self._residuals(coefficients, energies)
        order = np.argsort(np.hypot(energies - sigma, residuals))[:count]
        return RitzSet(energies[order], residuals[order], _take(coefficients, order))

    def vectors(self, coefficients: Pair) -> NDArray[Any]:
        """Panels [panel, atom, orbital, lane] of the given combinations, padded with zeros."""
        x = combine(self._basis[:, : LANES * self.panels], _padded(coefficients))
        split = x.reshape(self.operator.atoms, self.operator.orbitals, -1, LANES)
        return np.ascontiguousarray(np.moveaxis(split, 2, 0))

    def _residuals(self, coefficients: Pair, energies: NDArray[Any]) -> NDArray[np.float64]:
        if energies.size == 0:
            return np.empty(0)
        padded = _padded(coefficients)
        span = slice(0, LANES * self.panels)
        image = combine(self._shifted[:, span], padded)
        values = np.zeros(padded[0].shape[1])
        values[: energies.size] = energies - self.sigma
        combine(self._basis[:, span], (padded[0] * values, padded[1] * values), target=image)
        squares = np.square(image).sum(axis=0, dtype=np.float64).reshape(-1, 4, COLUMNS)
        return np.sqrt(squares.sum(axis=1)).reshape(-1)[: energies.size]

    def compress(self, coefficients: Pair) -> None:
        """Keep only the given combinations (a multiple of four columns): the thick restart."""
        span = slice(0, LANES * self.panels)
        basis = combine(self._basis[:, span], coefficients)
        shifted = combine(self._shifted[:, span], coefficients)
        self.panels = 0
        for start in range(0, basis.shape[1], LANES):
            self._append(basis[:, start : start + LANES], shifted[:, start : start + LANES])


def _take(coefficients: Pair, columns: NDArray[Any]) -> Pair:
    return coefficients[0][:, columns], coefficients[1][:, columns]


def _padded(coefficients: Pair) -> Pair:
    """Zero columns appended up to a whole number of panels."""
    missing = -coefficients[0].shape[1] % COLUMNS
    first, second = (np.pad(matrix, ((0, 0), (0, missing))) for matrix in coefficients)
    return first, second
