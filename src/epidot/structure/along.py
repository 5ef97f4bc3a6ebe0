"""Atoms along a path through the particle, and profiles of what they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from epidot.structure.structure import Structure

Array = NDArray[Any]

BIN = 1.0
"""Å, width of the bins of a profile."""
BLUR = 2.5
"""Å, standard deviation of the Gaussian that smooths a profile: just below one bilayer."""
_LEAST_PIECE = 3.0
_INSIDE = 4.5
"""Å: a path runs through a segment if it comes this near to one of its atoms; the widest channels leave
no atom farther away."""


@dataclass(frozen=True)
class Along:
    """The atoms of the arms that a path runs through.

    Attributes
    ----------
    name : of the path.
    length : Å.
    atoms : (member,) indices of the atoms that belong to the path.
    place : (member,) distance along the path, Å.
    distance : (member,) distance from the path, Å.
    direction : (member, 3) unit vector of the path there.
    radius : Å, of the arms.
    """

    name: str
    length: float
    atoms: Array
    place: Array
    distance: Array
    direction: Array
    radius: float


def along(
    positions: Array,
    name: str,
    vertices: tuple[tuple[float, float, float], ...],
    segment: Array | None = None,
) -> Along:
    """Find the atoms along the polyline `vertices` (Å); `positions` (atom, 3) in Å.

    An atom is at the nearest point of the path. Atoms nearest to an inner corner or an end and
    farther from it than the arms are thick belong to other arms and are left out. So are, where the
    index of each atom's segment (atom,) is given, the atoms of segments whose inside the path never
    enters: branches of other arms may reach back to the path's side.
    """
    corners = np.asarray(vertices, dtype=float)
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    place, distance, piece, clamped = _nearest(positions, corners, lengths)
    mine = np.ones(len(positions), bool)
    if segment is not None:
        mine = np.isin(segment, segment[distance <= _INSIDE])
    beside = mine & ~clamped
    radius = float(np.percentile(distance[beside], 95)) if beside.any() else float(distance.max())
    atoms = np.flatnonzero(mine & (~clamped | (distance <= radius)))
    axes = np.diff(corners, axis=0) / lengths[:, None]
    return Along(name, float(lengths.sum()), atoms, place[atoms], distance[atoms], axes[piece[atoms]], radius)


def _nearest(positions: Array, corners: Array, lengths: Array) -> tuple[Array, Array, Array, Array]:
    """Nearest point of a polyline for each atom.

    Its place along the polyline (Å), its distance (Å), the index of its piece, and whether it is an
    end or a corner; (atom,) each.
    """
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    best = np.full(len(positions), np.inf)
    place, piece = np.zeros(len(positions)), np.zeros(len(positions), int)
    clamped = np.ones(len(positions), bool)
    for number, length in enumerate(lengths):
        axis = (corners[number + 1] - corners[number]) / length
        free = (positions - corners[number]) @ axis
        held = np.clip(free, 0.0, length)
        gap = np.linalg.norm(positions - corners[number] - held[:, None] * axis, axis=1)
        better = gap < best - 1e-9
        best = np.where(better, gap, best)
        place, piece = np.where(better, starts[number] + held, place), np.where(better, number, piece)
        clamped = np.where(better, np.abs(free - held) > 1e-9, clamped)
    return place, best, piece, clamped


def main_path(structure: Structure, positions: Array) -> Along:
    """The first path of the structure, on relaxed positions (Å), with a name to be read in a sentence."""
    return along(positions, main_name(structure), structure.paths[0][1], structure.segment)


def main_name(structure: Structure) -> str:
    """The name of the first path as it stands in a sentence: ``arm 1 – core – arm 2``, ``the rod axis``."""
    name = re.sub(r"\barm(\d)", r"arm \1", structure.paths[0][0])
    return name if name.startswith(("the ", "a ", "arm ")) else f"the {name}"


def bins(path: Along) -> Array:
    """Middles of the bins along the path, Å."""
    count = max(8, int(np.ceil(path.length / BIN)))
    return (np.arange(count) + 0.5) * path.length / count


def line_density(path: Along, weights: Array) -> Array:
    """Probability per length (1/nm) in each bin, smoothed; `weights` (atom,) sum to 1 over the particle."""
    from scipy.ndimage import gaussian_filter1d

    middles = bins(path)
    step = path.length / len(middles)
    counts, _ = np.histogram(path.place, len(middles), (0.0, path.length), weights=weights[path.atoms])
    return gaussian_filter1d(counts, BLUR / step, mode="constant") / (0.1 * step)


def mean_profile(path: Along, values: Array, selected: Array | None = None) -> tuple[Array, Array]:
    """Smoothed mean and standard deviation of (member,) `values` in each bin; NaN without atoms."""
    from scipy.ndimage import gaussian_filter1d

    chosen = np.ones(len(values), bool) if selected is None else selected
    middles = bins(path)
    width = 1.4 * BLUR * len(middles) / path.length

    def total(weights: Array) -> Array:
        sums, _ = np.histogram(path.place[chosen], len(middles), (0.0, path.length), weights=weights)
        return gaussian_filter1d(sums.astype(float), width, mode="constant", truncate=3.0)

    count = total(np.ones(int(chosen.sum())))
    few = count < 1e-6
    safe = np.where(few, 1.0, count)
    mean = total(values[chosen]) / safe
    variance = total(np.square(values[chosen])) / safe - np.square(mean)
    return np.where(few, np.nan, mean), np.where(few, np.nan, np.sqrt(np.clip(variance, 0.0, None)))


def near_axis(path: Along) -> Array:
    """Mask (member,) of the atoms that say what a path runs through."""
    return path.distance <= max(_INSIDE, 0.35 * path.radius)


class Piece(NamedTuple):
    """A stretch of a path, Å; phase ``zb`` or ``wz``; the segment of a piece that stands apart, else −1."""

    start: float
    end: float
    material: str
    phase: str
    segment: int = -1


def materials_of_atoms(structure: Structure) -> tuple[tuple[str, ...], Array]:
    """Distinct materials of the segments, alloys as such, and the index of each atom's, (atom,)."""
    names = tuple(dict.fromkeys(structure.segment_materials))
    index = np.array([names.index(name) for name in structure.segment_materials])
    return names, index[structure.segment]


