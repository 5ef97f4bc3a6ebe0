"""Limited-memory BFGS for many variables, with a bounded step.

Method: two-loop recursion (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4);
step length by backtracking to the Armijo condition or, where rounding hides the descent, to the
approximate Wolfe condition (Hager and Zhang, SIAM J. Optim. 16, 170 (2005), eq. 23).

The variables form rows, for example one row of three per atom. "Length" below is that of the
longest row, so that bounds and tolerances mean the same for every number of rows. All sums run in
one thread in a fixed order: the path does not depend on the number of threads.

Why not scipy's L-BFGS-B: it has no bound on a step, its path depends on the threads of BLAS, and for
3·10⁵ variables it takes 1.2 times the processor time with BLAS held to one thread, 4.5 times without.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.progress import Progress, silent

Objective = Callable[[NDArray[Any]], tuple[float, NDArray[Any]]]
"""Value and gradient at x (row, column); the gradient is a new array at each call."""

SUFFICIENT: Final = 1e-4
"""Armijo: share of the linear decrease that a step must deliver."""
WOLFE_DELTA: Final = 0.1
WOLFE_SIGMA: Final = 0.9
"""Hager and Zhang's δ and σ: the slope must have risen, but not far beyond zero."""
ROUNDING: Final = 1e-12
"""Differences of the value below this share of it are taken for rounding."""
MAX_TRIALS: Final = 25


@final
@dataclass(frozen=True)
class LimitedMemoryBFGS:
    """When and how to stop: gradient length, evaluations, remembered steps, longest move of a row."""

    tolerance: float = 1e-6
    max_steps: int = 2000
    memory: int = 8
    max_step: float = math.inf

    def __post_init__(self) -> None:
        limits = {"tolerance": self.tolerance, "max_steps": self.max_steps, "memory": self.memory}
        for name, value in {**limits, "max_step": self.max_step}.items():
            if not value > 0:
                raise InputError(f"LimitedMemoryBFGS.{name}", value, "must be positive", "Give another value")


@final
@dataclass(frozen=True, eq=False)
class Minimum:
    """Where the minimiser stopped: x and gradient (row, column), value, gradient length, effort."""

    x: NDArray[Any]
    gradient: NDArray[Any]
    value: float
    gradient_norm: float
    steps: int
    evaluations: int

    def __str__(self) -> str:
        return f"gradient {self.gradient_norm:.3g} in {self.evaluations} evaluations"


def minimise(
    objective: Objective, start: NDArray[Any], *, method: LimitedMemoryBFGS, progress: Progress = silent
) -> Minimum:
    """Walk downhill from `start` (row, column) until the gradient is shorter than the tolerance.

    Progress is the logarithm of the gradient on its way from the start to the tolerance.

    Raises
    ------
    InputError
        Value or gradient at the start is not finite.
    ConvergenceError
        Out of steps, or no step along the gradient lowers the value; `reached` is a `Minimum`.
    """
    x = np.array(start, dtype=float)
    value, gradient = objective(x)
    if not (math.isfinite(value) and np.isfinite(gradient).all()):
        raise InputError("start", value, "value and gradient must be finite there", "Start elsewhere")
    reached = Minimum(x, gradient, value, _length(gradient), 0, 1)
    first_norm, best_norm = reached.gradient_norm, reached.gradient_norm
    pairs: deque[_Pair] = deque(maxlen=method.memory)
    while reached.gradient_norm > method.tolerance:
        if reached.steps >= method.max_steps:
            raise _stopped(reached, method, "Allow more steps or a larger tolerance")
        following = _advance(objective, reached, pairs, method.max_step)
        if following is None and pairs:
            pairs.clear()
            continue
        if following is None:
            raise _stopped(reached, method, "The tolerance may lie below rounding: allow a larger one")
        _remember(pairs, reached, following)
        reached = following
        best_norm = min(best_norm, reached.gradient_norm)
        progress(_fraction(first_norm, best_norm, method.tolerance), str(reached))
    return reached


def _stopped(reached: Minimum, method: LimitedMemoryBFGS, cure: str) -> ConvergenceError:
    return ConvergenceError("minimise", reached, f"gradient {method.tolerance:g}", cure)


