"""Pairs per particle at which absorption at the lowest transition turns into gain.

With g_e and g_h states at the edges, filled at random by N pairs, the transition is transparent at N/g_e +
N/g_h = 1, N_0 = g_e g_h/(g_e + g_h): one pair for two states of each. The g are the numbers of states that
are thermally occupied, 1/Σ w², of the single-particle levels.

A particle with one pair emits at the photon energy E_X and absorbs into the biexciton at E_X + Δ; what of
that line reaches E_X is q = exp(−Δ²/Γ²) for lines exp(−(E − E_0)²/Γ²). Where N of the particles hold one
pair and 1 − N none, each twice as ready to absorb as one with a pair is to emit, gain begins at

    N (1 − q) = 2 (1 − N),   N = 2/(3 − q),

which is Klimov et al., Nature 447, 441 (2007): 1 without a shift, two thirds where repulsion moves the
biexciton away. Here it multiplies N_0. (Formula quoted as commonly given, not re-read in the original.) A
Stokes shift, which favours repulsion over attraction, is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.observables.lifetime import populations


def degeneracy(levels: NDArray[Any], temperature: float) -> float:
    """Number of thermally occupied states; `levels` (state,) excitation energies, eV; `temperature` in K."""
    return float(1.0 / np.square(populations(levels, temperature)).sum())


def gain_threshold(electrons: float, holes: float, shift: float, width: float) -> float:
    """Mean number of pairs per particle at the threshold of gain.

    Parameters
    ----------
    electrons, holes : numbers of occupied states, see `degeneracy`.
    shift : what a second pair adds to the photon energy, Δ, eV; either sign.
    width : full width of the lines at half maximum, 2 (ln 2)^½ Γ, eV.
    """
    transparent = electrons * holes / (electrons + holes)
    reached = float(np.exp(-4.0 * np.log(2.0) * (shift / width) ** 2))
    return transparent * 2.0 / (3.0 - reached)
