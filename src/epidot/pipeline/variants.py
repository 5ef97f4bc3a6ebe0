"""With which other parameters a run is computed again to see how sure it is.

Two kinds. Named sets of band offsets are rival choices for the same thing: any of them may be right. A single
number with a range of published values is moved to the ends of that range, one at a time.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final, final

from epidot import materials
from epidot.errors import InputError
from epidot.pipeline.method import Method

_READ_BY: Final = {"epsinf": "pairs", "d": "tight_binding", "huang_rhys": "light", "auger": "light"}
"""Part of the method that moves each parameter."""


@final
@dataclass(frozen=True)
class Variant:
    """A method that differs from that of the run in one parameter."""

    name: str
    """For people, such as ``offsets rabani-sepm`` or ``CdSe ε∞ 5.8``."""
    folder: str
    """Of its checkpoints."""
    parameter: str
    """What is varied; the ends of one range have the same. Empty for offset sets, which are rivals."""
    method: Method


def check_variants(method: Method) -> None:
    """See that a method leaves the parameters alone that variants move.

    Raises
    ------
    InputError
        The method itself moves a parameter.
    """
    for part in sorted(set(_READ_BY.values())):
        moved: materials.Moved = getattr(method, part).moved
        if moved.parameter:
            rule = "is moved by the method, and --uncertainty moves it itself"
            named = f"{moved.compound} {moved.parameter}"
            raise InputError(f"method.{part}.moved", named, rule, "Leave one of them out")


def variants(compounds: tuple[str, ...], method: Method) -> list[Variant]:
    """All variants of a method for a particle of these compounds, offset sets first.

    Raises
    ------
    InputError
        The method itself moves a parameter.
    """
    check_variants(method)
    return _offsets(compounds, method) + _ranges(compounds, method)


def _offsets(compounds: tuple[str, ...], method: Method) -> list[Variant]:
    """Sets that move any of the compounds otherwise than the set of the method, and each other."""
    used = materials.offset_set(method.tight_binding.offsets)
    seen = {_shifts(used, compounds)}
    found: list[Variant] = []
    for name in materials.offset_sets():
        shifts = _shifts(materials.offset_set(name), compounds)
        if shifts in seen:
            continue
        seen.add(shifts)
        other = dataclasses.replace(method.tight_binding, offsets=name)
        found.append(
            Variant(
                f"offsets {name}", f"offsets-{name}", "", dataclasses.replace(method, tight_binding=other)
            )
        )
    return found


def _shifts(chosen: materials.OffsetSet, compounds: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(chosen.shifts[name] for name in compounds)


def _ranges(compounds: tuple[str, ...], method: Method) -> list[Variant]:
    found: list[Variant] = []
    for compound, key in materials.ranges(compounds):
        number = materials.movable(compound, key)
        if number is None or number.quoted is None or not _acts(key, method):
            continue
        ends = materials.Moved(compound, key, "low"), materials.Moved(compound, key, "high")
        for moved, value in zip(ends, number.quoted, strict=True):
            if value != number.value:
                found.append(_moved(moved, value, number.unit, method))
    return found


def _moved(moved: materials.Moved, value: float, unit: str, method: Method) -> Variant:
    part = _READ_BY[moved.parameter]
    changed = dataclasses.replace(getattr(method, part), moved=moved)
    parameter = f"{moved.compound} {materials.MOVABLE[moved.parameter]}"
    number = f"{value:g}".replace("-", "−")
    shown = number if unit == "1" else f"{number} {unit.replace('^3', '³')}"
    folder = f"{moved.compound}-{moved.parameter}-{moved.end}"
    return Variant(f"{parameter} {shown}", folder, parameter, dataclasses.replace(method, **{part: changed}))


def _acts(key: str, method: Method) -> bool:
    """Whether a parameter has any part in a run with this method."""
    if key == "d":
        return method.tight_binding.onsite_strain
    return key != "huang_rhys" or method.light.phonons
