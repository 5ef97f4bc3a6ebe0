"""Cross-sections and spheres cut out of the site network, snapped so that cuts break single bonds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.structure.lattice import ROW, Frame

Array = NDArray[Any]

HEXAGON_INRADIUS: Final = np.sqrt(np.pi / (8.0 * np.sqrt(3.0)))
"""Inradius of the hexagon whose area is that of a circle of diameter 1 (0.476)."""


@dataclass(frozen=True)
class Outline:
    """Cross-section of a rod or an arm about its axis; lengths in units of a."""

    shape: str
    """``hexagon`` with {10-10} facets, or ``circle``."""
    inradius: float

    @property
    def circumradius(self) -> float:
        """Largest distance from the axis."""
        return self.inradius * (2.0 / np.sqrt(3.0) if self.shape == "hexagon" else 1.0)

    @property
    def diameter(self) -> float:
        """Diameter of the circle of equal area."""
        return self.inradius / HEXAGON_INRADIUS if self.shape == "hexagon" else 2.0 * self.inradius

    def inside(self, lateral: Array, frame: Frame) -> Array:
        """Whether lateral positions (point, 3) lie inside; (point,) bool."""
        if self.shape == "circle":
            return np.linalg.norm(lateral, axis=1) <= self.inradius
        return np.abs(lateral @ facet_normals(frame).T).max(axis=1) <= self.inradius


def facet_normals(frame: Frame) -> Array:
    """The three {10-10} normals of a stack, (3, 3): along the letter step and 60° from it."""
    along = frame.step / np.linalg.norm(frame.step)
    across = np.cross(frame.axis, along)
    angles = np.pi / 3.0 * np.arange(3)
    return np.cos(angles)[:, None] * along + np.sin(angles)[:, None] * across


def outline(shape: str, diameter: float, *, on_atoms: bool) -> Outline:
    """Cross-section of about this diameter (units of a), snapped to whole rows if a hexagon.

    A {10-10} facet breaks one bond per atom only if the cut lies half-way along the bonds
    perpendicular to it: (n + 1/2) rows from an axis through atoms, n rows from an axis in the
    empty channel of the wurtzite stacking.
    """
    if shape == "circle":
        return Outline("circle", 0.5 * diameter)
    offset = 0.5 if on_atoms else 0.0
    rows = round(HEXAGON_INRADIUS * diameter / ROW - offset)
    return Outline("hexagon", (max(rows, 1) + offset) * ROW)
