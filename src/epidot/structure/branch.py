"""Branch points, at the root or on the end of a limb, and what grows from them, generation by generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Arm, BranchPoint, Core, CrossSection, Design, MetalTip, Node
from epidot.design.walk import node_arms
from epidot.errors import InputError
from epidot.structure.assembly import Assembly, Blend, PendingTip, Point, blended, covered, point
from epidot.structure.domain import (
    MARGIN,
    Foot,
    Tops,
    domain_sites,
    facing,
    needed_height,
    region,
    tops_for,
)
from epidot.structure.lattice import BILAYER, CUT, Cubic, node_lattice, rod_frame, root_lattice
from epidot.structure.limb import Growth, Limb, limb, note_limb, put_limb
from epidot.structure.shapes import Ellipsoid, Solid, solid
from epidot.structure.start import RaySpace, coherent

Array = NDArray[Any]
Way: TypeAlias = list[Array]
"""Corners (3,) in Å of a polyline along the axes of limbs, outwards."""


@dataclass(frozen=True)
class Site:
    """Where a branch point stands: its part of the design, its name, and the limb that carries it."""

    part: BranchPoint | Node
    path: str
    name: str
    """Prefix of its limbs: empty at the root, else the carrying limb's name."""
    parent: Limb | None


@dataclass(frozen=True)
class Child:
    """An arm that is to grow, with its facet."""

    name: str
    path: str
    arm: Arm
    facet: int
    forward: bool


def put_root(design: Design, root: BranchPoint, assembly: Assembly) -> None:
    """A branched particle centred on a cation of its zinc-blende domain, on cubic axes."""
    site = Site(root, "root", "", None)
    centre, ways = put_branching(design, site, np.zeros(3), assembly)
    if len(ways) == 1:
        assembly.paths.append(("arm1 – core", tuple(map(point, [*reversed(ways[0][0]), centre]))))
    for number, others in enumerate(ways[1:], start=2):
        assembly.paths.append((f"arm1 – core – arm{number}", flattest(ways[0], [centre], others)))


def flattest(first: list[Way], middle: Way, second: list[Way]) -> tuple[Point, ...]:
    """The polyline from the end of a way of the first kind to that of one of the second, nearest to a plane.

    Parameters
    ----------
    first, second : ways outwards, of which one each is taken; the first of several that lie as flat.
    middle : corners (3,) in Å between them, in the direction from first to second.
    """
    lines = [[*reversed(one), *middle, *other] for one in first for other in second]
    return tuple(point(corner) for corner in min(lines, key=_thickness))


def _thickness(line: Way) -> float:
    """Root mean square distance (Å, to 1e-3) of the corners of a polyline from the plane nearest to them."""
    corners = np.array(line)
    spread = np.linalg.svd(corners - corners.mean(axis=0), compute_uv=False)
    return round(float(spread[2]), 3) if len(corners) > 3 else 0.0


def put_branching(
    design: Design, site: Site, anchor: Array, assembly: Assembly
) -> tuple[Array, list[list[Way]]]:
    """Put down a branch point and everything that grows from it.

    Parameters
    ----------
    anchor : (3,) Å, its centre at the root; on a limb the end of that limb's axis.

    Returns
    -------
    tuple
        The centre (3,), Å, and the ways out along each arm.
    """
    children = _children(design, site)
    core = _core(site.part)
    lattice, tops, grown = _layout(design, site, children, core)
    feet = _feet(site, children, grown)
    space = _space(site.part, core)
    centre = anchor
    if site.parent is not None:
        frame = facing(lattice, feet[-1])
        rise = (frame.at(tops.of(feet[-1])) - lattice.centre) @ frame.axis * space.constants[-1]
        # The axial bonds between the two are as long as the mean of both, as between segments.
        below = materials.lattice_constant(site.parent.growth.part.segments[-1].material)
        rise += 0.75 * BILAYER * 0.5 * (space.constants[-1] + below)
        centre = anchor + site.parent.frame.axis * rise
    _put_domain(design, site, (lattice, tops, feet, core, space, centre), assembly)
    if site.part.junction.height is not None:
        height = tops.height(forward=True) * materials.lattice_constant(site.part.material)
        assembly.realise(f"{site.path}.junction.height", site.part.junction.height, height)
    ways: list[list[Way]] = []
    for foot, body in zip(feet, grown, strict=False):
        axis = body.frame.axis
        rise = (body.frame.at(tops.of(foot)) - lattice.centre) @ axis
        height = space.along(lattice.turn.T @ axis, float(rise))
        ways.append(put_arm(design, body, centre + height * axis, assembly))
    return centre, ways


