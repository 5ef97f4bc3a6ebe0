"""What surrounds the particle: dielectric constants of solvents, optical and static."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from epidot.materials.store import choose, parameter, read


@final
@dataclass(frozen=True)
class Solvent:
    """A surrounding medium.

    `dielectric` is the optical constant n² at the sodium D line, `static` the one at zero
    frequency; `source` is that of n.
    """

    name: str
    dielectric: float
    static: float
    source: str
    static_source: str


def solvents() -> tuple[str, ...]:
    """Names of the media in the table."""
    return tuple(read("solvents")["solvents"])


def solvent(name: str) -> Solvent:
    """One medium.

    Raises
    ------
    InputError
        Unknown medium; the message names those that exist.
    """
    data = read("solvents")
    index = parameter(choose(data["solvents"], name, "solvent", "solvents"), data["sources"])
    static = parameter(data["static"][name], data["sources"])
    return Solvent(name, index.value**2, static.value, index.source, static.source)
