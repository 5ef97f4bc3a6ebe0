"""The record of the design stage: what the particle is, never how it is computed.

A design is a tree, from the seed out. Lengths are Å inside, rounded to 1e-6 Å so that
"4 nm" and "40 Å" are one number; in YAML and JSON they are strings such as ``"4 nm"``.
Every model refuses unknown keys and bare numbers. What one key alone must obey is checked
here; what several keys must obey together is checked in `epidot.design.check`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from epidot import materials
from epidot.errors import InputError
from epidot.units import parse

SCHEMA: Final = "epidot-design/1"
"""Version of the format; the first key of every file."""
FLAT_TO_FLAT: Final = 0.9523
"""Flat-to-flat width of a hexagon over the diameter of the circle of equal area: (π/(2√3))^½."""

_NUMBER: Final = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
_NUMBER_AND_UNIT: Final = _NUMBER + r"[A-Za-zµμ°\u00c5\u212b]+\s*$"
_DECIMALS: Final = 6


def refusal(rule: str, cure: str) -> PydanticCustomError:
    """A validation error of pydantic that carries our rule and cure to the reader of the file."""
    return PydanticCustomError("epidot", "{rule}. {cure}", {"rule": rule, "cure": cure})


def closest(word: str, known: Iterable[str]) -> str:
    """The known name that a word most resembles, or the empty string."""
    names = {name.lower(): name for name in known}
    match = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[match[0]] if match else ""


def near(word: str, known: Iterable[str]) -> str:
    """``Did you mean "x"? `` or nothing, for the start of a cure."""
    name = closest(word, known)
    return f'Did you mean "{name}"? ' if name else ""


def nanometres(length: float) -> str:
    """A length (Å) as people read it, e.g. ``"4 nm"``; `parse` gives back the same Å to 1e-6."""
    return f"{_plain(round(length / 10.0, _DECIMALS + 1))} nm"


def _plain(value: float) -> str:
    return f"{value:.{_DECIMALS + 1}f}".rstrip("0").rstrip(".")


def _read(given: object, dimension: str) -> float:
    # Stricter than `parse`, whose units may be expressions such as nm*nm/m: the JSON Schema promises one.
    if isinstance(given, str) and not re.match(_NUMBER_AND_UNIT, given):
        comma = "The decimal sign is a point. " if re.search(r"\d,\d", given) else ""
        example = {"length": "4 nm", "temperature": "300 K"}[dimension]
        bare = re.match(_NUMBER + "$", given)
        rule = f"a {dimension} needs a unit" if bare else f"must be a {dimension}: one number and one unit"
        raise refusal(rule, f'{comma}Write number and unit together, e.g. "{example}"')
    try:
        return round(parse(given, dimension, dimension), _DECIMALS)
    except InputError as error:
        ampere = isinstance(given, str) and re.search(r"[\d.\s]A\s*$", given)
        hint = "A is the ampere; the ångström is Å or angstrom. " if ampere else ""
        raise refusal(error.rule, hint + error.cure) from error


def _length(low: float, high: float) -> Callable[[object], float]:
    def check(given: object) -> float:
        value = _read(given, "length")
        if value < low or value > high or value <= 0.0:
            start = f"{nanometres(low)} to" if low > 0.0 else "more than 0 and at most"
            raise refusal(f"must be {start} {nanometres(high)}", "Check the number and its unit")
        return value

    return check


def _temperature(given: object) -> float:
    value = _read(given, "temperature")
    if not 1.0 <= value <= 400.0:
        raise refusal("must be 1 K to 400 K", 'Give kelvin, e.g. "300 K" (0 °C is 273 K)')
    return value


def _string_schema(text: str, example: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": _NUMBER_AND_UNIT, "description": text, "examples": [example]}
    )


def _facet(given: object) -> object:
    # 1.0 and true equal 1 in Python, but nobody means them.
    if isinstance(given, bool | float):
        raise refusal("must be 0, 1, 2 or 3", "Give a whole number")
    return given


def _material(given: str) -> str:
    known = materials.names()
    if given not in known:
        raise refusal("is not a material that Epidot knows", f"{near(given, known)}Known: {', '.join(known)}")
    return given


def _solvent(given: str) -> str:
    known = tuple(materials.solvents())
    if given not in known:
        raise refusal("is not a solvent that Epidot knows", f"{near(given, known)}Known: {', '.join(known)}")
    return given


def _title(given: str) -> str:
    if not given.strip() or len(given) > 200 or not given.isprintable():
        raise refusal("must be 1 to 200 printable characters", "Give the particle a short name")
    return given


def _list_materials(schema: dict[str, Any]) -> None:
    schema["enum"] = list(materials.names())


def _list_solvents(schema: dict[str, Any]) -> None:
    schema["enum"] = list(materials.solvents())


_AS_NM: Final = PlainSerializer(nanometres, return_type=str, when_used="json")
_AS_K: Final = PlainSerializer(lambda value: f"{_plain(value)} K", return_type=str, when_used="json")

Diameter = Annotated[
    float, BeforeValidator(_length(10.0, 300.0)), _string_schema("length, 1 nm to 30 nm", "4 nm"), _AS_NM
]
"""Å, 1 nm to 30 nm."""
Length = Annotated[
    float, BeforeValidator(_length(0.0, 5000.0)), _string_schema("length, up to 500 nm", "25 nm"), _AS_NM
]
"""Å, more than 0, at most 500 nm; `check` asks for a bilayer at least."""
Thickness = Annotated[
    float, BeforeValidator(_length(0.0, 100.0)), _string_schema("length, up to 10 nm", "1 nm"), _AS_NM
]
"""Å, more than 0, at most 10 nm; `check` asks for a monolayer at least."""
Temperature = Annotated[
    float, BeforeValidator(_temperature), _string_schema("temperature, 1 K to 400 K", "300 K"), _AS_K
]
"""K, 1 to 400."""
Material = Annotated[str, AfterValidator(_material), Field(json_schema_extra=_list_materials)]
"""A compound of `materials.names()`."""
Solvent = Annotated[str, AfterValidator(_solvent), Field(json_schema_extra=_list_solvents)]
"""A solvent of `materials.solvents()`."""
Title = Annotated[str, AfterValidator(_title)]
"""1 to 200 printable characters."""


class Part(BaseModel):
    """Abstract base: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Core(Part):
    """A sphere of another material inside a domain."""

    material: Material
    shape: Literal["sphere"] = "sphere"
    diameter: Diameter


