"""What the segments of a particle are called in a sentence, and which of them belong together.

Names of segments come from the structure: ``core``, ``s2``, ``arm1.s1``, ``arm1.arm2.s1`` (a branch),
``tip.arm1.s1`` (an arm at the end of a rod), ``arm1.node``, ``dot1.core``, ``neck``, ``shell2``, ``plate``;
in imported particles ``CdS1`` (a region of this composition).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.structure.structure import Structure

Array = NDArray[Any]

_ALONE: Final = 0.9
"""Share of its group that a segment must hold to be named alone."""
_LIMBS: Final = {1: ("arm", "arms"), 2: ("branch", "branches")}
_PLURALS: Final = {"body": "bodies"}
_REGION: Final = re.compile(r"((?:[A-Z][a-z]?)+)(\d+)")


@dataclass(frozen=True)
class Place:
    """`kind` is the word for all segments of one role, ``arm tips``; `one` for this, ``tip of arm 3``."""

    kind: str
    one: str


@dataclass(frozen=True)
class Group:
    """Segments of one material and one role.

    Attributes
    ----------
    material : compound or alloy.
    kind : word for the segments together.
    members : indices of the segments.
    """

    material: str
    kind: str
    members: list[int]


def split(name: str) -> tuple[list[str], str]:
    """What a segment sits on, from the seed out, and its own part: ``(["arm1", "arm2"], "s1")``."""
    *owners, part = name.split(".")
    return owners, part


def place(structure: Structure, segment: int) -> Place:
    """What a segment (an index) is; a name that no structure of ours gives stands for itself."""
    owners, part = split(structure.segments[segment])
    which = owner(owners)
    limbs = [name for name in owners if _number("arm", name)]
    if _number("s", part) and limbs:
        return _on_limb(owners, _along(structure, segment), len(limbs))
    if _number("s", part):
        only = len(_numbers(structure, segment, "s")) == 1
        word = "rod" if only else f"segment {part[1:]}"
        word = word if not owners else "extension" if only else f"extension {part[1:]}"
        return Place(*[f"{word} at {which}" if which else word] * 2)
    if part == "node":
        outer = "outer " if len(limbs) > 1 else ""
        ends = [f" at the {name}" for name in owners if name in ("tip", "base")]
        kind = f"{outer}branch points{''.join(ends)}" if limbs else f"branch point{''.join(ends)}"
        return Place(kind, f"branch point at the end of {which}" if limbs else kind)
    if region := _REGION.fullmatch(part):
        return _region(structure, region)
    # The domain around a core on whose facets the arms stand.
    word = "branch point" if part == "collar" else part
    word = _shell(structure, segment) if _number("shell", part) else word
    many = _PLURALS.get(word, f"{word}s") if owners and word[-1].isalpha() else word
    return Place(many, f"{word} of {which}" if which else word)


def owner(owners: list[str]) -> str:
    """What segments sit on, in words: ``branch 2 of arm 1``, ``arm 3 at the tip``, ``dot 1``."""
    phrase, generation = "", 0
    for name in owners:
        number = _number("arm", name)
        generation += bool(number)
        if number:
            word = f"{'arm' if generation == 1 else 'branch'} {number}"
            link = " at " if phrase in ("the tip", "the base") else " of "
            phrase = f"{word}{link}{phrase}" if phrase else word
        else:
            dot = _number("dot", name)
            phrase = f"dot {dot}" if dot else f"the {name}"
    return phrase


def groups(structure: Structure) -> list[Group]:
    """Segments by material and role, from the seed out."""
    found: dict[tuple[str, str], list[int]] = {}
    for segment, material in enumerate(structure.segment_materials):
        found.setdefault((material, place(structure, segment).kind), []).append(segment)
    return [Group(material, kind, members) for (material, kind), members in found.items()]


def told(structure: Structure, group: Group, in_segment: Array) -> tuple[str, float]:
    """How to name where in a group a carrier is, and its share there; `in_segment` (segment,).

    One segment is named alone if it is the only one, or if it holds nearly all of the group's share and
    differs from the others in its atoms: among equal arms chance decides which of them a state is on.
    """
    shares = in_segment[group.members]
    best = int(shares.argmax())
    alone = len(group.members) == 1
    if not alone and shares[best] >= _ALONE * shares.sum():
        alone = not _alike(structure, group.members)
    if alone:
        return place(structure, group.members[best]).one, float(shares[best])
    return group.kind, float(shares.sum())


def _alike(structure: Structure, members: list[int]) -> bool:
    """Whether all these segments hold the same numbers of atoms of each element."""
    elements, element = np.unique(structure.numbers, return_inverse=True)
    counts = np.zeros((len(structure.segments), len(elements)), dtype=int)
    np.add.at(counts, (structure.segment, element), 1)
    return bool((counts[members] == counts[members[0]]).all())


def _number(word: str, name: str) -> str:
    """The number that follows `word` in a name such as ``arm12``; empty for other names."""
    match = re.fullmatch(rf"{word}(\d+)", name)
    return match[1] if match else ""


def _numbers(structure: Structure, segment: int, word: str) -> list[int]:
    """Numbers of the parts called `word` that sit on the same as this segment, itself among them."""
    owners, _ = split(structure.segments[segment])
    parts = [split(name) for name in structure.segments]
    return [int(number) for on, part in parts if on == owners and (number := _number(word, part))]


def _along(structure: Structure, segment: int) -> str:
    """Where on its limb a piece is: ``first``, ``middle`` or ``last``."""
    number = int(split(structure.segments[segment])[1][1:])
    if number == 1:
        return "first"
    return "last" if number == max(_numbers(structure, segment, "s")) else "middle"


def _on_limb(owners: list[str], where: str, generation: int) -> Place:
    """A piece of an arm or a branch, ``kind`` and ``one``."""
    one, many = _LIMBS.get(generation, ("branch", f"branches of generation {generation}"))
    end = next((f" at the {name}" for name in owners if name in ("tip", "base")), "")
    which = owner(owners)
    if where == "first":
        return Place(many + end, which)
    if where == "middle":
        return Place(f"middle of the {many}{end}", f"middle of {which}")
    tips = f"{one} tips" if generation in _LIMBS and not end else f"ends of the {many}{end}"
    return Place(tips, f"tip of {which}" if not end else f"end of {which}")


def _region(structure: Structure, named: re.Match[str]) -> Place:
    """``region 2`` for ``CdS2``, the second of its composition; ``region`` where it is the only one."""
    found = [_REGION.fullmatch(name) for name in structure.segments]
    if sum(match is not None and match[1] == named[1] for match in found) == 1:
        return Place("region", "region")
    return Place("regions", f"region {named[2]}")


def _shell(structure: Structure, segment: int) -> str:
    """``shell``; of several ``inner shell``, ``outer shell``, and the number of those between."""
    numbers = _numbers(structure, segment, "shell")
    number = int(_number("shell", split(structure.segments[segment])[1]))
    if len(numbers) == 1:
        return "shell"
    if number in (min(numbers), max(numbers)):
        return "inner shell" if number == min(numbers) else "outer shell"
    return f"shell {number}"
