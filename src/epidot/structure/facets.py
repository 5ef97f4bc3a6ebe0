"""Facets of a particle: which crystal plane each dangling bond belongs to, and how large each plane is.

Method. An atom of the surface is tried against the planes of its own crystal frame: in zinc blende
{111}A, {111}B, {100}, {110}, {112}; in wurtzite (0001), (000-1), {10-10}, {11-20}, {10-11}. The frame is
read from the ideal bond directions and, in wurtzite, the eclipsed bond. Planes more than 50° off the
local normal are left out; the normal is the sum of the dangling directions of the atom and of those a few
bonds away. The atom lies on the plane that holds most of the surface within 2.9 bonds, if that is at least
half of what an endless facet would have there; half is what an atom on a straight edge sees. Then facets
grow to their rims, over dangling bonds of atoms that lie in the plane of one next to them. Everything else
is edge or rough. Areas are vector areas of dangling bonds along the facet's normal (see `Dangling`): the
planar density of the ideal lattice, without a table of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from epidot.structure.per_atom import Dangling, dangling, own_bonds
from epidot.structure.structure import NO_ATOM, WURTZITE, Structure

Array = NDArray[Any]

FAMILIES: Final = (
    "zb {111}A",
    "zb {111}B",
    "zb {100}",
    "zb {110}",
    "zb {112}",
    "wz (0001)",
    "wz (000-1)",
    "wz {10-10}",
    "wz {11-20}",
    "wz {10-11}",
    "edge/rough",
)
"""Names of the families; A faces end in cations."""
ROUGH: Final = len(FAMILIES) - 1
_PYRAMIDAL: Final = FAMILIES.index("wz {10-11}")

_ROUNDS: Final = 4
"""Bonds over which the local normal is averaged."""
_TILT: Final = float(np.cos(np.radians(50.0)))
"""Planes farther off the local normal are not tried; an edge of 90° tilts its normal by 45°."""
_REACH, _STEPS = 2.9, 5
"""How far a facet is judged: in bond lengths, and in bonds along the network."""
_FLAT: Final = 0.3
"""Bonds by which atoms of one plane may differ in height: half the lowest step, a/4 on {100}."""
_STEPPED: Final = 0.6
"""The same for {10-11}, one of whose two ends has its atoms at several heights; half a layer is 0.62."""
_COVER: Final = 0.5
"""Least part of the disc that a facet must fill: what an atom on a straight edge sees."""
_OUTWARD: Final = 0.2
"""Least cosine between a dangling bond and the normal of its facet; the flattest have 1/3."""
_GROWTH: Final = 3
"""Rounds in which facets grow to their rims."""
_PYRAMID: Final = float(np.sqrt(9.0 / 41.0))
"""Cosine of the angle between {10-11} and (0001) normals for the ideal c/a = √(8/3)."""
_PLANES: Final = 50
"""Planes tried in zinc blende; wurtzite has fewer."""
_CROWD: Final = 256
"""Room for the atoms of a neighbourhood; the densest have about 70."""


@dataclass(frozen=True)
class Facets:
    """The family of every dangling bond; `family` and `area` go with `dangling`."""

    dangling: Dangling
    family: Array
    """(dangling,) index into `FAMILIES`."""
    area: Array
    """(dangling,) Å², along the normal of the facet, or the local normal where rough."""

    @property
    def surface(self) -> float:
        """The whole surface, Å²."""
        return float(self.area.sum())


def facets(structure: Structure, enclosed: Array | None = None) -> Facets:
    """Sort the dangling bonds into facets.

    Parameters
    ----------
    enclosed : indices of atoms whose dangling bonds do not lead out of the particle (see `buried`);
        they are no surface.
    """
    loose = dangling(structure, enclosed)
    shape = structure.neighbours.shape
    surface = np.unique(loose.atom)
    row = np.full(shape[0], -1)
    row[surface] = np.arange(len(surface))
    open_ = np.zeros(shape, dtype=np.bool_)
    open_[loose.atom, loose.slot] = True
    disc = np.zeros(shape[0])
    disc[loose.atom] = loose.area / (np.pi * (_REACH * own_bonds(structure)[loose.atom]) ** 2)
    outward = _outward(loose, shape[0])
    normals = _normals(structure, outward)
    network = (structure.positions, structure.neighbours, open_, row)
    axial, axes, tables, kinds = _frames(structure)
    bonds = own_bonds(structure)[surface]
    normal = np.zeros((len(surface), 4, 3))
    family = np.full((len(surface), 4), ROUGH)
    stepped = np.where(np.arange(len(FAMILIES)) == _PYRAMIDAL, _STEPPED, _FLAT)
    pyramids = np.where((kinds == _PYRAMIDAL)[:, :, None], tables, 0.0)
    for flat, planes in ((np.full(len(FAMILIES), _FLAT), tables), (stepped, pyramids)):
        # What has found its facet does not count for another.
        free = family[row[loose.atom], loose.slot] == ROUGH
        field = (_outward(loose, shape[0], free), normals, disc)
        found = _seeds(network, (surface, bonds, flat), field, (axial, axes, planes, kinds))
        new = (family == ROUGH) & _faces(structure, surface, found[0])
        normal[new], family[new] = found[0][new], found[1][new]
        for _ in range(_GROWTH):
            normal, family = _grown(
                network, (surface, bonds, flat), structure.bond_directions, normal, family
            )
    rows = row[loose.atom]
    kind = family[rows, loose.slot]
    along = np.where((kind == ROUGH)[:, None], normals[loose.atom], normal[rows, loose.slot])
    return Facets(loose, kind, loose.area * np.einsum("dx,dx->d", loose.direction, along))


def facet_table(found: Facets) -> dict[str, dict[str, float]]:
    """Family to ``{"atoms", "area_nm2"}``, largest area first; families that do not occur are left out.

    An atom on an edge counts where most of its dangling bonds are, on a tie in the family listed first.
    """
    atoms, place = np.unique(found.dangling.atom, return_inverse=True)
    votes = np.zeros((len(atoms), len(FAMILIES)))
    np.add.at(votes, (place, found.family), 1.0)
    count = np.bincount(votes.argmax(axis=1), minlength=len(FAMILIES))
    area = 0.01 * np.bincount(found.family, weights=found.area, minlength=len(FAMILIES))
    order = sorted(range(len(FAMILIES)), key=lambda kind: (kind == ROUGH, -round(area[kind], 9)))
    return {
        FAMILIES[kind]: {"atoms": int(count[kind]), "area_nm2": float(area[kind])}
        for kind in order
        if count[kind] or area[kind]
    }


def _normals(structure: Structure, outward: Array) -> Array:
    """Unit normals (atom, 3): dangling directions spread over the network, bond by bond; 0 inside."""
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    other = structure.neighbours[atom, slot]
    bonded = csr_array((np.ones(len(atom)), (atom, other)), shape=(len(outward), len(outward)))
    spread = outward
    for _ in range(_ROUNDS):
        spread = spread + bonded @ spread
    length = np.linalg.norm(spread, axis=1, keepdims=True)
    return np.divide(spread, length, out=np.zeros_like(spread), where=length > 1e-6)


def _axes(structure: Structure, axial: Array) -> Array:
    """Which of its bonds is the hexagonal axis of each atom (atom,); -1 in zinc blende."""
    seen = structure.eclipsed.max(axis=1) == 1
    axes = np.where((structure.phase == WURTZITE) & seen, structure.eclipsed.argmax(axis=1), -1)
    lost = np.flatnonzero((structure.phase == WURTZITE) & ~seen)
    around = structure.neighbours[lost]
    known = (around != NO_ATOM) & (axes[around] >= 0)
    vectors = axial[around, np.maximum(axes[around], 0)] * known[:, :, None]
    match = np.einsum("asx,ax->as", axial[lost], vectors.sum(axis=1))
    axes[lost] = np.where(known.any(axis=1), match.argmax(axis=1), -1)
    return axes


def _frames(structure: Structure) -> tuple[Array, Array, Array, Array]:
    """Cation-to-anion directions (atom, 4, 3), hexagonal axes (atom,), and the planes for each axis."""
    sign = np.where(structure.cation == 1, 1.0, -1.0)
    axial = sign[:, None, None] * structure.bond_directions
    # The table of zinc blende is the last, where an axis of -1 finds it.
    tables, kinds = zip(*(_hexagonal(axis) for axis in range(4)), _cubic(), strict=True)
    return axial, _axes(structure, axial), np.array(tables), np.array(kinds)


def _outward(loose: Dangling, atoms: int, some: Array | None = None) -> Array:
    """Sum (atom, 3) of the dangling directions of each atom, of all or of some (dangling,)."""
    chosen = np.arange(len(loose.atom)) if some is None else np.flatnonzero(some)
    sums = [np.bincount(loose.atom[chosen], loose.direction[chosen, x], minlength=atoms) for x in range(3)]
    return np.stack(sums, axis=1)


def _faces(structure: Structure, surface: Array, normal: Array) -> Array:
    """Which bonds (row, 4) of the surface atoms point out of the facets with these normals (row, 4, 3)."""
    return np.einsum("asx,asx->as", structure.bond_directions[surface], normal) >= _OUTWARD


def _cubic() -> tuple[Array, Array]:
    """Normals (plane, 4) as sums over the cation-to-anion directions, and families, of zinc blende."""
    unit = np.eye(4)
    rows = [(sign * unit[i], 0 if sign > 0 else 1) for i in range(4) for sign in (1, -1)]
    rows += [(sign * (unit[0] + unit[i]), 2) for i in range(1, 4) for sign in (1, -1)]
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    rows += [(unit[i] - unit[j], 3) for i, j in pairs]
    rows += [(sign * (unit[j] + unit[i] / 3.0), 4) for i, j in pairs for sign in (1, -1)]
    return _table(rows)


def _hexagonal(axis: int) -> tuple[Array, Array]:
    """The same for wurtzite, whose [0001] is direction number `axis`."""
    unit = np.eye(4)
    up, others = unit[axis], [i for i in range(4) if i != axis]
    rows = [(up, 5), (-up, 6)]
    for i in others:
        side = np.sqrt(9.0 / 8.0) * (unit[i] + up / 3.0)
        rows += [(sign * side, 7) for sign in (1, -1)]
        lateral = np.sqrt(1.0 - _PYRAMID**2)
        rows += [(sign * lateral * side + end * _PYRAMID * up, 9) for sign in (1, -1) for end in (1, -1)]
    rows += [(unit[i] - unit[j], 8) for i in others for j in others if i != j]
    return _table(rows)


def _table(rows: list[tuple[Array, int]]) -> tuple[Array, Array]:
    sums = np.array([row for row, _ in rows])
    # Four directions at cosines of -1/3 with each other.
    lengths = np.sqrt(np.einsum("ps,pt,st->p", sums, sums, np.eye(4) * 4.0 / 3.0 - 1.0 / 3.0))
    padded, kinds = np.zeros((_PLANES, 4)), np.full(_PLANES, ROUGH)
    padded[: len(rows)] = sums / lengths[:, None]
    kinds[: len(rows)] = [kind for _, kind in rows]
    return padded, kinds


@njit(cache=True)
def _around(network: Any, atom: int, reach: float, found: Array, depth: Array) -> int:
    """Surface atoms within `reach` (Å) and `_STEPS` bonds of an atom, itself included."""
    positions, neighbours, _, row = network
    found[0], depth[0] = atom, 0
    count, head = 1, 0
    while head < count and depth[head] < _STEPS:
        for slot in range(4):
            other = neighbours[found[head], slot]
            if other < 0 or count == _CROWD:
                continue
            square = 0.0
            for x in range(3):
                square += (positions[other, x] - positions[atom, x]) ** 2
            known = square > reach * reach
            for place in range(count):
                known = known or found[place] == other
            if not known:
                found[count], depth[count] = other, depth[head] + 1
                count += 1
        head += 1
    kept = 0
    for place in range(count):
        if row[found[place]] >= 0:
            found[kept] = found[place]
            kept += 1
    return kept


@njit(cache=True)
def _cover(positions: Array, field: Any, atom: int, members: Array, plane: Array, flat: float) -> float:
    """Part of the disc around an atom that its plane holds."""
    outward, _, disc = field
    total = 0.0
    for other in members:
        height, facing = 0.0, 0.0
        for x in range(3):
            height += plane[x] * (positions[other, x] - positions[atom, x])
            facing += plane[x] * outward[other, x]
        if abs(height) <= flat and facing > _OUTWARD:
            total += facing * disc[other]
    return total


@njit(cache=True)
def _seeds(network: Any, surface: Any, field: Any, frames: Any) -> Any:
    """Facet normals (row, 4, 3) and families (row, 4) of the surface atoms that see half a facet or more."""
    atoms, bonds, flat = surface
    outward, normals, _ = field
    axial, axes, tables, kinds = frames
    normal = np.zeros((len(atoms), 4, 3))
    family = np.full((len(atoms), 4), ROUGH)
    plane = np.empty(3)
    found, depth = np.empty(_CROWD, np.int64), np.empty(_CROWD, np.int64)
    for row in range(len(atoms)):
        atom = atoms[row]
        if outward[atom, 0] == 0.0 and outward[atom, 1] == 0.0 and outward[atom, 2] == 0.0:
            continue
        members = found[: _around(network, atom, _REACH * bonds[row], found, depth)]
        best = _COVER
        for place in range(_PLANES):
            upright, facing = 0.0, 0.0
            for x in range(3):
                plane[x] = 0.0
                for slot in range(4):
                    plane[x] += tables[axes[atom], place, slot] * axial[atom, slot, x]
                upright += plane[x] * normals[atom, x]
                facing += plane[x] * outward[atom, x]
            if upright < _TILT or facing < _OUTWARD:
                continue
            kind = kinds[axes[atom], place]
            cover = _cover(network[0], field, atom, members, plane, flat[kind] * bonds[row])
            # The margin keeps rounding from deciding between planes that do equally well.
            if cover > best + 1e-6:
                best = cover
                for slot in range(4):
                    family[row, slot] = kind
                    for x in range(3):
                        normal[row, slot, x] = plane[x]
    return normal, family


@njit(cache=True)
def _grown(network: Any, surface: Any, directions: Array, normal: Array, family: Array) -> Any:
    """One round of growth: each free dangling bond joins the adjacent facet that it faces most."""
    positions, neighbours, open_, row_of = network
    atoms, bonds, flat = surface
    new_normal, new_family = normal.copy(), family.copy()
    for row in range(len(atoms)):
        for slot in range(4):
            if not open_[atoms[row], slot] or family[row, slot] != ROUGH:
                continue
            best, kind = _OUTWARD, ROUGH
            for step in range(20):
                middle = atoms[row] if step < 4 else neighbours[atoms[row], step // 4 - 1]
                other = neighbours[middle, step % 4] if middle >= 0 else -1
                there = row_of[other] if other >= 0 else -1
                for bond in range(4 if there >= 0 else 0):
                    if not open_[other, bond] or family[there, bond] == ROUGH:
                        continue
                    height, facing = 0.0, 0.0
                    for x in range(3):
                        along = normal[there, bond, x]
                        height += along * (positions[atoms[row], x] - positions[other, x])
                        facing += along * directions[atoms[row], slot, x]
                    tie = facing > best - 1e-6 and family[there, bond] < kind
                    level = abs(height) <= flat[family[there, bond]] * bonds[row]
                    if level and (facing > best + 1e-6 or tie):
                        best, kind = facing, family[there, bond]
                        for x in range(3):
                            new_normal[row, slot, x] = normal[there, bond, x]
            new_family[row, slot] = kind
    return new_normal, new_family
