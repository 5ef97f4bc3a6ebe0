"""Limited-memory BFGS for many variables, with a bounded step.

Method: two-loop recursion (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4), carried
out on the inner products of steps, changes and gradient, so that the remembered vectors are read twice in
an iteration and not four times (Chen, Wang and Zhou, NIPS 27, 1332 (2014)). The estimate of the inverse
Hessian starts from a preconditioner, scaled by the newest step. Step length by backtracking to the
Armijo condition or, where rounding hides the descent, to the approximate Wolfe condition (Hager and
Zhang, SIAM J. Optim. 16, 170 (2005), eq. 23).

The variables form rows, for example one row of three per atom. "Length" below is that of the
longest row, so that bounds and tolerances mean the same for every number of rows. All sums have a fixed
order (`vectors`): the path does not depend on the number of threads.

Why not scipy's L-BFGS-B: it has no bound on a step, its path depends on the threads of BLAS, and for
3·10⁵ variables it takes 1.2 times the processor time with BLAS held to one thread, 4.5 times without.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.progress import Progress, silent
from epidot.numerics.vectors import add, combine, dot, longest_row, products

Precondition = Callable[[NDArray[Any]], NDArray[Any]]
"""Applies a symmetric positive definite matrix near the inverse Hessian, up to a factor, to (row, column)."""
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
    objective: Objective,
    start: NDArray[Any],
    *,
    method: LimitedMemoryBFGS,
    precondition: Precondition = lambda gradient: gradient,
    progress: Progress = silent,
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
    reached = Minimum(x, gradient, value, longest_row(gradient), 0, 1)
    first_norm, best_norm = reached.gradient_norm, reached.gradient_norm
    past = _Past(method.memory, gradient, precondition)
    while reached.gradient_norm > method.tolerance:
        if reached.steps >= method.max_steps:
            raise _stopped(reached, method, "Allow more steps or a larger tolerance")
        following = _advance(objective, reached, past, method.max_step)
        if following is None and past.order:
            past.forget()
            continue
        if following is None:
            raise _stopped(reached, method, "The tolerance may lie below rounding: allow a larger one")
        past.remember(reached, following)
        reached = following
        best_norm = min(best_norm, reached.gradient_norm)
        progress(_fraction(first_norm, best_norm, method.tolerance), str(reached))
    return reached


def _stopped(reached: Minimum, method: LimitedMemoryBFGS, cure: str) -> ConvergenceError:
    return ConvergenceError("minimise", reached, f"gradient {method.tolerance:g}", cure)


def _fraction(first: float, best: float, tolerance: float) -> float:
    return min(1.0, math.log(first / max(best, tolerance)) / math.log(first / tolerance))


@final
class _Past:
    """Remembered steps s, changes of gradient y along them, the preconditioned images w of those changes.

    Invariants: `step_change` holds s_i·y_j and `change_image` the symmetric y_i·w_j of the slots in `order`
    (oldest first); `image` is that of the gradient where the walk is.
    """

    def __init__(self, memory: int, gradient: NDArray[Any], precondition: Precondition) -> None:
        self.steps, self.changes, self.images = np.zeros((3, memory, *gradient.shape))
        self.step_change, self.change_image = np.zeros((2, memory, memory))
        self.order: list[int] = []
        self.precondition = precondition
        self.image = precondition(gradient)

    def forget(self) -> None:
        self.order.clear()

    def remember(self, before: Minimum, after: Minimum) -> None:
        """Keep the pair only where the function curves upwards: the estimate stays positive definite."""
        memory = len(self.steps)
        full = len(self.order) == memory
        slot = self.order[0] if full else next(k for k in range(memory) if k not in self.order)
        self.order = [kept for kept in self.order if kept != slot]
        step, change, image = self.steps[slot], self.changes[slot], self.images[slot]
        before_image, self.image = self.image, self.precondition(after.gradient)
        np.subtract(after.x, before.x, out=step)
        np.subtract(after.gradient, before.gradient, out=change)
        np.subtract(self.image, before_image, out=image)
        curvature = dot(step, change)
        if curvature > 1e-10 * (dot(step, step) * dot(change, change)) ** 0.5:
            self.step_change[slot], along_image = products(self.changes, [step, image]).T
            self.step_change[:, slot] = products(self.steps, [change])[:, 0]
            self.change_image[slot] = self.change_image[:, slot] = along_image
            self.order.append(slot)

    def direction(self, gradient: NDArray[Any]) -> NDArray[Any]:
        """Two-loop recursion on the weights of the gradient's image and of the remembered vectors."""
        if not self.order:
            return -self.image
        along_steps = products(self.steps, [gradient])[:, 0]
        along_changes = products(self.changes, [self.image])[:, 0]
        first, second = np.zeros((2, len(self.steps)))
        for slot in reversed(self.order):
            left = -along_steps[slot] - self.step_change[slot] @ first
            first[slot] = left / self.step_change[slot, slot]
        newest = self.order[-1]
        scale = self.step_change[newest, newest] / self.change_image[newest, newest]
        for slot in self.order:
            seen = -scale * (along_changes[slot] + self.change_image[slot] @ first)
            seen += self.step_change[:, slot] @ second
            second[slot] = first[slot] - seen / self.step_change[slot, slot]
        direction = -scale * self.image
        combine(-scale * first, self.images, direction)
        combine(second, self.steps, direction)
        return direction


def _advance(objective: Objective, now: Minimum, past: _Past, max_step: float) -> Minimum | None:
    """The next point along the quasi-Newton direction; None where no trial length is accepted."""
    direction = past.direction(now.gradient)
    slope = dot(direction, now.gradient)
    if not slope < 0.0:
        return None
    # The first step knows no length.
    bound = max_step if past.order else 0.1 * max_step
    length = min(1.0, bound / longest_row(direction))
    for trial in range(1, MAX_TRIALS + 1):
        x = now.x.copy()
        add(x, length, direction)
        value, gradient = objective(x)
        if math.isfinite(value) and _accepts(
            now.value, value, length * slope, length * dot(direction, gradient)
        ):
            norm = longest_row(gradient)
            return Minimum(x, gradient, value, norm, now.steps + 1, now.evaluations + trial)
        length *= _shrink(now.value, value, length * slope)
    return None


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