def put_arm(design: Design, body: Limb, foot: Array, assembly: Assembly) -> list[Way]:
    """Put down an arm and what its end carries; the ways out from its end."""
    growth = body.growth
    put_limb(body, foot, assembly, growth.name + ".")
    note_limb(body, assembly)
    end = foot + float(body.heights[-1]) * body.frame.axis
    assembly.limbs.append((growth.name, point(foot), point(end)))
    return [[end, *way] for way in put_tip(design, body, end, assembly)]


def put_tip(design: Design, body: Limb, end: Array, assembly: Assembly, name: str | None = None) -> list[Way]:
    """Put down what the end of a limb carries; the ways out from there, an empty one where nothing branches.

    Parameters
    ----------
    end : (3,) Å, where its axis ends.
    name : prefix of what grows there; default: the limb's name.
    """
    growth = body.growth
    tip = growth.part.tip if name in (None, "tip") else getattr(growth.part, "base", None)
    path = f"{growth.path}.{'base' if name == 'base' else 'tip'}"
    if isinstance(tip, MetalTip):
        frame = body.frame
        assembly.tips.append(PendingTip(path, name or growth.name, end, frame.axis, frame.first, tip))
    if not isinstance(tip, Node):
        return [[]]
    site = Site(tip, path, name or growth.name, body)
    centre, ways = put_branching(design, site, end, assembly)
    return [[centre, *way] for arm in ways for way in arm]


def _children(design: Design, site: Site) -> list[Child]:
    part = site.part
    prefix = f"{site.name}." if site.name else ""
    if isinstance(part, Node):
        taken = {arm.facet for _, arm in node_arms(part)} | ({0} if part.orientation == "opposite" else set())
        free = [facet for facet in range(4) if facet not in taken]
        found: list[Child] = []
        for number, (index, arm) in enumerate(node_arms(part)):
            facet = free.pop(0) if arm.facet is None else arm.facet
            found.append(Child(f"{prefix}arm{number + 1}", f"{site.path}.arms[{index}]", arm, facet, True))
        return found
    found = []
    spare = {
        polarity: [facet for facet in range(4) if (polarity, facet) not in _named(part.arms)]
        for polarity in ("A", "B")
    }
    for index, arm in enumerate(part.arms):
        facet = spare[arm.polarity].pop(0) if arm.facet is None else arm.facet
        found.append(
            Child(f"{prefix}arm{index + 1}", f"{site.path}.arms[{index}]", arm, facet, arm.polarity == "A")
        )
    return found


def _named(arms: tuple[Arm, ...]) -> set[tuple[str, int]]:
    return {(arm.polarity, arm.facet) for arm in arms if arm.facet is not None}


def _core(part: BranchPoint | Node) -> tuple[Core, Solid] | None:
    core = getattr(part, "core", None)
    if core is None:
        return None
    size = core.diameter / materials.lattice_constant(core.material)
    return core, solid(core.shape, size, rod_frame(), height=None, energies={})


def _space(part: BranchPoint | Node, core: tuple[Core, Solid] | None) -> RaySpace:
    outer = materials.lattice_constant(part.material)
    if core is None:
        return RaySpace((), np.array([outer]))
    constants = np.array([materials.lattice_constant(core[0].material), outer])
    return RaySpace((core[1],), coherent(constants, np.array([0.0, 1.0])))


