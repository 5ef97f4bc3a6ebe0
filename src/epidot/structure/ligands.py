"""Ligand shells: which missing bonds get a ligand, and where its atoms stand.

Every atom of the kind that the ligand binds has one site if bonds of it are missing; two missing bonds
share one bridging ligand along their mean. Sites are filled in an order that depends on (seed, place)
only; a site whose bound atom would touch that of an earlier one is skipped. A ligand is rigid: its bound
atom sits on the missing bond, its tail leans from there towards the local normal of the surface and turns
about itself by a keyed angle. Where this would touch the particle or another ligand's bound atom, other
turns and leans are tried; if none is free, the ligand is left out. Tails may pass through each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot.errors import InputError
from epidot.materials.ligands import Ligand, bound_length, ligand
from epidot.seeds import uniform
from epidot.structure.attached import Attached
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]

CLEARANCE: Final = 2.4
"""Å: no atom of a ligand comes nearer than this to an atom of the particle (the bound atom: to any but its
anchor), to a bound atom of another ligand or to an atom attached earlier. About a bond length."""
_SMOOTHING: Final = 4
"""Bonds over which the normal of the surface is averaged."""
_SKIN: Final = 3
"""Bonds: whatever comes from outside meets an atom this near to a missing bond first."""
_GRID: Final = 100.0
"""Places are keyed on a grid of 1/100 Å, 21 bits along each axis: 2 µm."""
_ORDER, _TURN = 0x6C6967616E64, 0x7477697374
"""What tells the random streams of ligands from others of the same seed and place."""


@dataclass(frozen=True)
class _Sites:
    """Sites in the order in which they are filled."""

    atom: Array
    """(site,) anchors."""
    bond: Array
    """(site, 3) unit vectors along the missing bonds."""
    head: Array
    """(site, 3) Å, where the bound atom goes."""
    normal: Array
    """(site, 3) unit normals of the surface."""
    turn: Array
    """(site,) radians."""

    def take(self, chosen: Array) -> _Sites:
        """Some of the sites, by index array or mask."""
        return _Sites(
            self.atom[chosen], self.bond[chosen], self.head[chosen], self.normal[chosen], self.turn[chosen]
        )


def ligand_shell(structure: Structure, name: str, coverage: float, seed: int) -> Attached:
    """Ligands on the missing bonds of a particle.

    Parameters
    ----------
    structure : the particle; sites that already carry something stay as they are.
    name : of the ligand, e.g. ``oleate`` or ``ODPA``.
    coverage : part of the sites to fill, 0 to 1.
    seed : of the order and of the turns.

    Returns
    -------
    Attached
        One group, named as the table names the ligand. Its report says ``sites``, ``ligands`` and
        ``coverage``, which is less than asked where ligands would clash.

    Raises
    ------
    InputError
        Unknown ligand, or a coverage that is not between 0 and 1.
    """
    bound = ligand(name)
    if not 0.0 <= coverage <= 1.0:
        raise InputError(
            "coverage", coverage, "must be between 0 and 1", "Give the part of the sites to fill"
        )
    every = _sites(structure, bound, seed)
    obstacles, indices = _obstacles(structure)
    free = every.take(_reachable(every, obstacles, indices))
    free = free.take(_apart(free.head, bound.spacing.value))
    chosen = free.take(np.arange(min(round(coverage * len(every.atom)), len(free.atom))))
    atoms, placed = _stand(chosen, bound.shape, obstacles)
    anchors = chosen.atom[placed]
    count, each = len(anchors), len(bound.numbers)
    total = len(every.atom)
    return Attached(
        positions=atoms[placed].reshape(-1, 3),
        numbers=np.tile(bound.numbers, count),
        anchor=np.repeat(anchors, each),
        group=np.zeros(count * each, dtype=np.int64),
        groups=(bound.name,),
        report={bound.name: {"sites": total, "ligands": count, "coverage": count / max(total, 1)}},
    )


def surface_normals(structure: Structure) -> Array:
    """Outward unit normals (atom, 3) near the surface, zero deep inside.

    The missing bonds of an atom and of those within a few bonds of it, summed.
    """
    missing = structure.neighbours == NO_ATOM
    normals = np.where(missing[:, :, None], structure.bond_directions, 0.0).sum(axis=1)
    for _ in range(_SMOOTHING):
        around = normals.copy()
        for slot in range(4):
            held = np.flatnonzero(~missing[:, slot])
            around[held] += normals[structure.neighbours[held, slot]]
        normals = around
    return _unit(normals)


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 1e-9, length, 1.0)


def _sites(structure: Structure, bound: Ligand, seed: int) -> _Sites:
    missing = structure.neighbours == NO_ATOM
    kind = 1 if bound.binds == "cation" else 0
    free = missing.any(axis=1) & (structure.cation == kind)
    free[structure.attached_anchor] = False
    atom = np.flatnonzero(free)
    keys = _keys(structure.positions[atom])
    order = np.lexsort((keys, uniform(seed, keys ^ _ORDER)))
    atom, keys = atom[order], keys[order]
    outward = np.where(missing[atom][:, :, None], structure.bond_directions[atom], 0.0)
    bond = _unit(outward.sum(axis=1))
    numbers = structure.numbers[atom]
    lengths = np.zeros(len(atom))
    for number in np.unique(numbers):
        lengths[numbers == number] = bound_length(int(number), bound)
    head = structure.positions[atom] + lengths[:, None] * bond
    turn = 2.0 * np.pi * uniform(seed, keys ^ _TURN)
    return _Sites(atom, bond, head, surface_normals(structure)[atom], turn)


def _keys(positions: Array) -> Array:
    """One integer per place, (site,) int64."""
    x, y, z = (np.rint(_GRID * positions).astype(np.int64) & 0x1FFFFF).T
    return (x << 42) | (y << 21) | z


def _obstacles(structure: Structure) -> tuple[KDTree, Array]:
    """The atoms that a ligand could touch, and their indices; −1 for those attached earlier."""
    skin = (structure.neighbours == NO_ATOM).any(axis=1)
    for _ in range(_SKIN):
        near = structure.neighbours[skin]
        skin = skin.copy()
        skin[near[near != NO_ATOM]] = True
    points = np.concatenate([structure.positions[skin], structure.attached_positions])
    indices = np.concatenate([np.flatnonzero(skin), np.full(len(structure.attached_positions), -1)])
    return KDTree(points), indices


def _reachable(sites: _Sites, obstacles: KDTree, indices: Array) -> Array:
    """(site,) bool: no atom but the anchor is near the bound atom."""
    if len(sites.atom) == 0:
        return np.zeros(0, dtype=bool)
    distance, found = obstacles.query(sites.head, k=2, workers=-1)
    other = indices[found] != sites.atom[:, None]
    return ~((distance < CLEARANCE) & other).any(axis=1)


def _apart(points: Array, spacing: float) -> Array:
    """Indices of the points that are kept if each in turn is skipped when near to a kept one.

    In rounds: whoever has no nearer rival before it in the order is kept, its rivals are out.
    """
    pairs = (
        KDTree(points).query_pairs(spacing, output_type="ndarray") if len(points) else np.zeros((0, 2), int)
    )
    undecided = np.ones(len(points), dtype=bool)
    kept = np.zeros(len(points), dtype=bool)
    while undecided.any():
        later = np.zeros(len(points), dtype=bool)
        later[pairs[:, 1]] = True
        winners = undecided & ~later
        kept |= winners
        undecided &= later
        undecided[pairs[winners[pairs[:, 0]], 1]] = False
        pairs = pairs[undecided[pairs].all(axis=1)]
    return np.flatnonzero(kept)


def _stand(sites: _Sites, shape: Array, obstacles: KDTree) -> tuple[Array, Array]:
    """Atoms (site, atom, 3), Å, and the mask (site,) of the ligands for which there is room."""
    atoms = np.zeros((len(sites.atom), *shape.shape))
    atoms[:, 0] = sites.head
    placed = np.full(len(atoms), len(shape) == 1)
    heads = KDTree(sites.head) if len(atoms) else None
    for lean, turn in _attempts():
        waiting = np.flatnonzero(~placed)
        if heads is None or len(waiting) == 0:
            break
        trial = _turned(sites.take(waiting), shape, lean, turn)
        clear = _clear(trial, waiting, obstacles, heads)
        atoms[waiting[clear]] = trial[clear]
        placed[waiting[clear]] = True
    return atoms, placed


def _attempts() -> Iterator[tuple[tuple[float, float, float], float]]:
    """Leans (weights of bond, normal and sideways; radians of turn) from the natural to the forced."""
    quarters = np.pi / 2.0 * np.arange(4)
    for lean in ((1.0, 1.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.5, 1.0, 0.8), (0.5, 1.0, 2.0)):
        for turn in quarters:
            yield lean, float(turn)


def _turned(sites: _Sites, shape: Array, lean: tuple[float, float, float], turn: float) -> Array:
    """Atoms (site, atom, 3) with the tails along the lean; sideways goes where the turn points."""
    bond, normal, sideways = lean
    angle = sites.turn + turn
    upright = _unit(bond * sites.bond + normal * sites.normal)
    # A normal against the bond, as in a notch, leaves nothing to lean on: the bond decides alone.
    upright = np.where(np.linalg.norm(upright, axis=1, keepdims=True) > 0.5, upright, sites.bond)
    first, second = _across(upright)
    aside = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
    axis = _unit(upright + sideways * aside)
    first, second = _across(axis)
    across = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
    axes = np.stack([across, np.cross(axis, across), axis], axis=1)
    return sites.head[:, None, :] + np.einsum("ak,skx->sax", shape, axes)


def _across(axis: Array) -> tuple[Array, Array]:
    """Two unit vectors (site, 3) perpendicular to each axis and to each other."""
    helper = np.eye(3)[np.abs(axis).argmin(axis=1)]
    first = _unit(np.cross(helper, axis))
    return first, np.cross(axis, first)


def _clear(trial: Array, waiting: Array, obstacles: KDTree, heads: KDTree) -> Array:
    """(site,) bool: nothing near the atoms after the bound one, neither particle nor other bound atoms."""
    rest = trial[:, 1:].reshape(-1, 3)
    touching = obstacles.query(rest, distance_upper_bound=CLEARANCE, workers=-1)[0] < CLEARANCE
    distance, found = heads.query(rest, k=2, distance_upper_bound=CLEARANCE, workers=-1)
    own = np.repeat(waiting, trial.shape[1] - 1)[:, None]
    touching |= ((distance < CLEARANCE) & (found != own)).any(axis=1)
    return ~touching.reshape(len(trial), -1).any(axis=1)
