"""Where one carrier is while the other is held on an atom: what correlation makes of the densities."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.observables.lifetime import populations
from epidot.reporting.density import plane, section
from epidot.reporting.reading import Reading
from epidot.reporting.sections import cloud, scale_bar, tint, two_panels
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import ELECTRON, HOLE, INK
from epidot.states.states import States

Array = NDArray[Any]

_UNMIXED: Final = 0.999
"""Weight of one product of states above which a pair state counts as that product."""
_FILLED: Final = 1e-3
_MOST: Final = 24
"""Pair states averaged over at most."""
_ON_PLANE: Final = 4.0
"""Å"""


def pair_density(reading: Reading) -> Sheet | None:
    """Electron around a hole and hole around an electron; None where pair states do not mix."""
    if not _mixed(reading):
        return None
    grid = plane(reading.positions, reading.frame, reading.depth)
    figure, panels = two_panels(grid)
    out: dict[str, Any] = {}
    for axes, who, colour in zip(panels, ("electron", "hole"), (ELECTRON, HOLE), strict=True):
        fixed = "hole" if who == "electron" else "electron"
        title = "electron around a hole" if who == "electron" else "hole around an electron"
        atom = held_on(reading, fixed)
        field = section(grid, reading.positions, conditional(reading, who, atom))
        tint(axes, reading, grid)
        cloud(figure, axes, grid, field, (title, colour))
        across, up = 0.1 * (reading.frame.rows[:2] @ reading.positions[atom])
        axes.plot(across, up, "o", color=HOLE if fixed == "hole" else ELECTRON, markeredgecolor=INK, zorder=9)
        every = (slice(None, None, 3), slice(None, None, 3))
        out[f"{title} (1/nm^3)"] = field[every].ravel()
    scale_bar(panels[-1], grid)
    for axes in panels:
        axes.set_ylim(*panels[-1].get_ylim())
    caption = (
        f"Probability of one carrier while the other is on one atom (dot: where it is most likely on this "
        f"plane), from the mixed pair states, thermally averaged at {reading.run.optics.temperature:.0f} K. "
        f"Against the densities on their own: what electron and hole make of each other."
    )
    return Sheet("pair", "Electron and hole around each other", caption, figure, out)


def _weights(reading: Reading) -> Array:
    """Thermal weights (exciton,) of the pair states that count."""
    optics = reading.run.optics
    weights = populations(optics.energies, optics.temperature)
    weights = np.where(weights > _FILLED * weights.max(), weights, 0.0)
    weights[_MOST:] = 0.0
    return weights / weights.sum()


def _mixed(reading: Reading) -> bool:
    largest = reading.run.excitons.weights.max(axis=(1, 2))
    return bool((largest[_weights(reading) > 0.0] < _UNMIXED).any())


def held_on(reading: Reading, fixed: str) -> int:
    """The atom near the plane on which a carrier is most likely."""
    carrier = reading.hole if fixed == "hole" else reading.electron
    away = reading.positions @ reading.frame.rows[2] - reading.depth
    return int(np.argmax(np.where(np.abs(away) < _ON_PLANE, carrier.mean, -1.0)))


def conditional(reading: Reading, who: str, atom: int) -> Array:
    """Probability (atom,) of the electron or the hole while the other is on `atom`; 1 in all.

    Ψ(e, h) = Σ A(e, h) φ_e φ_h*, summed over orbitals and spins of both atoms.
    """
    excitons, states = reading.run.excitons, reading.run.states
    weights = _weights(reading)
    electrons, holes = _complex(states, "electron"), _complex(states, "hole").conj()
    free, fixed = (electrons, holes) if who == "electron" else (holes, electrons)
    found = np.zeros(free.shape[1])
    for number in np.flatnonzero(weights):
        mixing = excitons.complex_amplitudes[number]
        mixing = mixing if who == "electron" else mixing.T
        seen = np.tensordot(mixing @ fixed[:, atom], free, axes=(0, 0))
        found += weights[number] * np.square(np.abs(seen)).sum(axis=(0, 2))
    return found / found.sum()


def _complex(states: States, who: str) -> Array:
    """(state, atom, orbital × spin), complex."""
    parts = states.electron_coefficients if who == "electron" else states.hole_coefficients
    return (parts[..., 0] + 1j * parts[..., 1]).reshape(*parts.shape[:2], -1)
