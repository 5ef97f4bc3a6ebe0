"""Keating's valence-force-field energy and its gradient on a four-coordinated network.

With r the vector along a bond, d its natural length, and s, t two bonds of one atom,

    E = sum over bonds   3 α/(8 d²)        (r·r − d²)²
      + sum over angles  3 β_st/(8 d_s d_t) (r_s·r_t − d_s d_t cos θ_st)²

with cos θ = −1/3, the regular tetrahedron. An atom of wurtzite stacking (`polytype`) has lengths and
angles of the measured crystal instead, so that its a, c and u come out; a bond between atoms of
different stacking has the mean of the two lengths. As cos θ_st = p_s p_t − √((1 − p_s²)(1 − p_t²))/2
with p the cosine of each bond against the axis, four bonds of any compounds have a common shape at rest.

Sources: Keating, Phys. Rev. 145, 637 (1966), eq. 4; factors of Martin, Phys. Rev. B 1, 4005 (1970),
without his Coulomb term. In bulk zinc blende of lattice constant a this gives C11 = (α + 3β)/a,
C12 = (α − β)/a and, after the internal displacement, C44 = 4αβ/(a(α + β)): the inverse of
α = a(C11 + 3C12)/4, β = a(C11 − C12)/4.

Where the two bonds belong to different compounds, d_s d_t takes the place of d² (Pryor, Kim, Wang,
Williamson and Zunger, J. Appl. Phys. 83, 2548 (1998), eq. 9) and β_st = √(β_s β_t): the geometric
mean, as for the lengths, so that the angle term is a product of one factor per bond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.relaxation.polytype import ROLES, natural_length, polar_cosine, roles
from epidot.structure.structure import NO_ATOM, Structure


@final
@dataclass(frozen=True, eq=False)
class Bonds:
    """The network with the constants of each bond.

    Invariant: `neighbours[neighbours[i, s], back[i, s]] == i`; this lets every atom gather the pulls
    on itself, so that threads never write to the same place.
    """

    neighbours: NDArray[Any]
    """(atom, 4) int32; `NO_ATOM` from the first missing bond on."""
    back: NDArray[Any]
    """(atom, 4) int8: the place of this atom in the row of its neighbour."""
    kind: NDArray[Any]
    """(atom, 4) int8: compound of the bond and its role at both ends, an index into the tables."""
    alpha: NDArray[Any]
    """(kind,) bond stretching, eV/Å²."""
    beta: NDArray[Any]
    """(kind,) angle bending, eV/Å²."""
    length: NDArray[Any]
    """(kind,) natural bond length, Å."""
    regular: NDArray[Any]
    """(kind,) what the length would be in zinc blende, Å."""
    role: NDArray[Any]
    """(kind,) int8: role of the bond at its own atom (`polytype`)."""
    polar: NDArray[Any]
    """(kind,) cosine of the bond against the axis of its atom's tetrahedron at rest."""

    def natural_lengths(self) -> NDArray[Any]:
        """Natural length of each bond (atom, 4), Å; 0 where a bond is missing."""
        return np.where(self.neighbours == NO_ATOM, 0.0, self.length[self.kind])


