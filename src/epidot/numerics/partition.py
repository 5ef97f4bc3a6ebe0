"""Boundaries between the regions of a body, and around it, without gaps where several meet.

Nodes of a grid belong to the region whose points fill them most, or to the outside where all points
together fill less than half (`occupancy`). Each cell with nodes of several regions gets one vertex, and each
edge of the grid between two regions a quadrangle of the four cells about it (dual contouring: Ju,
Losasso, Schaefer and Warren, ACM Trans. Graph. 21, 339 (2002)): the boundary of each region is closed
whatever the places of the vertices, which are led to where the regions' occupancies are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.boundary import Surface
from epidot.numerics.occupancy import CELLS, REACH, blocks, distance, occupancy_at, on_grid

Array = NDArray[Any]

OUTSIDE: Final = -1
_COARSEST: Final = 4.0
"""Longest cell in widths: from further away a vertex cannot be led to the boundary."""
_STEEP: Final = 0.5
_SLIVER: Final = 1e-6
"""Area in cells² below which a triangle is none."""


@final
@dataclass(frozen=True, eq=False)
class Partition:
    """Triangles between regions; counter-clockwise seen from the region before them."""

    surface: Surface
    behind: Array
    """(panel,) number of the region that the normal points away from."""
    before: Array
    """(panel,) number of the region that it points into, or `OUTSIDE`."""

    def boundary(self, region: int) -> Surface:
        """The closed boundary of one region, outward-oriented."""
        own = self.surface.corners[self.behind == region]
        others = self.surface.corners[self.before == region][:, ::-1]
        return Surface(np.concatenate([own, others]))


def partition(
    points: Array, volumes: Array, regions: Array, *, distance: float, smoothing: float, panels: int
) -> Partition:
    """The boundaries of the regions that the points fill.

    Parameters
    ----------
    points : (point, 3), length.
    volumes : (point,), length³.
    regions : (point,) number of the region of each, from 0.
    distance : length by which the outermost boundary lies outside that of equal volume.
    smoothing : width of the Gaussians, near the distance of neighbouring points.
    panels : number of triangles aimed at; more where cells would be coarser than four widths, fewer where
        they would be finer than one.
    """
    cloud = _Cloud(points, volumes, regions, smoothing)
    spacing = 2.5 * smoothing
    for _ in range(2):
        count = 2 * len(_net(cloud, spacing).behind)
        spacing = float(np.clip(spacing * np.sqrt(count / panels), smoothing, _COARSEST * smoothing))
    net = _net(cloud, spacing)
    vertices = _led(cloud, net, spacing)
    for _ in range(3):
        vertices = vertices + _swelling(cloud, net, vertices)
    outwards = cloud.levels(vertices)[0][1]
    vertices[net.skin] += distance * _unit(outwards[net.skin])
    return _triangles(net, vertices, spacing)


@final
@dataclass(frozen=True, eq=False)
class _Net:
    """Quadrangles of cells, before the vertices have found their places."""

    vertices: Array
    """(vertex, 3) mean of the middles of the cell's edges that are cut."""
    cells: Array
    """(vertex, 3) centre of the cell."""
    pair: Array
    """(vertex, 2) the two regions with most nodes of the cell; the same one twice where there is but one."""
    skin: Array
    """(vertex,) whether some node of the cell lies outside."""
    faces: Array
    """(quadrangle, 4) vertices."""
    behind: Array
    before: Array


@final
@dataclass(frozen=True, eq=False)
class _Cloud:
    points: Array
    volumes: Array
    regions: Array
    smoothing: float

    @property
    def targets(self) -> Array:
        """Volume of each region."""
        return np.bincount(self.regions, weights=self.volumes)

    def levels(self, places: Array, pair: Array | None = None) -> list[tuple[Array, Array]]:
        """Distance from the outermost boundary, and from that between the regions of each place's `pair`."""
        count = int(self.regions.max()) + 1
        value, slope = np.zeros((count, len(places))), np.zeros((count, len(places), 3))
        for region in range(count):
            own = self.regions == region
            value[region], slope[region] = occupancy_at(
                places, self.points[own], self.volumes[own], self.smoothing
            )
        found = [distance(value.sum(axis=0), slope.sum(axis=0), self.smoothing)]
        if pair is not None:
            rows = np.arange(len(places))
            one, two = value[pair[:, 0], rows], value[pair[:, 1], rows]
            total = np.maximum(one + two, np.finfo(float).tiny)
            steep = two[:, None] * slope[pair[:, 0], rows] - one[:, None] * slope[pair[:, 1], rows]
            found.append(distance(one / total, steep / total[:, None] ** 2, self.smoothing))
        return found


