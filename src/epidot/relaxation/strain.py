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
from numpy.typing import NDArray

from epidot.errors import InputError, InternalError
from epidot.relaxation.keating import Bonds
from epidot.relaxation.polytype import axes, roles
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
    ideal = bonds_at_rest(structure, network)
    actual = np.where(present[:, :, None], positions[network.neighbours] - positions[:, None, :], 0.0)
    strain = np.zeros((len(positions), 3, 3))
    strain[known] = _stretch(ideal[known], actual[known], coordination[known]) - np.eye(3)
    return _spread(strain, known, network.neighbours, present)


def bonds_at_rest(structure: Structure, network: Bonds) -> NDArray[Any]:
    """Bond vectors (atom, 4, 3) of each atom's tetrahedron at rest, Å; 0 where a bond is missing.

    In wurtzite only the angle to c is changed: the bonds across it keep their directions across it.
    """
    vectors = network.natural_lengths()[:, :, None] * structure.bond_directions
    atoms, axis = axes(structure, roles(structure))
    if atoms.size:
        directions = structure.bond_directions[atoms]
        along = np.einsum("asi,ai->as", directions, axis)
        across = directions - along[:, :, None] * axis[:, None, :]
        length = np.linalg.norm(across, axis=2)
        polar = network.polar[network.kind[atoms]]
        # The axial bond has nothing across the axis to be scaled.
        scale = np.divide(np.sqrt(1.0 - polar**2), length, out=np.zeros_like(length), where=length > 0.1)
        turned = scale[:, :, None] * across + polar[:, :, None] * axis[:, None, :]
        vectors[atoms] = network.natural_lengths()[atoms, :, None] * turned
    return vectors


def regular_bonds(structure: Structure, network: Bonds) -> NDArray[Any]:
    """What `bonds_at_rest` would be if every atom were of zinc-blende stacking (atom, 4, 3), Å."""
    present = (network.neighbours != NO_ATOM)[:, :, None]
    return np.where(present, network.regular[network.kind][:, :, None] * structure.bond_directions, 0.0)


def _stretch(ideal: NDArray[Any], actual: NDArray[Any], coordination: NDArray[Any]) -> NDArray[Any]:
    """Right stretch U (atom, 3, 3) of the deformation ideal → actual, both (atom, 4, 3)."""
    full = (coordination == 4)[:, None, None]
    ideal = ideal - np.where(full, ideal.mean(axis=1, keepdims=True), 0.0)
    actual = actual - np.where(full, actual.mean(axis=1, keepdims=True), 0.0)
    squares = np.einsum("asi,asj->aij", ideal, ideal)
    transposed = np.linalg.solve(squares, np.einsum("asi,asj->aij", ideal, actual))
    values, vectors = np.linalg.eigh(np.einsum("aik,ajk->aij", transposed, transposed))
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
