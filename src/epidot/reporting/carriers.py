"""Where the electron and the hole are: densities on atoms, averaged over thermally filled states.

Degenerate or nearly degenerate states may come out of an eigensolver in any mixture; their
thermal average does not depend on it (the density matrix exp(−H/kT)/Z is invariant).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.reporting.record import Run
from epidot.structure.structure import NO_ATOM, Structure
from epidot.units import BOLTZMANN

Array = NDArray[Any]


@dataclass(frozen=True)
class Carrier:
    """The electron or the hole.

    Attributes
    ----------
    name : ``electron`` or ``hole``.
    energies : (state,) eV, away from the gap.
    density : (state, atom) probability on each atom, rows sum to 1.
    weights : (state,) thermal occupation, sums to 1.
    mean : (atom,) thermally averaged probability, sums to 1.
    in_segment : (segment,) thermally averaged probability in each segment.
    """

    name: str
    energies: Array
    density: Array
    weights: Array
    mean: Array
    in_segment: Array


def electron(run: Run) -> Carrier:
    """The electron at the temperature of the run."""
    states = run.states
    return _carrier("electron", states.electron_energies, states.electron_coefficients, run)


def hole(run: Run) -> Carrier:
    """The hole at the temperature of the run."""
    states = run.states
    return _carrier("hole", states.hole_energies, states.hole_coefficients, run)


def _carrier(name: str, energies: Array, coefficients: Array, run: Run) -> Carrier:
    density = np.sum(np.square(coefficients, dtype=np.float64), axis=(2, 3, 4))
    density /= density.sum(axis=1, keepdims=True)
    excitation = np.abs(energies - energies[0])
    weights = np.exp(-excitation / (BOLTZMANN * max(run.optics.temperature, 1.0)))
    weights /= weights.sum()
    mean = weights @ density
    in_segment = np.bincount(run.structure.segment, weights=mean, minlength=len(run.structure.segments))
    return Carrier(name, energies, density, weights, mean, in_segment)


def levels(carrier: Carrier, tolerance: float = 2e-5) -> list[tuple[float, Array]]:
    """Distinct energies (eV) with the mean density (atom,) of the states within `tolerance` (eV)."""
    found: list[tuple[float, Array]] = []
    start = 0
    for stop in range(1, len(carrier.energies) + 1):
        ended = stop == len(carrier.energies)
        if ended or abs(carrier.energies[stop] - carrier.energies[start]) > tolerance:
            found.append(
                (float(carrier.energies[start:stop].mean()), carrier.density[start:stop].mean(axis=0))
            )
            start = stop
    return found


def smooth(structure: Structure, values: Array, rounds: int = 2) -> Array:
    """Average (atom,) values over each atom and its bonded neighbours, `rounds` times.

    Takes away the contrast between cations and anions and leaves the envelope.
    """
    there = structure.neighbours != NO_ATOM
    counts = 1 + there.sum(axis=1)
    for _ in range(rounds):
        values = (values + np.where(there, values[structure.neighbours], 0.0).sum(axis=1)) / counts
    return values
