"""The record of the relax stage: positions at rest, energy, strain."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from epidot.records import Record, array, parent, record
from epidot.structure.structure import Structure


@final
@record
class Relaxed(Record):
    """A structure at the minimum of the valence-force-field energy."""

    structure: Structure = parent()
    positions: NDArray[Any] = array("atom 3", "Å")
    strain: NDArray[Any] = array("atom 3 3", "1")
    """Symmetric strain tensor of each atom against the unstrained bulk of its own bonds."""
    atom_energy: NDArray[Any] = array("atom", "eV")
    energy: float
    """Strain energy, eV."""
    max_force: float
    """Largest force left on an atom, eV/Å."""
    steps: int

    def __str__(self) -> str:
        state = f"{self.energy:.3f} eV, largest force {self.max_force:.2g} eV/Å after {self.steps} steps"
        return f"Relaxed: {len(self.positions)} atoms, {state}"
