"""What is left out of a picture so that cores and inner segments are seen.

An inner segment lies under another material and has no surface of its own. Along a rod or an arm the front
of what covers it is cut out as a wedge down to the axis; around a dot an octant is cut out, at a branch point
a round window between the arms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot.reporting.frame import Frame
from epidot.structure.crowding import sphere_points
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]

_EXPOSED: Final = 0.01
"""Part of the atoms of an inner segment that may lie at the surface."""
_BEYOND: Final = 6.0
"""Å by which a wedge is longer than the inner segment, on both sides."""
_HALF_WEDGE: Final = 55.0
"""Degrees on both sides of the middle of a wedge."""
_RIM: Final = 1.5
"""Å by which a window is wider than the core."""
_RAISED: Final = 25.0
"""Degrees by which wedges look up from the viewer."""
_TRIED: Final = 800
"""Directions tried for the middle of a window."""
_FACING: Final = 0.35
"""Weight of looking at the viewer against keeping away from the arms (radians)."""


@dataclass(frozen=True)
class _Cover:
    """Atoms that lie over one inner segment; vectors in Å."""

    places: Array
    """(atom, 3) of the cover."""
    inside: Array
    """(atom, 3) of the inner segment."""
    view: Frame


def inner_segments(structure: Structure) -> Array:
    """Whether each segment (segment,) lies inside another material."""
    count = len(structure.segments)
    atoms = np.bincount(structure.segment, minlength=count)
    at_surface = (structure.neighbours == NO_ATOM).any(axis=1)
    exposed = np.bincount(structure.segment, at_surface, count) / np.maximum(atoms, 1)
    _, material = np.unique(structure.segment_materials, return_inverse=True)
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    own, other = structure.segment[atom], structure.segment[structure.neighbours[atom, slot]]
    covered = np.zeros(count, dtype=bool)
    covered[own[material[own] != material[other]]] = True
    return (exposed < _EXPOSED) & covered


def uncovered(structure: Structure, view: Frame) -> Array:
    """The atoms (atom,) bool that are drawn; all where no segment is inside another."""
    inner = inner_segments(structure)
    drawn = np.ones(len(structure.positions), dtype=bool)
    if not inner.any():
        return drawn
    lower, upper = np.flatnonzero(inner[structure.segment]), np.flatnonzero(~inner[structure.segment])
    nearest = KDTree(structure.positions[lower]).query(structure.positions[upper])[1]
    owner = structure.segment[lower[nearest]]
    for segment in np.flatnonzero(inner):
        cover = upper[owner == segment]
        parts = _Cover(structure.positions[cover], structure.positions[structure.segment == segment], view)
        drawn[cover[_cut(structure, structure.segments[segment], parts)]] = False
    return drawn


def _cut(structure: Structure, name: str, cover: _Cover) -> Array:
    limbs = {limb: (np.array(foot), np.array(end)) for limb, foot, end in structure.limbs}
    limb = name.rpartition(".")[0] or "rod"
    if limb in limbs:
        return _wedge(cover, *limbs[limb])
    arms = [end - foot for foot, end in limbs.values()]
    return _window(cover, np.array(arms)) if arms else _octant(cover)


def _wedge(cover: _Cover, foot: Array, end: Array) -> Array:
    axis = (end - foot) / np.linalg.norm(end - foot)
    _, up, towards = cover.view.rows
    front = towards - (towards @ axis) * axis
    front /= np.linalg.norm(front)
    raised = np.cross(axis, front)
    raised *= np.sign(raised @ up) or 1.0
    angle = np.radians(_RAISED)
    middle = np.cos(angle) * front + np.sin(angle) * raised
    height, inside = (cover.places - foot) @ axis, (cover.inside - foot) @ axis
    along = (height > inside.min() - _BEYOND) & (height < inside.max() + _BEYOND)
    out, aside = (cover.places - foot) @ middle, (cover.places - foot) @ np.cross(axis, middle)
    return along & (np.abs(aside) < np.tan(np.radians(_HALF_WEDGE)) * out)


def _window(cover: _Cover, arms: Array) -> Array:
    towards = cover.view.rows[2]
    tried = sphere_points(_TRIED)
    units = arms / np.linalg.norm(arms, axis=1)[:, None]
    apart = np.arccos(np.clip(tried @ units.T, -1.0, 1.0)).min(axis=1)
    middle = tried[(apart + _FACING * (tried @ towards)).argmax()]
    centre = cover.inside.mean(axis=0)
    wide = _lateral(cover.inside - centre, middle).max() + _RIM
    offset = cover.places - centre
    return (offset @ middle > 0.0) & (_lateral(offset, middle) < wide)


def _lateral(offset: Array, axis: Array) -> Array:
    return np.linalg.norm(offset - (offset @ axis)[:, None] * axis, axis=1)


def _octant(cover: _Cover) -> Array:
    right, up, towards = cover.view.rows
    middle = 0.85 * towards + 0.45 * up - 0.25 * right
    middle /= np.linalg.norm(middle)
    first = np.cross(np.cross(middle, up), middle)
    first /= np.linalg.norm(first)
    second = np.cross(middle, first)
    offset = cover.places - cover.inside.mean(axis=0)
    gone = np.ones(len(offset), dtype=bool)
    for angle in 2.0 * np.pi * np.arange(3) / 3.0:
        aside = np.cos(angle) * first + np.sin(angle) * second
        gone &= offset @ (middle + np.sqrt(2.0) * aside) > 0.0
    return gone
