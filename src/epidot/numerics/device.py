"""Where panels live and who multiplies them: the seam between the eigensolver and a processor or a card.

Long arrays (panels, bases) stay on one device. What the eigensolver may do with them:

* the operator that `Device.place` gives makes and maps panels (`zeros`, `project`, `apply`, `step`, `cast`);
* `inner`, `add_product` and `column_dots` are the dense algebra of panels; their small matrices
  (Gram matrices, coefficients) are host arrays, so everything of the size of a search space stays NumPy;
* operators and methods that NumPy and CuPy arrays share (``+ − *``, slices, ``copy``, ``reshape``,
  ``astype``, ``sum``) and NumPy functions that take the array (``numpy.abs(panel)``), never ones that make
  one (``numpy.zeros``, ``numpy.ascontiguousarray``) and never a host array in the same expression:
  `put` and `take` are the only ways in and out.

Energies do not depend on the device beyond the rounding of float64.
"""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.numerics import panels
from epidot.numerics.operator import BlockTetrahedral


class Device(Protocol):
    """Holds arrays, multiplies them, and takes an operator."""

    @property
    def name(self) -> str:
        """``"cpu"``, or the name of the card."""
        ...

    def place(self, operator: BlockTetrahedral) -> Any:
        """The operator on this device, with the methods of `BlockTetrahedral` on panels held here.

        Its `device` is this one. Its `order` is its own: panels of two placements do not mix.
        """
        ...

    def operator_bytes(self, operator: BlockTetrahedral, dtype: Any) -> int:
        """Memory that the placed operator takes in one precision."""
        ...

    def free_bytes(self) -> int | None:
        """Memory to be had now; None where the system does not say."""
        ...

    def running(self) -> AbstractContextManager[None]:
        """Surrounds work on the device: a device that runs full inside raises `InputError`."""
        ...

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array of zeros."""
        ...

    def put(self, values: NDArray[Any]) -> Any:
        """A host array, on the device."""
        ...

    def take(self, values: Any) -> NDArray[Any]:
        """An array of the device, on the host."""
        ...

    def inner(self, left: Any, right: Any) -> NDArray[np.float64]:
        """leftᵀ right, [panel × lane, panel × lane] on the host, of two arrays [panel, row, lane].

        Some thousand rows at most are summed in the arrays' own precision, all else in float64; in a
        fixed order.
        """
        ...

    def add_product(self, out: Any, left: Any, matrix: NDArray[Any]) -> None:
        """out += left · matrix, in place: arrays [panel, row, lane], a host matrix [panel × lane, same]."""
        ...

    def column_dots(self, left: Any, right: Any) -> NDArray[np.float64]:
        """Σ_row left · right of each lane of panels [row, lane], in float64; on the host."""
        ...


def require_memory(device: Device, needed: int, name: str, cure: str) -> None:
    """Raise `InputError` with both numbers if `needed` bytes are more than the device has free."""
    free = device.free_bytes()
    if free is not None and needed > free:
        rule = f"needs {needed / 1e9:.2f} GB on {device.name}, where {free / 1e9:.2f} GB are free"
        raise InputError(name, f"{needed / 1e9:.2f} GB", rule, cure)


@final
class Cpu:
    """The processor: NumPy arrays and compiled kernels; the same bits for any number of threads."""

    name = "cpu"

    def place(self, operator: BlockTetrahedral) -> BlockTetrahedral:
        """The operator as it is."""
        return operator

    def operator_bytes(self, operator: BlockTetrahedral, dtype: Any) -> int:
        """Blocks, couplings and excluded vectors in `dtype`, and the indices."""
        reals = (operator.onsite, operator.hopping, operator.coupling, operator.excluded)
        indices = operator.neighbours.nbytes + operator.missing.nbytes + operator.order.nbytes
        return np.dtype(dtype).itemsize * sum(part.size for part in reals) + indices

    def free_bytes(self) -> int | None:
        """What Linux counts as available; None elsewhere."""
        try:
            with open("/proc/meminfo", encoding="ascii") as lines:
                found = dict(line.split(":", 1) for line in lines)
        except OSError:
            return None
        return 1024 * int(found["MemAvailable"].split()[0])

    def running(self) -> AbstractContextManager[None]:
        """Nothing to guard: Linux promises memory that it may not have."""
        return contextlib.nullcontext()

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """An array of zeros."""
        return np.zeros(shape, dtype)

    def put(self, values: NDArray[Any]) -> NDArray[Any]:
        """The array itself."""
        return values

    def take(self, values: NDArray[Any]) -> NDArray[Any]:
        """The array itself."""
        return values

    def inner(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
        """leftᵀ right."""
        return panels.inner(left, right)

    def add_product(self, out: NDArray[Any], left: NDArray[Any], matrix: NDArray[Any]) -> None:
        """out += left · matrix."""
        panels.add_combination(out, left, matrix)

    def column_dots(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
        """Σ_row left · right of each lane."""
        return panels.column_dots(left, right)


CPU: Final = Cpu()
"""The one processor."""
