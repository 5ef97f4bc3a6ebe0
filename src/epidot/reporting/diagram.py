"""The level diagram: band edges along an arm, and where along it each state lives."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.observables.band_diagram import BandDiagram, Interface
from epidot.pipeline.bands import Band
from epidot.reporting.carriers import Carrier, levels
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import ELECTRON, FAINT, HOLE, INK, PAGE, PHASE_NAMES, hexadecimal
from epidot.states.states import States
from epidot.structure.along import Piece, bins, line_density

Array = NDArray[Any]

_DOTTED = (0, (1, 2))
_STRIDE = 3
_SEEN = 0.005
"""eV: what strain must move an edge by to be drawn."""
_LETTERS = 480.0
"""Letters that fit along the axis, times their size in points."""


def level_diagram(reading: Reading) -> Sheet:
    """Band edges along the path, strained and bent, with levels, densities and the type of each interface."""
    from matplotlib.figure import Figure

    path, found = reading.path, reading.diagram
    figure = Figure(figsize=(0.78 * PAGE, 3.3), layout="constrained")
    axes = figure.subplots()
    low, high = _range(reading, found)
    height = 0.26 * float(reading.electron.energies[0] - reading.hole.energies[0])
    _edges(axes, found, (low, high))
    for carrier, colour, sign in ((reading.electron, ELECTRON, 1.0), (reading.hole, HOLE, -1.0)):
        _levels(axes, reading, carrier, colour)
        _cloud(axes, reading, carrier, colour, sign * height)
    _names(axes, found.course.pieces, high, path.length)
    _types(axes, found, path.length)
    axes.set(xlim=(0.0, 0.1 * path.length), ylim=(low, high))
    axes.set(xlabel=f"distance along {path.name} (nm)", ylabel="electron energy (eV)")
    title = f"Levels along {reading.way}"
    return Sheet("levels", title, _caption(reading, found), figure, _columns(reading, found))


def _caption(reading: Reading, found: BandDiagram) -> str:
    states = reading.run.states
    caption = (
        f"Valence and conduction band edges along {found.path.name} ({states.parameters}, offsets "
        f"{states.offsets}){_strained(found)}{_bent_by(states)}. "
    )
    if found.jump > _SEEN:
        caption += "Dotted: the edges without strain. "
    caption += (
        "Thin grey: the second and third valence band. Lines: single-particle levels, strong where the state "
        "lives. Filled: probability per length of the thermally averaged electron (blue) and hole (orange)."
    )
    if any(_band(reading, name) for name in ("electron", "hole")):
        caption += " Pale bands: e₁ and h₁ with other published parameters (which move the edges too)."
    if _named(found):
        caption += " Interfaces are labelled by the steps of these edges, not by where the carriers are."
    if any(materials.composition(strip.material).mixed for strip in found.course.strips):
        caption += " Edges of an alloy are means over its compounds, without bowing."
    return caption


def _strained(found: BandDiagram) -> str:
    return ", strained as the atoms near the axis are" if found.jump > _SEEN else ""


def _bent_by(states: States) -> str:
    """What bends the edges, for the caption; empty if nothing does."""
    names = {"field": "the applied field", "polarisation": "the crystal's polarisation", "ligands": "ligands"}
    acting = [
        names[term] for term, row in zip(states.potential_terms, states.potential, strict=True) if row.any()
    ]
    together = " and ".join([", ".join(acting[:-1]), acting[-1]] if len(acting) > 1 else acting)
    return f", bent by {together} as near the axis" if acting else ""


def _columns(reading: Reading, found: BandDiagram) -> dict[str, Any]:
    middles, path = bins(reading.path), reading.path
    strips = found.course.strips
    owner = np.minimum(np.searchsorted([strip.end for strip in strips], middles), len(strips) - 1)

    def at(values: Array) -> Array:
        """Values (point,) at the bins: between points of one strip, or of one graded piece."""
        inside = np.empty(len(middles))
        for number in np.unique(owner):
            mine, here = np.isin(found.strip, _together(found, int(number))), owner == number
            inside[here] = np.interp(middles[here], found.place[mine], values[mine])
        return inside

    return {
        "distance (nm)": 0.1 * middles,
        "material": [strips[place].material for place in owner],
        "phase": [strips[place].phase for place in owner],
        "potential (eV)": at(found.potential),
        "volume strain": at(found.strain),
        "valence edge (eV)": at(found.valence[0]),
        "second valence band (eV)": at(found.valence[1]),
        "third valence band (eV)": at(found.valence[2]),
        "conduction edge (eV)": at(found.conduction),
        "unstrained valence edge (eV)": at(found.rest_valence),
        "unstrained conduction edge (eV)": at(found.rest_conduction),
        "electron density (1/nm)": line_density(path, reading.electron.mean),
        "hole density (1/nm)": line_density(path, reading.hole.mean),
    }


def _together(found: BandDiagram, number: int) -> list[int]:
    """A strip, and the others of the graded piece to which it belongs."""
    strips = found.course.strips
    if not found.course.sloped[number]:
        return [number]
    return [other for other, strip in enumerate(strips) if strip.segment == strips[number].segment]


def _range(reading: Reading, found: BandDiagram) -> tuple[float, float]:
    electron, hole = reading.electron.energies, reading.hole.energies
    gap = float(electron[0] - hole[0])
    room = 0.30 * gap
    lowest = float(found.valence[0].min()) - 0.05 * gap
    highest = float(found.conduction.max()) + 0.05 * gap
    lowest = min(lowest, float(hole.min()), float(hole[0]) - room)
    highest = max(highest, float(electron.max()), float(electron[0]) + room)
    return lowest - 0.04 * gap, highest + 0.04 * gap


def _edges(axes: Any, found: BandDiagram, limits: tuple[float, float]) -> None:
    for number, (strip, sloped) in enumerate(zip(found.course.strips, found.course.sloped, strict=True)):
        mine = found.strip == number
        place = 0.1 * (np.array([strip.start, strip.end]) if sloped else found.place[mine])
        tint = hexadecimal(materials.colour(strip.material), 0.72 if strip.phase == "wz" else 0.62)
        lower, upper = (
            np.broadcast_to(edge[mine], place.shape) for edge in (found.valence[0], found.conduction)
        )
        axes.fill_between(place, limits[0], lower, color=tint, linewidth=0, zorder=1)
        axes.fill_between(place, upper, limits[1], color=tint, linewidth=0, zorder=1)
    place = 0.1 * found.place
    for energies in found.valence[1:]:
        axes.plot(place, energies, color=FAINT, linewidth=0.5, zorder=3)
    if found.jump > _SEEN:
        for energies in (found.rest_valence, found.rest_conduction):
            axes.plot(
                place, energies + found.potential, color=INK, linewidth=0.7, linestyle=_DOTTED, zorder=4
            )
    for energies in (found.valence[0], found.conduction):
        axes.plot(place, energies, color=INK, linewidth=1.1, zorder=4)


def _named(found: BandDiagram) -> list[Interface]:
    """Interfaces between materials; those between phases of one are in the data only."""
    return [one for one in found.interfaces if one.materials[0] != one.materials[1]]


def _types(axes: Any, found: BandDiagram, length: float) -> None:
    """The type of each interface between materials, in the gap, where there is room."""
    last = -length
    for one in _named(found):
        if one.place - last < 0.045 * length:
            continue
        last = one.place
        # Both points at the interface: between the higher valence and the lower conduction edge.
        near = np.abs(found.place - one.place) < 1.0
        middle = 0.5 * float(found.valence[0, near].max() + found.conduction[near].min())
        axes.annotate(
            one.type,
            (0.1 * one.place, middle),
            ha="center",
            va="center",
            fontsize=6.5,
            rotation=90,
            color=FAINT,
            zorder=8,
        )


def _band(reading: Reading, name: str) -> Band | None:
    """Of the lowest electron or highest hole level over other published parameters, where that is known."""
    found = reading.run.uncertainty
    return None if found is None else found.bands.get(f"states.{name}_eV")


def _levels(axes: Any, reading: Reading, carrier: Carrier, colour: str) -> None:
    from matplotlib.collections import LineCollection

    middles = 0.1 * bins(reading.path)
    band = _band(reading, carrier.name)
    if band is not None:
        axes.axhspan(band.low, band.high, facecolor=colour, edgecolor="none", alpha=0.16, zorder=2)
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
