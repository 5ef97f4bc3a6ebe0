"""The record of the observables stage: what a spectrometer measures."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons
from epidot.records import Record, array, parent, record


@final
@record
class Optics(Record):
    """Absorption, emission and their characters."""

    excitons: Excitons = parent()
    dipole: NDArray[Any] = array("exciton 3 part", "Å")
    """Transition dipole ⟨h|r|e⟩ of each exciton; ``part`` is (real, imaginary)."""
    oscillator_strength: NDArray[Any] = array("exciton", "1")
    energy_axis: NDArray[Any] = array("energy", "eV")
    absorption: NDArray[Any] = array("energy", "1/eV")
    """Oscillator strength per energy, broadened."""
    emission: NDArray[Any] = array("energy", "1/eV")
    """Thermally weighted emission, area 1."""
    complete_to: float
    """eV: above this pair energy the absorption lacks transitions to states that were not computed."""
    absorption_edge: float
    """eV: lowest multiplet with the stated fraction of the strongest multiplet's oscillator strength."""
    first_peak: float
    """eV: first local maximum of the broadened absorption."""
    emission_energy: float
    """eV: mean photon energy of the emission."""
    radiative_lifetime: float
    """ns: inverse of the thermal mean of the radiative rates; infinite if nothing emits."""
    overlap: float
    """∫ sqrt(ρe ρh), thermal mean (0 to 1)."""
    polarisation: float
    """Degree of linear polarisation of the emission along its principal axis (0 to 1)."""
    alignment: str
    """``type I``, ``quasi-type II`` or ``type II``."""
    broadening: float
    """eV, full width at half maximum"""
    temperature: float
    """K"""
