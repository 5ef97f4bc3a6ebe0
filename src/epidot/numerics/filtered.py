"""States on both sides of a gap: Chebyshev-filtered block Krylov with Rayleigh–Ritz.

Three parts. *Gap*: a short run around the guess finds the two edges; if only one side is seen, σ
moves into what is known to be empty. *Bands*: each side has its own window, from the other edge to
just above the wanted states; blocks of four Kramers pairs are filtered in float32 and
orthonormalised against all earlier ones. *Finish*: the wanted pairs, in float64, get further
filtered blocks until their residuals are below the tolerance.

No state is missed: a random block that knows nothing of the first is filtered and added before a
band counts as done, so that a multiplet larger than the block, or a state that the first start was
nearly orthogonal to, appears; whatever appears must converge, and a second random block follows.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, final

import numba
import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.chebyshev import Window, chebyshev, random_panel, spectrum_bounds, window
from epidot.numerics.dense import dense_bands
from epidot.numerics.eigenpairs import Band, Eigenpairs, Target, outer_vectors
from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.progress import Progress, silent
from epidot.numerics.rows import COLUMNS
from epidot.numerics.searchspace import RitzSet, SearchSpace

_RESOLVED: Final = 0.02
"""eV; a Ritz vector with a smaller residual is a state and no mixture."""
_SINGLE: Final = 4e-5
"""eV; residual that float32 reaches surely."""
_TRIALS: Final = 20
_SETTLED: Final = 2e-4
"""eV; energies that a random block moves by less than this have not met a new state."""


@final
@dataclass(frozen=True)
class FilteredLanczos:
    """Chebyshev-filtered block Krylov solver; knows no physics.

    Parameters
    ----------
    tolerance : largest residual ‖H v − E v‖ of a wanted state (eV), in float64.
    gain : natural logarithm of what one filter amplifies the edge state by; in float32 at most about 10.
    steps : blocks of a search space before it is restarted.
    restarts : restarts, and blocks in the float64 finish, before giving up.
    smallest_gap : narrowest energy interval without states (eV) that counts as the gap.
    dense_below : complex dimension under which `numpy.linalg.eigh` does it all.
    seed : of the start vectors.
    """

    tolerance: float = 1e-6
    gain: float = 8.0
    steps: int = 16
    restarts: int = 6
    smallest_gap: float = 0.1
    dense_below: int = 600
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1e-11 <= self.tolerance <= 1e-2:
            rule = "must lie between 1e-11 and 1e-2 eV"
            raise InputError("tolerance", self.tolerance, rule, "1e-6 eV serves most purposes")

    def solve(self, operator: BlockTetrahedral, target: Target, progress: Progress = silent) -> Eigenpairs:
        """The wanted Kramers pairs on both sides of the gap.

        Raises
        ------
        InputError
            More states wanted than a quarter of the dimension, or no gap near the guess.
        ConvergenceError
            A band or its float64 finish did not reach the tolerance; holds the residuals reached.
        """
        wanted = 2 * (target.above + target.below)
        if target.above < 1 or target.below < 1 or 4 * wanted > operator.dimension:
            rule = (
                f"must be at least one pair a side and at most a quarter of the {operator.dimension} states"
            )
            raise InputError(
                "number of states", wanted, rule, "Ask for fewer states or build a larger particle"
            )
        with _threads(operator.cast(np.float32)):
            if operator.dimension < self.dense_below:
                progress(0.0, "diagonalising the dense matrix")
                found = dense_bands(operator, target, self.smallest_gap)
                progress(1.0, "states found")
                return found
            return _Run(self, operator, progress).solve(target)


@contextmanager
def _threads(operator: BlockTetrahedral) -> Generator[None]:
    """As many threads as pay now, by trial: on a busy machine a barrier costs more than a product.

    Numbers do not depend on it. Row chunks run in our own threads; BLAS threads beneath them would
    only fight (measured: five times the CPU).
    """
    from threadpoolctl import threadpool_limits

    before = numba.get_num_threads()
    panel, out = random_panel(operator, 0), operator.zeros()
    seconds: dict[int, float] = {}
    try:
        for count in {1, before}:
            numba.set_num_threads(count)
            operator.step(out, panel, (1.0, 0.0, 0.0, 0.0), panel)
            start = perf_counter()
            for _ in range(_TRIALS):
                operator.step(out, panel, (1.0, 0.0, 0.0, 0.0), panel)
            seconds[count] = perf_counter() - start
        numba.set_num_threads(min(seconds, key=lambda count: seconds[count]))
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        numba.set_num_threads(before)


@final
class _Run:
    """One solution in progress."""

    def __init__(self, method: FilteredLanczos, operator: BlockTetrahedral, progress: Progress) -> None:
        self.method, self.operator, self.progress = method, operator, progress
        self.single = operator.cast(np.float32)
        self.applications = 0
        self.draws = 0
        self.bounds = (0.0, 0.0)

    def solve(self, target: Target) -> Eigenpairs:
        self.progress(0.0, "bounds of the spectrum")
        self.bounds = spectrum_bounds(self.single, self.draw())
        low, high, starts = self._gap(target.gap)
        above = self._band(1, (low, high), target.gap[1], target.above, starts[1])
        below = self._band(-1, (low, high), target.gap[0], target.below, starts[0])
        self.progress(1.0, "states found")
        return Eigenpairs(above, below, self.applications)

    def draw(self) -> int:
        """A fresh seed: start vectors of one solution differ, those of two runs do not."""
        self.draws += 1
        return 1000 * self.method.seed + self.draws

    def _extend(self, space: SearchSpace, front: NDArray[Any], where: Window, degree: int) -> NDArray[Any]:
        self.applications += COLUMNS * (2 * degree + 1)
        return space.add(chebyshev(space.operator, front, where, degree))

    def _gap(self, guess: tuple[float, float]) -> tuple[float, float, list[NDArray[Any]]]:
        """Edges of the gap (eV) and start panels for the band below and the one above."""
        middle, half = (guess[0] + guess[1]) / 2.0, max((guess[1] - guess[0]) / 2.0, 0.3)
        for shift in (0.0, 0.3, -0.3, 0.6, -0.6, 0.9, -0.9):
            found = self._edges(middle + shift, half)
            if found is not None and found[1] - found[0] >= self.method.smallest_gap:
                return found
        rule = f"no interval without states of {self.method.smallest_gap} eV was found near it"
        raise InputError(
            "gap", f"{guess[0]:.3f} to {guess[1]:.3f} eV", rule, "Check the surface and the offsets"
        )

    def _edges(self, sigma: float, half: float) -> tuple[float, float, list[NDArray[Any]]] | None:
        """Look from `sigma`, then from further places in what is known to be empty, for both edges.

        A look that finds the nearest state at distance r shows that nothing lies within r of σ; the next
        σ is inside, so the empty intervals overlap and the nearest states below and above bound the gap.
        """
        known: dict[int, tuple[float, NDArray[Any]]] = {}
        reach = half + 0.4
        for attempt in range(12):
            self.progress(0.02 + 0.01 * attempt, f"looking for the gap around {sigma:.2f} eV")
            known.update(self._look(sigma, reach))
            if len(known) == 2:
                return known[-1][0], known[1][0], [known[-1][1], known[1][1]]
            if not known:
                reach *= 1.4
                continue
            (side, (edge, _)), distance = (
                next(iter(known.items())),
                abs(sigma - next(iter(known.values()))[0]),
            )
            if distance < self.method.smallest_gap / 4.0:
                return None
            sigma -= 0.6 * side * distance
            reach = max(1.3 * abs(sigma - edge), reach)
        return None

    def _look(self, sigma: float, reach: float) -> dict[int, tuple[float, NDArray[Any]]]:
        """Nearest state on each side (−1, +1) seen from `sigma`: energy (eV), panel of the four nearest."""
        where = window(sigma - reach, sigma + reach, self.bounds)
        degree = where.degree(0.7 * reach, self.method.gain)
        space = SearchSpace(self.single, sigma, 6)
        front = space.add(random_panel(self.single, self.draw()))
        found: dict[int, tuple[float, NDArray[Any]]] = {}
        for block in range(1, 5):
            front = self._extend(space, front, where, degree)
            for side in (-1, 1):
                states = space.nearest(sigma, side, COLUMNS)
                energy = _seen(states, sigma)
                if energy is not None:
                    found[side] = energy, space.vectors(states.coefficients)[0]
            if len(found) == 2 or (found and block >= 3):
                break
        return found

    def _band(
        self, side: int, edges: tuple[float, float], guess: float, count: int, start: NDArray[Any]
    ) -> Band:
        """`count` pairs from the gap outwards; `start` is a panel near the edge."""
        edge, other = (edges[1], edges[0]) if side > 0 else edges
        depth = min(max(1.5 * abs(edge - guess), 0.1), 0.6)
        search = _Search(self, side, edge, other, depth, count)
        best = search.run(start)
        return self._finish(search, best, count)

    def _finish(self, search: _Search, best: RitzSet, count: int) -> Band:
        """Float64 Rayleigh–Ritz on the pairs found; more filtered blocks until the residuals are small."""
        panels = search.space.vectors(best.coefficients)
        where, degree = search.where, max(4, 5 * search.degree // 8)
        more = -(-count // COLUMNS) * self.method.restarts
        space = SearchSpace(self.operator, where.centre, len(panels) + more)
        for panel in panels:
            space.add(self._filled(self.operator.project(panel.astype(np.float64))))
        self.applications += COLUMNS * len(panels)
        name = "electrons" if search.side > 0 else "holes"
        worst = np.inf
        for attempt in range(self.method.restarts + 1):
            found = space.nearest(where.centre, search.side, count)
            vectors = space.vectors(found.coefficients)
            worst = float(found.residuals.max()) if found.residuals.size == count else np.inf
            self.progress(search.fraction(1.0), f"{name}: residual {worst:.1e} eV")
            if worst <= self.method.tolerance:
                return Band(found.energies, outer_vectors(self.operator, vectors, count), found.residuals)
            for panel in vectors if attempt < self.method.restarts else ():
                self._extend(space, self._filled(panel), where, degree)
        goal = f"a residual of {self.method.tolerance:.1e} eV"
        raise ConvergenceError(f"{name}, float64 finish", f"{worst:.1e} eV", goal, "Raise the tolerance")

    def _filled(self, panel: NDArray[Any]) -> NDArray[Any]:
        """The panel with a random column wherever one is zero (fewer pairs than columns were found)."""
        split = panel.reshape(*panel.shape[:2], 4, COLUMNS)
        empty = ~split.any(axis=(0, 1, 2))
        noise = random_panel(self.operator, self.draw()).reshape(split.shape)
        return np.where(empty, noise, split).reshape(panel.shape)


def _seen(found: RitzSet, sigma: float) -> float | None:
    """Energy of the nearest Ritz vector if it is a state (residual small against its distance)."""
    if found.energies.size == 0:
        return None
    small = min(0.1, 0.2 * abs(found.energies[0] - sigma))
    return float(found.energies[0]) if found.residuals[0] < small else None


@final
class _Search:
    """The float32 search of one band: window, degree and space, adapted as states appear."""

    def __init__(self, run: _Run, side: int, edge: float, other: float, depth: float, count: int) -> None:
        self.run_, self.side, self.edge, self.other, self.count = run, side, edge, other, count
        self.method = run.method
        self.guarded = -(-(count + 2) // COLUMNS) * COLUMNS
        self.depth = depth
        self.where, self.degree = self._place()
        panels = max(self.method.steps, -(-3 * self.guarded // COLUMNS) + 4)
        self.space = SearchSpace(run.single, self.where.centre, panels)
        self.blocks = 0

    def _place(self) -> tuple[Window, int]:
        """Window from the other edge to `depth` beyond this one, and the degree that fits it."""
        far = self.edge + self.side * self.depth
        where = window(min(self.other, far), max(self.other, far), self.run_.bounds)
        return where, where.degree(abs(self.edge - where.centre), self.method.gain)

    def fraction(self, part: float) -> float:
        return (0.15 if self.side > 0 else 0.6) + (0.45 if self.side > 0 else 0.38) * part

    def run(self, start: NDArray[Any]) -> RitzSet:
        """The guarded pairs, converged as far as float32 goes and confirmed by a random block.

        Raises `ConvergenceError` with the residuals reached.
        """
        noise = random_panel(self.run_.single, self.run_.draw())
        front = self.space.add(start + noise * np.float32(1e-3 / np.sqrt(self.space.rows)))
        confirmed: NDArray[np.float64] | None = None
        found = self.space.nearest(self.where.centre, self.side, self.guarded)
        for block in range(1, self.method.steps * self.method.restarts):
            front = self._advance(front)
            if block % 2:
                continue
            found = self.space.nearest(self.where.centre, self.side, self.guarded)
            self._tell(found, block)
            if not self._converged(found):
                self._adapt(found)
                front = self._unconverged(found, front)
                continue
            now = found.energies[: self.count + 1]
            if confirmed is not None and np.abs(now - confirmed).max() < _SETTLED:
                return found
            confirmed = now
            front = self.space_for(random_panel(self.run_.single, self.run_.draw()))
        reached = f"residuals {np.array2string(found.residuals[: self.count], precision=1)} eV"
        name = "electrons" if self.side > 0 else "holes"
        raise ConvergenceError(
            f"{name}, float32 search", reached, f"{_SINGLE} eV", "Allow more steps or restarts"
        )

    def _unconverged(self, found: RitzSet, front: NDArray[Any]) -> NDArray[Any]:
        """Ritz vectors to go on from: the nearest that are not yet states.

        With an unchanged filter this is the Krylov chain itself. After a new window or a restart the chain
        would stall: what it lacks of a state is orthogonal to the space, and so is nearly all of the chain.
        """
        order = np.argsort(found.residuals < _SINGLE, kind="stable")[:COLUMNS]
        if order.size < COLUMNS:
            return front
        return self.space.vectors((found.coefficients[0][:, order], found.coefficients[1][:, order]))[0]

    def space_for(self, panel: NDArray[Any]) -> NDArray[Any]:
        """Add a panel, restarting the space first if it is full."""
        if self.space.panels == self.space.capacity:
            keep = -(-(self.guarded + COLUMNS) // COLUMNS) * COLUMNS
            self.space.compress(self.space.lowest(self.where.centre, keep))
        return self.space.add(panel)

    def _advance(self, front: NDArray[Any]) -> NDArray[Any]:
        self.run_.applications += COLUMNS * (2 * self.degree + 1)
        return self.space_for(chebyshev(self.run_.single, front, self.where, self.degree))

    def _tell(self, found: RitzSet, block: int) -> None:
        done = int((found.residuals[: self.count] < _SINGLE).sum())
        name = "electrons" if self.side > 0 else "holes"
        part = 0.8 * max(done / self.count, 1.0 - 0.9**block)
        self.run_.progress(self.fraction(part), f"{name}: {done} of {self.count} pairs after {block} blocks")

    def _converged(self, found: RitzSet) -> bool:
        if found.residuals.size <= self.count:
            return False
        aim = max(_SINGLE, self.method.tolerance)
        return bool(found.residuals[: self.count].max() < aim and found.residuals[self.count] < _RESOLVED)

    def _adapt(self, found: RitzSet) -> None:
        """Fit the window to the guarded states.

        Folded Ritz values only fall: if all guarded ones lie inside the window, it can shrink to the last of
        them; if after four blocks they do not, it holds too few states and widens.
        """
        states = found.energies[found.residuals < _RESOLVED]
        if states.size:
            self.edge = self.side * float((self.side * states).min())
        distances = np.hypot(found.energies - self.where.centre, found.residuals)
        self.blocks += 2
        if distances.size == self.guarded and distances[-1] < self.where.half:
            last = self.where.centre + self.side * float(distances[-1])
            self.depth = min(self.depth, 1.2 * self.side * (last - self.edge) + 0.02)
            self.blocks = 0
        elif self.blocks >= 4:
            self.depth, self.blocks = 1.4 * self.depth + 0.02, 0
        self.where, self.degree = self._place()
