"""Thermal populations of pair states, radiative rates, lifetime.

Γ = (4/3) n (e²/4πε0) E³ |d|² F² / (ħ (ħc)³), the rate of a dipole d in a medium of refractive index n,
summed over polarisations (Thränhardt, Ell, Khitrova and Gibbs, Phys. Rev. B 65, 035327 (2002)); F is the
ratio of the optical field inside the particle to that in the medium.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.units import BOLTZMANN, COULOMB, HBAR, SPEED_OF_LIGHT


@final
@dataclass(frozen=True)
class SphereField:
    """The field inside a dielectric sphere."""

    name: str = field(default="sphere", init=False)

    def factor(self, inside: float, outside: float) -> float:
        """F = 3 ε_out/(ε_in + 2 ε_out)."""
        return 3.0 * outside / (inside + 2.0 * outside)


@final
@dataclass(frozen=True)
class NoLocalField:
    """The field of the medium, unchanged by the particle."""

    name: str = field(default="none", init=False)

    def factor(self, _inside: float, _outside: float) -> float:
        """F = 1."""
        return 1.0


LocalField = SphereField | NoLocalField


def populations(energies: NDArray[Any], temperature: float) -> NDArray[Any]:
    """Boltzmann weights of states, 1 in all; `energies` (state,) in eV, `temperature` in K."""
    weights = np.exp(-(energies - energies.min()) / (BOLTZMANN * temperature))
    return weights / weights.sum()


def radiative_rates(
    energies: NDArray[Any], dipole: NDArray[Any], outside: float, factor: float
) -> NDArray[Any]:
    """Rate of spontaneous emission of each pair state; (exciton,), 1/ns.

    Parameters
    ----------
    energies : (exciton,), eV.
    dipole : (exciton, 3), complex, Å.
    outside : optical dielectric constant of the medium, n².
    factor : local-field factor F.
    """
    strength = COULOMB * (np.abs(dipole) ** 2).sum(axis=1) * factor**2
    per_ps = 4.0 / 3.0 * np.sqrt(outside) * energies**3 * strength / (HBAR * (HBAR * SPEED_OF_LIGHT) ** 3)
    return 1e3 * per_ps


def lifetime(rates: NDArray[Any], weights: NDArray[Any]) -> float:
    """1/⟨Γ⟩ over the thermal `weights` (exciton,), in ns from rates in 1/ns; infinite if nothing emits."""
    mean = float(rates @ weights)
    return 1.0 / mean if mean > 0.0 else float("inf")
