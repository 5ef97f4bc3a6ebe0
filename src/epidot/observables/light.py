"""The verb of the stage: absorption and emission of one particle at a temperature."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.excitons.charges import atomic_charges
from epidot.excitons.excitons import Excitons
from epidot.excitons.fine_structure import dark_bright
from epidot.excitons.medium import atomic_volumes
from epidot.hamiltonian.tight_binding import TightBinding
from epidot.observables import magnetic, spectrum
from epidot.observables.alignment import alignment
from epidot.observables.auger import auger_lifetime, auger_volume
from epidot.observables.complexes import biexciton_shift
from epidot.observables.cross_section import EXTINCTION, NM2, bulk_range, bulk_tensors, line_tensors, switch
from epidot.observables.dipole import position
from epidot.observables.emission import levels
from epidot.observables.gain import degeneracy, gain_threshold
from epidot.observables.kane import kane_dipoles
from epidot.observables.lifetime import lifetime, populations, radiative_rates
from epidot.observables.local_field import LocalField, local_field
from epidot.observables.method import Light
from epidot.observables.optics import Optics
from epidot.observables.polarisation import anisotropy, degree, degrees, emission_tensor, principal_axis
from epidot.observables.reach import states_needed, too_few
from epidot.observables.sum_rule import f_sum
from epidot.observables.transitions import Shifts, Transitions, of_pairs, reference_temperature

Array = NDArray[Any]

LIFETIME_TEMPERATURES = (
    *(2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 77.0),
    *(float(value) for value in range(100, 401, 25)),
)
"""K, at which the radiative lifetime is given."""


_DEFAULT: Final = Light()


def absorption(
    excitons: Excitons,
    *,
    temperature: float = 300.0,
    method: Light = _DEFAULT,
    parameters: str | materials.ParameterSet | None = None,
    hamiltonian: TightBinding | None = None,
) -> Optics:
    """Absorption, emission, lifetime, polarisation and type of a particle.

    Parameters
    ----------
    excitons : its pair states.
    temperature : K, of gaps, populations and widths.
    method : widths, local field, dipoles.
    parameters : tight-binding set, whose temperature is that of the pair states; None for the one that the
        states name.
    hamiltonian : whose eigenstates they are; needed for a magnetic field only.

    Raises
    ------
    InputError
        The temperature is not positive and finite, or one for which gaps are not known; a magnetic field
        without the Hamiltonian; fewer states than ``method.complete`` needs.
    """
    if not 0.0 < temperature < float("inf"):
        raise InputError("temperature", temperature, "must be positive and finite (K)", "Give 300")
    shifts = Shifts(excitons, reference_temperature(excitons, parameters), method.gap == "fixed")
    field = local_field(excitons, method.local_field, method.dipole)
    found = Transitions(
        excitons,
        temperature,
        excitons.energies + shifts.of_pairs(temperature),
        *_dipoles(excitons, field, method),
        method.moved,
    )
    whole = f_sum(excitons.states.relaxed.structure, parameters or excitons.states.parameters)
    emitted = emission_tensor(found.seen, found.thermal * found.energies**3)
    emitted = emitted / (np.trace(emitted) or 1.0)
    spectra = _spectra(found, field, emitted, shifts, method)
    return Optics(
        excitons=excitons,
        energies=found.energies,
        dipole=np.stack([np.real(found.dipole), np.imag(found.dipole)], axis=-1),
        seen_dipole=np.stack([np.real(found.seen), np.imag(found.seen)], axis=-1),
        local_field=field.mean,
        depolarisation=field.depolarisation,
        oscillator_strength=found.strengths,
        f_sum=whole,
        f_sum_share=float(found.strengths.sum()) / whole,
        overlap=float(np.einsum("x,xeh,eh", found.thermal, excitons.weights, excitons.overlap)),
        emission_tensor=emitted,
        emission_axis=principal_axis(emitted),
        polarisation=degree(emitted),
        alignment=alignment(excitons, found.thermal),
        huang_rhys=float(found.thermal @ found.huang_rhys.sum(axis=1)) if method.phonons else 0.0,
        gap_shift=float(found.thermal @ shifts.of_pairs(temperature)),
        temperature=temperature,
        **spectra,
        **_lifetimes(found, shifts),
        **_levels(found),
        **_multiexcitons(found, shifts, spectra["broadening"]),
        **_magnetic(found, method.magnetic_field, hamiltonian),
    )


def _dipoles(excitons: Excitons, field: LocalField, method: Light) -> tuple[Array, Array]:
    """Dipoles of pair states, without and with the local field, (exciton, 3) each."""
    states = excitons.states
    if states.level == "envelope":
        free = kane_dipoles(states)
        amplitudes = excitons.complex_amplitudes
        found = np.einsum("xeh,ehc->xc", amplitudes, free)
        return found, found @ field.mean.T
    return of_pairs(excitons, position(states, method.dipole)), of_pairs(excitons, field.dipole)


def _spectra(
    found: Transitions, field: LocalField, emitted: Array, shifts: Shifts, method: Light
) -> dict[str, Any]:
    """What is drawn against energy, and what is read off it."""
    excitons, structure = found.excitons, found.excitons.states.relaxed.structure
    width = method.fwhm or materials.line_width(found.temperature)
    complete = spectrum.complete_to(excitons, shifts.of_electrons(found.temperature)[:, None])
    low, high = bulk_range(structure)
    edge = spectrum.absorption_edge(found.energies, found.strengths, method.visible)
    if method.complete is not None and complete < edge + method.complete:
        shift = float(found.thermal @ shifts.of_pairs(found.temperature))
        needed = states_needed(excitons, edge + method.complete, shift)
        raise too_few(method.complete, complete - edge, needed, excitons.free_pairs.shape)
    offsets, weights = found.replicas(method.phonons)
    drawn = np.add.outer(found.energies, np.concatenate([offsets, -offsets]))
    axis = spectrum.energy_axis(drawn, width, min(edge + method.span, high))
    known = (axis >= low) & (axis <= high)
    bulk = np.zeros((len(axis), 3, 3))
    bulk[known] = bulk_tensors(axis[known], structure, field, excitons.dielectric_outside)
    areas = line_tensors(found.energies, found.seen, np.sqrt(excitons.dielectric_outside))
    below = 1.0 - switch(found.energies, complete, width)
    computed = _drawn(axis, found.energies, offsets, weights, areas * below[:, None, None], width)
    tensors = computed + switch(axis, complete, width)[:, None, None] * bulk
    cross_section = NM2 * np.trace(tensors, axis1=1, axis2=2) / 3.0
    absorbed = _drawn(axis, found.energies, offsets, weights, found.strengths, width)
    emission = _drawn(axis, found.energies, -offsets, weights, found.bright, width)
    first, peak = (
        spectrum.first_peak(axis, absorbed, method.visible),
        spectrum.first_peak(axis, emission, 1.0),
    )
    zero_phonon = float(found.bright @ found.energies)
    return {
        "energy_axis": axis,
        "absorption": absorbed,
        "cross_section": cross_section,
        "bulk_cross_section": NM2 * np.trace(bulk, axis1=1, axis2=2) / 3.0,
        "extinction": EXTINCTION * cross_section,
        "absorption_polarisation": degrees(tensors),
        "anisotropy": anisotropy(tensors, emitted),
        "emission": emission,
        "complete_to": complete,
        "absorption_edge": edge,
        "first_peak": first,
        "first_peak_extinction": float(EXTINCTION * np.interp(first, axis, cross_section)),
        "emission_energy": zero_phonon,
        "emission_peak": peak,
        "stokes_shift": first - peak,
        "electronic_stokes_shift": edge - zero_phonon,
        "broadening": width,
    }


def _drawn(axis: Array, energies: Array, offsets: Array, weights: Array, areas: Array, width: float) -> Array:
    """Lines of the areas (exciton, ...), each with its replicas; (energy, ...)."""
    places = np.add.outer(energies, offsets).ravel()
    shares = weights.reshape(*weights.shape, *([1] * (areas.ndim - 1)))
    return spectrum.broadened(axis, places, (areas[:, None] * shares).reshape(-1, *areas.shape[1:]), width)


def _lifetimes(found: Transitions, shifts: Shifts) -> dict[str, Any]:
    """Radiative lifetime at the temperature, and against temperature."""
    excitons, many = found.excitons, []
    for temperature in LIFETIME_TEMPERATURES:
        energies = excitons.energies + shifts.of_pairs(temperature)
        rates = radiative_rates(energies, found.seen, excitons.dielectric_outside)
        many.append(lifetime(rates, populations(energies, temperature)))
    return {
        "radiative_lifetime": lifetime(found.rates, found.thermal),
        "lifetime_temperature": np.array(LIFETIME_TEMPERATURES),
        "lifetime": np.array(many),
    }


def _levels(found: Transitions) -> dict[str, Any]:
    """Emission from each place."""
    places = levels(found.excitons, found.energies, found.rates, found.temperature)
    return {
        "level_energy": places.energy,
        "level_population": places.population,
        "level_share": places.share,
        "level_lifetime": places.lifetime,
        "level_electron": places.electron,
        "level_hole": places.hole,
    }


def _multiexcitons(found: Transitions, shifts: Shifts, width: float) -> dict[str, Any]:
    """Auger recombination, the biexciton's line and gain."""
    excitons, states = found.excitons, found.excitons.states
    pairs = np.einsum("x,xeh->eh", found.thermal, excitons.weights)
    electron = pairs.sum(axis=1) @ shifts.electrons
    hole = pairs.sum(axis=0) @ atomic_charges(states.hole_coefficients)
    volume = auger_volume(electron, hole, states.relaxed.structure.neighbours, atomic_volumes(states))
    electrons = degeneracy(states.electron_energies - states.electron_energies[0], found.temperature)
    holes = degeneracy(states.hole_energies[0] - states.hole_energies, found.temperature)
    shift = biexciton_shift(excitons, dark_bright(excitons, found.strengths))
    return {
        "auger_volume": volume,
        "auger_lifetime": auger_lifetime(volume, found.moved),
        "biexciton_shift": shift,
        "gain_threshold": gain_threshold(electrons, holes, 0.0 if np.isnan(shift) else shift, width),
    }


def _magnetic(found: Transitions, field: float, hamiltonian: TightBinding | None) -> dict[str, Any]:
    """What a magnetic field (T) shows; nothing without one."""
    if field == 0.0:
        return {}
    if hamiltonian is None:
        rule = "needs the hamiltonian whose eigenstates the pairs are made of"
        raise InputError(
            "method.light.magnetic_field", field, rule, "Give hamiltonian=..., or leave the field out"
        )
    states = found.excitons.states
    moment = magnetic.moments(hamiltonian, found.excitons)
    pairs = magnetic.of_pairs(moment, found.excitons.complex_amplitudes)
    return {
        "magnetic_field": field,
        "electron_g": magnetic.edge_g_factors(states.electron_energies, moment.electron),
        "hole_g": magnetic.edge_g_factors(states.hole_energies, moment.hole),
        "circular_polarisation": magnetic.circular_polarisation(
            found.energies, pairs, found.seen, field, found.temperature
        ),
    }
