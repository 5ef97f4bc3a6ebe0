"""What a structure is, measured back from its atoms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.structure import composition, extent
from epidot.structure.crowding import INTERIOR, buried, closest_pair, crowding
from epidot.structure.facets import facet_table, facets
from epidot.structure.measure_arms import Arm, angle_to_parent, branch_angles, measure_arms, root_angles
from epidot.structure.per_atom import coordination, dangling
from epidot.structure.structure import NO_ATOM, Structure

__all__ = [
    "INTERIOR",
    "arm_angles",
    "arm_axes",
    "bond_lengths",
    "bond_statistics",
    "buried",
    "coordination",
    "crowding",
    "describe",
]

Array = NDArray[Any]


def bond_lengths(structure: Structure, positions: Array) -> Array:
    """Lengths (bond,) in Å of all bonds, each once, for the given positions (atom, 3)."""
    atom, other = _pairs(structure)
    return np.linalg.norm(positions[atom] - positions[other], axis=1)


def _pairs(structure: Structure) -> tuple[Array, Array]:
    """The two atoms (bond,) of every bond, each bond once."""
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    other = structure.neighbours[atom, slot]
    once = atom < other
    return atom[once], other[once]


def bond_statistics(structure: Structure, positions: Array) -> dict[str, dict[str, float]]:
    """Compound, as its two atoms say, to number, mean, standard deviation, least and largest length (Å)."""
    from ase.data import chemical_symbols

    atom, other = _pairs(structure)
    lengths = np.linalg.norm(positions[atom] - positions[other], axis=1)
    swap = structure.cation[atom] == 0
    cation = structure.numbers[np.where(swap, other, atom)]
    anion = structure.numbers[np.where(swap, atom, other)]
    kinds, place = np.unique(1000 * cation.astype(np.int64) + anion, return_inverse=True)
    found: dict[str, dict[str, float]] = {}
    for index, kind in enumerate(kinds):
        mine = lengths[place == index]
        name = chemical_symbols[kind // 1000] + chemical_symbols[kind % 1000]
        found[name] = {
            "count": len(mine),
            "mean_A": float(mine.mean()),
            "sd_A": float(mine.std()),
            "min_A": float(mine.min()),
            "max_A": float(mine.max()),
        }
    return found


def arm_axes(structure: Structure, positions: Array) -> dict[str, Array]:
    """Unit vectors (3,) along the straight pieces of a branched structure, away from where they grow."""
    return {arm.name: arm.direction for arm in measure_arms(structure, positions) if arm.name != "rod"}


def arm_angles(structure: Structure, positions: Array) -> list[float]:
    """Angles in degrees between all pairs of arms of the root branch point; empty without arms."""
    return root_angles(measure_arms(structure, positions))


def describe(structure: Structure) -> dict[str, Any]:
    """The ``structure`` block of ``summary.json``; keys name their units.

    Everything is measured at the start positions and takes time in proportion to the number of atoms.
    """
    positions = structure.positions
    bonds = bond_statistics(structure, positions)
    arms = measure_arms(structure, positions)
    enclosed = buried(structure)
    surface = facets(structure, enclosed)
    loose = dangling(structure)
    count = coordination(structure)
    return {
        "atoms": len(positions),
        "by_element": composition.by_element(structure.numbers),
        "by_segment": _per_segment(structure, np.ones(len(positions)), int),
        "min_bond_A": min(entry["min_A"] for entry in bonds.values()),
        "max_bond_A": max(entry["max_A"] for entry in bonds.values()),
        "bonds": bonds,
        "closest_pair_in_bonds": closest_pair(structure, positions),
        "undercoordinated_interior": len(enclosed),
        "surface_atoms": int((count < 4).sum()),
        "coordination": {str(n): int((count == n).sum()) for n in range(2, 5)},
        "dangling_bonds": composition.dangling_bonds(structure, loose),
        "formal_charge": composition.charges(structure, loose),
        **_phases(structure),
        "arm_angles_deg": root_angles(arms),
        "arms": [_arm_facts(arm, arms) for arm in arms],
        "branch_angles": [
            {"between": [first, second], "angle_deg": angle} for first, second, angle in branch_angles(arms)
        ],
        "composition": composition.composition(structure),
        "facets": facet_table(surface),
        "sizes": extent.sizes(structure, surface),
    }


def _per_segment(structure: Structure, weights: Array, kind: type) -> dict[str, Any]:
    sums = np.bincount(structure.segment, weights, minlength=len(structure.segments))
    return {name: kind(value) for name, value in zip(structure.segments, sums, strict=True)}


def _phases(structure: Structure) -> dict[str, Any]:
    wurtzite = int(structure.phase.sum())
    atoms = _per_segment(structure, np.ones(len(structure.phase)), int)
    share = _per_segment(structure, structure.phase.astype(float), float)
    return {
        "phases": {"zb": len(structure.phase) - wurtzite, "wz": wurtzite},
        "wurtzite_fraction": wurtzite / len(structure.phase),
        "wurtzite_by_segment": {name: share[name] / max(atoms[name], 1) for name in atoms},
    }


def _arm_facts(arm: Arm, arms: list[Arm]) -> dict[str, Any]:
    parent = next((other for other in arms if other.name == arm.parent), None)
    return {
        "name": arm.name,
        "length_nm": 0.1 * arm.length,
        "diameter_nm": 0.1 * arm.diameter,
        "min_diameter_nm": 0.1 * arm.narrowest,
        "max_diameter_nm": 0.1 * arm.widest,
        "bilayers": arm.bilayers,
        "stacking": arm.stacking,
        "direction": arm.direction.tolist(),
        "parent": arm.parent or None,
        "angle_to_parent_deg": angle_to_parent(arm, parent) if parent else None,
    }
