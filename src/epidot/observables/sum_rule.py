"""How much of the strength of all valence electrons the computed transitions hold.

With the diagonal r the strengths of all transitions from the full states to the empty ones add up to

    Σ f = (2m/3ħ²) ½ Σ_v ⟨v|[r, [H, r]]|v⟩ = −(m/3ħ²) Σ_v Σ_ij v_i* H_ij |r_i − r_j|² v_j

over the full states v (Thomas, Reiche and Kuhn; transitions between full states cancel). A particle near its
gap does not know them all; the sum is that of its compounds in bulk, over the Brillouin zone of zinc blende,
times its pairs of atoms. Nearly all of it lies at the energies of bonds, several eV above the gap.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.hamiltonian.tight_binding.bulk import bloch, unit_cell
from epidot.hamiltonian.tight_binding.parameters import parameters
from epidot.structure.structure import Structure
from epidot.units import HBAR2_OVER_2M

_POINTS: Final = 6
"""Wave vectors along each reciprocal vector, off the centre: 6 differ from 12 by 2e-6 in CdSe."""
_FULL: Final = 8
"""Full bands of zinc blende, spins counted."""


def zone(compound: str, method: TightBindingMethod, points: int = _POINTS) -> NDArray[Any]:
    """Evenly spread wave vectors of zinc blende, [point, 3] in 1/Å."""
    bonds = unit_cell(compound, "zb", method=method).vectors[0]
    reciprocal = 2.0 * np.pi * np.linalg.inv(bonds[1:] - bonds[0])
    steps = (np.arange(points) + 0.5) / points - 0.5
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3) @ reciprocal.T


@cache
def f_sum_per_pair(compound: str, set: str | materials.ParameterSet) -> float:
    """Strength of all valence electrons of one pair of ions of bulk zinc blende in a tight-binding set."""
    method = TightBindingMethod(parameters=set)
    cell = unit_cell(compound, "zb", method=method)
    table = parameters(cell.names, method)
    matrices = bloch(cell, table, zone(compound, method))
    _, vectors = np.linalg.eigh(matrices)
    full = vectors[:, :, :_FULL]
    # Bonds have one length and join the two sublattices: H_ij |r_i − r_j|² is the off-diagonal block.
    half = matrices.shape[1] // 2
    square = float((cell.vectors[0, 0] ** 2).sum())
    bond = np.einsum("kiv,kij,kjv->k", full[:, :half].conj(), matrices[:, :half, half:], full[:, half:]).real
    return float(-2.0 * square * bond.mean() / (6.0 * HBAR2_OVER_2M))


def f_sum(structure: Structure, set: str | materials.ParameterSet) -> float:
    """Strength of all valence electrons of a particle, by its compounds in bulk."""
    pairs = 0.5 * np.bincount(structure.material, minlength=len(structure.materials))
    return float(pairs @ [f_sum_per_pair(name, set) for name in structure.materials])
