"""States on both sides of a gap: Chebyshev-filtered block Krylov with Rayleigh–Ritz.

`gap` finds the two edges, `band` the states of each side, on a device (`device`). From an earlier
solution (`Start`) the gap is known and the search begins with its vectors; the check that no state is
missed is the same.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, final

import numba
import numpy as np

from epidot.errors import InputError
from epidot.numerics.band import BandSearch, Beginning, Effort, finish_panels, search_panels
from epidot.numerics.chebyshev import random_panel
from epidot.numerics.dense import dense_bands
from epidot.numerics.device import CPU, Device, require_memory
from epidot.numerics.eigenpairs import Band, Eigenpairs, Start, Target, inner_panels
from epidot.numerics.gap import Gap, find_gap
from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.progress import Progress, silent
from epidot.numerics.rows import LANES
from epidot.numerics.work import Keep, Work

_TRIALS: Final = 20
_PANELS_AT_WORK: Final = 8
"""Panels in use besides those of a search space: a recursion's four, images, a copy."""


@final
@dataclass(frozen=True)
class FilteredLanczos:
    """Chebyshev-filtered block Krylov solver; knows no physics.

    Parameters
    ----------
    tolerance : largest residual ‖H v − E v‖ of a wanted state (eV), in float64.
    gain : natural logarithm of what one filter amplifies the edge state by; in float32 at most about 10.
    steps : blocks of a search space before it is restarted.
    restarts : restarts of a space before giving up.
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

    def solve(
        self,
        operator: BlockTetrahedral,
        target: Target,
        progress: Progress = silent,
        *,
        device: Device = CPU,
        start: Start | None = None,
        keep: Keep = lambda _start: None,
    ) -> Eigenpairs:
        """The wanted Kramers pairs on both sides of the gap.

        Parameters
        ----------
        operator, target : what is solved, and for how many pairs.
        progress : told of each step.
        device : where the long vectors live.
        start : vectors to begin with, of an interrupted solution or of a similar operator.
        keep : told every half minute, and after each band, what an interrupted solution could go on from.

        Raises
        ------
        InputError
            More states wanted than a quarter of the dimension, no gap near the guess, or too little memory.
        ConvergenceError
            A band or its finish did not reach the tolerance; holds the residuals reached.
        """
        self._check(operator, target)
        if operator.dimension < self.dense_below:
            progress(0.0, "diagonalising the dense matrix")
            found = dense_bands(operator, target, self.smallest_gap)
            progress(1.0, "states found")
            return found
        needed = self.bytes_needed(operator, target, device)
        require_memory(device, needed, "memory", "Ask for fewer states or a smaller particle")
        with _threads(device, operator.cast(np.float32)), device.running():
            progress(0.0, "bounds of the spectrum")
            work = Work(device, operator, self.seed, progress)
            return self._solve(work, target, start, keep)

    def _check(self, operator: BlockTetrahedral, target: Target) -> None:
        wanted = 2 * (target.above + target.below)
        if target.above < 1 or target.below < 1 or 4 * wanted > operator.dimension:
            states = f"a quarter of the {operator.dimension} states"
            rule = f"must be at least one pair a side and at most {states}"
            cure = "Ask for fewer states or build a larger particle"
            raise InputError("number of states", wanted, rule, cure)

    def bytes_needed(self, operator: BlockTetrahedral, target: Target, device: Device) -> int:
        """Memory (bytes) on the device that a solution takes at its largest, known in advance."""
        most = max(target.above, target.below)
        panel = operator.atoms * operator.orbitals * LANES * 4
        search = (search_panels(most, self.steps) + _PANELS_AT_WORK) * panel
        finish = (finish_panels(most) + _PANELS_AT_WORK) * 2 * panel + _PANELS_AT_WORK * panel
        blocks = sum(device.operator_bytes(operator, dtype) for dtype in (np.float64, np.float32))
        # Results are gathered on the host; their panels and the vectors made of them exist side by side.
        results = 2 * (target.above + target.below) * panel // 2 if device is CPU else 0
        return blocks + max(search, finish) + results

    def _solve(self, work: Work, target: Target, start: Start | None, keep: Keep) -> Eigenpairs:
        gap = self._begin(work, start) if start else find_gap(work, target.gap, self.smallest_gap)
        effort = Effort(self.tolerance, self.gain, self.steps, self.restarts)
        bands: list[Band] = []
        for side, count in ((1, target.above), (-1, target.below)):
            beginning = _beginning(side, gap, target)
            known = bands[0].vectors.astype(np.float32) if bands else None
            search = BandSearch(work, beginning, count, effort, _and_above(keep, known))
            bands.append(search.run(beginning.panels))
            edge = float(bands[-1].energies[0])
            gap = Gap(gap.low, edge, gap.below, []) if side > 0 else gap
        work.progress(1.0, "states found")
        return Eigenpairs(bands[0], bands[1], work.applications)

    def _begin(self, work: Work, start: Start) -> Gap:
        """The gap of an earlier solution, with its vectors where it has some."""

        def panels(vectors: Any) -> list[Any]:
            if vectors is None:
                return [work.noise()]
            return [work.device.put(panel) for panel in inner_panels(work.single.order, vectors)]

        return Gap(*start.gap, panels(start.below), panels(start.above))


def _and_above(keep: Keep, above: Any) -> Keep:
    """`keep` for the search below the gap, told of the band above as well."""
    if above is None:
        return keep
    return lambda found: keep(Start(found.gap, above, found.below))


def _beginning(side: int, gap: Gap, target: Target) -> Beginning:
    edge, other, near = (gap.high, gap.low, gap.above) if side > 0 else (gap.low, gap.high, gap.below)
    guess = target.gap[1] if side > 0 else target.gap[0]
    depth = min(max(1.5 * abs(edge - guess), 0.1), 0.6)
    return Beginning(side, edge, other, depth, near)


@contextmanager
def _threads(device: Device, operator: BlockTetrahedral) -> Generator[None]:
    """As many threads as pay now, by trial: on a busy machine a barrier costs more than a product.

    Numbers do not depend on it. Row chunks run in our own threads; BLAS threads beneath them would
    only fight (measured: five times the CPU).
    """
    from threadpoolctl import threadpool_limits

    before = numba.get_num_threads()
    seconds: dict[int, float] = {}
    try:
        if device is CPU and before > 1:
            panel, out = random_panel(CPU, operator, 0), operator.zeros()
            for count in (1, before):
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
