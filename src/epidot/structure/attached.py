"""Atoms that sit on a particle without being part of its network: metal tips, ligands.

Invariants: the atoms of one ligand follow each other, its bound atom first; all share one anchor, and no
other ligand has that anchor.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InternalError
from epidot.structure.structure import Structure

Array = NDArray[Any]

TIP: Final = "tip "
"""What the group of a metal tip starts with; its element follows."""
FOREIGN_METAL: Final = "metal "
"""The same for metal of an imported structure."""
FOREIGN_LIGANDS: Final = "ligands"
"""Group of the ligands of an imported structure, of which no more is known than where their atoms are."""


@final
@dataclass(frozen=True, eq=False)
class Attached:
    """Attached atoms, ready to be put on a structure.

    Raises
    ------
    InternalError
        Arrays of different lengths, or a group without a name.
    """

    positions: Array
    """(attached, 3) Å."""
    numbers: Array
    """(attached,) atomic numbers."""
    anchor: Array
    """(attached,) network atom whose displacement each shares."""
    group: Array
    """(attached,) index into `groups`."""
    groups: tuple[str, ...]
    """What they are, e.g. ``tip Pt`` or ``oleate``."""
    report: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, dict[str, float]])
    """Group to what was placed: counts, coverage, sizes (Å)."""

    def __post_init__(self) -> None:
        lengths = {len(values) for values in (self.positions, self.numbers, self.anchor, self.group)}
        if len(lengths) != 1:
            raise InternalError(f"attached arrays of different lengths: {sorted(lengths)}")
        if len(self.group) and not 0 <= self.group.min() <= self.group.max() < len(self.groups):
            raise InternalError(f"attached groups beyond the names {self.groups}")

    def __len__(self) -> int:
        return len(self.numbers)

    def on(self, structure: Structure) -> Structure:
        """The structure with these atoms beside those that it carries already."""
        both = joined((carried(structure), self))
        return dataclasses.replace(
            structure,
            attached_positions=both.positions,
            attached_numbers=both.numbers,
            attached_anchor=both.anchor,
            attached_group=both.group,
            attached_groups=both.groups,
        )


def carried(structure: Structure) -> Attached:
    """What a structure carries, without its report."""
    return Attached(
        positions=structure.attached_positions,
        numbers=structure.attached_numbers,
        anchor=structure.attached_anchor,
        group=structure.attached_group,
        groups=structure.attached_groups,
    )


def tip_element(group: str) -> str | None:
    """Chemical symbol of the metal of a group such as ``tip Pt``; None if it is no metal."""
    for start in (TIP, FOREIGN_METAL):
        if group.startswith(start):
            return group.removeprefix(start)
    return None


def joined(parts: Sequence[Attached]) -> Attached:
    """All atoms of several parts, in this order; groups of one name become one."""
    names = tuple(dict.fromkeys(name for part in parts for name in part.groups))
    if not names:
        return _none()
    # A part without groups has no atoms; the placeholder keeps its indexing valid.
    renamed = [np.array([names.index(name) for name in part.groups] or [0], dtype=np.int64) for part in parts]
    reports: dict[str, Mapping[str, float]] = {}
    for part in parts:
        reports |= part.report
    return Attached(
        positions=np.concatenate([part.positions for part in parts]),
        numbers=np.concatenate([part.numbers for part in parts]),
        anchor=np.concatenate([part.anchor for part in parts]),
        group=np.concatenate(
            [table[np.asarray(part.group)] for table, part in zip(renamed, parts, strict=True)]
        ),
        groups=names,
        report=reports,
    )


def _none() -> Attached:
    empty = np.zeros(0, dtype=np.int64)
    return Attached(np.zeros((0, 3)), empty, empty, empty, ())


def attached_positions(structure: Structure, positions: Array | None = None) -> Array:
    """Where the attached atoms are (attached, 3), Å, when the network's atoms are at `positions` (atom, 3).

    Each has moved as its anchor has; without `positions` they are where they were placed.
    """
    if positions is None or len(structure.attached_anchor) == 0:
        return structure.attached_positions
    anchor = structure.attached_anchor
    return structure.attached_positions + (positions[anchor] - structure.positions[anchor])
