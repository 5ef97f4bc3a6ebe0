"""Smooth densities from probabilities on atoms: isosurfaces in space and sections through a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.reporting.frame import Frame

Array = NDArray[Any]

SPACING = 3.0
"""Å between grid points of an isosurface."""
BLUR = 3.0
"""Å, standard deviation of the Gaussian that stands for each atom in a section."""
SURFACE_BLUR = 4.0
"""Å, the same for isosurfaces: a little more than a bond, so that single atoms do not show."""
ENCLOSED = 0.5
"""Fraction of the probability inside an isosurface."""
_MOST_CELLS = 6e6


@dataclass(frozen=True)
class Surface:
    """Isosurface: `vertices` (vertex, 3) in Å, `triangles` (triangle, 3), `level` in 1/nm³."""

    vertices: Array
    triangles: Array
    level: float


def enclosing_level(values: Array, fraction: float) -> float:
    """The largest level above which grid `values` hold at least `fraction` of their sum."""
    order = np.sort(values, axis=None)[::-1]
    return float(order[int(np.searchsorted(np.cumsum(order), fraction * order.sum()))])


def isosurface(positions: Array, weights: Array, fraction: float = ENCLOSED) -> Surface:
    """Surface that encloses `fraction` of the smoothed density.

    `weights` (atom,) sit at `positions` (atom, 3) in Å.

    Marching cubes: Lewiner et al., J. Graphics Tools 8, 1 (2003), as in scikit-image.
    """
    from scipy.ndimage import gaussian_filter
    from skimage.measure import marching_cubes

    heavy = weights > 1e-4 * weights.max()
    low, high = (
        positions[heavy].min(axis=0) - 4.0 * SURFACE_BLUR,
        positions[heavy].max(axis=0) + 4.0 * SURFACE_BLUR,
    )
    spacing = max(SPACING, float(np.cbrt(np.prod(high - low) / _MOST_CELLS)))
    shape = tuple(int(n) for n in np.ceil((high - low) / spacing).astype(int))
    edges = [low[axis] + spacing * np.arange(shape[axis] + 1) for axis in range(3)]
    counts, _ = np.histogramdd(positions, bins=edges, weights=weights)
    field = gaussian_filter(counts.astype(np.float32), SURFACE_BLUR / spacing, mode="constant")
    level = enclosing_level(field, fraction)
    # Just below the level of the last enclosed cell, so that no cell sits on the surface exactly.
    vertices, triangles, _, _ = marching_cubes(field, level * 0.999)
    return Surface(low + (vertices + 0.5) * spacing, triangles[:, ::-1], 1000.0 * level / spacing**3)


@dataclass(frozen=True)
class Plane:
    """A grid on a plane: `extent` (left, right, bottom, top) in Å and `step` in Å."""

    frame: Frame
    extent: tuple[float, float, float, float]
    step: float
    shape: tuple[int, int]
    offset: float


def plane(positions: Array, frame: Frame, offset: float = 0.0, step: float = 1.0) -> Plane:
    """The grid that covers the atoms (atom, 3) within 4 Å of the plane `offset` (Å) from the origin."""
    across, upward, away = frame.rows @ positions.T
    near = np.abs(away - offset) < 4.0
    left, right = across[near].min() - 8.0, across[near].max() + 8.0
    bottom, top = upward[near].min() - 8.0, upward[near].max() + 8.0
    shape = (int(np.ceil((top - bottom) / step)), int(np.ceil((right - left) / step)))
    extent = (float(left), float(left + shape[1] * step), float(bottom), float(bottom + shape[0] * step))
    return Plane(frame, extent, step, shape, offset)


def section(grid: Plane, positions: Array, weights: Array, blur: float = BLUR) -> Array:
    """Smoothed density (row, column) of `weights` on the plane, 1/nm³; rows go upwards."""
    from scipy.ndimage import gaussian_filter

    across, upward, away = grid.frame.rows @ positions.T
    out = np.exp(-0.5 * np.square((away - grid.offset) / blur)) / (blur * np.sqrt(2.0 * np.pi))
    left, right, bottom, top = grid.extent
    area = ((bottom, top), (left, right))
    counts, _, _ = np.histogram2d(upward, across, bins=grid.shape, range=area, weights=weights * out)
    return gaussian_filter(counts, blur / grid.step, mode="constant") * 1000.0 / grid.step**2
