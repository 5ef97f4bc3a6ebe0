"""How many states a spectrum needs to be complete up to an energy.

Weyl's law with its term of the surface: the number of levels within ε of a band edge is N = a ε^(3/2) − b ε.
ε counts from the lowest edge of the unstrained bulk; a and b are such that the first level is the first and
the last one found has its number. Levels of boxes and of CdSe/CdS dots are met within a factor of 1.6; where
another material opens farther up, more are needed.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.excitons.excitons import Excitons
from epidot.states.states import States

CLEARLY: Final = 0.15
"""eV by which Coulomb terms may move pairs against each other: less is not known from levels alone."""
_RESOLVED: Final = 0.01
"""eV between levels below which they are one."""


def edges(states: States) -> tuple[float, float]:
    """Highest valence and lowest conduction edge (eV) of the bulks that the particle is made of."""
    found = [edge for name in states.relaxed.structure.materials for edge in states.bulk_edges[name].values()]
    return max(edge[0] for edge in found), min(edge[1] for edge in found)


def states_needed(excitons: Excitons, energy: float, shift: float = 0.0) -> tuple[int, int]:
    """Numbers of electrons and holes with which transitions up to `energy` (eV) would all be there.

    Never fewer than there are; whole Kramers pairs.

    Parameters
    ----------
    shift : eV, what temperature adds to pairs.
    """
    states = excitons.states
    valence, conduction = edges(states)
    pairs = excitons.first_order + shift
    missing = energy - float(pairs[-1].min()), energy - float(pairs[:, -1].min())
    return (
        _grown(states.electron_energies - conduction, missing[0]),
        _grown(valence - states.hole_energies, missing[1]),
    )


def _grown(levels: NDArray[Any], more: float) -> int:
    """Number of `levels` (state,), eV upwards from the band's edge, that reach `more` (eV) above the last."""
    count = len(levels)
    if more <= 0.0:
        return count
    found = levels - min(0.0, float(levels[0]))
    end = float(found[-1]) + more
    plain = count * (end / max(float(found[-1]), _RESOLVED)) ** 1.5
    if found[0] < _RESOLVED or np.ptp(found) < _RESOLVED:
        return 2 * math.ceil(0.5 * plain)
    ends = found[[0, -1]]
    volume, surface = np.linalg.solve(np.column_stack([ends**1.5, -ends]), [1.0, count])
    whole = float(volume * end**1.5 - surface * end)
    return 2 * math.ceil(0.5 * (whole if volume > 0.0 else plain))


def check_reach(states: States, reach: float | None) -> None:
    """Refuse levels that clearly end before `reach` (eV above the first transition).

    Raises
    ------
    InputError
        With about how many states would do.
    """
    if reach is None:
        return
    electrons, holes = states.electron_energies, states.hole_energies
    found = float(np.ptp(electrons)), float(np.ptp(holes))
    if min(found) + CLEARLY >= reach:
        return
    valence, conduction = edges(states)
    counts = (
        _grown(electrons - conduction, reach - found[0]),
        _grown(valence - holes, reach - found[1]),
    )
    raise too_few(reach, min(found), counts, (len(electrons), len(holes)))


def too_few(reach: float, found: float, needed: tuple[int, int], given: tuple[int, int]) -> InputError:
    """The error of a spectrum that is asked for farther than the states go; energies above the first line."""
    rule = (
        f"{given[0]} electron and {given[1]} hole states hold every transition up to {found:.2f} eV above "
        "the first only"
    )
    cure = f"Ask for about {needed[0]} electrons and {needed[1]} holes, or for less, or leave it out"
    return InputError("method.light.complete", f"{reach:g} eV", rule, cure)
