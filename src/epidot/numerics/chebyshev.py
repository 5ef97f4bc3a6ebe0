"""Chebyshev filter in (H − σ)² and the bounds of the spectrum that it needs.

The filter T_d(B), B = (2 (H − σ)² − S² − w²)/(S² − w²), is at most one in size where
w ≤ |E − σ| ≤ S and grows inside the window |E − σ| < w as exp(2 d sqrt(w² − e²)/S), e = |E − σ|:
states in a gap's neighbourhood are amplified, the rest of the spectrum is not (Zhou, Saad, Tiago
and Chelikowsky, J. Comput. Phys. 219, 172 (2006), applied to the folded operator of Wang and
Zunger, J. Chem. Phys. 100, 2394 (1994)).

Panels are arrays of the operator's device; weights and energies are host arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.device import Device
from epidot.numerics.noise import noise
from epidot.numerics.rows import COLUMNS, LANES

_LANCZOS_STEPS: Final = 24
_SAFETY: Final = 0.02
_MAX_DEGREE: Final = 2000
_ROWS_AT_ONCE: Final = 10_000_000
"""Atoms times steps of a recursion that run between two looks at Ctrl-C: about a second."""


@final
@dataclass(frozen=True)
class Window:
    """Energies (eV) within `half` of `centre` are amplified; `reach` bounds |E − centre| of all states."""

    centre: float
    half: float
    reach: float

    def degree(self, distance: float, gain: float) -> int:
        """Degree in (H − σ)² that amplifies states at `distance` (eV) from the centre by exp(gain)."""
        depth = math.sqrt(max(self.half**2 - distance**2, 0.05 * self.half**2))
        return min(_MAX_DEGREE, max(4, math.ceil(gain * self.reach / (2.0 * depth))))

    @property
    def scale(self) -> float:
        """B = scale (H − centre)² − shift."""
        return 2.0 / (self.reach**2 - self.half**2)

    @property
    def shift(self) -> float:
        """See `scale`."""
        return (self.reach**2 + self.half**2) / (self.reach**2 - self.half**2)

    def argument(self, energy: Any) -> Any:
        """B of an energy: beyond −1 inside the window, within [−1, 1] outside."""
        return self.scale * (energy - self.centre) ** 2 - self.shift


def window(low: float, high: float, bounds: tuple[float, float]) -> Window:
    """The window from `low` to `high` in a spectrum within `bounds` (all eV)."""
    centre = (low + high) / 2.0
    return Window(centre, (high - low) / 2.0, max(bounds[1] - centre, centre - bounds[0]))


def chebyshev(operator: Any, x: Any, where: Window, degree: int) -> Any:
    """T_degree(B) x for a panel x [atom, orbital, lane] of the kept space; applies H 2·degree times."""
    scale, shift, sigma = where.scale, where.shift, where.centre
    inner = operator.step(operator.zeros(), x, (1.0, -sigma))
    now = operator.step(operator.zeros(), inner, (scale, -scale * sigma, 0.0, -shift), x)
    second = operator.lanes(2.0 * scale, -2.0 * scale * sigma, -1.0, -2.0 * shift)
    return _recursion(operator, sigma, np.tile(second, (degree - 1, 1, 1)), (inner, x.copy(), now))


def corrections(
    operators: tuple[Any, Any], residual: Any, energies: NDArray[Any], where: Window, degree: int
) -> Any:
    """What takes v to its filtered self: v + corrections = T(B) v / T(b), b of `energies` [column].

    T_d(B) v = T_d(b) v + W_d (B − b) v with W_{k+1} = 2 B W_k − W_{k−1} + 2 T_k(b), W_0 = 0, W_1 = 1.
    Only W acts on long vectors, and on the small (B − b) v = scale (H + E − 2σ) (H − E) v, so that single
    precision gives corrections good to 10⁻⁵ of themselves. `operators` are H in double and single
    precision, `residual` is (H − E) v in double, in the kept space.
    """
    operator, single = operators
    scale, shift, sigma = where.scale, where.shift, where.centre
    each = np.tile(energies, 4)
    double = operator.step(operator.zeros(), residual, (scale, scale * (each - 2.0 * sigma)))
    # Only relative accuracy is needed: the scale keeps small residuals clear of underflow.
    size = float(np.abs(double).max()) or 1.0
    source = (double / size).astype(np.float32)
    factors = [np.ones_like(each), where.argument(each)]
    while len(factors) <= degree:
        factors.append(2.0 * factors[1] * factors[-1] - factors[-2])
    fixed = 2.0 * scale, -2.0 * scale * sigma, -1.0, -2.0 * shift
    second = np.stack([single.lanes(*fixed, 2.0 * factor) for factor in factors[1:degree]])
    panels = single.zeros(), single.zeros(), source.copy()
    found = _recursion(single, sigma, second, panels, source).astype(np.float64)
    return operator.step(operator.zeros(), found, (0.0, size / factors[degree]))


def _recursion(
    operator: Any, sigma: float, second: NDArray[Any], panels: tuple[Any, Any, Any], *source: Any
) -> Any:
    """Runs a recursion in pieces short enough for Ctrl-C to be heeded; returns the newest panel."""
    inner, before, now = panels
    piece = max(2, _ROWS_AT_ONCE // operator.atoms)
    for start in range(0, len(second), piece):
        part = second[start : start + piece]
        operator.recur((1.0, -sigma), part, (inner, before, now), *source)
        if len(part) % 2:
            before, now = now, before
    return now


def random_panel(device: Device, operator: Any, seed: int) -> Any:
    """A panel of numbers of mean 0 and variance 1, P applied, keyed by outer atom, orbital and lane."""
    values = noise(seed, operator.order, operator.orbitals * LANES, operator.dtype)
    return operator.project(device.put(values.reshape(operator.atoms, operator.orbitals, LANES)))


def squared_norms(device: Device, panel: Any) -> NDArray[np.float64]:
    """Square of the norm of each column of a panel [atom, orbital, lane]."""
    flat = panel.reshape(-1, LANES)
    return device.column_dots(flat, flat).reshape(4, COLUMNS).sum(axis=0)


def spectrum_bounds(device: Device, operator: Any, seed: int) -> tuple[float, float]:
    """Lower and upper bound of the spectrum (eV): Lanczos extremes, widened by the last residual.

    Zhou and Li, Linear Algebra Appl. 435, 480 (2011); four starting vectors, 24 steps, and two per
    cent of the width on top.
    """
    start = random_panel(device, operator, seed)
    now = operator.step(operator.zeros(), start, (0.0, _lanes(1.0 / np.sqrt(squared_norms(device, start)))))
    before, beta = operator.zeros(), np.zeros(COLUMNS)
    alphas, betas = [], []
    for _ in range(_LANCZOS_STEPS):
        product = operator.step(before, now, (1.0, 0.0, -_lanes(beta), 0.0), now)
        dots = device.column_dots(product.reshape(-1, LANES), now.reshape(-1, LANES))
        alpha = dots.reshape(4, COLUMNS).sum(axis=0)
        beta = np.sqrt(np.maximum(squared_norms(device, product) - alpha**2, np.finfo(np.float32).tiny))
        alphas.append(alpha)
        betas.append(beta)
        after = operator.step(product, now, (0.0, _lanes(-alpha / beta), _lanes(1.0 / beta), 0.0), now)
        before, now = now, after
    low, high = math.inf, -math.inf
    for column in range(COLUMNS):
        diagonal = np.array([a[column] for a in alphas])
        off = np.array([b[column] for b in betas])
        tridiagonal = np.diag(diagonal) + np.diag(off[:-1], 1) + np.diag(off[:-1], -1)
        values, vectors = np.linalg.eigh(tridiagonal)
        left = off[-1] * np.abs(vectors[-1])
        low, high = min(low, values[0] - left[0]), max(high, values[-1] + left[-1])
    margin = _SAFETY * (high - low)
    return float(low - margin), float(high + margin)


def _lanes(values: NDArray[Any]) -> NDArray[Any]:
    """A value for each column, spread over its four lanes."""
    return np.tile(values, 4)
