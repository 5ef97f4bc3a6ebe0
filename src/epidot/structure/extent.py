"""How large a particle is: volumes, silhouettes, lengths along its principal axes.

The surface of a particle is the one through the middles of its dangling bonds, which encloses the sites of
its atoms (see `Dangling`). Attached atoms do not count.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from epidot.structure.composition import masses
from epidot.structure.crowding import sphere_points
from epidot.structure.facets import Facets
from epidot.structure.per_atom import own_bonds, own_volumes
from epidot.structure.structure import Structure

Array = NDArray[Any]
_VIEWS: Final = 64
"""Directions over which silhouettes are averaged."""
_DISCS: Final = (1.25, 2.0)
"""Radii (bonds) of the discs that cover a silhouette. Dangling bonds are at most 1.7 bonds apart on the
facets of both crystals, so the smaller leaves no gap."""
_PIXEL: Final = 0.5
"""Bonds."""
_PIXELS: Final = 2000
"""Most pixels across a silhouette."""
_LIKE: Final = 0.05
"""Principal moments closer than this, relative to the largest, count as equal."""


def sizes(structure: Structure, surface: Facets) -> dict[str, Any]:
    """The ``sizes`` block of ``summary.json``; keys name their units.

    The radius of gyration is that of the masses of the network's atoms, the TEM diameter that of the
    circle with the silhouette's mean area.
    """
    positions, volume = structure.positions, own_volumes(structure)
    points = surface.dangling.middle
    per_compound = volumes(structure)
    total = sum(per_compound.values())
    shadow = mean_silhouette(points, float(own_bonds(structure).max()))
    return {
        "volume_nm3": per_compound,
        "total_volume_nm3": total,
        "surface_area_nm2": 0.01 * surface.surface,
        "surface_to_volume_per_nm": 0.01 * surface.surface / total,
        "radius_of_gyration_nm": 0.1 * radius_of_gyration(positions, masses(structure.numbers)),
        "bounding_lengths_nm": [0.1 * length for length in bounding_lengths(points, volume, positions)],
        "tem_diameter_nm": 0.1 * float(np.sqrt(4.0 * shadow / np.pi)),
    }


def volumes(structure: Structure) -> dict[str, float]:
    """Volume of each compound present, nm³: a³/8 per atom, which is what light is absorbed by."""
    per_compound = np.bincount(structure.material, own_volumes(structure), minlength=len(structure.materials))
    return {name: float(1e-3 * v) for name, v in zip(structure.materials, per_compound, strict=True)}


def radius_of_gyration(positions: Array, masses: Array) -> float:
    """Root of the mean square distance from the centre of mass, in the unit of `positions` (atom, 3)."""
    centre = masses @ positions / masses.sum()
    return float(np.sqrt(masses @ np.square(positions - centre).sum(axis=1) / masses.sum()))


def bounding_lengths(points: Array, volume: Array, positions: Array) -> list[float]:
    """Extents along the three principal axes of a body, longest first, in the unit of `points`.

    Where moments are equal, as in a tetrapod or across a rod, principal axes are arbitrary. There the
    longest distance between two points takes the place of an axis, then the longest across it.

    Parameters
    ----------
    points : (point, 3) points of the surface.
    volume, positions : (atom,) and (atom, 3), where the volume is.
    """
    centre = volume @ positions / volume.sum()
    moments, axes = np.linalg.eigh(((positions - centre).T * volume) @ (positions - centre))
    outer = points[ConvexHull(points).vertices]
    lengths: list[float] = []
    for group in _equal(moments):
        seen = outer @ axes[:, group]
        while seen.shape[1]:
            longest = _longest(seen) if seen.shape[1] > 1 else np.ones(1)
            along = seen @ longest
            lengths.append(float(np.ptp(along)))
            # What is left of the plane or the line once the axis is taken out.
            rest = np.linalg.svd(longest[None, :])[2][1:]
            seen = seen @ rest.T
    return sorted(lengths, reverse=True)


def _equal(moments: Array) -> list[list[int]]:
    groups = [[0]]
    for place in (1, 2):
        if moments[place] - moments[place - 1] <= _LIKE * moments[2]:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _longest(points: Array) -> Array:
    """Unit vector along the longest distance between two of `points` (point, dimension)."""
    outer = points[ConvexHull(points).vertices]
    apart = outer[:, None, :] - outer[None, :, :]
    square = np.square(apart).sum(axis=2)
    first, second = np.unravel_index(square.argmax(), square.shape)
    return apart[first, second] / np.sqrt(square[first, second])


def mean_silhouette(points: Array, bond: float) -> float:
    """Projected area of a body, averaged over all directions, in the square of the unit of `points`.

    `points` (point, 3) lie on its surface, `bond` is the bond length. For convex bodies it is a quarter
    of the surface (Cauchy). The silhouette is covered with discs of two radii around the points; Steiner's
    formula A(r) = A + r P + π r² leads back to r = 0, P being the perimeter.
    """
    small, large = (bond * radius for radius in _DISCS)
    reach = float(np.linalg.norm(np.ptp(points, axis=0)))
    pixel = max(_PIXEL * bond, reach / _PIXELS)
    views = sphere_points(2 * _VIEWS)[:_VIEWS]
    across, upward = _screens(views)
    columns = np.ascontiguousarray(points.T)
    area = np.zeros(2)
    for right, up in zip(across, upward, strict=True):
        seen = np.stack([right, up]) @ columns
        area += [_shadow(seen, radius, pixel) / _VIEWS for radius in (small, large)]
    perimeter = (area[1] - area[0] - np.pi * (large**2 - small**2)) / (large - small)
    return float(area[0] - small * perimeter - np.pi * small**2)


def _screens(views: Array) -> tuple[Array, Array]:
    helper = np.eye(3)[np.abs(views).argmin(axis=1)]
    across = np.cross(views, helper)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return across, np.cross(views, across)


def _shadow(seen: Array, radius: float, pixel: float) -> float:
    """Area of the union of discs around points (2, point) of a plane."""
    low = seen.min(axis=1) - radius - pixel
    columns, rows = (int(n) + 3 for n in (seen.max(axis=1) + radius - low) / pixel)
    # Where each row of each disc begins (+1) and has ended (-1).
    edges = np.zeros((rows, columns), dtype=np.int16)
    return float(_covered((seen - low[:, None]) / pixel, radius / pixel, edges)) * pixel * pixel


@njit(cache=True)
def _covered(places: Array, radius: float, edges: Array) -> int:
    """Number of pixels under discs around `places` (2, point); lengths in pixels, `edges` is zero."""
    for point in range(places.shape[1]):
        x, y = places[0, point], places[1, point]
        for row in range(int(np.ceil(y - radius - 0.5)), int(np.floor(y + radius - 0.5)) + 1):
            chord = np.sqrt(max(radius * radius - (row + 0.5 - y) ** 2, 0.0))
            edges[row, int(np.ceil(x - chord - 0.5))] += 1
            edges[row, int(np.floor(x + chord - 0.5)) + 1] -= 1
    covered = 0
    for row in range(len(edges)):
        depth = 0
        for column in range(edges.shape[1]):
            depth += edges[row, column]
            if depth > 0:
                covered += 1
    return covered
