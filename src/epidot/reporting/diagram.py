"""The level diagram: band edges along an arm, and where along it each state lives."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.reporting.along import Piece, bins, line_density, mean_profile, near_axis
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
    curves = _curves(reading, runs)
    figure = Figure(figsize=(0.78 * PAGE, 3.3), layout="constrained")
    axes = figure.subplots()
    low, high = _range(reading, curves)
    height = 0.26 * float(reading.electron.energies[0] - reading.hole.energies[0])
    _edges(axes, runs, curves, (low, high))
    for carrier, colour, sign in ((reading.electron, ELECTRON, 1.0), (reading.hole, HOLE, -1.0)):
        _levels(axes, reading, carrier, colour)
        _cloud(axes, reading, carrier, colour, sign * height)
    _names(axes, runs.pieces, high, path.length)
    axes.set(xlim=(0.0, 0.1 * path.length), ylim=(low, high))
    axes.set(xlabel=f"distance along {path.name} (nm)", ylabel="electron energy (eV)")
    caption = (
        f"Valence and conduction band edges of the unstrained bulk along {path.name} "
        f"({states.parameters}, offsets {states.offsets}){_bent_by(states)}. "
        f"Lines: single-particle levels, strong where the state lives. Filled: probability per length of the "
        f"thermally averaged electron (blue) and hole "
        f"(orange)."
    )
    if any(materials.composition(strip.material).mixed for strip in runs.strips):
        caption += " Edges of an alloy are means over its compounds, without bowing."
    columns = _columns(reading, runs.strips)
    return Sheet("levels", f"Levels along {reading.way}", caption, figure, columns)


@dataclass(frozen=True)
class _Curve:
    """Edges over one strip of the path: places (Å), valence and conduction edge (eV) there."""

    place: Array
    valence: Array
    conduction: Array


def _curves(reading: Reading, runs: Course) -> list[_Curve]:
    """Edges as they are drawn: those of each strip's bulk and the potential near the axis."""
    middles, potential = bins(reading.path), potential_near_axis(reading)
    found: list[_Curve] = []
    for strip, sloped in zip(runs.strips, runs.sloped, strict=True):
        inner = middles[(middles > strip.start) & (middles < strip.end)] if potential.any() else []
        # A strip of a graded piece gives one point of the slope, an even piece both of its ends.
        centre = 0.5 * (strip.start + strip.end)
        place = np.array([centre, centre] if sloped else [strip.start, *inner, strip.end])
        valence, conduction = _bulk_edges(reading.run.states, strip.material, strip.phase)
        shift = np.interp(place, middles, potential)
        found.append(_Curve(place, valence + shift, conduction + shift))
    return found


def potential_near_axis(reading: Reading) -> Array:
    """Energy (bin,) in eV that field, polarisation and ligands give an electron near the path; mean."""
    path, total = reading.path, reading.run.states.potential.sum(axis=0)
    middles = bins(path)
    if not total.any():
        return np.zeros(len(middles))
    mean, _ = mean_profile(path, total[path.atoms], near_axis(path))
    known = np.isfinite(mean)
    return np.interp(middles, middles[known], mean[known])


def _bent_by(states: States) -> str:
    """What bends the edges, for the caption; empty if nothing does."""
    names = {"field": "the applied field", "polarisation": "the crystal's polarisation", "ligands": "ligands"}
    acting = [
        names[term] for term, row in zip(states.potential_terms, states.potential, strict=True) if row.any()
    ]
    together = " and ".join([", ".join(acting[:-1]), acting[-1]] if len(acting) > 1 else acting)
    return f", bent by {together} as near the axis" if acting else ""


def _columns(reading: Reading, strips: list[Piece]) -> dict[str, Any]:
    middles, potential = bins(reading.path), potential_near_axis(reading)
    owner = np.minimum(np.searchsorted([strip.end for strip in strips], middles), len(strips) - 1)
    edges = [_bulk_edges(reading.run.states, strip.material, strip.phase) for strip in strips]
    return {
        "distance (nm)": 0.1 * middles,
        "material": [strips[place].material for place in owner],
        "phase": [strips[place].phase for place in owner],
        "potential (eV)": potential,
        "valence edge (eV)": potential + [edges[place][0] for place in owner],
        "conduction edge (eV)": potential + [edges[place][1] for place in owner],
        "electron density (1/nm)": line_density(reading.path, reading.electron.mean),
        "hole density (1/nm)": line_density(reading.path, reading.hole.mean),
    }


def _range(reading: Reading, curves: list[_Curve]) -> tuple[float, float]:
    electron, hole = reading.electron.energies, reading.hole.energies
    gap = float(electron[0] - hole[0])
    room = 0.30 * gap
    lowest = min(float(curve.valence.min()) for curve in curves) - 0.05 * gap
    highest = max(float(curve.conduction.max()) for curve in curves) + 0.05 * gap
    lowest = min(lowest, float(hole.min()), float(hole[0]) - room)
    highest = max(highest, float(electron.max()), float(electron[0]) + room)
    return lowest - 0.04 * gap, highest + 0.04 * gap


def _bulk_edges(states: States, name: str, phase: str) -> tuple[float, float]:
    """Valence and conduction edge (eV) of a compound, or the means over the compounds of an alloy."""
    shares = materials.fractions(name)
    edges = [states.bulk_edges[part][phase] for part in shares]
    valence, conduction = (
        sum(share * edge[band] for share, edge in zip(shares.values(), edges, strict=True)) for band in (0, 1)
    )
    return valence, conduction


def _edges(axes: Any, runs: Course, curves: list[_Curve], limits: tuple[float, float]) -> None:
    for strip, curve, sloped in zip(runs.strips, curves, runs.sloped, strict=True):
        place = 0.1 * (np.array([strip.start, strip.end]) if sloped else curve.place)
        tint = hexadecimal(materials.colour(strip.material), 0.72 if strip.phase == "wz" else 0.62)
        axes.fill_between(place, limits[0], curve.valence, color=tint, linewidth=0, zorder=1)
        axes.fill_between(place, curve.conduction, limits[1], color=tint, linewidth=0, zorder=1)
    place = 0.1 * np.concatenate([curve.place for curve in curves])
    for energies in ([curve.valence for curve in curves], [curve.conduction for curve in curves]):
        axes.plot(place, np.concatenate(energies), color=INK, linewidth=1.1, zorder=4)


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
