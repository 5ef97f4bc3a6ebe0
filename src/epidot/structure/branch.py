"""Branch points: a zinc-blende domain with arms on its {111}A facets.

Collar rule: prisms of inradius R on facets at height h of a tetrahedral domain do not meet
if h ≥ R / tan(109.47°/2) = R/√2. The domain (a matter of phase) is made that large; which
material fills it (a matter of composition) is independent of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Arm, BranchPoint
from epidot.errors import InputError
from epidot.structure.bonds import filled_notches
from epidot.structure.lattice import BILAYER, CUT, Frame, Sites, cubic_sites, facet_frame, joined
from epidot.structure.network import Network, RadialScale
from epidot.structure.rod import (
    Column,
    cross_section,
    grow,
    place_column,
    realised_diameter,
    realised_lengths,
)
from epidot.structure.shapes import Outline

Array = NDArray[Any]
MARGIN: Final = 2.5
"""Å by which the domain is higher than the collar rule asks, so that facing side facets stay apart."""


@dataclass(frozen=True)
class _Limb:
    arm: Arm
    path: str
    frame: Frame
    column: Column


def branch_network(root: BranchPoint) -> Network:
    """A branched particle centred on a cation of its zinc-blende domain, on cubic axes."""
    constant = materials.lattice_constant(root.material)
    radial = _radial_scale(root, constant)
    top = _domain_top(root, radial)
    limbs = _limbs(root, top)
    domain = _domain(top, limbs, float(radial.bounds[0]) if root.core else 0.0)
    names, owners = ["core"], [root.core.material if root.core else root.material]
    owner = np.zeros(len(domain.position), dtype=np.int64)
    if root.core is not None and root.core.material != root.material:
        owner = (np.linalg.norm(domain.position, axis=1) > radial.bounds[0] + 1e-9).astype(np.int64)
        names, owners = [*names, "collar"], [*owners, root.material]
    parts, segment, start = [domain], [owner], [radial(domain.position)]
    for number, limb in enumerate(limbs):
        parts.append(limb.column.sites)
        segment.append(limb.column.segment + len(names))
        base = float(radial(top * BILAYER * limb.frame.axis[None, :])[0] @ limb.frame.axis)
        start.append(place_column(limb.column, limb.frame) + base * limb.frame.axis)
        names += [f"arm{number + 1}.s{place + 1}" for place in range(len(limb.arm.segments))]
        owners += [part.material for part in limb.arm.segments]
    positions = np.concatenate(start)
    paths = _paths(limbs, radial, top)
    return Network(
        joined(parts),
        np.concatenate(segment),
        positions,
        tuple(names),
        tuple(owners),
        paths,
        _realised(root, limbs, top),
    )


def _radial_scale(root: BranchPoint, constant: float) -> RadialScale:
    if root.core is None:
        return RadialScale(np.array([np.inf]), np.array([constant]))
    inner = materials.lattice_constant(root.core.material)
    return RadialScale(np.array([0.5 * root.core.diameter / inner, np.inf]), np.array([inner, constant]))


def _domain_top(root: BranchPoint, radial: RadialScale) -> int:
    """Bilayers of the domain along each arm: the collar rule, then the best-fitting arm diameter."""
    lowest = 0 if root.core is None else int(np.ceil(float(radial.bounds[0]) / BILAYER - CUT))
    margin = MARGIN / radial.constants[-1]
    if root.junction.height is not None:
        return _fixed_top(root, root.junction.height, margin)
    while not _fits(root, lowest, margin):
        lowest += 1
    choices = [top for top in range(lowest, lowest + 3) if _fits(root, top, margin)]
    return min(choices, key=lambda top: (round(_misfit(root, top), 6), top))


def _fits(root: BranchPoint, top: int, margin: float) -> bool:
    widest = max(_outline(arm, top).inradius for arm in root.arms)
    return bool((top + CUT) * BILAYER >= widest / np.sqrt(2.0) + margin)


def _fixed_top(root: BranchPoint, height: float, margin: float) -> int:
    step = BILAYER * materials.lattice_constant(root.material)
    top = max(round(height / step - CUT), 0)
    if len(root.arms) > 1 and not _fits(root, top, margin):
        least = next(number for number in range(top, 1000) if _fits(root, number, margin))
        raise InputError(
            "root.junction.height",
            f"{height / 10:.3g} nm",
            "lets the arms collide: prisms of this diameter need a higher zinc-blende domain",
            f"Give at least {np.ceil((least + CUT) * step * 10) / 100:.2f} nm, thinner arms, or rule: collar",
        )
    return top


def _misfit(root: BranchPoint, top: int) -> float:
    """Sum over the arms of the difference between snapped and wanted diameter, Å."""
    total = 0.0
    for arm in root.arms:
        constant = materials.lattice_constant(arm.segments[0].material)
        total += abs(_outline(arm, top).diameter * constant - arm.cross_section.diameter)
    return total


def _outline(arm: Arm, top: int) -> Outline:
    # Above layer `top` wurtzite alternates between its letter and the one before; the axis has letter 0.
    on_atoms = arm.phase == "zb" or top % 3 != 2
    return cross_section(arm.cross_section, arm.segments[0].material, on_atoms=on_atoms)


def _limbs(root: BranchPoint, top: int) -> list[_Limb]:
    taken = [arm.facet for arm in root.arms if arm.facet is not None]
    free = [facet for facet in range(4) if facet not in taken]
    limbs: list[_Limb] = []
    for place, arm in enumerate(root.arms):
        path = f"root.arms[{place}]"
        facet = arm.facet if arm.facet is not None else free.pop(0)
        frame = facet_frame(facet)
        column = grow(frame, arm.phase, arm.segments, _outline(arm, top), (top, root.material, path))
        limbs.append(_Limb(arm, path, frame, column))
    return limbs


def _domain(top: int, limbs: list[_Limb], core: float) -> Sites:
    """Zinc blende below layer `top` of each facet: collar, core sphere, and the arms run on inwards.

    The collar is the tetrahedron on whose faces the arms just fit and one bilayer more, where the
    gap between them is still narrower than an atom; its corners are cut on {-1-1-1} where the
    edges of the arms leave the faces.
    """
    inradius = max(limb.column.outline.inradius for limb in limbs)
    collar = int(np.ceil(inradius / np.sqrt(2.0) / BILAYER - CUT)) + 1
    reach = max(np.hypot((top + 1) * BILAYER, limb.column.outline.circumradius) for limb in limbs)
    sites = cubic_sites(float(max(reach, core, 3.0 * (collar + 1) * BILAYER)))
    axes = np.array([facet_frame(facet).axis for facet in range(4)])
    heights = sites.position @ axes.T / BILAYER
    low, high = heights.min(axis=1), heights.max(axis=1)
    filled = (high <= collar + CUT) & (low >= -_corner(collar, inradius) - 1.0 + CUT)
    filled |= np.linalg.norm(sites.position, axis=1) <= core + 1e-9
    for limb in limbs:
        axial = sites.position @ limb.frame.axis
        lateral = sites.position - axial[:, None] * limb.frame.axis
        filled |= (axial >= 0.0) & limb.column.outline.inside(lateral, limb.frame)
    below = high <= top + CUT
    return sites.keep(filled_notches(sites, filled & below, below))


def _corner(top: int, inradius: float) -> int:
    """Bilayers along -n to where the corner-side facets of prisms on faces at `top` leave those faces.

    That is the plane -n·r = h/3 + R sqrt(8/9).
    """
    height = (top + CUT) * BILAYER
    return int(np.ceil((height / 3.0 + inradius * np.sqrt(8.0 / 9.0)) / BILAYER - 1.0 + CUT))


def _paths(limbs: list[_Limb], radial: RadialScale, top: int) -> Any:
    def end(limb: _Limb) -> tuple[float, float, float]:
        base = float(radial(top * BILAYER * limb.frame.axis[None, :])[0] @ limb.frame.axis)
        x, y, z = (base + limb.column.top) * limb.frame.axis
        return float(x), float(y), float(z)

    origin = (0.0, 0.0, 0.0)
    if len(limbs) == 1:
        return (("arm1 – core", (end(limbs[0]), origin)),)
    tips = [end(limb) for limb in limbs]
    return tuple(
        (f"arm1 – core – arm{number + 1}", (tips[0], origin, tips[number])) for number in range(1, len(limbs))
    )


def _realised(root: BranchPoint, limbs: list[_Limb], top: int) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    if root.core is not None:
        found["root.core.diameter"] = {"asked": root.core.diameter, "realised": root.core.diameter}
    for limb in limbs:
        found |= realised_lengths(limb.column, limb.arm.segments, limb.path)
        first = limb.arm.segments[0].material
        found |= realised_diameter(limb.arm.cross_section, limb.column.outline, first, limb.path)
    return found
