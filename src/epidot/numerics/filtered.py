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
from epidot.numerics.chebyshev import (
    Window,
    chebyshev,
    corrections,
    random_panel,
    spectrum_bounds,
    window,
)
from epidot.numerics.dense import dense_bands
from epidot.numerics.eigenpairs import Band, Eigenpairs, Target, outer_vectors
from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.progress import Progress, silent
from epidot.numerics.rows import COLUMNS
from epidot.numerics.searchspace import RitzSet, SearchSpace, by_panel, panel_norms

_RESOLVED: Final = 0.02
"""eV; a Ritz vector with a smaller residual is a state and no mixture."""
_ROUGH: Final = 3e-4
"""eV; residual at which a search ends: what is left, the finish mends at less cost."""
_LOOK: Final = 6.0
"""Gain of a look for the gap: it needs edges good to some 10 meV, not states."""
_EVERY: Final = 2
"""Blocks between two looks at the states."""
_NEARLY: Final = 5e-3
"""eV; residuals of the projected matrices below which those of the vectors are worth their price."""
_COMPANY: Final = 8
"""Pairs beyond the guarded that go into the finish: no filter parts a state from one that is close to it."""
_ROOM: Final = 5
"""Rounds of the finish before its space is compressed."""
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
    steps: int = 24
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
            operator.step(out, panel, (1.0, 0.0))
            start = perf_counter()
            for _ in range(_TRIALS):
                operator.step(out, panel, (1.0, 0.0))
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
        self.operators = operator, self.single
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

    def noise(self) -> NDArray[Any]:
        """A random panel, a new one at each call."""
        return random_panel(self.single, self.draw())

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
        reach = half + 0.7
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
        degree = where.degree(0.7 * reach, _LOOK)
        space = SearchSpace(self.single, sigma, 6, self.noise)
        front = space.add(self.noise())
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
        search.run(start)
        return self._finish(search, count)

    def _finish(self, search: _Search, count: int) -> Band:
        """Residuals below the tolerance: a double-precision space grows by what its vectors still lack.

        What they lack is small and comes from their residuals, so the filter may act in single precision
        (`chebyshev.corrections`): the iterative refinement of linear solvers (Wilkinson, Rounding Errors in
        Algebraic Processes, 1963) carried over to a filtered space.
        """
        more = search.space.nearest(search.where.centre, search.side, search.guarded + _COMPANY)
        panels = search.space.vectors(more.coefficients)
        search.space.release()
        where, degree, name = search.where, search.degree, search.name
        each = -(-count // COLUMNS)
        space = SearchSpace(self.operator, where.centre, len(panels) + _ROOM * each, self.noise)
        for panel in panels:
            space.add(panel)
        worst = np.inf
        rounds = _ROOM * self.method.restarts
        for attempt in range(rounds + 1):
            found = space.nearest(where.centre, search.side, COLUMNS * each)
            vectors = space.vectors(found.coefficients)
            lacking = [self._residual(v, e) for v, e in zip(vectors, by_panel(found.energies), strict=True)]
            sizes = np.concatenate([panel_norms(r) for r in lacking])[:count]
            worst = float(sizes.max()) if found.energies.size >= count else np.inf
            self.progress(search.fraction(0.9), f"{name}: residual {worst:.1e} eV")
            if worst <= self.method.tolerance:
                return Band(found.energies[:count], outer_vectors(self.operator, vectors, count), sizes)
            if attempt == rounds:
                break
            if space.panels + each > space.capacity:
                space.compress(space.lowest(where.centre, COLUMNS * len(panels)))
            for residual, energies in zip(lacking, by_panel(found.energies), strict=True):
                self.applications += COLUMNS * (2 * degree + 1)
                change = corrections(self.operators, residual, energies, where, degree)
                space.add(change)
        goal = f"a residual of {self.method.tolerance:.1e} eV"
        raise ConvergenceError(f"{name}, finish", f"{worst:.1e} eV", goal, "Raise the tolerance")

    def _residual(self, panel: NDArray[Any], energies: NDArray[Any]) -> NDArray[Any]:
        """(H − E) v of a panel, in double precision."""
        self.applications += COLUMNS
        return self.operator.step(self.operator.zeros(), panel, (1.0, -np.tile(energies, 4)))


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
        self.name = "electrons" if side > 0 else "holes"
        self.guarded = -(-(count + 2) // COLUMNS) * COLUMNS
        self.depth = depth
        self.where, self.degree = self._place()
        panels = max(self.method.steps, -(-3 * self.guarded // COLUMNS) + 4)
        self.space = SearchSpace(run.single, self.where.centre, panels, run.noise)
        self.blocks, self.advanced, self.part = 0, 0, 0.0

    def _place(self) -> tuple[Window, int]:
        """Window from the other edge to `depth` beyond this one, and the degree that fits it."""
        far = self.edge + self.side * self.depth
        where = window(min(self.other, far), max(self.other, far), self.run_.bounds)
        return where, where.degree(abs(self.edge - where.centre), self.method.gain)

    def fraction(self, part: float) -> float:
        return (0.15 if self.side > 0 else 0.6) + (0.45 if self.side > 0 else 0.38) * part

    def run(self, start: NDArray[Any]) -> None:
        """Find the guarded pairs, converged as far as float32 goes and confirmed by a random block.

        Raises `ConvergenceError` with the residuals reached.
        """
        noise = self.run_.noise()
        front = self.space.add(start + noise * np.float32(1e-3 / np.sqrt(self.space.rows)))
        for _ in range(self.method.restarts):
            front, found = self._converge(front)
            before = found.energies[: self.count + 1]
            front = self.space_for(self.run_.noise())
            for _ in range(2):
                front = self._advance(front)
            found = self._seen()
            if self._converged(found) and np.abs(found.energies[: self.count + 1] - before).max() < _SETTLED:
                return
            front = self._unconverged(found, front)
        raise self._failure(found)

    def _converge(self, front: NDArray[Any]) -> tuple[NDArray[Any], RitzSet]:
        """Blocks until the guarded pairs have converged; the last block and the pairs."""
        found = self._seen()
        for _ in range(self.method.steps * self.method.restarts):
            for _ in range(_EVERY):
                front = self._advance(front)
            found = self._seen()
            if self._converged(found):
                return front, found
            self._adapt(found)
            front = self._unconverged(found, front)
        raise self._failure(found)

    def _seen(self) -> RitzSet:
        """The guarded pairs as the space has them now."""
        found = self.space.nearest(self.where.centre, self.side, self.guarded)
        if found.residuals[: self.count].max(initial=0.0) < _NEARLY:
            found = self.space.measured(found)
        done = int((found.residuals[: self.count] < _ROUGH).sum())
        self.part = max(self.part, 0.8 * max(done / self.count, 1.0 - 0.9**self.advanced))
        text = f"{self.name}: {done} of {self.count} pairs after {self.advanced} blocks"
        self.run_.progress(self.fraction(self.part), text)
        return found

    def _failure(self, found: RitzSet) -> ConvergenceError:
        reached = f"residuals {np.array2string(found.residuals[: self.count], precision=1)} eV"
        return ConvergenceError(
            f"{self.name}, float32 search", reached, f"{_ROUGH} eV", "Allow more steps or restarts"
        )

    def _unconverged(self, found: RitzSet, front: NDArray[Any]) -> NDArray[Any]:
        """Ritz vectors to go on from: the nearest that are not yet states.

        With an unchanged filter this is the Krylov chain itself. After a new window or a restart the chain
        would stall: what it lacks of a state is orthogonal to the space, and so is nearly all of the chain.
        """
        order = np.argsort(found.residuals < _ROUGH, kind="stable")[:COLUMNS]
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
        self.advanced += 1
        return self.space_for(chebyshev(self.run_.single, front, self.where, self.degree))

    def _converged(self, found: RitzSet) -> bool:
        if found.residuals.size <= self.count:
            return False
        return bool(found.residuals[: self.count].max() < _ROUGH and found.residuals[self.count] < _RESOLVED)

    def _adapt(self, found: RitzSet) -> None:
        """Fit the window to the guarded states.

        Folded Ritz values only fall: if all guarded ones lie inside the window, it can shrink to the last of
        them; if after four blocks they do not, it holds too few states and widens.
        """
        states = found.energies[found.residuals < _RESOLVED]
        if states.size:
            self.edge = self.side * float((self.side * states).min())
        distances = np.hypot(found.energies - self.where.centre, found.residuals)
        self.blocks += _EVERY
        depth = self.depth
        if distances.size == self.guarded and distances[-1] < self.where.half:
            last = self.where.centre + self.side * float(distances[-1])
            depth, self.blocks = min(depth, 1.2 * self.side * (last - self.edge) + 0.06), 0
        elif self.blocks >= 4:
            depth, self.blocks = 1.4 * depth + 0.02, 0
        self.depth = depth
        self.where, self.degree = self._place()
