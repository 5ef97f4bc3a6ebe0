"""Pairs per particle at which absorption at the lowest transition turns into gain.

With g_e and g_h states at the edges, filled at random by N pairs, the transition is transparent at N/g_e +
N/g_h = 1, N_0 = g_e g_h/(g_e + g_h): one pair for two states of each. The g are the numbers of states that
are thermally occupied, 1/Σ w², of the single-particle levels. A second pair that emits at a photon energy Δ
away from where one pair absorbs need not wait for that: with lines of width Γ

    N = N_0 × 2/(3 − exp(−Δ²/Γ²)),

which is Klimov et al., Nature 447, 441 (2007), for N_0 = 1: gain of single pairs, two thirds, where
repulsion moves the biexciton away. (Formula quoted as commonly given, not re-read in the original.)
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
    shift : what a second pair adds to the photon energy, eV; either sign.
    width : of the line, eV.
    """
    transparent = electrons * holes / (electrons + holes)
    return transparent * 2.0 / (3.0 - float(np.exp(-((shift / width) ** 2))))
