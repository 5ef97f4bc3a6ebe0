"""Transition dipoles between envelopes: Kane's momentum matrix element times the overlap of envelopes.

⟨S|p|X⟩ = m0 P/ħ with Ep = 2 m0 P²/ħ², so that ⟨v|r|c⟩ = −i P/(E_c − E_v) times ∫ F_v* F_c and the
polarisation of the band's Bloch function (Kane, J. Phys. Chem. Solids 1, 249 (1957)). About the axis of the
crystal (c of wurtzite, z of zinc blende) with directions x, y across it,

    A: |3/2, ±3/2⟩ = ∓(X ± iY) ↑↓/√2,   B: |3/2, ±1/2⟩ = ∓(X ± iY) ↓↑/√6 + √(2/3) Z ↑↓.

Band B is that of zinc blende; in wurtzite the crystal field mixes it with C, which is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding.polarisation import polar_axes
from epidot.states.states import States
from epidot.units import HBAR2_OVER_2M

Array = NDArray[Any]


def bloch_dipoles() -> Array:
    """Polarisation of each transition in the crystal's own axes, [band A or B, hole, electron spin, axis]."""
    found = np.zeros((2, 2, 2, 3), complex)
    across = np.array([[1.0, 1.0j, 0.0], [1.0, -1.0j, 0.0]])
    along = np.array([0.0, 0.0, 1.0])
    for hole, sign in ((0, -1.0), (1, 1.0)):
        found[0, hole, hole] = sign * across[hole] / np.sqrt(2.0)
        found[1, hole, 1 - hole] = sign * across[hole] / np.sqrt(6.0)
        found[1, hole, hole] = np.sqrt(2.0 / 3.0) * along
    return found.conj()


def kane_dipoles(states: States) -> Array:
    """⟨h|r|e⟩ of all pairs of envelopes; (electron, hole, 3), complex, Å."""
    structure = states.relaxed.structure
    momentum = np.array(
        [np.sqrt(HBAR2_OVER_2M * materials.number(name, "Ep")) for name in structure.materials]
    )
    frames = _frames(polar_axes(structure))
    weights = momentum[structure.material][:, None, None] * frames
    electrons = _complex(states.electron_coefficients[:, :, 0])
    holes = _complex(states.hole_coefficients[:, :, 1:])
    turned = np.einsum("axl,bhsl->abhsx", weights, bloch_dipoles(), optimize=True)
    found = np.empty((len(electrons), len(holes), 3), complex)
    for number, hole in enumerate(holes):
        acted = np.einsum("abh,abhsx->asx", hole.conj(), turned, optimize=True)
        found[:, number] = electrons.reshape(len(electrons), -1) @ acted.reshape(-1, 3)
    gaps = states.electron_energies[:, None] - states.hole_energies[None, :]
    return -1j * found / gaps[:, :, None]


def _complex(parts: Array) -> Array:
    return parts[..., 0].astype(np.complex128) + 1j * parts[..., 1]


def _frames(axes: Array) -> Array:
    """Columns x, y, z of the crystal on each atom, (atom, 3, axis); z is c, or z of space in zinc blende."""
    z = np.where((np.abs(axes).sum(axis=1) > 0.0)[:, None], axes, np.array([0.0, 0.0, 1.0]))
    helper = np.eye(3)[np.abs(z).argmin(axis=1)]
    x = np.cross(helper, z)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=2)
