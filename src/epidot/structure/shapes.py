"""Cross-sections and solids cut out of the site network, snapped so that cuts break single bonds.

Lengths are in units of the lattice constant. A solid is known by its gauge: 1 on its surface, 0 at
its centre, proportional to the distance along each ray; so solids may be scaled, grown by shells
and compared ray by ray.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.design.design import CrossSection
from epidot.structure.lattice import BILAYER, CUT, FACETS, ROW, Frame

Array = NDArray[Any]

HEXAGON_INRADIUS: Final[dict[str, float]] = {
    "area": float(np.sqrt(np.pi / (8.0 * np.sqrt(3.0)))),
    "tem": float(np.pi / (4.0 * np.sqrt(3.0))),
    "flats": 0.5,
}
"""Inradius over diameter of a hexagon: the diameter is that of the circle of equal area, the mean width
over all directions (perimeter over π, Cauchy), or the width from flat to flat."""
ZIGZAG: Final = 1.0 / np.sqrt(8.0)
"""Distance between neighbouring {11-20} rows; the same for {110} planes of zinc blende."""


def inradius(section: CrossSection, diameter: float) -> float:
    """Inradius of a cross-section of that diameter, in the same unit."""
    return diameter * (0.5 if section.shape == "circle" else HEXAGON_INRADIUS[section.measure])


def diameter(section: CrossSection, radius: float) -> float:
    """The inverse of `inradius`."""
    return radius / (0.5 if section.shape == "circle" else HEXAGON_INRADIUS[section.measure])


def circumradius(section: CrossSection, radius: float) -> float:
    """Largest distance from the axis of a cross-section of that inradius."""
    return radius * (1.0 if section.shape == "circle" else 2.0 / np.sqrt(3.0))


def snapped(section: CrossSection, radius: float, *, on_axis: bool) -> float:
    """The nearest inradius whose facets break one bond per atom.

    A {10-10} facet does so only if the cut lies half-way along the bonds perpendicular to it: (n + 1/2)
    rows from an axis through atoms, n rows from an axis in the empty channel of the wurtzite stacking.
    {11-20} facets are cut between two zigzag rows. A circle is left as it is.
    """
    if section.shape == "circle":
        return radius
    step = ROW if section.facets == "{10-10}" else ZIGZAG
    offset = 0.5 if on_axis or section.facets == "{11-20}" else 0.0
    return (max(round(radius / step - offset), 1) + offset) * step


def reach(section: CrossSection, lateral: Array, frame: Frame) -> Array:
    """Inradius (point,) of the cross-section on whose outline each lateral position (point, 3) lies."""
    if section.shape == "circle":
        return np.linalg.norm(lateral, axis=1)
    return np.abs(lateral @ side_normals(section, frame).T).max(axis=1)


def side_normals(section: CrossSection, frame: Frame) -> Array:
    """Three of the six side normals of a hexagonal stack, (3, 3).

    {10-10}: along the letter step and 60° from it; {11-20}: turned by 30°.
    """
    along = frame.step / np.linalg.norm(frame.step)
    across = np.cross(frame.axis, along)
    angles = np.pi / 3.0 * np.arange(3) + (np.pi / 6.0 if section.facets == "{11-20}" else 0.0)
    return np.cos(angles)[:, None] * along + np.sin(angles)[:, None] * across


@dataclass(frozen=True)
class Ellipsoid:
    """A sphere, or a spheroid about the axis `axis`."""

    radius: float
    axial: float
    axis: Array

    def gauge(self, points: Array) -> Array:
        """(point,) from points (point, 3) about the centre."""
        along = points @ self.axis
        square = np.einsum("px,px->p", points, points) - along**2
        return np.sqrt(np.maximum(square, 0.0) / self.radius**2 + along**2 / self.axial**2)

    def grown(self, lateral: float, axial: float) -> Ellipsoid:
        """With a shell of these thicknesses."""
        return Ellipsoid(self.radius + lateral, self.axial + axial, self.axis)

    def box(self) -> Array:
        """(3,) half-widths of a box about it."""
        return np.full(3, max(self.radius, self.axial))

    @property
    def tem_diameter(self) -> float:
        """Of the circle with the mean projected area."""
        ratio = self.axial / self.radius
        if abs(ratio - 1.0) < 1e-9:
            return 2.0 * self.radius
        eccentric = np.sqrt(abs(1.0 - min(ratio, 1.0 / ratio) ** 2))
        if ratio > 1.0:
            area = 2.0 * np.pi * self.radius**2 * (1.0 + ratio / eccentric * np.arcsin(eccentric))
        else:
            area = 2.0 * np.pi * self.radius**2 * (1.0 + ratio**2 / eccentric * np.arctanh(eccentric))
        return float(np.sqrt(area / np.pi))


@dataclass(frozen=True)
class Polyhedron:
    """A convex polyhedron about the origin: points with normal · r ≤ distance for each facet."""

    normals: Array
    """(facet, 3) unit vectors."""
    distances: Array
    """(facet,)"""
    steps: Array
    """(facet,) distance between equivalent cuts; 0 for a facet that may be cut anywhere."""
    offsets: Array
    """(facet,) distance of the first cut."""
    axial: Array
    """(facet,) bool: whether the facet is an end, grown by the axial thickness of a shell."""

    def gauge(self, points: Array) -> Array:
        """(point,) from points (point, 3) about the centre."""
        return np.maximum((points @ (self.normals / self.distances[:, None]).T).max(axis=1), 0.0)

    def grown(self, lateral: float, axial: float) -> Polyhedron:
        """With a shell of these thicknesses."""
        wider = self.distances + np.where(self.axial, axial, lateral)
        return Polyhedron(self.normals, wider, self.steps, self.offsets, self.axial)

    def scaled(self, factor: float) -> Polyhedron:
        """All distances times a factor."""
        return Polyhedron(self.normals, factor * self.distances, self.steps, self.offsets, self.axial)

    def snapped(self) -> Polyhedron:
        """Each facet moved to the nearest cut that breaks the fewest bonds."""
        step = np.where(self.steps > 0.0, self.steps, 1.0)
        number = np.maximum(np.round((self.distances - self.offsets) / step), 0.0)
        moved = np.where(self.steps > 0.0, self.offsets + number * step, self.distances)
        return Polyhedron(self.normals, np.maximum(moved, 0.2), self.steps, self.offsets, self.axial)

    def corners(self) -> Array:
        """(corner, 3)"""
        from scipy.spatial import HalfspaceIntersection

        halfspaces = np.column_stack([self.normals, -self.distances])
        return HalfspaceIntersection(halfspaces, np.zeros(3)).intersections

    def box(self) -> Array:
        """(3,) half-widths of a box about it."""
        return np.abs(self.corners()).max(axis=0)

    @property
    def tem_diameter(self) -> float:
        """Of the circle with the mean projected area: a quarter of a convex body's surface (Cauchy)."""
        from scipy.spatial import ConvexHull

        return float(np.sqrt(ConvexHull(self.corners()).area / np.pi))


