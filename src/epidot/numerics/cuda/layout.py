"""How an operator lies in the memory of a card: atoms in compact groups, blocks in tiles.

Groups of two sizes nest: a block of threads works on the small one, whose inner bonds the first-level cache
serves; the large one passes through the second-level cache before its rows are needed again.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from epidot.numerics.operator import BlockTetrahedral

TILE: Final = 8
"""Atoms whose blocks are interleaved: the share of one warp (`TILE` of ``step.cu``)."""
GROUP: Final = 64
"""Atoms of one block of threads, four threads for each (`THREADS` of ``step.cu``)."""
NEIGHBOURHOOD: Final = 16_384
"""Atoms that follow each other through the second-level cache: 25 MB of traffic in float32."""
_AT_ONCE: Final = 8192 * TILE


def is_two_centre(operator: BlockTetrahedral) -> bool:
    """Whether blocks are given by what they are made of: onsite [atom, 8], hopping [atom, 4, 10]."""
    return operator.onsite.ndim == 2


def fours(operator: BlockTetrahedral) -> int:
    """Vectors of four reals that hold the entries of one atom (`FOURS` of ``step.cu``)."""
    site, bonds = operator.onsite[0].size, operator.hopping[0].size
    return (site + bonds + 1 + 3) // 4


def compact_order(neighbours: NDArray[np.int32]) -> NDArray[np.int64]:
    """Atoms in groups of `GROUP` inside groups of `NEIGHBOURHOOD`; neighbours as in `BlockTetrahedral`."""
    outer = grouped_order(neighbours, NEIGHBOURHOOD)
    return outer[grouped_order(renumbered(neighbours, outer), GROUP)]


@njit(cache=True)
def grouped_order(neighbours: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Atoms in groups of up to `size`, each grown breadth first from the first left; in linear time."""
    atoms = neighbours.shape[0]
    order = np.empty(atoms, np.int64)
    taken = np.zeros(atoms, np.bool_)
    count, seed = 0, 0
    while count < atoms:
        while taken[seed]:
            seed += 1
        order[count], taken[seed] = seed, True
        head, end, last = count, count + 1, min(count + size, atoms)
        while head < end < last:
            for slot in range(4):
                near = neighbours[order[head], slot]
                if not taken[near] and end < last:
                    order[end], taken[near] = near, True
                    end += 1
            head += 1
        count = end
    return order


def renumbered(neighbours: NDArray[np.int32], order: NDArray[np.int64]) -> NDArray[np.int32]:
    """Neighbours [atom, 4] when atom k is the former ``order[k]``."""
    place = np.empty(order.size, np.int32)
    place[order] = np.arange(order.size, dtype=np.int32)
    return place[neighbours[order]]


def tiled(operator: BlockTetrahedral, order: NDArray[np.int64]) -> NDArray[Any]:
    """Entries of all atoms, [tile, four, atom in tile, 4], in the order of ``step.cu``, padded."""
    atoms, count = operator.atoms, fours(operator)
    result = np.zeros((-(-atoms // TILE), count, TILE, 4), operator.dtype)
    for start in range(0, atoms, _AT_ONCE):
        here = order[start : start + _AT_ONCE]
        parts = operator.onsite[here], operator.hopping[here]
        if not is_two_centre(operator):  # the kernel goes through blocks column by column
            parts = parts[0].swapaxes(-1, -2), parts[1].swapaxes(-1, -2)
        flat = [part.reshape(here.size, -1) for part in (*parts, operator.coupling[here])]
        entries = np.zeros((-(-here.size // TILE) * TILE, 4 * count), operator.dtype)
        entries[: here.size, : sum(part.shape[1] for part in flat)] = np.concatenate(flat, axis=1)
        tiles = entries.reshape(-1, TILE, count, 4).swapaxes(1, 2)
        result[start // TILE : start // TILE + len(tiles)] = tiles
    return result
