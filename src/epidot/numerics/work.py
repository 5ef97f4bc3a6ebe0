"""What the parts of one eigensolution share: operators, seeds, progress, the count of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.chebyshev import Window, chebyshev, random_panel, spectrum_bounds
from epidot.numerics.device import Device
from epidot.numerics.eigenpairs import Start
from epidot.numerics.operator import BlockTetrahedral
from epidot.numerics.progress import Progress
from epidot.numerics.rows import COLUMNS
from epidot.numerics.searchspace import SearchSpace

Keep = Callable[[Start], None]
"""Told now and then what an interrupted solution could go on from."""


@final
class Work:
    """One eigensolution in progress on a device."""

    def __init__(self, device: Device, operator: BlockTetrahedral, seed: int, progress: Progress) -> None:
        self.device, self.progress = device, progress
        self.double = device.place(operator)
        self.single = self.double.cast(np.float32)
        self.applications = 0
        self._seed, self._draws = seed, 0
        self.bounds = spectrum_bounds(device, self.single, self._draw())

    def _draw(self) -> int:
        """A fresh seed: start vectors of one solution differ, those of two runs do not."""
        self._draws += 1
        return 1000 * self._seed + self._draws

    def noise(self) -> Any:
        """A random panel in single precision, a new one at each call."""
        return random_panel(self.device, self.single, self._draw())

    def space(self, sigma: float, capacity: int, *, double: bool = False) -> SearchSpace:
        """An empty search space for `capacity` panels."""
        operator = self.double if double else self.single
        return SearchSpace(self.device, operator, sigma, capacity, self.noise)

    def filtered(self, panel: Any, where: Window, degree: int) -> Any:
        """The panel after the filter, in single precision."""
        self.applications += COLUMNS * (2 * degree + 1)
        return chebyshev(self.single, panel, where, degree)

    def host(self, panels: list[Any]) -> list[NDArray[Any]]:
        """Panels of the device on the host."""
        return [self.device.take(panel) for panel in panels]
