"""What a structure is, measured back from its atoms."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot import materials
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


def coordination(structure: Structure) -> Array:
    """Number of bonds of each atom, (atom,)."""
    return (structure.neighbours != NO_ATOM).sum(axis=1)


def bond_lengths(structure: Structure, positions: Array) -> Array:
    """Lengths (bond,) in Å of all bonds, each once, for the given positions (atom, 3)."""
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    other = structure.neighbours[atom, slot]
    once = atom < other
    return np.linalg.norm(positions[atom[once]] - positions[other[once]], axis=1)


def crowding(structure: Structure, atoms: Array | None = None) -> Array:
    """Fraction of the sphere around atoms (all, or those of an index array) that atoms fill.

    Judged from positions alone, not from bonds; 1 in the bulk, about 0.55 at a flat surface.
    """
    chosen = np.arange(len(structure.positions)) if atoms is None else atoms
    radii = CROWDING_RADIUS * _bonds(structure)[chosen]
    filled = np.zeros(len(chosen))
    for index, name in enumerate(structure.materials):
        tree = KDTree(structure.positions[structure.material == index])
        count = tree.query_ball_point(structure.positions[chosen], radii, return_length=True)
        filled += count * materials.lattice_constant(name) ** 3 / 8.0
    return filled / (4.0 / 3.0 * np.pi * radii**3)


def _bonds(structure: Structure) -> Array:
    return np.array([materials.bond(name) for name in structure.materials])[structure.material]


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
    lengths = _bonds(structure)[atom][:, None]
    ends = structure.positions[atom] + lengths * directions
    tree = KDTree(structure.positions)
    closed = np.ones(len(atom), dtype=bool)
    steps = np.linspace(0.0, _REACH, 7)
    for ray in _sphere_points(_RAYS):
        # Only rays that leave the atom behind, and only bonds that no ray has freed yet.
        trial = np.flatnonzero(closed & (directions @ ray > 0.0))
        points = ends[trial][:, None, :] + steps[None, :, None] * lengths[trial][:, :, None] * ray
        nearest = tree.query(points.reshape(-1, 3))[0].reshape(len(trial), len(steps))
        closed[trial] = (nearest < _CLEARANCE * lengths[trial]).any(axis=1)
    return np.unique(atom[closed])


def _sphere_points(count: int) -> Array:
    """Evenly spread unit vectors (count, 3): a Fibonacci spiral."""
    place = np.arange(count) + 0.5
    height = 1.0 - 2.0 * place / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * place
    radius = np.sqrt(1.0 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)


def arm_axes(structure: Structure, positions: Array) -> dict[str, Array]:
    """Unit vectors (3,) along each arm, from a straight-line fit to its atoms.

    The fit is the principal axis of the arm's atoms that points away from the branch point at
    the origin.
    """
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(structure.segments):
        if name.startswith("arm"):
            groups.setdefault(name.split(".")[0], []).append(index)
    axes: dict[str, Array] = {}
    for name, members in groups.items():
        points = positions[np.isin(structure.segment, members)]
        centre = points.mean(axis=0)
        outward = centre / np.linalg.norm(centre)
        _, vectors = np.linalg.eigh(np.cov((points - centre).T))
        best = vectors[:, np.abs(outward @ vectors).argmax()]
        axes[name] = best * np.sign(best @ outward)
    return axes


def arm_angles(structure: Structure, positions: Array) -> list[float]:
    """Angles in degrees between all pairs of arms; empty without arms."""
    axes = arm_axes(structure, positions)
    return [
        float(np.degrees(np.arccos(np.clip(axes[a] @ axes[b], -1.0, 1.0)))) for a, b in combinations(axes, 2)
    ]


def describe(structure: Structure) -> dict[str, Any]:
    """The ``structure`` block of ``summary.json``: counts, bonds (Å), angles (degrees)."""
    from ase.data import chemical_symbols

    numbers, counts = np.unique(structure.numbers, return_counts=True)
    lengths = bond_lengths(structure, structure.positions)
    bonds = coordination(structure)
    per_segment = np.bincount(structure.segment, minlength=len(structure.segments))
    return {
        "atoms": len(structure.positions),
        "by_element": {chemical_symbols[number]: int(n) for number, n in zip(numbers, counts, strict=True)},
        "by_segment": {name: int(n) for name, n in zip(structure.segments, per_segment, strict=True)},
        "min_bond_A": float(lengths.min()),
        "max_bond_A": float(lengths.max()),
        "undercoordinated_interior": len(buried(structure)),
        "surface_atoms": int((bonds < 4).sum()),
        "coordination": {str(n): int((bonds == n).sum()) for n in range(2, 5)},
        "wurtzite_fraction": float(structure.phase.mean()),
        "arm_angles_deg": arm_angles(structure, structure.positions),
    }
