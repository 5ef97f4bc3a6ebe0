"""Surface charge that a charge inside a dielectric body of any shape induces.

The body is closed by flat triangles, each with an unknown induced charge. Gauss's law with
permittivities ε1 inside and ε2 outside gives, integrated over triangle k,

    Q_k − (f/2π) Σ_l ω_kl Q_l = (f / 2π ε1) q Ω_k(r),     f = (ε1 − ε2)/(ε1 + ε2),

where Ω_k(r) is the solid angle of triangle k seen from the charge q at r, and ω_kl its mean over
triangle l (Jackson, Classical Electrodynamics, §1.8 and §4.4; Tomasi, Mennucci and Cammi, Chem.
Rev. 105, 2999 (2005), the apparent-surface-charge equation). Solid angles are exact (van Oosterom
and Strackee, IEEE Trans. Biomed. Eng. 30, 125 (1983)), so ΣΩ = 4π and Σω = 2π hold to rounding
and the induced charges sum to q (1/ε2 − 1/ε1) whatever the mesh. Potentials of uniformly charged
triangles are exact nearby (Wilton et al., IEEE Trans. Antennas Propag. 32, 276 (1984)).

The potential of a charge on itself varies within a triangle when the charge is close to it. The
first iterate of the equation, σ(s) = (f / 2π ε1) q n·(s − r)/|s − r|³, carries this variation; its
potential at r over a flat triangle has the closed form that `_first_iterate` evaluates, so that a
plane gives the image potential f q/(2 ε1 d) exactly at any distance d.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.errors import InternalError
from epidot.numerics.occupancy import CELLS, REACH, blocks, levels_at, on_grid, to_distance

_NEAR: Final = 4.0
"""Longest edges of a panel up to which it is more than a point."""
_EXACT: Final = 0.25
"""Squared part of that distance up to which its integrals are exact; three points do beyond."""
_FLAT: Final = 1e-9
_SERIES: Final = 0.06
"""Tangent of half a solid angle up to which five terms of the arctangent's series leave 1e-15 of it."""
_STEEP: Final = 0.5
"""Slope of the distance, 1 near the surface, below which a vertex cannot be led there."""


@final
@dataclass(frozen=True, eq=False)
class Surface:
    """A closed surface of flat triangles, corners counter-clockwise seen from outside."""

    corners: NDArray[Any]
    """(panel, 3, 3): panel, corner, xyz; length."""

    @cached_property
    def _vectors(self) -> NDArray[Any]:
        edges = self.corners[:, 1:] - self.corners[:, :1]
        return 0.5 * np.cross(edges[:, 0], edges[:, 1])

    @cached_property
    def areas(self) -> NDArray[Any]:
        """(panel,), length²."""
        return np.linalg.norm(self._vectors, axis=1)

    @cached_property
    def centres(self) -> NDArray[Any]:
        """(panel, 3), length."""
        return self.corners.mean(axis=1)

    @cached_property
    def normals(self) -> NDArray[Any]:
        """(panel, 3), outward unit vectors."""
        return self._vectors / self.areas[:, None]

    @property
    def area(self) -> float:
        """Total area, length²."""
        return float(self.areas.sum())

    @property
    def volume(self) -> float:
        """Enclosed volume, length³ (divergence theorem)."""
        middle = self.corners.mean(axis=(0, 1))
        return float(np.einsum("kx,kx->", self.centres - middle, self._vectors)) / 3.0


@final
@dataclass(frozen=True, eq=False)
class Response:
    """The factorised equation of surfaces between permittivities."""

    surface: Surface
    contrast: NDArray[Any]
    """(panel,) f/2π."""
    factors: tuple[NDArray[Any], NDArray[Any]]
    """LU factors and pivots of 1 − (f/2π) ω."""

    @cached_property
    def charges(self) -> NDArray[Any]:
        """(panel, panel) float32: charge on each panel per flux through each, for very many fluxes."""
        from scipy.linalg import lu_solve

        factors = self.factors[0].astype(np.float32), self.factors[1]
        return lu_solve(factors, np.diag(self.contrast.astype(np.float32)), check_finite=False)


