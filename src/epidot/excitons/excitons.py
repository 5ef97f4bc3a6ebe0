"""The record of the excitons stage: electron–hole pair states."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from epidot.records import Record, array, parent, record
from epidot.states.states import States


@final
@record
class Excitons(Record):
    """Pair states sorted by energy, in first order: one electron and one hole state each."""

    states: States = parent()
    energies: NDArray[Any] = array("exciton", "eV")
    electron: NDArray[Any] = array("exciton", "1", "i4")
    hole: NDArray[Any] = array("exciton", "1", "i4")
    coulomb: NDArray[Any] = array("electron hole", "eV")
    """Screened direct attraction in the particle's medium, negative."""
    surface_interaction: NDArray[Any] = array("electron hole", "eV")
    """Electron–hole interaction through the charge induced at the surface, usually negative."""
    electron_self_energy: NDArray[Any] = array("electron", "eV")
    """Interaction of each electron with the surface charge that it induces itself, usually positive."""
    hole_self_energy: NDArray[Any] = array("hole", "eV")
    overlap: NDArray[Any] = array("electron hole", "1")
    """∫ sqrt(ρe ρh) over atoms (0 to 1)."""
    dielectric_inside: float
    dielectric_outside: float
    screening: str
