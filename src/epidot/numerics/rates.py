"""How near the operator comes to what this processor can do: all of it measured here and now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numba import njit, prange

from epidot.numerics.chebyshev import random_panel
from epidot.numerics.device import CPU
from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.rows import COLUMNS, LANES

_COUNT: Final = 24_000_000
"""Numbers in each array of the triad: three times 192 MB, beyond any cache."""
_SIZE: Final = 2048
"""Rows of the matrices whose product measures multiply–adds."""
_STEPS: Final = 12
_RUNS: Final = 5


@final
@dataclass(frozen=True)
class Rates:
    """Of the filter's recursion, float32, four complex columns."""

    seconds: float
    """Of one application of H to one complex column."""
    traffic: float
    """Bytes per second, as if each application read and wrote its panels and blocks once."""
    arithmetic: float
    """Floating-point operations per second; only the multiply–adds of blocks are counted."""
    share: float
    """Time that the nearer roofline would take, as a share of the time taken."""


def triad_rate() -> float:
    """Bytes per second of a = b + s c on all threads, arrays far beyond the cache."""
    a, b, c = (np.full(_COUNT, value) for value in (0.0, 1.0, 2.0))
    return 3.0 * a.nbytes / _best(lambda: _triad(a, b, c))


def multiply_add_rate() -> float:
    """Floating-point operations per second of a float32 matrix product on all threads."""
    matrix = np.ones((_SIZE, _SIZE), np.float32)
    return 2.0 * _SIZE**3 / _best(lambda: matrix @ matrix)


def kernel_rates(operator: BlockTetrahedral, triad: float, multiply_add: float) -> Rates:
    """The recursion on this operator against the two rates of the machine (bytes/s, operations/s).

    An application needs at least its multiply–adds, and a sweep of `BlockTetrahedral.tiling` at least to read
    the blocks and two panels and to write three: the roofline is the longer of the two times.
    """
    single = operator.cast(np.float32)
    second = np.tile(single.lanes(0.1, 0.0, -0.5, -0.4), (_STEPS, 1, 1))
    panels = tuple(random_panel(CPU, single, seed) for seed in range(3))
    seconds = _best(lambda: single.recur((0.1, 0.0), second, panels)) / (2 * _STEPS)
    panel = single.atoms * single.orbitals * LANES * 4
    blocks = single.onsite.nbytes + single.hopping.nbytes + single.neighbours.nbytes
    operations = 2.0 * LANES * single.multiply_adds
    depth = single.tiling()[1]
    roofline = max(operations / multiply_add, (5 * panel + blocks) / depth / triad)
    traffic = (3.5 * panel + blocks) / seconds
    return Rates(seconds / COLUMNS, traffic, operations / seconds, roofline / seconds)


@njit(parallel=True, cache=True)
def _triad(a: Any, b: Any, c: Any) -> None:
    for i in prange(a.size):
        a[i] = b[i] + 3.0 * c[i]


def _best(call: Callable[[], object]) -> float:
    """Shortest of some runs, seconds, after one that does not count."""
    call()
    times: list[float] = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)
