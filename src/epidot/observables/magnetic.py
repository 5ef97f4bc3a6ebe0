"""Magnetic moments, g-factors and circular polarisation in a weak magnetic field.

H_Z = μ_B B·(L + 2 S) in first order, in units of ħ. L is the orbital momentum of the tight-binding states:
that of the p and d shells of each atom, and m r × v/ħ between atoms with the velocity v = (i/ħ)[H, r] of the
diagonal r, the same whose matrix elements are the dipoles:

    ⟨i|L|j⟩ = i (m/ħ²) H_ij r_i × r_j,

which is the derivative of Peierls' phase (Graf and Vogl, Phys. Rev. B 51, 4940 (1995)). In bulk it makes the
g of Roth, 2 − (2/3) E_P Δ/(E_g (E_g + Δ)) (Roth, Lax and Zwerdling, Phys. Rev. 114, 90 (1959)). The field
does not move or mix single-particle states of different multiplets; pair states mix among those computed.

The g-factors of a doublet with moments M_k are the principal values of |g|, gᵀg = 2 Tr(M_k M_l), with the
sign of det g = 4 Im Tr(M_x M_y M_z) for all three, 2 for a free electron (Chibotaru, Ceulemans and Bolvin,
Phys. Rev. Lett. 101, 033003 (2008)). The doublet of a hole is the one of the missing electron. Where the
edge is more than a doublet, as the fourfold one of a zinc-blende sphere, its g-factors are not defined and
not given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons
from epidot.hamiltonian.tight_binding import TightBinding
from epidot.observables.lifetime import populations
from epidot.units import HBAR2_OVER_2M

Array = NDArray[Any]

BOHR_MAGNETON: Final = 5.7883818060e-5
"""μ_B in eV/T (CODATA 2018)."""
_SAME: Final = 1e-4
"""eV; levels closer than this are one multiplet."""
_PAULI: Final = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


@final
@dataclass(frozen=True, eq=False)
class Moments:
    """⟨a|L + 2S|b⟩ along x, y, z among electron and among hole states."""

    electron: Array
    """(axis, electron, electron), complex"""
    hole: Array
    """(axis, hole, hole), complex"""


def moments(hamiltonian: TightBinding, excitons: Excitons) -> Moments:
    """Moments of the single-particle states of `excitons`, which are eigenstates of `hamiltonian`."""
    states = excitons.states
    shells = _shells(len(hamiltonian.orbitals))
    return Moments(
        _among(hamiltonian, shells, states.electron_coefficients),
        _among(hamiltonian, shells, states.hole_coefficients),
    )


def of_pairs(found: Moments, amplitudes: Array) -> Array:
    """⟨X|L + 2S|Y⟩ of pair states with amplitudes (exciton, electron, hole): (axis, exciton, exciton).

    A hole takes away what the electron it replaces has.
    """
    electrons = np.einsum("xeh,kef,yfh->kxy", amplitudes.conj(), found.electron, amplitudes, optimize=True)
    holes = np.einsum("xeh,kgh,yeg->kxy", amplitudes.conj(), found.hole, amplitudes, optimize=True)
    return electrons - holes


def g_factors(doublet: Array) -> Array:
    """Principal values of g, smallest |g| first, (3,), of a Kramers doublet with moments (axis, 2, 2)."""
    square = 2.0 * np.einsum("kab,lba->kl", doublet, doublet).real
    sizes = np.sqrt(np.maximum(np.linalg.eigvalsh(square), 0.0))
    handed = np.einsum("ab,bc,ca->", doublet[0], doublet[1], doublet[2]).imag
    return sizes * (1.0 if handed >= 0.0 else -1.0)


def edge_g_factors(levels: Array, moment: Array) -> Array:
    """g-factors of the states nearest to the gap; empty unless they are a doublet of their own.

    Parameters
    ----------
    levels : (state,), eV, from the gap outwards.
    moment : (axis, state, state).
    """
    doublet = int((np.abs(levels - levels[0]) < _SAME).sum()) == 2
    return g_factors(moment[:, :2, :2]) if doublet else np.empty(0)


def circular_polarisation(
    energies: Array, moment: Array, seen: Array, field: float, temperature: float
) -> Array:
    """(I_σ+ − I_σ−)/(I_σ+ + I_σ−) of what is emitted along a field parallel to x, y and z; (3,), −1 to 1.

    Parameters
    ----------
    energies : (exciton,), eV, without field.
    moment : (axis, exciton, exciton), see `of_pairs`.
    seen : (exciton, 3), complex, Å; dipole ⟨0|r|X⟩ as the medium sees it.
    field : T.
    temperature : K.
    """
    out = np.zeros(3)
    for axis in range(3):
        split, mixed = np.linalg.eigh(np.diag(energies) + BOHR_MAGNETON * field * moment[axis])
        dipole = mixed.T @ seen
        weights = populations(split, temperature) * split**3
        first, second = dipole[:, (axis + 1) % 3], dipole[:, (axis + 2) % 3]
        plus, minus = (float(weights @ np.abs(first - sign * 1j * second) ** 2) for sign in (1, -1))
        out[axis] = (plus - minus) / (plus + minus) if plus + minus > 0.0 else 0.0
    return out


def _among(hamiltonian: TightBinding, shells: Array, coefficients: Array) -> Array:
    states = np.ascontiguousarray(coefficients, np.float64).view(np.complex128)[..., 0]
    acted = np.empty((3, *states.shape), dtype=np.complex128)
    for number, state in enumerate(states):
        acted[:, number] = _orbital(hamiltonian, shells, state)
        acted[:, number] += np.einsum("kts,aos->kaot", _PAULI, state)
    return np.einsum("maos,knaos->kmn", states.conj(), acted, optimize=True)


def _orbital(hamiltonian: TightBinding, shells: Array, state: Array) -> Array:
    """L on one state (atom, orbital, spin): (axis, atom, orbital, spin)."""
    places = hamiltonian.relaxed.positions - hamiltonian.relaxed.positions.mean(axis=0)
    found = np.einsum("kop,aps->kaos", shells, state)
    for slot in range(4):
        near = np.flatnonzero(hamiltonian.neighbours[:, slot] >= 0)
        other = hamiltonian.neighbours[near, slot]
        hopped = np.einsum("aop,aps->aos", hamiltonian.hopping[near, slot], state[other])
        arms = np.cross(places[near], places[other]) * 0.5j / HBAR2_OVER_2M
        found[:, near] += np.einsum("ak,aos->kaos", arms, hopped)
    return found


def _shells(orbitals: int) -> Array:
    """L of the p and d shells of one atom, (axis, orbital, orbital), Hermitian."""
    found = np.zeros((3, orbitals, orbitals), dtype=complex)
    turns = np.zeros((3, 3, 3), dtype=complex)
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        turns[k, i, j], turns[k, j, i] = -1j, 1j
    if orbitals >= 5:
        found[:, 1:4, 1:4] = turns
    if orbitals == 10:
        tensors = _quadrupoles()
        turned = np.einsum("kxy,nyz->knxz", turns, tensors) + np.einsum("nxy,kzy->knxz", tensors, turns)
        found[:, 5:, 5:] = np.einsum("mxz,knxz->kmn", tensors, turned)
    return found


def _quadrupoles() -> Array:
    """Traceless tensors of d_xy, d_yz, d_zx, d_x²−y², d_z², normalised; (5, 3, 3)."""
    found = np.zeros((5, 3, 3))
    for number, (i, j) in enumerate(((0, 1), (1, 2), (2, 0))):
        found[number, i, j] = found[number, j, i] = np.sqrt(0.5)
    found[3] = np.diag([1.0, -1.0, 0.0]) / np.sqrt(2.0)
    found[4] = np.diag([-1.0, -1.0, 2.0]) / np.sqrt(6.0)
    return found
