"""The record of the excitons stage: electron–hole pair states."""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.records import Record, array, parent, record
from epidot.states.states import States

COLUMNS: Final = ("electron", "hole", "X", "X-", "X+", "XX")
"""Of `Excitons.convergence`."""


@final
@record
class Excitons(Record):
    """Pair states sorted by energy: |X⟩ = Σ A(e, h) c†_e c_h |0⟩; trions and biexcitons."""

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
    interaction: str = "first order"
    """``configurations`` or ``first order``."""
    negative_trion: NDArray[Any] = array("negative_trion", "eV", default=())
    """Lowest energies of two electrons and a hole; empty where not computed."""
    positive_trion: NDArray[Any] = array("positive_trion", "eV", default=())
    biexciton: NDArray[Any] = array("biexciton", "eV", default=())
    active_spaces: NDArray[Any] = array("size 2", "1", "i8", default=())
    """Electrons and holes of nested active spaces."""
    convergence: NDArray[Any] = array("size 6", "eV", default=())
    """Lowest energies of `COLUMNS` in each of them; NaN where not computed."""

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

    @property
    def charged_gap(self) -> float:
        """Lowest energy (eV) of an electron and a hole that do not see each other, with self-energies."""
        known = self.convergence[-1:, :2].sum(axis=1)
        return float(known[0] if len(known) else self.free_pairs.min())

    @property
    def bindings(self) -> NDArray[Any]:
        """Energies (eV) that trions and biexcitons gain, (size, 3): X−, X+, XX; positive is attractive.

        E_e + E_X − E_X−, E_h + E_X − E_X+ and 2 E_X − E_XX, in each of `active_spaces`.
        """
        electron, hole, pair, negative, positive, double = self.convergence.T
        return np.stack([electron + pair - negative, hole + pair - positive, 2.0 * pair - double], axis=-1)
