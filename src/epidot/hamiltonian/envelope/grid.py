"""The grid of a particle, and what fills the parts of its cells.

Each atom stands for its volume a³/8 as a Gaussian: bulk is uniform to a fraction of a per cent, an interface
lies where the atoms say, and a surface cuts cells anywhere, without steps. A surface blurred that far would
raise levels by some per cent: the depth below it is read off the filled share, the surface drawn again
sharper (`EDGE`), and moved as a whole so that the volume is that of the atoms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from epidot.numerics.elements import SUB, Grid

Array = NDArray[Any]

WIDTH: Final = 2.0
"""Å, standard deviation of an atom's Gaussian."""
EDGE: Final = 0.5
"""Standard deviation of the surface as envelopes see it, in parts of a cell: sharper it would show steps."""
_REACH: Final = 3.0
"""Standard deviations to which it goes."""
_CELLS: Final = 10_000
"""About how many cells a particle has, between the coarsest and the finest spacing."""
_FINEST, _COARSEST = 2.5, 3.5
_NOTHING: Final = 1e-6
_MOVES: Final = 4
_EMPTY: Final = 1e-3
"""Filled share below which a cell is left out."""


@final
@dataclass(frozen=True, eq=False)
class Filling:
    """Coefficients on the parts of the cells of a grid."""

    grid: Grid
    inside: Array
    """(cell, part) filled share."""
    values: Array
    """(channel, cell, part) what the atoms carry, times the filled share."""
    surface: Array
    """(cell, part) area of the surface per volume, 1/Å."""


def usual_spacing(volume: float) -> float:
    """Å between the points of the grid of a particle of this volume (Å³)."""
    return float(np.clip((volume / _CELLS) ** (1.0 / 3.0), _FINEST, _COARSEST))


def filled(positions: Array, volumes: Array, values: Array, spacing: float) -> Filling:
    """The grid that atoms fill.

    Parameters
    ----------
    positions, volumes : (atom, 3) Å and (atom,) Å³.
    values : (atom, channel) intensive quantities.
    spacing : Å.
    """
    part = spacing / SUB
    reach = _REACH * WIDTH
    origin = positions.min(axis=0) - reach - spacing
    shape = np.ceil((positions.max(axis=0) + reach + spacing - origin) / spacing).astype(np.int64) + 1
    # Calls for zeros cost nothing until they are touched: most of a branched particle's box is empty.
    index = np.zeros(tuple(shape), np.int32)
    count = _numbered(positions - origin, spacing, reach, index)
    cells = np.argwhere(index > 0)
    order = np.argsort(index[tuple(cells.T)])
    cells = cells[order]
    sums = np.zeros((count, SUB**3, values.shape[1] + 1))
    _spread((positions - origin) / part, volumes / part**3, values, index, (WIDTH / part, reach / part), sums)
    blurred = sums[:, :, 0]
    inside, area = sharpened(blurred, float(volumes.sum()) / part**3, EDGE * part)
    kept = inside.mean(axis=1) > _EMPTY
    values = np.moveaxis(sums[kept, :, 1:], 2, 0) * (inside[kept] / np.maximum(blurred[kept], _NOTHING))
    return Filling(Grid(origin, spacing, cells[kept]), inside[kept], values, area[kept])


def sharpened(blurred: Array, volume: float, edge: float) -> tuple[Array, Array]:
    """Filled share and area per volume (1/Å) of the surface drawn sharper, from the blurred share.

    Parameters
    ----------
    volume : what the share adds up to.
    edge : its new standard deviation, Å.
    """
    from scipy.special import ndtr, ndtri

    depth = WIDTH * ndtri(np.clip(blurred, _NOTHING, 1.0 - _NOTHING))
    for _ in range(_MOVES):
        area = np.exp(-0.5 * (depth / edge) ** 2) / (np.sqrt(2.0 * np.pi) * edge)
        depth += (volume - float(ndtr(depth / edge).sum())) / max(float(area.sum()), 1.0)
    return ndtr(depth / edge), np.exp(-0.5 * (depth / edge) ** 2) / (np.sqrt(2.0 * np.pi) * edge)


@njit(cache=True)
def _numbered(places: Array, spacing: float, reach: float, index: Array) -> int:
    """Number the cells (from 1) that atoms touch."""
    count = 0
    for a in range(len(places)):
        low = np.floor((places[a] - reach) / spacing).astype(np.int64)
        high = np.floor((places[a] + reach) / spacing).astype(np.int64)
        for i in range(low[0], high[0] + 1):
            for j in range(low[1], high[1] + 1):
                for k in range(low[2], high[2] + 1):
                    if index[i, j, k] == 0:
                        count += 1
                        index[i, j, k] = count
    return count


@njit(cache=True)
def _spread(places: Array, volumes: Array, values: Array, index: Array, size: Any, sums: Array) -> None:
    """Add each atom's Gaussian, and its values times it, to the parts of cells."""
    width, reach = size
    bell = np.zeros((3, int(2 * reach) + 3))
    first, number = np.zeros(3, np.int64), np.zeros(3, np.int64)
    channels = values.shape[1]
    for a in range(len(places)):
        for x in range(3):
            first[x] = int(np.floor(places[a, x] - reach + 0.5))
            number[x] = int(np.floor(places[a, x] + reach - 0.5)) - first[x] + 1
            total = 0.0
            for i in range(number[x]):
                away = (first[x] + i + 0.5 - places[a, x]) / width
                bell[x, i] = np.exp(-0.5 * away * away)
                total += bell[x, i]
            for i in range(number[x]):
                bell[x, i] /= total
        for i in range(number[0]):
            x = first[0] + i
            for j in range(number[1]):
                y = first[1] + j
                plane = volumes[a] * bell[0, i] * bell[1, j]
                for k in range(number[2]):
                    z = first[2] + k
                    cell = index[x // SUB, y // SUB, z // SUB] - 1
                    part = ((x % SUB) * SUB + y % SUB) * SUB + z % SUB
                    share = plane * bell[2, k]
                    here = sums[cell, part]
                    here[0] += share
                    for c in range(channels):
                        here[1 + c] += share * values[a, c]
