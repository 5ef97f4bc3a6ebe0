"""The site network's geometry: bilayer stacks and the cubic lattice that they grow from.

Lengths are in units of the zinc-blende lattice constant (a = 1). Of the two sublattices one is
called *forward*: along the axis n of a frame its layers k sit at heights k·d in columns of letter
m_k, and each site has its axial bond along +n; the other, *backward*, sublattice sits 3/4 d above,
in the same column. Letters step by ±1 per layer. All steps equal is zinc blende, alternating steps
are wurtzite, and any string is a perfect four-coordinated network (Hägg notation; see e.g. Verma
and Krishna, Polymorphism and Polytypism in Crystals, 1966). An A direction is one along which the
forward sublattice is the cation, a B direction one along which it is the anion: seen from its other
end, a stack is a stack again with the sublattices exchanged (`Frame.reversed`).

A *bilayer* k here is the flat pair: forward sites of layer k with the backward sites bonded to them
by slanted bonds, which sit a quarter of d below and carry the letter of layer k - 1. Cutting
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
"""Height of a cut above a forward layer, in bilayers: half-way up the axial bond."""

_N: Final = np.array([1.0, 1.0, 1.0]) / np.sqrt(3.0)
_STEP: Final = np.array([1.0, 1.0, -2.0]) / 6.0
_U: Final = np.array([1.0, -1.0, 0.0]) / 2.0
_V: Final = np.array([0.0, 1.0, -1.0]) / 2.0
FACETS: Final = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
"""Axial bonds of a forward site of the cubic lattice, times √3: the facets 0 to 3 of a branch point."""


@dataclass(frozen=True)
class Frame:
    """Right-handed axes of a bilayer stack; vectors of shape (3,), in units of a."""

    origin: Array
    """A forward site of layer 0 with letter 0, or the place on the axis where it would be."""
    axis: Array
    """Unit vector n."""
    step: Array
    """Lateral shift of one column letter."""
    first: Array
    second: Array
    """Lateral lattice vectors u and v."""
    cation: bool
    """Whether the forward sublattice is the cation, that is whether n is an A direction."""

    def reversed(self) -> Frame:
        """The same lattice seen from the other end; layer k becomes -k, letter m becomes -m."""
        origin = self.origin + 0.75 * BILAYER * self.axis
        return Frame(origin, -self.axis, -self.step, -self.first, -self.second, not self.cation)

    def at(self, layer: int) -> Array:
        """The point (3,) of the axis at the height of a forward layer."""
        return self.origin + layer * BILAYER * self.axis


@dataclass(frozen=True)
class Cubic:
    """A zinc-blende lattice: a forward site at `centre`, axial bonds along the rows of `axes`."""

    centre: Array
    turn: Array
    """(3, 3) proper rotation from cubic axes to the particle's."""
    cation: bool
    """Whether the forward sublattice is the cation."""

    @property
    def axes(self) -> Array:
        """(4, 3) unit vectors of the facets 0 to 3."""
        return FACETS @ self.turn.T / np.sqrt(3.0)

    def facet(self, number: int, *, forward: bool = True) -> Frame:
        """Frame of one facet, its axis outwards through the centre.

        Forward facets have their first forward layer at the centre; on the opposite side the
        sublattices change roles, and the layer counted 0 is that of the site bonded to the centre
        on the far side.
        """
        sign = np.diag(FACETS[number])
        axis, step, first, second = (self.turn @ sign @ vector for vector in (_N, _STEP, _U, _V))
        if forward:
            return Frame(self.centre, axis, step, first, second, self.cation)
        far = self.centre + BOND * axis
        return Frame(far, -axis, -step, -first, -second, not self.cation)


def root_lattice() -> Cubic:
    """Cubic axes along x, y, z, a cation at the origin."""
    return Cubic(np.zeros(3), np.eye(3), cation=True)


def node_lattice(parent: Frame, layer: int, sense: int, *, same: bool) -> Cubic:
    """The zinc-blende lattice that continues a stack above forward layer `layer` of its frame.

    Parameters
    ----------
    parent : frame of the stack.
    layer : forward layer of the parent on which the centre lies; its letter must be 0 modulo 3.
    sense : +1 or -1, the step of the letters in the zinc blende.
    same : whether the centre is of the parent's forward sublattice, so that one facet points straight
        on; otherwise facet 0 points back to the parent and the other three forward.
    """
    frame = parent if same else parent.reversed()
    centre = frame.at(layer if same else -layer)
    axes = np.array([_N, _STEP / np.linalg.norm(_STEP)])
    wanted = np.array([frame.axis, sense * frame.step / np.linalg.norm(frame.step)])
    turn = _right_handed(wanted).T @ _right_handed(axes)
    return Cubic(centre, turn, frame.cation)


def _right_handed(pair: Array) -> Array:
    return np.array([pair[0], pair[1], np.cross(pair[0], pair[1])])


def rod_frame(*, cation: bool = True) -> Frame:
    """The frame of a free-standing stack: n along z, u along x; an A direction by default."""
    turn = np.array([_U / np.linalg.norm(_U), np.cross(_N, _U) / np.linalg.norm(_U), _N])
    return Frame(np.zeros(3), turn @ _N, turn @ _STEP, turn @ _U, turn @ _V, cation)


