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


def display_frame(structure: Structure) -> Frame:
    """The view of a printed picture, by the kind of particle.

    Rods lie with the base on the left, branches spread around them; tetrapods stand on three arms and show
    all four; octapods and dots are seen a little from above and aside, plates lie tilted.
    """
    limbs = [(name, np.subtract(end, foot)) for name, foot, end in structure.limbs]
    if limbs and limbs[0][0] == "rod":
        return _lying(limbs)
    if limbs:
        return _standing([along for name, along in limbs if "." not in name])
    return _resting(structure)


def _lying(limbs: list[tuple[str, Array]]) -> Frame:
    branches = [along for name, along in limbs[1:] if name.count(".") == 1]
    if branches:
        return _upright(limbs[0][1], branches[0]).turned(0.0, -25.0).turned(-22.0, 4.0)
    # With the rod along z this is a {10-10} facet.
    return _upright(limbs[0][1], np.array([0.0, 1.0, 0.0])).turned(0.0, -8.0).turned(-22.0, 10.0)


def _standing(arms: list[Array]) -> Frame:
    if len(arms) == 1:
        return _upright(arms[0], np.eye(3)[np.abs(arms[0]).argmin()]).turned(-22.0, 10.0)
    if len(arms) > 4:
        return Frame(np.eye(3), branched=True).turned(30.0, 6.0)
    frame = _upright(np.cross(arms[1], arms[0]), arms[0])
    # Three arms spread around the place of the missing one, four leave none behind the others.
    return frame.turned(36.0, 22.0) if len(arms) == 4 else frame.turned(-32.0, 8.0)


def _resting(structure: Structure) -> Frame:
    first, *_, last = structure.paths[0][1]
    moments, axes = np.linalg.eigh(np.cov(structure.positions.T))
    if moments[0] < 0.3 * moments[1]:
        # Which of the two sides is up must not depend on the solver.
        normal = axes[:, 0] * np.sign(axes[np.abs(axes[:, 0]).argmax(), 0])
        return _upright(np.subtract(last, first), normal).turned(24.0, 42.0)
    if any(name.startswith("dot2.") for name in structure.segments):
        return _upright(np.subtract(last, first), np.array([0.0, 0.0, 1.0])).turned(-12.0, 20.0)
    return _upright(np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])).turned(25.0, 20.0)


def _upright(right: Array, up: Array) -> Frame:
    """The frame with `right` across and `up` as far up as it can be; vectors (3,)."""
    across = right / np.linalg.norm(right)
    upward = up - (up @ across) * across
    upward = upward / np.linalg.norm(upward)
    return Frame(np.array([across, upward, np.cross(across, upward)]), branched=False)