@njit(cache=True)
def solid_angle(corners: Any, x: float, y: float, z: float) -> float:
    """Solid angle of a triangle, corners (3, 3) counter-clockwise seen from outside, from a point inside."""
    # Scalars throughout: a small array for each difference would cost more than the arctangent.
    ax, ay, az = corners[0, 0] - x, corners[0, 1] - y, corners[0, 2] - z
    bx, by, bz = corners[1, 0] - x, corners[1, 1] - y, corners[1, 2] - z
    cx, cy, cz = corners[2, 0] - x, corners[2, 1] - y, corners[2, 2] - z
    la = np.sqrt(ax * ax + ay * ay + az * az)
    lb = np.sqrt(bx * bx + by * by + bz * bz)
    lc = np.sqrt(cx * cx + cy * cy + cz * cz)
    volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    across = la * lb * lc + (ax * bx + ay * by + az * bz) * lc
    across += (bx * cx + by * cy + bz * cz) * la + (cx * ax + cy * ay + cz * az) * lb
    return 2.0 * np.arctan2(volume, across)


@njit(cache=True)
def _edge_terms(start: Any, end: Any, normal: Any, height: float) -> tuple[float, float]:
    # What one edge adds to the in-plane part of ∫dS/R and to 2 height ∫ height dS/R⁴.
    dx, dy, dz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / length, dy / length, dz / length
    low = start[0] * dx + start[1] * dy + start[2] * dz
    high = low + length
    ox = dy * normal[2] - dz * normal[1]
    oy = dz * normal[0] - dx * normal[2]
    oz = dx * normal[1] - dy * normal[0]
    offset = start[0] * ox + start[1] * oy + start[2] * oz
    square = offset * offset + height * height
    if square < _FLAT * length * length:
        return 0.0, 0.0
    distance = np.sqrt(square)
    potential = offset * (np.arcsinh(high / distance) - np.arcsinh(low / distance))
    image = offset / distance * (np.arctan(high / distance) - np.arctan(low / distance))
    return potential, image


@njit(cache=True)
def _near_panel(corners: Any, solid: float) -> tuple[float, float]:
    # ∫dS/R (Wilton) and ∫ height dS/R⁴ (first iterate) over one triangle, seen from the origin.
    a, b, c = corners[0], corners[1], corners[2]
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    normal = np.array((uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx))
    normal /= np.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
    height = a[0] * normal[0] + a[1] * normal[1] + a[2] * normal[2]
    p1, q1 = _edge_terms(a, b, normal, height)
    p2, q2 = _edge_terms(b, c, normal, height)
    p3, q3 = _edge_terms(c, a, normal, height)
    potential = p1 + p2 + p3 - abs(height * solid)
    image = (q1 + q2 + q3) / (2.0 * height) if abs(height) > _FLAT else 0.0
    return potential, image


@njit(cache=True)
def _three_points(sides: Any, x: float, y: float, z: float, area: float) -> tuple[float, float]:
    # The integrals of `_near_panel` by the rule of three points, exact to second order.
    ax, ay, az = sides[0] - x, sides[1] - y, sides[2] - z
    bx, by, bz = sides[3] - x, sides[4] - y, sides[5] - z
    cx, cy, cz = sides[6] - x, sides[7] - y, sides[8] - z
    # Six times the volume of the tetrahedron is twice the area times the height.
    height = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
    height /= 2.0 * area
    mx, my, mz = (ax + bx + cx) / 6.0, (ay + by + cy) / 6.0, (az + bz + cz) / 6.0
    s1 = (mx + 0.5 * ax) ** 2 + (my + 0.5 * ay) ** 2 + (mz + 0.5 * az) ** 2
    s2 = (mx + 0.5 * bx) ** 2 + (my + 0.5 * by) ** 2 + (mz + 0.5 * bz) ** 2
    s3 = (mx + 0.5 * cx) ** 2 + (my + 0.5 * cy) ** 2 + (mz + 0.5 * cz) ** 2
    third = area / 3.0
    potential = third * (1.0 / np.sqrt(s1) + 1.0 / np.sqrt(s2) + 1.0 / np.sqrt(s3))
    return potential, third * height * (1.0 / (s1 * s1) + 1.0 / (s2 * s2) + 1.0 / (s3 * s3))


