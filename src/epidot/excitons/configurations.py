"""Configuration interaction of a few electrons and holes: full in a given active space.

H = Σ t^e_ab c†_a c_b + Σ t^h_ij d†_i d_j + Σ (K − W)_(ai)(bj) c†_a d†_i d_j c_b
    + ½ Σ V^e_(ab)(cd) c†_a c†_c c_d c_b + ½ Σ V^h_(ij)(kl) d†_i d†_k d_l d_j,

c† makes an electron, d†_i takes one out of valence state i, so that |a i⟩ = c†_a c_i |0⟩ and a pair
state's amplitudes contract with ⟨i|r|a⟩. States include spin; nothing is assumed of it. Numbers of
electrons and of holes are conserved (one or two of each); Auger terms, which change them, are left out.

The matrix is applied to the antisymmetric tensor C[a, i, b, j] (electron 1, hole 1, electron 2, hole 2):
K − W acts on electron 1 and hole 1 as one matrix product, and antisymmetry gives the other three pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError

_DENSE: Final = 1000
"""Configurations up to which the whole matrix is diagonalised."""
_RESIDUAL: Final = 1e-7
"""eV; largest accepted ‖H C − E C‖ of an iterative solution."""
_SAME: Final = 1e-9
"""eV; energies closer than this are those of one multiplet."""
_ROUNDS: Final = 6
_VECTORS: Final = 100
"""Of a Krylov space between restarts, beside four for each state wanted."""


@final
@dataclass(frozen=True, eq=False)
class ActiveSpace:
    """Single-particle states and the integrals between them, eV; e electrons, h holes.

    Two-body arrays are ordered by charge: [a, b, c, d] is (ab|cd), the interaction of the transition
    densities ψ_a* ψ_b and ψ_c* ψ_d; those of holes are of the hole's own wave functions, the complex
    conjugates of the valence states.
    """

    electron: NDArray[Any]
    """(e, e), complex: energies and self-energies of electrons."""
    hole: NDArray[Any]
    """(h, h), complex: of holes, upwards from the gap."""
    attraction: NDArray[Any]
    """(e, h, e, h), complex: W, screened, positive; subtracted."""
    exchange: NDArray[Any]
    """(e, h, e, h), complex: K, added."""
    electron_repulsion: NDArray[Any]
    """Between the first electrons, (e', e', e', e'), complex; two electrons need a space no larger."""
    hole_repulsion: NDArray[Any]
    """Between the first holes, (h', h', h', h'), complex."""

    @property
    def sizes(self) -> tuple[int, int]:
        """Numbers of electron and of hole states."""
        return len(self.electron), len(self.hole)

    @property
    def pair_interaction(self) -> NDArray[Any]:
        """K − W, (e × h, e × h)."""
        size = len(self.electron) * len(self.hole)
        return (self.exchange - self.attraction).reshape(size, size)

    def first(self, electrons: int, holes: int) -> ActiveSpace:
        """The space of the first `electrons` and `holes` of these states."""
        e, h = slice(electrons), slice(holes)
        return ActiveSpace(
            self.electron[e, e],
            self.hole[h, h],
            self.attraction[e, h, e, h],
            self.exchange[e, h, e, h],
            self.electron_repulsion[e, e, e, e],
            self.hole_repulsion[h, h, h, h],
        )


@final
class Configurations:
    """The configurations of one or two electrons with one or two holes, and their Hamiltonian."""

    def __init__(self, space: ActiveSpace, electrons: int, holes: int) -> None:
        self.shape = space.sizes
        self.electrons, self.holes = _Side(self.shape[0], electrons), _Side(self.shape[1], holes)
        self.size = self.electrons.size * self.holes.size
        self._pair = space.pair_interaction
        self._of_electrons = self.electrons.matrix(space.electron, space.electron_repulsion)
        self._of_holes = self.holes.matrix(space.hole, space.hole_repulsion)

    def apply(self, vectors: NDArray[Any]) -> NDArray[Any]:
        """H times vectors, (configuration, column); electrons run slowest."""
        columns = vectors.shape[1]
        packed = vectors.reshape(self.electrons.size, self.holes.size, columns)
        out = np.einsum("pq,qhn->phn", self._of_electrons, packed, optimize=True)
        out += np.einsum("hk,pkn->phn", self._of_holes, packed, optimize=True)
        out += self._across(packed)
        return out.reshape(self.size, columns)

    def _across(self, packed: NDArray[Any]) -> NDArray[Any]:
        columns = packed.shape[-1]
        by_hole = self.holes.unpack(np.moveaxis(packed, 1, 0))
        tensor = self.electrons.unpack(np.moveaxis(by_hole, 2, 0))
        tensor = np.ascontiguousarray(np.transpose(tensor, (0, 2, 1, 3, 4)))
        shape = tensor.shape
        acted = (self._pair @ tensor.reshape(len(self._pair), -1)).reshape(shape)
        if self.electrons.count == 2:
            acted = acted - acted.swapaxes(0, 2)
        if self.holes.count == 2:
            acted = acted - acted.swapaxes(1, 3)
        by_electron = self.electrons.pack(np.transpose(acted, (0, 2, 1, 3, 4)))
        by_both = self.holes.pack(np.moveaxis(by_electron, 0, 2))
        return np.moveaxis(by_both, 0, 1).reshape(self.electrons.size, self.holes.size, columns)

    def dense(self) -> NDArray[Any]:
        """The whole matrix, (configuration, configuration), eV."""
        return self.apply(np.eye(self.size, dtype=complex))

    def lowest(self, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The lowest `count` (or all) energies, eV, and states, (configuration, state).

        Raises
        ------
        ConvergenceError
            The iteration did not reach residuals below 1e-7 eV.
        """
        count = min(count, self.size)
        if self.size <= max(_DENSE, 2 * count):
            energies, states = np.linalg.eigh(self.dense())
            return energies[:count], states[:, :count]
        return self._iterated(count)

    def _iterated(self, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Lanczos, repeated in the complement of what was found.

        One Krylov space holds one state of each degenerate level; the next holds another.
        """
        energies, states = np.zeros(0), np.zeros((self.size, 0), complex)
        for number in range(_ROUNDS):
            more, found = self._lanczos(count, states, seed=number)
            done = number > 0 and more[0] > energies[count - 1] - _SAME
            energies, states = np.append(energies, more), np.concatenate([states, found], axis=1)
            order = np.argsort(energies, kind="stable")
            energies, states = energies[order], states[:, order]
            if done:
                break
        kept = states[:, :count]
        residual = np.linalg.norm(self.apply(kept) - kept * energies[:count], axis=0).max()
        if residual > _RESIDUAL:
            raise ConvergenceError(
                "configuration interaction",
                f"residual {residual:.1e} eV",
                f"{_RESIDUAL:.0e} eV",
                "Take a smaller active space",
            )
        return energies[:count], kept

    def _lanczos(self, count: int, known: NDArray[Any], seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
        from scipy.sparse import linalg

        # Known states are moved above the spectrum instead of projected out, which keeps H Hermitian.
        lift = 2.0 * self._bound()

        def act(vector: NDArray[Any]) -> NDArray[Any]:
            column = vector.reshape(-1, 1)
            return (self.apply(column) + lift * (known @ (known.conj().T @ column)))[:, 0]

        sparse: Any = linalg
        operator = sparse.LinearOperator((self.size, self.size), matvec=act, dtype=complex)
        rng = np.random.default_rng(seed)
        start = rng.normal(size=self.size) + 1j * rng.normal(size=self.size)
        # A biexciton's lowest states lie close together: 24 vectors take eight times as many products.
        vectors = min(self.size, 4 * count + _VECTORS)
        try:
            energies, states = sparse.eigsh(operator, k=count, which="SA", v0=start, ncv=vectors, tol=1e-10)
        except linalg.ArpackNoConvergence as error:
            raise ConvergenceError(
                "configuration interaction", error, f"{count} states", "Take a smaller active space"
            ) from error
        order = np.argsort(energies)
        return energies[order], np.linalg.qr(states[:, order])[0]

    def _bound(self) -> float:
        """A bound on |E|: norms of the parts."""
        parts = [np.abs(part).sum(axis=1).max() for part in (self._of_electrons, self._of_holes, self._pair)]
        return float(parts[0] + parts[1] + self.electrons.count * self.holes.count * parts[2])


@final
class _Side:
    """One or two identical particles in `states` states; the packed index of two runs over a < b."""

    def __init__(self, states: int, count: int) -> None:
        self.states, self.count = states, count
        self.rows, self.columns = np.triu_indices(states, 1)
        self.size = states if count == 1 else len(self.rows)

    def unpack(self, packed: NDArray[Any]) -> NDArray[Any]:
        """(packed, ...) to (first particle, second, ...); one particle has a second axis of length 1."""
        if self.count == 1:
            return packed[:, None]
        full = np.zeros((self.states, self.states, *packed.shape[1:]), packed.dtype)
        full[self.rows, self.columns] = packed
        full[self.columns, self.rows] = -packed
        return full

    def pack(self, full: NDArray[Any]) -> NDArray[Any]:
        """What `unpack` undoes."""
        return full[:, 0] if self.count == 1 else full[self.rows, self.columns]

    def matrix(self, single: NDArray[Any], repulsion: NDArray[Any]) -> NDArray[Any]:
        """Energy of the particles of this kind among themselves, (packed, packed)."""
        if self.count == 1:
            return single
        # ⟨ab|H|cd⟩ of ordered products; antisymmetry leaves the columns c < d minus their exchange.
        same = np.eye(self.states)
        whole = np.einsum("ac,bd->abcd", single, same) + np.einsum("ac,bd->abcd", same, single)
        whole = whole + repulsion.transpose(0, 2, 1, 3)
        rows = whole[self.rows, self.columns]
        return rows[:, self.rows, self.columns] - rows[:, self.columns, self.rows]
