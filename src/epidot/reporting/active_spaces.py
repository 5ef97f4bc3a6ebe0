"""Energies of X, trions and biexciton against the size of the active space, and what that tells."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import COLUMNS
from epidot.observables.complexes import Complex, complexes
from epidot.reporting.complexes_section import SIGNS, splitting
from epidot.reporting.numbers import quantity, significant
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import ELECTRON, EMISSION, FAINT, HOLE, INK, PAGE

Array = NDArray[Any]

_DRAWN: Final = {"X": (INK, "o"), "X-": (ELECTRON, "s"), "X+": (HOLE, "D"), "XX": (EMISSION, "^")}


def convergence(reading: Reading) -> Sheet | None:
    """Left: energies above those of the largest space; right: bindings of trions and biexciton."""
    from matplotlib.figure import Figure

    optics = reading.run.optics
    excitons = optics.excitons
    found = complexes(excitons, splitting(optics))
    if not found or len(excitons.active_spaces) < 2:
        return None
    figure = Figure(figsize=(PAGE, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [f"{electrons} × {holes}" for electrons, holes in excitons.active_spaces]
    columns: dict[str, Any] = {
        "electrons": excitons.active_spaces[:, 0],
        "holes": excitons.active_spaces[:, 1],
    }
    for one in found:
        energies = excitons.convergence[:, COLUMNS.index(one.name)]
        columns[f"{one.name} (eV)"] = energies
        _line(left, 1e3 * (energies - one.energy), one)
    for one, gains in zip(COLUMNS[3:], 1e3 * excitons.bindings.T, strict=True):
        member = next((each for each in found if each.name == one), None)
        if member:
            columns[f"binding of {one} (meV)"] = gains
            _line(right, gains, member)
    _dress(left, right, sizes, len(found) > 1)
    title = "Convergence of exciton and complexes" if len(found) > 1 else "Convergence of the exciton"
    return Sheet("convergence", title, _caption(found), figure, columns)


def _line(axes: Any, values: Array, one: Complex) -> None:
    colour, marker = _DRAWN[one.name]
    axes.plot(
        np.arange(len(values)),
        values,
        marker=marker,
        markersize=4.0,
        linewidth=1.1,
        color=colour,
        label=SIGNS[one.name],
    )


def _dress(left: Any, right: Any, sizes: list[str], several: bool) -> None:
    for axes in (left, right):
        axes.axhline(0.0, color=FAINT, linewidth=0.7, zorder=0)
        axes.set_xticks(range(len(sizes)), sizes)
        axes.set_xlim(-0.3, len(sizes) - 0.7)
        axes.set_xlabel("electrons × holes in the active space")
        axes.tick_params(right=True)
    left.set_ylabel("energy above the largest (meV)")
    left.legend(ncols=2, handlelength=1.6)
    if not several:
        right.set_axis_off()
        return
    right.set_ylabel("binding (meV)")
    low, high = right.get_ylim()
    right.set_ylim(min(low, -0.15 * (high - low)), max(high, 0.15 * (high - low)))
    for word, up, side in (("bound", 3, "bottom"), ("unbound", -3, "top")):
        right.annotate(
            word,
            (1.0, 0.0),
            xycoords=("axes fraction", "data"),
            xytext=(4, up),
            textcoords="offset points",
            va=side,
            color=FAINT,
        )


def _caption(found: tuple[Complex, ...]) -> str:
    told = (
        "Left: lowest energies against the numbers of electron and hole states that mix, less the last one. "
        "They can only fall as the space grows. "
    )
    if len(found) > 1:
        told += "Right: what trions and biexciton gain over a pair and a carrier, or over two pairs. "
    return told + sentence(found)


def sentence(found: tuple[Complex, ...]) -> str:
    """Whether configuration interaction has converged, in plain words."""
    changed = [one for one in found if np.isfinite(one.change)]
    if not changed:
        return "One space only: nothing tells whether it is large enough."
    which = "bindings" if len(changed) > 1 else "binding"
    parts = [f"{SIGNS[one.name]} {_milli(one.change)}" for one in changed]
    told = f"When the space last grew the {which} changed by {_listed(parts)}"
    if all(one.settled for one in changed):
        return f"{told}: converged to about {_milli(max(abs(one.change) for one in changed))}."
    open_ = [SIGNS[one.name] for one in found if one.verdict == "undecided"]
    sign = (
        f" Whether {_listed(open_)} {'are' if len(open_) > 1 else 'is'} bound is not decided."
        if open_
        else ""
    )
    return f"{told}: not converged, more states will still move them.{sign}"


def _milli(value: float) -> str:
    return quantity(significant(1e3 * value, 2), "meV")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
