"""Ligands as makers know them: what binds to what, stand-in shapes, dipoles.

A shape is ideal: bond lengths and angles from tables, tails all trans but for the cis double bond of
oleyl chains, hydrogens left out. Sources: ``data/ligands.yaml`` names one for each number; lengths of
the bonds to the particle are sums of covalent radii (Cordero et al., Dalton Trans. 2832 (2008)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.materials.parameter import Parameter
from epidot.materials.store import choose, parameter, read

Array = NDArray[Any]

DEBYE: Final = 0.20819433
"""1 D in e Å (CODATA 2018)."""


@final
@dataclass(frozen=True, eq=False)
class Ligand:
    """One kind of ligand.

    ``kind`` is X (anionic, one electron to the bond) or L (neutral, two), after Green; ``binds`` says
    to which sublattice, ``cation`` or ``anion``.
    """

    name: str
    kind: str
    binds: str
    charge: Parameter
    dipole: Parameter
    """Along the bond, in Debye; positive if the positive end points away from the particle."""
    spacing: Parameter
    """Least distance between the bound atoms of two ligands."""
    numbers: tuple[int, ...]
    """Atomic numbers, the bound atom first; no hydrogens."""
    shape: Array
    """(atom, 3) Å, read-only: the bound atom at the origin, the middle of the tails on +z."""

    @property
    def moment(self) -> float:
        """The dipole in e Å."""
        return self.dipole.value * DEBYE


def ligand_names() -> tuple[str, ...]:
    """Ligands of the table, without their aliases."""
    return tuple(read("ligands")["ligands"])


@cache
def ligand(name: str) -> Ligand:
    """One ligand by name or alias, such as ``oleate`` or ``ODPA``.

    Raises
    ------
    InputError
        Unknown ligand; the message names those that exist.
    """
    data = read("ligands")
    entry = choose(data["ligands"], _aliases().get(name.lower(), name), "ligand", "ligands")
    head = data["heads"][entry["head"]]
    own = {key: parameter(head[key], data["sources"]) for key in ("charge", "dipole", "spacing")}
    numbers, shape = _atoms(head, int(entry["carbons"]), int(entry.get("cis", 0)))
    full = next(key for key, value in data["ligands"].items() if value is entry)
    return Ligand(
        name=full,
        kind=head["kind"],
        binds=head["binds"],
        charge=own["charge"],
        dipole=own["dipole"],
        spacing=own["spacing"],
        numbers=numbers,
        shape=shape,
    )


def ligand_layer() -> Parameter:
    """Dielectric constant of the layer of tails in which the dipoles sit."""
    data = read("ligands")
    return parameter(data["layer"]["dielectric"], data["sources"])


def bound_length(number: int, bound: Ligand) -> float:
    """Length (Å) of the bond from an atom of the particle (atomic number) to the ligand's bound atom."""
    from ase.data import covalent_radii

    return float(covalent_radii[number] + covalent_radii[bound.numbers[0]])


@cache
def _aliases() -> Mapping[str, str]:
    entries = read("ligands")["ligands"]
    names = {alias.lower(): name for name, entry in entries.items() for alias in entry.get("aliases", [])}
    return MappingProxyType(names | {name.lower(): name for name in entries})


@dataclass(frozen=True)
class _Bond:
    """Where an atom goes: parent atom, length (Å), angle with the parent's own bond, twist (degrees)."""

    parent: int
    length: float
    angle: float
    twist: float


def _atoms(head: Mapping[str, Any], carbons: int, cis: int) -> tuple[tuple[int, ...], Array]:
    from ase.data import atomic_numbers

    numbers = [atomic_numbers[atom["element"]] for atom in head["atoms"]]
    bonds = [_head_bond(atom) for atom in head["atoms"][1:]]
    for tail in head["tails"]:
        bonds.append(_head_bond(tail))
        for carbon in range(2, carbons + 1):
            # Atom 0 has no bond in the list, so the parent of the next atom is the number of bonds.
            bonds.append(_tail_bond(len(bonds), carbon, cis))
    numbers += [atomic_numbers["C"]] * (len(bonds) + 1 - len(numbers))
    return tuple(numbers), _upright(_placed(bonds), len(head["atoms"]))


def _number(block: str, key: str) -> float:
    return float(read("ligands")[block][key]["value"])


def _head_bond(entry: Mapping[str, Any]) -> _Bond:
    return _Bond(
        entry["to"],
        _number("lengths", entry["length"]),
        _number("angles", entry["angle"]),
        float(entry["twist"]),
    )


def _tail_bond(parent: int, carbon: int, cis: int) -> _Bond:
    """The bond that ends at a carbon of a tail (counted from 1) with a cis double bond from `cis` on."""
    double = cis > 0 and carbon == cis + 1
    # Both carbons of the double bond are flat: the angle at a carbon belongs to the bond after it.
    flat = cis > 0 and carbon in (cis + 1, cis + 2)
    return _Bond(
        parent,
        _number("lengths", "C=C" if double else "C-C"),
        _number("angles", "C-C=C" if flat else "C-C-C"),
        0.0 if cis > 0 and carbon == cis + 2 else 180.0,
    )


def _placed(bonds: list[_Bond]) -> Array:
    """Positions (atom, 3), Å, from internal coordinates; the particle lies below the first atom."""
    points = [np.zeros(3)]
    # The two points that the first atom hangs on: the particle's atom and one beside it.
    chain = [(np.array([0.0, 0.0, -1.0]), np.array([1.0, 0.0, -1.0]))]
    for bond in bonds:
        parent, (before, further) = points[bond.parent], chain[bond.parent]
        back = (before - parent) / np.linalg.norm(before - parent)
        side = np.cross(before - further, back)
        side /= np.linalg.norm(side)
        out = np.cross(side, back)
        angle, twist = np.radians(bond.angle), np.radians(bond.twist)
        lateral = np.cos(twist) * out + np.sin(twist) * side
        points.append(parent + bond.length * (np.cos(angle) * back + np.sin(angle) * lateral))
        chain.append((parent, before))
    return np.array(points)


def _upright(points: Array, head: int) -> Array:
    """The points turned about the first so that the middle of those from `head` on lies on +z; read-only."""
    if len(points) > head:
        axis = points[head:].mean(axis=0) / np.linalg.norm(points[head:].mean(axis=0))
        across = np.cross([0.0, 1.0, 0.0], axis)
        across /= np.linalg.norm(across)
        points = points @ np.array([across, np.cross(axis, across), axis]).T
    points.flags.writeable = False
    return points
