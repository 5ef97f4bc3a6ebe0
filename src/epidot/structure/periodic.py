"""Who is near whom, in free space or in a periodic box, and particles made whole across its faces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from epidot.errors import InputError

Array = NDArray[Any]

LARGEST: Final = 1e6
"""Å; a file with larger coordinates is not about a particle."""
THINNEST: Final = 1.0
"""Å between opposite faces of a box; no crystal repeats faster."""
DENSEST: Final = 0.5
"""Atoms per Å³; diamond, the densest of all, has 0.18."""


@dataclass(frozen=True)
class Cloud:
    """Atoms and, in a periodic box, the images of those near its faces."""

    positions: Array
    """(atom, 3) Å, inside the box."""
    points: Array
    """(point, 3) Å: the atoms, then their images."""
    owner: Array
    """(point,) the atom of each."""
    shift: Array
    """(point, 3) lattice vectors from the atom to the point."""
    cell: Array
    """(3, 3) lattice vectors in rows, Å."""


@dataclass(frozen=True)
class Contacts:
    """Pairs of atoms, each once."""

    first: Array
    """(pair,)"""
    second: Array
    """(pair,)"""
    shift: Array
    """(pair, 3) lattice vectors to add to the second so that it is near the first."""
    distance: Array
    """(pair,) Å"""

    def keep(self, mask: Array) -> Contacts:
        """The pairs where `mask` (pair,) is true, or of an index array."""
        return Contacts(self.first[mask], self.second[mask], self.shift[mask], self.distance[mask])


def joined(parts: list[Contacts]) -> Contacts:
    """All pairs of several lists."""
    return Contacts(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.shift for part in parts]),
        np.concatenate([part.distance for part in parts]),
    )


def cloud(atoms: Any, reach: float, name: str) -> Cloud:
    """The atoms of an `ase.Atoms`, with images wherever contacts up to `reach` (Å) need them.

    Raises
    ------
    InputError
        A box that is flat, thinner than any crystal's cell or too small for its atoms.
    """
    positions = np.array(atoms.positions, dtype=float)
    count = len(positions)
    cell, periodic = _box(atoms, name)
    if not periodic.any():
        return Cloud(positions, positions, np.arange(count), np.zeros((count, 3), dtype=np.int64), cell)
    fractions = positions @ np.linalg.inv(cell)
    fractions -= np.where(periodic, np.floor(fractions), 0.0)
    owner, shift = np.arange(count), np.zeros((count, 3), dtype=np.int64)
    for axis in np.flatnonzero(periodic):
        margin = reach * float(np.linalg.norm(np.linalg.inv(cell)[:, axis]))
        layers = int(np.ceil(margin))
        copies = [(owner, shift)]
        for step in (*range(-layers, 0), *range(1, layers + 1)):
            place = fractions[owner, axis] + shift[:, axis] + step
            near = (place >= -margin) & (place <= 1.0 + margin)
            copies.append((owner[near], shift[near] + step * np.eye(3, dtype=np.int64)[axis]))
        owner, shift = (np.concatenate(part) for part in zip(*copies, strict=True))
    inside = fractions @ cell
    return Cloud(inside, inside[owner] + shift @ cell, owner, shift, cell)


def _box(atoms: Any, name: str) -> tuple[Array, Array]:
    """Lattice vectors (3, 3) and which of them repeat (3,)."""
    from ase.geometry import complete_cell

    cell = np.array(atoms.cell.array, dtype=float)
    if not (np.abs(cell) < LARGEST).all():
        rule = f"must be finite numbers below {LARGEST:g} Å"
        raise InputError(f"{name}: cell", cell.tolist(), rule, "Mend the file")
    periodic = np.array(atoms.pbc, dtype=bool) & (np.abs(cell).max(axis=1) > 0.0)
    if not periodic.any():
        return np.eye(3), periodic
    cell = complete_cell(np.where(periodic[:, None], cell, 0.0))
    sizes = np.linalg.norm(cell, axis=1)
    volume = abs(float(np.linalg.det(cell / sizes[:, None])))
    if volume < 1e-3:
        raise InputError(
            f"{name}: cell", np.round(cell, 3).tolist(), "is flat", "Give a box, or none (pbc F F F)"
        )
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    room = float(np.prod(sizes)) * volume
    crowded = periodic.all() and len(atoms) > DENSEST * room
    if heights[periodic].min() < THINNEST or crowded:
        raise InputError(
            f"{name}: cell",
            " × ".join(f"{height:.3g}" for height in heights) + " Å",
            f"is too small for {len(atoms)} atoms",
            "Give the true box in Å, or none (pbc F F F)",
        )
    return cell, periodic


def contacts(around: Cloud, first: Array, second: Array, reach: float, most: int = 24) -> Contacts:
    """Pairs of an atom of `first` and one of `second` (index arrays) that are at most `reach` (Å) apart.

    Every atom is given its `most` nearest partners at most, so that a heap of atoms costs no more
    than a crystal.
    """
    chosen = np.zeros(len(around.positions), dtype=bool)
    chosen[second] = True
    points = np.flatnonzero(chosen[around.owner])
    if len(points) == 0 or len(first) == 0:
        none = np.zeros(0, dtype=np.int64)
        return Contacts(none, none, np.zeros((0, 3), dtype=np.int64), np.zeros(0))
    tree: Any = KDTree(around.points[points])
    nearest = np.arange(1, min(most, len(points)) + 1)
    distance, found = tree.query(around.positions[first], k=nearest, distance_upper_bound=reach)
    row, column = np.nonzero(found < len(points))
    point = points[found[row, column]]
    own, other, shift = np.asarray(first)[row], around.owner[point], around.shift[point]
    both = np.zeros(len(chosen), dtype=bool)
    both[first] = True
    # A pair of two atoms of both sets is met from both sides: the positive way is kept.
    twice = both[other] & chosen[own]
    sign = other - own
    for axis in range(3):
        sign = np.where(sign == 0, shift[:, axis], sign)
    return Contacts(own, other, shift, distance[row, column]).keep((sign > 0) | ~twice)


def parts(first: Array, second: Array, count: int) -> tuple[int, Array]:
    """Number of connected parts of a graph of `count` atoms, and the part of each atom (atom,)."""
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count, count))
    number, label = connected_components(graph, directed=False)
    return int(number), label


def made_whole(around: Cloud, held: Contacts) -> tuple[Array, Array]:
    """Positions at which the two atoms of every pair are side by side.

    Returns
    -------
    positions : (atom, 3) Å; parts that do not hang together stay where they are in the box.
    endless : indices of pairs for which that is impossible because what they hold together goes on for ever.
    """
    within = (held.shift == 0).all(axis=1)
    count, part = parts(held.first[within], held.second[within], len(around.positions))
    across = held.keep(~within)
    offset = _offsets(count, part[across.first], part[across.second], across.shift)[part]
    endless = (offset[held.second] != offset[held.first] + held.shift).any(axis=1)
    return around.positions + offset @ around.cell, np.flatnonzero(endless)


def _offsets(count: int, first: Array, second: Array, shift: Array) -> Array:
    """Lattice vectors (part, 3) by which each part is moved to meet those it is held to."""
    links: dict[int, list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
    for a, b, x, y, z in np.unique(np.column_stack([first, second, shift]), axis=0).tolist():
        links[a].append((b, (x, y, z)))
        links[b].append((a, (-x, -y, -z)))
    offset = np.zeros((count, 3), dtype=np.int64)
    reached: set[int] = set()
    for root in list(links):
        waiting = [] if root in reached else [root]
        reached.update(waiting)
        while waiting:
            here = waiting.pop()
            for there, step in links[here]:
                if there not in reached:
                    reached.add(there)
                    offset[there] = offset[here] + step
                    waiting.append(there)
    return offset
