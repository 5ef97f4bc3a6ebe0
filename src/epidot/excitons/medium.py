"""The screened interaction of charges on the atoms of one particle.

Charges q_i at r_i (real and of either sign: populations, or transition densities) see

* directly                  e² [Σ_{i≠j} a_i b_j ½ (1/ε_i + 1/ε_j) / r_ij + Σ_i a_i b_i u_i / ε_i]
* through the interfaces    e² Σ_ij a_i b_j ½ [G(r_i, r_j) + G(r_j, r_i)]
* of a charge with itself   (e²/2) Σ_i q_i G(r_i, r_i)

ε_i is the constant of the region that holds atom i: segments of one constant make a region, or the whole
particle does. G(r, r') is the potential at r of the charge that a unit charge at r' induces on the
boundaries of the regions and on the surface, where the solvent begins (`numerics.boundary`); in media of
constants that jump, 1/(ε(r') |r − r'|) + G(r, r') is the whole potential everywhere, and symmetric.

On an atom u = (6/5)/R_a, the mutual energy of two uniform spheres of the atom's own volume a³/8 =
4π R_a³/3: 9.2 eV for CdSe before screening, close to the ionisation potential less the electron
affinity of the free atom (Se: 9.75 − 2.02 eV), Pariser's estimate of the one-centre integral (J.
Chem. Phys. 21, 568 (1953)). It is screened like all else: the screening of Resta (Phys. Rev. B 16,
2717 (1977)) is nearly complete at the mean distance within such a sphere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.excitons.method import PairMethod
from epidot.numerics import boundary, coulomb
from epidot.numerics.partition import OUTSIDE, Partition, partition
from epidot.states.states import States
from epidot.units import COULOMB

Array = NDArray[Any]

_ALIKE: Final = 5e-3
"""Relative difference of ε below which segments are one region; image charges would be 0.25 %."""


@final
@dataclass(frozen=True, eq=False)
class Medium:
    """Interaction of charges on the atoms: eV, positive between like charges.

    Densities are real charges of the atoms, (density, atom), of either sign and any total.
    """

    positions: Array
    """(atom, 3), Å."""
    onsite: Array
    """(atom,) what stands for 1/r between two charges of one atom, 1/Å."""
    regions: Array
    """(atom,) number of the region."""
    constants: Array
    """(region,) ε."""
    outside: float
    shape: Partition
    """The boundaries of the regions."""
    inside: float
    """Mean of ε over the volume of the particle."""
    method: PairMethod

    def bare(self, first: Array, second: Array) -> Array:
        """Interaction in vacuum, without interfaces; (a, b) eV from (a, atom) and (b, atom)."""
        sums = coulomb.direct(self.positions, first, second, self.onsite, self.method.dropped)
        return COULOMB * sums

    def direct(self, first: Array, second: Array) -> Array:
        """Interaction screened by the particle's own media; (a, b) eV from (a, atom) and (b, atom)."""
        if len(self.constants) == 1:
            return self.bare(first, second) / self.constants[0]
        screening = 1.0 / self.constants[self.regions]
        ours, theirs = (np.concatenate([charges, charges * screening]) for charges in (first, second))
        both = self.bare(ours, theirs)
        return 0.5 * (both[: len(first), len(second) :] + both[len(first) :, : len(second)])

    def through(self, first: Array, second: Array) -> Array:
        """Interaction through the charge induced at interfaces; (a, b) eV from (a, atom) and (b, atom)."""
        if self._response is None:
            return np.zeros((len(first), len(second)))
        points, constants, weights = self._felt(np.concatenate([first, second]))
        ours, theirs = weights[: len(first)], weights[len(first) :]
        return COULOMB * boundary.interaction(self._response, points, constants, ours, theirs)

    def self_energy(self, densities: Array) -> Array:
        """½ Σ_i q_i W(r_i, r_i) with the induced charge; (n,) eV from (n, atom)."""
        if self._response is None:
            return np.zeros(len(densities))
        return 0.5 * COULOMB * boundary.self_interaction(self._response, *self._felt(densities))

    @cached_property
    def _response(self) -> boundary.Response | None:
        if not self.method.surface or (self.constants == self.outside).all():
            return None
        constants = np.append(self.constants, self.outside)
        before = np.where(self.shape.before == OUTSIDE, len(self.constants), self.shape.before)
        return boundary.factorise(self.shape.surface, constants[self.shape.behind], constants[before])

    def _felt(self, densities: Array) -> tuple[Array, Array, Array]:
        """Points that carry all but little of each density, off the interfaces; ε there, charges on them."""
        kept = coulomb.heavy(densities, self.method.dropped_surface)
        weights = densities[:, kept]
        size = np.abs(weights)
        share = size / np.maximum(size.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        # The charge in all stays as it is: it is what a particle far away, or the solvent, sees of it.
        weights = weights + (densities.sum(axis=1) - weights.sum(axis=1))[:, None] * share
        points, regions = self.positions[kept], self.regions[kept]
        for region in np.unique(regions):
            own = regions == region
            around = self.shape.boundary(int(region))
            points[own] = boundary.withdrawn(around, points[own], self.method.interface)
        return points, self.constants[regions], weights


def medium_of(states: States, outside: float, method: PairMethod) -> Medium:
    """The medium that charges on the atoms of a particle see.

    Parameters
    ----------
    outside : optical dielectric constant of the solvent.
    method : screening and numerical choices.
    """
    structure, positions = states.relaxed.structure, states.relaxed.positions
    volumes = atomic_volumes(states)
    surface = boundary.enclose(
        positions,
        volumes,
        distance=method.interface,
        smoothing=method.smoothing,
        panels=method.panels,
    )
    radius = 3.0 * surface.volume / surface.area
    per_compound = np.array(
        [method.screening.dielectric(name, radius, method.moved) for name in structure.materials]
    )
    per_atom = per_compound[structure.material]
    regions = np.zeros(len(volumes), dtype=np.int64)
    if method.dielectric == "segments" and method.surface:
        regions = _regions(structure.segment, volumes, per_atom)
    constants = np.bincount(regions, weights=volumes * per_atom) / np.bincount(regions, weights=volumes)
    if len(constants) == 1:
        alone = np.zeros(len(surface.areas), dtype=np.int64)
        shape = Partition(surface, alone, np.full_like(alone, OUTSIDE))
    else:
        shape = partition(
            positions,
            volumes,
            regions,
            distance=method.interface,
            smoothing=method.smoothing,
            panels=method.panels,
        )
    return Medium(
        positions=positions,
        onsite=1.2 / (3.0 * volumes / (4.0 * np.pi)) ** (1.0 / 3.0),
        regions=regions,
        constants=constants,
        outside=outside,
        shape=shape,
        inside=float(volumes @ per_atom / volumes.sum()),
        method=method,
    )


def _regions(segments: Array, volumes: Array, constants: Array) -> Array:
    """Region of each atom, from 0: segments whose mean constants are nearly the same make one."""
    _, numbers = np.unique(segments, return_inverse=True)
    means = np.bincount(numbers, weights=volumes * constants) / np.bincount(numbers, weights=volumes)
    order = np.argsort(means, kind="stable")
    steps = np.diff(means[order]) > _ALIKE * means[order][1:]
    group = np.empty_like(order)
    group[order] = np.concatenate([[0], np.cumsum(steps)])
    return group[numbers]


def atomic_volumes(states: States) -> Array:
    """Volume a³/8 of each atom in its own zinc-blende material; (atom,), Å³."""
    structure = states.relaxed.structure
    volumes = np.array([materials.lattice_constant(name) ** 3 / 8.0 for name in structure.materials])
    return volumes[structure.material]
