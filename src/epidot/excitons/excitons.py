"""The record of the excitons stage: electron–hole pair states."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.records import Record, array, parent, record
from epidot.states.states import States


@final
@record
class Excitons(Record):
    """Pair states sorted by energy: |X⟩ = Σ A(e, h) |e, h⟩."""

    states: States = parent()
    energies: NDArray[Any] = array("exciton", "eV")
    amplitudes: NDArray[Any] = array("exciton electron hole part", "1", "f4")
    """A(e, h), normalised; ``part`` is (real, imaginary)."""
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

    @property
    def complex_amplitudes(self) -> NDArray[Any]:
        """A(e, h), (exciton, electron, hole), complex."""
        return self.amplitudes[..., 0] + 1j * self.amplitudes[..., 1]

    @property
    def weights(self) -> NDArray[Any]:
        """|A(e, h)|², (exciton, electron, hole); 1 in all for each exciton."""
        return np.square(self.amplitudes, dtype=np.float64).sum(axis=-1)

    @property
    def free_pairs(self) -> NDArray[Any]:
        """Energies (eV) of pairs without interaction, self-energies included; (electron, hole)."""
        electrons = self.states.electron_energies + self.electron_self_energy
        return np.subtract.outer(electrons, self.states.hole_energies - self.hole_self_energy)

    @property
    def first_order(self) -> NDArray[Any]:
        """Energies (eV) of pairs that do not mix; (electron, hole)."""
        return self.free_pairs + self.coulomb + self.surface_interaction
