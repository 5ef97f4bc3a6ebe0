"""What the atoms of a file turn out to be: network, bonds, ligands, metal, passivating hydrogen.

Cations and anions of known compounds at about their bond length are bonded. Atoms with fewer than two bonds
are no part of the network: a ligand that holds one keeps it, the others are left out. Chalcogens bonded to
carbon are thiolates and the like, and so ligands.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.structure.attachments import anchored
from epidot.structure.periodic import LARGEST, Cloud, Contacts, cloud, contacts, joined, made_whole, parts
from epidot.structure.species import (
    BONDED,
    CARBON,
    HYDROGEN,
    LEAST_TOUCHING,
    TOUCHING,
    Species,
    bond_lengths,
    check_apart,
    largest_radii_sum,
    natural_lengths,
    radii_sum,
    refuse_overlap,
    sorted_out,
    told,
)
from epidot.structure.tetrahedra import four_at_most, held_twice, neighbour_table

Array = NDArray[Any]

LONGEST: Final = 1.3
"""Natural bond lengths up to which a cation and an anion are bonded. A bond stretched by 12 % with noise of
0.1 Å at both ends stays below (three standard deviations: 0.16); the next cation–anion distance, 1.67 across
an eclipsed bond, stays above even where the crystal is compressed by as much."""
MOST_CROWDED: Final = 0.1
"""Part of the atoms that may have more than four partners; in rock salt all have six."""
FEWEST_ATOMS: Final = 20
_HEAP: Final = 0.01
"""Å: atoms in one cube of this edge are the same atom twice."""


@dataclass(frozen=True)
class Recognised:
    """Atoms of a file; indices are those of the file, (atom,) arrays go over all of them."""

    numbers: Array
    """(atom,)"""
    species: Species
    network: Array
    """(atom,) bool"""
    bonds: Contacts
    """Between atoms of the network."""
    positions: Array
    """(atom, 3) Å, whole, centred on the network."""
    attached: Array
    """(attached,) ligand and metal atoms, in order."""
    anchors: Array
    """(attached,) atoms of the network that they move with."""
    hydrogens: int
    """Passivating hydrogens left out."""
    pruned: int
    """Cations and anions left out."""


def recognised(atoms: Any, name: str) -> Recognised:
    """Find the network in an `ase.Atoms`, and what sits on it.

    Raises
    ------
    InputError
        See `epidot.structure.imported.import_atoms`; `name` is what messages call the atoms.
    """
    _check_positions(atoms, name)
    numbers = np.array(atoms.numbers, dtype=np.int64)
    species = sorted_out(numbers, name)
    around = cloud(atoms, _reach(numbers, species), name)
    _check_heap(around, numbers, name)
    species = _with_thiolates(around, numbers, species)
    touching = _touching(around, numbers, species, name)
    hydrogen = _passivating(numbers, species, touching)
    bonds = _bonds(around, numbers, species, name)
    core = species.cation | species.anion
    network = core & held_twice(neighbour_table(bonds.first, bonds.second, len(numbers)))
    _check_network(network, bonds, name)
    ligand = species.light & ~hydrogen
    beside = ligand | species.metal | (core & ~network & _partners(touching, ligand))
    held = joined([bonds, touching])
    held = held.keep((network | beside)[held.first] & (network | beside)[held.second])
    positions, endless = made_whole(around, held)
    _check_finite(endless, name)
    inner = bonds.keep(network[bonds.first] & network[bonds.second])
    _check_one(numbers, network, inner, name)
    attached, anchors = anchored(numbers, network, beside, held, name)
    return Recognised(
        numbers=numbers,
        species=species,
        network=network,
        bonds=inner,
        positions=positions - positions[network].mean(axis=0),
        attached=attached,
        anchors=anchors,
        hydrogens=int(hydrogen.sum()),
        pruned=int((core & ~network & ~beside).sum()),
    )


def _check_positions(atoms: Any, name: str) -> None:
    if len(atoms) == 0:
        raise InputError(name, "no atoms", "must hold a particle", "Give a file with atoms")
    wrong = np.flatnonzero(~(np.abs(atoms.positions).max(axis=1) < LARGEST))
    if len(wrong):
        raise InputError(
            f"{name}: position of atom {wrong[0]} (counted from 0)",
            atoms.positions[wrong[0]].tolist(),
            f"must be finite numbers below {LARGEST:g} Å",
            "Mend the file",
        )


def _reach(numbers: Array, species: Species) -> float:
    """The longest distance (Å) at which two of the atoms can be bonded."""
    lengths = bond_lengths(numbers[species.cation], numbers[species.anion])
    beside = numbers[species.light | species.metal | (numbers == CARBON)]
    return max(LONGEST * max(lengths.values()), TOUCHING * largest_radii_sum(beside, numbers))


def _check_heap(around: Cloud, numbers: Array, name: str) -> None:
    """Refuse atoms in one place before anything is searched: trees are slow on them."""
    grid = np.floor(around.positions / _HEAP).astype(np.int64)
    _, place, count = np.unique(grid, axis=0, return_inverse=True, return_counts=True)
    if count.max() == 1:
        return
    pair = np.flatnonzero(place.ravel() == count.argmax())
    raise InputError(
        f"{name}: atoms {told(numbers, pair[:2].tolist())} (counted from 0)",
        f"{len(pair)} atoms in one place",
        "must not overlap",
        "Remove duplicates; at faces of a box an atom counts once",
    )


def _with_thiolates(around: Cloud, numbers: Array, species: Species) -> Species:
    """The species once anions bonded to carbon count as ligands."""
    anions, carbons = np.flatnonzero(species.anion), np.flatnonzero(numbers == CARBON)
    near = _bonded(around, numbers, anions, carbons, BONDED)
    bound = species.anion & _partners(near, numbers == CARBON)
    return dataclasses.replace(species, anion=species.anion & ~bound, light=species.light | bound)


def _touching(around: Cloud, numbers: Array, species: Species, name: str) -> Contacts:
    """Bonds of atoms of ligands and metals, among themselves and to cations and anions."""
    core = species.cation | species.anion
    others, inside = np.flatnonzero(~core), np.flatnonzero(core)
    outward = _bonded(around, numbers, others, inside, TOUCHING)
    refuse_overlap(numbers, outward, LEAST_TOUCHING * radii_sum(numbers, outward), name)
    # Stand-in ligands may pass through each other, so their atoms may be at any distance.
    return joined([outward, _bonded(around, numbers, others, others, BONDED)])


def _bonded(around: Cloud, numbers: Array, first: Array, second: Array, limit: float) -> Contacts:
    """Contacts of two sets of atoms up to `limit` sums of their covalent radii."""
    near = contacts(around, first, second, limit * largest_radii_sum(numbers[first], numbers[second]))
    return near.keep(near.distance < limit * radii_sum(numbers, near))


def _passivating(numbers: Array, species: Species, touching: Contacts) -> Array:
    """Mask (atom,) of the hydrogens whose nearest partner is a cation or an anion."""
    here = np.concatenate([touching.first, touching.second])
    there = np.concatenate([touching.second, touching.first])
    nearness = np.tile(touching.distance / radii_sum(numbers, touching), 2)
    order = np.argsort(-nearness, kind="stable")
    nearest = np.full(len(numbers), -1)
    # The last assignment wins: the nearest.
    nearest[here[order]] = there[order]
    return (numbers == HYDROGEN) & (nearest >= 0) & (species.cation | species.anion)[nearest]


def _partners(pairs: Contacts, chosen: Array) -> Array:
    """Mask (atom,) of atoms that have a partner among the `chosen` (atom,)."""
    found = np.zeros(len(chosen), dtype=bool)
    found[pairs.first[chosen[pairs.second]]] = True
    found[pairs.second[chosen[pairs.first]]] = True
    return found


def _bonds(around: Cloud, numbers: Array, species: Species, name: str) -> Contacts:
    """Cation–anion bonds, at most four per atom."""
    members = np.flatnonzero(species.cation | species.anion)
    lengths = bond_lengths(numbers[species.cation], numbers[species.anion])
    near = contacts(around, members, members, LONGEST * max(lengths.values(), default=0.0))
    check_apart(numbers, species, near, name)
    near = near.keep(species.cation[near.first] != species.cation[near.second])
    ratio = near.distance / natural_lengths(numbers, species.cation, near)
    near, ratio = near.keep(ratio <= LONGEST), ratio[ratio <= LONGEST]
    partners = np.bincount(np.concatenate([near.first, near.second]), minlength=len(numbers))
    crowded = int((partners > 4).sum())
    if crowded > MOST_CROWDED * len(members):
        raise InputError(
            f"{name}: coordination",
            f"{crowded} of {len(members)} atoms have more than four neighbours at a bond length",
            "is not that of zinc blende or wurtzite",
            "Give a tetrahedral crystal (rock salt and other phases are not modelled), in Å",
        )
    return near.keep(four_at_most(near.first, near.second, ratio, len(numbers)))


def _check_network(network: Array, bonds: Contacts, name: str) -> None:
    count = int(network.sum())
    if count >= FEWEST_ATOMS:
        return
    if len(bonds.first):
        rule = f"hang together by two bonds or more; a particle needs {FEWEST_ATOMS}"
        cure = "Give a larger one"
    else:
        rule = "are bonded: no cation has an anion of a known compound at its bond length"
        cure = "Check that the file is in Å"
    raise InputError(f"{name}: network", f"{count} of {len(network)} atoms", rule, cure)


def _check_finite(endless: Array, name: str) -> None:
    if len(endless):
        raise InputError(
            f"{name}: periodic box",
            "the atoms are bonded to their own images",
            "must hold a particle with room around it, not a crystal, wire or layer that goes on for ever",
            "Cut a particle out of it, leave 10 Å of vacuum around it, or save it without a box",
        )


def _check_one(numbers: Array, network: Array, bonds: Contacts, name: str) -> None:
    _, label = parts(bonds.first, bonds.second, len(network))
    kinds, first, sizes = np.unique(label[network], return_index=True, return_counts=True)
    if len(kinds) == 1:
        return
    order = np.argsort(-sizes, kind="stable")
    listed = ", ".join(str(sizes[place]) for place in order[:5]) + (", …" if len(kinds) > 5 else "")
    starts = np.flatnonzero(network)[first[order[:2]]].tolist()
    raise InputError(
        f"{name}: particles",
        f"{len(kinds)} that are not bonded to each other, of {listed} atoms; "
        f"{told(numbers, starts)} (counted from 0) belong to the two largest",
        "must be one",
        f"Keep the largest ({sizes.max()} atoms) and import the others as files of their own",
    )