Solid = Ellipsoid | Polyhedron

_PYRAMID: Final = np.arctan(np.sqrt(8.0 / 3.0) * 2.0 / np.sqrt(3.0))
"""Angle between the normals of {10-11} and (0001) at ideal c/a: 62.06°."""
_ZB_RATIOS: Final[dict[str, dict[str, float]]] = {
    "cube": {"{100}": 1.0},
    "tetrahedron": {"(111)": 1.0},
    "truncated_tetrahedron": {"(111)": 1.0, "(-1-1-1)": 5.0 / 3.0},
    "octahedron": {"(111)": 1.0, "(-1-1-1)": 1.0},
    "truncated_octahedron": {"(111)": 1.0, "(-1-1-1)": 1.0, "{100}": 2.0 / np.sqrt(3.0)},
    "cuboctahedron": {"(111)": 1.0, "(-1-1-1)": 1.0, "{100}": np.sqrt(3.0) / 2.0},
}
"""Relative distances of the facets from the centre; truncations to regular faces."""


def solid(
    shape: str, size: float, frame: Frame, *, height: float | None, energies: dict[str, float]
) -> Solid:
    """A solid of about this TEM diameter, its facets snapped.

    Parameters
    ----------
    shape : as in the design.
    size : diameter; of a hexagonal prism that of the base.
    frame : axis, letter step and channel of a wurtzite crystal; cubic axes are x, y, z.
    height : of a hexagonal prism; default: `size`.
    energies : of a ``wulff`` shape, facet by facet.
    """
    if shape == "sphere":
        return Ellipsoid(0.5 * size, 0.5 * size, frame.axis)
    if shape == "hexagonal_prism":
        tall = size if height is None else height
        flats = HEXAGON_INRADIUS["area"] * size
        # Whole bilayers; cuts on the two sides lie at different heights above their layers.
        layers = max(round(tall / BILAYER), 1)
        top, bottom = layers // 2 + CUT, (layers - 1) // 2 + 1.0 - CUT
        wanted = {"{10-10}": flats, "(0001)": top * BILAYER, "(000-1)": bottom * BILAYER}
        return _polyhedron(wanted, frame).snapped()
    if shape == "hexagonal_bipyramid":
        wanted = {"{10-11}": 1.0, "{10-1-1}": 1.0}
    else:
        wanted = energies if shape == "wulff" else _ZB_RATIOS[shape]
    rough = _bounded(_polyhedron(wanted, frame))
    return rough.scaled(size / rough.tem_diameter).snapped()


