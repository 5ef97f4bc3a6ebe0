"""Paths through a particle as people name them: ``arm1 > core > arm2``.

A place is a limb (an arm, a rod), a segment of one (``arm1.s2``), or any other segment. Limbs and their
segments are run through from end to end, the rest through the middle of its atoms. A path that ends in a
shell, or is a lone core, goes on outwards to the surface.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.structure.along import Along, along, main_path
from epidot.structure.structure import Structure

Array = NDArray[Any]

_OUTSIDE: Final = 5.5
"""Å from the nearest atom at which a path has left the particle; inside no point is farther than 4.5."""
_SAME: Final = 1.0
"""Å; corners closer than this are one."""


def places(structure: Structure) -> tuple[str, ...]:
    """Names that a path may lead through: limbs, then segments."""
    return tuple(dict.fromkeys([*(name for name, _, _ in structure.limbs), *structure.segments]))


def route(structure: Structure, positions: Array, named: str | None = None) -> Along:
    """The atoms along a path.

    Parameters
    ----------
    positions : (atom, 3) at rest, Å.
    named : places joined by ``>``; None for the particle's main path: arm – core – arm, the axis of a rod,
        the diameter of a dot.

    Raises
    ------
    InputError
        A place that the particle has not (the message lists those that exist), a path without length, or
        one that leaves the particle between two places.
    """
    if named is None:
        return main_path(structure, positions)
    words = [word.strip() for word in named.split(">")]
    known = places(structure)
    for word in words:
        if word not in known:
            raise InputError(
                "path", word or named, "is no place of this particle", f"There are: {', '.join(known)}"
            )
    found = _corners(structure, positions, words)
    _check(positions, found, named)
    corners = [corner for _, corner in found]
    title = " – ".join(re.sub(r"\barm(\d)", r"arm \1", word) for word in words)
    title = title if title.startswith("arm ") else f"the path {title}"
    vertices = tuple((float(x), float(y), float(z)) for x, y, z in corners)
    return along(positions, title, vertices, structure.segment)


def _corners(structure: Structure, positions: Array, words: list[str]) -> list[tuple[str, Array]]:
    """Corners of the polyline, each with the place that it belongs to."""
    pieces = [_stretch(structure, positions, word) for word in words]
    if len(pieces) > 1 and len(pieces[0]) == 2:
        pieces[0] = _turned(pieces[0], pieces[1].mean(axis=0), last=True)
    found = [(words[0], corner) for corner in pieces[0]]
    for word, piece in zip(words[1:], pieces[1:], strict=True):
        turned = _turned(piece, found[-1][1], last=False) if len(piece) == 2 else piece
        found += [(word, corner) for corner in turned if np.linalg.norm(corner - found[-1][1]) > _SAME]
    if len(pieces[-1]) == 1:
        outside = _outwards(structure, words[-1], found)
        if outside is not None:
            found.append((words[-1], outside))
    return found


def _stretch(structure: Structure, positions: Array, word: str) -> Array:
    """What a place adds to a path, Å: both ends (2, 3) of a limb or a part of it, else its middle (1, 3)."""
    limbs = {name: (np.array(foot), np.array(end)) for name, foot, end in structure.limbs}
    if word in limbs:
        return np.stack(limbs[word])
    atoms = positions[structure.segment == structure.segments.index(word)]
    owner = word.rpartition(".")[0] or "rod"
    middle = atoms.mean(axis=0)
    if owner not in limbs or not re.fullmatch(r"s\d+", word.rpartition(".")[2]):
        return middle[None]
    foot, end = limbs[owner]
    axis = (end - foot) / np.linalg.norm(end - foot)
    along_axis = (atoms - foot) @ axis
    return foot + np.outer([along_axis.min(), along_axis.max()], axis)


def _turned(ends: Array, towards: Array, *, last: bool) -> Array:
    """Both ends in the order in which the one nearest to a point comes last, or first."""
    near = np.linalg.norm(ends - towards, axis=1)
    return ends if (near[1] < near[0]) == last else ends[::-1]


def _outwards(structure: Structure, word: str, found: list[tuple[str, Array]]) -> Array | None:
    """Where a path that ends in a shell or a lone core meets the surface; None for other ends."""
    shell = re.fullmatch(r"shell\d+|crown", word.rpartition(".")[2]) is not None
    if not shell and len(found) > 1:
        return None
    end = np.array(structure.paths[0][1][-1])
    if np.linalg.norm(end - found[-1][1]) <= _SAME:
        return None
    # The middle of a shell is where its core is.
    return end


def _check(positions: Array, found: list[tuple[str, Array]], named: str) -> None:
    from scipy.spatial import KDTree

    if len(found) < 2:
        raise InputError("path", named, "has no length", "Name two places, or a limb")
    tree: Any = KDTree(positions)
    for (first, start), (second, end) in pairwise(found):
        count = max(2, int(np.linalg.norm(end - start)))
        distance, _ = tree.query(start + np.linspace(0.05, 0.95, count)[:, None] * (end - start))
        if distance.max() > _OUTSIDE:
            rule = f"leaves the particle between {first} and {second}"
            raise InputError("path", named, rule, "Name what lies between them, as in arm1 > core > arm2")
