"""How near the kernel comes to what the card can do: both measured here and now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from epidot.numerics.cuda.card import Card
from epidot.numerics.cuda.operator import CudaOperator
from epidot.numerics.rows import COLUMNS, LANES

_COPIED: Final = 2**28
"""Floats of a copy: 1 GB, far beyond any cache."""
_RUNS: Final = 5


@final
@dataclass(frozen=True)
class Rates:
    """Of the operator applied twice, as a filter applies it: (H − σ) x, then the three-term step."""

    seconds: float
    """Of one application to one complex column."""
    kernel: float
    """Bytes per second that the two steps must move at least (`CudaOperator.step_bytes`)."""
    copy: float
    """Bytes per second of a plain copy, reading and writing counted."""
    arithmetic: float
    """Floating-point operations per second; only block multiply–adds are counted."""


def rates(operator: CudaOperator) -> Rates:
    """Measure; takes three more panels of memory, and a second or so."""
    second = operator.lanes(0.1, 0.0, -0.5, 0.5)[None]
    inner, before, now = operator.zeros(), operator.zeros(), operator.zeros()
    moved = operator.step_bytes(2) + operator.step_bytes(4)
    seconds = _best(operator.card, lambda: operator.recur((1.0, 0.0), second, (inner, before, now)))
    operations = 2 * 2 * LANES * operator.multiply_adds
    return Rates(seconds / (2 * COLUMNS), moved / seconds, copy_rate(operator.card), operations / seconds)


def copy_rate(card: Card) -> float:
    """Bytes per second of a plain copy on the card, reading and writing counted."""
    count = min(_COPIED, card.memory()[0] // 16)
    source, target = (card.arrays.zeros((count,), np.float32) for _ in range(2))

    def copy() -> None:
        target[...] = source

    return 2.0 * source.nbytes / _best(card, copy)


def _best(card: Card, call: Callable[[], object]) -> float:
    """Shortest time of a call, in seconds, in batches long enough for the clock."""
    call()
    card.synchronise()
    times: list[float] = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        for _ in range(_RUNS):
            call()
        card.synchronise()
        times.append((time.perf_counter() - began) / _RUNS)
    return min(times)
