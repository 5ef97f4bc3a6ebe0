"""Levels of the pair: without and with what mixes them, and the fine structure of the lowest."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.observables.optics import Optics
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import EMISSION, FAINT, INK, PAGE

Array = NDArray[Any]

DARK: Final = 0.01
"""Share of the strongest line shown below which a line counts as dark."""
_SPREAD: Final = 0.06
"""eV above the lowest pair that the fine structure reaches at most."""
_GAP: Final = 0.012
"""eV: a gap this wide ends the lowest multiplet."""
_REACH: Final = 0.35
"""eV above the lowest pair that the overview shows at most."""


def exciton_levels(reading: Reading) -> Sheet:
    """Two panels: pair levels in first order and as they are, and the lowest multiplet with strengths."""
    from matplotlib.figure import Figure

    optics = reading.run.optics
    energies, strengths = optics.energies, optics.oscillator_strength
    figure = Figure(figsize=(0.72 * PAGE, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    _overview(left, optics)
    fine = fine_structure(energies)
    _fine(right, 1e3 * (energies[fine] - energies[0]), strengths[fine])
    bright = bright_lines(strengths[fine])
    told = (
        f"the lowest of them that is bright lies {1e3 * (energies[fine][bright][0] - energies[0]):.2g} meV "
        f"above the lowest"
        if bright.any() and not bright[0]
        else "the lowest is bright"
    )
    caption = (
        f"Left: energies of electron–hole pairs, each level as wide as all of its states; pairs that do not "
        f"mix (first order) and the excitons that light sees. Red: bright, grey: with less than "
        f"{100 * DARK:.0f} % of the strongest oscillator strength shown. Right: the lowest multiplet, "
        f"{int(fine.sum())} states; {told}. Energies at {optics.temperature:.0f} K."
    )
    shown = energies <= energies[0] + _REACH
    columns = {
        "energy (eV)": energies[shown],
        "oscillator strength": strengths[shown],
        "in the lowest multiplet": fine[shown].astype(int),
    }
    return Sheet("excitons", "Exciton levels and fine structure", caption, figure, columns)


def fine_structure(energies: Array) -> Array:
    """Which pair states (exciton,) belong to the lowest multiplet; `energies` in eV, ascending."""
    wide = np.flatnonzero(np.diff(energies) > _GAP)
    last = int(wide[0]) + 1 if len(wide) else len(energies)
    return (np.arange(len(energies)) < last) & (energies <= energies[0] + _SPREAD)


def bright_lines(strengths: Array) -> Array:
    """Which lines are bright beside each other; (line,)."""
    return strengths >= DARK * max(float(strengths.max()), 1e-12)


def _overview(axes: Any, optics: Optics) -> None:
    energies = optics.energies
    # First-order energies follow temperature as the excitons do.
    free = np.sort(optics.excitons.first_order.ravel()) + energies[0] - optics.excitons.energies[0]
    every = np.concatenate([energies, free])
    top = float(every[every <= energies[0] + _REACH].max())
    bright = bright_lines(optics.oscillator_strength)
    low = min(float(energies[0]), float(free[0]))
    for x, levels, colours in (
        (0.0, free, [INK] * len(free)),
        (1.0, energies, [EMISSION if one else FAINT for one in bright]),
    ):
        axes.hlines(levels, x - 0.34, x + 0.34, colors=colours, linewidth=0.8)
    room = 0.05 * (top - low) + 0.002
    axes.set(xlim=(-0.5, 1.5), ylim=(low - room, top + room), ylabel="pair energy (eV)")
    axes.set_xticks([0.0, 1.0], ["first order", "excitons"])
    axes.tick_params(axis="x", length=0)


def _fine(axes: Any, energies: Array, strengths: Array) -> None:
    """Lines (meV above the lowest) as long as they are strong; dark ones as ticks."""
    share = strengths / max(float(strengths.max()), 1e-12)
    bright = bright_lines(strengths)
    axes.hlines(energies[bright], 0.0, share[bright], colors=EMISSION, linewidth=1.6)
    axes.hlines(energies[~bright], 0.0, 0.05, colors=FAINT, linewidth=1.2)
    span = max(float(np.ptp(energies)), 0.1)
    axes.set(xlim=(0.0, 1.08), ylim=(-0.1 * span, 1.1 * span))
    axes.set(xlabel="oscillator strength (strongest = 1)", ylabel="above the lowest (meV)")
