"""The level diagram: band edges along an arm, and where along it each state lives."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.reporting.along import Piece, bins, line_density
from epidot.reporting.carriers import Carrier, levels
from epidot.reporting.grading import Course, course
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import ELECTRON, HOLE, INK, PAGE, PHASE_NAMES, hexadecimal
from epidot.states.states import States

Array = NDArray[Any]

_STRIDE = 3
_LETTERS = 480.0
"""Letters that fit along the axis, times their size in points."""


def level_diagram(reading: Reading) -> Sheet:
    """Band edges of the unstrained bulk materials along the path, with levels and densities."""
    from matplotlib.figure import Figure

    states, path = reading.run.states, reading.path
    runs = course(path, reading.run.design, reading.structure)
    edges = [_bulk_edges(states, strip.material, strip.phase) for strip in runs.strips]
    figure = Figure(figsize=(0.78 * PAGE, 3.3), layout="constrained")
    axes = figure.subplots()
    low, high = _range(reading, edges)
    height = 0.26 * float(reading.electron.energies[0] - reading.hole.energies[0])
    _edges(axes, runs, edges, (low, high))
    middles = bins(path)
    for carrier, colour, sign in ((reading.electron, ELECTRON, 1.0), (reading.hole, HOLE, -1.0)):
        _levels(axes, reading, carrier, colour)
        _cloud(axes, reading, carrier, colour, sign * height)
    _names(axes, runs.pieces, high, path.length)
    axes.set(xlim=(0.0, 0.1 * path.length), ylim=(low, high))
    axes.set(xlabel=f"distance along {path.name} (nm)", ylabel="electron energy (eV)")
    caption = (
        f"Valence and conduction band edges of the unstrained bulk along {path.name} "
        f"({states.parameters}, offsets {states.offsets}). Lines: single-particle levels, strong where "
        f"the state lives. Filled: probability per length of the thermally averaged electron (blue) and hole "
        f"(orange)."
    )
    if any(materials.composition(strip.material).mixed for strip in runs.strips):
        caption += " Edges of an alloy are means over its compounds, without bowing."
    columns = _columns(reading, runs.strips, edges, middles)
    return Sheet("levels", f"Levels along {reading.way}", caption, figure, columns)


def _columns(
    reading: Reading, runs: list[Piece], edges: list[tuple[float, float]], middles: Array
) -> dict[str, Any]:
    owner = np.minimum(np.searchsorted([strip.end for strip in runs], middles), len(runs) - 1)
    return {
        "distance (nm)": 0.1 * middles,
        "material": [runs[place].material for place in owner],
        "phase": [runs[place].phase for place in owner],
        "valence edge (eV)": [edges[place][0] for place in owner],
        "conduction edge (eV)": [edges[place][1] for place in owner],
        "electron density (1/nm)": line_density(reading.path, reading.electron.mean),
        "hole density (1/nm)": line_density(reading.path, reading.hole.mean),
    }


def _range(reading: Reading, edges: list[tuple[float, float]]) -> tuple[float, float]:
    electron, hole = reading.electron.energies, reading.hole.energies
    gap = float(electron[0] - hole[0])
    room = 0.30 * gap
    lowest = min([valence - 0.05 * gap for valence, _ in edges] + [float(hole.min()), float(hole[0]) - room])
    highest = max(
        [conduction + 0.05 * gap for _, conduction in edges]
        + [float(electron.max()), float(electron[0]) + room]
    )
    return float(lowest - 0.04 * gap), float(highest + 0.04 * gap)


def _bulk_edges(states: States, name: str, phase: str) -> tuple[float, float]:
    """Valence and conduction edge (eV) of a compound, or the means over the compounds of an alloy."""
    shares = materials.fractions(name)
    edges = [states.bulk_edges[part][phase] for part in shares]
    valence, conduction = (
        sum(share * edge[band] for share, edge in zip(shares.values(), edges, strict=True)) for band in (0, 1)
    )
    return valence, conduction


def _edges(axes: Any, runs: Course, edges: list[tuple[float, float]], limits: tuple[float, float]) -> None:
    stops: list[float] = []
    for strip, (valence, conduction), sloped in zip(runs.strips, edges, runs.sloped, strict=True):
        ends = (0.1 * strip.start, 0.1 * strip.end)
        tint = hexadecimal(materials.colour(strip.material), 0.72 if strip.phase == "wz" else 0.62)
        axes.fill_between(ends, limits[0], valence, color=tint, linewidth=0, zorder=1)
        axes.fill_between(ends, conduction, limits[1], color=tint, linewidth=0, zorder=1)
        # A strip of a graded piece gives one point of the slope, an even piece both of its ends.
        stops += [sum(ends) / 2.0] * 2 if sloped else ends
    for band in (0, 1):
        axes.plot(stops, [edge[band] for edge in edges for _ in (0, 1)], color=INK, linewidth=1.1, zorder=4)


def _levels(axes: Any, reading: Reading, carrier: Carrier, colour: str) -> None:
    from matplotlib.collections import LineCollection

    middles = 0.1 * bins(reading.path)
    for energy, density in levels(carrier):
        profile = line_density(reading.path, density)
        axes.axhline(energy, color=colour, linewidth=0.4, alpha=0.18, zorder=5)
        strength = np.sqrt(profile / max(profile.max(), 1e-12))[::_STRIDE][:-1]
        knots = middles[::_STRIDE]
        strokes = [[(left, energy), (right, energy)] for left, right in pairwise(knots)]
        shown = [place for place, alpha in enumerate(strength) if alpha > 0.05]
        paint = [(*hexadecimal(colour), 0.8 * float(strength[place])) for place in shown]
        lines = LineCollection([strokes[place] for place in shown], colors=paint, linewidths=1.0, zorder=5)
        axes.add_collection(lines)


def _cloud(axes: Any, reading: Reading, carrier: Carrier, colour: str, height: float) -> None:
    profile = line_density(reading.path, carrier.mean)
    base = float(carrier.energies[0])
    curve = base + height * profile / max(profile.max(), 1e-12)
    middles = 0.1 * bins(reading.path)
    axes.fill_between(middles, base, curve, color=colour, alpha=0.38, linewidth=0, zorder=6)
    axes.plot(
        middles,
        np.where(profile > 0.01 * profile.max(), curve, np.nan),
        color=colour,
        linewidth=1.0,
        zorder=7,
    )
    symbol = "e" if height > 0 else "h"
    axes.annotate(
        f"{symbol}$_1$ {base:.3f} eV".replace("-", "−"),
        (1.0, base),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        color=colour,
        va="center",
        annotation_clip=False,
    )


def _names(axes: Any, runs: list[Piece], top: float, length: float) -> None:
    """Material and phase above each piece that has room; upright if one of them does not fit across."""
    shown = [(run, (run.end - run.start) / length) for run in runs if run.end - run.start >= 0.05 * length]
    texts: list[tuple[float, str, float]] = []
    for run, share in shown:
        phase = PHASE_NAMES[run.phase] if share > 0.16 else run.phase
        texts.append((0.05 * (run.start + run.end), f"{run.material}\n{phase}", 7.0 if share > 0.1 else 5.5))
    upright = any(
        size * max(map(len, text.split("\n"))) > _LETTERS * share
        for (_, text, size), (_, share) in zip(texts, shown, strict=True)
    )
    for place, text, size in texts:
        axes.annotate(
            text,
            (place, top),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=size,
            linespacing=1.05,
            rotation=90 if upright else 0,
            zorder=8,
        )
