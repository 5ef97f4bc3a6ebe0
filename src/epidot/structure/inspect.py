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
INTERIOR_RADIUS: Final = 4.0
"""In bond lengths: how far around an atom crowding is judged."""
INTERIOR_FRACTION: Final = 0.85
"""Interior atoms have at least this fraction of the sphere filled with atoms; surface atoms, even at
the foot of an arm, stay below 0.8."""


def coordination(structure: Structure) -> Array:
    """Number of bonds of each atom, (atom,)."""
    return (structure.neighbours != NO_ATOM).sum(axis=1)


def bond_lengths(structure: Structure, positions: Array) -> Array:
    """Lengths (bond,) in Å of all bonds, each once, for the given positions (atom, 3)."""
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    other = structure.neighbours[atom, slot]
    once = atom < other
    return np.linalg.norm(positions[atom[once]] - positions[other[once]], axis=1)


def interior(structure: Structure, atoms: Array | None = None) -> Array:
    """Whether atoms (all, or those of an index array) are well inside, judged by crowding alone.

    A missing bond inside shows as an interior atom with fewer than four bonds.
    """
    chosen = np.arange(len(structure.positions)) if atoms is None else atoms
    bonds = np.array([materials.bond(name) for name in structure.materials])[structure.material[chosen]]
    radii = INTERIOR_RADIUS * bonds
    filled = np.zeros(len(chosen))
    for index, name in enumerate(structure.materials):
        tree = KDTree(structure.positions[structure.material == index])
        count = tree.query_ball_point(structure.positions[chosen], radii, return_length=True)
        filled += count * materials.lattice_constant(name) ** 3 / 8.0
    return filled >= INTERIOR_FRACTION * 4.0 / 3.0 * np.pi * radii**3


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
    loose = interior(structure, np.flatnonzero(bonds < 4))
    return {
        "atoms": len(structure.positions),
        "by_element": {chemical_symbols[number]: int(n) for number, n in zip(numbers, counts, strict=True)},
        "by_segment": {name: int(n) for name, n in zip(structure.segments, per_segment, strict=True)},
        "min_bond_A": float(lengths.min()),
        "max_bond_A": float(lengths.max()),
        "undercoordinated_interior": int(loose.sum()),
        "surface_atoms": int((bonds < 4).sum()),
        "coordination": {str(n): int((bonds == n).sum()) for n in range(2, 5)},
        "wurtzite_fraction": float(structure.phase.mean()),
        "arm_angles_deg": arm_angles(structure, structure.positions),
    }
