"""The site network of a design: where sites are, which segment owns each, where each starts.

Pure geometry of one lattice constant; only `start` knows that materials differ in size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from epidot import materials
from epidot.errors import InputError
from epidot.structure.lattice import BILAYER, Sites

Array = NDArray[Any]
Paths = tuple[tuple[str, tuple[tuple[float, float, float], ...]], ...]


@dataclass(frozen=True)
class Network:
    """Sites with owner and start position."""

    sites: Sites
    segment: Array
    """(site,) index into `segments`."""
    start: Array
    """(site, 3) Å"""
    segments: tuple[str, ...]
    segment_materials: tuple[str, ...]
    paths: Paths
    realised: dict[str, dict[str, float]]


def bilayers(length: float, material: str, path: str) -> int:
    """Whole bilayers nearest to a length (Å); refuses a segment too thin to hold an atom."""
    height = BILAYER * materials.lattice_constant(material)
    count = round(length / height)
    if count < 1:
        raise InputError(
            path,
            f"{length / 10:.3g} nm",
            f"is thinner than half a bilayer of {material} ({height / 10:.3f} nm), so it holds no atom",
            f"Make it at least {height / 10:.2f} nm or leave the segment out",
        )
    return count


@dataclass(frozen=True)
class RadialScale:
    """Radius in the network (units of a) to radius in Å: each ball shell at its own lattice constant."""

    bounds: Array
    """(shell,) outer radii in units of a, ascending; the last shell goes on for ever."""
    constants: Array
    """(shell,) lattice constants, Å."""

    def __call__(self, position: Array) -> Array:
        """Map positions (site, 3) in units of a to Å."""
        radius = np.linalg.norm(position, axis=1)
        inner = np.concatenate([[0.0], self.bounds[:-1]])
        filled = np.clip(radius[:, None] - inner, 0.0, np.append(np.diff(inner), np.inf))
        mapped = filled @ self.constants
        return (
            position
            * np.divide(mapped, radius, out=np.full_like(radius, self.constants[0]), where=radius > 0)[
                :, None
            ]
        )


def axial_scale(constants: Array, smoothing: float) -> tuple[Array, Array]:
    """Heights and lateral scales of the bilayers of a rod whose material changes along it.

    Parameters
    ----------
    constants : (bilayer,) lattice constant of each bilayer, Å.
    smoothing : standard deviation of the lateral blending, in bilayers: a coherent rod adapts its
        width over about a quarter of its diameter.

    Returns
    -------
    heights : (bilayer,) Å, of the cation layer above the base (first bilayer at 0).
    scales : (bilayer,) Å per unit of a.
    """
    steps = 0.5 * (constants[1:] + constants[:-1]) * BILAYER
    heights = np.concatenate([[0.0], np.cumsum(steps)])
    return heights, gaussian_filter1d(constants, smoothing, mode="nearest")
