"""Chebyshev filter in (H − σ)² and the bounds of the spectrum that it needs.

The filter T_d(B), B = (2 (H − σ)² − S² − w²)/(S² − w²), is at most one in size where
w ≤ |E − σ| ≤ S and grows inside the window |E − σ| < w as exp(2 d sqrt(w² − e²)/S), e = |E − σ|:
states in a gap's neighbourhood are amplified, the rest of the spectrum is not (Zhou, Saad, Tiago
and Chelikowsky, J. Comput. Phys. 219, 172 (2006), applied to the folded operator of Wang and
Zunger, J. Chem. Phys. 100, 2394 (1994)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.rows import COLUMNS, LANES
from epidot.seeds import normal

_LANCZOS_STEPS: Final = 24
_SAFETY: Final = 0.02
_MAX_DEGREE: Final = 2000


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


def window(low: float, high: float, bounds: tuple[float, float]) -> Window:
    """The window from `low` to `high` in a spectrum within `bounds` (all eV)."""
    centre = (low + high) / 2.0
    return Window(centre, (high - low) / 2.0, max(bounds[1] - centre, centre - bounds[0]))


def chebyshev(operator: BlockTetrahedral, x: NDArray[Any], where: Window, degree: int) -> NDArray[Any]:
    """T_degree(B) x for a panel x [atom, orbital, lane]; applies the operator 2·degree times."""
    spread = where.reach**2 - where.half**2
    scale, shift = 2.0 / spread, (where.reach**2 + where.half**2) / spread
    sigma = where.centre
    inner, before, now = operator.zeros(), x.copy(), operator.zeros()
    operator.step(inner, x, (1.0, -sigma, 0.0, 0.0), x)
    operator.step(now, inner, (scale, -scale * sigma, -shift, 0.0), before)
    for _ in range(degree - 1):
        operator.step(inner, now, (1.0, -sigma, 0.0, 0.0), now)
        operator.step(before, inner, (2.0 * scale, -2.0 * scale * sigma, -2.0 * shift, -1.0), now)
        before, now = now, before
    return now


def random_panel(operator: BlockTetrahedral, seed: int) -> NDArray[Any]:
    """A panel of normal numbers in the kept space, keyed by outer atom, orbital and lane."""
    width = operator.orbitals * LANES
    keys = operator.order[:, None] * width + np.arange(width)
    values = normal(seed, keys).reshape(operator.atoms, operator.orbitals, LANES)
    return operator.project(values.astype(operator.dtype))


def spectrum_bounds(operator: BlockTetrahedral, seed: int) -> tuple[float, float]:
    """Lower and upper bound of the spectrum (eV): Lanczos extremes, widened by the last residual.

    Zhou and Li, Linear Algebra Appl. 435, 480 (2011); four starting vectors, 24 steps, and two per
    cent of the width on top.
    """
    now = random_panel(operator, seed)
    now /= _norms(now)
    before = operator.zeros()
    beta = np.zeros(COLUMNS)
    alphas, betas = [], []
    for _ in range(_LANCZOS_STEPS):
        product = operator.apply(now) - _spread(beta, operator.dtype) * before
        alpha = _lanes((product * now).sum(axis=(0, 1), dtype=np.float64))
        product -= _spread(alpha, operator.dtype) * now
        norms = _norms(product)
        beta = norms[:COLUMNS].astype(np.float64)
        alphas.append(alpha)
        betas.append(beta)
        before, now = now, product / norms
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


def _lanes(values: NDArray[Any]) -> NDArray[np.float64]:
    """Sum of the four components of each column."""
    return values.reshape(4, COLUMNS).sum(axis=0)


def _spread(values: NDArray[Any], dtype: Any) -> NDArray[Any]:
    return np.tile(values, 4).astype(dtype)


def _norms(panel: NDArray[Any]) -> NDArray[Any]:
    squares = np.square(panel).sum(axis=(0, 1), dtype=np.float64)
    return _spread(np.sqrt(np.maximum(_lanes(squares), np.finfo(np.float32).tiny)), panel.dtype)
