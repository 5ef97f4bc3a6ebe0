"""Zinc-blende domains of branch points: how large they are and which sites they hold.

Collar rule: prisms of inradius R whose axes meet at an angle θ, on facets at a height h from the
centre, do not meet if h ≥ R/tan(θ/2): R/√2 for facets of one polarity (109.47°), √2·R where both
polarities carry arms (70.53°). A prism that widens outwards may do so as tan(θ/2). The domain (a
matter of phase) is made that large; which material fills it (a matter of composition) is independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.design.design import CrossSection
from epidot.structure.bonds import filled_notches, links
from epidot.structure.lattice import BILAYER, CUT, FACETS, Cubic, Frame, Sites, cubic_sites
from epidot.structure.shapes import Solid, circumradius, side_normals

Array = NDArray[Any]

MARGIN: Final = 2.5
"""Å by which a domain is higher than the collar rule asks, so that facing side facets stay apart."""


@dataclass(frozen=True)
class Foot:
    """Where a limb meets a domain, seen from its centre."""

    facet: int
    forward: bool
    section: CrossSection
    radii: tuple[float, ...]
    """Inradius of the inner particle and with each shell, units of a."""
    profile: tuple[float, ...]
    """Inradius with shells of each bilayer from the foot out; the first is the last of `radii`."""


@dataclass(frozen=True)
class Tops:
    """Forward layer, in the frames of forward and of backward facets, at which the domain ends."""

    forward: int
    backward: int

    def of(self, foot: Foot) -> int:
        """The layer at one foot."""
        return self.forward if foot.forward else self.backward

    def height(self, *, forward: bool) -> float:
        """Distance of the cut from the centre."""
        layers = self.forward + CUT if forward else self.backward + CUT - 0.75
        return layers * BILAYER


def opening(feet: list[Foot]) -> float:
    """tan(θ/2) of the smallest angle between two limbs; limbs in line do not count."""
    sides = {foot.forward for foot in feet}
    if len(sides) == 1:
        return float(np.sqrt(2.0))
    mixed = any(a.facet != b.facet for a in feet for b in feet if a.forward and not b.forward)
    return float(np.sqrt(0.5)) if mixed else float(np.sqrt(2.0))


def needed_height(feet: list[Foot], margin: float) -> float:
    """Least height of the cuts that keeps the limbs apart; `margin` in units of a."""
    slope = opening(feet)
    needs = [radius / slope - layer * BILAYER for foot in feet for layer, radius in enumerate(foot.profile)]
    return max(needs) + margin


def tops_for(height: float) -> Tops:
    """The lowest layers whose cuts are at least this high."""
    forward = max(int(np.ceil(height / BILAYER - CUT - 1e-9)), 0)
    return Tops(forward, max(int(np.ceil(height / BILAYER - CUT + 0.75 - 1e-9)), 1))


def domain_sites(lattice: Cubic, tops: Tops, feet: list[Foot], core: Solid | None) -> Sites:
    """Zinc blende below the feet: collar, core, and the limbs run on inwards."""
    sites = cubic_sites(lattice, _box(tops, feet, core))
    local = (sites.position - lattice.centre) @ lattice.turn
    allowed = _below(tops, feet, local)
    sites, local = sites.keep(allowed), local[allowed]
    filled = region(feet, core, local)
    table = links(sites).table
    return sites.keep(filled_notches(table, filled, np.ones_like(filled)))


def _box(tops: Tops, feet: list[Foot], core: Solid | None) -> Array:
    wide = max(circumradius(foot.section, foot.radii[-1]) for foot in feet)
    high = max(tops.height(forward=foot.forward) for foot in feet) + BILAYER
    # On a cubic axis a tetrahedron of height h reaches √3 h, a prism h/√3 + √(2/3) R.
    collar = np.sqrt(3.0) * BILAYER * (_collar(feet, -1) + 1)
    extent = max(float(high / np.sqrt(3.0) + np.sqrt(2.0 / 3.0) * wide), float(collar))
    if core is not None:
        extent = max(extent, float(core.box().max()))
    return np.array([np.full(3, -extent), np.full(3, extent)])


def _below(tops: Tops, feet: list[Foot], local: Array) -> Array:
    """Sites that are not beyond a facet that carries a limb."""
    limits = np.full((2, 4), np.inf)
    limits[0] = tops.height(forward=True) + 1e-9
    for foot in feet:
        if not foot.forward:
            limits[1, foot.facet] = tops.height(forward=False) + 1e-9
    below = np.empty(len(local), dtype=np.bool_)
    _within(local, FACETS / np.sqrt(3.0), limits, below)
    return below


@njit(cache=True, parallel=True)
def _within(local: Any, axes: Any, limits: Any, below: Any) -> None:
    for i in prange(len(local)):
        good = True
        for facet in range(4):
            height = 0.0
            for x in range(3):
                height += local[i, x] * axes[facet, x]
            good = good and height <= limits[0, facet] and -height <= limits[1, facet]
        below[i] = good


def _collar(feet: list[Foot], shell: int) -> int:
    """Layers of the tetrahedron (or octahedron) on whose faces the limbs just fit, and one more.

    In the one bilayer more the gap between limbs is still narrower than an atom.
    """
    widest = max(foot.radii[shell] for foot in feet)
    return int(np.ceil(widest / opening(feet) / BILAYER - CUT)) + 1


def region(feet: list[Foot], core: Solid | None, local: Array, shell: int = -1) -> Array:
    """Whether positions (site, 3) on the lattice's own axes belong to the domain with its first shells.

    Parameters
    ----------
    shell : 0 for the inner particle, -1 with all shells.
    """
    collar = _collar(feet, shell)
    inradius = max(foot.radii[shell] for foot in feet)
    bottom = _corner(collar, inradius) + 1.0 - CUT
    if any(not foot.forward for foot in feet):
        bottom = min(bottom, collar + 1.0 - CUT)
    own = Cubic(np.zeros(3), np.eye(3), cation=True)
    frames = [facing(own, foot) for foot in feet]
    limits = np.array([(collar + CUT) * BILAYER, bottom * BILAYER])
    axes = np.array([frame.axis for frame in frames])
    sides = np.array([side_normals(foot.section, frame) for foot, frame in zip(feet, frames, strict=True)])
    round_ones = np.array([foot.section.shape == "circle" for foot in feet])
    radii = np.array([foot.radii[shell] + 1e-9 for foot in feet])
    filled = np.empty(len(local), dtype=np.bool_)
    _filled(local, (FACETS / np.sqrt(3.0), limits), (axes, sides, round_ones, radii), filled)
    return filled if core is None else filled | (core.gauge(local) <= 1.0 + 1e-9)


@njit(cache=True, parallel=True)
def _filled(local: Any, collar: Any, prisms: Any, filled: Any) -> None:
    facets, limits = collar
    axes, sides, round_ones, radii = prisms
    for i in prange(len(local)):
        x, y, z = local[i, 0], local[i, 1], local[i, 2]
        inside = True
        for facet in range(4):
            height = x * facets[facet, 0] + y * facets[facet, 1] + z * facets[facet, 2]
            inside = inside and height <= limits[0] and -height <= limits[1]
        for foot in range(len(axes)):
            if inside:
                break
            axial = x * axes[foot, 0] + y * axes[foot, 1] + z * axes[foot, 2]
            if axial < 0.0:
                continue
            if round_ones[foot]:
                inside = x * x + y * y + z * z - axial * axial <= radii[foot] * radii[foot]
                continue
            widest = 0.0
            for side in range(3):
                normal = sides[foot, side]
                widest = max(widest, abs(x * normal[0] + y * normal[1] + z * normal[2]))
            inside = widest <= radii[foot]
        filled[i] = inside


def _corner(top: int, inradius: float) -> int:
    """Bilayers along -n to where the corner-side facets of prisms on faces at `top` leave those faces.

    That is the plane -n·r = h/3 + R sqrt(8/9).
    """
    height = (top + CUT) * BILAYER
    return int(np.ceil((height / 3.0 + inradius * np.sqrt(8.0 / 9.0)) / BILAYER - 1.0 + CUT))


def facing(lattice: Cubic, foot: Foot) -> Frame:
    """Frame of a limb at its foot, axis outwards."""
    return lattice.facet(foot.facet, forward=foot.forward)
