"""Polarisation of the compounds: piezoelectric, spontaneous, and by a static field.

Signs: the positive direction is that of the axial bond from cation to anion, [111] or [0001]
(IEEE Standard on Piezoelectricity 176-1987). Wurtzite without measured constants takes those that the
zinc-blende constant gives in the frame of [111] (Martin, Phys. Rev. B 5, 1607 (1972)):
e33 = 2 e14/√3, e31 = e15 = −e14/√3, the same tensor averaged about the axis.
Sources: ``data/compounds.yaml`` names one for each number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import final

from epidot.materials.compounds import compound, number
from epidot.materials.parameter import Parameter


@final
@dataclass(frozen=True)
class Polarity:
    """Constants of one compound in e/Å²."""

    e14: float
    """Zinc blende: P_x = 2 e14 ε_yz in cubic axes, and so on round."""
    e31: float
    e33: float
    e15: float
    """Wurtzite, c along z: P_z = e31 (ε_xx + ε_yy) + e33 ε_zz, P_x = 2 e15 ε_xz."""
    spontaneous: float
    """Of unstrained wurtzite along c; 0 where no value is known."""
    sourced: tuple[str, ...]
    """Which of ``piezoelectric`` and ``spontaneous`` have a source of their own in wurtzite."""


@cache
def polarity(name: str) -> Polarity:
    """Polarisation constants of a compound.

    Raises
    ------
    InputError
        Unknown compound, or an alloy.
    """
    cubic = number(name, "e14")
    wurtzite = compound(name).phases["wz"]
    measured = "e33" in wurtzite
    e31, e33, e15 = (
        (number(name, key, "wz") for key in ("e31", "e33", "e15"))
        if measured
        else (-cubic / math.sqrt(3.0), 2.0 * cubic / math.sqrt(3.0), -cubic / math.sqrt(3.0))
    )
    known = "Psp" in wurtzite
    own = ("piezoelectric",) * measured + ("spontaneous",) * known
    return Polarity(cubic, e31, e33, e15, number(name, "Psp", "wz") if known else 0.0, own)


def static_dielectric(name: str, phase: str) -> float:
    """Static dielectric constant of a compound, in wurtzite the mean over directions.

    Wurtzite without constants of its own has that of zinc blende.

    Raises
    ------
    InputError
        Unknown compound, or an alloy.
    """
    block: Mapping[str, Parameter] = compound(name).phases["wz"]
    if phase == "wz" and "eps0_par" in block:
        return (2.0 * number(name, "eps0_perp", "wz") + number(name, "eps0_par", "wz")) / 3.0
    return number(name, "eps0")