def pieces(path: Along, structure: Structure, apart: tuple[int, ...] = ()) -> list[Piece]:
    """The pieces of a path by material and phase, in order; segments (indices) that stand `apart` alone.

    Each bin takes the commonest material and phase of the atoms near the axis; the material of an atom
    is that of its segment, a compound or an alloy.
    """
    near = near_axis(path)
    names, owner = materials_of_atoms(structure)
    owner = owner.copy()
    for number, segment in enumerate(apart):
        owner[structure.segment == segment] = len(names) + number
    kinds = [(name, -1) for name in names]
    kinds += [(structure.segment_materials[segment], segment) for segment in apart]
    codes = 2 * owner[path.atoms] + structure.phase[path.atoms]
    count = max(4, int(np.ceil(path.length / BLUR)))
    slot = np.minimum((path.place[near] / path.length * count).astype(int), count - 1)
    votes = np.zeros((count, 2 * len(kinds)))
    np.add.at(votes, (slot, codes[near]), 1.0)
    return _runs(votes, kinds, path.length / count)


def _runs(votes: Array, kinds: list[tuple[str, int]], step: float) -> list[Piece]:
    """Neighbouring bins of one kind as pieces.

    Bins without votes follow the nearest bin, pieces that are too short the piece before them.
    """
    winner = votes.argmax(axis=1)
    known = np.flatnonzero(votes.sum(axis=1) > 0)
    winner = winner[known[np.abs(np.arange(len(votes))[:, None] - known).argmin(axis=1)]]
    edges = [0, *(np.flatnonzero(np.diff(winner)) + 1), len(votes)]
    found: list[Piece] = []
    for first, last in pairwise(edges):
        material, segment = kinds[int(winner[first]) // 2]
        phase = ("zb", "wz")[int(winner[first]) % 2]
        piece = Piece(first * step, last * step, material, phase, segment)
        if found and (piece.end - piece.start < _LEAST_PIECE or found[-1][2:] == piece[2:]):
            found[-1] = found[-1]._replace(end=piece.end)
        else:
            found.append(piece)
    return found
