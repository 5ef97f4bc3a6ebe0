"""The verb of the stage: absorption and emission of one particle at a temperature."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.excitons.excitons import Excitons
from epidot.observables import spectrum
from epidot.observables.alignment import alignment
from epidot.observables.dipole import dipoles, oscillator_strengths
from epidot.observables.lifetime import LocalField, SphereField, lifetime, populations, radiative_rates
from epidot.observables.optics import Optics
from epidot.observables.polarisation import degree, emission_tensor


@final
@dataclass(frozen=True)
class Light:
    """How spectra are drawn and rates computed."""

    fwhm: float = 0.06
    """eV, of every line: that of single CdSe and CdSe/CdS particles at room temperature, 50 to 80 meV
    (Cui et al., Nano Lett. 16, 289 (2016))."""
    visible: float = 0.01
    """Part of the strongest strength, or of the highest absorption, that counts as seen."""
    local_field: LocalField = field(default_factory=SphereField)

    def __post_init__(self) -> None:
        if not self.fwhm > 0.0:
            raise InputError("method.fwhm", self.fwhm, "must be positive (eV)", "Leave it out")
        if not 0.0 <= self.visible <= 1.0:
            raise InputError("method.visible", self.visible, "must be from 0 to 1", "Leave it out")


def absorption(
    excitons: Excitons,
    *,
    temperature: float = 300.0,
    method: Light = Light(),
) -> Optics:
    """Absorption, emission, lifetime, polarisation and type of a particle.

    Parameters
    ----------
    excitons : its pair states.
    temperature : K, of the populations; energies and widths do not follow it.
    method : widths and local field.

    Raises
    ------
    InputError
        The temperature is not positive and finite.
    """
    if not 0.0 < temperature < float("inf"):
        raise InputError("temperature", temperature, "must be positive and finite (K)", "Give 300")
    energies = excitons.energies
    dipole = np.einsum("xeh,ehc->xc", excitons.complex_amplitudes, dipoles(excitons.states))
    strengths = oscillator_strengths(energies, dipole)
    weights = populations(energies, temperature)
    rates = emission_rates(excitons, dipole, method)
    bright = emission_weights(rates, weights)
    axis = spectrum.energy_axis(energies, method.fwhm)
    absorbed = spectrum.broadened(axis, energies, strengths, method.fwhm)
    return Optics(
        excitons=excitons,
        dipole=np.stack([np.real(dipole), np.imag(dipole)], axis=-1),
        oscillator_strength=strengths,
        energy_axis=axis,
        absorption=absorbed,
        emission=spectrum.broadened(axis, energies, bright, method.fwhm),
        complete_to=spectrum.complete_to(excitons),
        absorption_edge=spectrum.absorption_edge(energies, strengths, method.visible),
        first_peak=spectrum.first_peak(axis, absorbed, method.visible),
        emission_energy=float(bright @ energies),
        radiative_lifetime=lifetime(rates, weights),
        overlap=float(np.einsum("x,xeh,eh", weights, excitons.weights, excitons.overlap)),
        polarisation=degree(emission_tensor(dipole, weights * energies**3)),
        alignment=alignment(excitons, weights),
        broadening=method.fwhm,
        temperature=temperature,
    )


def emission_rates(excitons: Excitons, dipole: NDArray[Any], method: Light) -> NDArray[Any]:
    """Radiative rate of each pair state; (exciton,), 1/ns. `dipole` (exciton, 3), complex, Å."""
    inside, outside = excitons.dielectric_inside, excitons.dielectric_outside
    return radiative_rates(excitons.energies, dipole, outside, method.local_field.factor(inside, outside))


def emission_weights(rates: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Share of each pair state in the photons emitted; (exciton,), 1 in all.

    Where nothing emits, the populations `weights` stand in, so that the energy is still defined.
    """
    photons = rates * weights
    return photons / photons.sum() if photons.sum() > 0.0 else weights
