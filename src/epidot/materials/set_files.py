"""Tight-binding sets from files of your own: the keys of ``data/sets/*.yaml``, checked one by one.

What the numbers make of a crystal is checked where there are bands: `hamiltonian.tight_binding.check`.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from epidot.errors import InputError
from epidot.materials.compounds import names
from epidot.materials.store import read
from epidot.materials.tight_binding import LATTICES, ParameterSet

SET_ENDINGS: Final = (".yaml", ".yml")
BASES: Final = ("sp3s*", "sp3d5s*")
_ONLY_D: Final = (
    "Eda Edc V_SS V_saSc V_Sasc V_sadc V_dasc V_Sadc V_daSc V_pads V_dapcs V_padp V_dapcp V_dds V_ddp V_ddd"
).split()
_CONFIDENCES: Final = ("high", "medium", "low")

Check = Callable[[Any, str], None]


def read_set(path: Path | str) -> ParameterSet:
    """The set in a file, called by the file's name.

    Raises
    ------
    InputError
        A file that cannot be read, a key that is missing or unknown, a value that is no finite number; the
        message names the place.
    """
    path = Path(path)
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).replace("\n", " ")
        cure = "Give a YAML file with the keys of a packaged set"
        raise InputError("set", path, f"cannot be read: {reason}", cure) from error
    _whole(plain, path.name)
    return ParameterSet(path.name, json.dumps(plain, sort_keys=True, ensure_ascii=False))


def _whole(plain: Any, name: str) -> None:
    keys = {"basis": _among(BASES), "temperature": _not_negative, "source": _text, "compounds": _mapping}
    _table(plain, name, keys, {"where": _text})
    if not plain["compounds"]:
        raise InputError(
            f"{name}: compounds", "none", "must hold a compound", f"There are: {', '.join(names())}"
        )
    for compound, entry in plain["compounds"].items():
        place = f"{name}: compounds.{compound}"
        if compound not in names():
            raise InputError(
                place, compound, "is no compound of the table", f"There are: {', '.join(names())}"
            )
        _compound(entry, place, plain["basis"])


def _compound(entry: Any, name: str, basis: str) -> None:
    labels = read("quantities")
    two_centre = [key for key in labels["two_centre"] if basis == "sp3d5s*" or key not in _ONLY_D]
    keys: dict[str, Check] = {
        "confidence": _among(_CONFIDENCES),
        "a_ref": _positive,
        "vbm_scale": _number,
        "two_centre": _numbers(two_centre, two_centre),
    }
    figures = _numbers((), labels["computed"])
    _table(entry, name, keys, {"targets": figures, "computed": figures, "wurtzite": _wurtzite})


def _wurtzite(value: Any, name: str) -> None:
    _table(value, name, {}, {"confidence": _among(_CONFIDENCES), **dict.fromkeys(LATTICES, _lattice)})


def _lattice(value: Any, name: str) -> None:
    labels = read("quantities")
    terms = _numbers(labels["polytype"], labels["polytype"])
    _table(value, name, {"terms": terms}, {"computed": _numbers((), labels["polytype_computed"])})


def _table(value: Any, name: str, required: Mapping[str, Check], optional: Mapping[str, Check]) -> None:
    _mapping(value, name)
    known = {**required, **optional}
    separator = "." if ":" in name else ": "
    for key in value:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            cure = f"{hint}Keys: {', '.join(known)}"
            raise InputError(f"{name}{separator}{key}", value[key], "is not a key here", cure)
    missing = [key for key in required if key not in value]
    if missing:
        raise InputError(
            name, f"without {', '.join(missing)}", "must have all keys of a set", "Add what is missing"
        )
    for key, entry in value.items():
        known[key](entry, f"{name}{separator}{key}")


def _numbers(required: Any, allowed: Any) -> Check:
    def check(value: Any, name: str) -> None:
        _table(value, name, dict.fromkeys(required, _number), dict.fromkeys(allowed, _number))

    return check


def _mapping(value: Any, name: str) -> None:
    if not isinstance(value, dict):
        raise InputError(name, value, "must be a table of keys and values", "Write key: value lines")


def _number(value: Any, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(name, value, "must be a finite number", "Correct the value")


def _positive(value: Any, name: str) -> None:
    _number(value, name)
    if value <= 0.0:
        raise InputError(name, value, "must be positive", "Correct the value")


def _not_negative(value: Any, name: str) -> None:
    _number(value, name)
    if value < 0.0:
        raise InputError(name, value, "must not be negative (K)", "Correct the value")


def _text(value: Any, name: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InputError(name, value, "must be a text", "Say where the numbers come from")


def _among(choices: tuple[str, ...]) -> Check:
    def check(value: Any, name: str) -> None:
        if value not in choices:
            raise InputError(name, cast("str", value), f"must be one of {', '.join(choices)}", "Choose one")

    return check
