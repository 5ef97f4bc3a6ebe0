"""The record of the observables stage: what a spectrometer measures."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons
from epidot.records import Record, array, parent, record


@final
@record
class Optics(Record):
    """Absorption, emission and their characters, at a temperature."""

    excitons: Excitons = parent()
    energies: NDArray[Any] = array("exciton", "eV")
    """Pair energies at `temperature`."""
    dipole: NDArray[Any] = array("exciton 3 part", "Å")
    """Transition dipole ⟨h|r|e⟩ of each exciton; ``part`` is (real, imaginary)."""
    seen_dipole: NDArray[Any] = array("exciton 3 part", "Å")
    """The same as the medium sees it: with the local field of the particle."""
    local_field: NDArray[Any] = array("3 3", "1")
    """Mean over the particle of the optical field inside, for a field of 1 along each axis of the medium."""
    depolarisation: NDArray[Any] = array("3", "1")
    """Depolarisation factors that stand for the shape."""
    oscillator_strength: NDArray[Any] = array("exciton", "1")
    """Of the dipole itself, without the local field."""
    f_sum: float
    """Strength of all valence electrons of the particle (`sum_rule`)."""
    f_sum_share: float
    """Part of it that the computed transitions hold."""
    energy_axis: NDArray[Any] = array("energy", "eV")
    absorption: NDArray[Any] = array("energy", "1/eV")
    """Oscillator strength per energy of the computed transitions, broadened."""
    cross_section: NDArray[Any] = array("energy", "nm^2")
    """Of absorption, mean over directions: computed transitions up to `complete_to`, the bulk beyond."""
    bulk_cross_section: NDArray[Any] = array("energy", "nm^2")
    """Of the particle as a piece of bulk."""
    extinction: NDArray[Any] = array("energy", "1/(M cm)")
    """Decadic molar extinction of the `cross_section`."""
    absorption_polarisation: NDArray[Any] = array("energy", "1")
    """Degree of linear polarisation of what one particle absorbs (0 to 1)."""
    anisotropy: NDArray[Any] = array("energy", "1")
    """Fluorescence anisotropy (−0.2 to 0.4) of an isotropic ensemble excited at each energy."""
    emission: NDArray[Any] = array("energy", "1/eV")
    """Thermally weighted emission, area 1."""
    complete_to: float
    """eV: above this pair energy the absorption lacks transitions to states that were not computed."""
    absorption_edge: float
    """eV: lowest multiplet with the stated fraction of the strongest multiplet's oscillator strength."""
    first_peak: float
    """eV: first local maximum of the broadened absorption."""
    first_peak_extinction: float
    """1/(M cm) at `first_peak`."""
    emission_energy: float
    """eV: mean photon energy of the lines without phonons."""
    emission_peak: float
    """eV: highest point of the emission."""
    stokes_shift: float
    """eV: `first_peak` less `emission_peak`, with phonons."""
    electronic_stokes_shift: float
    """eV: `absorption_edge` less `emission_energy`: what dark and fine levels make of it."""
    radiative_lifetime: float
    """ns: inverse of the thermal mean of the radiative rates; infinite if nothing emits."""
    lifetime_temperature: NDArray[Any] = array("temperature", "K")
    lifetime: NDArray[Any] = array("temperature", "ns")
    """Radiative lifetime at each `lifetime_temperature`."""
    overlap: float
    """∫ sqrt(ρe ρh), thermal mean (0 to 1)."""
    emission_tensor: NDArray[Any] = array("3 3", "1")
    """How much is emitted along each direction of polarisation; trace 1, or 0 if nothing emits."""
    emission_axis: NDArray[Any] = array("3", "1")
    """Direction of strongest polarisation."""
    polarisation: float
    """Degree of linear polarisation of the emission along its principal axis (0 to 1)."""
    level_energy: NDArray[Any] = array("level", "eV")
    """Mean photon energy of the pairs that live in one place (`emission`), lowest level first."""
    level_population: NDArray[Any] = array("level", "1")
    level_share: NDArray[Any] = array("level", "1")
    """Share of the photons in thermal equilibrium."""
    level_lifetime: NDArray[Any] = array("level", "ns")
    """Radiative lifetime of a level in equilibrium within itself."""
    level_electron: tuple[str, ...]
    """Segments of the electron of each level, joined by ``+``."""
    level_hole: tuple[str, ...]
    alignment: str
    """``type I``, ``quasi-type II`` or ``type II``."""
    huang_rhys: float
    """Thermal mean of the Huang–Rhys factor of LO phonons; 0 without replicas."""
    gap_shift: float
    """eV: thermal mean of what temperature adds to pair energies, from that of the parameters."""
    broadening: float
    """eV, full width at half maximum of each line"""
    temperature: float
    """K"""
    auger_volume: float
    """Å³ that the carriers of a biexciton leave each other (`auger`)."""
    auger_lifetime: float
    """ps, estimate for a biexciton."""
    biexciton_shift: float
    """eV that the biexciton's line lies above that of X (`complexes`); NaN where it was not computed."""
    gain_threshold: float
    """Pairs per particle at the threshold of gain (`gain`); with no shift where it is not known."""
    magnetic_field: float = 0.0
    """T; 0 if nothing below was computed."""
    electron_g: NDArray[Any] = array("electron_axis", "1", default=())
    """Principal g-factors of the lowest electron doublet; empty if there is none."""
    hole_g: NDArray[Any] = array("hole_axis", "1", default=())
    """The same of the first hole doublet."""
    circular_polarisation: NDArray[Any] = array("field_axis", "1", default=())
    """Of what is emitted along the field, for fields along x, y and z (−1 to 1)."""
