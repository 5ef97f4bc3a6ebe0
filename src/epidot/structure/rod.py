"""Stacks of bilayers: free-standing rods and, through `grow`, the arms of branch points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import CrossSection, Segment, Stack
from epidot.errors import InputError
from epidot.structure.lattice import BILAYER, Frame, Sites, columns, letters, rod_frame, stack_sites
from epidot.structure.network import Network, axial_scale, bilayers
from epidot.structure.shapes import Outline, outline

Array = NDArray[Any]


@dataclass(frozen=True)
class Column:
    """A stack of segments on one axis through the origin of its frame."""

    sites: Sites
    segment: Array
    """(site,) which of the given segments."""
    height: Array
    """(site,) Å above the cation layer below the first bilayer."""
    scale: Array
    """(site,) lateral scale, Å per unit of a."""
    counts: tuple[int, ...]
    """Bilayers of each segment."""
    outline: Outline
    top: float
    """Å, height of the last cation layer."""


def cross_section(section: CrossSection, material: str, *, on_atoms: bool) -> Outline:
    """The snapped outline of a rod or arm that starts with `material`."""
    return outline(section.shape, section.diameter / materials.lattice_constant(material), on_atoms=on_atoms)


def grow(
    frame: Frame, phase: str, segments: tuple[Segment, ...], shape: Outline, below: tuple[int, str, str]
) -> Column:
    """Bilayers on top of layer `below[0]`.

    Parameters
    ----------
    frame, phase, segments, shape : axes, stacking, what to grow, cross-section.
    below : number of the layer that it grows on, material of that layer, and the path of the
        part in the design, for messages.
    """
    start, material, path = below
    counts = tuple(
        bilayers(part.length, part.material, f"{path}.segments[{place}].length")
        for place, part in enumerate(segments)
    )
    total = sum(counts)
    sequence = letters(phase, np.arange(start, start + total + 1), start)
    inside = [c[shape.inside(c, frame)] for c in columns(frame, shape.circumradius + 1e-9)]
    sites = stack_sites(frame, sequence, start + 1, (inside[0], inside[1], inside[2]))
    owner = np.repeat(np.arange(len(segments)), counts)
    constants = np.array([materials.lattice_constant(part.material) for part in segments])[owner]
    with_base = np.concatenate([[materials.lattice_constant(material)], constants])
    heights, scales = axial_scale(with_base, 0.5 * shape.inradius / BILAYER)
    place = sites.bilayer - start
    # An anion sits a quarter of a bilayer below its cations, at the bilayer's own spacing.
    drop = np.where(sites.cation, 0.0, 0.25 * BILAYER * with_base[place])
    return Column(
        sites, owner[place - 1], heights[place] - drop, scales[place], counts, shape, float(heights[-1])
    )


def place_column(column: Column, frame: Frame) -> Array:
    """Start positions (site, 3) of a column, Å, from the origin of its heights."""
    axial = column.sites.position @ frame.axis
    lateral = column.sites.position - axial[:, None] * frame.axis
    return column.height[:, None] * frame.axis + column.scale[:, None] * lateral


def realised_lengths(column: Column, segments: tuple[Segment, ...], path: str) -> dict[str, dict[str, float]]:
    """What became of the lengths and the diameter that were asked for (Å)."""
    found: dict[str, dict[str, float]] = {}
    for place, (part, count) in enumerate(zip(segments, column.counts, strict=True)):
        height = count * BILAYER * materials.lattice_constant(part.material)
        found[f"{path}.segments[{place}].length"] = {"asked": part.length, "realised": float(height)}
    return found


def realised_diameter(
    section: CrossSection, shape: Outline, material: str, path: str
) -> dict[str, dict[str, float]]:
    """The snapped diameter next to the one asked for (Å)."""
    value = float(shape.diameter * materials.lattice_constant(material))
    return {f"{path}.cross_section.diameter": {"asked": section.diameter, "realised": value}}


def rod_network(root: Stack) -> Network:
    """A free-standing rod along z, centred at half its length; tip (0001)A up, base (000-1) down."""
    frame = rod_frame()
    first = root.segments[0].material
    shape, letter = _axis_choice(root, first)
    column = grow(frame, root.phase, root.segments, shape, (letter, first, "root"))
    start = place_column(column, frame)
    middle = 0.5 * (start[:, 2].min() + start[:, 2].max())
    start = start - middle * frame.axis
    names = [f"s{place + 1}" for place in range(len(root.segments))]
    owners = [part.material for part in root.segments]
    segment = column.segment.copy()
    realised = realised_lengths(column, root.segments, "root") | realised_diameter(
        root.cross_section, shape, first, "root"
    )
    if root.core is not None:
        segment[_in_core(root, start, column.top)] = len(names)
        names.append("core")
        owners.append(root.core.material)
        realised["root.core.diameter"] = {"asked": root.core.diameter, "realised": root.core.diameter}
    ends = (float(start[:, 2].min()), float(start[:, 2].max()))
    path = ("the rod axis", ((0.0, 0.0, ends[0]), (0.0, 0.0, ends[1])))
    return Network(column.sites, segment, start, tuple(names), tuple(owners), (path,), realised)


def _axis_choice(root: Stack, material: str) -> tuple[Outline, int]:
    """Axis through atoms or through the empty channel, whichever fits the diameter better.

    The axis has letter 0; wurtzite that starts at letter 2 alternates between 2 and 1 (channel),
    at letter 0 between 0 and 2 (atoms).
    """
    choices = [(cross_section(root.cross_section, material, on_atoms=True), 0)]
    if root.phase == "wz":
        choices.append((cross_section(root.cross_section, material, on_atoms=False), 2))
    wanted = root.cross_section.diameter / materials.lattice_constant(material)
    return min(choices, key=lambda choice: abs(choice[0].diameter - wanted))


def _in_core(root: Stack, start: Array, length: float) -> Array:
    core = root.core
    assert core is not None
    base = float(start[:, 2].min())
    centre = base + (core.position if core.position is not None else length / 3.0)
    radius = 0.5 * core.diameter
    if centre - radius < base or centre + radius > base + length:
        raise InputError(
            "root.core.position",
            f"{(centre - base) / 10:.3g} nm",
            f"puts part of the {core.diameter / 10:.3g} nm core outside the rod ({length / 10:.3g} nm long)",
            f"Choose a position from {radius / 10:.3g} nm to {(length - radius) / 10:.3g} nm",
        )
    return np.linalg.norm(start - np.array([0.0, 0.0, centre]), axis=1) <= radius
