"""Bonds as the terms see them: a particle and a bulk unit cell look the same.

Invariants: an entry of `vectors`, `compound` and `eclipsed` counts only where `exists`; there
the vector is finite and not zero, and the compound is an index into `names`. Index 0 of a
sublattice axis is the anion, 1 the cation, so `cation` indexes it directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import Structure


@final
@dataclass(frozen=True)
class Network:
    """Atoms with at most four bonds each."""

    neighbours: NDArray[Any]
    """[atom, 4] index of the bonded atom, negative where there is none."""
    vectors: NDArray[Any]
    """[atom, 4, 3] from the atom to its neighbour, Å; zero where there is none."""
    compound: NDArray[Any]
    """[atom, 4] index into `names` of the compound that the bond belongs to; zero where there is none."""
    cation: NDArray[Any]
    """[atom] 1 for a cation, 0 for an anion."""
    eclipsed: NDArray[Any]
    """[atom, 4] whether the bond exists and is eclipsed."""
    directions: NDArray[Any]
    """[atom, 4, 3] unit vectors of the regular tetrahedron of the ideal bonds, missing ones included."""
    strain: NDArray[Any]
    """[atom, 3, 3] strain against the unstrained bulk, in the axes of `directions`."""
    names: tuple[str, ...]

    @property
    def exists(self) -> NDArray[Any]:
        """[atom, 4] whether there is a bond."""
        return self.neighbours >= 0

    @property
    def lengths(self) -> NDArray[Any]:
        """[atom, 4] bond lengths in Å; 1 where there is no bond, so that one may divide by it."""
        return np.where(self.exists, np.linalg.norm(self.vectors, axis=-1), 1.0)

    def turn(self, atoms: NDArray[Any]) -> NDArray[Any]:
        """Proper rotation that best carries `directions` onto the bonds of some atoms, [atom, 3, 3].

        Kabsch, Acta Cryst. A 32, 922 (1976).
        """
        actual = self.vectors[atoms] / self.lengths[atoms][..., None]
        left, _, right = np.linalg.svd(np.einsum("abi,abj->aij", actual, self.directions[atoms]))
        left[..., 2] *= np.sign(np.linalg.det(left @ right))[:, None]
        return left @ right

    def mean(self, values: NDArray[Any]) -> NDArray[Any]:
        """Average over each atom's bonds of values[sublattice, compound, ...], shape [atom, ...]."""
        shares = np.zeros((len(self.cation), len(self.names)))
        for bond in range(4):
            here = np.flatnonzero(self.exists[:, bond])
            shares[here, self.compound[here, bond]] += 1.0
        shares /= shares.sum(axis=1, keepdims=True)
        choice = (self.cation == 1).reshape((-1,) + (1,) * (values.ndim - 2))
        mixed = np.tensordot(shares, values, axes=(1, 1))
        return np.where(choice, mixed[:, 1], mixed[:, 0])


def network(relaxed: Relaxed) -> Network:
    """The bonds of a relaxed particle.

    Raises
    ------
    InputError
        Positions that are not finite, atoms with fewer than two bonds, bonds between two atoms
        of one sublattice, or a bond of two elements that no known compound is made of.
    """
    atoms = relaxed.structure
    neighbours = np.asarray(atoms.neighbours)
    _check(relaxed.positions, neighbours, atoms.cation)
    exists = neighbours >= 0
    vectors = relaxed.positions[neighbours] - relaxed.positions[:, None, :]
    vectors[~exists] = 0.0
    names, compound = _compounds(atoms, exists)
    return Network(
        neighbours=neighbours,
        vectors=vectors,
        compound=compound,
        cation=np.asarray(atoms.cation),
        eclipsed=exists & (atoms.eclipsed != 0),
        directions=np.asarray(atoms.bond_directions),
        strain=np.asarray(relaxed.strain),
        names=names,
    )


def _check(positions: NDArray[Any], neighbours: NDArray[Any], cation: NDArray[Any]) -> None:
    finite = np.isfinite(positions).all(axis=1)
    if not finite.all():
        atom = int(np.flatnonzero(~finite)[0])
        raise InputError(
            f"positions[{atom}]", positions[atom], "must be finite numbers (Å)", "Relax the particle again"
        )
    exists = neighbours >= 0
    bonds = exists.sum(axis=1)
    if bonds.size == 0 or bonds.min() < 2:
        loose = np.flatnonzero(bonds < 2)
        raise InputError(
            "neighbours",
            f"{loose.size} atoms with fewer than two bonds, the first is {loose[:1].tolist()}",
            "every atom needs at least two bonds, and there must be atoms",
            "Prune loose atoms when the structure is built",
        )
    like = exists & (cation[neighbours] == cation[:, None])
    if like.any():
        atom, bond = (int(index) for index in np.argwhere(like)[0])
        raise InputError(
            f"neighbours[{atom}, {bond}]",
            int(neighbours[atom, bond]),
            "a bond must join a cation and an anion",
            "Check the species of the two atoms",
        )


def _compounds(atoms: Structure, exists: NDArray[Any]) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Names of the compounds that the bonds are made of, and the index of each bond, [atom, 4]."""
    here = np.broadcast_to(atoms.numbers[:, None], exists.shape)
    there = atoms.numbers[atoms.neighbours]
    is_cation = atoms.cation[:, None] == 1
    codes = np.where(is_cation, here * 1000 + there, there * 1000 + here)
    present, places = np.unique(codes[exists], return_inverse=True)
    names = tuple(materials.compound_of(int(code) // 1000, int(code) % 1000) for code in present)
    compound = np.zeros(exists.shape, dtype=np.int64)
    compound[exists] = places
    return names, compound
