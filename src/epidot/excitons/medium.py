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

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.excitons.method import PairMethod
from epidot.numerics import boundary, coulomb, induction
from epidot.numerics.coulomb import Pair
from epidot.numerics.partition import OUTSIDE, Partition, partition
from epidot.states.states import States
from epidot.units import COULOMB

Array = NDArray[Any]

_ALIKE: Final = 5e-3
"""Relative difference of ε below which segments are one region; image charges would be 0.25 %."""


@final
@dataclass(frozen=True, eq=False)
class Through:
    """Energies (eV) through the charge that densities induce at interfaces."""

    between: list[Array]
    """(a, b) of each pair of (a,) and (b,) densities."""
    alone: Array
    """(density,) of each with the charge that it induces itself; linear in the density."""


@final
@dataclass(frozen=True, eq=False)
class Medium:
    """Interaction of charges on the atoms: eV, positive between like charges.

    Densities are real charges of the atoms, (density, atom), of either sign and any total; many are taken at
    once, because what an atom costs is then shared.
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

    def bare(self, densities: Array, pairs: Sequence[Pair]) -> list[Array]:
        """Interaction in vacuum, without interfaces; (a, b) eV for each pair of (a,) and (b,) densities."""
        found = coulomb.direct(self.positions, densities, pairs, self.onsite, dropped=self.method.dropped)
        return [COULOMB * sums for sums in found]

    def direct(self, densities: Array, pairs: Sequence[Pair]) -> list[Array]:
        """Interaction screened by the particle's own media; (a, b) eV for each pair."""
        found = coulomb.direct(
            self.positions,
            densities,
            pairs,
            self.onsite,
            factors=1.0 / self.constants[self.regions],
            dropped=self.method.dropped,
        )
        return [COULOMB * sums for sums in found]

    def through(self, densities: Array, pairs: Sequence[Pair], *, alone: bool = True) -> Through:
        """Interaction through the charge induced at interfaces, of densities with each other and themselves.

        Parameters
        ----------
        alone : whether energies of densities with the charge that they induce themselves are wanted: they
            take most of the time.
        """
        count = len(densities)
        if self._response is None:
            return Through([np.zeros((len(one), len(other))) for one, other in pairs], np.zeros(count))
        points, constants, weights = self._felt(densities)
        seen = induction.seen(self._response, points, constants, weights, alone=alone)
        between = [COULOMB * seen.between(*pair) for pair in pairs]
        return Through(between, 0.5 * COULOMB * (weights @ seen.own))

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
        # The charge in all stays as it is: it is what a particle far away, or the solvent, sees of it.
        missing = densities.sum(axis=1) - weights.sum(axis=1)
        for number, rest in enumerate(missing):
            size = np.abs(weights[number])
            weights[number] += rest / max(float(size.sum()), np.finfo(float).tiny) * size
        return self._withdrawn[kept], self.constants[self.regions[kept]], weights

    @cached_property
    def _withdrawn(self) -> Array:
        """(atom, 3), no nearer to the boundary of the atom's region than half a bond."""
        points = self.positions.copy()
        for region in range(len(self.constants)):
            own = self.regions == region
            points[own] = boundary.withdrawn(self.shape.boundary(region), points[own], self.method.interface)
        return points


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