def bonds(structure: Structure) -> Bonds:
    """The bonds of a structure with the Keating constants of their compounds.

    Raises
    ------
    InputError
        An atom without a bond, a bond between two cations or two anions, or a pair of elements
        for which there is no compound.
    """
    neighbours = np.asarray(structure.neighbours)
    _check_coordination(neighbours)
    pair = _pairs(structure)
    back = _back(neighbours)
    kinds, kind = _kinds(structure, pair, back)
    pairs, mine, theirs = kinds // ROLES**2, kinds // ROLES % ROLES, kinds % ROLES
    names = [materials.compound_of(int(pair) // 256, int(pair) % 256) for pair in pairs]
    constants = [materials.keating(name) for name in names]
    ends = [
        [natural_length(name, int(role)) for name, role in zip(names, side, strict=True)]
        for side in (mine, theirs)
    ]
    return Bonds(
        neighbours,
        back,
        kind,
        alpha=np.array([entry.alpha for entry in constants]),
        beta=np.array([entry.beta for entry in constants]),
        length=np.mean(ends, axis=0),
        regular=np.array([entry.bond for entry in constants]),
        role=mine.astype(np.int8),
        polar=np.array([polar_cosine(name, int(role)) for name, role in zip(names, mine, strict=True)]),
    )


def _check_coordination(neighbours: NDArray[Any]) -> None:
    alone = np.flatnonzero(neighbours[:, 0] == NO_ATOM)
    if alone.size:
        raise InputError(
            f"structure.neighbours[{alone[0]}]",
            "none",
            "every atom must have a bond",
            "Remove the isolated atom",
        )


def _pairs(structure: Structure) -> NDArray[Any]:
    """256 · cation number + anion number of each bond (atom, 4); no meaning where it is missing."""
    numbers, cation = structure.numbers.astype(np.int32)[:, None], structure.cation.astype(bool)[:, None]
    missing = structure.neighbours == NO_ATOM
    other = np.where(missing, 0, structure.neighbours)
    like = np.argwhere((cation == cation[other, 0]) & ~missing)
    if like.size:
        bond = (int(like[0, 0]), int(structure.neighbours[tuple(like[0])]))
        raise InputError(
            "structure bond", bond, "must join a cation and an anion", "Build the structure again"
        )
    ends = numbers, numbers[other, 0]
    return np.where(cation, 256 * ends[0] + ends[1], 256 * ends[1] + ends[0])


def _kinds(structure: Structure, pair: NDArray[Any], back: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The kinds of bond, 9 · pair + 3 · own role + role at the other end, and the kind of each (atom, 4)."""
    missing = structure.neighbours == NO_ATOM
    role = roles(structure)
    codes = ROLES**2 * pair + ROLES * role + role[structure.neighbours, back]
    codes[missing] = np.broadcast_to(codes[:, :1], codes.shape)[missing]
    kinds, kind = np.unique(codes, return_inverse=True)
    return kinds, kind.reshape(codes.shape).astype(np.int8)


def _back(neighbours: NDArray[Any]) -> NDArray[Any]:
    matches = neighbours[neighbours] == np.arange(len(neighbours))[:, None, None]
    lost = np.argwhere(~matches.any(axis=2) & (neighbours != NO_ATOM))
    if lost.size:
        rule = "the neighbour must list the atom too"
        raise InputError(f"structure.neighbours[{lost[0, 0]}]", lost[0, 1], rule, "Build the structure again")
    return matches.argmax(axis=2).astype(np.int8)


def energy_and_gradient(network: Bonds, positions: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Energy of each atom (atom,) in eV and gradient of their sum (atom, 3) in eV/Å.

    The energy of an atom is that of its angles and half of that of its bonds. The result does not
    depend on the number of threads: each atom is summed by one thread, in the order of its bonds.
    """
    atom_energy = np.empty(len(positions))
    pulls = np.empty((len(positions), 4, 3))
    gradient = np.empty((len(positions), 3))
    _own_terms(
        positions,
        network.neighbours,
        network.kind,
        _stretching(network),
        _bending(network),
        atom_energy,
        pulls,
    )
    _gather(network.neighbours, network.back, pulls, gradient)
    return atom_energy, gradient


def _stretching(network: Bonds) -> NDArray[Any]:
    """(2, kind): half of 3 α/(8 d²), which an atom has of each of its bonds, and d²."""
    squares = network.length**2
    return np.stack([0.1875 * network.alpha / squares, squares])


def _bending(network: Bonds) -> NDArray[Any]:
    """(2, kind, kind): 3 β/(8 d d) of two bonds of one atom, and their product r·r at rest."""
    products = np.outer(network.length, network.length)
    lateral = np.sqrt(1.0 - network.polar**2)
    cosines = np.outer(network.polar, network.polar) - 0.5 * np.outer(lateral, lateral)
    return np.stack([0.375 * np.sqrt(np.outer(network.beta, network.beta)) / products, products * cosines])


@njit(cache=True, parallel=True, fastmath={"contract"})
def _own_terms(
    positions: Any, neighbours: Any, kind: Any, stretching: Any, bending: Any, atom_energy: Any, pulls: Any
) -> None:
    """Each atom's energy and its derivative with respect to each of the atom's bond vectors."""
    for i in prange(positions.shape[0]):
        energy = 0.0
        for s in range(4):
            j = neighbours[i, s]
            if j < 0:
                break
            x = positions[j, 0] - positions[i, 0]
            y = positions[j, 1] - positions[i, 1]
            z = positions[j, 2] - positions[i, 2]
            stiffness = stretching[0, kind[i, s]]
            excess = x * x + y * y + z * z - stretching[1, kind[i, s]]
            energy += stiffness * excess * excess
            pull = 4.0 * stiffness * excess
            pulls[i, s, 0], pulls[i, s, 1], pulls[i, s, 2] = pull * x, pull * y, pull * z
            for t in range(s):
                k = neighbours[i, t]
                u = positions[k, 0] - positions[i, 0]
                v = positions[k, 1] - positions[i, 1]
                w = positions[k, 2] - positions[i, 2]
                stiffness = bending[0, kind[i, s], kind[i, t]]
                excess = x * u + y * v + z * w - bending[1, kind[i, s], kind[i, t]]
                energy += stiffness * excess * excess
                pull = 2.0 * stiffness * excess
                pulls[i, s, 0] += pull * u
                pulls[i, s, 1] += pull * v
                pulls[i, s, 2] += pull * w
                pulls[i, t, 0] += pull * x
                pulls[i, t, 1] += pull * y
                pulls[i, t, 2] += pull * z
        atom_energy[i] = energy


@njit(cache=True, parallel=True)
def _gather(neighbours: Any, back: Any, pulls: Any, gradient: Any) -> None:
    """Every atom sums the pulls at both ends of its bonds."""
    for i in prange(neighbours.shape[0]):
        x, y, z = 0.0, 0.0, 0.0
        for s in range(4):
            j = neighbours[i, s]
            if j < 0:
                break
            t = back[i, s]
            x += pulls[j, t, 0] - pulls[i, s, 0]
            y += pulls[j, t, 1] - pulls[i, s, 1]
            z += pulls[j, t, 2] - pulls[i, s, 2]
        gradient[i, 0], gradient[i, 1], gradient[i, 2] = x, y, z
