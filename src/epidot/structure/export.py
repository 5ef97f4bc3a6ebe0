"""Atoms as files that other programs read, through ASE."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.records import whole
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
) -> Any:
    """The particle as `ase.Atoms` (Å) with per-atom arrays.

    Parameters
    ----------
    structure : what to convert.
    positions : (atom, 3) Å to use instead of the start positions.
    columns : further per-atom arrays by name.
    """
    from ase import Atoms

    atoms = Atoms(
        numbers=structure.numbers, positions=structure.positions if positions is None else positions
    )
    atoms.set_array("segment", structure.segment.astype(np.int32))
    atoms.set_array("material", structure.material.astype(np.int32))
    atoms.set_array("phase", structure.phase.astype(np.int32))
    atoms.set_array("coordination", coordination(structure).astype(np.int32))
    for name, values in (columns or {}).items():
        atoms.set_array(name, np.asarray(values))
    atoms.info.update(segments=" ".join(structure.segments), materials=" ".join(structure.materials))
    return atoms


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
) -> Path:
    """Write the particle; the ending of the name chooses the format. The file appears whole or not at all.

    Raises
    ------
    InputError
        Unknown ending, too many atoms for the format, or a folder that cannot be written.
    """
    from ase.io import write

    path = Path(path)
    kind = check_format(path)
    atoms = to_ase(structure, positions, columns)
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
