"""Quantities of a design file: text with a unit in, numbers in Å, K and degrees inside.

Lengths are rounded to 1e-6 Å, so that "4 nm" and "40 Å" are one number; in YAML and JSON they are
strings such as ``"4 nm"``. Bare numbers are refused where a unit is needed.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from epidot import materials
from epidot.errors import InputError
from epidot.materials.ligands import ligand_names
from epidot.units import parse

_NUMBER: Final = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
_NUMBER_AND_UNIT: Final = _NUMBER + r"[A-Za-zµμ°\u00c5\u212b]+\s*$"
_NUMBER_AND_FIELD: Final = _NUMBER + r"[A-Za-zµμ]+/[A-Za-zµμ\u00c5\u212b]+\s*$"
RAMSDELL: Final = {"2H": "h", "3C": "c", "4H": "hc", "6H": "hcc"}
"""Ramsdell's names of polytypes as Jagodzinski strings."""
_DECIMALS: Final = 6
MOST_FIELD: Final = 10_000.0
"""kV/cm."""
_EXAMPLES: Final = {"length": "4 nm", "temperature": "300 K", "angle": "15 deg", "field": "100 kV/cm"}


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
    form = _NUMBER_AND_FIELD if dimension == "field" else _NUMBER_AND_UNIT
    if isinstance(given, str) and not re.match(form, given):
        comma = "The decimal sign is a point. " if re.search(r"\d,\d", given) else ""
        example = _EXAMPLES[dimension]
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


def _string_schema(text: str, example: str, pattern: str = _NUMBER_AND_UNIT) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "description": text, "examples": [example]})


def _field(given: object) -> float:
    value = _read(given, "field")
    if abs(value) > MOST_FIELD:
        rule = f"must be at most {MOST_FIELD:g} kV/cm either way"
        raise refusal(rule, "Semiconductors break down at about 1000 kV/cm; check the number and its unit")
    return value


def _direction(given: object) -> object:
    """A word as it is; three numbers with the largest made 1, so that one direction has one spelling."""
    if isinstance(given, str):
        return given
    numbers = tuple(given) if isinstance(given, list | tuple) else ()
    plain = [float(one) for one in numbers if isinstance(one, int | float) and not isinstance(one, bool)]
    largest = max((abs(one) for one in plain), default=0.0)
    if len(plain) != 3 or len(numbers) != 3 or not 0.0 < largest < math.inf:
        rule = "must be x, y, z, the name of a limb, or three numbers that are not all zero"
        raise refusal(rule, "Write e.g. z, rod, arm1 or [1, 1, 0]")
    return tuple(round(one / largest, _DECIMALS) for one in plain)


def _angle(given: object) -> float:
    value = _read(given, "angle")
    if not -180.0 <= value <= 180.0:
        raise refusal("must be -180 deg to 180 deg", 'Give degrees, e.g. "15 deg"')
    return value


def whole_number(low: int, high: int) -> BeforeValidator:
    """A check that accepts whole numbers from `low` to `high` only."""

    def check(given: object) -> object:
        # Whether the key may be left out is for the type to say.
        if given is None:
            return given
        # 1.0 and true equal 1 in Python, but nobody means them.
        if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
            rule = f"must be a whole number, {low} to {high}"
            if high - low < 8:
                rule = f"must be {', '.join(str(number) for number in range(low, high))} or {high}"
            raise refusal(rule, "Give a whole number")
        return given

    return BeforeValidator(check)


def _share(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0.0 <= given <= 1.0:
        raise refusal("must be a number from 0 to 1", "Give a fraction, e.g. 0.8")
    return float(given)


def _stacking(given: str) -> str:
    if re.fullmatch(r"[hc]{1,400}", given) or given in RAMSDELL:
        return given
    rule = f"must be {', '.join(RAMSDELL)} or a string of h and c"
    cure = "Write e.g. 2H (wurtzite), 3C (zinc blende) or hhhc (h: hexagonal, c: cubic, repeated)"
    raise refusal(rule, cure)


def _material(given: str) -> str:
    try:
        return materials.composition(given).name
    except InputError as error:
        raise refusal(error.rule, error.cure) from error


def _element(given: str) -> str:
    known = materials.metals()
    if given not in known:
        raise refusal("is not a metal that Epidot knows", f"{near(given, known)}Known: {', '.join(known)}")
    return given


def _ligand(given: str) -> str:
    known = tuple(ligand_names())
    if given not in known:
        raise refusal("is not a ligand that Epidot knows", f"{near(given, known)}Known: {', '.join(known)}")
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


def _list_metals(schema: dict[str, Any]) -> None:
    schema["enum"] = list(materials.metals())


def _list_ligands(schema: dict[str, Any]) -> None:
    schema["enum"] = list(ligand_names())


def _list_solvents(schema: dict[str, Any]) -> None:
    schema["enum"] = list(materials.solvents())


_AS_NM: Final = PlainSerializer(nanometres, return_type=str, when_used="json")
_AS_DEGREES: Final = PlainSerializer(lambda value: f"{_plain(value)} deg", return_type=str, when_used="json")
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
Width = Annotated[
    float, BeforeValidator(_length(0.0, 100.0)), _string_schema("length, up to 10 nm", "0.4 nm"), _AS_NM
]
"""Å, more than 0, at most 10 nm: of an interface, of roughness, of disorder."""
Angle = Annotated[
    float, BeforeValidator(_angle), _string_schema("angle, -180 deg to 180 deg", "15 deg"), _AS_DEGREES
]
"""Degrees, -180 to 180."""
FieldStrength = Annotated[
    float,
    BeforeValidator(_field),
    _string_schema("field, up to 10,000 kV/cm either way", "100 kV/cm", _NUMBER_AND_FIELD),
    PlainSerializer(lambda value: f"{_plain(value)} kV/cm", return_type=str, when_used="json"),
]
"""kV/cm, -10,000 to 10,000."""
Direction = Annotated[str | tuple[float, float, float], BeforeValidator(_direction)]
"""A word, or three numbers of which the largest is 1 or -1."""
Share = Annotated[float, BeforeValidator(_share)]
"""A fraction, 0 to 1."""
Material = Annotated[
    str,
    AfterValidator(_material),
    Field(
        json_schema_extra={
            "description": "a compound or an alloy; fractions on each sublattice add up to 1",
            "examples": ["CdSe", "CdSe0.6S0.4", "Cd0.5Zn0.5S"],
        }
    ),
]
"""A compound of `materials.names()` or an alloy of them, in canonical spelling."""
Metal = Annotated[str, AfterValidator(_element), Field(json_schema_extra=_list_metals)]
"""An element of `materials.metals()`."""
LigandName = Annotated[str, AfterValidator(_ligand), Field(json_schema_extra=_list_ligands)]
"""A ligand of `ligand_names()`."""
Stacking = Annotated[str, AfterValidator(_stacking)]
"""``2H``, ``3C``, ``4H``, ``6H`` or Jagodzinski's h and c, layer by layer from the foot, repeated."""
Solvent = Annotated[str, AfterValidator(_solvent), Field(json_schema_extra=_list_solvents)]
"""A solvent of `materials.solvents()`."""
Title = Annotated[str, AfterValidator(_title)]
"""1 to 200 printable characters."""
