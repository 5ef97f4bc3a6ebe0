"""What an eigensolver is asked for and what it gives: Kramers pairs on both sides of a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.numerics.rows import COLUMNS, LANES


@final
@dataclass(frozen=True)
class Target:
    """States next to a gap, counted in Kramers pairs."""

    gap: tuple[float, float]
    """Where the gap may be (eV); it is looked for from here."""
    above: int
    below: int


@final
class NoGapError(InputError):
    """No interval without states where the gap was looked for; tells which state stands there.

    Parameters
    ----------
    guess : where the gap was looked for (eV).
    smallest : narrowest interval (eV) that would have counted.
    energy : of the state nearest the middle (eV), None if none was seen clearly.
    weights : [atom] |ψ|² of that state.
    """

    def __init__(
        self,
        guess: tuple[float, float],
        smallest: float,
        energy: float | None = None,
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        self.guess, self.smallest, self.energy, self.weights = guess, smallest, energy, weights
        rule = f"no interval without states of {smallest} eV was found near it"
        where = f"{guess[0]:.3f} to {guess[1]:.3f} eV"
        super().__init__("gap", where, rule, "Check the surface and the offsets")


@final
@dataclass(frozen=True, eq=False)
class Band:
    """Kramers pairs of one side, from the gap outwards; one partner v of each, the other is T v."""

    energies: NDArray[np.float64]
    """[pair], eV."""
    vectors: NDArray[np.float64]
    """[pair, atom, orbital, (up re, up im, down re, down im)], normalised, outer atom order."""
    residuals: NDArray[np.float64]
    """[pair], ‖H v − E v‖ in eV, float64."""


@final
@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """Both sides, and what they cost."""

    above: Band
    below: Band
    applications: int
    """Products of H with one complex column; 0 where the matrix was dense."""


@final
@dataclass(frozen=True, eq=False)
class Start:
    """Where to begin: what is known of the states, from an interrupted solution or a similar particle."""

    gap: tuple[float, float]
    """Energies (eV) of the highest state below the gap and the lowest above it."""
    above: NDArray[np.float32] | None = None
    """[pair, atom, orbital, part] as `Band.vectors`; None where nothing is known."""
    below: NDArray[np.float32] | None = None


def outer_vectors(order: NDArray[Any], panels: list[NDArray[Any]], count: int, dtype: Any) -> NDArray[Any]:
    """`count` columns of panels [atom, orbital, lane], row k atom ``order[k]``, as `Band.vectors`."""
    atoms, orbitals, _ = panels[0].shape
    outer = np.empty((count, atoms, orbitals, 4), dtype)
    for column in range(count):
        panel = panels[column // COLUMNS].reshape(atoms, orbitals, 4, COLUMNS)
        outer[column, order] = panel[..., column % COLUMNS]
    return outer


def inner_panels(order: NDArray[Any], vectors: NDArray[Any]) -> list[NDArray[Any]]:
    """Panels of `Band.vectors`, the last filled up with zeros: the inverse of `outer_vectors`."""
    pairs, atoms, orbitals, _ = vectors.shape
    panels: list[NDArray[Any]] = []
    for start in range(0, pairs, COLUMNS):
        part = vectors[start : start + COLUMNS]
        panel = np.zeros((atoms, orbitals, 4, COLUMNS), vectors.dtype)
        panel[..., : len(part)] = np.moveaxis(part[:, order], 0, -1)
        panels.append(panel.reshape(atoms, orbitals, LANES))
    return panels