def _layout(
    design: Design, site: Site, children: list[Child], core: tuple[Core, Solid] | None
) -> tuple[Cubic, Tops, list[Limb]]:
    """The lattice, the height of the domain, and the limbs as they grow at that height."""
    constant = materials.lattice_constant(site.part.material)
    margin = MARGIN / constant
    first = _attempt(design, site, children, tops_for(0.0))
    needed = needed_height(_feet(site, children, first[2]), margin)
    height = site.part.junction.height
    if height is None:
        lowest = 0.0 if core is None else _support(core[1])
        found = _lowest(design, site, children, tops_for(max(needed, lowest)), margin)
        return _best_fit(design, site, children, found, margin)
    found = _attempt(design, site, children, _fixed(site, height, constant))
    if len(found[2]) + (site.parent is not None) > 1 and not _fits(site, children, found, margin):
        # Limbs may be thinner where their axis runs elsewhere, so less than the first guess may do.
        layer = max(tops_for(needed).forward - 2, found[1].forward + 1)
        least = _lowest(design, site, children, Tops(layer, layer + 1), margin)
        raise _collision(site, height, least[1], constant)
    return found


def _lowest(
    design: Design, site: Site, children: list[Child], start: Tops, margin: float
) -> tuple[Cubic, Tops, list[Limb]]:
    """The lowest domain, from `start` up, on which the limbs keep apart."""
    for extra in range(12):
        trial = Tops(start.forward + extra, start.backward + extra)
        found = _attempt(design, site, children, trial)
        # On a limb only every third height continues its stacking.
        if found[1] == trial and _fits(site, children, found, margin):
            return found
    raise InputError(site.path, "its arms", "find no height at which they fit", "Use thinner arms")


def _fits(site: Site, children: list[Child], found: tuple[Cubic, Tops, list[Limb]], margin: float) -> bool:
    feet = _feet(site, children, found[2])
    return _lowest_cut(found[1], feet) >= needed_height(feet, margin) - 1e-9


def _lowest_cut(tops: Tops, feet: list[Foot]) -> float:
    return min(tops.height(forward=foot.forward) for foot in feet)


def _best_fit(
    design: Design, site: Site, children: list[Child], found: tuple[Cubic, Tops, list[Limb]], margin: float
) -> tuple[Cubic, Tops, list[Limb]]:
    """The domain up to two bilayers higher, if that suits the diameters of the arms better."""
    if site.parent is not None:
        # There the height is bound to the parent's stacking; only every third fits.
        return found
    choices = [found]
    for extra in (1, 2):
        tops = Tops(found[1].forward + extra, found[1].backward + extra)
        trial = _attempt(design, site, children, tops)
        if _fits(site, children, trial, margin):
            choices.append(trial)
    return min(choices, key=_preference)


def _preference(choice: tuple[Cubic, Tops, list[Limb]]) -> tuple[float, int]:
    return round(sum(body.miss for body in choice[2]), 6), choice[1].forward


def _attempt(design: Design, site: Site, children: list[Child], tops: Tops) -> tuple[Cubic, Tops, list[Limb]]:
    """Lattice and limbs for a domain of this height, or of the next one that continues the parent."""
    lattice = root_lattice()
    if site.parent is not None:
        assert isinstance(site.part, Node)
        same = site.part.orientation == "same"
        sense = 1 if site.part.variant == 0 else -1
        last, letter = site.parent.last, int(site.parent.letters[-1])
        height = tops.backward if same else tops.forward
        extra = (-sense * letter - height) % 3
        tops = Tops(tops.forward + extra, tops.backward + extra)
        layer = last + (tops.backward if same else tops.forward)
        lattice = node_lattice(site.parent.frame, layer, sense, same=same)
    grown: list[Limb] = []
    for child in children:
        frame = lattice.facet(child.facet, forward=child.forward)
        start = tops.forward if child.forward else tops.backward
        free = (False, not isinstance(child.arm.tip, Node))
        growth = Growth(
            child.name, child.path, child.arm, frame, start, start, site.part.material, design, free
        )
        grown.append(limb(growth))
    return lattice, tops, grown


