"""Dielectric constant inside a particle from its materials and its size.

Generalised Penn model. In bulk a semiconductor with one mean gap E_P has (Penn, Phys. Rev. 128,
2093 (1962))

    ε_b = 1 + S (ħω_p/E_P)²,   S = 1 − B + B²/3,   B = E_P/(4 E_F),

with ω_p, E_F, k_F those of free electrons at the density of the valence electrons (8 per pair of
atoms). Confinement to a radius R opens the gap by ΔE = π E_F/(k_F R) (Tsu and Babic, Appl. Phys.
Lett. 64, 1806 (1994); compared with pseudopotential calculations by Wang and Zunger, Phys. Rev.
Lett. 73, 1039 (1994)):

    ε(R) = 1 + (ε_b − 1)/(1 + (ΔE/E_P)²).

Response calculations find the inside of a nanocrystal bulk-like and the reduction to sit at its
surface (Delerue, Lannoo and Allan, Phys. Rev. B 68, 115411 (2003); Cartoixà and Wang, Phys. Rev.
Lett. 94, 236804 (2005)). R is therefore three times volume over surface: the radius of a sphere,
1.5 times that of a long rod, and for a tetrapod that of its arms rather than of its reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import numpy as np

from epidot import materials
from epidot.units import COULOMB, HBAR2_OVER_2M


@final
@dataclass(frozen=True)
class Bulk:
    """The high-frequency dielectric constant of the bulk, whatever the size."""

    name: str = field(default="bulk", init=False)

    def dielectric(
        self, compound: str, _radius: float, moved: materials.Moved = materials.NOTHING_MOVED
    ) -> float:
        """ε∞ of a compound."""
        return _bulk(compound, moved)


@final
@dataclass(frozen=True)
class Penn:
    """The generalised Penn model of this module."""

    name: str = field(default="penn", init=False)

    def dielectric(
        self, compound: str, radius: float, moved: materials.Moved = materials.NOTHING_MOVED
    ) -> float:
        """ε of a compound in a particle of `radius` (Å, 3 × volume/surface)."""
        bulk = _bulk(compound, moved)
        wave, fermi, plasma = _free_electrons(materials.lattice_constant(compound))
        opening = np.pi * fermi / (wave * radius)
        return float(1.0 + (bulk - 1.0) / (1.0 + (opening / penn_gap(bulk, fermi, plasma)) ** 2))


Screening = Bulk | Penn


def _bulk(compound: str, moved: materials.Moved) -> float:
    return moved.inside(compound, "epsinf") or materials.dielectric(compound)


def _free_electrons(lattice_constant: float) -> tuple[float, float, float]:
    """k_F (1/Å), E_F (eV) and ħω_p (eV) of 32 electrons in the cube of edge a (Å)."""
    density = 32.0 / lattice_constant**3
    wave = (3.0 * np.pi**2 * density) ** (1.0 / 3.0)
    plasma = np.sqrt(8.0 * np.pi * density * COULOMB * HBAR2_OVER_2M)
    return float(wave), float(HBAR2_OVER_2M * wave**2), float(plasma)


def penn_gap(bulk: float, fermi: float, plasma: float) -> float:
    """Penn's mean gap E_P (eV) that gives the dielectric constant `bulk`.

    Parameters
    ----------
    bulk : ε of the bulk, above 1.
    fermi, plasma : E_F and ħω_p of the valence electrons, eV.
    """
    gap = plasma / np.sqrt(bulk - 1.0)
    # S changes slowly with the gap: each round gains more than a digit.
    for _ in range(40):
        part = gap / (4.0 * fermi)
        gap = plasma * np.sqrt((1.0 - part + part**2 / 3.0) / (bulk - 1.0))
    return float(gap)
