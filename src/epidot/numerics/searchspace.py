"""A growing orthonormal space of Kramers pairs and Rayleigh–Ritz in it.

Ritz vectors are chosen by the folded operator (H − σ)², whose Ritz values bound the distance of
the nearest states from above and so cannot appear inside the gap; their energies come from a second
Rayleigh–Ritz with H itself among the chosen.

Only the basis is kept: Gram matrices with H − σ and (H − σ)² are made, in one product, when a panel
comes in. Residuals that they give are good to some 10⁻³ eV in float32; `SearchSpace.measured` gives
those of the vectors.

Invariants: columns of `basis` and their partners are orthonormal to the working precision;
Gram matrices are kept up to date, in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.chebyshev import squared_norms
from epidot.numerics.device import Device
from epidot.numerics.kramers import (
    Pair,
    combine,
    eigenpairs,
    full,
    gram,
    orthonormalise,
    principal_axes,
    remove,
)
from epidot.numerics.rows import COLUMNS, LANES

_SHORT: Final = 0.1
"""Length that a unit vector keeps beside the space below which it is orthogonalised twice."""
_MORE: Final = 4.0
"""Share of the last wanted (E − σ)² up to which the second Rayleigh–Ritz goes."""


@final
@dataclass(frozen=True, eq=False)
class RitzSet:
    """Approximate states on one side of σ, nearest first."""

    energies: NDArray[np.float64]
    """[pair], eV."""
    residuals: NDArray[np.float64]
    """[pair], ‖H v − E v‖ in eV, as far as the projected matrices tell."""
    coefficients: Pair
    """[column of the basis, pair]."""


@final
class SearchSpace:
    """Holds at most `capacity` panels of four pairs; `fresh` makes random ones in the kept space."""

    def __init__(
        self, device: Device, operator: Any, sigma: float, capacity: int, fresh: Callable[[], Any]
    ) -> None:
        self.device, self.operator, self.sigma, self.capacity = device, operator, sigma, capacity
        self.fresh = fresh
        # Below this norm what is left of a unit vector is rounding, to a digit or two.
        self._floor = 1e2 * float(np.finfo(operator.dtype).eps)
        self.rows = operator.atoms * operator.orbitals
        self.panels = 0
        self._basis = device.zeros((capacity, self.rows, LANES), operator.dtype)
        self._images = device.zeros((2, self.rows, LANES), operator.dtype)
        size = COLUMNS * capacity
        self._present = np.zeros(size, bool)
        self._mixed = (np.zeros((size, size), complex), np.zeros((size, size), complex))
        self._folded = (np.zeros((size, size), complex), np.zeros((size, size), complex))

    def add(self, panel: Any) -> Any:
        """Orthonormalise a panel against the space and append it; returns what to go on from.

        Columns that bring nothing new but rounding are left out: normalised, they would spoil the projected
        matrices. In what is returned random ones stand in their place.
        """
        block = self._kept(panel)
        self._project(block)
        sizes = principal_axes(self.device, block, self._floor)
        if (sizes < _SHORT).any():
            # What rounding had left outside the kept space, and in the space, has grown with the columns.
            block = self._kept(block)
            self._project(block)
            # A column that is short once more was rounding.
            sizes = principal_axes(self.device, block, _SHORT)
        poor = sizes == 0.0
        orthonormalise(self.device, block)
        self._append(block, ~poor)
        if poor.any():
            lanes, fresh = (x.reshape(self.rows, 4, COLUMNS) for x in (block, self._kept(self.fresh())))
            for column in np.flatnonzero(poor):
                lanes[:, :, int(column)] = fresh[:, :, int(column)]
        return self._shaped(block)

    def beside(self, panel: Any) -> Any:
        """What a panel has outside the space; nothing is added."""
        block = self._kept(panel)
        self._project(block)
        return self._shaped(block)

    def _kept(self, panel: Any) -> Any:
        """P panel, columns of length one, [1, row, lane]: what lies outside would count as states at σ."""
        shaped = self._shaped(panel).astype(self.operator.dtype, copy=False)
        sizes = np.sqrt(np.maximum(squared_norms(self.device, shaped), np.finfo(np.float32).tiny))
        kept = self.operator.step(self.operator.zeros(), shaped, (0.0, np.tile(1.0 / sizes, 4)))
        return kept.reshape(1, self.rows, LANES)

    def _shaped(self, block: Any) -> Any:
        return block.reshape(self.operator.atoms, self.operator.orbitals, LANES)

    def _project(self, block: Any) -> None:
        if self.panels:
            remove(self.device, block, self._basis[: self.panels])

    def _append(self, block: Any, present: NDArray[np.bool_]) -> None:
        end = self.panels + 1
        self._present[COLUMNS * self.panels : COLUMNS * end] = present
        self._basis[self.panels] = block.reshape(self.rows, LANES)
        image, second = (self._shaped(panel) for panel in self._images)
        self.operator.step(image, self._shaped(block), (1.0, -self.sigma))
        self.operator.step(second, image, (1.0, -self.sigma))
        same, partner = gram(self.device, self._basis[:end], self._images)
        new, upto = slice(COLUMNS * self.panels, COLUMNS * end), slice(0, COLUMNS * end)
        for place, store in enumerate((self._mixed, self._folded)):
            own = slice(COLUMNS * place, COLUMNS * (place + 1))
            store[0][upto, new], store[0][new, upto] = same[:, own], same[:, own].conj().T
            store[1][upto, new], store[1][new, upto] = partner[:, own], -partner[:, own].T
        self.panels = end

    def ritz(self, sigma: float, side: int, count: int) -> tuple[NDArray[np.float64], Pair]:
        """Ritz pairs nearest `sigma`, up to the `count`-th on one side (+1 above, −1 below).

        Returns energies (eV) ascending and coefficients [column, pair]; those of the other side
        that lie as near are among them.
        """
        mixed = self._small(self._mixed)
        shift = sigma - self.sigma
        folded, (alpha, beta) = self._lowest(sigma)
        stacked = np.concatenate([alpha, beta])
        signs = np.einsum("ij,ij->j", stacked.conj(), mixed @ stacked).real - shift
        chosen = np.cumsum(side * signs > 0) >= count
        last = int(np.argmax(chosen)) if chosen.any() else chosen.size - 1
        # Some more than asked for: rounding mixes the last of them with the first that is left out.
        stop = max(last + 1, int((folded < _MORE * folded[last]).sum()))
        lift = full((alpha[:, :stop], beta[:, :stop]))
        energies, inner = eigenpairs(lift.conj().T @ mixed @ lift)
        outer = lift @ np.concatenate(inner)
        return energies + self.sigma, self._large(outer)

    def lowest(self, sigma: float, count: int) -> Pair:
        """Coefficients [column, pair] of the `count` lowest Ritz vectors of (H − σ)²."""
        _, found = self._lowest(sigma)
        return self._large(np.concatenate(columns(found, slice(count))))

    def _lowest(self, sigma: float) -> tuple[NDArray[np.float64], Pair]:
        mixed, folded = self._small(self._mixed), self._small(self._folded)
        shift = sigma - self.sigma
        return eigenpairs(folded - 2.0 * shift * mixed + shift**2 * np.eye(len(mixed)))

    def _small(self, store: Pair) -> NDArray[np.complex128]:
        """A Gram matrix on the columns that are present."""
        here = np.flatnonzero(self._present[: COLUMNS * self.panels])
        return full((store[0][np.ix_(here, here)], store[1][np.ix_(here, here)]))

    def _large(self, stacked: NDArray[np.complex128]) -> Pair:
        """Coefficients on all columns from those [present column and partner, pair]."""
        here = np.flatnonzero(self._present[: COLUMNS * self.panels])
        whole = np.zeros((2, COLUMNS * self.panels, stacked.shape[1]), complex)
        whole[:, here] = stacked.reshape(2, here.size, -1)
        return whole[0], whole[1]

    def nearest(self, sigma: float, side: int, count: int) -> RitzSet:
        """The `count` Ritz pairs on one side of `sigma`, nearest first; fewer if the space is small.

        Nearness is the folded one, sqrt((E − σ)² + residual²): vectors that are not yet states are far.
        """
        energies, coefficients = self.ritz(sigma, side, count)
        mine = np.flatnonzero(side * (energies - sigma) > 0)
        energies, coefficients = energies[mine], columns(coefficients, mine)
        residuals = self._residuals(coefficients, energies - self.sigma)
        order = np.argsort(np.hypot(energies - sigma, residuals))[:count]
        return RitzSet(energies[order], residuals[order], columns(coefficients, order))

    def vectors(self, coefficients: Pair) -> list[Any]:
        """Panels [atom, orbital, lane] of the given combinations, the last filled up with zeros."""
        found = combine(self.device, self._basis[: self.panels], _padded(coefficients))
        return [self._shaped(panel) for panel in found]

    def _residuals(self, coefficients: Pair, energies: NDArray[Any]) -> NDArray[np.float64]:
        """‖(H − E) v‖ from ⟨v|(H − σ)²|v⟩ − (E − σ)², `energies` being E − σ."""
        here = np.flatnonzero(self._present[: COLUMNS * self.panels])
        stacked = np.concatenate(_take_rows(coefficients, here))
        squares = np.einsum("ij,ij->j", stacked.conj(), self._small(self._folded) @ stacked).real
        return np.sqrt(np.maximum(squares - energies**2, 0.0))

    def measured(self, found: RitzSet) -> RitzSet:
        """The same states with the residuals of the vectors themselves."""
        panels = self.vectors(found.coefficients) if found.energies.size else []
        squares = [
            squared_norms(self.device, residual_panel(self.operator, panel, energies))
            for panel, energies in zip(panels, by_panel(found.energies), strict=True)
        ]
        sizes = np.sqrt(np.concatenate([*squares, np.empty(0)]))
        return replace(found, residuals=sizes[: found.energies.size])

    def release(self) -> None:
        """Give the memory back."""
        self.panels = 0
        self._basis = self._images = self.device.zeros((0, 0, LANES), self.operator.dtype)

    def compress(self, coefficients: Pair) -> None:
        """Keep only the given combinations (a multiple of four columns): the thick restart."""
        basis = combine(self.device, self._basis[: self.panels], _padded(coefficients))
        self.panels = 0
        for panel in basis:
            self._append(panel, squared_norms(self.device, panel) > 0.25)


def residual_panel(operator: Any, panel: Any, energies: NDArray[Any]) -> Any:
    """(H − E) v of a panel, E of each column."""
    return operator.step(operator.zeros(), panel, (1.0, -np.tile(energies, 4)))


def by_panel(energies: NDArray[Any]) -> NDArray[Any]:
    """Energies [panel, column], zero where there is no state."""
    return np.pad(energies, (0, -energies.size % COLUMNS)).reshape(-1, COLUMNS)


def columns(coefficients: Pair, which: NDArray[Any] | slice) -> Pair:
    """Some of the combinations."""
    return coefficients[0][:, which], coefficients[1][:, which]


def _take_rows(coefficients: Pair, rows: NDArray[Any]) -> Pair:
    return coefficients[0][rows], coefficients[1][rows]


def _padded(coefficients: Pair) -> Pair:
    """Zero columns appended up to a whole number of panels."""
    missing = -coefficients[0].shape[1] % COLUMNS
    first, second = (np.pad(matrix, ((0, 0), (0, missing))) for matrix in coefficients)
    return first, second