@njit(cache=True, fastmath=True)
def _angles(sides: Any, x: float, y: float, z: float, angle: Any, volume: Any, across: Any) -> None:
    """Solid angles of all panels from one point, into `angle`; right for small ones.

    The formula of `solid_angle` in arrays, for the compiler to do several panels at once; the arctangent of
    `volume`/`across` is its series.
    """
    for k in range(angle.size):
        ax, ay, az = sides[0, k] - x, sides[1, k] - y, sides[2, k] - z
        bx, by, bz = sides[3, k] - x, sides[4, k] - y, sides[5, k] - z
        cx, cy, cz = sides[6, k] - x, sides[7, k] - y, sides[8, k] - z
        la = np.sqrt(ax * ax + ay * ay + az * az)
        lb = np.sqrt(bx * bx + by * by + bz * bz)
        lc = np.sqrt(cx * cx + cy * cy + cz * cz)
        volume[k] = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        across[k] = (
            la * lb * lc
            + (ax * bx + ay * by + az * bz) * lc
            + (bx * cx + by * cy + bz * cz) * la
            + (cx * ax + cy * ay + cz * az) * lb
        )
    for k in range(angle.size):
        ratio = volume[k] / max(across[k], abs(volume[k]))
        square = ratio * ratio
        rest = 1.0 / 5.0 - square * (1.0 / 7.0 - square * (1.0 / 9.0 - square / 11.0))
        angle[k] = 2.0 * ratio * (1.0 - square * (1.0 / 3.0 - square * rest))


@njit(cache=True, parallel=True)
def _view(points: Any, corners: Any, centres: Any, areas: Any, reach: Any, contrast: Any) -> Any:
    """Solid angles, mean 1/r over each panel, and what the first iterate adds to each self-potential."""
    n_points, n_panels = points.shape[0], corners.shape[0]
    solid = np.empty((n_points, n_panels))
    mean = np.empty((n_points, n_panels))
    extra = np.zeros(n_points)
    sides = corners.reshape(n_panels, 9).T.copy()
    for i in prange(n_points):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        volume, across = np.empty(n_panels), np.empty(n_panels)
        _angles(sides, x, y, z, solid[i], volume, across)
        for k in range(n_panels):
            if abs(volume[k]) > _SERIES * across[k]:
                solid[i, k] = 2.0 * np.arctan2(volume[k], across[k])
            square = (centres[k, 0] - x) ** 2 + (centres[k, 1] - y) ** 2 + (centres[k, 2] - z) ** 2
            if square > reach[k]:
                mean[i, k] = 1.0 / np.sqrt(square)
                continue
            if square > _EXACT * reach[k]:
                potential, image = _three_points(sides[:, k], x, y, z, areas[k])
            else:
                potential, image = _near_panel(corners[k] - points[i], solid[i, k])
            mean[i, k] = potential / areas[k]
            extra[i] += contrast[k] * (image - mean[i, k] * solid[i, k])
    return solid, mean, extra


@njit(cache=True, parallel=True)
def _panel_angles(corners: Any, centres: Any) -> Any:
    """ω[k, m]: mean solid angle of panel k over three points of panel m (exact to second order)."""
    n_panels = corners.shape[0]
    out = np.zeros((n_panels, n_panels))
    for k in prange(n_panels):
        for m in range(n_panels):
            if k == m:
                continue
            for vertex in range(3):
                x = 0.5 * (centres[m, 0] + corners[m, vertex, 0])
                y = 0.5 * (centres[m, 1] + corners[m, vertex, 1])
                z = 0.5 * (centres[m, 2] + corners[m, vertex, 2])
                out[k, m] += solid_angle(corners[k], x, y, z) / 3.0
    return out


