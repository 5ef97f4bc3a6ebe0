"""Start positions of solids: along each ray every layer has its own lattice constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.structure.shapes import Solid

Array = NDArray[Any]

_SHARED: Final = 0.38
"""Share of the misfit that an inclusion takes up itself: 1 - (1 + ν)/(3 (1 - ν)) at ν = 0.3 (Eshelby,
Proc. R. Soc. A 241, 376 (1957), for a sphere and equal stiffness)."""


def coherent(constants: Array, shares: Array) -> Array:
    """Lattice constants (layer,), Å, of nested layers that continue each other.

    Parameters
    ----------
    constants : (layer,) unstrained, Å.
    shares : (layer,) of the volume, summing to 1.
    """
    return constants + _SHARED * (constants @ shares - constants)


@dataclass(frozen=True)
class RaySpace:
    """Maps points of the network (units of a, about a centre) to Å, ray by ray."""

    bounds: tuple[Solid, ...]
    """Nested solids, from inside out; beyond the last it goes on for ever."""
    constants: Array
    """(solid + 1,) lattice constant inside each solid and beyond the last, Å."""

    def __call__(self, local: Array) -> Array:
        """(site, 3) Å from (site, 3)."""
        return local * self._stretch(local)[:, None]

    def along(self, direction: Array, distance: float) -> float:
        """Distance in Å of the point at `distance` (units of a) along a unit vector (3,)."""
        if distance <= 0.0:
            return distance * float(self.constants[0])
        return distance * float(self._stretch(distance * direction[None])[0])

    def _stretch(self, local: Array) -> Array:
        """Mean lattice constant (site,) between the centre and each point."""
        radius = np.linalg.norm(local, axis=1)
        safe = np.maximum(radius, 1e-12)
        total = np.zeros(len(local))
        inner = np.zeros(len(local))
        for body, constant in zip(self.bounds, self.constants, strict=False):
            # Where the ray leaves the solid, in the same unit as the radius.
            border = safe / np.maximum(body.gauge(local), 1e-12)
            total += constant * np.clip(np.minimum(radius, border) - inner, 0.0, None)
            inner = np.maximum(inner, np.minimum(radius, border))
        total += self.constants[-1] * (radius - inner)
        return np.where(radius > 1e-12, total / safe, self.constants[0])
