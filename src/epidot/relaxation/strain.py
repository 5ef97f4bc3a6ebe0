"""Local strain: how the bonds of an atom differ from the ideal bonds of their own compounds.

The ideal bond vectors V_s of an atom are those of its tetrahedron at rest: its bond directions times the
natural lengths of its bonds and, in wurtzite stacking, at the measured angle to c. So a relaxed crystal of
wurtzite is not strained. R_s are the relaxed ones. The deformation gradient F takes one tetrahedron to
the other (as in Pryor et al., J. Appl. Phys. 83, 2548 (1998), sec. II C): with four bonds
F (V_s − V_t) = R_s − R_t exactly, so that the displacement of the sublattices against each other does not
count as strain; with three bonds F V_s = R_s. Polar decomposition F = Q U removes the rotation; strain is
U − 1 (Biot), in the particle's axes. Atoms with fewer bonds take the mean of their neighbours.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from epidot.errors import InputError, InternalError
from epidot.relaxation.keating import Bonds
from epidot.relaxation.polytype import AXIAL, CUBIC
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import NO_ATOM, Structure


def local_strain(structure: Structure, network: Bonds, positions: NDArray[Any]) -> NDArray[Any]:
    """Symmetric strain tensor of each atom (atom, 3, 3) at `positions` (atom, 3) in Å.

    Raises
    ------
    InputError
        No atom has three bonds: there is no crystal to be strained.
    """
    present = network.neighbours != NO_ATOM
    coordination = present.sum(axis=1)
    if coordination.max() < 3:
        raise InputError("structure", "no atom with three bonds", "strain needs one", "Make it larger")
    known = coordination >= 3
    squares = np.zeros((len(positions), 3, 3))
    _deformations(bonds_at_rest(structure, network), network.neighbours, positions, squares)
    strain = np.zeros_like(squares)
    strain[known] = _root(squares[known]) - np.eye(3)
    return _spread(strain, known, network.neighbours, present)


def bonds_at_rest(structure: Structure, network: Bonds) -> NDArray[Any]:
    """Bond vectors (atom, 4, 3) of each atom's tetrahedron at rest, Å; 0 where a bond is missing.

    In wurtzite only the angle to c is changed: the bonds across it keep their directions across it. The
    axis is that of the eclipsed bond; where only this one is missing, that of the missing one.
    """
    vectors = np.zeros((len(network.neighbours), 4, 3))
    tables = network.length, network.polar, network.role
    _at_rest(structure.bond_directions, network.neighbours, network.kind, tables, vectors)
    return vectors


def regular_bonds(structure: Structure, network: Bonds) -> NDArray[Any]:
    """What `bonds_at_rest` would be if every atom were of zinc-blende stacking (atom, 4, 3), Å."""
    vectors = np.zeros((len(network.neighbours), 4, 3))
    tables = network.regular, network.polar, np.full_like(network.role, CUBIC)
    _at_rest(structure.bond_directions, network.neighbours, network.kind, tables, vectors)
    return vectors


@njit(cache=True)
def _axis(neighbours: Any, roles: Any) -> int:
    """Slot of the bond along c of one atom, from its four neighbours and roles; -1 if there is none."""
    if roles[0] == CUBIC:
        return -1
    for s in range(4):
        if neighbours[s] >= 0 and roles[s] == AXIAL:
            return s
    return 3 if neighbours[3] < 0 <= neighbours[2] else -1


@njit(cache=True, parallel=True)
def _at_rest(directions: Any, neighbours: Any, kind: Any, tables: Any, vectors: Any) -> None:
    length, polar, role = tables
    for i in prange(len(neighbours)):
        axis = _axis(neighbours[i], role[kind[i]])
        for s in range(4):
            if neighbours[i, s] < 0:
                break
            along, across = 0.0, 1.0
            if axis >= 0 and s != axis:
                cosine = np.dot(directions[i, s], directions[i, axis])
                wanted = polar[kind[i, s]]
                across = np.sqrt((1.0 - wanted**2) / (1.0 - cosine**2))
                along = wanted - across * cosine
            for x in range(3):
                turned = across * directions[i, s, x] + along * directions[i, axis, x]
                vectors[i, s, x] = length[kind[i, s]] * turned


@njit(cache=True, parallel=True)
def _deformations(ideal: Any, neighbours: Any, positions: Any, squares: Any) -> None:
    """F'F (atom, 3, 3) of the deformation F of `ideal` bonds that fits three or four bonds."""
    for i in prange(len(neighbours)):
        if neighbours[i, 2] < 0:
            continue
        count = 3 if neighbours[i, 3] < 0 else 4
        before, after = ideal[i, :count].copy(), np.empty((count, 3))
        for s in range(count):
            for x in range(3):
                after[s, x] = positions[neighbours[i, s], x] - positions[i, x]
        if count == 4:
            for x in range(3):
                before[:, x] -= before[:, x].mean()
                after[:, x] -= after[:, x].mean()
        transposed = np.linalg.solve(before.T @ before, before.T @ after)
        squares[i] = transposed @ transposed.T


