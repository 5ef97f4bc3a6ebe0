"""The block-tetrahedral operator: up to four neighbours, real blocks, one spin–orbit term.

On a spinor field ψ(atom, orbital, spin) it acts as ::

    (H ψ)_i = onsite_i ψ_i + Σ_s hopping_{i,s} ψ_{neighbours_{i,s}} + coupling_i (L·σ) ψ_i

restricted to the complement of given on-site vectors (`excluded`): what is applied is P H P
with P = 1 − Σ d dᵀ. `onsite` and `hopping` are real and diagonal in spin. L·σ acts on the
orbitals 1, 2, 3 of an atom as angular momentum one: ⟨a|L·σ|b⟩ = −i Σ_c ε_abc σ_c, eigenvalues
+1 (four-fold) and −2 (two-fold) (Chadi, Phys. Rev. B 16, 790 (1977)).

Vectors are panels: real arrays [atom, orbital, lane] with 16 lanes = (spin 2, re/im 2,
column 4), so one pass serves four complex columns and the innermost loop is one SIMD register
wide. P is folded into the real blocks beforehand; only the spin–orbit term meets it at run time.

Invariants: H is Hermitian; it commutes with time reversal T = −i σ_y K, because every block is
real and L·σ is even under T. A result does not depend on the number of threads: each atom's
row is summed by one thread in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numba
import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError, InternalError
from epidot.numerics.rows import COLUMNS, LANES, recur, step
from epidot.numerics.twocentre import two_centre_form

_CACHE: Final = 16_000_000
"""Bytes of panels that a sweep may keep on their way: a share of the last-level cache."""
_SMALLEST_CHUNK: Final = 128
_DEEPEST: Final = 16
"""Substeps to one pass over memory; more would gain little."""


@final
@dataclass(frozen=True, eq=False)
class BlockTetrahedral:
    """The operator, its atoms renumbered so that neighbours lie close in memory.

    Made by `block_tetrahedral`. Panels that enter and leave are in the inner order:
    inner atom k is outer atom ``order[k]``. A missing neighbour points at the atom itself with a zero block.
    Blocks are either in two-centre form (`twocentre`): onsite [atom, 8], hopping [atom, 4, 10], P applied to
    each row when it is made; or full and P-projected: onsite [atom, o, o], hopping [atom, 4, o, o].
    """

    onsite: NDArray[Any]
    hopping: NDArray[Any]
    neighbours: NDArray[np.int32]
    coupling: NDArray[Any]
    excluded: NDArray[Any]
    missing: NDArray[np.int8]
    order: NDArray[np.int64]
    bandwidth: int
    """Largest distance in the inner order between neighbours."""

    @property
    def atoms(self) -> int:
        """Number of atoms."""
        return self.onsite.shape[0]

    @property
    def orbitals(self) -> int:
        """Orbitals per atom, spin not counted."""
        return self.excluded.shape[2]

    @property
    def dimension(self) -> int:
        """Complex dimension of the space that P keeps."""
        return 2 * (self.atoms * self.orbitals - int(self.missing.sum()))

    @property
    def multiply_adds(self) -> int:
        """Of one application to one real lane: the blocks' only."""
        return self.atoms * (11 + 4 * 15 if self.hopping.ndim == 3 else 5 * self.orbitals**2)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Real type of blocks and panels."""
        return self.onsite.dtype

    def cast(self, dtype: Any) -> BlockTetrahedral:
        """The same operator in another precision (float32 or float64)."""
        names = ("onsite", "hopping", "coupling", "excluded")
        return replace(self, **{name: getattr(self, name).astype(dtype) for name in names})

    def zeros(self) -> NDArray[Any]:
        """A panel of zeros [atom, orbital, lane]."""
        return np.zeros((self.atoms, self.orbitals, LANES), self.dtype)

    def apply(self, x: NDArray[Any]) -> NDArray[Any]:
        """P H P x for a panel x [atom, orbital, lane]; a new panel."""
        return self.step(self.zeros(), self.project(x), (1.0, 0.0))

    def project(self, x: NDArray[Any]) -> NDArray[Any]:
        """P x; a new panel."""
        return self.step(self.zeros(), x, (0.0, 1.0))

    def step(
        self, out: NDArray[Any], x: NDArray[Any], weights: Sequence[Any], *more: NDArray[Any]
    ) -> NDArray[Any]:
        """out = P (w0 H x + w1 x), or P (w0 H x + w1 x + w2 out + w3 y + …), in one pass; returns `out`.

        `weights` are numbers or arrays over the lanes, one for each term. `out` must be finite on entry
        and none of the others, which are panels [atom, orbital, lane]; x must lie in the kept space.
        """
        if len(weights) != (2 if not more else 3 + len(more)):
            raise InternalError(f"{len(weights)} weights for {len(more)} further panels")
        shape, blocks, missing = self._parts
        step(shape, blocks, missing, self.lanes(*weights), (x, out, *more))
        return out

    def recur(
        self, first: Sequence[Any], second: NDArray[Any], panels: tuple[Any, Any, Any], *source: NDArray[Any]
    ) -> None:
        """Steps of a recursion in (H − σ)² on (inner, before, now), in place: see `rows.recur`.

        `first` has two weights; `second` is [step, 4 or 5, lane]. After an odd number of steps the newest
        panel is in the second place.
        """
        shape, blocks, missing = self._parts
        recur(shape, blocks, missing, (self.lanes(*first), second), panels, source, self.tiling())

    def tiling(self) -> tuple[int, int, int]:
        """Chunk, depth and domains for `rows.recur`: as deep as the cache holds the panels on their way."""
        chunk = max(self.bandwidth, _SMALLEST_CHUNK)
        row = 3 * self.orbitals * LANES * self.dtype.itemsize
        depth = int(np.clip(_CACHE // (chunk * row) - 2, 2, _DEEPEST))
        chunks = -(-self.atoms // chunk)
        domains = int(np.clip(chunks // (2 * depth), 1, numba.get_num_threads()))
        if domains < numba.get_num_threads():
            depth = 2
            domains = int(np.clip(chunks // (2 * depth), 1, numba.get_num_threads()))
        return chunk, depth, domains

    def lanes(self, *weights: Any) -> NDArray[Any]:
        """Weights spread over the lanes, [term, lane]."""
        return np.array([np.broadcast_to(weight, LANES) for weight in weights], self.dtype)

    @property
    def _parts(self) -> tuple[Any, ...]:
        blocks = (self.onsite, self.hopping, self.neighbours, self.coupling, self.excluded)
        return (0,) * self.orbitals, blocks, self.missing

    def dense(self) -> NDArray[np.complex128]:
        """The matrix of P H P [row, row], row = (inner atom, orbital, spin); for small systems."""
        size = 2 * self.atoms * self.orbitals
        matrix = np.zeros((size, size), np.complex128)
        double = self.cast(np.float64)
        panel = np.zeros((self.atoms, self.orbitals, 2, 2, COLUMNS))
        for start in range(0, size, COLUMNS):
            panel[:] = 0.0
            width = min(COLUMNS, size - start)
            for column in range(width):
                atom, rest = divmod(start + column, 2 * self.orbitals)
                panel[atom, rest // 2, rest % 2, 0, column] = 1.0
            image = double.apply(panel.reshape(self.atoms, self.orbitals, LANES)).reshape(panel.shape)
            columns = image[:, :, :, 0] + 1j * image[:, :, :, 1]
            matrix[:, start : start + width] = columns.reshape(size, COLUMNS)[:, :width]
        return matrix


def block_tetrahedral(
    onsite: NDArray[Any],
    hopping: NDArray[Any],
    neighbours: NDArray[Any],
    coupling: NDArray[Any],
    excluded: NDArray[Any],
) -> BlockTetrahedral:
    """Check, project, renumber.

    Parameters
    ----------
    onsite : [atom, orbital, orbital] real symmetric blocks; orbitals 1, 2, 3 are the p shell.
    hopping : [atom, 4, orbital, orbital]; block (i, s) couples atom i (rows) to ``neighbours[i, s]``.
    neighbours : [atom, 4], −1 where there is none.
    coupling : [atom], λ in λ L·σ.
    excluded : [atom, 2, orbital] orthonormal on-site vectors to project out; zero rows for none.

    Raises
    ------
    InputError
        A block that is not finite, an atom without neighbours, vectors that are not orthonormal.
    """
    on, hop, lam, vectors = (np.asarray(a, np.float64) for a in (onsite, hopping, coupling, excluded))
    near = np.asarray(neighbours, np.int64)
    for name, values in (("onsite", on), ("hopping", hop), ("spin_orbit", lam), ("dangling", vectors)):
        _check_finite(name, values)
    _check_network(near)
    missing = _count_vectors(vectors)
    present = near >= 0
    compact = two_centre_form(on, np.where(present[..., None, None], hop, 0.0))
    if compact is None:
        keep = np.eye(on.shape[1]) - np.einsum("ihp,ihq->ipq", vectors, vectors)
        on = keep @ on @ keep
        hop = np.where(present[..., None, None], keep[:, None] @ hop @ keep[np.where(present, near, 0)], 0.0)
    else:
        on, hop = compact
    order = _local_order(near)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    inner = np.where(present, place[near], place[:, None])[order]
    on, hop, lam, vectors = (part[order] for part in (on, hop, lam, vectors))
    bandwidth = int(np.abs(inner - np.arange(order.size)[:, None]).max())
    return BlockTetrahedral(on, hop, inner.astype(np.int32), lam, vectors, missing[order], order, bandwidth)


def _check_finite(name: str, values: NDArray[Any]) -> None:
    if not np.isfinite(values).all():
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(values))[0])
        rule = f"must be finite; it is not at {place}"
        raise InputError(name, values[place], rule, "Check the parameters and positions of that atom")


def _check_network(neighbours: NDArray[Any]) -> None:
    alone = np.flatnonzero((neighbours < 0).all(axis=1))
    if alone.size:
        rule = f"every atom must have a neighbour; atom {alone[0]} has none ({alone.size} such atoms)"
        raise InputError("neighbours", neighbours[alone[0]], rule, "Remove loose atoms from the structure")
    if neighbours.max() >= neighbours.shape[0]:
        raise InputError(
            "neighbours", int(neighbours.max()), "must be an atom index", "Rebuild the structure"
        )


def _count_vectors(vectors: NDArray[Any]) -> NDArray[np.int8]:
    overlap = np.einsum("ihp,ikp->ihk", vectors, vectors)
    diagonal = np.einsum("ihh->ih", overlap)
    present = diagonal > 0.5
    expected = np.einsum("ih,hk->ihk", present.astype(float), np.eye(vectors.shape[1]))
    worst = float(np.abs(overlap - expected).max())
    if worst > 1e-9 or (present[:, 1] & ~present[:, 0]).any():
        rule = "must be orthonormal rows, zero rows last"
        raise InputError(
            "dangling", f"deviation {worst:.1e}", rule, "Orthonormalise the hybrids of each atom"
        )
    return present.sum(axis=1).astype(np.int8)


def _local_order(neighbours: NDArray[Any]) -> NDArray[np.int64]:
    """Reverse Cuthill–McKee: neighbours come close, so that gathers hit the cache."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    atoms = neighbours.shape[0]
    row, slot = np.nonzero(neighbours >= 0)
    entries = (np.ones(row.size, np.int8), (row, neighbours[row, slot]))
    return reverse_cuthill_mckee(csr_matrix(entries, (atoms, atoms)), symmetric_mode=True).astype(np.int64)
