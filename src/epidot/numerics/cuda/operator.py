"""The block-tetrahedral operator on a card: the methods of `BlockTetrahedral`, panels in its memory.

Atoms are renumbered once more, into compact groups, so `order` is its own and panels of this
operator do not mix with those of the one that it was placed from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InternalError
from epidot.numerics.cuda.card import Card
from epidot.numerics.cuda.layout import GROUP
from epidot.numerics.device import Device
from epidot.numerics.rows import LANES

_THREADS: Final = 4 * GROUP
_TERMS: Final = (2, 4, 5)


@final
@dataclass(frozen=True, eq=False)
class CudaOperator:
    """Made by `Gpu.place`. Arrays on the card: entries [tile, four, 8, 4], neighbours [atom, 4], excluded
    [atom, 2, orbital], missing [atom]; `order` [atom] on the host."""

    device: Device
    """Whose arrays the panels are."""
    card: Card
    entries: Any
    neighbours: Any
    excluded: Any
    missing: Any
    order: NDArray[np.int64]
    dimension: int
    """Complex dimension of the space that P keeps."""
    two_centre: bool
    """Whether `entries` are what two-centre blocks are made of, or full blocks."""

    @property
    def atoms(self) -> int:
        """Number of atoms."""
        return int(self.neighbours.shape[0])

    @property
    def orbitals(self) -> int:
        """Orbitals per atom, spin not counted."""
        return int(self.excluded.shape[2])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Real type of blocks and panels."""
        return np.dtype(self.entries.dtype)

    def cast(self, dtype: Any) -> CudaOperator:
        """The same operator in another precision (float32 or float64)."""
        return replace(
            self,
            entries=self.entries.astype(dtype, copy=False),
            excluded=self.excluded.astype(dtype, copy=False),
        )

    def zeros(self) -> Any:
        """A panel of zeros [atom, orbital, lane] on the card."""
        return self.card.arrays.zeros((self.atoms, self.orbitals, LANES), self.dtype)

    def apply(self, x: Any) -> Any:
        """P H P x for a panel x [atom, orbital, lane]; a new panel."""
        return self.step(self.zeros(), self.project(x), (1.0, 0.0))

    def project(self, x: Any) -> Any:
        """P x; a new panel."""
        return self.step(self.zeros(), x, (0.0, 1.0))

    def step(self, out: Any, x: Any, weights: Sequence[Any], *more: Any) -> Any:
        """out = P (w0 H x + w1 x), or P (w0 H x + w1 x + w2 out + w3 y + w4 z), in one pass; returns `out`.

        `weights` are numbers or arrays over the lanes, one for each term; `more` is (y,) or (y, z).
        `out` must be finite on entry and none of the others; x must lie in the kept space (unless w0 is 0).
        """
        self._check((x, *more), out, len(weights))
        self._launch(out, x, self.card.arrays.asarray(self.lanes(*weights)), more)
        return out

    def recur(
        self, first: Sequence[Any], second: NDArray[Any], panels: tuple[Any, Any, Any], *source: Any
    ) -> None:
        """Steps of a recursion in (H − σ)² on (inner, before, now), in place.

        At each, inner = first·(H now, now), then before = second[k]·(H inner, inner, before, now, *source),
        and `now` and `before` change roles. `first` has two weights; `second` is [step, 4 or 5, lane].
        """
        inner, before, now = panels
        self._check((inner, now, *source), before, second.shape[1])
        self._check((now,), inner, 2)
        once = self.card.arrays.asarray(self.lanes(*first))
        each = self.card.arrays.asarray(second.astype(self.dtype))
        for k in range(len(second)):
            self._launch(inner, now, once, ())
            self._launch(before, inner, each[k], (now, *source))
            before, now = now, before

    def lanes(self, *weights: Any) -> NDArray[Any]:
        """Weights spread over the lanes, [term, lane], on the host."""
        return np.array([np.broadcast_to(weight, LANES) for weight in weights], self.dtype)

    @property
    def multiply_adds(self) -> int:
        """Of one application to one real lane: the blocks' only."""
        return self.atoms * (11 + 4 * 15 if self.two_centre else 5 * self.orbitals**2)

    def step_bytes(self, terms: int) -> int:
        """Memory that a step must move at least: blocks and each panel read once, one panel written."""
        reads = {2: 1, 4: 3, 5: 4}[terms]
        panel = self.atoms * self.orbitals * LANES * self.dtype.itemsize
        return int(self.entries.nbytes + self.neighbours.nbytes + self.missing.nbytes) + (reads + 1) * panel

    def _launch(self, out: Any, x: Any, weights: Any, more: tuple[Any, ...]) -> None:
        y, z = (*more, x, x)[:2]  # the kernel does not read beyond its terms
        counts = np.int32(weights.shape[0]), np.int32(self.atoms)
        blocks = self.entries, self.neighbours, self.excluded, self.missing
        run = self.card.kernel(self.orbitals, self.dtype, self.two_centre)
        run(-(-self.atoms // GROUP), _THREADS, (*blocks, weights, x, out, y, z, *counts))

    def _check(self, read: tuple[Any, ...], out: Any, terms: int) -> None:
        """The kernel sees addresses only: a wrong array would give wrong numbers."""
        shape = (self.atoms, self.orbitals, LANES)
        for panel in (*read, out):
            if panel.shape != shape or panel.dtype != self.dtype or not panel.flags.c_contiguous:
                raise InternalError(f"a panel {panel.shape} of {panel.dtype}, not {shape} of {self.dtype}")
        if any(panel is out for panel in read):
            raise InternalError("a panel is read and written in one step")
        if terms not in _TERMS or terms != (2 if len(read) == 1 else 2 + len(read)):
            raise InternalError(f"{terms} weights for {len(read)} panels read")
