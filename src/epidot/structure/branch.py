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
    widest = max(limb.column.outline.inradius for limb in limbs)
    domain = _domain(top, widest, 0.5 * root.core.diameter / radial.constants[0] if root.core else 0.0)
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
    margin = MARGIN / radial.constants[-1]
    needed = 0.0 if root.core is None else float(radial.bounds[0])
    lowest = int(np.ceil(needed / BILAYER - CUT))
    while True:
        widest = max(_outline(arm, lowest).inradius for arm in root.arms)
        if (lowest + CUT) * BILAYER >= widest / np.sqrt(2.0) + margin:
            break
        lowest += 1
    return min(range(lowest, lowest + 3), key=lambda top: (round(_misfit(root, top), 6), top))


def _outline(arm: Arm, top: int) -> Outline:
    # Above layer `top` wurtzite alternates between its letter and the one before; the axis has letter 0.
    on_atoms = arm.phase == "zb" or top % 3 != 2
    return cross_section(arm.cross_section, arm.segments[0].material, on_atoms=on_atoms)


def _misfit(root: BranchPoint, top: int) -> float:
    """Sum over the arms of the difference between snapped and wanted diameter, Å."""
    height = (top + CUT) * BILAYER
    total = 0.0
    for arm in root.arms:
        shape = _outline(arm, top)
        constant = materials.lattice_constant(arm.segments[0].material)
        collides = shape.inradius > np.sqrt(2.0) * height
        total += np.inf if collides else abs(shape.diameter * constant - arm.cross_section.diameter)
    return total


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


def _domain(top: int, inradius: float, core: float) -> Sites:
    """A tetrahedron with faces at `top`, its corners cut off just outside the arms and the core."""
    height = (top + CUT) * BILAYER
    # The corner-side facets of the prisms leave their {111} faces along the plane -n·r = h/3 + R sqrt(8/9).
    corner = max(height / 3.0 + inradius * np.sqrt(8.0 / 9.0), core)
    bottom = int(np.ceil(corner / BILAYER - 1.0 + CUT))
    sites = cubic_sites(float(np.sqrt(3.0)) * (corner + height) + 1.0)
    axes = np.array([facet_frame(facet).axis for facet in range(4)])
    heights = sites.position @ axes.T / BILAYER
    return sites.keep((heights.max(axis=1) <= top + CUT) & (heights.min(axis=1) >= -bottom - 1.0 + CUT))


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