def _feet(site: Site, children: list[Child], grown: list[Limb]) -> list[Foot]:
    feet = [_foot(child, body) for child, body in zip(children, grown, strict=True)]
    return feet if site.parent is None else [*feet, _parent_foot(site)]


def _foot(child: Child, body: Limb) -> Foot:
    radii = tuple(float(value) for value in body.radii[:, 0])
    profile = tuple(float(value) for value in body.radii[-1])
    return Foot(child.facet, child.forward, child.arm.cross_section, radii, profile)


def _parent_foot(site: Site) -> Foot:
    parent = site.parent
    assert parent is not None and isinstance(site.part, Node)
    radii = tuple(float(value) for value in parent.radii[:, -1])
    profile = tuple(float(value) for value in parent.radii[-1][::-1])
    section: CrossSection = parent.growth.part.cross_section
    return Foot(0, site.part.orientation == "opposite", section, radii, profile)


def _support(core: Solid) -> float:
    """How far a core reaches along any of the facets."""
    if isinstance(core, Ellipsoid):
        return max(core.radius, core.axial)
    axes = root_lattice().axes
    return float(np.abs(core.corners() @ axes.T).max())


def _fixed(site: Site, height: float, constant: float) -> Tops:
    layers = max(round(height / (BILAYER * constant) - CUT), 0)
    return Tops(layers, layers + 1)


def _collision(site: Site, height: float, least: Tops, constant: float) -> InputError:
    enough = np.ceil((least.forward + CUT) * BILAYER * constant * 10) / 100.0
    return InputError(
        f"{site.path}.junction.height",
        f"{height / 10:.3g} nm",
        "lets the arms collide: prisms of this diameter need a higher zinc-blende domain",
        f"Give at least {enough:.2f} nm, thinner arms, or rule: collar",
    )


def _put_domain(
    design: Design,
    site: Site,
    layout: tuple[Cubic, Tops, list[Foot], tuple[Core, Solid] | None, RaySpace, Array],
    assembly: Assembly,
) -> None:
    lattice, tops, feet, core, space, centre = layout
    sites = domain_sites(lattice, tops, feet, None if core is None else core[1])
    local = (sites.position - lattice.centre) @ lattice.turn
    start = centre + space(local) @ lattice.turn.T
    outer = assembly.label(site.part.material)
    if site.name:
        segment = np.full(len(local), assembly.name(f"{site.name}.node", site.part.material))
        blend = Blend.pure(np.full(len(local), outer))
    else:
        segment, blend = _core_composition(site.part, core, local, assembly)
    if design.shells:
        level = np.full(len(local), len(design.shells))
        for number in reversed(range(len(design.shells))):
            level[region(feet, None if core is None else core[1], local, number)] = number
        segment, blend = covered(design.shells, level, segment, blend, assembly)
    assembly.add(site.path, sites, start, segment, blend)


def _core_composition(
    part: BranchPoint | Node, core: tuple[Core, Solid] | None, local: Array, assembly: Assembly
) -> tuple[Array, Blend]:
    outer = assembly.label(part.material)
    if core is None or core[0].material == part.material:
        name = part.material if core is None else core[0].material
        segment = np.full(len(local), assembly.name("core", name))
        return segment, Blend.pure(np.full(len(local), outer))
    gauge = core[1].gauge(local)
    inner = gauge <= 1.0 + 1e-9
    segment = np.where(inner, assembly.name("core", core[0].material), assembly.name("collar", part.material))
    radius = np.linalg.norm(local, axis=1)
    depth = radius * (1.0 - 1.0 / np.maximum(gauge, 1e-9)) * materials.lattice_constant(core[0].material)
    labels = (assembly.label(core[0].material), outer)
    return segment, blended(inner, depth, labels, core[0].interface)
