"""YAML to Design. Every fault of a file is an `InputError` that names path, line, value, rule and cure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from epidot.design.check import faults
from epidot.design.design import SCHEMA, Design, Imported
from epidot.design.explain import explain
from epidot.design.problems import Place, Problem, error, show
from epidot.design.source import MAX_BYTES, parse_yaml
from epidot.errors import InputError

_BLANK: Final = "epidot new tetrapod writes a design to start from"


def load(path: str | Path) -> Design:
    """The design in a YAML file.

    Raises
    ------
    InputError
        The file cannot be read, is not YAML, or is not a design: all its faults in one message.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as problem:
        raise InputError(str(path), "no such file", "must be a design file", _BLANK) from problem
    except IsADirectoryError as problem:
        raise InputError(str(path), "a folder", "must be a design file", "Name a file in it") from problem
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InputError(str(path), reason, "must be readable", "Check name and permissions") from problem
    if len(raw) > MAX_BYTES:
        raise InputError(str(path), "a long file", f"must be at most {MAX_BYTES} bytes", "Is this a design?")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        rule = f"must be UTF-8 text (byte {problem.start} is not)"
        raise InputError(str(path), "this file", rule, "Save it as UTF-8 text") from problem
    found = parse_yaml(text, str(path))
    return _design(found.data, found.lines, str(path), found.problems, place.parent)


def loads(text: str, source: str = "design") -> Design:
    """The design in a YAML (or JSON) text; `source` is what errors call it. Raises `InputError`."""
    found = parse_yaml(text, source)
    return _design(found.data, found.lines, source, found.problems)


def from_dict(data: Mapping[str, Any], source: str = "design") -> Design:
    """The design in plain data, e.g. decoded JSON: lengths are strings with unit. Raises `InputError`."""
    return _design(data, {}, source, ())


def _design(
    data: Any, lines: Mapping[Place, int], source: str, already: tuple[Problem, ...], folder: Path = Path()
) -> Design:
    if data is None and not already:
        raise InputError(source, "an empty file", "must hold a design", _BLANK)
    if not isinstance(data, Mapping):
        raise InputError(source, show(data), "must hold keys and values (schema, name, root)", _BLANK)
    given = data.get("schema")
    if isinstance(given, str) and given != SCHEMA:
        _refuse_version(given, lines, source)
    try:
        design = Design.model_validate(data)
    except ValidationError as problem:
        known = {entry.place for entry in already}
        fresh = [entry for entry in explain(problem) if entry.place not in known]
        raise error([*already, *fresh], lines, source) from None
    problems = [*already, *faults(design)]
    if problems:
        raise error(problems, lines, source)
    return _with_digest(design, folder)


def _with_digest(design: Design, folder: Path) -> Design:
    """An imported root with the path of its file seen from here and the SHA-256 of its bytes."""
    root = design.root
    if not isinstance(root, Imported):
        return design
    file = folder / root.file
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise InputError("root.file", root.file, f"cannot be read ({reason})", "Check the name") from problem
    if root.sha256 is not None and root.sha256 != digest:
        rule = "is not the hash of this file: it has changed since the design was written"
        raise InputError("root.sha256", root.sha256, rule, "Remove the key or restore the file")
    return design.model_copy(update={"root": root.model_copy(update={"file": str(file), "sha256": digest})})


def _refuse_version(given: str, lines: Mapping[Place, int], source: str) -> None:
    # Other faults would only be noise: this program does not know what that version means.
    cure = f"Write schema: {SCHEMA}, or use the version of Epidot that the file was made for"
    raise error([Problem(("schema",), show(given), f"must be {SCHEMA}", cure)], lines, source)
