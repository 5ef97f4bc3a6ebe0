"""The states of one band: a search in single precision, a finish in double.

*Search*: a window from the other band's edge to just beyond the wanted states; blocks of four Kramers
pairs are filtered and orthonormalised against all earlier ones. *Finish*: a double-precision space grows
by what its vectors still lack. That is small and comes from their residuals, so the filter may act in
single precision (`chebyshev.corrections`): the iterative refinement of linear solvers (Wilkinson, Rounding
Errors in Algebraic Processes, 1963) carried over to a filtered space.

No state is missed: a random block that knows nothing of the first is filtered and added before a band
counts as done, so that a multiplet larger than the block, or a state that the first start was nearly
orthogonal to, appears; whatever appears must converge, and another random block follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError
from epidot.numerics.chebyshev import Window, corrections, squared_norms, window
from epidot.numerics.eigenpairs import Band, Start, outer_vectors
from epidot.numerics.rows import COLUMNS
from epidot.numerics.searchspace import RitzSet, SearchSpace, by_panel, residual_panel
from epidot.numerics.work import Keep, Work

_RESOLVED: Final = 0.02
"""eV; a Ritz vector with a smaller residual is a state and no mixture."""
_ROUGH: Final = 3e-4
"""eV; residual at which a search ends: about what single precision gives, and the finish mends the rest."""
_NEARLY: Final = 5e-3
"""eV; residuals of the projected matrices below which those of the vectors are worth their price."""
_SETTLED: Final = 2e-4
"""eV; energies that a random block moves by less than this have not met a new state."""
_GENTLE: Final = 0.6
"""Share of the full gain in the first `_FEW` blocks: where states stand apart, many short filters find them
with fewer products of H than few long ones."""
_FEW: Final = 6
_THOROUGH: Final = 1.5
"""Gain, in that of the other filters, of the one that looks for missed states: what it makes of a random
vector must be a state to a few parts in 10⁵, or its Ritz value would not stand where the state is."""
_EVERY: Final = 2
"""Blocks between two looks at the states."""
_COMPANY: Final = 8
"""Pairs beyond the guarded that go into the finish: no filter parts a state from one that is close to it."""
_ROOM: Final = 5
"""Rounds of the finish before its space is compressed."""
_KEEP_EVERY: Final = 30.0
"""Seconds between two times of keeping what an interrupted solution could go on from."""


@final
@dataclass(frozen=True)
class Effort:
    """When a band is good and when to give up; see `FilteredLanczos`."""

    tolerance: float
    gain: float
    steps: int
    restarts: int


@final
@dataclass(frozen=True, eq=False)
class Beginning:
    """What is known before the search of a band."""

    side: int
    """+1 above the gap, −1 below."""
    edge: float
    """Energy (eV) of the state next to the gap, roughly."""
    other: float
    """The same of the other band."""
    depth: float
    """eV beyond the edge that the window begins with."""
    panels: list[Any]
    """Where to start, panels of the device."""


def guarded(count: int) -> int:
    """Pairs that a search for `count` follows: some more, in whole panels."""
    return -(-(count + 2) // COLUMNS) * COLUMNS


def search_panels(count: int, steps: int) -> int:
    """Panels that the search space of a band holds."""
    return max(steps, -(-3 * guarded(count) // COLUMNS) + 4)


def finish_panels(count: int) -> int:
    """Panels that the space of the finish holds."""
    return -(-(guarded(count) + _COMPANY) // COLUMNS) + _ROOM * -(-count // COLUMNS)


@final
class BandSearch:
    """Window, degree and space of one band, adapted as states appear."""

    def __init__(self, work: Work, beginning: Beginning, count: int, effort: Effort, keep: Keep) -> None:
        self.work, self.count, self.effort, self.keep = work, count, effort, keep
        self.side, self.edge, self.other = beginning.side, beginning.edge, beginning.other
        self.depth = beginning.depth
        self.name = "electrons" if self.side > 0 else "holes"
        self.guarded = guarded(count)
        self.blocks, self.advanced, self.part, self.kept = 0, 0, 0.0, perf_counter()
        self.where, self.degree = self._place()
        self.space = work.space(self.where.centre, search_panels(count, effort.steps))

    def run(self, panels: list[Any]) -> Band:
        """The wanted pairs from the gap outwards.

        Raises
        ------
        ConvergenceError
            Residuals stayed too large; it holds those reached.
        """
        self._search(panels)
        return self._finish()

    def _place(self) -> tuple[Window, int]:
        """Window from the other edge to `depth` beyond this one, and the degree that fits it."""
        far = self.edge + self.side * self.depth
        where = window(min(self.other, far), max(self.other, far), self.work.bounds)
        gain = self.effort.gain * (_GENTLE if self.advanced < _FEW else 1.0)
        return where, where.degree(abs(self.edge - where.centre), gain)

    def _progress(self, part: float, text: str) -> None:
        self.part = max(self.part, part)
        begin, width = (0.15, 0.45) if self.side > 0 else (0.6, 0.38)
        self.work.progress(begin + width * self.part, f"{self.name}: {text}")

    def _search(self, panels: list[Any]) -> None:
        """Find the guarded pairs, converged as far as float32 goes and confirmed by a random block."""
        front: Any = None
        for panel in panels[: self.space.capacity - 2]:
            front = self.space.add(panel)
        found = self._seen()
        known = self._wanted_known(found)
        if known:
            self._fit(found.energies[: self.count])
        for attempt in range(self.effort.restarts):
            if attempt or not known:
                front, found = self._converge(front)
            before = found.energies[: self.count]
            front = self._added(self._news())
            found = self._seen()
            moved = np.abs(found.energies[: self.count] - before[: found.energies.size])
            if self._wanted_known(found) and moved.max() < _SETTLED:
                return
            front = self._unconverged(found, front)
        raise self._failure()

    def _converge(self, front: Any) -> tuple[Any, RitzSet]:
        """Blocks until the guarded pairs have converged; the last block and the pairs."""
        found = self._seen()
        for _ in range(self.effort.steps * self.effort.restarts):
            if self._converged(found):
                return front, found
            for _ in range(_EVERY):
                front = self._advance(front)
            found = self._seen()
            self._adapt(found)
            front = self._unconverged(found, front)
        raise self._failure()

    def _seen(self) -> RitzSet:
        """The guarded pairs as the space has them now."""
        found = self.space.nearest(self.where.centre, self.side, self.guarded)
        if found.residuals[: self.count].max(initial=0.0) < _NEARLY:
            found = self.space.measured(found)
        done = int((found.residuals[: self.count] < _ROUGH).sum())
        part = 0.8 * max(done / self.count, 1.0 - 0.9**self.advanced)
        self._progress(part, f"{done} of {self.count} pairs after {self.advanced} blocks")
        if perf_counter() - self.kept > _KEEP_EVERY:
            self._keep(self.space.vectors(found.coefficients), found.energies.size)
        return found

    def _keep(self, panels: list[Any], count: int) -> None:
        """Hand out what an interrupted solution could go on from."""
        vectors = outer_vectors(self.work.single.order, self.work.host(panels), count, np.float32)
        if self.side > 0:
            self.keep(Start((self.other, self.edge), above=vectors))
        else:
            self.keep(Start((self.edge, self.other), below=vectors))
        self.kept = perf_counter()

    def _failure(self) -> ConvergenceError:
        found = self.space.measured(self.space.nearest(self.where.centre, self.side, self.count))
        reached = f"residuals {np.array2string(found.residuals, precision=1)} eV"
        cure = "Allow more steps or restarts"
        return ConvergenceError(f"{self.name}, float32 search", reached, f"{_ROUGH} eV", cure)

    def _unconverged(self, found: RitzSet, front: Any) -> Any:
        """Ritz vectors to go on from: the nearest that are not yet states.

        With an unchanged filter this is the Krylov chain itself. After a new window or a restart the chain
        would stall: what it lacks of a state is orthogonal to the space, and so is nearly all of the chain.
        """
        # Before vectors are looked at, residuals below this are noise, and states would take the places.
        seen = found.residuals[: self.count].max(initial=0.0) < _NEARLY
        done = found.residuals < (_ROUGH if seen else _NEARLY)
        rank = np.where(done, -found.residuals, np.arange(done.size))
        order = np.lexsort((rank, done))[:COLUMNS]
        if order.size < COLUMNS:
            return front
        return self.space.vectors((found.coefficients[0][:, order], found.coefficients[1][:, order]))[0]

    def _added(self, panel: Any) -> Any:
        """Add a panel, restarting the space first if it is full."""
        if self.space.panels == self.space.capacity:
            keep = -(-(self.guarded + COLUMNS) // COLUMNS) * COLUMNS
            self.space.compress(self.space.lowest(self.where.centre, keep))
        return self.space.add(panel)

    def _advance(self, front: Any) -> Any:
        self.advanced += 1
        return self._added(self.work.filtered(front, self.where, self.degree))

    def _news(self) -> Any:
        """A random panel, what is known removed, under a filter that leaves little but states."""
        panel = self.space.beside(self.work.noise())
        degree = self.where.degree(abs(self.edge - self.where.centre), _THOROUGH * self.effort.gain)
        return self.work.filtered(panel, self.where, degree)

    def _wanted_known(self, found: RitzSet) -> bool:
        """Whether the wanted pairs are as good as single precision makes them."""
        return found.energies.size >= self.count and bool(found.residuals[: self.count].max() < _ROUGH)

    def _converged(self, found: RitzSet) -> bool:
        """Whether they are, and the next pair is seen: no better one is then on its way."""
        return (
            found.energies.size > self.count
            and self._wanted_known(found)
            and bool(found.residuals[self.count] < _RESOLVED)
        )

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
        if distances.size == self.guarded and distances[-1] < self.where.half:
            self._fit(self.where.centre + self.side * distances)
        elif self.blocks >= 4 and 2 * COLUMNS * self.space.panels > 3 * self.guarded:
            # A space with hardly more pairs than it looks for says nothing about the window.
            low, high = self.work.bounds
            most = high - self.edge if self.side > 0 else self.edge - low
            self.depth, self.blocks = min(1.4 * self.depth + 0.02, most), 0
        self.where, self.degree = self._place()

    def _fit(self, energies: NDArray[np.float64]) -> None:
        """Let the window end beyond the last of the `energies`."""
        self.depth = min(self.depth, 1.2 * self.side * float(energies[-1] - self.edge) + 0.06)
        self.blocks = 0
        self.where, self.degree = self._place()

    def _finish(self) -> Band:
        """Residuals below the tolerance, in double precision."""
        found = self.space.nearest(self.where.centre, self.side, self.guarded + _COMPANY)
        panels = self.space.vectors(found.coefficients)
        self.space.release()
        space = self.work.space(self.where.centre, finish_panels(self.count), double=True)
        for panel in panels:
            space.add(panel)
        width, worst = -(-self.count // COLUMNS), np.inf
        rounds = _ROOM * self.effort.restarts
        for attempt in range(rounds + 1):
            found = space.nearest(self.where.centre, self.side, COLUMNS * width)
            vectors = space.vectors(found.coefficients)
            lacking, sizes = self._residuals(vectors, found.energies)
            worst = float(sizes.max()) if found.energies.size >= self.count else np.inf
            self._progress(0.9, f"residual {worst:.1e} eV")
            if worst <= self.effort.tolerance:
                return self._band(found, vectors, sizes)
            if attempt < rounds:
                self._grow(space, lacking, found.energies, len(panels))
        goal = f"a residual of {self.effort.tolerance:.1e} eV"
        raise ConvergenceError(f"{self.name}, finish", f"{worst:.1e} eV", goal, "Raise the tolerance")

    def _band(self, found: RitzSet, vectors: list[Any], sizes: NDArray[np.float64]) -> Band:
        self._progress(1.0, f"{self.count} pairs")
        host = self.work.host(vectors)
        outer = outer_vectors(self.work.double.order, host, self.count, np.float64)
        # Order is by distance and residual: levels equal to rounding may stand the wrong way round.
        energies = self.side * np.sort(self.side * found.energies[: self.count])
        return Band(energies, outer, sizes)

    def _residuals(
        self, vectors: list[Any], energies: NDArray[np.float64]
    ) -> tuple[list[Any], NDArray[np.float64]]:
        """(H − E) v of each panel, and how long it is for each wanted pair."""
        each = zip(vectors, by_panel(energies), strict=True)
        lacking = [residual_panel(self.work.double, panel, values) for panel, values in each]
        self.work.applications += COLUMNS * len(vectors)
        squares = [squared_norms(self.work.device, panel) for panel in lacking]
        return lacking, np.sqrt(np.concatenate(squares))[: self.count]

    def _grow(
        self, space: SearchSpace, lacking: list[Any], energies: NDArray[np.float64], fewest: int
    ) -> None:
        """Add what the vectors lack; compress to `fewest` panels first if there is no room."""
        if space.panels + len(lacking) > space.capacity:
            space.compress(space.lowest(self.where.centre, COLUMNS * fewest))
        operators = self.work.double, self.work.single
        for residual, values in zip(lacking, by_panel(energies), strict=True):
            self.work.applications += COLUMNS * (2 * self.degree + 1)
            space.add(corrections(operators, residual, values, self.where, self.degree))
