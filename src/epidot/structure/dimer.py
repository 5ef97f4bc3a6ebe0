"""Two dots fused through a neck, on one lattice or with a misorientation between them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from epidot import materials
from epidot.design.design import Design, Dimer
from epidot.errors import InputError
from epidot.structure.assembly import Assembly, Blend, point
from epidot.structure.dot import Layers, composition, crystal, layers, note_dot
from epidot.structure.lattice import BILAYER, ROW, Frame, Sites, rod_frame
from epidot.structure.shapes import ZIGZAG

Array = NDArray[Any]

_CUBIC: Final = {
    "{111}": (np.array([1.0, 1.0, 1.0]) / np.sqrt(3.0), 3.0 * BILAYER),
    "{100}": (np.array([1.0, 0.0, 0.0]), 1.0),
}


def put_dimer(design: Design, root: Dimer, assembly: Assembly) -> None:
    """Two dots along the normal of the facets that joined them, the plane between them at the origin."""
    frame = rod_frame()
    axis, period = _direction(root.attach, frame)
    dots = [layers(dot, dot.shells, frame) for dot in root.dots]
    extents = [_extent(nested, sign * axis) for nested, sign in zip(dots, (1.0, -1.0), strict=True)]
    constant = _lattice(root)
    # Facets that touch would join over their whole width, not over the neck.
    least = period if any(dot.shape != "sphere" for dot in root.dots) else 0.0
    gap = least if root.neck.gap is None else root.neck.gap / constant
    distance = max(round((sum(extents) + gap) / period), 1) * period
    # Spheres that only touch would share one atom: the neck fills what lies between them.
    plane = extents[0] + 0.5 * (distance - sum(extents))
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
        assembly.realise("root.neck.gap", root.neck.gap, (distance - sum(extents)) * constant)
    if root.twist != 0.0 or root.tilt != 0.0:
        assembly.seam = True


def _direction(attach: str, frame: Frame) -> tuple[Array, float]:
    """Unit vector of the line between the centres and the lattice period along it."""
    if attach in _CUBIC:
        return _CUBIC[attach]
    step, first = frame.step / np.linalg.norm(frame.step), frame.first / np.linalg.norm(frame.first)
    return {
        "(0001)": (frame.axis, 2.0 * BILAYER),
        "{10-10}": (step, 2.0 * ROW),
        "{11-20}": (first, 2.0 * ZIGZAG),
    }[attach]


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
