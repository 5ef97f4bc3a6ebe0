"""The site network's geometry: bilayer stacks and the cubic frame they grow from.

Lengths are in units of the zinc-blende lattice constant (a = 1). Along an A direction n,
cations of layer k sit at height k·d and column letter m_k, anions 3/4 d above their
cation in the same column; letters step by ±1 per layer. All steps equal is zinc blende,
alternating steps are wurtzite, and any string is a perfect four-coordinated network
(Hägg notation; see e.g. Verma and Krishna, Polymorphism and Polytypism in Crystals, 1966).

A *bilayer* k here is the flat pair: cations of layer k with the anions bonded to them by
slanted bonds, which sit a quarter of d below and carry the letter of layer k - 1. Cutting
between bilayers breaks one bond per atom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BILAYER: Final = 1.0 / np.sqrt(3.0)
"""Height d of a bilayer."""
BOND: Final = np.sqrt(3.0) / 4.0
"""Bond length."""
ROW: Final = np.sqrt(3.0 / 8.0)
"""Distance between neighbouring {10-10} rows of one column letter."""
CUT: Final = 3.0 / 8.0
"""Height of a cut above a cation layer, in bilayers: half-way up the axial bond."""

_N: Final = np.array([1.0, 1.0, 1.0]) / np.sqrt(3.0)
_STEP: Final = np.array([1.0, 1.0, -2.0]) / 6.0
_U: Final = np.array([1.0, -1.0, 0.0]) / 2.0
_V: Final = np.array([0.0, 1.0, -1.0]) / 2.0
_FACETS: Final = ((1.0, 1.0, 1.0), (1.0, -1.0, -1.0), (-1.0, 1.0, -1.0), (-1.0, -1.0, 1.0))


@dataclass(frozen=True)
class Frame:
    """Right-handed axes of a bilayer stack; each an array of shape (3,), in units of a."""

    axis: Array
    """Unit vector n along which cation → anion axial bonds point."""
    step: Array
    """Lateral shift of one column letter."""
    first: Array
    second: Array
    """Lateral lattice vectors u and v."""


def facet_frame(facet: int) -> Frame:
    """The frame of one of the four {111}A facets of a zinc-blende domain on cubic axes."""
    turn = np.diag(_FACETS[facet])
    return Frame(turn @ _N, turn @ _STEP, turn @ _U, turn @ _V)


def rod_frame() -> Frame:
    """The frame of a free-standing stack: n along z, u along x."""
    turn = np.array([_U / np.linalg.norm(_U), np.cross(_N, _U) / np.linalg.norm(_U), _N])
    return Frame(turn @ _N, turn @ _STEP, turn @ _U, turn @ _V)


def letters(phase: str, layers: Array, start: int) -> Array:
    """Column letters (integers, not reduced modulo 3) of `layers`; `start` has its own number as letter.

    ``"zb"`` steps by +1 throughout; ``"wz"`` alternates between ``start`` and ``start - 1``, so that
    on top of zinc blende that ends at layer `start` the first step is a reversal.
    """
    return layers if phase == "zb" else start - ((layers - start) % 2)


@dataclass(frozen=True)
class Sites:
    """Lattice sites of one domain; `position` in units of a, other arrays one entry per site."""

    position: Array
    """(site, 3)"""
    cation: Array
    """(site,) bool"""
    bilayer: Array
    """(site,) index of the bilayer along the domain's axis; 0 for domains without an axis."""
    directions: Array
    """(site, 4, 3) unit vectors of the four ideal bonds."""

    def keep(self, mask: Array) -> Sites:
        """The sites where `mask` (site,) is true."""
        return Sites(self.position[mask], self.cation[mask], self.bilayer[mask], self.directions[mask])


def joined(parts: list[Sites]) -> Sites:
    """All sites of several disjoint domains."""
    return Sites(
        np.concatenate([part.position for part in parts]),
        np.concatenate([part.cation for part in parts]),
        np.concatenate([part.bilayer for part in parts]),
        np.concatenate([part.directions for part in parts]),
    )


def cubic_sites(radius: float) -> Sites:
    """Zinc blende on cubic axes, a cation at the origin, inside a cube of half-width `radius`."""
    reach = int(np.ceil(2.0 * radius)) + 1
    grid = np.arange(-reach, reach + 1)
    points = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    cations = 0.5 * points[points.sum(axis=1) % 2 == 0]
    bonds = np.array(_FACETS) / np.sqrt(3.0)
    position = np.concatenate([cations, cations + 0.25])
    is_cation = np.arange(len(position)) < len(cations)
    signs = np.where(is_cation, 1.0, -1.0)
    sites = Sites(
        position,
        is_cation,
        np.zeros(len(position), dtype=np.int64),
        signs[:, None, None] * bonds[None, :, :],
    )
    return sites.keep(np.abs(position).max(axis=1) <= radius)


def _slanted(frame: Frame, sign: int) -> Array:
    # From an anion of layer k up to the three cations of layer k + 1, one letter step of `sign` away.
    lateral = [sign * frame.step + shift for shift in _threefold(frame, sign)]
    return np.array([(0.25 * BILAYER * frame.axis + side) / BOND for side in lateral])


def _threefold(frame: Frame, sign: int) -> list[Array]:
    # The three columns nearest to a neighbouring letter differ by lattice vectors of the layer.
    shifts = [i * frame.first + j * frame.second for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return [shift for shift in shifts if np.linalg.norm(sign * frame.step + shift) < 0.5]


def columns(frame: Frame, radius: float) -> tuple[Array, Array, Array]:
    """Lateral positions (column, 3) of the columns of each letter within `radius` of the axis."""
    reach = int(np.ceil(radius / ROW)) + 2
    grid = np.arange(-reach, reach + 1)
    lattice = (grid[:, None, None] * frame.first + grid[None, :, None] * frame.second).reshape(-1, 3)
    by_letter = [lattice + letter * frame.step for letter in range(3)]
    a, b, c = (points[np.linalg.norm(points, axis=1) <= radius] for points in by_letter)
    return a, b, c


def stack_sites(frame: Frame, sequence: Array, first: int, lateral: tuple[Array, Array, Array]) -> Sites:
    """Bilayers of a stack, from `first` up, whose cross-section is given column by column.

    Parameters
    ----------
    frame : axes of the stack.
    sequence : letters of layers ``first - 1`` … last.
    first : index of the lowest bilayer.
    lateral : positions (column, 3) of the columns of letters 0, 1 and 2.
    """
    position, cation, bilayer, directions = [], [], [], []
    for offset in range(1, len(sequence)):
        layer = first + offset - 1
        below, here = int(sequence[offset - 1]), int(sequence[offset])
        anions = lateral[below % 3] + (layer - 0.25) * BILAYER * frame.axis
        cations = lateral[here % 3] + layer * BILAYER * frame.axis
        slanted = _slanted(frame, here - below)
        position += [anions, cations]
        cation += [np.zeros(len(anions), bool), np.ones(len(cations), bool)]
        bilayer.append(np.full(len(anions) + len(cations), layer))
        directions.append(_repeat(np.vstack([-frame.axis, slanted]), len(anions)))
        directions.append(_repeat(np.vstack([frame.axis, -slanted]), len(cations)))
    return Sites(*(np.concatenate(parts) for parts in (position, cation, bilayer, directions)))


def _repeat(block: Array, count: int) -> Array:
    return np.broadcast_to(block, (count, *block.shape))
