"""The splitting of dark and bright excitons within the lowest electron and hole multiplets."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.charges import multiplets
from epidot.excitons.excitons import Excitons

_SAME: Final = 1e-3
"""eV; single-particle states closer than this form the lowest multiplet."""
_BRIGHT: Final = 0.05
"""Part of the strongest strength in the fine structure from which an exciton is bright."""


def dark_bright(excitons: Excitons, strengths: NDArray[Any]) -> float:
    """Energy (eV) of the lowest bright exciton above the lowest exciton; 0 if that one is bright.

    The fine structure are as many of the lowest excitons as there are pairs of the lowest electron and hole
    multiplets: 8 for a zinc-blende dot, 4 where a crystal field splits the holes. NaN if none is bright.

    Parameters
    ----------
    strengths : (exciton,) oscillator strengths.
    """
    states = excitons.states
    levels = states.electron_energies, states.hole_energies
    sizes = [int((multiplets(energies, _SAME) == 0).sum()) for energies in levels]
    lowest = strengths[: sizes[0] * sizes[1]]
    if not lowest.max() > 0.0:
        return float("nan")
    first = int(np.argmax(lowest >= _BRIGHT * lowest.max()))
    return float(excitons.energies[first] - excitons.energies[0])
