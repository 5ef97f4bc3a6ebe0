"""An ensemble: the members' emission and its mean, and how energies follow size."""

from __future__ import annotations

from typing import Any

import numpy as np

from epidot.pipeline.ensemble import Ensemble
from epidot.reporting.numbers import fixed, quantity
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.spectrum import wavelength_axis
from epidot.reporting.style import EMISSION, FAINT, INK, PAGE


def ensemble(reading: Reading) -> Sheet | None:
    """Mean absorption and emission over those of the members; emission energy against diameter."""
    from matplotlib.figure import Figure

    found = reading.run.ensemble
    if found is None:
        return None
    figure = Figure(figsize=(PAGE, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1.0))
    _spectra(left, found)
    keyed = "length_factor" if found.distribution.diameter is None else "diameter_factor"
    factors, energies = found.column(keyed), found.column("emission_eV")
    right.plot(factors, energies, "o", color=EMISSION, markersize=3.5)
    right.set(xlabel=f"{keyed.split('_', maxsplit=1)[0]} / nominal", ylabel="emission energy (eV)")
    widths = [quantity(fixed(1e3 * width, 0), "meV") for width in (found.total, found.broadening)]
    spread = quantity(fixed(1e3 * found.inhomogeneous, 0), "meV")
    failed = f" {len(found.failed)} more could not be computed." if found.failed else ""
    caption = (
        f"{len(found.rows)} particles of different sizes; every one absorbs with its own cross-section and "
        f"emits as many photons as any other.{failed} Thin: emission of each. Full width of the emission "
        f"{widths[0]}, of which one particle has {widths[1]} and the spread {spread} (added as Gaussians). "
        f"Both curves are scaled to 1, absorption at its highest point in the range shown."
    )
    keys = [key for key in found.rows[0] if key != "alignment"]
    columns: dict[str, Any] = {key: [row[key] for row in found.rows] for key in [*keys, "alignment"]}
    return Sheet("ensemble", "Ensemble", caption, figure, columns)


def _spectra(axes: Any, found: Ensemble) -> None:
    energy, top = found.energy, float(found.emission.max()) or 1.0
    reach = 3.0 * max(found.total, found.broadening)
    middle = float(np.mean(found.column("emission_eV")))
    ends = middle - reach, middle + 1.6 * reach
    shown = (energy >= ends[0]) & (energy <= ends[1])
    for curve in found.each:
        axes.plot(energy, curve / (top * len(found.each)), color=EMISSION, linewidth=0.4, alpha=0.5)
    axes.fill_between(energy, found.emission / top, color=EMISSION, alpha=0.2, linewidth=0)
    axes.plot(energy, found.emission / top, color=EMISSION, label="emission")
    absorbed = found.cross_section / (float(found.cross_section[shown].max()) or 1.0)
    known = energy <= found.complete_to
    axes.plot(energy[known], absorbed[known], color=INK, label="absorption")
    axes.plot(energy[~known], absorbed[~known], color=FAINT, linestyle=(0, (2, 1.5)))
    axes.set(xlim=ends, ylim=(0.0, 1.25), xlabel="photon energy (eV)", ylabel="mean (scaled to 1)")
    wavelength_axis(axes, ends)
    axes.legend(loc="upper left", ncols=2, handlelength=1.4)
