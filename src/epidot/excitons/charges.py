"""Where the charge of a state sits: populations of atoms, shared out over its multiplet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def multiplets(energies: NDArray[Any], width: float) -> NDArray[Any]:
    """Number of the multiplet of each state, counted from 0 in the order of the states.

    Parameters
    ----------
    energies : (state,), eV, sorted upwards or downwards.
    width : eV; neighbours in energy closer than this belong together.
    """
    return np.concatenate([[0], np.cumsum(np.abs(np.diff(energies)) > width)]).astype(np.int64)


def atomic_charges(coefficients: NDArray[Any]) -> NDArray[Any]:
    """Population of each atom, Σ |c|² over orbitals and spins; (state, atom), each state 1 in all.

    Parameters
    ----------
    coefficients : (state, atom, orbital, spin, part), float32.
    """
    charges = np.einsum("naosp,naosp->na", coefficients, coefficients, dtype=np.float64)
    return charges / charges.sum(axis=1, keepdims=True)


def multiplet_charges(coefficients: NDArray[Any], groups: NDArray[Any]) -> NDArray[Any]:
    """Mean population over the states of each multiplet; (multiplet, atom).

    The sum of the densities of a multiplet does not depend on the basis chosen within it, the
    density of one of its states does; first-order energies from the mean are those of the trace.
    """
    charges = atomic_charges(coefficients)
    return np.stack([charges[groups == group].mean(axis=0) for group in range(int(groups[-1]) + 1)])


def overlap(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Σ over atoms of sqrt(ρ1 ρ2), 0 to 1; (a, b) from (a, atom) and (b, atom)."""
    return np.sqrt(first) @ np.sqrt(second).T
