"""Keyed random numbers for long vectors: those of `epidot.seeds`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.seeds import start_state


def noise(seed: int, rows: NDArray[np.int64], width: int, dtype: Any) -> NDArray[Any]:
    """Numbers of mean 0 and variance 1, [row, width]; the key of each is ``rows[i]·width + column``."""
    values = np.empty((len(rows), width), dtype)
    _fill(start_state(seed), rows, values)
    return values


@njit(cache=True, parallel=True)
def _fill(start: Any, rows: Any, values: Any) -> None:
    width = values.shape[1]
    for i in prange(rows.shape[0]):
        for k in range(width):
            state = (np.uint64(rows[i] * width + k) ^ start) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
            uniform = np.float64(state >> np.uint64(11)) * 2.0**-53
            values[i, k] = (uniform - 0.5) * np.sqrt(12.0)
