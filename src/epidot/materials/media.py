"""What surrounds the particle: optical dielectric constants of solvents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from epidot.materials.store import choose, parameter, read


@final
@dataclass(frozen=True)
class Solvent:
    """A surrounding medium; `dielectric` is the optical constant n² at the sodium D line."""

    name: str
    dielectric: float
    source: str


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
    return Solvent(name, index.value**2, index.source)
