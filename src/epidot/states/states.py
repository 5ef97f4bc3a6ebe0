"""The record of the states stage: electron and hole states near the gap."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from epidot.numerics.device import CPU
from epidot.records import Record, array, parent, record
from epidot.relaxation.relaxed import Relaxed


@final
@record
class States(Record):
    """Single-particle states; Kramers partners are counted and stored one by one.

    Electrons are sorted upwards from the gap, holes downwards from the gap.
    Coefficients are normalised; axis ``part`` is (real, imaginary); spin is (up, down) along z.
    """

    relaxed: Relaxed = parent()
    electron_energies: NDArray[Any] = array("electron", "eV")
    hole_energies: NDArray[Any] = array("hole", "eV")
    electron_coefficients: NDArray[Any] = array("electron atom orbital spin part", "1", "f4")
    hole_coefficients: NDArray[Any] = array("hole atom orbital spin part", "1", "f4")
    electron_residuals: NDArray[Any] = array("electron", "eV")
    hole_residuals: NDArray[Any] = array("hole", "eV")
    electron_in_segment: NDArray[Any] = array("electron segment", "1")
    hole_in_segment: NDArray[Any] = array("hole segment", "1")
    potential: NDArray[Any] = array("term atom", "eV")
    """Energy of an electron on each atom by each of `potential_terms`, besides that of its bonds."""
    potential_terms: tuple[str, ...]
    bulk_edges: dict[str, dict[str, list[float]]]
    """Compound to phase (zb, wz) to valence and conduction edge of the unstrained bulk, eV."""
    orbitals: tuple[str, ...]
    parameters: str
    offsets: str
    level: str
    """``atomistic`` or ``envelope``."""
    device: str = CPU.name
    """What computed them: ``cpu`` or the name of a card; energies do not depend on it beyond rounding."""
    applications: int = 0
    """Products of the Hamiltonian with one complex column that it took; 0 where its matrix was dense."""
