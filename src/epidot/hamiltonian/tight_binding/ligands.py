"""Potential of the ligands: a sheet of point dipoles on the missing bonds.

A ligand of moment p (its component along the bond, positive if the positive end points outwards) is a
point dipole at its bound atom, a bond's length along the missing bond from its anchor. An electron on
atom i has the energy

    V_i = −e² / (4π ε0 ε_L) Σ_j p_j·(r_i − s_j) / |r_i − s_j|³,

with the dielectric constant ε_L of the layer of tails. Around a closed uniform layer with P = moment per
area this is the step 4πP/ε_L of Helmholtz for every atom inside, whatever the shape and the dielectric
constant of the particle: a body without a field inside has nothing to screen (Jackson, Classical
Electrodynamics, §1.6). Where the layer is not uniform, the particle's own polarisation would weaken what
varies from atom to atom, at most by 2 ε_L/(ε_L + ε_particle), about one half; this is left out.
Sources: moments and ε_L of `epidot.materials.ligands`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.errors import InternalError
from epidot.materials.ligands import bound_length, ligand, ligand_layer
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.attached import FOREIGN_LIGANDS, tip_element
from epidot.units import COULOMB

Array = NDArray[Any]

_TILE: Final = 256


@final
@dataclass(frozen=True, eq=False)
class Dipoles:
    """Point dipoles in the layer of ligands."""

    places: Array
    """(dipole, 3) Å."""
    moments: Array
    """(dipole, 3) e Å."""


def ligand_dipoles(relaxed: Relaxed, hybrids: Array) -> Dipoles:
    """One dipole per ligand that the particle carries.

    Metal has none; nor have ligands of an imported structure, for it does not say what they are.

    Parameters
    ----------
    relaxed : the particle; its attached groups are named as the ligands of the table.
    hybrids : [atom, 2, orbital] dangling hybrids, which say where the missing bonds of the relaxed
        atoms point; two of one atom share a ligand along their mean.

    Raises
    ------
    InputError
        A group that is neither a metal tip nor a known ligand.
    """
    structure = relaxed.structure
    outward = hybrids[:, :, 1:4].sum(axis=1)
    places, moments = [np.zeros((0, 3))], [np.zeros((0, 3))]
    for index, group in enumerate(structure.attached_groups):
        if group == FOREIGN_LIGANDS or tip_element(group) is not None:
            continue
        bound = ligand(group)
        anchor = np.unique(structure.attached_anchor[structure.attached_group == index])
        length = np.linalg.norm(outward[anchor], axis=1, keepdims=True)
        if (length == 0.0).any():
            raise InternalError(f"a ligand ({group}) is anchored to an atom without a missing bond")
        bond = outward[anchor] / length
        elements, kinds = np.unique(structure.numbers[anchor], return_inverse=True)
        reach = np.array([bound_length(int(number), bound) for number in elements])[kinds]
        places.append(relaxed.positions[anchor] + reach[:, None] * bond)
        moments.append(bound.moment * bond)
    return Dipoles(np.concatenate(places), np.concatenate(moments))


def ligand_potential(positions: Array, dipoles: Dipoles, dielectric: float | None = None) -> Array:
    """Energy (atom,), eV, of an electron on each atom in the field of the dipoles.

    Parameters
    ----------
    positions : (atom, 3) Å.
    dipoles : of the ligands.
    dielectric : constant of the layer, by default that of the table.
    """
    constant = ligand_layer().value if dielectric is None else dielectric
    sums = _dipole_sums(
        np.ascontiguousarray(positions, dtype=np.float64),
        np.ascontiguousarray(dipoles.places.T),
        np.ascontiguousarray(dipoles.moments.T),
    )
    return -COULOMB / constant * sums


@njit(cache=True, fastmath=True, parallel=True)
def _dipole_sums(targets: Any, places: Any, moments: Any) -> Any:
    """Σ p·r/r³ at each target, 1/Å² times the unit of p; in fixed order, whatever the number of threads."""
    n_targets, n_dipoles = targets.shape[0], places.shape[1]
    out = np.zeros(n_targets)
    for tile in prange((n_targets + _TILE - 1) // _TILE):
        for i in range(tile * _TILE, min((tile + 1) * _TILE, n_targets)):
            x, y, z = targets[i, 0], targets[i, 1], targets[i, 2]
            total = 0.0
            for start in range(0, n_dipoles, _TILE):
                stop = min(start + _TILE, n_dipoles)
                # Slices, because an index start + j hides from the compiler that it may use SIMD.
                xs, ys, zs = places[0, start:stop], places[1, start:stop], places[2, start:stop]
                px, py, pz = moments[0, start:stop], moments[1, start:stop], moments[2, start:stop]
                part = 0.0
                for j in range(stop - start):
                    dx, dy, dz = x - xs[j], y - ys[j], z - zs[j]
                    square = dx * dx + dy * dy + dz * dz
                    inverse = 1.0 / np.sqrt(square)
                    part += (px[j] * dx + py[j] * dy + pz[j] * dz) * inverse * inverse * inverse
                total += part
            out[i] = total
    return out