def _fraction(first: float, best: float, tolerance: float) -> float:
    return min(1.0, math.log(first / max(best, tolerance)) / math.log(first / tolerance))


@final
@dataclass(frozen=True, eq=False)
class _Pair:
    """A step, the change of gradient along it, and their inner product (positive)."""

    step: NDArray[Any]
    change: NDArray[Any]
    curvature: float


def _remember(pairs: deque[_Pair], before: Minimum, after: Minimum) -> None:
    """Keep the pair only where the function curves upwards: the estimate stays positive definite."""
    step, change = after.x - before.x, after.gradient - before.gradient
    curvature = _dot(step, change)
    if curvature > 1e-10 * _dot(change, change) ** 0.5 * _dot(step, step) ** 0.5:
        pairs.append(_Pair(step, change, curvature))


def _advance(objective: Objective, now: Minimum, pairs: deque[_Pair], max_step: float) -> Minimum | None:
    """The next point along the quasi-Newton direction; None where no trial length is accepted."""
    direction = _direction(now.gradient, pairs, max_step)
    slope = _dot(direction, now.gradient)
    if not slope < 0.0:
        return None
    length = min(1.0, max_step / _length(direction))
    for trial in range(1, MAX_TRIALS + 1):
        x = now.x + length * direction
        value, gradient = objective(x)
        if math.isfinite(value) and _accepts(
            now.value, value, length * slope, length * _dot(direction, gradient)
        ):
            return Minimum(x, gradient, value, _length(gradient), now.steps + 1, now.evaluations + trial)
        length *= _shrink(now.value, value, length * slope)
    return None


def _direction(gradient: NDArray[Any], pairs: deque[_Pair], max_step: float) -> NDArray[Any]:
    """Two-loop recursion; without pairs, down the gradient with a cautious length."""
    direction = -gradient
    if not pairs:
        return direction * (min(1.0, 0.1 * max_step / _length(gradient)) if math.isfinite(max_step) else 1.0)
    weights: list[float] = []
    for pair in reversed(pairs):
        weights.append(_dot(pair.step, direction) / pair.curvature)
        _add(direction, -weights[-1], pair.change)
    direction *= pairs[-1].curvature / _dot(pairs[-1].change, pairs[-1].change)
    for pair, weight in zip(pairs, reversed(weights), strict=True):
        _add(direction, weight - _dot(pair.change, direction) / pair.curvature, pair.step)
    return direction


def _accepts(old: float, new: float, slope: float, new_slope: float) -> bool:
    """Armijo, or approximate Wolfe where the two values cannot be told apart."""
    if new <= old + SUFFICIENT * slope and new < old:
        return True
    return (
        new <= old + ROUNDING * abs(old)
        and WOLFE_SIGMA * slope <= new_slope <= (2.0 * WOLFE_DELTA - 1.0) * slope
    )


def _shrink(old: float, new: float, slope: float) -> float:
    """Minimiser of the parabola through both values with the slope at the start, kept in [0.1, 0.5]."""
    curvature = new - old - slope
    if not math.isfinite(curvature) or curvature <= 0.0:
        return 0.1 if not math.isfinite(curvature) else 0.5
    return min(0.5, max(0.1, -0.5 * slope / curvature))


def _length(rows: NDArray[Any]) -> float:
    return float(_square_of_longest_row(rows)) ** 0.5


# BLAS would split these sums over its threads, spin against Numba's, and round by their number.
@njit(cache=True, fastmath={"reassoc", "contract"})
def _dot(first: NDArray[Any], second: NDArray[Any]) -> float:
    total = 0.0
    one, other = first.ravel(), second.ravel()
    for place in range(one.size):
        total += one[place] * other[place]
    return total


@njit(cache=True)
def _add(total: NDArray[Any], factor: float, addend: NDArray[Any]) -> None:
    sums, more = total.ravel(), addend.ravel()
    for place in range(sums.size):
        sums[place] += factor * more[place]


@njit(cache=True)
def _square_of_longest_row(rows: NDArray[Any]) -> float:
    longest = 0.0
    for row in range(rows.shape[0]):
        square = 0.0
        for column in range(rows.shape[1]):
            square += rows[row, column] * rows[row, column]
        longest = max(longest, square)
    return longest
