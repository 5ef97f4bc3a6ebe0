"""Atoms out of files that other programs write, through ASE."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import Any, Final

from epidot.errors import InputError
from epidot.structure.export import FORMATS

MOST_SITES: Final = 2000
"""Sites of a CIF with symmetry. ASE compares every site with every other; particles have no symmetry."""


def read_file(path: Path | str) -> Any:
    """The last structure in a file, as `ase.Atoms`; the ending of the name tells the format.

    Raises
    ------
    InputError
        Unknown ending, a file that cannot be opened, is no such format, is cut short or does not
        say which elements its atoms are.
    """
    path = Path(path)
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        rule = "has an ending that is no structure format"
        raise InputError("file", path.name, rule, f"Use one of {', '.join(FORMATS)}")
    text = _text(path)
    try:
        with warnings.catch_warnings():
            # What ASE finds odd and reads anyway is judged by the atoms that come of it.
            warnings.simplefilter("ignore")
            return _parse(path.name, kind, text)
    except InputError:
        raise
    except Exception as error:
        # ASE's readers raise whatever their lines of code happen to: there is no list of it.
        reason = f"{type(error).__name__}: {error}"[:160]
        raise InputError(
            "file",
            path.name,
            f"cannot be read as {kind} ({reason})",
            "Open it in the program that wrote it and save it again, best as .extxyz",
        ) from error


def _text(path: Path) -> str:
    try:
        # Comments may be in any encoding; symbols and numbers are ASCII.
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            "file", path, f"cannot be opened ({error.strerror})", "Give the path of a file"
        ) from error


def _parse(name: str, kind: str, text: str) -> Any:
    from ase.io import read

    if kind in ("xyz", "extxyz"):
        return read(io.StringIO(_last_frame(name, text)), format="extxyz")
    if kind == "cif":
        return _from_cif(name, text)
    if kind == "lammps-data":
        _check_lammps(name, text)
        return read(io.StringIO(text), format=kind)
    atoms: Any = read(io.StringIO(text), format=kind, index=-1)
    # A cell of 1 Å is how PDB files say that there is none.
    if atoms.cell.lengths().max() <= 1.0:
        atoms.pbc = False
    return atoms


def _last_frame(name: str, text: str) -> str:
    """The last frame of an XYZ file, plain ones brought to four columns."""
    lines = text.splitlines()
    start, count, following = 0, 0, 0
    while following < len(lines) and lines[following].strip():
        start, first = following, lines[following].strip()
        if not re.fullmatch(r"[0-9]{1,12}", first) or int(first) == 0:
            raise InputError(
                "file",
                name,
                f"must give the number of atoms in line {start + 1}, not {first[:40]!r}",
                "Check that it is an XYZ file",
            )
        count = int(first)
        following = start + 2 + count
        if following > len(lines):
            raise InputError(
                "file",
                name,
                f"is cut short: {count} atoms announced in line {start + 1}, "
                f"{max(len(lines) - start - 2, 0)} lines follow",
                "Write or copy it again",
            )
    if count == 0:
        raise InputError("file", name, "holds no atoms", "Give a file with atoms")
    comment, rows = lines[start + 1], lines[start + 2 : following]
    if "Properties=" not in comment:
        # Free text must not be taken for settings, and plain XYZ may have further columns.
        comment = comment if "Lattice=" in comment else ""
        rows = [" ".join(row.split()[:4]) for row in rows]
    return "\n".join([str(count), comment, *rows, ""])


def _from_cif(name: str, text: str) -> Any:
    from ase.io.cif import parse_cif

    blocks = [block for block in parse_cif(io.StringIO(text)) if block.has_structure()]
    if not blocks:
        raise InputError("file", name, "holds no atoms", "Give a file with atoms")
    block = blocks[-1]
    atoms = block.get_unsymmetrized_structure()
    if block.get_cell().rank < 3:
        return atoms
    atoms.pbc = True
    if block.get_spacegroup(True).no == 1:
        return atoms
    if len(atoms) > MOST_SITES:
        rule = f"has {len(atoms)} sites and a space group other than P 1"
        raise InputError("file", name, rule, "Write all atoms, in P 1")
    return block.get_atoms()


def _check_lammps(name: str, text: str) -> None:
    head = re.search(r"^\s*(\d{1,18})\s+atoms\b", text, re.MULTILINE)
    lines = text.count("\n") + 1
    if head and int(head[1]) > lines:
        rule = f"is cut short: {int(head[1])} atoms announced, {lines} lines in all"
        raise InputError("file", name, rule, "Write or copy it again")
    if not re.search(r"^\s*(Masses|Atom\s+Type\s+Labels)\b", text, re.MULTILINE):
        raise InputError(
            "file",
            name,
            "numbers the types of its atoms but gives no masses, so their elements are unknown",
            "Write it with a Masses section, or as .extxyz",
        )
