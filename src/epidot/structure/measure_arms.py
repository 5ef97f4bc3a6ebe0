"""Arms and rods measured back from their atoms: length, thickness, direction, stacking.

A straight piece (*limb*) is a pile of bilayers: atoms that hang together by the bonds that slant to its
axis. The volume of a bilayer's sites over the distance between bilayers is the area of the cross-section
there; the line through the bilayers' centres is the direction; the axial bond under a bilayer, eclipsed
(h, as in wurtzite) or staggered (c, as in zinc blende), is its letter in the stacking (Jagodzinski, Acta
Cryst. 2, 201 (1949)).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from epidot.structure.per_atom import own_bonds
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]
Course = tuple[str, Array, Array]
"""Name, foot and end of a straight piece."""
_AXIAL: Final = 0.8
"""Cosine above which a bond runs along the axis; the other three of an atom have 1/3."""
_LINE: Final = 4
"""Least number of bilayers through whose centres a line is laid; thinner piles take their axial bonds."""


@dataclass(frozen=True)
class Arm:
    """One straight piece; lengths in Å."""

    name: str
    parent: str
    """The piece on whose end it grows; empty at the root."""
    foot: Array
    """(3,)"""
    end: Array
    """(3,)"""
    direction: Array
    """(3,) unit vector from foot to end."""
    length: float
    diameter: float
    """Of the cylinder of the same volume and length."""
    profile: Array
    """(bilayer,) diameter of the circle whose area is that of the cross-section, from the foot."""
    stacking: str
    """Runs of letters from the foot, e.g. ``14h 1c 20h``; a bilayer with nothing under it has none."""

    @property
    def bilayers(self) -> int:
        """How many bilayers are piled up."""
        return len(self.profile)

    @property
    def narrowest(self) -> float:
        """Least diameter; over three bilayers, because in zinc blende three letters take turns."""
        return float(_smooth(self.profile).min())

    @property
    def widest(self) -> float:
        """Largest diameter, over three bilayers."""
        return float(_smooth(self.profile).max())


def measure_arms(structure: Structure, positions: Array) -> list[Arm]:
    """All straight pieces with the atoms at `positions` (atom, 3), in the order of the structure.

    Atoms of other segments inside or around a piece, such as the core of a dot-in-rod or a shell,
    count to it. A structure without `limbs` is measured by the names of its segments.
    """
    courses = _courses(structure)
    owner = _owners(structure, courses)
    names = [name for name, _, _ in courses]
    return [
        _measured(structure, positions, course, np.flatnonzero(owner == place), _parent(course[0], names))
        for place, course in enumerate(courses)
        if (owner == place).any()
    ]


def branch_angles(arms: list[Arm]) -> list[tuple[str, str, float]]:
    """Angles (degrees) between pieces that share a branch point, seen from it: (name, name, angle)."""
    known = {arm.name: arm for arm in arms}
    found = [
        (first.name, second.name, _angle(first.direction, second.direction))
        for first, second in combinations(arms, 2)
        if _point(first.name) == _point(second.name)
    ]
    grown = [arm for arm in arms if arm.parent in known]
    return found + [(arm.parent, arm.name, angle_to_parent(arm, known[arm.parent])) for arm in grown]


def angle_to_parent(arm: Arm, parent: Arm) -> float:
    """Angle (degrees) at the branch point between a piece and what it grows on; 180 is straight on."""
    at_end = np.linalg.norm(arm.foot - parent.end) < np.linalg.norm(arm.foot - parent.foot)
    return _angle(arm.direction, -parent.direction if at_end else parent.direction)


def root_angles(arms: list[Arm]) -> list[float]:
    """Angles (degrees) between all pairs of arms of the root branch point (``arm1``, ``arm2`` …)."""
    roots = [arm for arm in arms if re.fullmatch(r"arm\d+", arm.name)]
    return [_angle(first.direction, second.direction) for first, second in combinations(roots, 2)]


def _angle(first: Array, second: Array) -> float:
    # The half-angle form keeps its digits at 0° and 180°.
    return float(2.0 * np.degrees(np.arctan2(np.linalg.norm(first - second), np.linalg.norm(first + second))))


def _point(name: str) -> str:
    return name.rpartition(".")[0]


def _parent(name: str, names: list[str]) -> str:
    point = _point(name)
    while point:
        if point in names:
            return point
        last, point = point, _point(point)
        if not point and last in ("tip", "base") and "rod" in names:
            return "rod"
    return ""


def _own(structure: Structure, name: str) -> Array:
    """Which segments (segment,) make up a piece."""
    prefix = "" if name == "rod" else re.escape(f"{name}.")
    return np.array([re.fullmatch(rf"{prefix}s\d+", segment) is not None for segment in structure.segments])


def _courses(structure: Structure) -> list[Course]:
    if structure.limbs:
        return [(name, np.array(foot), np.array(end)) for name, foot, end in structure.limbs]
    matches = (re.fullmatch(r"(?:(.+)\.)?s\d+", segment) for segment in structure.segments)
    names = dict.fromkeys(match[1] or "rod" for match in matches if match)
    return [(name, *_seen_course(structure, name)) for name in names]


def _seen_course(structure: Structure, name: str) -> tuple[Array, Array]:
    """Foot and end of a piece whose line nobody wrote down: away from what it is bonded to."""
    mine = _own(structure, name)[structure.segment]
    atoms = np.flatnonzero(mine)
    points = structure.positions[atoms]
    around = structure.neighbours[atoms]
    joint = ((around != NO_ATOM) & ~mine[around]).any(axis=1)
    centre = points.mean(axis=0)
    if joint.any():
        rough = centre - points[joint].mean(axis=0)
    else:
        rough = np.linalg.eigh(np.cov((points - centre).T))[1][:, -1]
    axis = _crystal_axis(structure, atoms, rough / max(float(np.linalg.norm(rough)), 1e-9))
    if not joint.any():
        # A free rod runs from its anion end to its cation end, as a branch grows.
        sign = np.where(structure.cation[atoms] == 1, 1.0, -1.0)
        axial = np.einsum("asx,x->as", structure.bond_directions[atoms], axis) * sign[:, None]
        axis = axis * np.sign(axial[np.abs(axial) > _AXIAL].sum())
    heights = (points - centre) @ axis
    return centre + heights.min() * axis, centre + heights.max() * axis


def _crystal_axis(structure: Structure, atoms: Array, rough: Array) -> Array:
    """The bond direction (3,) nearest to `rough` that all `atoms` share, up to sign; else `rough`."""
    # A sample does: a piece is one crystal but for its stacking.
    directions = structure.bond_directions[atoms[:: max(1, len(atoms) // 2000)]]
    candidates = directions[0]
    shared = np.abs(np.einsum("asx,cx->acs", directions, candidates)).max(axis=2).mean(axis=0) > 0.99
    if not shared.any():
        return rough
    match = np.where(shared, candidates @ rough, 0.0)
    best = int(np.abs(match).argmax())
    return candidates[best] * np.sign(match[best])


def _owners(structure: Structure, courses: list[Course]) -> Array:
    """Which piece each atom counts to (atom,); -1 none.

    An atom of a shell, or of the core of a rod, counts to the piece beside it whose axis is nearest.
    """
    owner = np.full(len(structure.positions), -1)
    for place, (name, _, _) in enumerate(courses):
        owner[_own(structure, name)[structure.segment]] = place
    rods = any(name == "rod" for name, _, _ in courses)
    pattern = r"shell\d+|core" if rods else r"shell\d+"
    around = np.array([re.fullmatch(pattern, name) is not None for name in structure.segments])
    free = np.flatnonzero((owner < 0) & around[structure.segment])
    nearest = np.full(len(free), np.inf)
    guest = np.full(len(free), -1)
    for place, (_, foot, end) in enumerate(courses):
        mine = structure.positions[owner == place]
        if len(mine) == 0:
            continue
        axis = (end - foot) / np.linalg.norm(end - foot)
        low, high = np.quantile((mine - foot) @ axis, (0.0, 1.0))
        height = (structure.positions[free] - foot) @ axis
        out = np.linalg.norm(structure.positions[free] - foot - height[:, None] * axis, axis=1)
        better = (out < nearest) & (height >= low - 1.0) & (height <= high + 1.0)
        nearest[better], guest[better] = out[better], place
    owner[free] = guest
    return owner


def _measured(structure: Structure, positions: Array, course: Course, atoms: Array, parent: str) -> Arm:
    name, foot, end = course
    axis = (end - foot) / np.linalg.norm(end - foot)
    pieces = _pieces(structure, atoms, axis)
    # What surrounds another limb is not bonded, bilayer by bilayer, to this one.
    inside = np.bincount(pieces, _own(structure, name)[structure.segment[atoms]])[pieces] > 0
    atoms, pieces = atoms[inside], np.unique(pieces[inside], return_inverse=True)[1]
    # Which of its bonds of each atom run up and down the axis.
    cosine = np.einsum("asx,x->as", structure.bond_directions[atoms], axis)
    points = positions[atoms]
    bilayer = 4.0 / 3.0 * float(own_bonds(structure)[atoms].mean())
    level = _levels(pieces, points @ axis, bilayer)
    volume = _filled(structure, positions, atoms)
    weight = np.bincount(level, volume)
    centres = np.stack([np.bincount(level, volume * x) for x in points.T], axis=1) / weight[:, None]
    direction = _direction(centres, weight, axis, _axial_bonds(structure, positions, atoms, cosine))
    heights = centres @ direction
    steps = np.diff(heights) if len(heights) > 1 else np.array([bilayer])
    thickness = 0.5 * (np.append(steps[0], steps) + np.append(steps, steps[-1]))[: len(heights)]
    length = float(thickness.sum())
    base = centres[0] - 0.5 * thickness[0] * direction
    return Arm(
        name=name,
        parent=parent,
        foot=base,
        end=base + length * direction,
        direction=direction,
        length=length,
        diameter=float(np.sqrt(4.0 / np.pi * volume.sum() / length)),
        profile=np.sqrt(4.0 / np.pi * weight / thickness),
        stacking=_stacking(structure, atoms, level, cosine),
    )


def _pieces(structure: Structure, atoms: Array, axis: Array) -> Array:
    """Which piece of a bilayer each atom is in; pieces hang together by bonds that slant to the axis."""
    local = np.full(len(structure.positions), -1)
    local[atoms] = np.arange(len(atoms))
    around = structure.neighbours[atoms]
    other = np.where(around == NO_ATOM, -1, local[around])
    slanted = np.abs(np.einsum("asx,x->as", structure.bond_directions[atoms], axis)) < _AXIAL
    atom, slot = np.nonzero(slanted & (other >= 0))
    bonds = coo_array((np.ones(len(atom)), (atom, other[atom, slot])), shape=(len(atoms), len(atoms)))
    return connected_components(bonds, directed=False)[1]


def _levels(pieces: Array, height: Array, bilayer: float) -> Array:
    """Number of each atom's bilayer, from the foot, (atom,) int; pieces at one height are one bilayer."""
    mean = np.bincount(pieces, height) / np.bincount(pieces)
    if np.abs(height - mean[pieces]).max() > 2.0 * bilayer:
        # No bilayers across this axis: slices of the same thickness.
        return np.unique(np.floor((height - height.min()) / bilayer), return_inverse=True)[1]
    order = np.argsort(mean, kind="stable")
    number = np.empty(len(mean), dtype=np.int64)
    number[order] = np.cumsum(np.append(0, np.diff(mean[order]) > 0.5 * bilayer))
    return number[pieces]


