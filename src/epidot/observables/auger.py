"""Estimate of the lifetime of a biexciton against Auger recombination.

Model: τ = χ V_eff. Measured lifetimes of dots grow with their volume, τ = χ V, by much the same χ whatever
the material (Klimov et al., Science 287, 1011 (2000); Robel et al., Phys. Rev. Lett. 102, 177404 (2009)).
V_eff is the volume that the carriers leave each other: three of them must meet, so

    V_eff = [c3/I]^(1/2),   I = ½ ∫ (ρ_e² ρ_h + ρ_e ρ_h²) d³r,   c3 = V² ∫ ρ³ d³r = 10.75

with c3 of the 1S states of a sphere, for which V_eff is its volume. Densities are thermal means over pair
states, averaged over an atom and its neighbours, because cations hold the electron and anions the hole. Left
out: the phase of the states, on which a smooth interface acts (Cragg and Efros, Nano Lett. 10, 313 (2010)),
and charging. Good to a factor of three or so; the trend with where the carriers are is what it is for.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials

Array = NDArray[Any]

_MEETING: Final = 10.754
"""3 (2π²/3)³ ∫₀¹ x² (sin πx/πx)⁶ dx."""


def auger_volume(electron: Array, hole: Array, neighbours: Array, volumes: Array) -> float:
    """V_eff in Å³; infinite if the carriers never meet.

    Parameters
    ----------
    electron, hole : (atom,), populations of the atoms, 1 in all.
    neighbours : (atom, 4), negative where a bond is missing.
    volumes : (atom,), Å³.
    """
    first, second = (_smoothed(charge, neighbours) / volumes for charge in (electron, hole))
    meeting = 0.5 * float(volumes @ (first**2 * second + first * second**2))
    return float(np.sqrt(_MEETING / meeting)) if meeting > 0.0 else float("inf")


def auger_lifetime(volume: float, moved: materials.Moved = materials.NOTHING_MOVED) -> float:
    """Lifetime (ps) of a biexciton of an effective volume (Å³)."""
    return materials.auger_volume(moved) * volume


def _smoothed(charges: Array, neighbours: Array) -> Array:
    """Half of each atom's charge, and half of it spread over its neighbours; the total stays."""
    there = neighbours >= 0
    shared = np.where(there, (0.5 * charges / np.maximum(there.sum(axis=1), 1))[:, None], 0.0)
    kept = np.where(there.any(axis=1), 0.5 * charges, charges)
    return kept + np.bincount(neighbours[there], shared[there], minlength=len(charges))
