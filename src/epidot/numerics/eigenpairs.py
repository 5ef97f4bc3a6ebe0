"""What an eigensolver is asked for and what it gives: Kramers pairs on both sides of a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.rows import COLUMNS


@final
@dataclass(frozen=True)
class Target:
    """States next to a gap, counted in Kramers pairs."""

    gap: tuple[float, float]
    """Where the gap may be (eV); it is looked for from here."""
    above: int
    below: int


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


def outer_vectors(operator: BlockTetrahedral, panels: NDArray[Any], count: int) -> NDArray[np.float64]:
    """The first `count` columns of [panel, atom, orbital, lane] as `Band.vectors`."""
    split = panels.reshape(len(panels), operator.atoms, operator.orbitals, 4, COLUMNS)
    columns = np.moveaxis(split, 4, 1).reshape(-1, operator.atoms, operator.orbitals, 4)[:count]
    outer = np.empty(columns.shape, np.float64)
    outer[:, operator.order] = columns
    return outer
