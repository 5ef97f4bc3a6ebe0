"""Ways through the tree of a design: its limbs, segments and branch points, with name and place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from epidot.design.design import Arm, BranchPoint, Design, Node, Segment, Stack
from epidot.design.problems import Place


@dataclass(frozen=True)
class Limb:
    """An arm or a rod: its name as in ``arm1.arm2``, its place in the file and what it is."""

    name: str
    place: Place
    part: Arm | Stack


Branching: TypeAlias = tuple[str, Place, BranchPoint | Node]
"""Name (of the limb that carries it, empty for the root), place and branch point."""


def node_arms(node: Node) -> tuple[tuple[int, Arm], ...]:
    """The arms of a node, repeated ones written out, each with its index in the file."""
    if node.repeat > 1:
        return ((0, node.arms[0]),) * node.repeat
    return tuple(enumerate(node.arms))


def limbs(design: Design) -> Iterator[Limb]:
    """Every arm and rod, parents before children."""
    for step in _steps(design):
        if isinstance(step, Limb):
            yield step


def branchings(design: Design) -> Iterator[Branching]:
    """Every branch point, parents before children."""
    for step in _steps(design):
        if not isinstance(step, Limb):
            yield step


def segments(design: Design) -> Iterator[tuple[Place, Segment]]:
    """Every segment with its place in the file."""
    for limb in limbs(design):
        for index, segment in enumerate(limb.part.segments):
            yield (*limb.place, "segments", index), segment


def _steps(design: Design) -> Iterator[Limb | Branching]:
    root = design.root
    if isinstance(root, Stack):
        yield Limb("rod", ("root",), root)
        for end in ("tip", "base"):
            part = getattr(root, end)
            if isinstance(part, Node):
                yield from _node(end, ("root", end), part)
    elif isinstance(root, BranchPoint):
        yield "", ("root",), root
        for index, arm in enumerate(root.arms):
            yield from _arm(f"arm{index + 1}", ("root", "arms", index), arm)


def _arm(name: str, place: Place, arm: Arm) -> Iterator[Limb | Branching]:
    yield Limb(name, place, arm)
    if isinstance(arm.tip, Node):
        yield from _node(name, (*place, "tip"), arm.tip)


def _node(name: str, place: Place, node: Node) -> Iterator[Limb | Branching]:
    yield name, place, node
    for number, (index, arm) in enumerate(node_arms(node)):
        yield from _arm(f"{name}.arm{number + 1}", (*place, "arms", index), arm)