def _bounded(body: Polyhedron) -> Polyhedron:
    # Facets of high energy alone may leave a crystal open; a distant cube closes it.
    far = 4.0 * body.distances.max()
    cube = np.vstack([np.eye(3), -np.eye(3)])
    normals = np.vstack([body.normals, cube])
    zeros = np.zeros(6)
    return Polyhedron(
        normals,
        np.append(body.distances, np.full(6, far)),
        np.append(body.steps, zeros),
        np.append(body.offsets, zeros),
        np.append(body.axial, np.zeros(6, bool)),
    )


def _polyhedron(distances: dict[str, float], frame: Frame) -> Polyhedron:
    normals: list[Array] = []
    values: list[float] = []
    cuts: list[tuple[float, float]] = []
    axial: list[bool] = []
    for name, distance in distances.items():
        family, step, offset = _facets(name, frame)
        normals += list(family)
        values += [distance] * len(family)
        cuts += [(step, offset)] * len(family)
        axial += [name in ("(0001)", "(000-1)")] * len(family)
    steps, offsets = np.array(cuts).T
    return Polyhedron(np.array(normals), np.array(values), steps, offsets, np.array(axial))


def _facets(name: str, frame: Frame) -> tuple[Array, float, float]:
    """Normals of a family, distance between cuts and distance of the first one.

    {100} faces are cut above a layer of cations, as these crystals grow rich in cations.
    """
    n, along = frame.axis, frame.step / np.linalg.norm(frame.step)
    across = np.cross(n, along)
    angles = np.pi / 3.0 * np.arange(6)
    sides = np.cos(angles)[:, None] * along + np.sin(angles)[:, None] * across
    turned = np.cos(angles + np.pi / 6.0)[:, None] * along + np.sin(angles + np.pi / 6.0)[:, None] * across
    up, out = np.cos(_PYRAMID), np.sin(_PYRAMID)
    signs = np.array([[i, j] for i in (-1.0, 1.0) for j in (-1.0, 1.0)])
    edges = [np.insert(signs, place, 0.0, axis=1) / np.sqrt(2.0) for place in range(3)]
    table = {
        "(111)": (FACETS / np.sqrt(3.0), BILAYER, CUT * BILAYER),
        "(-1-1-1)": (-FACETS / np.sqrt(3.0), BILAYER, (1.0 - CUT) * BILAYER),
        "{100}": (np.vstack([np.eye(3), -np.eye(3)]), 0.5, 0.125),
        "{110}": (np.vstack(edges), ZIGZAG, 0.5 * ZIGZAG),
        "(0001)": (n[None], BILAYER, CUT * BILAYER),
        "(000-1)": (-n[None], BILAYER, (1.0 - CUT) * BILAYER),
        "{10-10}": (sides, ROW, ROW),
        "{11-20}": (turned, ZIGZAG, 0.5 * ZIGZAG),
        "{10-11}": (out * sides + up * n, 0.0, 0.0),
        "{10-1-1}": (out * sides - up * n, 0.0, 0.0),
    }
    return table[name.replace(" ", "")]