class RodCore(Part):
    """A sphere embedded in a stack (dot-in-rod)."""

    material: Material
    shape: Literal["sphere"] = "sphere"
    diameter: Diameter
    position: Length | None = None
    """Distance of its centre from the base; default: a third of the rod."""


class CrossSection(Part):
    """Cross-section of an arm or a rod; the diameter is that of the circle of equal area."""

    shape: Literal["hexagon", "circle"] = "hexagon"
    diameter: Diameter


class Segment(Part):
    """A piece of an arm or a rod, of one material."""

    material: Material
    length: Length


class Arm(Part):
    """A rod that grows from one {111} facet of a zinc-blende branch point."""

    facet: Annotated[Literal[0, 1, 2, 3] | None, BeforeValidator(_facet)] = None
    """Which of the four {111} facets; default: the next free one."""
    polarity: Literal["A"] = "A"
    phase: Literal["wz", "zb"] = "wz"
    cross_section: CrossSection
    segments: tuple[Segment, ...] = Field(min_length=1)


class Junction(Part):
    """How arms meet.

    ``collar``: the zinc-blende domain is made large enough that they do not touch. ``fixed``: its
    ``height`` from the centre to the foot of each arm is given, and arms that would collide are refused.
    """

    rule: Literal["collar", "fixed"] = "collar"
    height: Length | None = None


class Dot(Part):
    """A sphere of one phase."""

    kind: Literal["dot"]
    phase: Literal["zb", "wz"] = "zb"
    material: Material
    shape: Literal["sphere"] = "sphere"
    diameter: Diameter


class Stack(Part):
    """A rod: segments end to end along one ⟨111⟩/⟨0001⟩ axis, from base (000-1) to tip (0001)."""

    kind: Literal["stack"]
    phase: Literal["wz", "zb"] = "wz"
    cross_section: CrossSection
    segments: tuple[Segment, ...] = Field(min_length=1)
    core: RodCore | None = None


class BranchPoint(Part):
    """A zinc-blende domain with arms on its {111} facets."""

    kind: Literal["branch_point"]
    phase: Literal["zb"] = "zb"
    material: Material
    """Composition of the zinc-blende domain outside the core."""
    core: Core | None = None
    junction: Junction = Junction()
    arms: tuple[Arm, ...] = Field(min_length=1, max_length=4)


class Shell(Part):
    """A layer grown over the whole of a dot."""

    material: Material
    thickness: Thickness


class Surface(Part):
    """What ends the surface."""

    passivation: Literal["ideal"] = "ideal"


class Environment(Part):
    """Where the particle is."""

    solvent: Solvent = "toluene"
    temperature: Temperature = 300.0


class Design(Part):
    """One particle."""

    schema_: Literal["epidot-design/1"] = Field(alias="schema")
    name: Title
    root: Annotated[Dot | Stack | BranchPoint, Field(discriminator="kind")]
    shells: tuple[Shell, ...] = ()
    surface: Surface = Surface()
    environment: Environment = Environment()
