"""Radiative lifetime against temperature."""

from __future__ import annotations

from typing import Any

import numpy as np

from epidot.reporting.numbers import duration
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import EMISSION, PAGE


def lifetime_curve(reading: Reading) -> Sheet | None:
    """Lifetime in thermal equilibrium over 2 to 400 K; None where nothing emits."""
    from matplotlib.figure import Figure

    optics = reading.run.optics
    emits = np.isfinite(optics.lifetime)
    if not emits.any():
        return None
    figure = Figure(figsize=(0.48 * PAGE, 2.7), layout="constrained")
    axes = figure.subplots()
    axes.plot(optics.lifetime_temperature[emits], optics.lifetime[emits], color=EMISSION)
    axes.plot(optics.temperature, optics.radiative_lifetime, "o", color=EMISSION, markersize=5)
    axes.set(xscale="log", yscale="log", xlabel="temperature (K)", ylabel="radiative lifetime (ns)")
    axes.set_xlim(optics.lifetime_temperature[0], optics.lifetime_temperature[-1])
    _ticks(axes)
    coldest = optics.lifetime[emits][0]
    caption = (
        f"Inverse of the thermal mean of the radiative rates, without anything that is not radiative: "
        f"{duration(optics.radiative_lifetime)} at {optics.temperature:.0f} K (dot), "
        f"{duration(coldest)} at {optics.lifetime_temperature[emits][0]:.0f} K."
    )
    columns = {"temperature (K)": optics.lifetime_temperature, "radiative lifetime (ns)": optics.lifetime}
    return Sheet("lifetime", "Lifetime and temperature", caption, figure, columns)


def _ticks(axes: Any) -> None:
    """Plain numbers, powers over many decades; a curve that is nearly flat still has two on its axis."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogFormatterMathtext, LogLocator, NullFormatter

    axes.xaxis.set_major_locator(FixedLocator([2, 5, 10, 20, 50, 100, 200, 400]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_ylim()
    if high < 4.0 * low:
        middle = np.sqrt(low * high)
        axes.set_ylim(0.5 * middle, 2.0 * middle)
    axes.yaxis.set_minor_formatter(NullFormatter())
    if high > 300.0 * low:
        axes.yaxis.set_major_locator(LogLocator(numticks=12))
        axes.yaxis.set_major_formatter(LogFormatterMathtext())
        return
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
