"""Segments whose composition changes along them, as the design says, cut into strips of one composition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Design
from epidot.design.walk import limbs
from epidot.structure.along import Along, Piece, pieces
from epidot.structure.structure import Structure

Array = NDArray[Any]

_STRIPS: Final = 24
"""Strips of a graded piece."""


@dataclass(frozen=True)
class Grade:
    """Composition at both ends of a segment, and the direction (3,) from the first to the second."""

    inner: str
    outer: str
    outward: Array


def grades(design: Design, structure: Structure) -> dict[int, Grade]:
    """The graded segments of a particle by their index."""
    ends = {name: np.subtract(end, foot) for name, foot, end in structure.limbs}
    found: dict[int, Grade] = {}
    for limb in limbs(design):
        prefix = "" if limb.name == "rod" else f"{limb.name}."
        for number, segment in enumerate(limb.part.segments):
            name = f"{prefix}s{number + 1}"
            if segment.grade_to is not None and name in structure.segments and limb.name in ends:
                grade = Grade(segment.material, segment.grade_to, ends[limb.name])
                found[structure.segments.index(name)] = grade
    return found


@dataclass(frozen=True)
class Course:
    """What a path leads through.

    Attributes
    ----------
    pieces : in order, graded ones whole, with the label that figures give them.
    strips : the same with graded pieces cut up, each with the composition of its middle.
    sloped : (strip,) bool, part of a graded piece.
    """

    pieces: list[Piece]
    strips: list[Piece]
    sloped: list[bool]


def course(path: Along, design: Design, structure: Structure) -> Course:
    """The pieces of a path with what the design says about their composition."""
    graded = grades(design, structure)
    whole: list[Piece] = []
    strips: list[Piece] = []
    for piece in pieces(path, structure, tuple(graded)):
        grade = graded.get(piece.segment)
        if grade is None:
            whole.append(piece)
            strips.append(piece)
            continue
        middle = path.direction[np.abs(path.place - 0.5 * (piece.start + piece.end)).argmin()]
        ends = (grade.inner, grade.outer) if middle @ grade.outward >= 0.0 else (grade.outer, grade.inner)
        whole.append(piece._replace(material=f"{ends[0]} → {ends[1]}"))
        strips += _strips(piece, ends)
    return Course(whole, strips, [strip.segment in graded for strip in strips])


def _strips(piece: Piece, ends: tuple[str, str]) -> list[Piece]:
    edges = np.linspace(piece.start, piece.end, _STRIPS + 1)
    return [
        piece._replace(
            start=float(edges[number]),
            end=float(edges[number + 1]),
            material=between(*ends, (number + 0.5) / _STRIPS),
        )
        for number in range(_STRIPS)
    ]


def between(first: str, second: str, share: float) -> str:
    """The composition with a share of the second and the rest of the first, to three decimals."""
    one, other = materials.composition(first), materials.composition(second)
    parts = ((one.cations, other.cations), (one.anions, other.anions))
    return materials.composition("".join(_mixed(*part, share) for part in parts)).name


def _mixed(first: Mapping[str, float], second: Mapping[str, float], share: float) -> str:
    elements = dict.fromkeys([*first, *second])
    held = {
        name: round((1.0 - share) * first.get(name, 0.0) + share * second.get(name, 0.0), 3)
        for name in elements
    }
    return "".join(f"{name}{part:.3f}" for name, part in held.items() if part > 0.0)
