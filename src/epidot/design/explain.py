"""What pydantic found wrong with a design, in our words: place, value, rule and cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from epidot.design import design as models
from epidot.design.design import SCHEMA
from epidot.design.problems import Place, Problem, show
from epidot.design.quantities import closest, near

_NOUNS: Final[dict[type[BaseModel], str]] = {
    models.Design: "a design",
    models.Dot: "a dot",
    models.Stack: "a stack",
    models.BranchPoint: "a branch point",
    models.Platelet: "a platelet",
    models.Dimer: "a dimer",
    models.Imported: "an imported root",
    models.Arm: "an arm",
    models.Node: "a branch point on an end",
    models.MetalTip: "a metal tip",
    models.Pyramid: "a pyramid end",
    models.Round: "a round end",
    models.Segment: "a segment",
    models.Interface: "an interface",
    models.Core: "a core",
    models.RodCore: "the core of a rod",
    models.Bulb: "a bulb",
    models.Crown: "a crown",
    models.Monomer: "a dot of a dimer",
    models.Neck: "a neck",
    models.CrossSection: "a cross-section",
    models.Junction: "a junction",
    models.Shell: "a shell",
    models.Disorder: "disorder",
    models.Defect: "a defect",
    models.Roughness: "roughness",
    models.Ligands: "an entry of ligands",
    models.Surface: "a surface",
    models.Environment: "an environment",
    models.AppliedField: "a field",
}
_ROOTS: Final[dict[str, type[BaseModel]]] = {
    "dot": models.Dot,
    "stack": models.Stack,
    "branch_point": models.BranchPoint,
    "platelet": models.Platelet,
    "dimer": models.Dimer,
    "imported": models.Imported,
}
_ENDS: Final[dict[str, type[BaseModel]]] = {
    "branch_point": models.Node,
    "metal": models.MetalTip,
    "pyramid": models.Pyramid,
    "round": models.Round,
}
_KINDS: Final = {"root": _ROOTS, "tip": _ENDS, "base": _ENDS}
"""Keys whose value is one of several parts, told apart by their `kind`."""
_EXAMPLES: Final = {
    "schema": SCHEMA,
    "name": "my particle",
    "material": "CdSe",
    "element": "Pt",
    "diameter": "4 nm",
    "length": "10 nm",
    "width": "1 nm",
    "thickness": "1 nm",
    "depth": "0.3 nm",
    "correlation": "1 nm",
    "monolayers": "4",
    "type": "I1",
    "file": "particle.xyz",
    "neck": "{diameter: 2 nm}",
    "dots": "[{material: CdSe, diameter: 4 nm}, {material: CdSe, diameter: 4 nm}]",
    "cross_section": "{diameter: 4 nm}",
    "segments": "[{material: CdSe, length: 10 nm}]",
    "arms": "[{cross_section: {diameter: 4 nm}, segments: [{material: CdSe, length: 10 nm}]}]",
    "root": "{kind: dot, material: CdSe, diameter: 4 nm}",
    "tip": "{kind: pyramid}",
    "base": "{kind: pyramid}",
    "kind": "dot",
    "strength": "100 kV/cm",
    "along": "z",
    "field": "{strength: 100 kV/cm, along: z}",
}
_CHOOSE: Final = {
    "root": "dot is a sphere or polyhedron, stack a rod, branch_point a particle with arms, platelet a "
    "plate, dimer two fused dots, imported atoms from a file",
    "end": "branch_point carries branches, metal a metal cluster, pyramid and round are shapes",
}
_FORMS: Final = {
    "string_type": ("must be text", "Put it in quotes"),
    "dict_type": ("must hold keys and values", "Write key: value, indented"),
    "float_type": ("must be a number", "Give a number without unit"),
    "float_parsing": ("must be a number", "Give a number without unit"),
    "greater_than_equal": ("is too small", "See the format reference of designs"),
    "less_than_equal": ("is too large", "See the format reference of designs"),
    "tuple_type": ("must be a list", "Write one entry per line, each with a dash before it"),
    "too_short": ("must have at least one entry", "Add one"),
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
    return details["type"] == "too_short" and bool(details["input"]) and _place(details["loc"])[-1] != "dots"


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
        case "union_tag_not_found" | "union_tag_invalid":
            found = _unknown_kind(place, str(context.get("tag", "")))
        case "literal_error":
            found = _not_a_choice(place, value, context["expected"])
        case "too_long" | "too_short":
            found = _wrong_count(place, value, kind, context)
        case _:
            rule, cure = _FORMS.get(kind, (details["msg"], "See the format reference of designs"))
            found = Problem(place, value, rule, (kind in _PART and _example(place)) or cure)
    return found


def _steps(location: tuple[str | int, ...]) -> Iterator[tuple[str | int, bool]]:
    """The steps of a location of pydantic, with whether each is only the kind of the part before it."""
    before: str | int = ""
    for step in location:
        tag = isinstance(before, str) and before in _KINDS and step in _KINDS[before]
        yield step, tag
        before = "" if tag else step


def _place(location: tuple[str | int, ...]) -> Place:
    # pydantic puts the kind of a part between its key and its own keys; the file does not.
    return tuple(step for step, tag in _steps(location) if not tag)


def _example(place: Place) -> str:
    key = next((step for step in reversed(place) if isinstance(step, str)), "")
    return f"Write e.g. {key}: {_EXAMPLES[key]}" if key in _EXAMPLES else ""


def _unknown_kind(place: Place, tag: str) -> Problem:
    kinds = _KINDS[str(place[-1])]
    choose = _CHOOSE["root" if place[-1] == "root" else "end"]
    if not tag:
        part = "a root" if place[-1] == "root" else "an end"
        return Problem((*place, "kind"), "nothing", f"{part} needs a kind", f"Add kind: {_or(kinds)}")
    return Problem((*place, "kind"), show(tag), f"must be {_or(kinds)}", near(tag, kinds) + choose)


def _wrong_count(place: Place, value: str, kind: str, context: dict[str, Any]) -> Problem:
    if place[-1] == "dots":
        return Problem(place, value, "must have two entries", "A dimer joins two dots")
    if kind == "too_short":
        return Problem(place, value, *_FORMS["too_short"])
    most = context["max_length"]
    cure = "A branch point has four {111} facets of each polarity; remove an arm"
    return Problem(place, value, f"must have at most {most} entries", cure)


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
    model: type[BaseModel] = models.Design
    key = ""
    for step, tag in _steps(location):
        if tag:
            model = _KINDS[key][str(step)]
        elif isinstance(step, str) and step in model.model_fields:
            key = step
            if step not in _KINDS:
                model = next(_models(model.model_fields[step].annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if annotation in _NOUNS:
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
