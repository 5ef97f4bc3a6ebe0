"""Where the gap is: looks with a wide filter from a guess, until the states on both sides are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from epidot.numerics.chebyshev import window
from epidot.numerics.eigenpairs import NoGapError, outer_vectors
from epidot.numerics.rows import COLUMNS
from epidot.numerics.searchspace import RitzSet, columns
from epidot.numerics.work import Work

_GAIN: Final = 6.0
"""Natural logarithm of what a look amplifies by: it needs edges good to some 10 meV, not states."""
_MARGIN: Final = 0.7
"""eV beyond the guessed edges that a look reaches: confinement moves them outwards."""
_SHIFTS: Final = (0.0, 0.3, -0.3, 0.6, -0.6, 0.9, -0.9)
_WIDER: Final = (1.0, 1.4, 2.0)
"""Factors of the reach, for particles whose states stand far from the guess."""
_LOOKS: Final = 12
_BLOCKS: Final = 8
_ENOUGH: Final = 3
"""Blocks of a look after which one side will do, and a window may widen."""
_BEYOND: Final = 1.3
"""Where a window ends, in distances of the nearest states."""


@final
@dataclass(frozen=True, eq=False)
class Gap:
    """Energies (eV) of the states that bound the gap, and panels to start from on each side."""

    low: float
    high: float
    below: list[Any]
    above: list[Any]


def find_gap(work: Work, guess: tuple[float, float], smallest: float) -> Gap:
    """The gap nearest the middle of `guess` (eV) that is at least `smallest` wide.

    Raises
    ------
    NoGapError
        No interval without states near the guess.
    """
    middle, half = (guess[0] + guess[1]) / 2.0, max((guess[1] - guess[0]) / 2.0, 0.3)
    in_the_way: list[tuple[float, Any]] = []
    for wider in _WIDER:
        for shift in _SHIFTS:
            found = _edges(work, middle + shift, wider * (half + _MARGIN), smallest, in_the_way)
            if found is not None and found.high - found.low >= smallest:
                return found
        if in_the_way:
            break
    if not in_the_way:
        raise NoGapError(guess, smallest)
    energy, panel = min(in_the_way, key=lambda state: abs(state[0] - middle))
    state = outer_vectors(work.single.order, work.host([panel]), 1, np.float64)[0]
    weights = np.square(state).sum(axis=(1, 2))
    raise NoGapError(guess, smallest, energy, weights / weights.sum())


def _edges(
    work: Work, sigma: float, reach: float, smallest: float, in_the_way: list[tuple[float, Any]]
) -> Gap | None:
    """Look from `sigma`, then from further places in what is known to be empty, for both edges.

    A look that finds the nearest state at distance r shows that nothing lies within r of σ; the next
    σ is inside, so the empty intervals overlap and the nearest states below and above bound the gap. A
    state that stands too near goes to `in_the_way`, energy (eV) and panel.
    """
    known: dict[int, tuple[float, Any]] = {}
    for attempt in range(_LOOKS):
        work.progress(0.02 + 0.01 * attempt, f"looking for the gap around {sigma:.2f} eV")
        known.update(_look(work, sigma, reach))
        if len(known) == 2:
            if known[1][0] - known[-1][0] < smallest:
                in_the_way.extend(known.values())
            return Gap(known[-1][0], known[1][0], [known[-1][1]], [known[1][1]])
        if not known:
            # As many states on one side as on the other hide each other: another place shows them sooner.
            return None
        side, (edge, panel) = next(iter(known.items()))
        if abs(sigma - edge) < smallest / 4.0:
            in_the_way.append((edge, panel))
            return None
        sigma -= 0.6 * side * abs(sigma - edge)
        reach = max(1.3 * abs(sigma - edge), reach)
    return None


def _look(work: Work, sigma: float, reach: float) -> dict[int, tuple[float, Any]]:
    """Nearest state on each side (−1, +1) seen from `sigma`: energy (eV), panel of the four nearest.

    Folded Ritz values bound the distance of the nearest states from above, so the window shrinks to them:
    a window full of states shows none of them clearly. One that stays empty widens.
    """
    space = work.space(sigma, _BLOCKS + 1)
    front = space.add(work.noise())
    found: dict[int, tuple[float, Any]] = {}
    for block in range(1, _BLOCKS + 1):
        where = window(sigma - reach, sigma + reach, work.bounds)
        front = space.add(work.filtered(front, where, where.degree(0.7 * reach, _GAIN)))
        near = {side: space.nearest(sigma, side, COLUMNS) for side in (-1, 1)}
        for side, states in near.items():
            energy = _seen(states, sigma)
            if energy is not None:
                # A little of everything, for states that the look has nothing of.
                faint = work.noise() * np.float32(1e-3 / np.sqrt(space.rows))
                found[side] = energy, space.vectors(states.coefficients)[0] + faint
        if len(found) == 2 or (found and block >= _ENOUGH):
            break
        bounds = [np.hypot(states.energies - sigma, states.residuals) for states in near.values()]
        if min(map(len, bounds)) > 1:
            outer = _BEYOND * max(float(each[0]) for each in bounds)
            reach = min(outer, 1.4 * reach) if block >= _ENOUGH else min(outer, reach)
            halves = [columns(states.coefficients, slice(COLUMNS // 2)) for states in near.values()]
            first, second = (np.hstack(both) for both in zip(*halves, strict=True))
            front = space.vectors((first, second))[0]
    return found


def _seen(found: RitzSet, sigma: float) -> float | None:
    """Energy of the nearest Ritz vector if it is a state (residual small against its distance)."""
    if found.energies.size == 0:
        return None
    small = min(0.1, 0.2 * abs(found.energies[0] - sigma))
    return float(found.energies[0]) if found.residuals[0] < small else None
