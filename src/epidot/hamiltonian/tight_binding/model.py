"""The record of the tight-binding level: on-site and hopping blocks of one particle."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from epidot.records import Record, array, parent, record
from epidot.relaxation.relaxed import Relaxed


@final
@record
class TightBinding(Record):
    """H = on-site (real, spin-diagonal) + spin–orbit (p shell) + hopping (real, spin-diagonal).

    Restricted to the complement of the dangling hybrids: H acts as P H P, where P removes,
    on each atom with missing bonds, the sp3 hybrids that point along them.
    """

    relaxed: Relaxed = parent()
    onsite: NDArray[Any] = array("atom orbital orbital", "eV")
    hopping: NDArray[Any] = array("atom 4 orbital orbital", "eV")
    """hopping[i, s] couples orbitals of atom i (rows) to those of neighbours[i, s] (columns); else zero."""
    neighbours: NDArray[Any] = array("atom 4", "1", "i4")
    spin_orbit: NDArray[Any] = array("atom", "eV")
    """λ in λ L·σ on the p shell; the splitting of a free p shell is 3 λ."""
    dangling: NDArray[Any] = array("atom 2 orbital", "1")
    """Orthonormal dangling hybrids of each atom; zero rows where there are fewer than two."""
    potential: NDArray[Any] = array("term atom", "eV")
    """Energy of an electron on each atom by each of `potential_terms`; part of `onsite`."""
    potential_terms: tuple[str, ...]
    edges: tuple[float, float]
    """Highest valence and lowest conduction edge of the bulk present, bent by the potentials, eV."""
    bulk_edges: dict[str, dict[str, list[float]]]
    """Compound to phase (zb, wz) to valence and conduction edge of the unstrained bulk, eV."""
    orbitals: tuple[str, ...]
    parameters: str
    """Name of the parameter set."""
    offsets: str
    """Name of the offset set."""
