"""The spectrum: absorption, emission and the transitions under them, over energy and wavelength."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.observables.optics import Optics
from epidot.observables.reach import states_needed
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import EMISSION, FAINT, INK, PAGE
from epidot.units import HC

Array = NDArray[Any]


def spectrum(reading: Reading) -> Sheet:
    """Molar extinction and emission, which is scaled to the first absorption peak or to half the height."""
    from matplotlib.figure import Figure

    optics = reading.run.optics
    limit = optics.complete_to
    energy = optics.energy_axis
    shown = _window(optics, energy)
    figure = Figure(figsize=(0.62 * PAGE, 2.9), layout="constrained")
    axes = figure.subplots()
    power = _power(optics.extinction[shown])
    absorbed = optics.extinction / 10.0**power
    known, beyond = shown & (energy <= limit), shown & (energy >= limit)
    axes.plot(energy[known], absorbed[known], color=INK, label="absorption", zorder=4)
    axes.plot(energy[beyond], absorbed[beyond], color=FAINT, linestyle=(0, (2, 1.5)), zorder=4)
    peak = float(np.interp(optics.first_peak, energy, absorbed))
    height = max(peak, 0.5 * _peak(absorbed[shown]))
    emission = height * optics.emission[shown] / _peak(optics.emission[shown])
    axes.fill_between(energy[shown], emission, color=EMISSION, alpha=0.25, linewidth=0, zorder=2)
    axes.plot(energy[shown], emission, color=EMISSION, label="emission", zorder=3)
    _sticks(axes, optics, height)
    ends = (float(energy[shown][0]), float(energy[shown][-1]))
    _dress(axes, ends, limit, (_peak(absorbed[shown]), power))
    columns = {
        "energy (eV)": energy,
        "wavelength (nm)": HC / energy,
        "absorption (1/eV)": optics.absorption,
        "extinction (1/(M cm))": optics.extinction,
        "emission (1/eV)": optics.emission,
    }
    return Sheet("spectrum", "Absorption and emission", _caption(optics), figure, columns)


def _caption(optics: Optics) -> str:
    lines = f"lines of {1000.0 * optics.broadening:.0f} meV full width at half maximum"
    replicas = (
        f", phonon replicas with a Huang–Rhys factor of {optics.huang_rhys:.2g}" if optics.huang_rhys else ""
    )
    end = float(optics.energy_axis[-1])
    electrons, holes = states_needed(optics.excitons, end, optics.gap_shift)
    more = (
        f" Computed up to {end:.2f} eV it would take about {electrons} electron and {holes} hole states."
        if optics.complete_to < end
        else ""
    )
    return (
        f"Molar extinction of one particle, mean over directions, and emission at {optics.temperature:.0f} K "
        f"({lines}{replicas}); the emission is scaled to the first absorption peak, where that is weak to "
        f"half the height of the figure. Sticks: oscillator strength of the transitions. Grey: above "
        f"{optics.complete_to:.2f} eV states that were not computed absorb too; the particle counts there "
        f"as a piece of bulk.{more}"
    )


def _window(optics: Optics, energy: Array) -> Array:
    """From below the first line to above the emission, the first peak and where the spectrum is complete."""
    reach = 4.0 * optics.broadening
    low = min(optics.emission_energy, float(optics.energies[0])) - reach
    high = max(optics.emission_energy, optics.first_peak, optics.complete_to) + reach
    shown = (energy >= low) & (energy <= high)
    return shown if shown.sum() > 10 else np.ones(len(energy), bool)


def _peak(values: Array) -> float:
    return float(values.max()) if len(values) and values.max() > 0 else 1.0


def _power(values: Array) -> int:
    """The power of ten that is taken out of extinctions."""
    return int(np.floor(np.log10(_peak(values))))


def _sticks(axes: Any, optics: Optics, height: float) -> None:
    heights = 0.5 * height * optics.oscillator_strength / _peak(optics.oscillator_strength)
    strong = heights > 2e-3 * height
    if strong.any():
        axes.vlines(
            optics.energies[strong], 0.0, heights[strong], FAINT, linewidth=0.8, zorder=3, label="transitions"
        )


def _dress(axes: Any, ends: tuple[float, float], limit: float, scale: tuple[float, int]) -> None:
    top, power = scale
    if limit < ends[1]:
        axes.axvspan(limit, ends[1], facecolor="#ededf0", edgecolor="none", zorder=0)
        axes.annotate(
            "bulk", (limit, 1.06 * top), xytext=(4, 0), textcoords="offset points", color=FAINT, zorder=6
        )
    unit = f"$10^{{{power}}}$ M$^{{-1}}$ cm$^{{-1}}$"
    axes.set(
        xlim=ends, ylim=(0.0, 1.3 * top), xlabel="photon energy (eV)", ylabel=f"molar extinction ({unit})"
    )
    wavelength_axis(axes, ends)
    axes.tick_params(right=True)
    axes.legend(loc="upper left", ncols=3, handlelength=1.4, columnspacing=1.2)


def wavelength_axis(axes: Any, ends: tuple[float, float]) -> None:
    """Wavelengths (nm) above photon energies from `ends[0]` to `ends[1]` (eV)."""
    top = axes.secondary_xaxis("top", functions=(_swap, _swap))
    top.set_xlabel("wavelength (nm)")
    top.set_xticks(_wavelengths(ends))
    top.minorticks_off()


def _swap(value: Any) -> Any:
    # Matplotlib also asks at zero while it lays out the axis.
    return HC / np.maximum(np.asarray(value, dtype=float), 1e-6)


def _wavelengths(ends: tuple[float, float]) -> list[float]:
    short, long = HC / ends[1], HC / max(ends[0], 1e-3)
    for step in (10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0):
        marks = np.arange(np.ceil(short / step), np.floor(long / step) + 1) * step
        if len(marks) <= 7:
            return [float(mark) for mark in marks]
    return [float(short), float(long)]
