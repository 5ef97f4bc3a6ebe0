"""The verb: from the atoms of a particle to the Hamiltonian of its envelopes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.envelope.bands import Bands, bands
from epidot.hamiltonian.envelope.grid import filled, usual_spacing
from epidot.hamiltonian.envelope.method import EnvelopeMethod
from epidot.hamiltonian.envelope.model import BANDS, Carrier, Envelope, Outside
from epidot.hamiltonian.tight_binding import Surroundings, TightBindingMethod
from epidot.hamiltonian.tight_binding.dangling import dangling
from epidot.hamiltonian.tight_binding.edges import PHASES
from epidot.hamiltonian.tight_binding.electrostatics import TERMS, potentials
from epidot.hamiltonian.tight_binding.network import network
from epidot.hamiltonian.tight_binding.parameters import parameters
from epidot.hamiltonian.tight_binding.polarisation import polar_axes
from epidot.numerics.elements import PLANES
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import Structure

Array = NDArray[Any]

_ROUGHER: Final = 1.4
"""Spacing of the coarser grid in that of the fine one."""
_EDGES: Final = ("conduction", "valence", "second")
"""Fields of `Bands` that are the edges of `BANDS`."""


def envelope(
    relaxed: Relaxed,
    *,
    method: EnvelopeMethod | None = None,
    bulk: TightBindingMethod | None = None,
    around: Surroundings | None = None,
) -> Envelope:
    """The Hamiltonian of electrons and holes of a particle as envelopes on a grid.

    Parameters
    ----------
    relaxed : the particle.
    method : grid, outside.
    bulk : parameter and offset set whose bulk bands are meant.
    around : applied field and solvent.

    Raises
    ------
    InputError
        Unknown set, solvent or compound.
    """
    method, bulk, around = method or EnvelopeMethod(), bulk or TightBindingMethod(), around or Surroundings()
    structure = relaxed.structure
    classes, own = _classes(structure, bulk)
    volumes = _volumes(structure)
    potential = _potentials(relaxed, method, bulk, around)
    channels = _channels(classes, own, relaxed, potential.sum(axis=0))
    spacing = method.spacing or usual_spacing(float(volumes.sum()))
    fine, rough = (
        _carriers(filled(relaxed.positions, volumes, channels, size), classes, method)
        for size in (spacing, _ROUGHER * spacing)
    )
    return Envelope(
        relaxed=relaxed,
        method=method,
        carriers=fine,
        rough=rough,
        split=any(band.gamma3 != 0.0 for band in classes),
        volumes=volumes,
        potential=potential,
        potential_terms=TERMS,
        bulk_edges={
            name: {
                phase: [bands(name, phase, bulk).valence, bands(name, phase, bulk).conduction]
                for phase in PHASES
            }
            for name in structure.materials
        },
        parameters=materials.set_name(bulk.parameters),
        offsets=bulk.offsets,
    )


def _classes(structure: Structure, bulk: TightBindingMethod) -> tuple[tuple[Bands, ...], Array]:
    """Compounds in phases that are present, and the one of each atom (atom,)."""
    codes, own = np.unique(2 * structure.material + structure.phase, return_inverse=True)
    found = [bands(structure.materials[code // 2], PHASES[code % 2], bulk) for code in codes.tolist()]
    return tuple(found), own


def _volumes(structure: Structure) -> Array:
    own = np.array([materials.lattice_constant(name) ** 3 / 8.0 for name in structure.materials])
    return own[structure.material]


def _potentials(
    relaxed: Relaxed, method: EnvelopeMethod, bulk: TightBindingMethod, around: Surroundings
) -> Array:
    """Energy of an electron on each atom by each of `TERMS`, (term, atom) in eV."""
    own = TightBindingMethod(
        parameters=bulk.parameters,
        offsets=bulk.offsets,
        polarisation="wurtzite" if method.polarisation else "none",
        ligand_potential=method.ligand_potential,
    )
    bonds = network(relaxed)
    hybrids = dangling(bonds, len(parameters(bonds.names, own).orbitals))
    return potentials(relaxed, bonds, hybrids, own, around)


def _channels(classes: tuple[Bands, ...], own: Array, relaxed: Relaxed, potential: Array) -> Array:
    """(atom, channel): share of each class, shifts of the edges of c, A and B, and γ3 (1 − 3 cc).

    The tensor is in the order of `PLANES`.
    """
    axes = polar_axes(relaxed.structure)
    shares = np.eye(len(classes))[own]
    gamma3, a_c, a_v, shear = (
        np.array([getattr(band, name) for band in classes])[own]
        for name in ("gamma3", "conduction_shift", "valence_shift", "shear")
    )
    volume = np.trace(relaxed.strain, axis1=1, axis2=2)
    sideways = shear * (volume - 3.0 * np.einsum("ai,aij,aj->a", axes, relaxed.strain, axes))
    shifts = [a_c * volume, a_v * volume + sideways, a_v * volume - sideways]
    tensor = [gamma3 * ((i == j) - 3.0 * axes[:, i] * axes[:, j]) for i, j in PLANES]
    return np.column_stack([shares, *(shift + potential for shift in shifts), *tensor])


def _carriers(filling: Any, classes: tuple[Bands, ...], method: EnvelopeMethod) -> dict[str, Carrier]:
    vacuum = materials.vacuum_level()
    count = len(classes)
    shares, turned = filling.values[:count], filling.values[count + len(BANDS) :]

    def mean(name: str) -> Array:
        return np.einsum("c,cnp->np", [getattr(band, name) for band in classes], shares)

    def carrier(sign: float, name: str, level: float, tensor: Array | None = None) -> Carrier:
        shift = filling.values[count + _EDGES.index(name)]
        edge = sign * (mean(name) + shift)
        held = filling.inside > 0.5
        bound = float((edge[held] / filling.inside[held]).min()) - 0.1
        outside = Outside(sign * (vacuum + level), method.outer_mass)
        return Carrier(filling, edge, outside, bound, classes if tensor is None else (), tensor)

    isotropic = np.zeros_like(turned)
    isotropic[:3] = mean("gamma1")
    return {
        "c": carrier(1.0, "conduction", method.outer_conduction),
        "A": carrier(-1.0, "valence", method.outer_valence, isotropic + turned),
        "B": carrier(-1.0, "second", method.outer_valence, isotropic - turned),
    }
