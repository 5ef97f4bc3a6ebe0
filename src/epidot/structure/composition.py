"""What a particle is made of: elements, masses, what is attached to it, and whether its charges balance."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.structure.per_atom import Dangling
from epidot.structure.structure import Structure

Array = NDArray[Any]
ATTOGRAM: Final = 1.66053906660e-6
"""One unified atomic mass unit in attogram (CODATA 2018)."""
_NON_METALS: Final = frozenset((1, 2, *range(5, 11), *range(14, 19), 33, 34, 35, 36, 52, 53, 54))
"""Hydrogen, noble gases, and the non-metals and semimetals of groups 13 to 17."""


def masses(numbers: Array) -> Array:
    """Standard atomic weights (atom,) of atomic numbers, u (IUPAC, as in ASE)."""
    from ase.data import atomic_masses

    return atomic_masses[numbers]


def by_element(numbers: Array) -> dict[str, int]:
    """Number of atoms of each element, in the order of atomic numbers."""
    from ase.data import chemical_symbols

    found, counts = np.unique(numbers, return_counts=True)
    return {chemical_symbols[number]: int(count) for number, count in zip(found, counts, strict=True)}


def composition(structure: Structure) -> dict[str, Any]:
    """The ``composition`` block of ``summary.json``; the numbers of atoms are those of the network.

    ``cation_ratios`` gives each cation over all anions, e.g. ``Cd:X``, and ``anion_ratios`` each
    anion over all cations.
    """
    cation = structure.cation == 1
    cations, anions = by_element(structure.numbers[cation]), by_element(structure.numbers[~cation])
    many, few = int(cation.sum()), int((~cation).sum())
    own = float(masses(structure.numbers).sum())
    whole = own + float(masses(structure.attached_numbers).sum())
    return {
        "by_segment": {
            name: by_element(structure.numbers[structure.segment == place])
            for place, name in enumerate(structure.segments)
        },
        "cation_anion_ratio": many / few if few else None,
        "cation_ratios": {f"{symbol}:X": count / few for symbol, count in cations.items() if few},
        "anion_ratios": {f"{symbol}:M": count / many for symbol, count in anions.items() if many},
        "network_mass_kDa": 1e-3 * own,
        "mass_kDa": 1e-3 * whole,
        "mass_ag": ATTOGRAM * whole,
        **_attached(structure),
    }


def _attached(structure: Structure) -> dict[str, dict[str, int]]:
    """Ligands and metal atoms by name; the atoms of one ligand share an anchor that no other has."""
    ligands: dict[str, int] = {}
    metal_atoms: dict[str, int] = {}
    for place, name in enumerate(structure.attached_groups):
        mine = structure.attached_group == place
        metallic = not _NON_METALS.intersection(structure.attached_numbers[mine].tolist())
        if metallic:
            metal_atoms[name] = int(mine.sum())
        else:
            ligands[name] = len(np.unique(structure.attached_anchor[mine]))
    return {
        "ligands": ligands,
        "metal_atoms": metal_atoms,
        "attached": by_element(structure.attached_numbers),
    }


def dangling_bonds(structure: Structure, loose: Dangling) -> dict[str, int]:
    """Number of missing bonds by the element that misses them."""
    return by_element(structure.numbers[loose.atom])


def charges(structure: Structure, loose: Dangling) -> dict[str, float]:
    """Formal charge of the bare network, e: ions of ±2, and what the dangling bonds leave.

    Every bond joins a cation and an anion, so 2 (N_cat - N_an) = (D_cat - D_an)/2 exactly, D counting
    dangling bonds. Ligands must bring the opposite charge.
    """
    cations = int((structure.cation == 1).sum())
    on_cations = int((structure.cation[loose.atom] == 1).sum())
    return {
        "from_ions_e": 2.0 * (2 * cations - len(structure.cation)),
        "from_dangling_bonds_e": 0.5 * (2 * on_cations - len(loose.atom)),
    }
