"""What several keys of a design must obey together: one function per rule, no atoms needed.

Each rule takes a `Design` and yields `Problem`s. What one key alone must obey is in
`epidot.design.design`; what only atoms can tell is left to `structure`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

from epidot import materials
from epidot.design.design import FLAT_TO_FLAT, BranchPoint, Design, Dot, Segment, Stack, nanometres
from epidot.design.problems import Place, Problem, path

Rule = Callable[[Design], Iterator[Problem]]


def faults(design: Design) -> list[Problem]:
    """All that is wrong with the geometry of a design; empty if nothing is."""
    return [problem for rule in RULES for problem in rule(design)]


def bilayer(material: str) -> float:
    """Thickness (Å) of one bilayer along ⟨111⟩ or ⟨0001⟩: a/√3 of zinc blende, c/2 of ideal wurtzite."""
    return materials.lattice_constant(material) / math.sqrt(3.0)


def facets_differ(design: Design) -> Iterator[Problem]:
    """One facet carries one arm."""
    if not isinstance(design.root, BranchPoint):
        return
    first: dict[int, int] = {}
    for index, arm in enumerate(design.root.arms):
        if arm.facet is None:
            continue
        other = first.setdefault(arm.facet, index)
        if other != index:
            rule = f"facet {arm.facet} already carries {path(('root', 'arms', other))}"
            cure = "Give each arm its own facet (0, 1, 2, 3), or leave facet out for the next free one"
            yield Problem(("root", "arms", index, "facet"), str(arm.facet), rule, cure)


def segments_hold_a_bilayer(design: Design) -> Iterator[Problem]:
    """A segment is at least one bilayer of its material long."""
    for place, segment in _segments(design):
        least = bilayer(segment.material)
        if segment.length < least:
            rule = f"a segment must hold at least one bilayer of {segment.material}, {_at_least(least)}"
            cure = "Make it longer or remove the segment"
            yield Problem((*place, "length"), nanometres(segment.length), rule, cure)


def rod_core_fits_across(design: Design) -> Iterator[Problem]:
    """The core of a rod is narrower than the rod."""
    root = design.root
    if not isinstance(root, Stack) or root.core is None:
        return
    section = root.cross_section
    width = section.diameter * (FLAT_TO_FLAT if section.shape == "hexagon" else 1.0)
    if root.core.diameter >= width:
        across = "flat to flat" if section.shape == "hexagon" else "across"
        rule = f"must be less than the rod is wide: {_about(width)} {across}"
        wider = _about(section.diameter * root.core.diameter / width)
        cure = f"Choose a smaller core or a rod diameter above {wider}"
        yield Problem(("root", "core", "diameter"), nanometres(root.core.diameter), rule, cure)


def rod_core_fits_along(design: Design) -> Iterator[Problem]:
    """The core of a rod lies between its ends."""
    root = design.root
    if not isinstance(root, Stack) or root.core is None:
        return
    length = sum(segment.length for segment in root.segments)
    radius = root.core.diameter / 2.0
    centre = length / 3.0 if root.core.position is None else root.core.position
    if radius <= centre <= length - radius:
        return
    if 2.0 * radius > length:
        rule = f"must not be longer than the rod, {nanometres(length)}"
        cure = "Choose a smaller core or a longer rod"
        yield Problem(("root", "core", "diameter"), nanometres(root.core.diameter), rule, cure)
        return
    default = " (a third of the rod, the default)" if root.core.position is None else ""
    reach = f"{nanometres(radius)} to {nanometres(length - radius)}"
    rule = f"must leave the core inside the rod: {reach} from the base"
    cure = f"Set position: {nanometres(length / 2.0)} for the middle"
    yield Problem(("root", "core", "position"), nanometres(centre) + default, rule, cure)


def shells_are_on_dots(design: Design) -> Iterator[Problem]:
    """Shells are grown on roots of kind dot only, for now."""
    if design.shells and not isinstance(design.root, Dot):
        rule = f"shells work on roots of kind dot only, this root is a {design.root.kind}"
        cure = "Remove the shells, or use kind: dot"
        yield Problem(("shells",), f"a list of {len(design.shells)}", rule, cure)


def shells_hold_a_monolayer(design: Design) -> Iterator[Problem]:
    """A shell is at least one monolayer of its material thick."""
    for index, shell in enumerate(design.shells):
        least = bilayer(shell.material)
        if shell.thickness < least:
            rule = f"a shell must be at least one monolayer of {shell.material}, {_at_least(least)}"
            place = ("shells", index, "thickness")
            yield Problem(place, nanometres(shell.thickness), rule, "Make it thicker or remove the shell")


def junction_height_goes_with_fixed(design: Design) -> Iterator[Problem]:
    """A height is given with rule fixed and only with it."""
    if not isinstance(design.root, BranchPoint):
        return
    junction = design.root.junction
    if junction.rule == "fixed" and junction.height is None:
        rule = "junction rule fixed needs the height of the zinc-blende domain"
        yield Problem(
            ("root", "junction", "height"), "nothing", rule, 'Add height, e.g. "1.6 nm", or use rule: collar'
        )
    if junction.rule == "collar" and junction.height is not None:
        place = ("root", "junction", "height")
        rule = "the collar rule finds the height itself"
        yield Problem(place, nanometres(junction.height), rule, "Remove height, or use rule: fixed")


def _segments(design: Design) -> Iterator[tuple[Place, Segment]]:
    root = design.root
    if isinstance(root, Stack):
        for index, segment in enumerate(root.segments):
            yield ("root", "segments", index), segment
    elif isinstance(root, BranchPoint):
        for number, arm in enumerate(root.arms):
            for index, segment in enumerate(arm.segments):
                yield ("root", "arms", number, "segments", index), segment


def _at_least(length: float) -> str:
    return nanometres(math.ceil(length * 100.0) / 100.0)


def _about(length: float) -> str:
    return nanometres(round(length, 2))


RULES: Final[tuple[Rule, ...]] = (
    facets_differ,
    segments_hold_a_bilayer,
    rod_core_fits_across,
    rod_core_fits_along,
    shells_are_on_dots,
    shells_hold_a_monolayer,
    junction_height_goes_with_fixed,
)
"""Every rule; a new one is a function and a line here."""
