"""Pair states at a temperature as light meets them: energies, dipoles, rates, populations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.excitons.charges import atomic_charges
from epidot.excitons.excitons import Excitons
from epidot.observables import lines
from epidot.observables.dipole import Position, dipoles, oscillator_strengths
from epidot.observables.lifetime import populations, radiative_rates

Array = NDArray[Any]


@final
@dataclass(frozen=True, eq=False)
class Shifts:
    """What temperature adds to electron levels, from the temperature of their parameters."""

    excitons: Excitons
    reference: float
    """K, of the parameters."""
    fixed: bool
    """Whether energies stay."""

    @cached_property
    def electrons(self) -> Array:
        """Populations of the atoms, (electron, atom)."""
        return atomic_charges(self.excitons.states.electron_coefficients)

    def of_electrons(self, temperature: float) -> Array:
        """(electron,), eV; `InputError` at a temperature for which gaps are not known."""
        if self.fixed:
            return np.zeros(len(self.excitons.states.electron_energies))
        structure = self.excitons.states.relaxed.structure
        return self.electrons @ lines.gap_shifts(structure, temperature, self.reference)

    def of_pairs(self, temperature: float) -> Array:
        """(exciton,), eV."""
        return self.excitons.weights.sum(axis=2) @ self.of_electrons(temperature)


@final
@dataclass(frozen=True, eq=False)
class Transitions:
    """Pair states at one temperature."""

    excitons: Excitons
    temperature: float
    energies: Array
    """(exciton,), eV"""
    dipole: Array
    """(exciton, 3), complex, Å"""
    seen: Array
    """The same with the local field."""
    moved: materials.Moved = materials.NOTHING_MOVED
    """A parameter of light at an end of what is published."""

    @cached_property
    def strengths(self) -> Array:
        """Oscillator strengths without the local field, (exciton,)."""
        return oscillator_strengths(self.energies, self.dipole)

    @cached_property
    def rates(self) -> Array:
        """(exciton,), radiative, 1/ns."""
        return radiative_rates(self.energies, self.seen, self.excitons.dielectric_outside)

    @cached_property
    def thermal(self) -> Array:
        """Populations, (exciton,)."""
        return populations(self.energies, self.temperature)

    @cached_property
    def bright(self) -> Array:
        """Share of each in the photons, (exciton,); the populations where nothing emits."""
        photons = self.rates * self.thermal
        return photons / photons.sum() if photons.sum() > 0.0 else self.thermal

    @cached_property
    def huang_rhys(self) -> Array:
        """Factor for the LO phonons of each compound, (exciton, compound)."""
        states, pairs = self.excitons.states, self.excitons.weights
        structure = states.relaxed.structure
        electron = lines.on_compounds(atomic_charges(states.electron_coefficients), structure)
        hole = lines.on_compounds(atomic_charges(states.hole_coefficients), structure)
        on_electrons, on_holes = pairs.sum(axis=2) @ electron, pairs.sum(axis=1) @ hole
        return lines.huang_rhys(on_electrons, on_holes, structure.materials, self.moved)

    def replicas(self, phonons: bool) -> tuple[Array, Array]:
        """Offsets (replica,), eV, and weights (exciton, replica) of LO phonons."""
        if not phonons:
            return np.zeros(1), np.ones((len(self.energies), 1))
        names = self.excitons.states.relaxed.structure.materials
        return lines.replicas(self.huang_rhys, names, self.temperature)


def of_pairs(excitons: Excitons, operator: Position) -> Array:
    """Dipole of each pair state, Σ A(e, h) ⟨h|r|e⟩; (exciton, 3), complex, Å."""
    return np.einsum("xeh,ehc->xc", excitons.complex_amplitudes, dipoles(excitons.states, operator))


def reference_temperature(excitons: Excitons, parameters: str | materials.ParameterSet | None) -> float:
    """Temperature (K) of the tight-binding set, by default the one that the states name."""
    states = excitons.states
    compound = states.relaxed.structure.materials[0]
    return materials.two_centre(compound, parameters or states.parameters).temperature
