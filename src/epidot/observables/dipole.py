"""Transition dipoles and oscillator strengths.

The position operator is diagonal, r = Σ_i r_i |i⟩⟨i|, the same for all orbitals of an atom. With this
r, the momentum m[r, H]/(iħ) of the tight-binding H is the velocity form: ⟨h|p|e⟩ = (m/iħ)(E_e − E_h)
⟨h|r|e⟩ holds exactly, so length and velocity form are one (Graf and Vogl, Phys. Rev. B 51, 4940
(1995)). Left out: dipoles between orbitals of one atom, s–p above all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.states.states import States
from epidot.units import HBAR2_OVER_2M


def dipoles(states: States) -> NDArray[Any]:
    """⟨h|r|e⟩ of all pairs; (electron, hole, 3), complex, Å.

    Electron and hole states are orthogonal, so the origin does not matter; it is put at the centre
    of the atoms, where rounding of the float32 amplitudes does least harm.
    """
    electrons, holes = _complex(states.electron_coefficients), _complex(states.hole_coefficients)
    positions = states.relaxed.positions - states.relaxed.positions.mean(axis=0)
    rows = electrons.shape[1] // len(positions)
    out = np.empty((len(electrons), len(holes), 3), dtype=np.complex128)
    for axis in range(3):
        weight = np.repeat(positions[:, axis], rows)
        for number, hole in enumerate(holes):
            out[:, number, axis] = electrons @ (hole.conj() * weight)
    return out


def _complex(coefficients: NDArray[Any]) -> NDArray[Any]:
    """(state, atom × orbital × spin), complex."""
    flat = coefficients.reshape(len(coefficients), -1, 2)
    return np.ascontiguousarray(flat).view(np.complex64)[..., 0]


def oscillator_strengths(energies: NDArray[Any], dipole: NDArray[Any]) -> NDArray[Any]:
    """f = (2 m0/ħ²) E |d|²/3, averaged over orientations.

    Parameters
    ----------
    energies : (exciton,), eV.
    dipole : (exciton, 3), complex, Å.

    Returns
    -------
    (exciton,), dimensionless. Both spins are states of their own: no further factor of two.
    """
    return energies * (np.abs(dipole) ** 2).sum(axis=1) / (3.0 * HBAR2_OVER_2M)
