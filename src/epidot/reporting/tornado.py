"""How sure a run is: the spectra of all variants, and what each parameter does to emission and lifetime."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.observables.optics import Optics
from epidot.pipeline.uncertain import Uncertainty
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.spectrum import wavelength_axis
from epidot.reporting.style import EMISSION, FAINT, INK, PAGE

Array = NDArray[Any]

_ENERGY: Final = "optics.emission_eV"
_LIFETIME: Final = "optics.radiative_lifetime_ns"
_NOTHING: Final = 0.01
"""Share of the largest change below which one is none."""
_LEAST: Final = 1e-6
"""eV, or relative: a largest change below this is none either."""
_ROW: Final = 0.2
"""Inches that a bar takes."""


def tornado(reading: Reading) -> Sheet | None:
    """Spectra of the run over those of its variants; bars of what each variant changes."""
    from matplotlib.figure import Figure

    found, optics = reading.run.uncertainty, reading.run.optics
    if found is None or not found.names:
        return None
    energies, factors = _changes(found, optics)
    rows = _rows(found, energies, factors)
    figure = Figure(figsize=(PAGE, 2.9 + _ROW * len(rows)), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(2.3, 0.6 + _ROW * len(rows)))
    top, bottom = parts
    _spectra(top.subplots(), found, optics)
    left, right = bottom.subplots(1, 2, sharey=True)
    _bars(left, 1e3 * energies, found, rows)
    # Factors up to two read well as percentages, others as powers of ten.
    near = float(np.abs(np.log(factors)).max()) < np.log(2.0)
    _bars(right, 100.0 * (factors - 1.0) if near else np.log10(factors), found, rows)
    left.set_yticks(range(len(rows)), [_label(found, row) for row in rows])
    left.set(xlabel="change of the emission energy (meV)")
    right.set(xlabel="change of the lifetime (%)" if near else "log$_{10}$ of the change of the lifetime")
    caption = (
        f"Top: absorption and emission of the run (strong) and of {len(found.names)} variants, each with one "
        f"parameter at another published value; dashed: another set of band offsets. Bars over the curves: "
        f"the bands of emission energy and first peak. Below: what each variant changes; offsets red, single "
        f"numbers grey, both ends of a range in one row; those that do next to nothing are left out."
    )
    columns: dict[str, Any] = {
        "variant": list(found.names),
        "parameter": [one or "band offsets" for one in found.parameters],
        "alignment": list(found.alignment),
        "emission energy (eV)": found.values[_ENERGY],
        "change (meV)": 1e3 * energies,
        "radiative lifetime (ns)": found.values[_LIFETIME],
        "factor": factors,
    }
    return Sheet("uncertainty", "Other published parameters", caption, figure, columns)


def _changes(found: Uncertainty, optics: Optics) -> tuple[Array, Array]:
    """Of the emission energy (eV) and, as a factor, of the lifetime; (variant,) each, 1 where not finite."""
    energies = found.values[_ENERGY] - optics.emission_energy
    with np.errstate(invalid="ignore", divide="ignore"):
        factors = found.values[_LIFETIME] / optics.radiative_lifetime
    return energies, np.where(np.isfinite(factors) & (factors > 0.0), factors, 1.0)


def _rows(found: Uncertainty, energies: Array, factors: Array) -> list[list[int]]:
    """Variants (indices) that share a row, from the bottom up; what changes neither number has none."""
    together: dict[str, list[int]] = {}
    sizes = np.abs(np.stack([energies, np.log(factors)], axis=1))
    shares = sizes / np.maximum(sizes.max(axis=0), _LEAST)
    for place, (name, parameter) in enumerate(zip(found.names, found.parameters, strict=True)):
        if max(shares[place]) > _NOTHING:
            together.setdefault(parameter or name, []).append(place)
    return sorted(together.values(), key=lambda row: float(np.abs(energies[row]).max()))


def _label(found: Uncertainty, row: list[int]) -> str:
    """Name of a variant, or of a parameter with its values."""
    parameter = found.parameters[row[0]]
    names = [found.names[place] for place in row]
    if not parameter:
        return names[0]
    return f"{parameter} {' / '.join(name.removeprefix(parameter).strip() for name in names)}"


def _bars(axes: Any, changes: Array, found: Uncertainty, rows: list[list[int]]) -> None:
    for height, row in enumerate(rows):
        colour = FAINT if found.parameters[row[0]] else EMISSION
        axes.barh([height] * len(row), changes[row], height=0.66, color=colour)
    axes.axvline(0.0, color=INK, linewidth=0.7)
    reach = max(1.15 * float(np.abs(changes).max()), 1e-3)
    axes.set(xlim=(-reach, reach), ylim=(-0.6, max(len(rows), 1) - 0.4))
    axes.tick_params(axis="y", length=0)


def _spectra(axes: Any, found: Uncertainty, optics: Optics) -> None:
    low, high = _window(found, optics)
    shown = (found.energy >= low) & (found.energy <= high)
    own = (optics.energy_axis >= low) & (optics.energy_axis <= high)
    heights = _heights(optics, own)
    for extinction, emission, parameter in zip(
        found.extinction, found.emission, found.parameters, strict=True
    ):
        style: dict[str, Any] = {"linewidth": 0.6, "alpha": 0.55} if parameter else {"linestyle": (0, (4, 2))}
        width: dict[str, Any] = {} if parameter else {"linewidth": 0.9}
        for curve, height, colour in ((extinction, heights[0], INK), (emission, heights[1], EMISSION)):
            axes.plot(found.energy[shown], curve[shown] / height, color=colour, **style, **width)
    axes.plot(
        optics.energy_axis[own],
        optics.extinction[own] / heights[0],
        color=INK,
        linewidth=1.6,
        label="absorption",
    )
    axes.plot(
        optics.energy_axis[own],
        optics.emission[own] / heights[1],
        color=EMISSION,
        linewidth=1.6,
        label="emission",
    )
    for path, colour, height in (
        ("optics.first_peak_eV", INK, 1.27),
        (_ENERGY, EMISSION, 1.18),
    ):
        if path in found.bands:
            band = found.bands[path]
            reach = [[band.value - band.low], [band.high - band.value]]
            axes.errorbar(
                [band.value],
                [height],
                xerr=reach,
                color=colour,
                fmt="o",
                markersize=3,
                capsize=2.5,
                linewidth=1.0,
            )
    axes.set(xlim=(low, high), ylim=(0.0, 1.6), xlabel="photon energy (eV)", ylabel="scaled to 1")
    wavelength_axis(axes, (low, high))
    axes.legend(loc="upper left", ncols=2, handlelength=1.4)


def _heights(optics: Optics, shown: Array) -> tuple[float, float]:
    """What curves are divided by: the highest absorption up to one width above the first peak; emission."""
    near = shown & (optics.energy_axis <= optics.first_peak + optics.broadening)
    absorbed = float(optics.extinction[near].max()) if near.any() else 0.0
    return absorbed or 1.0, float(optics.emission[shown].max()) or 1.0


def _window(found: Uncertainty, optics: Optics) -> tuple[float, float]:
    """From below the lowest emission to above the highest first peak of all (eV)."""
    reach = 3.0 * optics.broadening
    low = min(optics.emission_energy, float(found.values[_ENERGY].min()))
    high = max(optics.first_peak, float(found.values["optics.first_peak_eV"].max()))
    return low - reach, high + reach
