"""The verb of the structure stage: from a design to atoms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.design import design_hash
from epidot.design.design import BranchPoint, Design, Dimer, Dot, Imported, Platelet, Stack
from epidot.errors import InputError, InternalError
from epidot.structure.assembly import Assembly, Network
from epidot.structure.bonds import Bonds, bond_table, links
from epidot.structure.branch import put_root
from epidot.structure.collisions import bond_of_sites, check_apart
from epidot.structure.dimer import put_dimer
from epidot.structure.dot import put_dot
from epidot.structure.dress import dressed
from epidot.structure.grading import softened
from epidot.structure.imported import import_file
from epidot.structure.occupation import compounds, species
from epidot.structure.platelet import put_platelet
from epidot.structure.rod import put_rod
from epidot.structure.seam import mended
from epidot.structure.structure import NO_ATOM, WURTZITE, ZINC_BLENDE, Structure
from epidot.structure.surface import shaped

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
    if isinstance(design.root, Imported):
        return dressed(_read(design, design.root), design)
    network = _network(design)
    sites = network.sites
    standing = np.ones(len(sites.position), dtype=np.bool_)
    if network.seam:
        found, standing = mended(sites, links(sites))
    else:
        found = links(sites, network.start, bond_of_sites(network))
        check_apart(network, found)
    if not isinstance(design.root, Dot):
        network = softened(network, found.table, design.shells)
    table = np.where(standing[:, None], found.table, NO_ATOM)
    alive = shaped(sites, table, design.surface, design.defects, design.seed)
    _check_joined(network, alive)
    _check_count(network, alive)
    structure = _packed(design, network, bond_table(sites, table, alive), alive)
    return dressed(structure, design, network.tips)


def _read(design: Design, root: Imported) -> Structure:
    found = import_file(root.file)
    kept = len(found.structure.numbers) + len(found.structure.attached_numbers)
    left_out = {"hydrogens": found.hydrogens, "pruned": found.pruned}
    entry = {"asked": float(kept + sum(left_out.values())), "realised": float(kept)}
    return replace(
        found.structure,
        design_hash=design_hash(design),
        realised={"root.file": entry | {key: float(count) for key, count in left_out.items()}},
    )


def _packed(design: Design, network: Network, bonds: Bonds, alive: NDArray[Any]) -> Structure:
    atoms = species(network, design.seed, alive)
    names, owner = compounds(atoms, bonds.neighbours, network.labels)
    return Structure(
        positions=network.start[alive],
        numbers=atoms.numbers,
        neighbours=bonds.neighbours,
        bond_directions=bonds.directions,
        eclipsed=bonds.eclipsed,
        cation=atoms.cation,
        material=owner,
        segment=network.segment[alive],
        phase=phases(bonds.neighbours, bonds.eclipsed),
        materials=names,
        segments=network.segments,
        segment_materials=network.segment_materials,
        paths=network.paths,
        realised=network.realised,
        design_hash=design_hash(design),
        limbs=network.limbs,
    )


def _network(design: Design) -> Network:
    assembly = Assembly(design)
    match design.root:
        case Dot():
            put_dot(design, design.root, assembly)
        case Stack():
            put_rod(design, design.root, assembly)
        case BranchPoint():
            put_root(design, design.root, assembly)
        case Platelet():
            put_platelet(design, design.root, assembly)
        case Dimer():
            put_dimer(design, design.root, assembly)
        case Imported():
            raise InternalError("an imported particle has no site network")
    return assembly.network()


def _check_joined(network: Network, alive: NDArray[Any]) -> None:
    if network.seam and len(np.unique(network.part[alive])) < len(network.parts):
        rule = "leaves no bond between the two dots: their lattices do not meet there"
        cure = "Choose another twist or tilt (0 deg continues the crystal), or a wider neck"
        raise InputError("root.twist", "the misorientation", rule, cure)


def _check_count(network: Network, alive: NDArray[Any]) -> None:
    if alive.sum() < FEWEST_ATOMS:
        rule = f"the particle has fewer than {FEWEST_ATOMS} atoms"
        raise InputError("root", f"{int(alive.sum())} atoms", rule, "Make it larger")
    count = np.bincount(network.segment[alive], minlength=len(network.segments))
    for name, material, atoms in zip(network.segments, network.segment_materials, count, strict=True):
        if atoms == 0:
            cure = "Make it larger or leave it out"
            raise InputError(f"segment {name}", f"{material}, 0 atoms", "is too thin to hold an atom", cure)


def phases(neighbours: NDArray[Any], eclipsed: NDArray[Any]) -> NDArray[Any]:
    """Phase of each atom (atom,), `ZINC_BLENDE` or `WURTZITE`.

    Wurtzite where one of an atom's bonds is eclipsed; a surface atom that lost it asks its neighbours.
    """
    own: NDArray[Any] = eclipsed.max(axis=1)
    missing = neighbours == NO_ATOM
    asked = np.where(missing, False, own[neighbours])
    most = 2 * asked.sum(axis=1) > (~missing).sum(axis=1)
    return np.where(own | (missing.any(axis=1) & most), WURTZITE, ZINC_BLENDE)
