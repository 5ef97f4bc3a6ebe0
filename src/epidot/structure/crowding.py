"""How crowded the surroundings of atoms are: what is inside, and which missing bonds are enclosed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot import materials
from epidot.structure.per_atom import coordination, own_bonds
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]
CROWDING_RADIUS: Final = 3.9
"""In bond lengths: how far around an atom crowding is judged; bulk of both phases has 0.985 here."""
INTERIOR: Final = 0.95
"""Atoms with at least this crowding are well inside."""
_SUSPECT: Final = 0.7
"""No atom less crowded than this can be inside: a flat surface has 0.5 to 0.6."""
_CLEARANCE, _REACH, _RAYS = 0.75, 3.0, 32
"""A missing bond is open if a straight tube of this radius and length (bonds) leads outwards from its
end. The widest channel of the crystals, ⟨110⟩, has a radius of 0.71 bonds: no tube passes them."""


def crowding(structure: Structure, atoms: Array | None = None) -> Array:
    """Fraction of the sphere around atoms (all, or those of an index array) that atoms fill.

    Judged from positions alone, not from bonds; 1 in the bulk, about 0.55 at a flat surface.
    """
    chosen = np.arange(len(structure.positions)) if atoms is None else atoms
    radii = CROWDING_RADIUS * own_bonds(structure)[chosen]
    filled = np.zeros(len(chosen))
    for index, name in enumerate(structure.materials):
        tree = KDTree(structure.positions[structure.material == index])
        count = tree.query_ball_point(structure.positions[chosen], radii, return_length=True)
        filled += count * materials.lattice_constant(name) ** 3 / 8.0
    return filled / (4.0 / 3.0 * np.pi * radii**3)


def buried(structure: Structure) -> Array:
    """Indices of atoms with a missing bond that does not lead out of the particle.

    A correct structure has none; a seam, a void or a vacancy shows here.
    """
    loose = np.flatnonzero(coordination(structure) < 4)
    loose = loose[crowding(structure, loose) >= _SUSPECT]
    atom, slot = np.nonzero(structure.neighbours[loose] == NO_ATOM)
    atom = loose[atom]
    if len(atom) == 0:
        return atom
    directions = structure.bond_directions[atom, slot]
    lengths = own_bonds(structure)[atom][:, None]
    ends = structure.positions[atom] + lengths * directions
    tree = KDTree(structure.positions)
    closed = np.ones(len(atom), dtype=bool)
    steps = np.linspace(0.0, _REACH, 7)
    for ray in sphere_points(_RAYS):
        # Only rays that leave the atom behind, and only bonds that no ray has freed yet.
        trial = np.flatnonzero(closed & (directions @ ray > 0.0))
        points = ends[trial][:, None, :] + steps[None, :, None] * lengths[trial][:, :, None] * ray
        nearest = tree.query(points.reshape(-1, 3))[0].reshape(len(trial), len(steps))
        closed[trial] = (nearest < _CLEARANCE * lengths[trial]).any(axis=1)
    return np.unique(atom[closed])


def sphere_points(count: int) -> Array:
    """Evenly spread unit vectors (count, 3): a Fibonacci spiral."""
    place = np.arange(count) + 0.5
    height = 1.0 - 2.0 * place / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * place
    radius = np.sqrt(1.0 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)


def closest_pair(structure: Structure, positions: Array) -> float:
    """Distance of the closest pair of atoms at `positions` (atom, 3), bonded or not, in bonds.

    A bond is that of the two atoms' own materials, averaged.
    """
    bonds = own_bonds(structure)
    # Every atom has a bond, so no pair wider than the longest bond can be the closest.
    pairs = KDTree(positions).query_pairs(1.1 * float(bonds.max()), output_type="ndarray")
    if len(pairs) == 0:
        return float("nan")
    apart = np.linalg.norm(positions[pairs[:, 0]] - positions[pairs[:, 1]], axis=1)
    return float((apart / (0.5 * (bonds[pairs[:, 0]] + bonds[pairs[:, 1]]))).min())
