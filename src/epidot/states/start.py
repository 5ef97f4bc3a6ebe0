"""Where a solution may begin: the states of a similar particle, carried over atom by atom."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.hamiltonian.tight_binding.model import TightBinding
from epidot.numerics.eigenpairs import Start
from epidot.states.states import States

_NEAR: Final = 1.3
"""Å; half a bond: an atom this close stands in for another."""


def start_from(known: States, hamiltonian: TightBinding) -> Start:
    """The states of `known` on the atoms of `hamiltonian`, to begin a solution with.

    Each atom takes what the nearest atom of its sublattice within half a bond had; others begin with
    nothing. For the same particle in another field, or one of a slightly different size, most of the search
    is then done.

    Raises
    ------
    InputError
        The states have other orbitals.
    """
    if known.orbitals != hamiltonian.orbitals:
        rule = f"must have the orbitals of this Hamiltonian, {', '.join(hamiltonian.orbitals)}"
        raise InputError("start", ", ".join(known.orbitals), rule, "Start from states of the same basis")
    place = _places(known, hamiltonian)
    gap = float(known.hole_energies[0]), float(known.electron_energies[0])
    return Start(gap, _carried(known.electron_coefficients, place), _carried(known.hole_coefficients, place))


def _places(known: States, hamiltonian: TightBinding) -> NDArray[np.int64]:
    """For each new atom the old one that stands in for it, [atom]; −1 for none."""
    from scipy.spatial import KDTree

    place = np.full(len(hamiltonian.relaxed.positions), -1)
    old, new = known.relaxed.structure.cation, hamiltonian.relaxed.structure.cation
    for kind in (0, 1):
        mine, theirs = np.flatnonzero(new == kind), np.flatnonzero(old == kind)
        tree: Any = KDTree(known.relaxed.positions[theirs])
        distance, found = tree.query(hamiltonian.relaxed.positions[mine], distance_upper_bound=_NEAR)
        near = np.isfinite(distance)
        place[mine[near]] = theirs[found[near]]
    return place


def _carried(coefficients: NDArray[Any], place: NDArray[np.int64]) -> NDArray[np.float32]:
    """One partner of each pair on the new atoms, [pair, atom, orbital, part]."""
    first = coefficients[::2].reshape(*coefficients[::2].shape[:3], 4)
    carried = first[:, np.where(place >= 0, place, 0)] * (place >= 0)[:, None, None]
    return carried.astype(np.float32)
