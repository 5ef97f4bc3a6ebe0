"""Structures made elsewhere: atoms from ASE, OVITO, Nano-CAT or any builder become a `Structure`.

The network is read off the positions (`recognised`). Ideal tetrahedra are fitted to the bonds of each atom;
from them come missing bonds, eclipsed bonds and phases (`tetrahedra`). Segments are connected regions of one
composition (`regions`), unless the file is one of ours and names them. Ligands and metal become attached
atoms; hydrogen on a dangling bond is left out, because the electronic problem closes the bond itself. Axes
are those of the file; the origin is the mean position.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.structure.atom_files import read_file
from epidot.structure.attachments import groups
from epidot.structure.carried_over import carried_groups, carried_segments
from epidot.structure.recognised import Recognised, recognised
from epidot.structure.regions import Regions, compounds, regions
from epidot.structure.structure import Structure
from epidot.structure.tetrahedra import eclipsed_bonds, ideal_bonds, neighbour_table, phases

Array = NDArray[Any]

_TUBE: Final = 6.0
"""Å around an axis within which the ends of the particle are looked for: about two rows of atoms."""
_LONGER: Final = 1.2
"""Ratio of the two largest principal moments from which on one axis is the longest."""


@final
@dataclass(frozen=True, eq=False)
class Imported:
    """An imported structure and what was done to get it."""

    structure: Structure
    hydrogens: int
    """Passivating hydrogens left out."""
    pruned: int
    """Cations and anions left out because they have fewer than two bonds."""
    segments_from_file: bool
    """Whether the file named the segments; else they were found by composition."""


def read_atoms(path: Path | str) -> Structure:
    """The structure in a file: the last one if there are several. See `import_file`.

    Raises
    ------
    InputError
        The file cannot be read, or its atoms are no particle of known compounds.
    """
    return import_file(path).structure


def from_ase(atoms: Any, name: str) -> Structure:
    """The structure that an `ase.Atoms` holds. See `import_atoms`. Raises `InputError`."""
    return import_atoms(atoms, name).structure


def import_file(path: Path | str) -> Imported:
    """The structure in a file, and what was left out. Raises `InputError`; see `import_atoms`."""
    return import_atoms(read_file(path), Path(path).name)


def import_atoms(atoms: Any, name: str) -> Imported:
    """Make a structure of atoms.

    Parameters
    ----------
    atoms : `ase.Atoms`, positions in Å; in free space, or in a periodic box, whole or cut by its faces.
    name : what messages call them, e.g. the name of the file.

    Returns
    -------
    Imported
        Atoms of the network in their order; `design_hash` is a SHA-256 of the content.

    Raises
    ------
    InputError
        Unknown elements, no known compound, overlapping atoms, a network that is not four-coordinated or
        goes on for ever, several particles, too few atoms, ligands bound to nothing.
    """
    found = recognised(atoms, name)
    kept = np.flatnonzero(found.network)
    numbers, cation = found.numbers[kept], found.species.cation[kept]
    neighbours = _neighbours(found, kept)
    own = carried_segments(atoms, kept, numbers, cation)
    if own is None:
        segments = regions(found.positions[kept], neighbours, numbers, cation)
        owner = compounds(neighbours, numbers, cation)
    else:
        segments, owner = own[0], own[1:]
    return Imported(
        structure=_structure(found, neighbours, segments, owner, _groups(atoms, found)),
        hydrogens=found.hydrogens,
        pruned=found.pruned,
        segments_from_file=own is not None,
    )


def _place(found: Recognised, atoms: Array) -> Array:
    """Indices within the network of indices of the file."""
    return (np.cumsum(found.network) - 1)[atoms]


def _neighbours(found: Recognised, kept: Array) -> Array:
    first, second = _place(found, found.bonds.first), _place(found, found.bonds.second)
    return neighbour_table(first, second, len(kept))


def _groups(atoms: Any, found: Recognised) -> tuple[Array, tuple[str, ...]]:
    own = carried_groups(atoms, found.attached)
    return own or groups(found.numbers[found.attached], found.species.metal[found.attached])


def _structure(
    found: Recognised,
    neighbours: Array,
    segments: Regions,
    owner: tuple[Array, tuple[str, ...]],
    group: tuple[Array, tuple[str, ...]],
) -> Structure:
    positions = found.positions[found.network]
    ideal = ideal_bonds(positions, neighbours)
    eclipsed = eclipsed_bonds(positions, neighbours, ideal)
    return Structure(
        positions=positions,
        numbers=found.numbers[found.network],
        neighbours=neighbours,
        bond_directions=ideal,
        eclipsed=eclipsed,
        cation=found.species.cation[found.network],
        material=owner[0],
        segment=segments.segment,
        phase=phases(neighbours, eclipsed),
        materials=owner[1],
        segments=segments.names,
        segment_materials=segments.labels,
        paths=(_longest_axis(positions),),
        realised={},
        design_hash=_content_hash(found, segments),
        attached_positions=found.positions[found.attached],
        attached_numbers=found.numbers[found.attached],
        attached_anchor=_place(found, found.anchors),
        attached_group=group[0],
        attached_groups=group[1],
    )


def _longest_axis(positions: Array) -> tuple[str, tuple[tuple[float, float, float], ...]]:
    """A line through the middle along the longest principal axis, from one end of the particle to the other.

    Where no axis is longest, as in a sphere or a tetrapod, it points to what is farthest out.
    """
    moments, axes = np.linalg.eigh(positions.T @ positions)
    axis = axes[:, 2]
    if moments[2] < _LONGER * moments[1]:
        far = positions[np.square(positions).sum(axis=1).argmax()]
        axis = positions[np.linalg.norm(positions - far, axis=1) < 2.0 * _TUBE].mean(axis=0)
        axis = axis / np.linalg.norm(axis)
    along = positions @ axis
    near = np.linalg.norm(positions - along[:, None] * axis, axis=1) < _TUBE
    along = along[near] if near.any() else along
    first, last = ((float(x), float(y), float(z)) for x, y, z in (along.min() * axis, along.max() * axis))
    return ("longest axis", (first, last))


def _content_hash(found: Recognised, segments: Regions) -> str:
    """SHA-256 over what later stages see: species, positions on a grid of 1e-4 Å, segments."""
    order = np.concatenate([np.flatnonzero(found.network), found.attached])
    digest = hashlib.sha256(json.dumps([segments.names, segments.labels]).encode())
    for values in (found.numbers[order], np.rint(1e4 * found.positions[order]), segments.segment):
        digest.update(np.ascontiguousarray(values, dtype="<i8").data)
    return digest.hexdigest()
