"""How a run is computed: the numerical choices, apart from the design."""

from __future__ import annotations

import dataclasses
import difflib
import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from epidot.errors import InputError
from epidot.excitons import PairMethod
from epidot.hamiltonian.envelope import EnvelopeMethod
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.materials import SET_ENDINGS, read_set
from epidot.observables import Light
from epidot.relaxation import ForceField
from epidot.states import Solver

LEVELS = ("atomistic", "envelope")
_ENVELOPE = {"electrons": 6, "holes": 12}
"""Numbers of states at the envelope level, where nothing else is asked for."""


@dataclass(frozen=True)
class Method:
    """Every choice that changes a number but not the particle; hashed with the run."""

    level: str = "atomistic"
    electrons: int = 8
    """Electron states, Kramers partners counted."""
    holes: int = 32
    force_field: ForceField = field(default_factory=ForceField)
    tight_binding: TightBindingMethod = field(default_factory=TightBindingMethod)
    envelope: EnvelopeMethod = field(default_factory=EnvelopeMethod)
    solver: Solver = field(default_factory=Solver)
    pairs: PairMethod = field(default_factory=PairMethod)
    light: Light = field(default_factory=Light)

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise InputError(
                "level", self.level, f"must be one of {', '.join(LEVELS)}", "Leave it out for atomistic"
            )
        for name, count in (("electrons", self.electrons), ("holes", self.holes)):
            if count < 2 or count % 2:
                raise InputError(
                    name, count, "must be an even number of at least 2", "States come in Kramers pairs"
                )


def to_dict(method: Method) -> dict[str, Any]:
    """Plain data, as written to ``provenance.json``; a parameter set from a file stands there whole."""
    plain = dataclasses.asdict(method)
    given = method.tight_binding.parameters
    if not isinstance(given, str):
        whole = {"name": given.name, "content": json.loads(given.content)}
        plain["tight_binding"]["parameters"] = whole
    return plain


def read_method(path: Path | None, overrides: Mapping[str, Any] | None = None) -> Method:
    """Read a YAML method file; `overrides` that are not None win over it.

    ``tight_binding: {parameters: FILE.yaml}`` takes the set from that file, relative to the method file.

    Raises
    ------
    InputError
        Missing file, bad YAML, unknown key (with the keys that exist), value of a wrong kind.
    """
    import yaml

    plain: Any = {}
    if path is not None:
        try:
            plain = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = str(error).replace("\n", " ")
            raise InputError("method", path, f"cannot be read: {reason}", "Give a YAML file") from error
    chosen = {key: value for key, value in (overrides or {}).items() if value is not None}
    if isinstance(plain, dict) and chosen.get("level", plain.get("level")) == "envelope":
        plain = {"level": "envelope", **_ENVELOPE, **plain}
    found = _with_set(_from_plain(Method, plain, "method"), path)
    return dataclasses.replace(found, **chosen)


def _with_set(method: Method, path: Path | None) -> Method:
    """The parameter set read if the method names a file, relative to its own."""
    named = method.tight_binding.parameters
    if path is None or not isinstance(named, str) or Path(named).suffix not in SET_ENDINGS:
        return method
    found = dataclasses.replace(method.tight_binding, parameters=read_set(path.parent / named))
    return dataclasses.replace(method, tight_binding=found)


def _from_plain(cls: type[Any], plain: Any, path: str) -> Any:
    if not isinstance(plain, dict):
        raise InputError(path, plain, "must be a table of keys and values", "Write key: value lines")
    kinds = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]
    values: dict[str, Any] = {}
    for key, value in typing.cast("dict[Any, Any]", plain).items():
        if key not in names:
            near = difflib.get_close_matches(str(key), names, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise InputError(f"{path}.{key}", value, "is not a key here", f"{hint}Keys: {', '.join(names)}")
        values[key] = _value(kinds[key], value, f"{path}.{key}")
    return cls(**values)


def _value(kind: Any, value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _from_plain(typing.cast("type[Any]", kind), value, path)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            choices = ", ".join(map(str, get_args(kind)))
            raise InputError(path, value, f"must be one of {choices}", "Choose one of them")
        return value
    options = get_args(kind) or (kind,)
    if float in options and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, options) or (isinstance(value, bool) and bool not in options):
        wanted = " or ".join(getattr(option, "__name__", str(option)) for option in options)
        raise InputError(path, value, f"must be {wanted}", "Correct the value")
    return value


def canonical(value: Any) -> str:
    """Canonical JSON of plain data or a method value, for hashing."""
    plain = (
        dataclasses.asdict(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type)
        else value
    )
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)
