"""Limbs: rods and arms as stacks of bilayers with their own profile, segments and shells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from epidot import materials
from epidot.design.design import Arm, Design, Pyramid, Round, Shell, Stack
from epidot.seeds import normal
from epidot.structure.assembly import SUBLATTICES, Assembly, Blend, bilayers, covered, interface_share
from epidot.structure.lattice import BILAYER, CUT, ROW, Frame, columns, stack_sites
from epidot.structure.shapes import circumradius, diameter, inradius, reach, snapped
from epidot.structure.stacking import hexagonal, key_of, steps, with_faults

Array = NDArray[Any]

PYRAMID_SLOPE: Final = np.sqrt(9.0 / 32.0)
"""Inradius gained per height below the apex of a {10-11} pyramid at ideal c/a: cot 62.06°."""
_PYRAMID_SINE: Final = np.sqrt(32.0 / 41.0)
"""Sine of the same angle."""


@dataclass(frozen=True)
class Growth:
    """What a limb is and what it grows on."""

    name: str
    path: str
    """Of the part in the design, for messages."""
    part: Arm | Stack
    frame: Frame
    start: int
    """Forward layer on which the segments start."""
    letter: int
    """Letter of that layer."""
    below: str
    """Material there."""
    design: Design
    ends: tuple[bool, bool]
    """Whether base and tip are free, so that shells cover them."""


@dataclass(frozen=True)
class Limb:
    """A stack of bilayers, ready to be put down.

    Bilayers are numbered from 0 here; bilayer j has number ``first + j`` in the frame.
    """

    growth: Growth
    counts: tuple[int, ...]
    """Bilayers of each segment."""
    first: int
    base: int
    """Bilayers below the segments: shells on the base of a rod."""
    letters: Array
    """(bilayer + 1,) of layers ``first - 1`` … last."""
    radii: Array
    """(shell + 1, bilayer) inradius of the inner particle and with each shell, units of a."""
    levels: Array
    """(bilayer,) which shell covers the whole bilayer; 0 where there is something inside."""
    heights: Array
    """(bilayer,) Å, of the forward layers above the start."""
    scales: Array
    """(bilayer,) lateral scale, Å per unit of a."""
    drops: Array
    """(bilayer,) Å by which backward sites lie below the forward layer."""
    wanted: Array
    """(bilayer,) inradius of the segments as the design gives it without the shapes of ends, units of a."""
    widths: Array
    """(bilayer,) the same as it can be had."""
    faults: tuple[str, ...]

    @property
    def frame(self) -> Frame:
        """Its axes."""
        return self.growth.frame

    @property
    def last(self) -> int:
        """Number of the last forward layer."""
        return self.first + len(self.heights) - 1

    @property
    def miss(self) -> float:
        """Mean difference between the inradius that is wanted and the one that can be had, units of a."""
        return float(np.abs(self.widths - self.wanted).mean())


def limb(growth: Growth) -> Limb:
    """Lay out the bilayers of a limb. Raises `InputError` for what cannot be stacked."""
    part, design = growth.part, growth.design
    counts = _counts(growth)
    inner = sum(counts)
    base, tip = (_end_layers(design.shells, part, free) for free in growth.ends)
    constants = np.repeat([materials.lattice_constant(piece.material) for piece in part.segments], counts)
    flags, faults = with_faults(
        hexagonal(part, counts), growth.name, design.defects, design.seed, BILAYER * constants
    )
    flags = np.pad(flags, (sum(base), sum(tip)), mode="edge")
    first = growth.start + 1 - sum(base)
    letters = growth.letter + np.concatenate([[0], np.cumsum(steps(flags))])
    widths = np.pad(_widths(growth, counts), (sum(base), sum(tip)), mode="edge")
    radii = np.array([_snap(part, row, letters) for row in _radii(growth, widths, (base, tip))])
    levels = np.concatenate([_levels(base)[::-1], np.zeros(inner, int), _levels(tip)])
    effective = _effective(design.shells, radii, levels, constants, (sum(base), sum(tip)))
    # Under a shell on the base there is nothing more.
    under = effective[0] if sum(base) else materials.lattice_constant(growth.below)
    with_below = np.concatenate([[under], effective])
    heights, scales = axial_scale(with_below, 0.5 * float(radii[-1].mean()) / BILAYER)
    return Limb(
        growth,
        counts,
        first,
        sum(base),
        letters,
        radii,
        levels,
        heights[1:] - heights[sum(base)],
        scales[1:],
        0.25 * BILAYER * with_below[1:],
        widths[sum(base) : sum(base) + inner],
        _snap(part, widths, letters)[sum(base) : sum(base) + inner],
        faults,
    )


def _counts(growth: Growth) -> tuple[int, ...]:
    part, design = growth.part, growth.design
    extra = 0.0
    if isinstance(part, Arm) and design.disorder.arm_length is not None:
        extra = design.disorder.arm_length * float(normal(design.seed, np.array([key_of(growth.name)]))[0])
    asked = [segment.length for segment in part.segments]
    # The outermost segment takes up the difference, as growth that stops early or late would.
    least = BILAYER * materials.lattice_constant(part.segments[-1].material)
    asked[-1] = max(asked[-1] + extra, least) if extra else asked[-1]
    return tuple(
        bilayers(length, segment.material, f"{growth.path}.segments[{place}].length")
        for place, (segment, length) in enumerate(zip(part.segments, asked, strict=True))
    )


def _end_layers(shells: tuple[Shell, ...], part: Arm | Stack, free: bool) -> tuple[int, ...]:
    """Bilayers that each shell adds to an end."""
    if not free:
        return (0,) * len(shells)
    found: list[int] = []
    for shell in shells:
        height = BILAYER * materials.lattice_constant(shell.material)
        found.append(0 if shell.over == "sides" else round((shell.axial or shell.thickness) / height))
    return tuple(found)


def _levels(layers: tuple[int, ...]) -> Array:
    return np.repeat(np.arange(1, len(layers) + 1), layers).astype(int)


def _radii(growth: Growth, widths: Array, ends: tuple[tuple[int, ...], tuple[int, ...]]) -> Array:
    """Inradii (shell + 1, bilayer) from those of the inner particle, before they are snapped, units of a.

    `ends` are the bilayers that each shell adds to the base and the tip.
    """
    part, shells = growth.part, growth.design.shells
    lattice = [materials.lattice_constant(shell.material) for shell in shells]
    thick = [
        0.0 if shell.over == "ends" else shell.thickness / constant
        for shell, constant in zip(shells, lattice, strict=True)
    ]
    rows = widths + np.cumsum([0.0, *thick])[:, None]
    height = np.arange(len(widths)) + 0.5
    from_end = (height, height[::-1])
    for side, tip in enumerate((getattr(part, "base", None), part.tip)):
        added = ends[side]
        below = from_end[side] - sum(added)
        for row in range(len(rows)):
            own = (below + sum(added[:row])) * BILAYER
            if isinstance(tip, Round):
                rows[row] = np.minimum(rows[row], _dome(own, float(rows[row].max())))
            elif isinstance(tip, Pyramid):
                # Facets move outwards by the thickness, or with the end where the sides have no shell.
                moved = sum(
                    max(t / _PYRAMID_SINE, PYRAMID_SLOPE * n * BILAYER)
                    for t, n in zip(thick[:row], added, strict=False)
                )
                # The apex is cut where it would be a peg one row wide.
                facet = PYRAMID_SLOPE * below * BILAYER + ROW + moved
                rows[row] = np.minimum(rows[row], np.maximum(facet, 0.0))
    return rows


def _dome(below: Array, wide: float) -> Array:
    share = np.clip(below / wide, 0.0, 1.0)
    return wide * np.sqrt(1.0 - (1.0 - share) ** 2)


def _widths(growth: Growth, counts: tuple[int, ...]) -> Array:
    """Inradius (bilayer,) of the inner particle as the design gives it, units of a."""
    part, design = growth.part, growth.design
    section = part.cross_section
    first = materials.lattice_constant(part.segments[0].material)
    extra = 0.0
    if isinstance(part, Arm) and design.disorder.arm_diameter is not None:
        key = np.array([key_of(growth.name + " diameter")])
        extra = design.disorder.arm_diameter * float(normal(design.seed, key)[0])
    found: list[Array] = []
    for segment, count in zip(part.segments, counts, strict=True):
        own = segment.diameter is not None or segment.taper_to is not None
        constant = materials.lattice_constant(segment.material) if own else first
        start = (segment.diameter or section.diameter) + extra
        end = start if segment.taper_to is None else segment.taper_to + extra
        along = (np.arange(count) + 0.5) / count
        found.append(inradius(section, 1.0) * (start + (end - start) * along) / constant)
    widths = np.maximum(np.concatenate(found), 0.5)
    if isinstance(part, Stack) and part.bulb is not None:
        widths = np.maximum(widths, _bulb(part, counts))
    return widths


def _bulb(part: Stack, counts: tuple[int, ...]) -> Array:
    """Inradius (bilayer,) of the bulb: half a period of a raised cosine on top of the rod."""
    bulb = part.bulb
    assert bulb is not None
    constants = np.repeat([materials.lattice_constant(piece.material) for piece in part.segments], counts)
    height = np.cumsum(BILAYER * constants) - 0.5 * BILAYER * constants
    seed = None if part.core is None else part.core.position
    middle = bulb.position or seed or float(height[-1]) / 3.0
    place = np.clip(np.abs(height - middle) / (0.5 * bulb.length), 0.0, 1.0)
    section = part.cross_section
    swell = (bulb.diameter - section.diameter) * np.cos(0.5 * np.pi * place) ** 2
    return inradius(section, 1.0) * (section.diameter + swell) / constants


def _snap(part: Arm | Stack, row: Array, letters: Array) -> Array:
    """Snap each bilayer as the wurtzite around it asks; a zinc-blende layer goes with the one below."""
    pairs = np.sort(np.stack([letters[:-1] % 3, letters[1:] % 3]), axis=0)
    same = (pairs[:, 1:] == pairs[:, :-1]).all(axis=0)
    settled = np.zeros(len(row), bool)
    settled[1:] |= same
    settled[:-1] |= same
    on_axis = (pairs == 0).any(axis=0)
    source = np.where(settled, np.arange(len(row)), -1)
    source = np.maximum.accumulate(source)
    source[source < 0] = source[source >= 0][0] if (source >= 0).any() else 0
    on_axis = on_axis[source] if settled.any() else np.ones(len(row), bool)
    values: dict[tuple[float, bool], float] = {}
    for value, axis in zip(row.tolist(), on_axis.tolist(), strict=True):
        if (value, axis) not in values:
            values[value, axis] = snapped(part.cross_section, value, on_axis=axis)
    return np.array([values[value, axis] for value, axis in zip(row.tolist(), on_axis.tolist(), strict=True)])


def _effective(
    shells: tuple[Shell, ...], radii: Array, levels: Array, constants: Array, ends: tuple[int, int]
) -> Array:
    """Lattice constant (bilayer,) of each bilayer, averaged over its area, Å."""
    inner = np.pad(constants, ends, mode="edge")
    if not shells:
        return inner
    table = np.array([materials.lattice_constant(shell.material) for shell in shells])
    areas = radii**2
    rings = np.diff(areas, axis=0)
    mixed = areas[0] * inner + (rings * table[:, None]).sum(axis=0)
    mixed = mixed / areas[-1]
    return np.where(levels > 0, table[np.maximum(levels - 1, 0)], mixed)


def axial_scale(constants: Array, smoothing: float) -> tuple[Array, Array]:
    """Heights and lateral scales of the bilayers of a limb whose material changes along it.

    Parameters
    ----------
    constants : (bilayer,) lattice constant of each bilayer, Å; the first is what it grows on.
    smoothing : standard deviation of the lateral blending, in bilayers: a coherent rod adapts its
        width over about a quarter of its diameter.

    Returns
    -------
    heights : (bilayer,) Å, of the forward layers above the base (first bilayer at 0).
    scales : (bilayer,) Å per unit of a.
    """
    rises = 0.5 * (constants[1:] + constants[:-1]) * BILAYER
    heights = np.concatenate([[0.0], np.cumsum(rises)])
    # The width changes within the limb, not across its foot: what it grows on does not adapt to it.
    adapting = constants.copy()
    adapting[: int(np.ceil(1.5 * smoothing))] = constants[0]
    return heights, gaussian_filter1d(adapting, smoothing, mode="nearest")


def put_limb(body: Limb, foot: Array, assembly: Assembly, prefix: str) -> None:
    """Put the sites of a limb down.

    Parameters
    ----------
    foot : (3,) Å, the point of the axis at the height of the layer that its segments start on.
    prefix : of its segment names: ``arm1.`` or nothing for a rod.
    """
    frame, part = body.frame, body.growth.part
    outer = body.radii[-1]
    sets = columns(frame, circumradius(part.cross_section, float(outer.max())))
    distances = [reach(part.cross_section, points, frame) for points in sets]
    cache: dict[tuple[int, float], Array] = {}

    def inside(letter: int, radius: float) -> Array:
        if (letter, radius) not in cache:
            cache[letter, radius] = sets[letter][distances[letter] <= radius + 1e-9]
        return cache[letter, radius]

    lateral = [
        (inside(int(body.letters[j]) % 3, radius), inside(int(body.letters[j + 1]) % 3, radius))
        for j, radius in enumerate(outer.tolist())
    ]
    sites = stack_sites(frame, body.letters, body.first, lateral)
    place = sites.bilayer - body.first
    offset = sites.position - frame.origin
    offset -= (offset @ frame.axis)[:, None] * frame.axis
    forward = sites.cation == frame.cation
    height = body.heights[place] - np.where(forward, 0.0, body.drops[place])
    start = foot + height[:, None] * frame.axis + body.scales[place][:, None] * offset
    segment, blend = _composition(body, assembly, prefix, (place, offset, height))
    assembly.add(body.growth.path, sites, start, segment, blend)


def _composition(
    body: Limb, assembly: Assembly, prefix: str, where: tuple[Array, Array, Array]
) -> tuple[Array, Blend]:
    """Segment and composition of sites from bilayer (site,), offset (site, 3) and height (site,) Å."""
    place, offset, height = where
    part, shells = body.growth.part, body.growth.design.shells
    names = [f"{prefix}s{number + 1}" for number in range(len(part.segments))]
    owners = np.array([assembly.name(*pair) for pair in zip(names, _materials(part), strict=True)])
    inner = np.repeat(np.arange(len(part.segments)), body.counts)
    rows = np.clip(place - body.base, 0, len(inner) - 1)
    segment = owners[inner[rows]]
    blend = _along(body, assembly, inner[rows], height)
    if not shells:
        return segment, blend
    level = body.levels[place]
    distance = reach(part.cross_section, offset, body.frame)
    for number in range(len(shells)):
        level = np.where(distance > body.radii[number, place] + 1e-9, np.maximum(level, number + 1), level)
    return covered(shells, level, segment, blend, assembly)


def _materials(part: Arm | Stack) -> list[str]:
    """Materials of the segments; of a graded one its mean."""
    return [
        piece.material if piece.grade_to is None else _mean(piece.material, piece.grade_to)
        for piece in part.segments
    ]


def _mean(first: str, second: str) -> str:
    ends = [materials.composition(name) for name in (first, second)]
    word = ""
    for kind in ("cations", "anions"):
        for element in dict.fromkeys([*getattr(ends[0], kind), *getattr(ends[1], kind)]):
            share = 0.5 * sum(getattr(end, kind).get(element, 0.0) for end in ends)
            word += f"{element}{share:.6g}"
    return materials.composition(word).name


def _along(body: Limb, assembly: Assembly, piece: Array, height: Array) -> Blend:
    """Composition along the axis: gradients within segments, interfaces between them."""
    part = body.growth.part
    last = body.base + np.cumsum(body.counts) - 1
    labels = [assembly.label(segment.material) for segment in part.segments]
    tops = [assembly.label(segment.grade_to or segment.material) for segment in part.segments]
    cut = CUT * BILAYER * body.scales[last]
    bounds = np.concatenate([cut[:1], body.heights[last] + cut])
    label, share = np.array(labels)[piece], np.zeros(len(piece), np.float32)
    other, sublattice = np.array(tops)[piece], np.full(len(piece), SUBLATTICES["both"], np.int8)
    for number, segment in enumerate(part.segments):
        if segment.grade_to is not None:
            mine = piece == number
            ramp = (height[mine] - bounds[number]) / (bounds[number + 1] - bounds[number])
            share[mine] = np.clip(ramp, 0.0, 1.0)
    for number, segment in enumerate(part.segments):
        if segment.interface is None:
            continue
        depth = height - bounds[number]
        for mine, far in ((number - 1, labels[number]), (number, tops[number - 1])):
            near = (piece == mine) & (np.abs(depth) < 2.0 * segment.interface.width)
            near &= part.segments[mine].grade_to is None
            found = interface_share(np.abs(depth[near]), segment.interface)
            better = found > share[near]
            spots = np.flatnonzero(near)[better]
            share[spots], other[spots] = found[better], far
            sublattice[spots] = SUBLATTICES[segment.interface.sublattice]
    return Blend(label, other, share, sublattice)


def note_limb(body: Limb, assembly: Assembly) -> None:
    """Note what became of the lengths and the diameters that were asked for."""
    part, path = body.growth.part, body.growth.path
    section = part.cross_section
    lattice = [materials.lattice_constant(segment.material) for segment in part.segments]
    last = np.cumsum(body.counts)
    for place, (segment, count) in enumerate(zip(part.segments, body.counts, strict=True)):
        own = f"{path}.segments[{place}]"
        assembly.realise(f"{own}.length", segment.length, count * BILAYER * lattice[place])
        scale = lattice[place if segment.diameter or segment.taper_to else 0]
        inner, outer = (
            diameter(section, float(body.widths[row])) * scale
            for row in (last[place] - count, last[place] - 1)
        )
        if segment.diameter is not None:
            assembly.realise(f"{own}.diameter", segment.diameter, inner)
        elif f"{path}.cross_section.diameter" not in assembly.realised:
            assembly.realise(f"{path}.cross_section.diameter", section.diameter, inner)
        if segment.taper_to is not None:
            assembly.realise(f"{own}.taper_to", segment.taper_to, outer)
