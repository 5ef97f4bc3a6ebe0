"""The card itself: arrays, memory, compiled kernels; everything that CuPy is asked for is here."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Generator
from functools import cache
from importlib.resources import files
from typing import Any, Protocol, final

import numpy as np

from epidot.errors import InputError

_CURE = "Use --device cpu, or --device auto to fall back on it"


class Card(Protocol):
    """What the operator and the dense algebra need; a test may emulate it."""

    @property
    def name(self) -> str:
        """What the maker calls it."""
        ...

    @property
    def arrays(self) -> Any:
        """The array module: CuPy."""
        ...

    def kernel(
        self, orbitals: int, dtype: Any, two_centre: bool
    ) -> Callable[[int, int, tuple[Any, ...]], None]:
        """The compiled step: called with blocks, threads of each, and arguments."""
        ...

    def memory(self) -> tuple[int, int]:
        """Bytes free and in all."""
        ...

    def synchronise(self) -> None:
        """Wait until the card has done what it was told."""
        ...

    def refusing_when_full(self) -> contextlib.AbstractContextManager[None]:
        """Turns running out of memory inside into an `InputError`."""
        ...


@final
class CupyCard:
    """The current CUDA device through CuPy."""

    def __init__(self, arrays: Any) -> None:
        self.arrays = arrays
        self._device = arrays.cuda.Device()
        found = arrays.cuda.runtime.getDeviceProperties(self._device.id)["name"]
        self.name = found.decode() if isinstance(found, bytes) else str(found)
        self._kernel = cache(self._compile)

    def kernel(
        self, orbitals: int, dtype: Any, two_centre: bool
    ) -> Callable[[int, int, tuple[Any, ...]], None]:
        """Compiled once for each number of orbitals, precision and form of the blocks."""
        return self._kernel(kernel_options(orbitals, dtype, two_centre))

    def _compile(self, options: tuple[str, ...]) -> Callable[[int, int, tuple[Any, ...]], None]:
        module = self.arrays.RawModule(code=kernel_source(), options=options)
        function = module.get_function("block_step")
        return lambda grid, block, arguments: function((grid,), (block,), arguments)

    def memory(self) -> tuple[int, int]:
        """What the driver has free and what CuPy keeps for reuse; all of the card."""
        free, total = self._device.mem_info
        return free + self.arrays.get_default_memory_pool().free_bytes(), total

    def synchronise(self) -> None:
        """Wait for the device."""
        self._device.synchronize()

    @contextlib.contextmanager
    def refusing_when_full(self) -> Generator[None]:
        """Turns CuPy's own error into an `InputError` with both numbers; gives memory back in the end."""
        try:
            yield
        except self.arrays.cuda.memory.OutOfMemoryError as error:
            free, total = self.memory()
            rule = f"ran out of memory ({free / 1e9:.1f} of {total / 1e9:.1f} GB are free): {error}"
            cure = "Ask for fewer states, use a larger card, or --device cpu"
            raise InputError("device", self.name, rule, cure) from error
        finally:
            self.arrays.get_default_memory_pool().free_all_blocks()


def kernel_source() -> str:
    """The text of ``step.cu``."""
    return files("epidot.numerics.cuda").joinpath("step.cu").read_text(encoding="utf-8")


def kernel_options(orbitals: int, dtype: Any, two_centre: bool) -> tuple[str, ...]:
    """What the text is compiled with."""
    real = {"float32": "float", "float64": "double"}[np.dtype(dtype).name]
    return (f"-DREAL={real}", f"-DORBITALS={orbitals}", f"-DTWO_CENTRE={two_centre:d}", "--std=c++17")


def find_card() -> CupyCard:
    """The current CUDA device.

    Raises
    ------
    InputError
        CuPy is not installed, or it finds no device; the reason is in the rule.
    """
    try:
        arrays = importlib.import_module("cupy")
    except ImportError as error:
        rule = f"needs CuPy, which cannot be imported ({error})"
        cure = f"Install it on a machine with an NVIDIA card: pip install 'epidot[gpu]'. {_CURE}"
        raise InputError("device", "gpu", rule, cure) from error
    try:
        count = arrays.cuda.runtime.getDeviceCount()
    except arrays.cuda.runtime.CUDARuntimeError as error:
        raise InputError("device", "gpu", f"no CUDA device answers ({error})", _CURE) from error
    if count == 0:
        raise InputError("device", "gpu", "no CUDA device is visible", _CURE)
    return CupyCard(arrays)
