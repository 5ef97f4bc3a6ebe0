"""One number of the table, with what is known about it, and its value in inside units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from epidot.errors import InternalError
from epidot.units import GPA, N_PER_M

INSIDE: Final[Mapping[str, tuple[float, str]]] = {
    "1": (1.0, "1"),
    "1/K": (1.0, "1/K"),
    "C/m^2": (N_PER_M, "e/Å^2"),  # C/m² = N/m per volt, so the factor of eV/Å² holds with e for eV
    "GPa": (GPA, "eV/Å^3"),
    "K": (1.0, "K"),
    "N/m": (N_PER_M, "eV/Å^2"),
    "e": (1.0, "e"),
    "eV": (1.0, "eV"),
    "eV/K": (1.0, "eV/K"),
    "eV/atom": (1.0, "eV/atom"),
    "g/cm^3": (0.602214076, "u/Å^3"),
    "m0": (1.0, "m0"),
    "meV": (1e-3, "eV"),
    "nm": (10.0, "Å"),
    "ps/nm^3": (1e-3, "ps/Å^3"),
    "Å": (1.0, "Å"),
}
"""Each unit of the table: factor to the inside unit, and that unit."""


@final
@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the material table.

    ``value`` is in ``unit`` (as in the source); ``where`` says how the source was consulted (read,
    recalled or computed), ``confidence`` is high, medium or low, ``temperature`` is in K. ``quoted`` are the
    lowest and the highest value that sources give, in ``unit``; None where there is one only.
    """

    value: float
    unit: str
    source: str
    where: str
    confidence: str
    note: str = ""
    temperature: float = 300.0
    quoted: tuple[float, float] | None = None

    def inside(self) -> float:
        """Value in inside units (Å, eV, eV/Å², eV/Å³, e/Å², u/Å³, ps/Å³, K, m0).

        Raises
        ------
        InternalError
            The table holds a unit without a factor.
        """
        if self.unit not in INSIDE:
            raise InternalError(f"material table: unit {self.unit!r} has no factor to inside units")
        return self.value * INSIDE[self.unit][0]
