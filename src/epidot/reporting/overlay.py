"""Measured spectra over the computed ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from epidot.observables.comparison import Comparison
from epidot.reporting.numbers import fixed, quantity, significant
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.spectrum import wavelength_axis
from epidot.reporting.style import EMISSION, FAINT, INK, PAGE

_HIGHEST = 1.6
"""Upper end of the axis, in peaks: absorption goes on rising beyond its first."""


def overlay(reading: Reading) -> Sheet | None:
    """One panel for each measured spectrum; None without any."""
    from matplotlib.figure import Figure

    compared = reading.run.compared
    if compared is None:
        return None
    found = compared.comparisons
    figure = Figure(figsize=(0.5 * PAGE * max(len(found), 1.24), 2.9), layout="constrained")
    for axes, one in zip(np.atleast_1d(figure.subplots(1, len(found))), found, strict=True):
        _panel(axes, one)
    what = " and ".join(
        f"{one.kind} at its {'first peak' if one.kind == 'absorption' else 'maximum'}" for one in found
    )
    caption = (
        f"Measured ({compared.file.name}) and computed ({compared.of}) spectra, each scaled to 1: {what}. "
        f"{' '.join(map(_told, found))} Dashed: computed, moved by the shift that fits best."
        + "".join(f" {note}" for note in compared.file.notes)
    )
    return Sheet("compare", "Measured and computed", caption, figure, _columns(found))


def _panel(axes: Any, one: Comparison) -> None:
    colour = INK if one.kind == "absorption" else EMISSION
    axes.plot(one.measured_axis, one.measured, color=FAINT, linewidth=2.2, label="measured", zorder=2)
    axes.plot(one.computed_axis, one.computed, color=colour, label="computed", zorder=4)
    if np.isfinite(one.best_shift):
        moved = one.computed_axis + one.best_shift
        axes.plot(moved, one.computed, color=colour, linestyle=(0, (3, 1.5)), linewidth=0.9, zorder=3)
    widths = np.array([0.04, one.measured_peak.fwhm, one.computed_peak.fwhm])
    reach = 2.5 * float(np.nanmax(widths))
    peaks = one.measured_peak.energy, one.computed_peak.energy
    ends = min(peaks) - reach, max(peaks) + (2.0 * reach if one.kind == "absorption" else reach)
    axes.set(xlim=ends, ylim=(0.0, _HIGHEST), xlabel="photon energy (eV)", ylabel="intensity (peak = 1)")
    axes.set_title(one.kind, loc="left")
    wavelength_axis(axes, ends)
    axes.legend(loc="upper left", handlelength=1.4)


def _told(one: Comparison) -> str:
    """The comparison in a sentence."""
    shift = 1e3 * one.peak_shift
    way = "above" if shift > 0.0 else "below"
    size = quantity(significant(abs(shift), 2 if abs(shift) < 100.0 else 3), "meV")
    text = (
        f"The computed {one.kind} peak lies {size} {way} the measured one "
        f"({quantity(fixed(one.computed_peak.energy, 3), 'eV')} against "
        f"{quantity(fixed(one.measured_peak.energy, 3), 'eV')})"
    )
    widths = one.computed_peak.fwhm, one.measured_peak.fwhm
    if all(map(np.isfinite, widths)):
        text += f", width {fixed(1e3 * widths[0], 0)} against {quantity(fixed(1e3 * widths[1], 0), 'meV')}"
    if np.isfinite(one.best_shift):
        moved = quantity(fixed(1e3 * one.best_shift, 0), "meV")
        text += f"; correlation {fixed(one.correlation, 3)} when moved by {moved}"
    return f"{text}."


def _columns(found: tuple[Comparison, ...]) -> dict[str, Any]:
    """Both spectra on the measured axis; all comparisons one below the other."""
    return {
        "kind": [one.kind for one in found for _ in one.measured_axis],
        "energy (eV)": np.concatenate([one.measured_axis for one in found]),
        "measured (peak = 1)": np.concatenate([one.measured for one in found]),
        "computed (peak = 1)": np.concatenate(
            [
                np.interp(one.measured_axis, one.computed_axis, one.computed, left=np.nan, right=np.nan)
                for one in found
            ]
        ),
    }
