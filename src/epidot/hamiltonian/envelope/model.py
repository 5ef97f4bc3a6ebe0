"""The Hamiltonian of envelopes: matrices of elements at an energy.

H(E) = −∇ · ħ²/2m(E, r) ∇ + V(r) inside the particle, ordered as BenDaniel and Duke (Phys. Rev. 152, 683
(1966)). Outside, states fall off as exp(−κ s), κ² = 2 m_out |E_out − E|/ħ², which is too steep for any grid
and known: to end an envelope there costs the surface ħ² κ/(2 m_out) ψ² per area, which is the condition of
BenDaniel and Duke on (1/m) ∂ψ/∂n. Energies of holes are counted downwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.envelope.bands import Bands
from epidot.hamiltonian.envelope.grid import Filling
from epidot.hamiltonian.envelope.method import EnvelopeMethod
from epidot.relaxation.relaxed import Relaxed
from epidot.units import HBAR2_OVER_2M

Array = NDArray[Any]

BANDS = ("c", "A", "B")
"""Electrons, and holes of the two upper valence bands."""


@final
@dataclass(frozen=True, eq=False)
class Outside:
    """What is around a particle, as a carrier sees it: energy counted as the carrier's, eV, and mass, m0."""

    level: float
    mass: float

    def cost(self, energy: float) -> tuple[float, float]:
        """Energy per ψ² and area of the surface, eV Å, of a state at an energy, and its derivative.

        Above the outer level nothing is held, and the cost is 0.
        """
        height = max(self.level - energy, 0.0)
        cost = float(np.sqrt(HBAR2_OVER_2M * height / self.mass))
        return cost, -0.5 * cost / height if height > 0.0 else 0.0


@final
@dataclass(frozen=True, eq=False)
class Carrier:
    """One band of envelopes: matrices as blocks of cells, energies upwards from the gap."""

    filling: Filling
    edge: Array
    """(cell, part) band edge with all potentials, eV, times the filled share."""
    outside: Outside
    floor: float
    """A bound from below, eV."""
    classes: tuple[Bands, ...] = ()
    """Of an electron: what the first channels of the filling are shares of."""
    tensor: Array | None = None
    """(component, cell, part) inverse masses of a hole, times the filled share."""

    @cached_property
    def mass(self) -> Array:
        """Overlap, (cell, 64)."""
        return self.filling.grid.mass(self.filling.inside)

    @cached_property
    def _surface(self) -> Array:
        return self.filling.grid.mass(self.filling.surface)

    @cached_property
    def _potential(self) -> Array:
        return self.filling.grid.mass(self.edge)

    def matrix(self, energy: float) -> Array:
        """H at an energy, (cell, 64), eV."""
        cost, _ = self.outside.cost(energy)
        inverse, _ = self._inverse(energy)
        kinetic = HBAR2_OVER_2M * self.filling.grid.stiffness(inverse)
        return kinetic + self._potential + cost * self._surface

    def slope(self, energy: float) -> Array:
        """dH/dE at an energy, (cell, 64): minus what a state weighs outside and in other bands."""
        _, cost = self.outside.cost(energy)
        _, inverse = self._inverse(energy)
        return HBAR2_OVER_2M * self.filling.grid.stiffness(inverse) + cost * self._surface

    def _inverse(self, energy: float) -> tuple[Array, Array]:
        if self.tensor is not None:
            return self.tensor, np.zeros((0, *self.edge.shape))
        pairs = np.array([band.electron_at(energy) for band in self.classes])
        both = np.einsum("ck,cnp->knp", pairs, self.filling.values[: len(self.classes)])
        return np.stack([both[0]] * 3), np.stack([both[1]] * 3)


@final
@dataclass(frozen=True, eq=False)
class Envelope:
    """The carriers of one particle."""

    relaxed: Relaxed
    method: EnvelopeMethod
    carriers: dict[str, Carrier]
    """By the names of `BANDS`."""
    rough: dict[str, Carrier]
    """The same on a coarser grid, for a first estimate of levels."""
    split: bool
    """Whether bands A and B differ anywhere; if not they have the same envelopes."""
    volumes: Array
    """(atom,) Å³."""
    potential: Array
    """(term, atom) eV, energy of an electron."""
    potential_terms: tuple[str, ...]
    bulk_edges: dict[str, dict[str, list[float]]]
    parameters: str
    offsets: str
