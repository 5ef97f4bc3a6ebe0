"""A CUDA card as a `Device` of the eigensolver: dense algebra by cuBLAS, sums in float64."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.cuda.card import Card
from epidot.numerics.cuda.layout import TILE, compact_order, fours, is_two_centre, renumbered, tiled
from epidot.numerics.cuda.operator import CudaOperator
from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.rows import LANES

_ROWS: Final = 65_536
"""Rows that are multiplied at once: the float64 copies that sums are made from stay near 200 MB."""


@final
class Gpu:
    """One card; see `epidot.numerics.device.Device` for what each method promises."""

    def __init__(self, card: Card) -> None:
        self.card = card

    @property
    def name(self) -> str:
        """What the maker calls the card."""
        return self.card.name

    def place(self, operator: BlockTetrahedral) -> CudaOperator:
        """A copy of the operator on the card, atoms in compact groups."""
        order = compact_order(operator.neighbours)
        return CudaOperator(
            device=self,
            card=self.card,
            entries=self.put(tiled(operator, order)),
            neighbours=self.put(renumbered(operator.neighbours, order)),
            excluded=self.put(operator.excluded[order]),
            missing=self.put(operator.missing[order]),
            order=operator.order[order],
            dimension=operator.dimension,
            two_centre=is_two_centre(operator),
        )

    def operator_bytes(self, operator: BlockTetrahedral, dtype: Any) -> int:
        """Entries in tiles, excluded vectors, indices."""
        atoms, orbitals = operator.atoms, operator.orbitals
        reals = -(-atoms // TILE) * TILE * 4 * fours(operator) + 2 * atoms * orbitals
        return np.dtype(dtype).itemsize * reals + 17 * atoms

    def free_bytes(self) -> int:
        """Free memory of the card."""
        return self.card.memory()[0]

    def running(self) -> AbstractContextManager[None]:
        """Running out of memory inside becomes an `InputError`."""
        return self.card.refusing_when_full()

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array of zeros on the card."""
        return self.card.arrays.zeros(shape, dtype)

    def put(self, values: NDArray[Any]) -> Any:
        """A copy on the card."""
        return self.card.arrays.asarray(values)

    def take(self, values: Any) -> NDArray[Any]:
        """A copy on the host."""
        return self.card.arrays.asnumpy(values)

    def inner(self, left: Any, right: Any) -> NDArray[np.float64]:
        """leftᵀ right, summed in float64."""
        total = self.zeros((left.shape[0] * LANES, right.shape[0] * LANES), np.float64)
        for rows in _chunks(left.shape[1]):
            first, second = _side_by_side(left[:, rows]), _side_by_side(right[:, rows])
            total += first.T.astype(np.float64) @ second.astype(np.float64)
        return self.take(total)

    def add_product(self, out: Any, left: Any, matrix: NDArray[Any]) -> None:
        """out += left · matrix, in place."""
        form = self.put(matrix.astype(left.dtype))
        for rows in _chunks(left.shape[1]):
            found = (_side_by_side(left[:, rows]) @ form).reshape(-1, len(out), LANES)
            out[:, rows] += found.transpose(1, 0, 2)

    def column_dots(self, left: Any, right: Any) -> NDArray[np.float64]:
        """Σ_row left · right, summed in float64."""
        total = self.zeros((left.shape[1],), np.float64)
        for rows in _chunks(len(left)):
            total += (left[rows].astype(np.float64) * right[rows].astype(np.float64)).sum(axis=0)
        return self.take(total)


def _side_by_side(panels: Any) -> Any:
    """[panel, row, lane] as [row, panel × lane]."""
    return panels.transpose(1, 0, 2).reshape(panels.shape[1], -1)


def _chunks(rows: int) -> Iterator[slice]:
    """Panels are copied side by side and to float64, never all of them."""
    return (slice(start, min(start + _ROWS, rows)) for start in range(0, rows, _ROWS))