def _root(squares: NDArray[Any]) -> NDArray[Any]:
    """Symmetric square root (atom, 3, 3): the right stretch U."""
    values, vectors = np.linalg.eigh(squares)
    return np.einsum("aik,ak,ajk->aij", vectors, np.sqrt(np.maximum(values, 0.0)), vectors)


def _spread(
    strain: NDArray[Any], known: NDArray[Any], neighbours: NDArray[Any], present: NDArray[Any]
) -> NDArray[Any]:
    """Give atoms without a tensor of their own the mean of their neighbours', going outwards."""
    known = known.copy()
    while not known.all():
        sources = present & known[neighbours]
        reachable = np.flatnonzero(~known & sources.any(axis=1))
        if not reachable.size:
            raise InputError(
                "structure", "a fragment", "holds no atom with three bonds", "Remove the fragment"
            )
        weights = sources[reachable] / sources[reachable].sum(axis=1, keepdims=True)
        strain[reachable] = np.einsum("as,asij->aij", weights, strain[neighbours[reachable]])
        known[reachable] = True
    return strain


def hydrostatic(relaxed: Relaxed) -> NDArray[Any]:
    """Trace of the strain (atom,): relative change of volume, positive where expanded."""
    return np.trace(relaxed.strain, axis1=1, axis2=2)


def axial(relaxed: Relaxed, axes: NDArray[Any]) -> NDArray[Any]:
    """Strain (atom,) along unit vectors `axes`, one for all (3,) or one per atom (atom, 3)."""
    each = np.broadcast_to(axes, (len(relaxed.strain), 3))
    return np.einsum("ai,aij,aj->a", each, relaxed.strain, each)


def by_segment(relaxed: Relaxed) -> dict[str, dict[str, float]]:
    """Mean strain of each segment that holds atoms: ``{name: {"hydrostatic", "axial"}}``.

    Axial is along the segment's axis (`segment_axis`). The mean is over the atoms with four bonds
    (all atoms where a segment has none): only there is the tensor free of the atom's own
    displacement against its neighbours, which at a surface is as large as the strain.
    """
    structure = relaxed.structure
    inside = (structure.neighbours != NO_ATOM).all(axis=1)
    trace = hydrostatic(relaxed)
    means: dict[str, dict[str, float]] = {}
    for index, name in enumerate(structure.segments):
        members = structure.segment == index
        if members.any():
            members = members & inside if (members & inside).any() else members
            along = axial(relaxed, segment_axis(structure, name))
            means[name] = {"hydrostatic": float(trace[members].mean()), "axial": float(along[members].mean())}
    return means


def segment_axis(structure: Structure, name: str) -> NDArray[Any]:
    """Unit vector (3,) along the segment: that of the limb that it is part of or sits on.

    What is on no limb takes the piece of `structure.paths` that passes nearest to its centre; of equally
    near pieces, as at a branch point, the first counts. Without paths: the longest principal axis of the
    segment's atoms.
    """
    members = structure.positions[structure.segment == structure.segments.index(name)]
    if not len(members):
        raise InternalError(f"segment {name} holds no atoms")
    if (limb := _limb_axis(structure, name)) is not None:
        return limb
    centre = members.mean(axis=0)
    pieces = [np.array(piece) for _, line in structure.paths for piece in pairwise(line)]
    pieces = [piece for piece in pieces if np.linalg.norm(piece[1] - piece[0]) > 0.0]
    if not pieces:
        return np.linalg.eigh((members - centre).T @ (members - centre))[1][:, -1]
    start, end = min(pieces, key=lambda piece: round(_distance(centre, piece), 3))
    return (end - start) / np.linalg.norm(end - start)


def _limb_axis(structure: Structure, name: str) -> NDArray[Any] | None:
    """Direction of the limb ``arm1.arm2`` of ``arm1.arm2.s1``; what is on no arm of a rod is on the rod."""
    axes = {limb: np.subtract(end, foot) for limb, foot, end in structure.limbs}
    owners = name.split(".")[:-1]
    while owners and ".".join(owners) not in axes:
        owners.pop()
    axis = axes.get(".".join(owners) or "rod")
    return None if axis is None else axis / np.linalg.norm(axis)


def _distance(point: NDArray[Any], piece: NDArray[Any]) -> float:
    along = piece[1] - piece[0]
    share = np.clip(np.dot(point - piece[0], along) / np.dot(along, along), 0.0, 1.0)
    return float(np.linalg.norm(point - piece[0] - share * along))
