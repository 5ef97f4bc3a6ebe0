"""What each atom has: bonds, missing bonds, a bond length and a volume of its own material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]


def coordination(structure: Structure) -> Array:
    """Number of bonds of each atom, (atom,)."""
    return (structure.neighbours != NO_ATOM).sum(axis=1)


def own_bonds(structure: Structure) -> Array:
    """Bond length of each atom's own material, (atom,) Å."""
    return np.array([materials.bond(name) for name in structure.materials])[structure.material]


def own_volumes(structure: Structure) -> Array:
    """Volume of each atom's site, a³/8 of its own material, (atom,) Å³."""
    return np.array([materials.lattice_constant(name) ** 3 / 8.0 for name in structure.materials])[
        structure.material
    ]


@dataclass(frozen=True)
class Dangling:
    """The missing bonds of a structure, one entry each."""

    atom: Array
    """(dangling,) index of the atom that misses the bond."""
    slot: Array
    """(dangling,) its column in the tables of bonds."""
    direction: Array
    """(dangling, 3) unit vectors, outwards."""
    middle: Array
    """(dangling, 3) Å, half a bond from the atom."""
    area: Array
    """(dangling,) Å² that each carries along its direction, √3 a²/4.

    The directions of an atom's four bonds add up to nothing. So the sum of area times direction over
    the dangling bonds of a patch is the patch's vector area whatever its orientation and however
    rough it is, and the surface through the middles encloses a³/8 for each atom, exactly.
    """


def dangling(structure: Structure, leave_out: Array | None = None) -> Dangling:
    """The missing bonds of all atoms, or of all but those of an index array."""
    missing = structure.neighbours == NO_ATOM
    if leave_out is not None:
        missing[leave_out] = False
    atom, slot = np.nonzero(missing)
    direction = structure.bond_directions[atom, slot]
    bonds = own_bonds(structure)[atom]
    middle = structure.positions[atom] + 0.5 * bonds[:, None] * direction
    # bond² = 3 a²/16
    return Dangling(atom, slot, direction, middle, 4.0 / np.sqrt(3.0) * bonds**2)
