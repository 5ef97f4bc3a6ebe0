"""How sure a number is: rivals make an envelope, independent ranges add in quadrature.

The named sets of band offsets exclude each other: whichever is right, the number lies between the lowest and
the highest that they give. Parameters with a range of published values are independent of each other and of
the offsets: from the ends of the envelope the band reaches on by the root of the sum of the squares of what
each of them changes downwards and upwards. Numbers that span decades (lifetimes) are combined as logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, final

Scale = Literal["linear", "logarithm", "share"]

USED: Final = "the value itself"
"""Stands for the run's own parameters where these give an end."""


@final
@dataclass(frozen=True)
class Band:
    """A number with its lowest and highest value, and what sets them."""

    value: float
    low: float
    high: float
    low_by: str
    """Variant that pushes the lower end farthest from the value; `USED` if none does."""
    high_by: str
    envelope: tuple[float, float]
    """What the rival sets alone make of it."""

    @property
    def open(self) -> bool:
        """Whether the ends differ by more than rounding."""
        return not math.isclose(self.low, self.high, rel_tol=1e-9, abs_tol=1e-9)


def band(
    value: float,
    rivals: Mapping[str, float],
    ranges: Mapping[str, Mapping[str, float]],
    scale: Scale = "linear",
) -> Band:
    """The band of one number.

    Parameters
    ----------
    value : with the parameters of the run.
    rivals : with each rival set, by name.
    ranges : with each varied value of a parameter, by parameter and by name.
    scale : ``logarithm`` for positive numbers over decades; ``share`` stays within 0 to 1.
    """
    seen, shown = _axis(scale)
    centre = seen(value)
    offsets = {USED: centre} | {name: seen(one) for name, one in rivals.items()}
    ends: list[tuple[float, str, float]] = []
    for sign in (-1.0, 1.0):
        first = max(offsets, key=lambda name: sign * offsets[name])
        pushes = [_push(centre, ends_of, seen, sign) for ends_of in ranges.values()]
        reach = math.sqrt(math.fsum(size**2 for size, _ in pushes))
        by_rival = abs(offsets[first] - centre) if first != USED else 0.0
        _, name = max([(by_rival, first), *pushes], key=lambda push: push[0])
        ends.append((shown(offsets[first] + sign * reach), name, shown(offsets[first])))
    (low, low_by, inner_low), (high, high_by, inner_high) = ends
    return Band(value, low, high, low_by, high_by, (inner_low, inner_high))


def _push(
    centre: float, ends: Mapping[str, float], seen: Callable[[float], float], sign: float
) -> tuple[float, str]:
    """How far one parameter moves the number to one side at most, and by which of its values."""
    moves = {name: sign * (seen(one) - centre) for name, one in ends.items()}
    found = {name: move for name, move in moves.items() if math.isfinite(move) and move > 0.0}
    if not found:
        return 0.0, USED
    name = max(found, key=lambda one: found[one])
    return found[name], name


def _axis(scale: Scale) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """To the axis on which a number is combined, and back."""
    if scale == "logarithm":
        return lambda value: math.log(value) if value > 0.0 else -math.inf, math.exp
    if scale == "share":
        return lambda value: value, lambda value: min(max(value, 0.0), 1.0)
    return lambda value: value, lambda value: value
