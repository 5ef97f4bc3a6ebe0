"""What the person gives: a design file, or a structure file, which becomes a design of its own."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

from epidot.design import from_dict, load
from epidot.design.design import SCHEMA, Design, Imported
from epidot.errors import InputError
from epidot.records import whole
from epidot.structure.export import FORMATS

_LONGEST_NAME: Final = 200


def given(path: Path | str) -> Design:
    """The design in a file, or the design that imports the structure in a file.

    The ending tells which: those of `epidot.structure.export.FORMATS` are structures.

    Raises
    ------
    InputError
        A file that cannot be read or holds no design. What is wrong with atoms is found when the particle
        is built.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        return load(path)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no such file"
        raise InputError(str(path), what, "must be a structure file", "Check the name")
    name = "".join(letter for letter in path.stem if letter.isprintable())[:_LONGEST_NAME].strip()
    root = {"kind": "imported", "file": str(path)}
    return from_dict({"schema": SCHEMA, "name": name or "imported particle", "root": root}, str(path))


def portable(design: Design) -> Design:
    """The design as the folder of a run holds it: what it imports lies beside it, under a plain name."""
    root = design.root
    if not isinstance(root, Imported):
        return design
    beside = root.model_copy(update={"file": f"imported{Path(root.file).suffix.lower()}"})
    return design.model_copy(update={"root": beside})


def enclosed(design: Design, folder: Path) -> Path | None:
    """The copy in `folder` of the structure that a design imports, made if need be; None for other designs.

    Raises
    ------
    InputError
        The file is no longer the one that the design was read with.
    """
    own = portable(design).root
    if not isinstance(own, Imported) or not isinstance(design.root, Imported):
        return None
    copy = folder / own.file
    if copy.is_file() and _digest(copy) == own.sha256:
        return copy
    if _digest(Path(design.root.file)) != own.sha256:
        rule = "has changed since the design was read"
        raise InputError("root.file", design.root.file, rule, "Run again")
    with whole(copy) as partial:
        shutil.copyfile(design.root.file, partial)
    return copy


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
