"""From where the particle is looked at: one frame for the viewer, the picture and the sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.structure.structure import Structure

Array = NDArray[Any]


@dataclass(frozen=True)
class Frame:
    """Three orthonormal rows: right, up, towards the viewer; `branched` if arms leave the axis."""

    rows: Array
    branched: bool

    def turned(self, across: float, upward: float) -> Frame:
        """The frame of a viewer who walked `across` to the right and `upward` (degrees)."""
        side, lift = np.radians(across), np.radians(upward)
        around_up = np.array([[np.cos(side), 0, -np.sin(side)], [0, 1, 0], [np.sin(side), 0, np.cos(side)]])
        around_right = np.array(
            [[1, 0, 0], [0, np.cos(lift), -np.sin(lift)], [0, np.sin(lift), np.cos(lift)]]
        )
        return Frame(around_right @ around_up @ self.rows, self.branched)


def section_frame(structure: Structure) -> Frame:
    """The plane that holds two arms, or the axis of a rod or dot (drawn horizontally)."""
    corners = np.asarray(structure.paths[0][1], dtype=float)
    first, last = corners[0] - corners[len(corners) // 2], corners[-1] - corners[len(corners) // 2]
    bent = len(corners) > 2 and np.linalg.norm(np.cross(first, last)) > 0.05 * np.linalg.norm(
        first
    ) * np.linalg.norm(last)
    if bent:
        first, last = first / np.linalg.norm(first), last / np.linalg.norm(last)
        up = -(first + last) / np.linalg.norm(first + last)
        right = (last - first) / np.linalg.norm(last - first)
    else:
        right = (corners[-1] - corners[0]) / np.linalg.norm(corners[-1] - corners[0])
        aside = np.eye(3)[np.abs(right).argmin()]
        up = aside - (aside @ right) * right
        up /= np.linalg.norm(up)
    return Frame(np.array([right, up, np.cross(right, up)]), bool(bent))


def view_frame(structure: Structure) -> Frame:
    """A view in which arms do not hide each other and a rod lies across."""
    frame = section_frame(structure)
    return frame.turned(28.0, 14.0) if frame.branched else frame.turned(-14.0, 12.0)
