"""The verb of the structure stage: from a design to atoms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design import design_hash
from epidot.design.design import BranchPoint, Design, Dot, Stack
from epidot.errors import InputError
from epidot.structure.bonds import Bonds, bond_table, prune
from epidot.structure.branch import branch_network
from epidot.structure.dot import dot_network
from epidot.structure.network import Network
from epidot.structure.rod import rod_network
from epidot.structure.structure import NO_ATOM, WURTZITE, ZINC_BLENDE, Structure

FEWEST_ATOMS = 20


def build(design: Design) -> Structure:
    """Build the atoms of a design.

    Parameters
    ----------
    design : what the particle is.

    Returns
    -------
    Structure
        One continuous network of alternating cations and anions; start positions in Å with the
        branch point or the middle of the rod at the origin.

    Raises
    ------
    InputError
        Geometry that cannot exist, with the path in the design.
    """
    network = _network(design)
    alive = prune(network.sites)
    if alive.sum() < FEWEST_ATOMS:
        raise InputError(
            "root",
            f"{int(alive.sum())} atoms",
            f"the particle has fewer than {FEWEST_ATOMS} atoms",
            "Make it larger",
        )
    sites = network.sites.keep(alive)
    bonds = bond_table(sites)
    segment = network.segment[alive]
    _check_segments(network, segment)
    names = tuple(dict.fromkeys(network.segment_materials))
    owner = np.array([names.index(name) for name in network.segment_materials])[segment]
    return Structure(
        positions=network.start[alive],
        numbers=_numbers(names, owner, sites.cation),
        neighbours=bonds.neighbours,
        bond_directions=bonds.directions,
        eclipsed=bonds.eclipsed,
        cation=sites.cation,
        material=owner,
        segment=segment,
        phase=_phase(bonds),
        materials=names,
        segments=network.segments,
        segment_materials=network.segment_materials,
        paths=network.paths,
        realised=network.realised,
        design_hash=design_hash(design),
    )


def _check_segments(network: Network, segment: NDArray[Any]) -> None:
    count = np.bincount(segment, minlength=len(network.segments))
    for name, material, atoms in zip(network.segments, network.segment_materials, count, strict=True):
        if atoms == 0:
            rule = "is too thin to hold an atom"
            raise InputError(
                f"segment {name}", f"{material}, 0 atoms", rule, "Make it larger or leave it out"
            )


def _network(design: Design) -> Network:
    match design.root:
        case Dot():
            return dot_network(design.root, design.shells)
        case Stack():
            return rod_network(design.root)
        case BranchPoint():
            return branch_network(design.root)


def _numbers(names: tuple[str, ...], owner: NDArray[Any], cation: NDArray[Any]) -> NDArray[Any]:
    from ase.data import atomic_numbers

    compounds = [materials.compound(name) for name in names]
    table = np.array([[atomic_numbers[entry.anion], atomic_numbers[entry.cation]] for entry in compounds])
    return table[owner, cation.astype(int)]


def _phase(bonds: Bonds) -> NDArray[Any]:
    """Wurtzite where one of an atom's bonds is eclipsed; a surface atom that lost it asks its neighbours."""
    own: NDArray[Any] = bonds.eclipsed.max(axis=1)
    missing = bonds.neighbours == NO_ATOM
    asked = np.where(missing, False, own[bonds.neighbours])
    most = 2 * asked.sum(axis=1) > (~missing).sum(axis=1)
    return np.where(own | (missing.any(axis=1) & most), WURTZITE, ZINC_BLENDE)
