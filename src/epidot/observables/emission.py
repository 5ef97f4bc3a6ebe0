"""Emission from each place where pairs live: dual emission, two colours.

A pair's place is where its electron and its hole are: of each, the segments that hold at least half as much
as the one that holds most, so that a carrier spread over equal arms is in all of them. Pair states of one
place form a level. `population` and `share` are in thermal equilibrium over all states; `lifetime` is that
of a level in equilibrium within itself, which is what shows where pairs cannot move between places in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons
from epidot.observables.lifetime import lifetime, populations

Array = NDArray[Any]

_ALSO: Final = 0.5


@final
@dataclass(frozen=True, eq=False)
class Levels:
    """Levels by energy; names of segments are joined by ``+``."""

    energy: Array
    """(level,), eV: mean over the photons of the level."""
    population: Array
    """(level,), 1 in all."""
    share: Array
    """(level,) of the photons; 1 in all."""
    lifetime: Array
    """(level,), ns; infinite for a dark one."""
    electron: tuple[str, ...]
    hole: tuple[str, ...]


def levels(excitons: Excitons, energies: Array, rates: Array, temperature: float) -> Levels:
    """Group pair states by where they live.

    Parameters
    ----------
    energies : (exciton,), eV.
    rates : (exciton,), radiative, 1/ns.
    temperature : K.
    """
    states, pairs = excitons.states, excitons.weights
    segments = states.relaxed.structure.segments
    electron = _places(pairs.sum(axis=2) @ states.electron_in_segment, segments)
    hole = _places(pairs.sum(axis=1) @ states.hole_in_segment, segments)
    thermal = populations(energies, temperature)
    groups: dict[tuple[str, str], list[int]] = {}
    for number in np.argsort(energies, kind="stable").tolist():
        groups.setdefault((electron[number], hole[number]), []).append(number)
    photons = float(rates @ thermal)
    means: list[tuple[float, float, float, float]] = []
    for members in groups.values():
        inside = populations(energies[members], temperature)
        bright = rates[members] * inside
        bright = bright / bright.sum() if bright.sum() > 0.0 else inside
        total = float(rates[members] @ thermal[members])
        means.append(
            (
                float(bright @ energies[members]),
                float(thermal[members].sum()),
                total / photons if photons > 0.0 else 0.0,
                lifetime(rates[members], inside),
            )
        )
    energy, population, share, lifetimes = np.array(means).T
    electrons, hole_places = tuple(key[0] for key in groups), tuple(key[1] for key in groups)
    return Levels(energy, population, share, lifetimes, electrons, hole_places)


def _places(shares: Array, segments: tuple[str, ...]) -> list[str]:
    """Where each state of (state, segment) lives."""
    much = shares >= _ALSO * shares.max(axis=1, keepdims=True)
    return ["+".join(name for name, here in zip(segments, row, strict=True) if here) for row in much]
