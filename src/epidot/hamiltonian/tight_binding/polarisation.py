"""Polarisation of each atom by its strain and its phase, and the bound charge that follows.

Zinc blende (four unit bond vectors b_s from cation to anion, whose third moment is the tensor of the
crystal, so that no axes need be known):

    P = (3√3/4) e14 Σ_s b_s (b_s·ε·b_s).

Wurtzite, c along the eclipsed bond from cation to anion:

    P = c [P_sp + e31 (tr ε − ε_cc) + e33 ε_cc] + 2 e15 (ε·c − c ε_cc).

Bound charge −∇·P, as flux through the faces between bonded atoms: a face has the vector area
A b = (√3/4) a² b (the cell of an atom in a tetrahedral network: Σ_s A b_s·b_s d/6 = a³/8, its volume), so

    q_i = −½ Σ_s A b_s·(P_s − P_i),     and on the face of a missing bond   +A b·P_i.

This is exact for polarisation that varies linearly, and a missing bond's faces are the surface itself:
1 per atom of {111}, 2 of {100}.

What sits on the surface is not known. Ligands, reconstruction and adsorbed ions bring charge of their own,
and measured dipoles do not show the bound charge of the bulk: zinc-blende ZnSe dots have the dipoles of
wurtzite CdSe (Shim and Guyot-Sionnest, J. Chem. Phys. 111, 6955 (1999)), single CdSe rods show none along c
(Krishnan et al., Phys. Rev. Lett. 92, 216803 (2004)), and calculated ones depend on the termination rather
than on the spontaneous polarisation (Avraam et al., Phys. Rev. B 83, 241402(R) (2011)). ``screened``
therefore takes the surface charge as compensated where it arises; ``bare`` keeps it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding.network import Network
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import NO_ATOM, WURTZITE, Structure

Array = NDArray[Any]

_THIRD_MOMENT: Final = 3.0 * np.sqrt(3.0) / 4.0


def polar_axes(structure: Structure) -> Array:
    """Unit vectors (atom, 3) of +c in wurtzite, from cation to anion; zero in zinc blende.

    An atom of wurtzite whose own axial bond is missing asks its neighbours. Where arms meet, the eclipsed
    bonds of one atom may cancel: it has no axis.
    """
    outward = np.where(structure.cation == 1, 1.0, -1.0)[:, None]
    axes = outward * np.einsum(
        "ab,abx->ax", (structure.eclipsed != 0).astype(float), structure.bond_directions
    )
    lost = np.flatnonzero((structure.phase == WURTZITE) & ~structure.eclipsed.any(axis=1))
    near = structure.neighbours[lost]
    axes[lost] = np.where((near != NO_ATOM)[:, :, None], axes[near], 0.0).sum(axis=1)
    length = np.linalg.norm(axes, axis=1, keepdims=True)
    found = (length > 0.1) & (structure.phase == WURTZITE)[:, None]
    return np.where(found, axes / np.where(found, length, 1.0), 0.0)


def polarisation(bonds: Network, relaxed: Relaxed) -> Array:
    """Polarisation (atom, 3) in e/Å², in the particle's axes.

    Constants of an atom are means over its bonds, as those of every other term.
    """
    structure = relaxed.structure
    strain = _inner_strain(relaxed)
    e14, e31, e33, e15, spontaneous = _constants(bonds).T
    axes = polar_axes(structure)
    directions = structure.bond_directions * np.where(structure.cation == 1, 1.0, -1.0)[:, None, None]
    stretch = np.einsum("abx,axy,aby->ab", directions, strain, directions)
    cubic = np.einsum("abx,ab->ax", directions, stretch)
    on_axis = np.einsum("axy,ay->ax", strain, axes)
    along = np.einsum("ax,ax->a", axes, on_axis)
    lateral = np.trace(strain, axis1=1, axis2=2) - along
    polar = axes * (spontaneous + e31 * lateral + e33 * along)[:, None]
    polar += 2.0 * e15[:, None] * (on_axis - axes * along[:, None])
    is_polar = np.abs(axes).sum(axis=1, keepdims=True) > 0.0
    return np.where(is_polar, polar, _THIRD_MOMENT * e14[:, None] * cubic)


def _inner_strain(relaxed: Relaxed) -> Array:
    """Strain of each atom; without a fourth bond, that of its neighbours of the same material that have four.

    With three bonds the shift of the atom inside its tetrahedron cannot be told from strain, and here it
    counts as much as strain does.
    """
    structure = relaxed.structure
    whole = (structure.neighbours != NO_ATOM).all(axis=1)
    outer = np.flatnonzero(~whole)
    near = structure.neighbours[outer]
    asked = (near != NO_ATOM) & whole[near] & (structure.material[near] == structure.material[outer][:, None])
    told = asked.any(axis=1)
    strain = relaxed.strain.copy()
    weights = asked[told] / asked[told].sum(axis=1, keepdims=True)
    strain[outer[told]] = np.einsum("ab,abxy->axy", weights, relaxed.strain[near[told]])
    return strain


def _constants(bonds: Network) -> Array:
    """e14, e31, e33, e15 and spontaneous polarisation, (atom, 5) in e/Å², means over the atom's bonds.

    A compound whose spontaneous polarisation is not known takes the mean of those in the particle that are:
    a zero would make up a step, and its charge, at every interface with them.
    """
    sets = [materials.polarity(name) for name in bonds.names]
    known = [one.spontaneous for one in sets if "spontaneous" in one.sourced]
    other = float(np.mean(known)) if known else 0.0
    table = np.array([(one.e14, one.e31, one.e33, one.e15, one.spontaneous) for one in sets])
    table[["spontaneous" not in one.sourced for one in sets], 4] = other
    return bonds.mean(np.stack([table, table]))


def bound_charges(relaxed: Relaxed, vectors: Array, *, bare: bool) -> tuple[Array, Array]:
    """Where the bound charge of a polarisation sits, and how much.

    The sum is zero. With `bare` False the charge on the faces of missing bonds is left out as compensated,
    and what the inside then has too much is taken from all these faces evenly.

    Parameters
    ----------
    relaxed : the particle.
    vectors : (atom, 3), its polarisation, e/Å².
    bare : whether the surface keeps its bound charge.

    Returns
    -------
    (charge, 3), (charge,) : Å and e; the atoms first, then the faces of missing bonds.
    """
    structure = relaxed.structure
    exists = structure.neighbours != NO_ATOM
    lattice = _lattice_constants(structure)
    area = np.sqrt(3.0) / 4.0 * lattice**2
    steps = np.where(exists[:, :, None], vectors[structure.neighbours] - vectors[:, None, :], 0.0)
    inner = -0.5 * area * np.einsum("abx,abx->a", structure.bond_directions, steps)
    atom, slot = np.nonzero(~exists)
    outward = structure.bond_directions[atom, slot]
    half_bond = np.sqrt(3.0) / 8.0 * lattice[atom]
    faces = relaxed.positions[atom] + half_bond[:, None] * outward
    outer = area[atom] * np.einsum("ax,ax->a", outward, vectors[atom]) * bare
    if len(outer):
        outer -= (inner.sum() + outer.sum()) / len(outer)
    return np.concatenate([relaxed.positions, faces]), np.concatenate([inner, outer])


def _lattice_constants(structure: Structure) -> Array:
    own = np.array([materials.lattice_constant(name) for name in structure.materials])
    return own[structure.material]
