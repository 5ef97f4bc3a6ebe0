"""Refractive index and extinction coefficient of the bulk against photon energy.

Sources: ``data/optical_constants.yaml`` names one for each compound (public domain tables).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import final

from epidot.materials.store import choose, read


@final
@dataclass(frozen=True)
class OpticalConstants:
    """n and k of one compound at room temperature, at each of `energy` (eV, upwards)."""

    energy: tuple[float, ...]
    n: tuple[float, ...]
    k: tuple[float, ...]
    source: str


@cache
def optical_constants(compound: str) -> OpticalConstants:
    """The table of a compound.

    Raises
    ------
    InputError
        A compound without a table.
    """
    data = read("optical_constants")
    entry = choose(data["compounds"], compound, "material", "compounds")
    source = data["sources"][entry["source"]]["source"]
    return OpticalConstants(tuple(entry["energy"]), tuple(entry["n"]), tuple(entry["k"]), source)