def reach(surface: Surface) -> NDArray[Any]:
    """Squared distance, (panel,), within which a panel is more than a point."""
    edges = surface.corners - np.roll(surface.corners, 1, axis=1)
    return _NEAR**2 * (edges**2).sum(axis=2).max(axis=1)


def factorise(surface: Surface, inside: float | NDArray[Any], outside: float | NDArray[Any]) -> Response:
    """Prepare the response of `surface` to charges; time grows as panels³, memory as panels².

    Parameters
    ----------
    surface : closed, outward-oriented; or the boundaries between several regions, each panel once.
    inside, outside : relative permittivities behind and before each panel, one for all or (panel,).
    """
    from scipy.linalg import lu_factor

    behind, before = np.broadcast_arrays(inside, outside, surface.areas)[:2]
    contrast = (behind - before) / (behind + before) / (2.0 * np.pi)
    matrix = _panel_angles(surface.corners, surface.centres)
    matrix *= -contrast[:, None]
    matrix[np.diag_indices_from(matrix)] += 1.0
    return Response(surface, contrast, lu_factor(matrix, overwrite_a=True, check_finite=False))


def induced(response: Response, flux: NDArray[Any]) -> NDArray[Any]:
    """Charge (panel,) that a field induces on the surface; or (panel, field) of many.

    Parameters
    ----------
    response : from `factorise`.
    flux : (panel,) outward flux through each panel of the field that would be there without surface
        charge (that of charges inside, divided by ε1; an applied field as it is far away); charge.
    """
    from scipy.linalg import lu_solve

    share = response.contrast if flux.ndim == 1 else response.contrast[:, None]
    return lu_solve(response.factors, share * flux, check_finite=False)


