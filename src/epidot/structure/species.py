"""What an imported atom can be: cation, anion, ligand, metal; and how near atoms may be to each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.structure.periodic import Contacts

Array = NDArray[Any]

LIGAND_ELEMENTS: Final = ("H", "B", "C", "N", "O", "F", "Si", "P", "Cl", "Br", "I")
"""What ligands and passivating shells are made of, besides the chalcogens."""
HYDROGEN: Final = 1
CARBON: Final = 6
TOUCHING: Final = 1.3
"""Sums of covalent radii (Cordero et al., Dalton Trans. 2832 (2008)) up to which an atom of a ligand or a
metal is bonded to a cation or an anion."""
BONDED: Final = 1.2
"""The same for two atoms of ligands or metals: beyond any bond, far from the next-nearest (C–C–C: 1.65)."""
LEAST_UNLIKE: Final = 0.7
"""Natural bond lengths that a cation and an anion must keep apart."""
LEAST_LIKE: Final = 1.2
"""The same for two cations or two anions, which are 1.63 bonds apart in the crystal."""
LEAST_TOUCHING: Final = 0.6
"""Sums of covalent radii that an attached atom must keep from an atom of the network."""


@dataclass(frozen=True)
class Species:
    """What each atom of a file is; every array is (atom,) bool and each atom is one of the four."""

    cation: Array
    anion: Array
    light: Array
    """Elements of ligands, hydrogen included."""
    metal: Array


def symbol(number: int) -> str:
    """Chemical symbol of an atomic number."""
    from ase.data import chemical_symbols

    return str(chemical_symbols[number])


def told(numbers: Array, atoms: Iterable[int]) -> str:
    """Atoms as messages name them: ``Cd 3 and Se 17``."""
    return " and ".join(f"{symbol(numbers[atom])} {atom}" for atom in atoms)


def sorted_out(numbers: Array, name: str) -> Species:
    """What each atom is, by its atomic number.

    Raises
    ------
    InputError
        An element that is none of these, or no compound that could be made of what there is.
    """
    from ase.data import atomic_numbers

    cations, anions = _sublattices()
    metals = np.array([atomic_numbers[entry] for entry in materials.metals()])
    light = [atomic_numbers[entry] for entry in LIGAND_ELEMENTS]
    light = np.array([number for number in light if number not in (*cations, *anions)])
    found = Species(
        np.isin(numbers, cations),
        np.isin(numbers, anions),
        np.isin(numbers, light),
        np.isin(numbers, metals),
    )
    strange = np.flatnonzero(~(found.cation | found.anion | found.light | found.metal))
    if len(strange):
        kinds, counts = np.unique(numbers[strange], return_counts=True)
        listed = ", ".join(f"{n} {symbol(kind)}" for kind, n in zip(kinds, counts, strict=True))
        raise InputError(
            f"{name}: species",
            f"{listed}; the first is atom {strange[0]} (counted from 0)",
            "is nothing that Epidot knows",
            f"Known are the compounds {', '.join(materials.names())}, the metals {_symbols(metals)} "
            f"and ligands of {_symbols(light)}. Remove or replace the others",
        )
    if not bond_lengths(numbers[found.cation], numbers[found.anion]):
        present, counts = np.unique(numbers, return_counts=True)
        listed = ", ".join(f"{n} {symbol(kind)}" for kind, n in zip(present, counts, strict=True))
        raise InputError(
            f"{name}: species",
            listed,
            "holds no cation and anion of a known compound",
            f"Known are {', '.join(materials.names())}",
        )
    return found


def _sublattices() -> tuple[list[int], list[int]]:
    from ase.data import atomic_numbers

    known = [materials.compound(name) for name in materials.names()]
    return (
        sorted({atomic_numbers[entry.cation] for entry in known}),
        sorted({atomic_numbers[entry.anion] for entry in known}),
    )


def _symbols(numbers: Array) -> str:
    return ", ".join(symbol(number) for number in numbers)


def bond_lengths(cations: Array, anions: Array) -> dict[tuple[int, int], float]:
    """Natural bond (Å) of every known compound of the atomic numbers given, by (cation, anion)."""
    from ase.data import atomic_numbers

    some, others = set(cations.tolist()), set(anions.tolist())
    known = [materials.compound(name) for name in materials.names()]
    pairs = [(atomic_numbers[e.cation], atomic_numbers[e.anion], e.name) for e in known]
    return {(c, a): materials.bond(name) for c, a, name in pairs if c in some and a in others}


def radii_sum(numbers: Array, pairs: Contacts) -> Array:
    """Sum of the covalent radii (pair,) of the atoms of each pair, Å."""
    from ase.data import covalent_radii

    return covalent_radii[numbers[pairs.first]] + covalent_radii[numbers[pairs.second]]


def largest_radii_sum(first: Array, second: Array) -> float:
    """The largest sum (Å) of a covalent radius of one list of atomic numbers and one of another."""
    from ase.data import covalent_radii

    if len(first) == 0 or len(second) == 0:
        return 0.0
    return float(covalent_radii[first].max() + covalent_radii[second].max())


def natural_lengths(numbers: Array, cation: Array, pairs: Contacts) -> Array:
    """Natural bond (pair,) of each pair of a cation and an anion, Å; NaN where no compound is known."""
    swapped = ~cation[pairs.first]
    c = np.where(swapped, numbers[pairs.second], numbers[pairs.first])
    a = np.where(swapped, numbers[pairs.first], numbers[pairs.second])
    lengths = np.full(len(c), np.nan)
    for (one, other), length in bond_lengths(c, a).items():
        lengths[(c == one) & (a == other)] = length
    return lengths


def check_apart(numbers: Array, species: Species, pairs: Contacts, name: str) -> None:
    """Refuse atoms that lie on top of each other; `pairs` are contacts of atoms of the network.

    Raises
    ------
    InputError
        With the worst pair: elements, indices, distance, least distance.
    """
    like = species.cation[pairs.first] == species.cation[pairs.second]
    least = np.full(len(like), np.inf)
    for (c, a), length in bond_lengths(numbers[species.cation], numbers[species.anion]).items():
        holds = np.isin(numbers[pairs.first], (c, a)) | np.isin(numbers[pairs.second], (c, a))
        least = np.where(holds, np.minimum(least, length), least)
    natural = natural_lengths(numbers, species.cation, pairs)
    limit = np.where(like, LEAST_LIKE * least, LEAST_UNLIKE * np.where(np.isnan(natural), least, natural))
    refuse_overlap(numbers, pairs, limit, name)


def refuse_overlap(numbers: Array, pairs: Contacts, limit: Array, name: str) -> None:
    """Raise `InputError` if the distance of a pair is below its limit (pair,), Å."""
    bad = np.flatnonzero(pairs.distance < limit)
    if len(bad) == 0:
        return
    worst = bad[(pairs.distance[bad] / limit[bad]).argmin()]
    atoms = (int(pairs.first[worst]), int(pairs.second[worst]))
    more = f"; {len(bad)} such pairs" if len(bad) > 1 else ""
    raise InputError(
        f"{name}: atoms {told(numbers, atoms)} (counted from 0){more}",
        f"{pairs.distance[worst]:.3f} Å apart",
        f"must be at least {limit[worst]:.2f} Å apart",
        "Remove one of them, or check that the file is in Å",
    )