@dataclass(frozen=True)
class Sites:
    """Lattice sites of one domain; `position` in units of a, other arrays one entry per site."""

    position: Array
    """(site, 3)"""
    cation: Array
    """(site,) bool"""
    bilayer: Array
    """(site,) int32, index of the bilayer along the domain's axis; 0 for domains without an axis."""
    tetrahedron: Array
    """(site,) int32, which row of `tetrahedra`."""
    tetrahedra: Array
    """(kind, 4, 3) unit vectors of the four ideal bonds."""

    def keep(self, mask: Array) -> Sites:
        """The sites where `mask` (site,) is true."""
        return Sites(
            self.position[mask],
            self.cation[mask],
            self.bilayer[mask],
            self.tetrahedron[mask],
            self.tetrahedra,
        )


def joined(parts: list[Sites]) -> Sites:
    """All sites of several disjoint domains."""
    offsets = np.cumsum([0, *(len(part.tetrahedra) for part in parts)])
    return Sites(
        np.concatenate([part.position for part in parts]),
        np.concatenate([part.cation for part in parts]),
        np.concatenate([part.bilayer for part in parts]),
        np.concatenate(
            [part.tetrahedron + int(shift) for part, shift in zip(parts, offsets, strict=False)]
        ).astype(np.int32),
        np.concatenate([part.tetrahedra for part in parts]),
    )


def cubic_sites(lattice: Cubic, box: Array) -> Sites:
    """Zinc blende inside a box (low and high corner, (2, 3)) given on the lattice's own axes from its centre.

    Cells are listed along the last axis first, so that neighbours in space are near in memory.
    """
    low, high = np.floor(2.0 * box[0]).astype(int) - 1, np.ceil(2.0 * box[1]).astype(int) + 1
    x, y, z = np.ogrid[low[0] : high[0] + 1, low[1] : high[1] + 1, low[2] : high[2] + 1]
    points = np.argwhere((x + y + z) % 2 == 0) + low
    local = (0.5 * points[:, None, :] + np.array([[0.0], [0.25]])).reshape(-1, 3)
    forward = np.arange(len(local)) % 2 == 0
    inside = ((local >= box[0] - 1e-9) & (local <= box[1] + 1e-9)).all(axis=1)
    local, forward = local[inside], forward[inside]
    kinds = np.stack([lattice.axes, -lattice.axes])
    return Sites(
        lattice.centre + local @ lattice.turn.T,
        forward == lattice.cation,
        np.zeros(len(local), dtype=np.int32),
        np.where(forward, 0, 1).astype(np.int32),
        kinds,
    )


def _slanted(frame: Frame, sign: int) -> Array:
    # From a backward site of layer k up to the three forward sites of layer k + 1, one letter step away.
    shifts = [i * frame.first + j * frame.second for i in (-1, 0, 1) for j in (-1, 0, 1)]
    near = [shift for shift in shifts if np.linalg.norm(sign * frame.step + shift) < 0.5]
    return np.array([(0.25 * BILAYER * frame.axis + sign * frame.step + shift) / BOND for shift in near])


def columns(frame: Frame, radius: float) -> tuple[Array, Array, Array]:
    """Lateral positions (column, 3) of the columns of each letter within `radius` of the axis."""
    reach = int(np.ceil(radius / ROW)) + 2
    grid = np.arange(-reach, reach + 1)
    lattice = (grid[:, None, None] * frame.first + grid[None, :, None] * frame.second).reshape(-1, 3)
    by_letter = [lattice + letter * frame.step for letter in range(3)]
    a, b, c = (points[np.linalg.norm(points, axis=1) <= radius + 1e-9] for points in by_letter)
    return a, b, c


def stack_sites(frame: Frame, sequence: Array, first: int, lateral: list[tuple[Array, Array]]) -> Sites:
    """Bilayers of a stack, from `first` up, whose cross-section is given bilayer by bilayer.

    Parameters
    ----------
    frame : axes of the stack.
    sequence : letters of layers ``first - 1`` … last.
    first : index of the lowest bilayer.
    lateral : for each bilayer the lateral positions (column, 3) of its backward and its forward sites.
    """
    position: list[Array] = []
    layers: list[Array] = []
    kinds: list[Array] = []
    forward: list[Array] = []
    for offset, (backs, fronts) in enumerate(lateral):
        layer = first + offset
        base = frame.origin + layer * BILAYER * frame.axis
        position += [backs + (base - 0.25 * BILAYER * frame.axis), fronts + base]
        kind = 0 if sequence[offset + 1] > sequence[offset] else 2
        kinds.append(np.repeat([kind, kind + 1], [len(backs), len(fronts)]))
        forward.append(np.repeat([False, True], [len(backs), len(fronts)]))
        layers.append(np.full(len(backs) + len(fronts), layer))
    table: list[Array] = []
    for sign in (1, -1):
        slanted = _slanted(frame, sign)
        table += [np.vstack([-frame.axis, slanted]), np.vstack([frame.axis, -slanted])]
    return Sites(
        np.concatenate(position),
        np.concatenate(forward) == frame.cation,
        np.concatenate(layers).astype(np.int32),
        np.concatenate(kinds).astype(np.int32),
        np.array(table),
    )