def _labels(cloud: _Cloud, spacing: float) -> tuple[Array, Array]:
    """Region of each node, (x, y, z), and the place of the first node."""
    points, reach = cloud.points, REACH * cloud.smoothing + 2.0 * spacing
    origin = points.min(axis=0) - reach
    shape = np.ceil((points.max(axis=0) + reach - origin) / spacing).astype(np.int64) + 1
    labels = np.full(CELLS * (-(-shape // CELLS)) + 1, OUTSIDE, dtype=np.int16)
    for block, members in blocks(points - origin, cloud.smoothing, spacing):
        first = CELLS * block
        total, most = np.zeros((CELLS + 1,) * 3), np.zeros((CELLS + 1,) * 3)
        heaviest = np.zeros((CELLS + 1,) * 3, dtype=np.int16)
        for region in np.unique(cloud.regions[members]):
            own = members[cloud.regions[members] == region]
            filled = on_grid(
                points[own] - origin, cloud.volumes[own], cloud.smoothing, spacing, first, CELLS + 1
            )
            heaviest[filled > most] = region
            most = np.maximum(most, filled)
            total += filled
        x, y, z = (slice(start, start + CELLS + 1) for start in first)
        labels[x, y, z] = np.where(total > 0.5, heaviest, OUTSIDE)
    return labels, origin


def _net(cloud: _Cloud, spacing: float) -> _Net:
    labels, origin = _labels(cloud, spacing)
    quads, sides, cuts = [], [], []
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        ends = labels[tuple(low)], labels[tuple(high)]
        node = np.argwhere(ends[0] != ends[1])
        across, along = np.eye(3, dtype=np.int64)[[(axis + 1) % 3, (axis + 2) % 3]]
        # The four cells about the edge, counter-clockwise about the axis.
        quads.append(np.stack([node, node - across, node - across - along, node - along], axis=1))
        sides.append(np.stack([end[tuple(node.T)] for end in ends], axis=1))
        cuts.append(np.repeat((node + 0.5 * np.eye(3)[axis])[:, None], 4, axis=1))
    faces, regions = np.concatenate(quads), np.concatenate(sides)
    inward = regions[:, 0] == OUTSIDE
    faces[inward], regions[inward] = faces[inward, ::-1], regions[inward, ::-1]
    codes = np.ravel_multi_index(tuple(faces.reshape(-1, 3).T), labels.shape)
    found, owners = np.unique(codes, return_inverse=True)
    owners = owners.ravel()
    middles = np.concatenate(cuts).reshape(-1, 3)
    sums = np.stack([np.bincount(owners, weights=column) for column in middles.T], axis=1)
    cells = np.stack(np.unravel_index(found, labels.shape), axis=1)
    corners = np.stack([labels[tuple((cells + shift).T)] for shift in np.ndindex(2, 2, 2)], axis=1)
    counts = np.stack([(corners == region).sum(axis=1) for region in range(labels.max() + 1)], axis=1)
    order = np.argsort(-counts, axis=1, kind="stable")[:, :2]
    first, second = order[:, 0], order[:, -1]
    second = np.where(counts[np.arange(len(counts)), second] > 0, second, first)
    return _Net(
        vertices=sums / np.bincount(owners)[:, None] * spacing + origin,
        cells=(cells + 0.5) * spacing + origin,
        pair=np.stack([first, second], axis=1),
        skin=(corners == OUTSIDE).any(axis=1),
        faces=owners.reshape(-1, 4),
        behind=regions[:, 0],
        before=regions[:, 1],
    )


def _led(cloud: _Cloud, net: _Net, spacing: float) -> Array:
    """Vertices led to the boundaries of their cells, which they do not leave by much."""
    vertices = net.vertices.copy()
    shared = net.pair[:, 0] != net.pair[:, 1]
    for _ in range(4):
        outer, inner = cloud.levels(vertices, net.pair)
        for (level, slope), moved in ((outer, net.skin), (inner, shared)):
            steep = np.maximum((slope[moved] ** 2).sum(axis=1), _STEEP**2)
            vertices[moved] -= slope[moved] * (level[moved] / steep)[:, None]
        vertices = np.clip(vertices, net.cells - 0.6 * spacing, net.cells + 0.6 * spacing)
    return vertices


def _swelling(cloud: _Cloud, net: _Net, vertices: Array) -> Array:
    """Steps (vertex, 3) that bring the regions nearer to their volumes."""
    part = _triangles(net, vertices, 0.0)
    areas, targets = part.surface.areas, cloud.targets
    outer, inner = cloud.levels(vertices, net.pair)
    skin, shared = part.before == OUTSIDE, net.pair[:, 0] != net.pair[:, 1]
    volumes = np.array([part.boundary(region).volume for region in range(len(targets))])
    step = (targets.sum() - volumes.sum()) / areas[skin].sum() * _unit(outer[1]) * net.skin[:, None]
    if shared.any():
        faced = [areas[~skin & ((part.behind == r) | (part.before == r))].sum() for r in range(len(targets))]
        # Each region's own skin has taken its part of the whole.
        spare = targets - volumes * (targets.sum() / volumes.sum())
        wanted = spare / np.maximum(faced, np.finfo(float).tiny)
        half = 0.5 * (wanted[net.pair[:, 0]] - wanted[net.pair[:, 1]])
        step += half[:, None] * _unit(inner[1]) * shared[:, None]
    return step


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(float).tiny)


def _triangles(net: _Net, vertices: Array, spacing: float) -> Partition:
    places = vertices[net.faces]
    shorter = np.linalg.norm(places[:, 0] - places[:, 2], axis=1) <= np.linalg.norm(
        places[:, 1] - places[:, 3], axis=1
    )
    first = np.where(shorter[:, None], [0, 1, 2], [1, 2, 3])
    second = np.where(shorter[:, None], [0, 2, 3], [1, 3, 0])
    rows = np.arange(len(places))[:, None]
    corners = np.concatenate([places[rows, first], places[rows, second]])
    kept = Surface(corners).areas > _SLIVER * spacing**2
    behind, before = np.tile(net.behind, 2)[kept], np.tile(net.before, 2)[kept]
    return Partition(Surface(np.ascontiguousarray(corners[kept])), behind, before)
