"""Atoms as files that other programs read, through ASE."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.records import whole
from epidot.structure.attached import attached_positions
from epidot.structure.inspect import coordination
from epidot.structure.structure import Structure

FORMATS: Final = {
    ".extxyz": "extxyz",
    ".xyz": "xyz",
    ".cif": "cif",
    ".pdb": "proteindatabank",
    ".lammps": "lammps-data",
    ".lmp": "lammps-data",
    ".data": "lammps-data",
}
PDB_LIMIT: Final = 99_999
PADDING: Final = 10.0
"""Å of vacuum around the particle in formats that need a cell."""


def to_ase(
    structure: Structure,
    positions: NDArray[Any] | None = None,
    columns: Mapping[str, NDArray[Any]] | None = None,
    *,
    attached: bool = True,
) -> Any:
    """The particle as `ase.Atoms` (Å) with per-atom arrays.

    Parameters
    ----------
    structure : what to convert.
    positions : (atom, 3) Å to use instead of the start positions.
    columns : further per-atom arrays by name, over the atoms of the network.
    attached : whether metal tips and ligands follow the atoms of the network.

    Returns
    -------
    ase.Atoms
        Attached atoms have moved as their anchors have; segment, material, phase and coordination of
        them are −1, further columns NaN (−1 if integer). The array ``attached`` then numbers their
        groups from 1, with 0 for the network, and ``info["attached_groups"]`` names them as JSON.
    """
    from ase import Atoms

    places = structure.positions if positions is None else positions
    own = {
        "segment": structure.segment.astype(np.int32),
        "material": structure.material.astype(np.int32),
        "phase": structure.phase.astype(np.int32),
        "coordination": coordination(structure).astype(np.int32),
        **{name: np.asarray(values) for name, values in (columns or {}).items()},
    }
    beside = len(structure.attached_numbers) if attached else 0
    if beside:
        numbers = np.concatenate([structure.numbers, structure.attached_numbers])
        atoms = Atoms(
            numbers=numbers, positions=np.concatenate([places, attached_positions(structure, places)])
        )
        own["attached"] = np.zeros(len(places), dtype=np.int32)
    else:
        atoms = Atoms(numbers=structure.numbers, positions=places)
    for name, values in own.items():
        atoms.set_array(name, _padded(values, beside))
    atoms.info.update(segments=" ".join(structure.segments), materials=" ".join(structure.materials))
    if beside:
        atoms.arrays["attached"][-beside:] = structure.attached_group + 1
        atoms.info["attached_groups"] = json.dumps(structure.attached_groups)
    return atoms


def _padded(values: NDArray[Any], count: int) -> NDArray[Any]:
    """The values with `count` more rows that say "none": NaN, or −1 where they are integers."""
    if count == 0:
        return values
    none = np.nan if np.issubdtype(values.dtype, np.floating) else -1
    return np.concatenate([values, np.full((count, *values.shape[1:]), none, dtype=values.dtype)])


def check_format(path: Path) -> str:
    """The ASE format of a file name. Raises `InputError` with the endings that exist."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise InputError(
            "output",
            path.name,
            "has an ending that is no structure format",
            f"Use one of {', '.join(FORMATS)}",
        ) from None


def export(
    structure: Structure,
    path: Path | str,
    positions: NDArray[Any] | None = None,
    columns: Mapping[str, NDArray[Any]] | None = None,
    *,
    attached: bool = True,
) -> Path:
    """Write the particle; the ending of the name chooses the format. The file appears whole or not at all.

    Metal tips and ligands are left out with ``attached=False`` (see `to_ase`).

    Raises
    ------
    InputError
        Unknown ending, too many atoms for the format, or a folder that cannot be written.
    """
    from ase.io import write

    path = Path(path)
    kind = check_format(path)
    atoms = to_ase(structure, positions, columns, attached=attached)
    if kind == "proteindatabank" and len(atoms) > PDB_LIMIT:
        raise InputError(
            "output",
            path.name,
            f"PDB numbers at most {PDB_LIMIT} atoms, this has {len(atoms)}",
            "Use .extxyz",
        )
    if kind in ("cif", "lammps-data", "proteindatabank"):
        atoms.center(vacuum=PADDING)
    options: dict[str, Any] = {"masses": True} if kind == "lammps-data" else {}
    try:
        with whole(path) as partial:
            write(partial, atoms, format=kind, **options)
    except OSError as error:
        raise InputError(
            "output", path, f"cannot be written ({error.strerror})", "Choose another folder"
        ) from error
    return path