def _filled(structure: Structure, positions: Array, atoms: Array) -> Array:
    """Volume (atom,) of the sites of `atoms` as their bonds really are: a³/8 with a = 4/√3 of their mean."""
    around = structure.neighbours[atoms]
    present = around != NO_ATOM
    lengths = np.linalg.norm(positions[around] - positions[atoms][:, None, :], axis=2)
    mean = (lengths * present).sum(axis=1) / present.sum(axis=1)
    return 8.0 / np.sqrt(27.0) * mean**3


def _axial_bonds(structure: Structure, positions: Array, atoms: Array, cosine: Array) -> Array:
    """Sum (3,) of the vectors of the axial bonds, upwards."""
    atom, slot = np.nonzero((cosine > _AXIAL) & (structure.neighbours[atoms] != NO_ATOM))
    lower = atoms[atom]
    return (positions[structure.neighbours[lower, slot]] - positions[lower]).sum(axis=0)


def _direction(centres: Array, weight: Array, axis: Array, axial: Array) -> Array:
    """Unit vector (3,) of the line through the centres (bilayer, 3); of few, along the axial bonds."""
    found = axial
    if len(centres) >= _LINE:
        height = centres @ axis
        mean = weight @ height / weight.sum()
        found = (weight * (height - mean)) @ centres
    size = float(np.linalg.norm(found))
    return found / size if size > 1e-6 else axis


def _stacking(structure: Structure, atoms: Array, level: Array, cosine: Array) -> str:
    below = (cosine < -_AXIAL) & (structure.neighbours[atoms] != NO_ATOM)
    atom, slot = np.nonzero(below)
    votes = 2.0 * structure.eclipsed[atoms[atom], slot] - 1.0
    count = int(level.max()) + 1
    balance = np.bincount(level[atom], votes, minlength=count)
    some = np.bincount(level[atom], minlength=count) > 0
    letters = np.where(balance > 0, "h", "c")[some]
    return " ".join(f"{len(list(run))}{letter}" for letter, run in groupby(letters))


def _smooth(profile: Array) -> Array:
    return np.convolve(profile, np.ones(3) / 3.0, mode="valid") if len(profile) > 3 else profile
