"""The screened interaction of charges on the atoms of one particle.

Charges q_i at r_i (real and of either sign: populations, or transition densities) see

* directly                 (e²/ε_in) [Σ_{i≠j} a_i b_j / r_ij + Σ_i a_i b_i u_i]
* through the surface      e² Σ_ij a_i b_j G(r_i, r_j)
* of a charge with itself  (e²/2) Σ_i q_i G(r_i, r_i)

G(r, r') is the potential at r of the surface charge that a unit charge at r' induces
(`numerics.boundary`). All charges sit inside and see ε_in there; the solvent outside has ε_out.

On an atom u = (6/5)/R_a, the mutual energy of two uniform spheres of the atom's own volume a³/8 =
4π R_a³/3: 9.2 eV for CdSe before screening, close to the ionisation potential less the electron
affinity of the free atom (Se: 9.75 − 2.02 eV), Pariser's estimate of the one-centre integral (J.
Chem. Phys. 21, 568 (1953)). It is screened like all else: the screening of Resta (Phys. Rev. B 16,
2717 (1977)) is nearly complete at the mean distance within such a sphere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.excitons.method import PairMethod
from epidot.numerics import boundary, coulomb
from epidot.states.states import States
from epidot.units import COULOMB

Array = NDArray[Any]


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
    surface: boundary.Surface
    inside: float
    """ε in the particle; the volume mean where there are several."""
    outside: float
    method: PairMethod

    def bare(self, first: Array, second: Array) -> Array:
        """Interaction in vacuum, without interfaces; (a, b) eV from (a, atom) and (b, atom)."""
        sums = coulomb.direct(self.positions, first, second, self.onsite, self.method.dropped)
        return COULOMB * sums

    def direct(self, first: Array, second: Array) -> Array:
        """Interaction screened by the particle's own medium; (a, b) eV from (a, atom) and (b, atom)."""
        return self.bare(first, second) / self.inside

    def through(self, first: Array, second: Array) -> Array:
        """Interaction through the charge induced at interfaces; (a, b) eV from (a, atom) and (b, atom)."""
        if self._response is None:
            return np.zeros((len(first), len(second)))
        points, weights = self._felt(np.concatenate([first, second]))
        mutual = boundary.interaction(self._response, points, weights[: len(first)], weights[len(first) :])
        return COULOMB * mutual

    def self_energy(self, densities: Array) -> Array:
        """½ Σ_i q_i W(r_i, r_i) with the induced charge; (n,) eV from (n, atom)."""
        if self._response is None:
            return np.zeros(len(densities))
        points, weights = self._felt(densities)
        return 0.5 * COULOMB * boundary.self_interaction(self._response, points, weights)

    @cached_property
    def _response(self) -> boundary.Response | None:
        if not self.method.surface or self.inside == self.outside:
            return None
        return boundary.factorise(self.surface, self.inside, self.outside)

    def _felt(self, densities: Array) -> tuple[Array, Array]:
        """Points that carry all but little of each density, off the surface, and the charges on them."""
        kept = coulomb.heavy(densities, self.method.dropped_surface)
        weights = densities[:, kept]
        size = np.abs(weights)
        share = size / np.maximum(size.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        # The charge in all stays as it is: it is what a particle far away, or the solvent, sees of it.
        weights = weights + (densities.sum(axis=1) - weights.sum(axis=1))[:, None] * share
        return boundary.withdrawn(self.surface, self.positions[kept], self.method.interface), weights


def medium_of(states: States, outside: float, method: PairMethod) -> Medium:
    """The medium that charges on the atoms of a particle see.

    Parameters
    ----------
    outside : optical dielectric constant of the solvent.
    method : screening and numerical choices.
    """
    structure = states.relaxed.structure
    volumes = atomic_volumes(states)
    surface = boundary.enclose(
        states.relaxed.positions,
        volumes,
        distance=method.interface,
        smoothing=method.smoothing,
        panels=method.panels,
    )
    radius = 3.0 * surface.volume / surface.area
    share = np.bincount(structure.material, weights=volumes, minlength=len(structure.materials))
    constants = [method.screening.dielectric(name, radius) for name in structure.materials]
    radii = (3.0 * volumes / (4.0 * np.pi)) ** (1.0 / 3.0)
    return Medium(
        positions=states.relaxed.positions,
        onsite=1.2 / radii,
        surface=surface,
        inside=float(share @ constants / share.sum()),
        outside=outside,
        method=method,
    )


def atomic_volumes(states: States) -> Array:
    """Volume a³/8 of each atom in its own zinc-blende material; (atom,), Å³."""
    structure = states.relaxed.structure
    volumes = np.array([materials.lattice_constant(name) ** 3 / 8.0 for name in structure.materials])
    return volumes[structure.material]
