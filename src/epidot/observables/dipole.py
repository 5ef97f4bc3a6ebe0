"""Transition dipoles and oscillator strengths.

The position operator is r = Σ_i r_i |i⟩⟨i| + μ: diagonal, the same for all orbitals of an atom, and by
choice a dipole μ between the s and p orbitals of one atom. With whichever r, the momentum m[r, H]/(iħ) of
the tight-binding H is the velocity form: ⟨h|p|e⟩ = (m/iħ)(E_e − E_h)⟨h|r|e⟩ holds exactly, so length and
velocity form are one (Graf and Vogl, Phys. Rev. B 51, 4940 (1995)).

μ is that of free atoms, ⟨s|z|p_z⟩ = (2n + 1)/(2ζ√3) a_B with Slater's one exponent for s and p (Slater,
Phys. Rev. 36, 57 (1930)), in the spirit of Leung, Pokrant and Whaley, Phys. Rev. B 57, 12291 (1998), whose
values are not used. s* and d are not orbitals of a free atom here and have none. Fitted sets take their
masses, and so their strengths, from the diagonal r: without μ their Kane energies are near the measured
ones, with it 30 % too small (docs/optics.md), which is why `Light.dipole` leaves it out unless asked.
Foreman, Phys. Rev. B 66, 165212 (2002), shows that gauge invariance asks for a basis in which r is diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.states.states import States
from epidot.units import HBAR2_OVER_2M

_BLOCK: Final = 32_768
"""Atoms at a time: double precision of all states at once would double the memory."""
_BOHR: Final = 0.529177210903
"""Å"""
_SLATER: Final = {
    16: (3.0, 5 * 0.35 + 8 * 0.85 + 2),
    30: (3.7, 1 * 0.35 + 18 * 0.85 + 10),
    34: (3.7, 5 * 0.35 + 18 * 0.85 + 10),
    48: (4.0, 1 * 0.35 + 18 * 0.85 + 28),
    52: (4.0, 5 * 0.35 + 18 * 0.85 + 28),
}
"""Atomic number: effective quantum number n and screening of the valence shell of the neutral atom."""


@final
@dataclass(frozen=True, eq=False)
class Position:
    """An operator diagonal in the atoms but for its s–p part."""

    on_atom: NDArray[Any]
    """(axis, atom), Å: its value on each atom."""
    between: NDArray[Any] | None
    """(axis, atom, 3), Å: between s and (p_x, p_y, p_z) of each atom; None for none."""


def free_atom_dipole(number: int) -> float:
    """⟨s|z|p_z⟩ of the valence shell of a free atom, Å, from Slater's rules.

    Raises
    ------
    InputError
        An element without an entry.
    """
    if number not in _SLATER:
        known = ", ".join(map(str, _SLATER))
        raise InputError("dipole", number, f"has no orbitals here; there are {known}", 'Use dipole "site"')
    quantum, screening = _SLATER[number]
    exponent = (number - screening) / quantum
    return (2.0 * quantum + 1.0) / (2.0 * exponent * np.sqrt(3.0)) * _BOHR


def intra_atomic(states: States) -> NDArray[Any]:
    """⟨s|z|p_z⟩ of each atom, (atom,), Å, from Slater's rules."""
    numbers = states.relaxed.structure.numbers
    kinds, place = np.unique(numbers, return_inverse=True)
    return np.array([free_atom_dipole(int(kind)) for kind in kinds])[place]


def position(states: States, dipole: str) -> Position:
    """r itself: the place of each atom and, if `dipole` is ``slater``, μ; origin at the centre of the atoms.

    Electron and hole states are orthogonal, so the origin does not matter; there rounding of the float32
    amplitudes does least harm.
    """
    places = states.relaxed.positions - states.relaxed.positions.mean(axis=0)
    if dipole == "site":
        return Position(places.T, None)
    return Position(places.T, np.eye(3)[:, None, :] * intra_atomic(states)[None, :, None])


def dipoles(states: States, operator: Position | None = None) -> NDArray[Any]:
    """⟨h|r|e⟩ of all pairs; (electron, hole, 3), complex, Å.

    Parameters
    ----------
    operator : what stands for r; None for the places of the atoms.
    """
    operator = operator or position(states, "site")
    count, electrons = len(states.relaxed.positions), len(states.electron_energies)
    out = np.zeros((electrons, len(states.hole_energies), 3), dtype=np.complex128)
    for start in range(0, count, _BLOCK):
        block = slice(start, start + _BLOCK)
        first, second = states.electron_coefficients[:, block], states.hole_coefficients[:, block]
        flat = _complex(first).reshape(electrons, -1)
        for number, hole in enumerate(_complex(second)):
            for axis in range(3):
                acted = _applied(operator, axis, block, hole)
                out[:, number, axis] += flat @ acted.conj().ravel()
    return out


def _complex(coefficients: NDArray[Any]) -> NDArray[Any]:
    """(state, atom, orbital, spin), complex in double precision."""
    return np.ascontiguousarray(coefficients, np.float64).view(np.complex128)[..., 0]


def _applied(operator: Position, axis: int, block: slice, state: NDArray[Any]) -> NDArray[Any]:
    """The operator on one state (atom, orbital, spin) of a block of atoms."""
    acted = operator.on_atom[axis, block, None, None] * state
    if operator.between is not None:
        between = operator.between[axis, block]
        acted[:, 0] += np.einsum("ak,aks->as", between, state[:, 1:4])
        acted[:, 1:4] += between[:, :, None] * state[:, :1]
    return acted


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
