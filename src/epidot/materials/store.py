"""Reads the package data once and finds entries by name.

Every number of the files is a mapping ``{value, unit, source, confidence}`` with optional
``note``, ``temperature`` (K, 300 where absent) and ``quoted`` (lowest and highest published value);
``source`` is a key of the ``sources`` of the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from epidot.errors import InputError
from epidot.materials.parameter import Parameter

V = TypeVar("V")


@cache
def read(file: str) -> Any:
    """Parsed YAML of ``data/<file>.yaml``; the compiled loader where PyYAML has it (ten times faster)."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (Path(__file__).parent / "data" / f"{file}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)


def parameter(entry: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> Parameter:
    """One number of a file, its source written out."""
    source = sources[entry["source"]]
    quoted = entry.get("quoted")
    return Parameter(
        value=float(entry["value"]),
        unit=entry["unit"],
        source=source["source"],
        where=source["where"],
        confidence=entry["confidence"],
        note=entry.get("note", ""),
        temperature=float(entry.get("temperature", 300.0)),
        quoted=None if quoted is None else (float(quoted[0]), float(quoted[1])),
    )


def parameters(
    entries: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Parameter]:
    """A block of numbers, read-only."""
    return MappingProxyType({key: parameter(entry, sources) for key, entry in entries.items()})


def choose(table: Mapping[str, V], key: str, name: str, what: str) -> V:
    """Entry `key` of `table`.

    Parameters
    ----------
    name : how the error names the argument.
    what : plural noun for the entries, e.g. "compounds".

    Raises
    ------
    InputError
        Not there; the message lists what exists and the nearest name.
    """
    if key in table:
        return table[key]
    lower = {known.lower(): known for known in table}
    near = difflib.get_close_matches(str(key).lower(), lower, n=1, cutoff=0.5)
    hint = f"Did you mean {lower[near[0]]}? " if near else ""
    raise InputError(name, key, f"is not among the {what}", f"{hint}There are: {', '.join(table)}")
