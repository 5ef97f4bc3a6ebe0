"""What is wrong with a design: a place in the tree, what stands there, the rule and the cure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from epidot.design.quantities import nanometres
from epidot.errors import InputError

Place: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the top of the tree, e.g. ``("root", "arms", 2, "facet")``."""

_SHOWN = 12
_LONGEST = 60


@dataclass(frozen=True)
class Problem:
    """One thing to mend. `value` is what was given, as text (`show`)."""

    place: Place
    value: str
    rule: str
    cure: str


def path(place: Place) -> str:
    """``root.arms[2].segments[0].length``; the empty place is ``design``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".") or "design"


def show(value: Any) -> str:
    """What was given, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def at_least(length: float) -> str:
    """A length (Å) in nm, rounded up so that what it says is enough."""
    return nanometres(math.ceil(length * 100.0) / 100.0)


def about(length: float) -> str:
    """A length (Å) in nm, rounded to a picometre."""
    return nanometres(round(length, 2))


def error(problems: Iterable[Problem], lines: Mapping[Place, int], source: str) -> InputError:
    """All problems of one design as one `InputError`: a sentence if there is one, else a list.

    A fault of an anchored part, or of a repeated argument, is told once, with the paths that share it.

    Parameters
    ----------
    problems : at least one.
    lines : line number (from 1) of each place that stands in the file.
    source : name of the file or of the function that made the design.
    """
    groups: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda entry: _line(entry.place, lines)):
        line = str(_line(problem.place, lines))
        groups.setdefault((line, problem.value, problem.rule, problem.cure), []).append(problem)
    found = list(groups.values())
    if len(found) == 1:
        only = found[0][0]
        where = ", ".join([source, *_where(found[0], lines)])
        return InputError(path(only.place), only.value, f"{only.rule} ({where})", only.cure)
    rows = [_row(group, lines) for group in found[:_SHOWN]]
    if len(found) > _SHOWN:
        rows.append(f"  … and {len(found) - _SHOWN} more")
    cure = "\n".join(["Mend these:", *rows])
    return InputError(source, f"{len(found)} problems", "this design cannot be used", cure)


def _line(place: Place, lines: Mapping[Place, int]) -> int:
    # A key that is missing has no line of its own: the part that lacks it has.
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 0)


def _where(group: list[Problem], lines: Mapping[Place, int]) -> list[str]:
    line = _line(group[0].place, lines)
    others = [path(problem.place) for problem in group[1:]]
    also = [f"also {' and '.join(others)}"] if 0 < len(others) < 4 else []
    many = [f"and {len(others)} more places"] if len(others) >= 4 else []
    return ([f"line {line}"] if line else []) + also + many


def _row(group: list[Problem], lines: Mapping[Place, int]) -> str:
    first = group[0]
    where = ", ".join(_where(group, lines))
    start = f"  {where}: " if where else "  "
    return f"{start}{path(first.place)} = {first.value}: {first.rule}. {first.cure}"
