"""Strain along the path, and the share of electron and hole in each segment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.reporting.places import Group, groups, place
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import COLUMN, ELECTRON, HOLE, INK, PAGE, hexadecimal
from epidot.structure.along import bins, mean_profile
from epidot.structure.course import course
from epidot.structure.structure import Structure

Array = NDArray[Any]

_MOST_BARS = 16
"""Segments with bars of their own."""
_LETTER = 0.058
"""Inches that a letter of the labels is wide."""


def strain_profile(reading: Reading) -> Sheet:
    """Relative change of volume (trace) and strain along the axis, mean over the cross-section."""
    from matplotlib.figure import Figure

    path = reading.path
    tensor = reading.run.relaxed.strain[path.atoms]
    trace = 100.0 * np.trace(tensor, axis1=1, axis2=2)
    axial = 100.0 * np.einsum("ai,aij,aj->a", path.direction, tensor, path.direction)
    figure = Figure(figsize=(0.62 * PAGE, 2.5), layout="constrained")
    axes = figure.subplots()
    middles = bins(path)
    columns: dict[str, Any] = {"distance (nm)": 0.1 * middles}
    looks = ((trace, "volume, Tr ε", INK, "-"), (axial, "axial, ε$_{tt}$", "#009e73", (0, (4, 1.5))))
    for values, label, colour, dash in looks:
        mean, spread = mean_profile(path, values)
        axes.plot(0.1 * middles, mean, color=colour, linestyle=dash, label=label, zorder=4)
        axes.fill_between(
            0.1 * middles, mean - spread, mean + spread, color=colour, alpha=0.14, linewidth=0, zorder=3
        )
        key = label.split(",")[0]
        columns |= {f"{key} mean (%)": mean, f"{key} standard deviation (%)": spread}
    for strip in course(path, reading.run.design, reading.structure).strips:
        tint = hexadecimal(materials.colour(strip.material), 0.75)
        axes.axvspan(0.1 * strip.start, 0.1 * strip.end, color=tint, linewidth=0, zorder=1)
    axes.axhline(0.0, color=INK, linewidth=0.5, zorder=2)
    axes.set(xlim=(0.0, 0.1 * path.length), xlabel=f"distance along {path.name} (nm)", ylabel="strain (%)")
    axes.margins(y=0.12)
    # An unstrained particle shows a flat line, not its rounding errors.
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -0.05), max(high, 0.05))
    axes.legend(loc="best", ncols=2)
    caption = (
        f"Strain along {path.name} against the unstrained bulk of each atom's own bonds: relative change of "
        f"volume and strain along the path. Line: mean over the cross-section; band: standard deviation; "
        f"background: material near the axis."
    )
    return Sheet("strain", f"Strain along {reading.way}", caption, figure, columns)


def populations(reading: Reading) -> Sheet:
    """Bars: percentage of the electron and of the hole in each segment, or in each group of many."""
    from matplotlib.figure import Figure

    structure = reading.structure
    bars, grouped = _bars(structure)
    room = (0.62 * PAGE if len(bars) > 5 else COLUMN) - 0.6
    longest = max(len(line) for group in bars for line in (group.kind, group.material))
    upright = longest * _LETTER > room / len(bars)
    # Upright labels of two lines need 2.7 times their size.
    room = max(room, min(PAGE - 0.6, 2.7 * 7.0 / 72.0 * len(bars))) if upright else room
    size = min(7.0, 72.0 / 2.7 * room / len(bars))
    figure = Figure(figsize=(room + 0.6, 2.5 + (longest * _LETTER if upright else 0.0)), layout="constrained")
    axes = figure.subplots()
    shares = {carrier.name: 100.0 * carrier.in_segment for carrier in (reading.electron, reading.hole)}
    for shift, (name, colour) in zip((-0.2, 0.2), (("electron", ELECTRON), ("hole", HOLE)), strict=True):
        heights = [float(shares[name][group.members].sum()) for group in bars]
        drawn = axes.bar(np.arange(len(bars)) + shift, heights, 0.38, color=colour, label=name, zorder=3)
        texts = [f"{height:.0f}" if height >= 0.5 else "" for height in heights]
        axes.bar_label(drawn, texts, padding=1, fontsize=6.5)
    for spot, group in enumerate(bars):
        tint = hexadecimal(materials.colour(group.material), 0.75)
        axes.axvspan(spot - 0.5, spot + 0.5, color=tint, linewidth=0, zorder=1)
    labels = [f"{group.kind}\n{group.material}" for group in bars]
    turned: dict[str, Any] = {"rotation": 90, "multialignment": "right"} if upright else {}
    axes.set_xticks(np.arange(len(bars)), labels, fontsize=size, **turned)
    axes.tick_params(axis="x", length=0)
    axes.set(xlim=(-0.5, len(bars) - 0.5), ylabel="population (%)")
    axes.margins(y=0.22)
    axes.legend(loc="upper right", ncols=2, handlelength=1.2)
    caption = (
        f"Share of the thermally averaged electron and hole ({reading.run.optics.temperature:.0f} K) in each "
        f"{'group of segments' if grouped else 'segment'}; background: its material."
    )
    columns = {
        "segment": list(structure.segments),
        "material": list(structure.segment_materials),
        "electron (%)": shares["electron"],
        "hole (%)": shares["hole"],
    }
    return Sheet("populations", "Population of each segment", caption, figure, columns)


def _bars(structure: Structure) -> tuple[list[Group], bool]:
    """One group for each segment, or, where these are too many to read, segments of like role together."""
    if len(structure.segments) > _MOST_BARS:
        return groups(structure), True
    every = enumerate(structure.segment_materials)
    return [Group(material, place(structure, number).one, [number]) for number, material in every], False
