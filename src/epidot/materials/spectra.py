"""What temperature does to gaps and lines, and how fast biexcitons recombine.

Gaps follow Varshni, E(T) = E(0) − α T²/(T + β) (Physica 34, 149 (1967)). Where a phase has no α, β of its
own the compound's other phase lends its own. Lines: `line_width` and
`huang_rhys` from ``data/lines.yaml``.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

from epidot.errors import InputError
from epidot.materials.compounds import compound, number
from epidot.materials.moved import EVERYWHERE, NOTHING_MOVED, Moved, movable
from epidot.materials.store import parameter, read
from epidot.units import BOLTZMANN

HOTTEST: Final = 400.0
"""K; the measurements behind α and β end at or below it."""


def gap_shift(name: str, phase: str, temperature: float, reference: float) -> float:
    """E(`temperature`) − E(`reference`) of the gap of a compound, eV.

    Raises
    ------
    InputError
        A temperature outside 0 to `HOTTEST`, or an unknown compound.
    """
    for key, value in (("temperature", temperature), ("reference temperature", reference)):
        if not 0.0 <= value <= HOTTEST:
            rule = f"is outside 0 to {HOTTEST:.0f} K, for which gaps are known"
            raise InputError(key, value, rule, "Stay within, or set light.gap to fixed")
    alpha, beta = _varshni(name, phase)
    return alpha * (reference**2 / (reference + beta) - temperature**2 / (temperature + beta))


@cache
def _varshni(name: str, phase: str) -> tuple[float, float]:
    other = {"zb": "wz", "wz": "zb"}[phase]
    own = phase if "varshni_alpha" in compound(name).phases[phase] else other
    return number(name, "varshni_alpha", own), number(name, "varshni_beta", own)


def line_width(temperature: float) -> float:
    """Full width at half maximum of the line of one particle (eV): Γ0 + σT + Γ_LO n(E_LO), E_LO of CdSe."""
    data = read("lines")
    zero, acoustic, optical = (
        parameter(data["width"][key], data["sources"]).inside() for key in ("zero", "acoustic", "optical")
    )
    return zero + acoustic * temperature + optical * phonons_at(phonon_energy("CdSe"), temperature)


def phonons_at(energy: float, temperature: float) -> float:
    """Bose–Einstein number of phonons of an energy (eV) at a temperature (K)."""
    return 1.0 / math.expm1(min(energy / (BOLTZMANN * temperature), 700.0))


def phonon_energy(name: str) -> float:
    """Energy of the LO phonon of a compound in zinc blende, eV."""
    return number(name, "LO")


def huang_rhys(name: str, moved: Moved = NOTHING_MOVED) -> float | None:
    """Huang–Rhys factor of LO phonons for a pair in a compound; None where no value is known."""
    found = movable(name, "huang_rhys")
    return None if found is None else moved.inside(name, "huang_rhys") or found.inside()


def auger_volume(moved: Moved = NOTHING_MOVED) -> float:
    """Lifetime of a biexciton in a dot over its volume, ps/Å³; measured on CdSe, much the same in others."""
    data = read("lines")
    usual = parameter(data["auger"][EVERYWHERE], data["sources"]).inside()
    return moved.inside(EVERYWHERE, "auger") or usual
