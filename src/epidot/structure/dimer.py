"""Two dots fused through a neck, on one lattice or with a misorientation between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from epidot import materials
from epidot.design.design import Design, Dimer
from epidot.errors import InputError
from epidot.structure.assembly import Assembly, Blend, point
from epidot.structure.dot import Layers, composition, crystal, layers, note_dot
from epidot.structure.lattice import BILAYER, BOND, CUT, ROW, Frame, Sites, rod_frame
from epidot.structure.shapes import ZIGZAG

Array = NDArray[Any]

_LEAST_GAP: Final = 2.2
"""In bonds: facets that face each other over less, without being joined, leave no room for ligands."""


@dataclass(frozen=True)
class Course:
    """The line between the centres of two dots; lengths in units of a."""

    axis: Array
    """(3,) unit vector."""
    period: float
    """Of the lattice along it: how far apart centres may be."""
    cut: float
    """Distance of equivalent planes that break the fewest bonds."""
    offset: float
    """Place of the first of them, from the centre of the first dot."""


def put_dimer(design: Design, root: Dimer, assembly: Assembly) -> None:
    """Two dots along the normal of the facets that joined them, the plane between them at the origin."""
    frame = rod_frame()
    course = _course(root, frame)
    axis = course.axis
    dots = [layers(dot, dot.shells, frame) for dot in root.dots]
    extents = [_extent(nested, sign * axis) for nested, sign in zip(dots, (1.0, -1.0), strict=True)]
    distance = _distance(root, course, sum(extents))
    # Spheres that only touch would share one atom: the neck fills what lies between them.
    middle = extents[0] + 0.5 * (distance - sum(extents))
    plane = course.offset + round((middle - course.offset) / course.cut) * course.cut
    turned = Rotation.from_rotvec(np.radians(root.twist) * axis) * Rotation.from_rotvec(
        np.radians(root.tilt) * _across(axis)
    )
    seats: tuple[tuple[float, float, Array], ...] = (
        (0.0, plane, np.eye(3)),
        (distance, plane - distance, np.asarray(turned.as_matrix())),
    )
    ends: list[Array] = []
    for number, (nested, seat) in enumerate(zip(dots, seats, strict=True)):
        ends.append(_put_half(root, number, nested, (axis, seat[0], seat[1], seat[2]), assembly))
        note_dot(nested, root.dots[number], f"root.dots[{number}]", assembly)
    assembly.paths.append(("the line between the dots", (point(ends[0]), point(ends[1]))))
    if root.neck.gap is not None:
        assembly.realise("root.neck.gap", root.neck.gap, (distance - sum(extents)) * _lattice(root))
    assembly.seam = True


def _course(root: Dimer, frame: Frame) -> Course:
    """The line, its period, and the planes at which one bond of each atom is cut."""
    step, first = frame.step / np.linalg.norm(frame.step), frame.first / np.linalg.norm(frame.first)
    # Turned by 60° the letters run backwards: columns meet again at every third plane.
    twin = np.cos(np.radians(3.0 * root.twist)) < 0.0
    axial = CUT * BILAYER
    return {
        "(0001)": Course(frame.axis, 2.0 * BILAYER, BILAYER, axial),
        "{10-10}": Course(step, 2.0 * ROW, ROW, 0.0),
        "{11-20}": Course(first, 2.0 * ZIGZAG, ZIGZAG, 0.5 * ZIGZAG),
        "{111}": Course(np.ones(3) / np.sqrt(3.0), 3.0 * BILAYER, (3.0 if twin else 1.0) * BILAYER, axial),
        "{100}": Course(np.array([1.0, 0.0, 0.0]), 1.0, 0.25, 0.125),
    }[root.attach]


def _distance(root: Dimer, course: Course, extent: float) -> float:
    """Between the centres: a whole number of periods, so that the lattices continue each other."""
    period, gap = course.period, root.neck.gap
    faceted = any(dot.shape != "sphere" for dot in root.dots)
    # The sixfold screw of wurtzite turns by 60° and climbs by one layer.
    shift = BILAYER if root.attach == "(0001)" and np.cos(np.radians(3.0 * root.twist)) < 0.0 else 0.0
    least = _LEAST_GAP * BOND if faceted else 0.0
    if gap is None:
        # Facets that touch would join over their whole width, not over the neck.
        count = np.ceil((extent + least - shift) / period) if faceted else round((extent - shift) / period)
        return float(max(count, 1)) * period + shift
    constant = _lattice(root)
    distance = max(round((extent + gap / constant - shift) / period), 1) * period + shift
    if 0.2 < distance - extent < least:
        enough = (np.ceil((extent + least - shift) / period) * period + shift - extent) * constant
        rule = "leaves facets face to face that neither join nor have room for ligands"
        cure = f"Give {np.ceil(enough) / 10.0:.1f} nm or more, or 0.01 nm to join whole facets"
        raise InputError("root.neck.gap", f"{gap / 10.0:.3g} nm", rule, cure)
    return distance


def _across(axis: Array) -> Array:
    other = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = np.cross(axis, other)
    return side / np.linalg.norm(side)


def _extent(nested: Layers, direction: Array) -> float:
    return 1.0 / float(nested.outer.gauge(direction[None])[0])


def _lattice(root: Dimer) -> float:
    return materials.lattice_constant(_neck_material(root))


def _neck_material(root: Dimer) -> str:
    first = root.dots[0]
    return root.neck.material or (first.shells[-1].material if first.shells else first.material)


def _put_half(
    root: Dimer, number: int, nested: Layers, seat: tuple[Array, float, float, Array], assembly: Assembly
) -> Array:
    """One dot and its half of the neck, up to the plane; the far end of its axis (3,) in Å."""
    axis, centre, plane, turn = seat
    side = 1.0 if number == 0 else -1.0
    radius = 0.5 * root.neck.diameter / _lattice(root)
    reach = np.maximum(nested.outer.box() + 0.5, abs(plane) + 1.0)
    sites, _ = crystal(root.phase, np.full(3, float(np.linalg.norm(reach))))
    crystal_frame = sites.position
    local = crystal_frame @ turn.T
    along = local @ axis
    lateral = np.linalg.norm(local - along[:, None] * axis, axis=1)
    # A plane exactly through a layer would give it to both halves.
    mine = side * (along - plane) <= (1e-7 if number == 0 else -1e-7)
    in_dot = nested.outer.gauge(crystal_frame) <= 1.0 + 1e-9
    in_neck = (lateral <= radius) & (side * along >= 0.0)
    kept = mine & (in_dot | in_neck)
    if not (kept & in_neck).any():
        rule, cure = "holds no atom", "Make it wider"
        raise InputError("root.neck.diameter", f"{root.neck.diameter / 10:.3g} nm", rule, cure)
    sites = _moved(sites.keep(kept), turn, centre * axis)
    crystal_frame, local, in_dot = crystal_frame[kept], local[kept], in_dot[kept]
    segment, blend = composition(nested, crystal_frame, assembly, f"dot{number + 1}.")
    what = _neck_material(root)
    label = assembly.label(what)
    if not in_dot.all():
        segment = np.where(in_dot, segment, assembly.name("neck", what))
    blend = Blend(
        np.where(in_dot, blend.label, label),
        blend.other,
        np.where(in_dot, blend.share, 0.0).astype(np.float32),
        blend.sublattice,
    )
    space = nested.space
    to_plane = side * space.along(turn.T @ (side * axis), abs(plane))
    start = space(crystal_frame) @ turn.T - to_plane * axis
    assembly.add(f"root.dots[{number}]", sites, start, segment, blend)
    far = float((start @ (-side * axis)).max())
    return -side * far * axis


def _moved(sites: Sites, turn: Array, shift: Array) -> Sites:
    return Sites(
        sites.position @ turn.T + shift,
        sites.cation,
        sites.bilayer,
        sites.tetrahedron,
        sites.tetrahedra @ turn.T,
    )
