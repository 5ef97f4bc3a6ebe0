"""Displacements of the nodes of a network whose links say what they want: least squares, millions of nodes.

Find y with  Σ over links |y_j − y_i − t_ij|²  least, where t_ij = −t_ji is what the link ij asks for. The
normal equations are those of the graph's Laplacian. They are solved by conjugate gradients with a two-level
preconditioner, which also serves other problems on the network: the diagonal, plus the exact answer for
displacements that are constant on each of many small connected patches (additive coarse correction;
Smith, Bjørstad and Gropp, Domain Decomposition (1996), ch. 2). The patches carry what is long, so that the
number of iterations does not grow with the network. The result has the same bits for any number of threads.
"""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.numerics.vectors import add, dot

PATCH: Final = 50
"""Nodes of a patch."""
MAX_ITERATIONS: Final = 500


@final
class TwoLevel:
    """The preconditioner, prepared for neighbours (node, slot).

    They are negative from the first missing link of a row on.
    """

    def __init__(self, neighbours: NDArray[Any]) -> None:
        from scipy.sparse import coo_matrix, eye_array
        from scipy.sparse.csgraph import connected_components
        from scipy.sparse.linalg import splu
        from threadpoolctl import ThreadpoolController

        self.neighbours = neighbours
        self._threads = ThreadpoolController()
        self._degree = (neighbours >= 0).sum(axis=1).astype(float)
        self._patch = patches(neighbours, PATCH)
        count = int(self._patch.max()) + 1
        node, slot = np.nonzero(neighbours >= 0)
        ends = self._patch[node], self._patch[neighbours[node, slot]]
        cut = ends[0] != ends[1]
        pairs = ends[0][cut], ends[1][cut]
        links = coo_matrix((-np.ones(len(pairs[0])), pairs), shape=(count, count)).tocsc()
        _, self._piece = connected_components(links, directed=False)
        diagonal = -np.asarray(links.sum(axis=1)).ravel()
        links.setdiag(diagonal)
        # Without it a network moved as a whole costs nothing and the matrix has no inverse.
        shift = 1e-9 * max(float(diagonal.max()), 1.0) * eye_array(count, format="csc")
        with self._threads.limit(limits=1):
            order = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}}
            self._factors = splu((links + shift).tocsc(), **order)

    def correct(self, residual: NDArray[Any]) -> NDArray[Any]:
        """An approximate solution (node, 3) of Laplacian · x = `residual`; symmetric, positive definite."""
        sums = np.zeros((len(self._piece), residual.shape[1]))
        _sum_up(self._patch, residual, sums)
        # BLAS inside would round by the number of its threads.
        with self._threads.limit(limits=1):
            coarse = self._still(self._factors.solve(self._still(sums)))
        corrected = np.empty_like(residual)
        _spread(self._degree, self._patch, coarse, residual, corrected)
        return corrected

    def _still(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values (patch, 3) without their mean over each piece that holds together."""
        counts = np.bincount(self._piece)
        means = [np.bincount(self._piece, column) / counts for column in values.T]
        return values - np.stack(means, axis=1)[self._piece]


def displacements(
    levels: TwoLevel, wanted: NDArray[Any], tolerance: float = 1e-3
) -> tuple[NDArray[Any], int]:
    """Displacements (node, 3) with zero mean, and the iterations that they took.

    Parameters
    ----------
    levels : of the network; its links are mutual.
    wanted : (node, slot, 3) displacement of the neighbour against the node that each link asks for.
    tolerance : length of the residual against that of the right-hand side.
    """
    residual = np.empty((len(wanted), wanted.shape[2]))
    _divergence(levels.neighbours, wanted, residual)
    goal = tolerance**2 * dot(residual, residual)
    found, image = np.zeros_like(residual), np.empty_like(residual)
    step, product = np.zeros_like(residual), 1.0
    for iteration in range(MAX_ITERATIONS):
        if dot(residual, residual) <= goal:
            return found - found.mean(axis=0), iteration
        corrected = levels.correct(residual)
        before, product = product, dot(residual, corrected)
        add(step, 1.0, corrected, 0.0 if iteration == 0 else product / before)
        _laplacian(levels.neighbours, step, image)
        length = product / dot(step, image)
        add(found, length, step)
        add(residual, -length, image)
    return found - found.mean(axis=0), MAX_ITERATIONS


def patches(neighbours: NDArray[Any], size: int) -> NDArray[Any]:
    """Patch (node,) of each node: connected sets of about `size` nodes, grown breadth first in order.

    What is left between them, smaller than a quarter of `size`, joins a patch beside it.
    """
    patch = np.full(len(neighbours), -1, dtype=np.int32)
    count = _grow(neighbours, size, patch)
    number = np.full(count, -1, dtype=np.int32)
    used = np.unique(patch)
    number[used] = np.arange(len(used))
    return number[patch]


@njit(cache=True)
def _grow(neighbours: Any, size: int, patch: Any) -> int:
    queue = np.empty(size, dtype=np.int64)
    count = 0
    for seed in range(len(patch)):
        if patch[seed] >= 0:
            continue
        queue[0], last, first, beside = seed, 1, 0, -1
        patch[seed] = count
        while first < last:
            node = queue[first]
            first += 1
            for slot in range(neighbours.shape[1]):
                other = neighbours[node, slot]
                if other < 0:
                    break
                if patch[other] < 0 and last < size:
                    patch[other] = count
                    queue[last] = other
                    last += 1
                elif patch[other] >= 0 and patch[other] != count:
                    beside = patch[other]
        if last < size // 4 and beside >= 0:
            for place in range(last):
                patch[queue[place]] = beside
        else:
            count += 1
    return count


@njit(cache=True, parallel=True)
def _divergence(neighbours: Any, wanted: Any, total: Any) -> None:
    """Each node sums what its links ask of it."""
    for i in prange(len(neighbours)):
        for x in range(total.shape[1]):
            total[i, x] = 0.0
        for s in range(neighbours.shape[1]):
            if neighbours[i, s] < 0:
                break
            for x in range(total.shape[1]):
                total[i, x] -= wanted[i, s, x]


@njit(cache=True, parallel=True)
def _laplacian(neighbours: Any, values: Any, total: Any) -> None:
    for i in prange(len(neighbours)):
        x, y, z = 0.0, 0.0, 0.0
        for s in range(neighbours.shape[1]):
            j = neighbours[i, s]
            if j < 0:
                break
            x += values[i, 0] - values[j, 0]
            y += values[i, 1] - values[j, 1]
            z += values[i, 2] - values[j, 2]
        total[i, 0], total[i, 1], total[i, 2] = x, y, z


@njit(cache=True)
def _sum_up(patch: Any, residual: Any, sums: Any) -> None:
    for i in range(len(patch)):
        for x in range(residual.shape[1]):
            sums[patch[i], x] += residual[i, x]


@njit(cache=True, parallel=True)
def _spread(degree: Any, patch: Any, coarse: Any, residual: Any, corrected: Any) -> None:
    for i in prange(len(patch)):
        for x in range(residual.shape[1]):
            corrected[i, x] = residual[i, x] / degree[i] + coarse[patch[i], x]
