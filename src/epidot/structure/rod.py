"""Free-standing rods, their seed, and what their two ends carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Design, Node, RodCore, Stack
from epidot.errors import InputError
from epidot.structure.assembly import Assembly, Blend, blended, point
from epidot.structure.branch import flattest, put_tip
from epidot.structure.lattice import BILAYER, rod_frame
from epidot.structure.limb import Growth, Limb, limb, note_limb, put_limb
from epidot.structure.shapes import inradius, reach

Array = NDArray[Any]


def put_rod(design: Design, root: Stack, assembly: Assembly) -> None:
    """A rod along z, its middle at the origin, its tip up."""
    body = _suited(design, root)
    low = float(body.heights[0] - body.drops[0])
    middle = 0.5 * (low + float(body.heights[-1]))
    foot = -middle * body.frame.axis
    put_limb(body, foot, assembly, "")
    note_limb(body, assembly)
    if root.core is not None:
        _seed(body, root.core, foot, assembly)
    top, bottom = foot + float(body.heights[-1]) * body.frame.axis, foot + low * body.frame.axis
    assembly.limbs.append(("rod", point(bottom), point(top)))
    over = put_tip(design, body, top, assembly, "tip")
    under = put_tip(design, _upside_down(body), bottom, assembly, "base")
    assembly.paths.insert(0, ("the rod axis", flattest(under, [bottom, top], over)))


def _suited(design: Design, root: Stack) -> Limb:
    """Axis through atoms or through the empty channel, whichever fits the diameter better.

    The axis has letter 0; wurtzite that starts at letter 2 alternates between 2 and 1 (channel),
    at letter 0 between 0 and 2 (atoms).
    """
    frame = rod_frame(cation=root.polarity == "A")
    free = (not isinstance(root.base, Node), not isinstance(root.tip, Node))
    below = root.segments[0].material
    choices: list[Limb] = []
    for letter in (0, 2):
        growth = Growth("rod", "root", root, frame, letter, letter, below, design, free)
        choices.append(limb(growth))
    return min(choices, key=lambda body: body.miss)


def _upside_down(body: Limb) -> Limb:
    """The rod seen from its base: layer k becomes -k, letter m becomes -m, bilayer k becomes 1 - k."""
    part = body.growth.part
    turned = part.model_copy(update={"segments": part.segments[::-1]})
    growth = replace(body.growth, frame=body.frame.reversed(), part=turned)
    return replace(
        body,
        growth=growth,
        counts=body.counts[::-1],
        first=1 - body.last,
        letters=-body.letters[::-1],
        radii=body.radii[:, ::-1],
        levels=body.levels[::-1],
    )


def _seed(body: Limb, core: RodCore, foot: Array, assembly: Assembly) -> None:
    """Give the sites inside the core its material."""
    start, segment, blend = assembly.start[-1], assembly.segment[-1], assembly.blend[-1]
    axis = body.frame.axis
    height = (start - foot) @ axis
    inner = len(body.levels) - int((body.levels > 0).sum())
    length = float(body.heights[body.base + inner - 1])
    low = float(height.min()) if body.base == 0 else 0.0
    extent = core.diameter if core.length is None else core.length
    centre = low + (core.position if core.position is not None else length / 3.0)
    if centre - 0.5 * extent < low - 1e-6 or centre + 0.5 * extent > length + 1e-6:
        raise InputError(
            "root.core.position",
            f"{(centre - low) / 10:.3g} nm",
            f"puts part of the {extent / 10:.3g} nm core outside the rod ({(length - low) / 10:.3g} nm long)",
            f"Choose a position from {extent / 20:.3g} nm to {(length - low - 0.5 * extent) / 10:.3g} nm",
        )
    if core.shape == "sphere":
        away = np.linalg.norm(start - foot - centre * axis, axis=1)
        depth = away - 0.5 * core.diameter
    else:
        section = body.growth.part.cross_section
        place = assembly.sites[-1].bilayer - body.first
        lateral = (start - foot - height[:, None] * axis) / body.scales[place][:, None]
        wide = reach(section, lateral, body.frame) * body.scales[place] - inradius(section, core.diameter)
        depth = np.maximum(wide, np.abs(height - centre) - 0.5 * extent)
    inside = depth <= 1e-9
    assembly.segment[-1] = np.where(inside, assembly.name("core", core.material), segment).astype(np.int16)
    assembly.blend[-1] = _seeded(inside, depth, core, blend, assembly)
    assembly.realise("root.core.diameter", core.diameter, core.diameter)
    if core.length is not None:
        layer = BILAYER * materials.lattice_constant(core.material)
        assembly.realise("root.core.length", core.length, round(core.length / layer) * layer)


def _seeded(inside: Array, depth: Array, core: RodCore, blend: Blend, assembly: Assembly) -> Blend:
    label = assembly.label(core.material)
    if core.interface is None:
        zero = np.where(inside, 0.0, blend.share).astype(np.float32)
        return Blend(np.where(inside, label, blend.label), blend.other, zero, blend.sublattice)
    # Every host label in turn meets the core; a core rarely touches more than one.
    other = blended(inside, depth, (label, -1), core.interface)
    near = (np.abs(depth) < 2.0 * core.interface.width) | inside
    host = np.bincount(blend.label[near]).argmax()
    return Blend(
        np.where(inside, label, blend.label),
        np.where(near, np.where(inside, host, label), blend.other),
        np.where(near, other.share, blend.share).astype(np.float32),
        np.where(near, other.sublattice, blend.sublattice),
    )
