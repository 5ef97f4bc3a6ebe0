"""What pydantic found wrong with a design, in our words: place, value, rule and cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from epidot.design.design import (
    SCHEMA,
    Arm,
    BranchPoint,
    Core,
    CrossSection,
    Design,
    Dot,
    Environment,
    Junction,
    RodCore,
    Segment,
    Shell,
    Stack,
    Surface,
    closest,
    near,
)
from epidot.design.problems import Place, Problem, show

_NOUNS: Final[dict[type[BaseModel], str]] = {
    Design: "a design",
    Dot: "a dot",
    Stack: "a stack",
    BranchPoint: "a branch point",
    Arm: "an arm",
    Segment: "a segment",
    Core: "a core",
    RodCore: "the core of a rod",
    CrossSection: "a cross-section",
    Junction: "a junction",
    Shell: "a shell",
    Surface: "a surface",
    Environment: "an environment",
}
_KINDS: Final[dict[str, type[BaseModel]]] = {"dot": Dot, "stack": Stack, "branch_point": BranchPoint}
_EXAMPLES: Final = {
    "schema": SCHEMA,
    "name": "my particle",
    "material": "CdSe",
    "diameter": "4 nm",
    "length": "10 nm",
    "thickness": "1 nm",
    "cross_section": "{diameter: 4 nm}",
    "segments": "[{material: CdSe, length: 10 nm}]",
    "arms": "[{cross_section: {diameter: 4 nm}, segments: [{material: CdSe, length: 10 nm}]}]",
    "root": "{kind: dot, material: CdSe, diameter: 4 nm}",
    "kind": "dot",
}
_CHOOSE: Final = "dot is a sphere, stack a rod, branch_point a particle with arms"
_FORMS: Final = {
    "string_type": ("must be text", "Put it in quotes"),
    "tuple_type": ("must be a list", "Write one entry per line, each with a dash before it"),
    "too_short": ("must have at least one entry", "Add one"),
    "too_long": ("must have at most 4 entries", "A branch point has four {111} facets; remove an arm"),
    "model_type": ("must hold keys and values", "Write key: value, indented"),
    "model_attributes_type": ("must hold keys and values", "Write key: value, indented"),
}
_SYNONYMS: Final = {"radius": "diameter"}
_PART: Final = frozenset({"model_type", "model_attributes_type"})


def explain(error: ValidationError) -> list[Problem]:
    """Every fault that pydantic reports; a misspelt key is one fault, not two."""
    found = [details for details in error.errors(include_url=False) if not _echo(details)]
    meant = {_meant(details["loc"]) for details in found if details["type"] == "extra_forbidden"}
    told = [details for details in found if details["type"] != "missing" or details["loc"] not in meant]
    return [_problem(details) for details in told]


def _echo(details: ErrorDetails) -> bool:
    # pydantic calls a list too short when its entries are faulty.
    return details["type"] == "too_short" and bool(details["input"])


def _meant(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    word = str(location[-1])
    return (*location[:-1], _SYNONYMS.get(word) or closest(word, _keys(_model(location[:-1]))))


def _problem(details: ErrorDetails) -> Problem:
    location, kind, context = details["loc"], details["type"], details.get("ctx", {})
    place, value = _place(location), show(details["input"])
    match kind:
        case "epidot":
            found = Problem(place, value, context["rule"], context["cure"])
        case "extra_forbidden":
            found = _unknown_key(place, value, location)
        case "missing":
            found = _missing_key(place, location)
        case "union_tag_not_found":
            found = Problem((*place, "kind"), "nothing", "a root needs a kind", f"Add kind: {_or(_KINDS)}")
        case "union_tag_invalid":
            tag = str(context.get("tag"))
            cure = near(tag, _KINDS) + _CHOOSE
            found = Problem((*place, "kind"), show(tag), f"must be {_or(_KINDS)}", cure)
        case "literal_error":
            found = _not_a_choice(place, value, context["expected"])
        case _:
            rule, cure = _FORMS.get(kind, (details["msg"], "See the format reference of designs"))
            found = Problem(place, value, rule, (kind in _PART and _example(place)) or cure)
    return found


def _place(location: tuple[str | int, ...]) -> Place:
    # pydantic puts the kind of the root between root and its keys; the file does not.
    return ("root", *location[2:]) if location[:1] == ("root",) else location


def _example(place: Place) -> str:
    key = next((step for step in reversed(place) if isinstance(step, str)), "")
    return f"Write e.g. {key}: {_EXAMPLES[key]}" if key in _EXAMPLES else ""


def _unknown_key(place: Place, value: str, location: tuple[str | int, ...]) -> Problem:
    owner = _model(location[:-1])
    keys = _keys(owner)
    word = str(place[-1])
    hint = near(word, keys)
    if _SYNONYMS.get(word) in keys:
        hint = "Give the diameter, twice the radius. "
    elif word[:1].isdigit():
        hint = "The decimal sign is a point. "
    cure = f"{hint}Keys that exist: {', '.join(keys)}"
    return Problem(place, value, f"is not a key of {_NOUNS[owner]}", cure)


def _missing_key(place: Place, location: tuple[str | int, ...]) -> Problem:
    key = str(place[-1])
    cure = f"Add {key}: {_EXAMPLES[key]}"
    return Problem(place, "nothing", f"{_NOUNS[_model(location[:-1])]} needs this key", cure)


def _not_a_choice(place: Place, value: str, expected: str) -> Problem:
    choices = expected.replace("'", "").replace(" or ", ", ").split(", ")
    cure = near(value, choices) or "Choose one of these"
    return Problem(place, value, f"must be {_or(choices)}", cure.strip())


def _or(words: Iterable[str]) -> str:
    names = list(words)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(entry.alias or name for name, entry in model.model_fields.items())


def _model(location: tuple[str | int, ...]) -> type[BaseModel]:
    """The model that stands at a location of pydantic."""
    model: type[BaseModel] = Design
    for step in location:
        if isinstance(step, str) and step in _KINDS:
            model = _KINDS[step]
        elif isinstance(step, str) and step in model.model_fields and step != "root":
            model = next(_models(model.model_fields[step].annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if annotation in _NOUNS:
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
