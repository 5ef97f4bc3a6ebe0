"""Thermal populations of pair states, radiative rates, lifetime.

Γ = (4/3) n (e²/4πε0) E³ |d|² F² / (ħ (ħc)³), the rate of a dipole d in a medium of refractive index n,
summed over polarisations (Thränhardt, Ell, Khitrova and Gibbs, Phys. Rev. B 65, 035327 (2002)); F is the
ratio of the optical field inside the particle to that in the medium, which `local_field` puts into the
dipole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.units import BOLTZMANN, COULOMB, HBAR, SPEED_OF_LIGHT


def populations(energies: NDArray[Any], temperature: float) -> NDArray[Any]:
    """Boltzmann weights of states, 1 in all; `energies` (state,) in eV, `temperature` in K."""
    weights = np.exp(-(energies - energies.min()) / (BOLTZMANN * temperature))
    return weights / weights.sum()


def radiative_rates(energies: NDArray[Any], seen: NDArray[Any], outside: float) -> NDArray[Any]:
    """Rate of spontaneous emission of each pair state; (exciton,), 1/ns.

    Parameters
    ----------
    energies : (exciton,), eV.
    seen : (exciton, 3), complex, Å; dipole as the medium sees it.
    outside : optical dielectric constant of the medium, n².
    """
    strength = COULOMB * (np.abs(seen) ** 2).sum(axis=1)
    per_ps = 4.0 / 3.0 * np.sqrt(outside) * energies**3 * strength / (HBAR * (HBAR * SPEED_OF_LIGHT) ** 3)
    return 1e3 * per_ps


def lifetime(rates: NDArray[Any], weights: NDArray[Any]) -> float:
    """1/⟨Γ⟩ over the thermal `weights` (exciton,), in ns from rates in 1/ns; infinite if nothing emits."""
    mean = float(rates @ weights)
    return 1.0 / mean if mean > 0.0 else float("inf")