def view(
    response: Response, points: NDArray[Any], panels: NDArray[Any] | None = None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Solid angles of panels and mean 1/r over them, (point, panel), and what curvature adds to each G(r, r).

    Parameters
    ----------
    points : (point, 3), length.
    panels : numbers of the panels, by default all.
    """
    surface, chosen = response.surface, slice(None) if panels is None else panels
    corners, centres = surface.corners[chosen], surface.centres[chosen]
    seen = np.ascontiguousarray(points)
    return _view(
        seen, corners, centres, surface.areas[chosen], reach(surface)[chosen], response.contrast[chosen]
    )


def withdrawn(surface: Surface, points: NDArray[Any], distance: float) -> NDArray[Any]:
    """The points, those nearer than `distance` to the surface, or outside, moved in to that distance.

    Panels cut the corners and edges of a faceted body, where the potential of a charge on itself
    would otherwise depend on how near a panel happens to pass.

    Parameters
    ----------
    points : (point, 3), length.
    distance : smaller than the thinnest part of the body.
    """
    from scipy.spatial import KDTree

    # Samples on each panel no further apart than the distance that matters.
    order = int(np.ceil(np.sqrt(reach(surface).max()) / _NEAR / distance))
    shares = np.array([(i, j, order - i - j) for i in range(order + 1) for j in range(order + 1 - i)]) / order
    samples = np.einsum("sc,kcx->ksx", shares, surface.corners).reshape(-1, 3)
    normals = np.repeat(surface.normals, len(shares), axis=0)
    tree = KDTree(samples)
    moved = points.copy()
    # At an edge a point clears one panel and then the next: a corner has few.
    left = np.arange(len(moved))
    for _ in range(6):
        nearest = np.asarray(tree.query(moved[left])[1])
        step = distance - ((samples[nearest] - moved[left]) * normals[nearest]).sum(axis=1)
        left, nearest, step = left[step > 0.0], nearest[step > 0.0], step[step > 0.0]
        moved[left] -= step[:, None] * normals[nearest]
    return moved


def enclose(
    points: NDArray[Any],
    volumes: NDArray[Any],
    *,
    distance: float,
    smoothing: float,
    panels: int,
    coarsest: float = np.inf,
) -> Surface:
    """The surface of the body that the points fill, `distance` outside the one of equal volume.

    The occupancy ρ(r) = Σ_i v_i g(r − r_i), g a normalised Gaussian of width `smoothing`, is 1
    inside, 0 outside and 1/2 on a plane boundary; √2 s erfc⁻¹(2ρ) is the distance from it. Marching
    cubes finds the zero of this distance; its vertices are moved onto it, then along its gradient
    until the enclosed volume is the sum of `volumes`, then by `distance`.

    Parameters
    ----------
    points : (point, 3), length.
    volumes : (point,), length³.
    distance, smoothing : length; `smoothing` near the distance of neighbouring points.
    panels : number of triangles aimed at; fewer where panels would be finer than `smoothing`.
    coarsest : longest side of a cell in 2 × volume/area, the radius of a rod; more panels where they would
        cut through a thin body otherwise.
    """
    spacing = 2.5 * smoothing
    vertices, faces = _contour(points, volumes, smoothing, spacing)
    for _ in range(2):
        thin = 2.0 * float(volumes.sum()) / _closed(vertices, faces).area
        spacing = min(spacing * float(np.sqrt(len(faces) / panels)), coarsest * thin)
        spacing = max(spacing, smoothing)
        vertices, faces = _contour(points, volumes, smoothing, spacing)
    # Between coarse cells of a long thin body a vertex may lie where the occupancy no longer changes.
    while spacing > smoothing and _flat(vertices, points, volumes, smoothing):
        spacing = max(spacing / 1.5, smoothing)
        vertices, faces = _contour(points, volumes, smoothing, spacing)
    for _ in range(2):
        level, gradient = levels_at(vertices, points, volumes, smoothing)
        vertices = vertices - gradient * (level / (gradient**2).sum(axis=1))[:, None]
    _, gradient = levels_at(vertices, points, volumes, smoothing)
    normals = gradient / np.linalg.norm(gradient, axis=1, keepdims=True)
    for _ in range(3):
        surface = _closed(vertices, faces)
        vertices = vertices + normals * (float(volumes.sum()) - surface.volume) / surface.area
    return _closed(vertices + distance * normals, faces)


def _flat(vertices: NDArray[Any], points: NDArray[Any], volumes: NDArray[Any], smoothing: float) -> bool:
    """Whether some vertex is too far from the surface for its gradient to lead there."""
    _, gradient = levels_at(vertices, points, volumes, smoothing)
    return bool(((gradient**2).sum(axis=1) < _STEEP**2).any())


def _closed(vertices: NDArray[Any], faces: NDArray[Any]) -> Surface:
    return Surface(np.ascontiguousarray(vertices[faces]))


def _contour(
    points: NDArray[Any], volumes: NDArray[Any], smoothing: float, spacing: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    from skimage.measure import marching_cubes

    origin = points.min(axis=0) - REACH * smoothing - 2.0 * spacing
    found: list[tuple[NDArray[Any], NDArray[Any]]] = []
    count = 0
    for block, members in blocks(points - origin, smoothing, spacing):
        occupancy = on_grid(
            points[members] - origin, volumes[members], smoothing, spacing, CELLS * block, CELLS + 1
        )
        if occupancy.max() <= 0.5:
            continue
        field = to_distance(occupancy, smoothing)
        if field.min() >= 0.0 or field.max() <= 0.0:
            continue
        corners, triangles, _, _ = marching_cubes(
            field, 0.0, gradient_direction="descent", allow_degenerate=False
        )
        found.append(((corners.astype(float) + CELLS * block) * spacing + origin, triangles + count))
        count += len(corners)
    vertices, faces = (np.concatenate(parts) for parts in zip(*found, strict=True))
    surface = _closed(vertices, faces)
    faces = faces[surface.areas > _FLAT * spacing**2]
    if _closed(vertices, faces).volume <= 0.0:
        raise InternalError("the surface of the particle is not closed or not oriented outwards")
    return vertices, faces
