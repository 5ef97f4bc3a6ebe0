"""Metals that grow on the ends of nanocrystals, as face-centred cubic crystals.

Sources: ``data/metals.yaml`` names one for each number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import final

from epidot.materials.parameter import Parameter
from epidot.materials.store import choose, parameters, read


@final
@dataclass(frozen=True)
class Metal:
    """A metal; `name` is its chemical symbol, `colour` ``#rrggbb`` in figures.

    `parameters` holds `a` (lattice constant) and `radius` with their sources.
    """

    name: str
    colour: str
    parameters: Mapping[str, Parameter] = field(compare=False)

    @property
    def lattice_constant(self) -> float:
        """Edge of the cube of four atoms, Å."""
        return self.parameters["a"].inside()

    @property
    def radius(self) -> float:
        """Metallic radius, Å: half the distance of neighbours in the crystal."""
        return self.parameters["radius"].inside()


@cache
def _metals() -> Mapping[str, Metal]:
    data = read("metals")
    return {
        name: Metal(
            name,
            entry["colour"],
            parameters({key: entry[key] for key in ("a", "radius")}, data["sources"]),
        )
        for name, entry in data["metals"].items()
    }


def metals() -> tuple[str, ...]:
    """Chemical symbols of the metals in the table."""
    return tuple(_metals())


def metal(name: str) -> Metal:
    """One metal by its chemical symbol, e.g. ``Pt``.

    Raises
    ------
    InputError
        Unknown metal; the message names those that exist.
    """
    return choose(_metals(), name, "metal", "metals")
