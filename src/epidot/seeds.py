"""Keyed randomness: a number is a function of (seed, key), never of loop order.

The mixer is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), applied to the key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        state = state + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def start_state(seed: int) -> np.uint64:
    """What the keys of a seed are mixed with."""
    return _mix(np.full(1, seed % 2**64, dtype=np.uint64))[0]


def uniform(seed: int, keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """One number in [0, 1) per key; shape of `keys`."""
    mixed = _mix(keys.astype(np.uint64) ^ start_state(seed))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed: int, keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """One standard normal number per key (Box–Muller on two keyed uniforms)."""
    first = uniform(2 * seed, keys)
    second = uniform(2 * seed + 1, keys)
    return np.sqrt(-2.0 * np.log1p(-first)) * np.cos(2.0 * np.pi * second)
