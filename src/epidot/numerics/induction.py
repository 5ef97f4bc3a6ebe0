"""Charge that many densities induce on surfaces, and what they feel of it: one pass over the points.

Points are taken in cells. What a panel far from a cell is for its points, a solid angle and a potential, is
harmonic within the cell: solid harmonics about its centre, fitted to values on the sphere around it, stand
for it (Greengard and Rokhlin, J. Comput. Phys. 73, 325 (1987)). With G(r, r) = m(r) C s(r), of m and s only
the near panels then differ from point to point, and C, of panels², is met by a few dozen harmonics of each
cell instead of by every point.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.boundary import Response, induced, reach, view
from epidot.numerics.tree import tree

Array = NDArray[Any]

_CELL: Final = 1024
"""Most points of a cell."""
_TOGETHER: Final = 16
"""Cells whose harmonics are multiplied with panels² at once: a matrix of few rows would wait for memory."""
_ORDER: Final = 6
"""Of the harmonics: 1e-8 eV of the energy of a state, measured at 48,000 atoms."""
_AWAY: Final = 3.0
"""Distance of far panels in radii of the cell: an order of harmonics is worth that factor."""
_FAR: Final = 0.5
"""Least part of the panels that is worth harmonics."""


@final
@dataclass(frozen=True, eq=False)
class Seen:
    """What densities of charges do to surfaces, and surfaces to them.

    G(r, r') is the potential at r of the surface charge that a unit charge at r' induces.
    """

    laid: Array
    """(panel, density) charge that each induces."""
    felt: Array
    """(panel, density) mean potential of each on the panel, in vacuum."""
    own: Array
    """(point,) G(r, r); 0 where it was not asked for."""

    def between(self, first: Array, second: Array) -> Array:
        """Σ_ij a_i b_j G(r_i, r_j), (a, b), made symmetric as G(r, r') + 1/(ε(r') |r − r'|) is.

        Parameters
        ----------
        first, second : numbers of densities.
        """
        if np.array_equal(first, second):
            half = self.felt[:, first].T @ self.laid[:, first]
            return 0.5 * (half + half.T)
        whole = self.felt[:, first].T @ self.laid[:, second] + self.laid[:, first].T @ self.felt[:, second]
        return 0.5 * whole


def seen(
    response: Response, points: Array, constants: float | Array, densities: Array, *, alone: bool
) -> Seen:
    """Charge that densities induce, and what they and single points feel of it.

    Parameters
    ----------
    points : (point, 3), on no panel; length.
    constants : permittivity where each point is, one for all or (point,).
    densities : (density, point), of either sign.
    alone : whether the points also act on themselves.
    """
    here = np.broadcast_to(np.asarray(constants, dtype=float), len(points))
    flux = np.zeros((len(response.surface.areas), len(densities)))
    felt, own = np.zeros_like(flux), np.zeros(len(points))
    everywhere = tree(points, np.zeros(len(points))).cells(_CELL) if len(points) else []
    for start in range(0, len(everywhere), _TOGETHER):
        places = everywhere[start : start + _TOGETHER]
        cells = [_cell(response, points[members]) for members in places]
        for members, cell in zip(places, cells, strict=True):
            charges = densities[:, members].T
            cell.add(flux, cell.solid, cell.far_solid, charges / here[members, None])
            cell.add(felt, cell.mean, cell.far_mean, charges)
        if alone:
            own[np.concatenate(places)] = np.concatenate(_alone(cells, response.charges))
    return Seen(induced(response, flux), felt, own / here)


def _alone(cells: list[_Cell], response: Array) -> list[Array]:
    """What the points of each cell feel of themselves, (point,)."""
    far = [cell.far_mean.astype(np.float32) for cell in cells]
    beyond = np.concatenate(far) @ response
    parts = np.split(beyond, np.cumsum([len(part) for part in far])[:-1])
    return [cell.alone(response, part) + cell.extra for cell, part in zip(cells, parts, strict=True)]


@final
@dataclass(frozen=True, eq=False)
class _Cell:
    """Panels as the points of a cell see them: near ones one by one, far ones in harmonics of the place."""

    near: Array
    """(k,) numbers of panels."""
    solid: Array
    """(point, k)"""
    mean: Array
    extra: Array
    """(point,)"""
    harmonics: Array
    """(point, q)"""
    far_solid: Array
    """(q, panel) coefficients; 0 for near panels."""
    far_mean: Array

    def add(self, total: Array, close: Array, far: Array, charges: Array) -> None:
        """Add Σ over the points of their charges (point, density) times what they see to (panel, density)."""
        if len(self.near) == len(total):
            total += close.T @ charges
            return
        total += far.T @ (self.harmonics.T @ charges)
        total[self.near] += close.T @ charges

    def alone(self, response: Array, beyond: Array) -> Array:
        """m C s of each point, (point,); float32 loses no digit that matters, and is twice as fast.

        Parameters
        ----------
        response : C, (panel, panel).
        beyond : its product with the harmonics of far panels, (q, panel).
        """
        kind, near = np.float32, self.near
        solid, mean = self.solid.astype(kind), self.mean.astype(kind)
        if len(near) == len(response):
            return np.einsum("ik,ik->i", mean @ response, solid, dtype=float)
        harmonics, far_solid, rows = self.harmonics.astype(kind), self.far_solid.astype(kind), response[near]
        left = mean @ rows[:, near] + harmonics @ beyond[:, near]
        right = mean @ (rows @ far_solid.T) + harmonics @ (beyond @ far_solid.T)
        return np.einsum("ik,ik->i", left, solid, dtype=float) + np.einsum(
            "iq,iq->i", right, harmonics, dtype=float
        )


def _cell(response: Response, points: Array) -> _Cell:
    surface, middle = response.surface, 0.5 * (points.min(axis=0) + points.max(axis=0))
    radius = float(np.linalg.norm(points - middle, axis=1).max())
    away = np.linalg.norm(surface.centres - middle, axis=1)
    close = away < np.maximum(_AWAY * radius, radius + np.sqrt(reach(surface)))
    near, far = np.flatnonzero(close), np.flatnonzero(~close)
    if len(far) < _FAR * len(close) or len(points) < 2 * (_ORDER + 1) ** 2:
        none = np.zeros((0, len(close)))
        return _Cell(np.arange(len(close)), *view(response, points), np.zeros((len(points), 0)), none, none)
    places, fit = _sphere()
    solid, mean, _ = view(response, middle + radius * places, far)
    coefficients = np.zeros((2, len(fit), len(close)))
    coefficients[:, :, far] = fit @ np.stack([solid, mean])
    harmonics = _harmonics((points - middle) / radius)
    return _Cell(near, *view(response, points, near), harmonics, *coefficients)


@cache
def _sphere() -> tuple[Array, Array]:
    """Places on the unit sphere (place, 3), and what makes values there coefficients, (harmonic, place)."""
    count = 2 * (_ORDER + 1) ** 2
    height = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    turn = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    across = np.sqrt(1.0 - height**2)
    places = np.stack([across * np.cos(turn), across * np.sin(turn), height], axis=1)
    return places, np.linalg.pinv(_harmonics(places))


def _harmonics(places: Array) -> Array:
    """Real solid harmonics r^l Y_lm up to `_ORDER`, (place, harmonic)."""
    from scipy.special import sph_harm_y

    distance = np.linalg.norm(places, axis=1)
    polar = np.arccos(np.clip(places[:, 2] / np.maximum(distance, np.finfo(float).tiny), -1.0, 1.0))
    azimuth = np.arctan2(places[:, 1], places[:, 0])
    columns: list[Array] = []
    for order in range(_ORDER + 1):
        for m in range(order + 1):
            value = distance**order * sph_harm_y(order, m, polar, azimuth)
            columns += [np.real(value)] if m == 0 else [np.real(value), np.imag(value)]
    return np.stack(columns, axis=1)
