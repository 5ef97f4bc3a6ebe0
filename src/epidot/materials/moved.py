"""Parameters at the ends of what sources quote for them.

Whoever asks how sure a result is computes it again with one number moved to the lowest or the highest
published value. Only numbers with a range in the data (``quoted``) can be moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, final

from epidot.errors import InputError
from epidot.materials.compounds import compound, names
from epidot.materials.parameter import Parameter
from epidot.materials.store import choose, parameter, read

MOVABLE: Final[Mapping[str, str]] = {
    "epsinf": "ε∞",
    "d": "shear potential d",
    "huang_rhys": "Huang–Rhys factor",
    "auger": "Auger constant",
}
"""Parameters that may have a range, with short names for tables."""
EVERYWHERE: Final = "CdSe"
"""Compound whose Auger constant stands for all."""


@final
@dataclass(frozen=True)
class Moved:
    """One parameter at an end of its range; by default none.

    Raises
    ------
    InputError
        No such compound, parameter or end, or no range is known.
    """

    compound: str = ""
    parameter: str = ""
    """A key of `MOVABLE`."""
    end: Literal["", "low", "high"] = ""

    def __post_init__(self) -> None:
        if (self.compound, self.parameter, self.end) == ("", "", ""):
            return
        choose(MOVABLE, self.parameter, "moved.parameter", "parameters that can be moved")
        choose({"low": 0, "high": 1}, self.end, "moved.end", "ends")
        found = movable(self.compound, self.parameter)
        if found is None or found.quoted is None:
            rule = f"no range of it is known for {self.compound}"
            have = [f"{owner} {key}" for owner, key in ranges(names())]
            raise InputError("moved.parameter", self.parameter, rule, f"There are: {', '.join(have)}")

    def only(self, owner: str, allowed: tuple[str, ...]) -> None:
        """See that a method which reads the parameters `allowed` is given no other to move.

        Raises
        ------
        InputError
            Another one; the message names `owner`, the method.
        """
        if self.parameter and self.parameter not in allowed:
            rule, cure = "is not read there", f"There are: {', '.join(allowed)}"
            raise InputError(f"{owner}.moved.parameter", self.parameter, rule, cure)

    def inside(self, compound: str, parameter: str) -> float | None:
        """The number (inside units) that stands for the one of the table; None if it is not moved."""
        found = movable(compound, parameter)
        if (compound, parameter) != (self.compound, self.parameter) or found is None or found.quoted is None:
            return None
        return replace(found, value=found.quoted[self.end == "high"]).inside()


NOTHING_MOVED: Final = Moved()


def movable(name: str, key: str) -> Parameter | None:
    """The number of the table behind a parameter of `MOVABLE`; None where there is none.

    Raises
    ------
    InputError
        Unknown compound.
    """
    if key in ("huang_rhys", "auger"):
        data = read("lines")
        found = data[key].get(name)
        return None if found is None else parameter(found, data["sources"])
    return compound(name).phases["zb"].get(key)


def ranges(compounds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Compound and parameter of each number with a range on which a particle of `compounds` depends."""
    for key in MOVABLE:
        for name in (EVERYWHERE,) if key == "auger" else compounds:
            found = movable(name, key)
            if found is not None and found.quoted is not None:
                yield name, key
