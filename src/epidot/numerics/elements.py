"""Trilinear finite elements on the cells of a regular grid that a body touches.

A cell is split into `SUB`³ parts with a coefficient each, so that a boundary may cut a cell anywhere between:
integrals over every part are exact. Along each axis the mass of an element, h/6 (2 1; 1 2), gains h/12
(1 −1; −1 1) and becomes h/12 (5 1; 1 5), which is Numerov's formula: with this mass in place of all others
the error of a plane wave is of fourth order in the spacing instead of second (optimally blended elements,
Ainsworth and Wajid, SIAM J. Numer. Anal. 48, 346 (2010)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SUB: Final = 2
"""Parts of a cell along each axis."""
CORNERS: Final = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
"""Nodes of a cell, in cells from its first one."""
PLANES: Final = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0))
"""Components of a symmetric tensor, in the order of `Grid.stiffness`."""


@final
@dataclass(frozen=True, eq=False)
class Grid:
    """Cells of a regular grid and the nodes at their corners."""

    origin: Array
    """(3,) corner of cell (0, 0, 0), Å."""
    spacing: float
    cells: Array
    """(cell, 3) integers."""

    @cached_property
    def _numbering(self) -> tuple[Array, Array]:
        whole = self.cells.max(axis=0) + 2
        corners = self.cells[:, None, :] + CORNERS
        keys = np.ravel_multi_index(tuple(np.moveaxis(corners, -1, 0)), tuple(whole))
        found, place = np.unique(keys.ravel(), return_inverse=True)
        nodes = np.stack(np.unravel_index(found, tuple(whole)), axis=1)
        return nodes, place.reshape(len(self.cells), 8)

    @property
    def nodes(self) -> Array:
        """(node, 3) integers."""
        return self._numbering[0]

    @property
    def corners(self) -> Array:
        """(cell, 8) nodes of each cell, in the order of `CORNERS`."""
        return self._numbering[1]

    def mass(self, weight: Array) -> Array:
        """∫ w φ_i φ_j in each cell, (cell, 64), from the coefficient on its parts, (cell, part)."""
        return self.spacing**3 * (weight @ _tables()[0])

    def stiffness(self, tensor: Array) -> Array:
        """∫ ∇φ_i · D ∇φ_j in each cell, (cell, 64), from D on its parts, (component, cell, part).

        Three components are a diagonal tensor, six a symmetric one, in the order of `PLANES`.
        """
        parts = [each @ _tables()[1][number] for number, each in enumerate(tensor)]
        return self.spacing * np.sum(parts, axis=0)

    def assembled(self, blocks: Array) -> Any:
        """Sparse matrix (node, node), CSC, from blocks (cell, 64)."""
        from scipy import sparse

        rows = np.repeat(self.corners, 8, axis=1).ravel()
        columns = np.tile(self.corners, (1, 8)).ravel()
        size = len(self.nodes)
        return sparse.coo_matrix((blocks.ravel(), (rows, columns)), shape=(size, size)).tocsc()

    def expectation(self, blocks: Array, vectors: Array) -> Array:
        """ψᵀ B ψ of each column of (node, state), B as blocks (cell, 64)."""
        local = vectors[self.corners]
        whole = blocks.reshape(-1, 8, 8)
        return np.einsum("cin,cij,cjn->n", local, whole, local, optimize=True)

    def at(self, positions: Array, vectors: Array) -> Array:
        """Values (point, state) of the columns of (node, state) at positions (point, 3), Å, within cells."""
        scaled = (positions - self.origin) / self.spacing
        first = np.floor(scaled).astype(np.int64)
        inside = scaled - first
        whole = tuple(self.cells.max(axis=0) + 1)
        keys = np.ravel_multi_index(tuple(self.cells.T), whole)
        order = np.argsort(keys)
        wanted = np.ravel_multi_index(tuple(first.T), whole)
        cell = order[np.searchsorted(keys, wanted, sorter=order)]
        shape = np.where(CORNERS[None] == 1, inside[:, None, :], 1.0 - inside[:, None, :]).prod(axis=2)
        return np.einsum("pc,pcn->pn", shape, vectors[self.corners[cell]])


@cache
def _tables() -> tuple[Array, Array]:
    """Integrals over each part of the unit cell: mass (part, 64) and stiffness (component, part, 64)."""
    a, b = np.arange(SUB) / SUB, np.arange(1, SUB + 1) / SUB
    slope = np.array([-1.0, 1.0])
    mean = np.stack([(b - a) - (b**2 - a**2) / 2.0, (b**2 - a**2) / 2.0], axis=1)
    mixed = (b**2 - a**2) / 2.0 - (b**3 - a**3) / 3.0
    first, last = ((1.0 - a) ** 3 - (1.0 - b) ** 3) / 3.0, (b**3 - a**3) / 3.0
    steep = (b - a)[:, None, None] * np.outer(slope, slope)
    mass = np.array([[first, mixed], [mixed, last]]).transpose(2, 0, 1) + steep / 12.0
    half = slope[None, :, None] * mean[:, None, :]
    found: list[Array] = []
    for left, right in PLANES:
        axes = [mass, mass, mass]
        if left == right:
            axes[left] = steep
            found.append(_product(axes))
            continue
        axes[left], axes[right] = half, half.transpose(0, 2, 1)
        one = _product(axes).reshape(-1, 8, 8)
        found.append((one + one.transpose(0, 2, 1)).reshape(-1, 64))
    return _product([mass, mass, mass]), np.array(found)


def _product(axes: list[Array]) -> Array:
    x, y, z = axes
    return np.einsum("aij,bkl,cmn->abcikmjln", x, y, z).reshape(SUB**3, 64)
