"""What several keys of a design must obey together: one function per rule, no atoms needed.

Each rule takes a `Design` and yields `Problem`s. What one key alone must obey is in
`epidot.design.design`; rules of dots, dimers and surfaces are in `check_solids`, those of defects in
`check_defects`; what only atoms can tell is left to `structure`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

from epidot import materials
from epidot.design.check_defects import DEFECT_RULES
from epidot.design.check_solids import SOLID_RULES
from epidot.design.design import (
    AXES,
    FLAT_TO_FLAT,
    Arm,
    BranchPoint,
    Design,
    Dimer,
    Dot,
    Imported,
    Node,
    Platelet,
    Segment,
    Stack,
)
from epidot.design.problems import Place, Problem, about, at_least, path
from epidot.design.quantities import nanometres, near
from epidot.design.walk import branchings, limbs, node_arms, segments

Rule = Callable[[Design], Iterator[Problem]]

MOST_ATOMS: Final = 5_000_000
"""Larger particles are refused before any memory is taken."""


def faults(design: Design) -> list[Problem]:
    """All that is wrong with the geometry of a design; empty if nothing is."""
    return [problem for rule in RULES for problem in rule(design)]


def bilayer(material: str) -> float:
    """Thickness (Å) of one bilayer along ⟨111⟩ or ⟨0001⟩: a/√3 of zinc blende, c/2 of ideal wurtzite."""
    return materials.lattice_constant(material) / math.sqrt(3.0)


def facets_differ(design: Design) -> Iterator[Problem]:
    """One facet carries one arm, and a node has no arm on the facet of its parent."""
    for _, place, branching in branchings(design):
        parent = isinstance(branching, Node) and branching.orientation == "opposite"
        first: dict[tuple[str, int], int] = {}
        for index, arm in enumerate(branching.arms):
            if arm.facet is None:
                continue
            spot = (*place, "arms", index, "facet")
            if parent and arm.facet == 0:
                cure = "Use facets 1, 2 and 3, or orientation: same, where facet 0 points straight on"
                yield Problem(spot, "0", "facet 0 of this node already carries its parent", cure)
            other = first.setdefault((arm.polarity, arm.facet), index)
            if other != index:
                rule = f"facet {arm.facet} already carries {path((*place, 'arms', other))}"
                cure = "Give each arm its own facet (0, 1, 2, 3), or leave facet out for the next free one"
                yield Problem(spot, str(arm.facet), rule, cure)


def arms_find_facets(design: Design) -> Iterator[Problem]:
    """There are not more arms of one polarity than facets."""
    for _, place, branching in branchings(design):
        if isinstance(branching, Node):
            yield from _node_arms_fit(place, branching)
            continue
        for polarity in ("A", "B"):
            count = sum(arm.polarity == polarity for arm in branching.arms)
            if count > 4:
                rule = f"a branch point has four {{111}} facets of polarity {polarity}"
                cure = "Remove arms, or give some of them the other polarity"
                yield Problem((*place, "arms"), f"{count} arms of polarity {polarity}", rule, cure)


def _node_arms_fit(place: Place, node: Node) -> Iterator[Problem]:
    most = 3 if node.orientation == "opposite" else 4
    count = len(node_arms(node))
    if node.repeat > 1 and len(node.arms) > 1:
        rule, cure = "repeats one arm only", "Write the arms out, or give one arm"
        yield Problem((*place, "repeat"), str(node.repeat), rule, cure)
    elif count > most:
        rule = f"a node with orientation {node.orientation} has {most} free facets"
        spot = "repeat" if node.repeat > 1 else "arms"
        yield Problem((*place, spot), f"{count} arms", rule, f"Give at most {most}")


def node_polarity_follows(design: Design) -> Iterator[Problem]:
    """The polarity of branches on an end follows from the parent and the orientation."""
    known = {limb.name: limb.part.polarity for limb in limbs(design) if isinstance(limb.part, Stack)}
    for limb in limbs(design):
        if isinstance(limb.part, Arm) and len(limb.place) == 3:
            known[limb.name] = limb.part.polarity
    flip = {"A": "B", "B": "A"}
    for name, place, branching in branchings(design):
        if not isinstance(branching, Node):
            continue
        parent = known.get(name) or (known["rod"] if name == "tip" else flip[known["rod"]])
        follows = parent if branching.orientation == "same" else flip[parent]
        for number, (index, arm) in enumerate(node_arms(branching)):
            known[f"{name}.arm{number + 1}"] = follows
            if "polarity" in arm.model_fields_set and arm.polarity != follows:
                rule = f"branches of this node have polarity {follows} (orientation {branching.orientation})"
                cure = "Leave polarity out, or choose the other orientation"
                yield Problem((*place, "arms", index, "polarity"), arm.polarity, rule, cure)


def segments_hold_a_bilayer(design: Design) -> Iterator[Problem]:
    """A segment is at least one bilayer of its material long."""
    for place, segment in segments(design):
        least = bilayer(segment.material)
        if segment.length < least:
            rule = f"a segment must hold at least one bilayer of {segment.material}, {at_least(least)}"
            cure = "Make it longer or remove the segment"
            yield Problem((*place, "length"), nanometres(segment.length), rule, cure)


def interfaces_fit(design: Design) -> Iterator[Problem]:
    """An interface is not wider than the pieces that it joins, and there are two of them."""
    for limb in limbs(design):
        parts = limb.part.segments
        for index, segment in enumerate(parts):
            if segment.interface is None:
                continue
            place = (*limb.place, "segments", index, "interface")
            if index == 0:
                rule, cure = "joins a segment with the one before it; this is the first", "Remove it"
                yield Problem(place, "a mapping", rule, cure)
                continue
            shorter = min(segment.length, parts[index - 1].length)
            yield from _narrow(place, segment.interface.width, shorter, "the shorter segment")
    for index, shell in enumerate(design.shells):
        if shell.interface is not None:
            place = ("shells", index, "interface")
            yield from _narrow(place, shell.interface.width, shell.thickness, "the shell")


def _narrow(place: Place, width: float, most: float, what: str) -> Iterator[Problem]:
    if width > most:
        rule = f"must not be wider than {what}, {nanometres(most)}"
        yield Problem((*place, "width"), nanometres(width), rule, "Give a smaller width or use grade_to")


def rod_core_fits_across(design: Design) -> Iterator[Problem]:
    """The core of a rod is narrower than the rod."""
    root = design.root
    if not isinstance(root, Stack) or root.core is None:
        return
    section = root.cross_section
    wide = section.diameter if root.bulb is None else max(section.diameter, root.bulb.diameter)
    width = wide * (FLAT_TO_FLAT if section.shape == "hexagon" else 1.0)
    if root.core.diameter >= width:
        across = "flat to flat" if section.shape == "hexagon" else "across"
        rule = f"must be less than the rod is wide: {about(width)} {across}"
        wider = about(wide * root.core.diameter / width)
        cure = f"Choose a smaller core or a rod diameter above {wider}"
        yield Problem(("root", "core", "diameter"), nanometres(root.core.diameter), rule, cure)


def rod_core_fits_along(design: Design) -> Iterator[Problem]:
    """The core of a rod lies between its ends."""
    root = design.root
    if not isinstance(root, Stack) or root.core is None:
        return
    core = root.core
    if (core.length is None) != (core.shape == "sphere"):
        rule = "a core of shape rod needs its length, a sphere has none"
        cure = "Add length or use shape: sphere" if core.length is None else "Remove length"
        given = "nothing" if core.length is None else nanometres(core.length)
        yield Problem(("root", "core", "length"), given, rule, cure)
        return
    extent, key = (core.diameter, "diameter") if core.length is None else (core.length, "length")
    length = sum(segment.length for segment in root.segments)
    radius = extent / 2.0
    centre = length / 3.0 if core.position is None else core.position
    if radius <= centre <= length - radius:
        return
    if 2.0 * radius > length:
        rule = f"must not be longer than the rod, {nanometres(length)}"
        cure = "Choose a smaller core or a longer rod"
        yield Problem(("root", "core", key), nanometres(extent), rule, cure)
        return
    default = " (a third of the rod, the default)" if core.position is None else ""
    reach = f"{nanometres(radius)} to {nanometres(length - radius)}"
    rule = f"must leave the core inside the rod: {reach} from the base"
    cure = f"Set position: {nanometres(length / 2.0)} for the middle"
    yield Problem(("root", "core", "position"), nanometres(centre) + default, rule, cure)


def bulb_is_thicker(design: Design) -> Iterator[Problem]:
    """A bulb is thicker than the rod and lies on it."""
    root = design.root
    if not isinstance(root, Stack) or root.bulb is None:
        return
    if root.bulb.diameter <= root.cross_section.diameter:
        rule = f"must be more than the rod's diameter, {nanometres(root.cross_section.diameter)}"
        cure = "Give a thicker bulb or remove it"
        yield Problem(("root", "bulb", "diameter"), nanometres(root.bulb.diameter), rule, cure)
    length = sum(segment.length for segment in root.segments)
    if root.bulb.length > length or (root.bulb.position or 0.0) > length:
        key = "length" if root.bulb.length > length else "position"
        value = nanometres(root.bulb.length if key == "length" else root.bulb.position or 0.0)
        rule = f"must not be more than the rod's length, {nanometres(length)}"
        yield Problem(("root", "bulb", key), value, rule, "Give less")


def shells_have_a_root(design: Design) -> Iterator[Problem]:
    """Shells grow on roots that the builder cuts itself; a dimer has them dot by dot."""
    if design.shells and isinstance(design.root, Imported | Dimer):
        rule = f"shells do not work on a root of kind {design.root.kind}"
        dots = isinstance(design.root, Dimer)
        cure = "Give shells to each of its dots" if dots else "Grow them where the file was made"
        yield Problem(("shells",), f"a list of {len(design.shells)}", rule, cure)


def shells_hold_a_monolayer(design: Design) -> Iterator[Problem]:
    """A shell is at least one monolayer of its material thick."""
    for index, shell in enumerate(design.shells):
        plate = isinstance(design.root, Platelet)
        least = 0.5 * materials.lattice_constant(shell.material) if plate else bilayer(shell.material)
        if shell.thickness < least - 1e-6:
            rule = f"a shell must be at least one monolayer of {shell.material}, {at_least(least)}"
            place = ("shells", index, "thickness")
            yield Problem(place, nanometres(shell.thickness), rule, "Make it thicker or remove the shell")


def junction_height_goes_with_fixed(design: Design) -> Iterator[Problem]:
    """A height is given with rule fixed and only with it."""
    for _, place, branching in branchings(design):
        junction = branching.junction
        spot = (*place, "junction", "height")
        if junction.rule == "fixed" and junction.height is None:
            rule = "junction rule fixed needs the height of the zinc-blende domain"
            yield Problem(spot, "nothing", rule, 'Add height, e.g. "1.6 nm", or use rule: collar')
        if junction.rule == "collar" and junction.height is not None:
            rule = "the collar rule finds the height itself"
            yield Problem(spot, nanometres(junction.height), rule, "Remove height, or use rule: fixed")


def not_too_large(design: Design) -> Iterator[Problem]:
    """An estimate from volumes stays below what fits into memory."""
    atoms = estimated_atoms(design)
    if atoms > MOST_ATOMS:
        rule = f"would have about {atoms / 1e6:.0f} million atoms; at most {MOST_ATOMS:,} are built"
        yield Problem(("root",), f"a {design.root.kind}", rule, "Make it smaller or give it fewer branches")


def estimated_atoms(design: Design) -> float:
    """Atoms of a design from its volumes, within about a factor of two and without building it."""
    root = design.root
    grown = sum(shell.thickness for shell in design.shells)
    ends = sum(shell.axial or shell.thickness for shell in design.shells)
    total = 0.0
    for limb in limbs(design):
        for segment in limb.part.segments:
            diameter = max(limb.part.cross_section.diameter, segment.diameter or 0.0, segment.taper_to or 0.0)
            total += _atoms(segment, math.pi / 4.0 * (diameter + 2.0 * grown) ** 2 * segment.length)
        thick = limb.part.cross_section.diameter + 2.0 * grown
        total += _density(limb.part.segments[-1].material) * math.pi / 4.0 * thick**2 * 2.0 * ends
    for _, _, branching in branchings(design):
        size = max(arm.cross_section.diameter for arm in branching.arms) + 2.0 * grown
        size = max(size, getattr(getattr(branching, "core", None), "diameter", 0.0))
        total += _density(branching.material) * 1.5 * size**3
    if isinstance(root, Dot):
        height = (root.height or root.diameter) + 2.0 * grown
        total += _density(root.material) * math.pi / 4.0 * (root.diameter + 2.0 * grown) ** 2 * height
    elif isinstance(root, Dimer):
        for dot in root.dots:
            wide = dot.diameter + 2.0 * sum(shell.thickness for shell in dot.shells)
            total += _density(dot.material) * math.pi / 4.0 * wide**2 * max(dot.height or 0.0, wide)
    elif isinstance(root, Platelet):
        constant = materials.lattice_constant(root.material)
        crown = 2.0 * root.crown.width if root.crown else 0.0
        height = 0.5 * constant * (root.monolayers + 0.5) + 2.0 * grown
        total += _density(root.material) * (root.length + crown) * (root.width + crown) * height
    return total


def _atoms(segment: Segment, volume: float) -> float:
    return _density(segment.material) * volume


def _density(material: str) -> float:
    return 8.0 / materials.lattice_constant(material) ** 3


def imported_stays_as_it_is(design: Design) -> Iterator[Problem]:
    """What shapes a particle does not apply to one that comes from a file."""
    if not isinstance(design.root, Imported):
        return
    surface = design.surface
    reshaped = surface.fewest_bonds != 2 or surface.termination != "natural"
    if reshaped or surface.cation_per_anion is not None or surface.roughness is not None:
        rule = "only passivation and ligands apply to an imported root"
        yield Problem(("surface",), "a mapping", rule, "Shape the surface where the file was made")


def disorder_needs_arms(design: Design) -> Iterator[Problem]:
    """Disorder between arms needs arms."""
    for key in ("arm_length", "arm_diameter"):
        value = getattr(design.disorder, key)
        if value is not None and not isinstance(design.root, BranchPoint):
            rule = f"a root of kind {design.root.kind} has no arms"
            yield Problem(("disorder", key), nanometres(value), rule, "Remove it")


def field_follows_an_axis(design: Design) -> Iterator[Problem]:
    """An applied field points along an axis or a limb of the particle."""
    field = design.environment.field
    if field is None or not isinstance(field.along, str) or field.along in AXES:
        return
    names = [limb.name for limb in limbs(design)]
    if field.along not in names:
        known = ", ".join([*AXES, *names])
        cure = f"{near(field.along, names)}Use one of {known}, or three numbers such as [1, 1, 0]"
        yield Problem(
            ("environment", "field", "along"), field.along, "is no axis or limb of this particle", cure
        )


RULES: Final[tuple[Rule, ...]] = (
    facets_differ,
    arms_find_facets,
    node_polarity_follows,
    segments_hold_a_bilayer,
    interfaces_fit,
    rod_core_fits_across,
    rod_core_fits_along,
    bulb_is_thicker,
    shells_have_a_root,
    shells_hold_a_monolayer,
    junction_height_goes_with_fixed,
    not_too_large,
    imported_stays_as_it_is,
    disorder_needs_arms,
    field_follows_an_axis,
    *SOLID_RULES,
    *DEFECT_RULES,
)
"""Every rule; a new one is a function and a line here."""
