"""Where the gap of a particle is looked for: bulk edges of what it is made of, bent by the potentials.

The band edges of each compound and phase follow the potential on its atoms. An applied field and the
crystal's polarisation vary smoothly, so that the highest valence edge and the lowest conduction edge bound
the gap as in a bent semiconductor; where these cross there is no gap to look in. The dipoles of ligands act
on the nearest atoms far more than on the rest: of them the median counts.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.hamiltonian.tight_binding.electrostatics import V_PER_A, Surroundings
from epidot.hamiltonian.tight_binding.network import Network

Array = NDArray[Any]
Bulk: TypeAlias = dict[str, dict[str, list[float]]]
"""Compound to phase to valence and conduction edge, eV."""

PHASES: Final = ("zb", "wz")
"""By their number in `Structure.phase`."""


def gap_edges(
    bonds: Network, phase: Array, potential: Array, bulk: Bulk, around: Surroundings
) -> tuple[float, float]:
    """Highest valence and lowest conduction edge, eV.

    Parameters
    ----------
    bonds : of the particle.
    phase : (atom,) 0 zinc blende, 1 wurtzite.
    potential : (term, atom) eV, terms as in `electrostatics.TERMS`.
    bulk : of every compound and phase.
    around : the field that the error names.

    Raises
    ------
    InputError
        The field, or the polarisation, is so strong that the edges cross.
    """
    members = _members(bonds, phase, bulk)
    applied, polar, ligands = potential
    valence, conduction = _bent(members, applied + polar, ligands)
    if valence < conduction:
        return valence, conduction
    valence, conduction = _bent(members, polar, ligands)
    if valence >= conduction:
        rule = f"bends the bulk edges by up to {np.ptp(polar):.2f} eV, which closes the gap"
        cure = "Compensate the charge of the surface (surface_charge: screened), or set polarisation: none"
        raise InputError("polarisation", "of this particle", rule, cure)
    strength = float(np.linalg.norm(around.field)) / V_PER_A
    most = strength * (conduction - valence) / np.ptp(applied)
    rule = f"drops {np.ptp(applied):.2f} V over the particle, which closes its gap of bulk edges"
    raise InputError("field", f"{strength:.4g} kV/cm", rule, f"Apply less than about {most:.2g} kV/cm")


def _members(bonds: Network, phase: Array, bulk: Bulk) -> list[tuple[list[float], Array]]:
    """Edges (eV) of each bulk compound and phase present, and the atoms (mask) that have its bonds."""
    codes = 2 * bonds.compound + phase[:, None]
    return [
        (
            bulk[bonds.names[code // 2]][PHASES[code % 2]],
            ((codes == code) & bonds.exists).any(axis=1),
        )
        for code in np.flatnonzero(np.bincount(codes[bonds.exists]))
    ]


def _bent(members: list[tuple[list[float], Array]], smooth: Array, ligands: Array) -> tuple[float, float]:
    shifts = [float(np.median(ligands[own])) for _, own in members]
    highest = max(
        edge[0] + shift + float(smooth[own].max()) for (edge, own), shift in zip(members, shifts, strict=True)
    )
    lowest = min(
        edge[1] + shift + float(smooth[own].min()) for (edge, own), shift in zip(members, shifts, strict=True)
    )
    return highest, lowest
