"""Particles of a synthesis: sizes drawn about those of a design, keyed by seed and member."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast, final

import numpy as np

from epidot.design import from_dict, to_dict
from epidot.design.design import Design, Imported
from epidot.errors import InputError
from epidot.seeds import normal, uniform
from epidot.units import parse

MOST: Final = 1000
CUT: Final = 2.5
"""Standard deviations beyond which no member lies."""
USUAL: Final = "5 %"
"""Spread where none is given: that of a narrow synthesis."""
_WIDEST: Final = 0.4
_ACROSS: Final = ("diameter", "taper_to", "thickness")
_ALONG: Final = ("length", "position", "height", "axial")
_STREAMS: Final = 4
_KEYS: Final = ("members", "diameter", "length", "arms", "seed")


@final
@dataclass(frozen=True)
class Distribution:
    """How many particles, and the standard deviations of their sizes.

    Attributes
    ----------
    members : 2 to 1000.
    diameter : of all diameters and shells together, one factor for each particle; relative (0.08) or Å where
        `absolute` names it. None: all alike.
    length : the same of lengths along arms and rods, drawn on its own.
    arms : Å, of the length of each arm against the others (`design.disorder.arm_length`).
    seed : of all that is drawn.
    absolute : which of ``diameter`` and ``length`` are in Å: about the largest of their kind in the design.
    """

    members: int
    diameter: float | None = None
    length: float | None = None
    arms: float | None = None
    seed: int = 1
    absolute: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for provenance and summary."""
        return asdict(self)


@final
@dataclass(frozen=True)
class Member:
    """One drawn particle: its number from 1, factors of diameters and lengths, and its design (plain)."""

    number: int
    diameter: float
    length: float
    plain: dict[str, Any]


def read_distribution(words: str, sigma: str | None = None) -> Distribution:
    """A number of members with a spread, or a YAML file.

    ``12`` with ``8 %`` draws diameters and lengths each with that spread. A file holds ``ensemble:
    {members: 12, diameter: "8 %", length: "10 %", arms: "0.3 nm", seed: 1}``.

    Raises
    ------
    InputError
        Neither a number nor a readable file, an unknown key, a spread that is none.
    """
    if re.fullmatch(r"\s*[+-]?\d+\s*", words):
        both = sigma or USUAL
        return _distribution({"members": int(words), "diameter": both, "length": both}, "ensemble")
    if sigma is not None:
        raise InputError(
            "sigma", sigma, "stands beside a file that states the spreads", "Leave one of them out"
        )
    return _distribution(_plain(Path(words)), words)


def _plain(path: Path) -> dict[str, Any]:
    import yaml

    try:
        read: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).replace("\n", " ")
        raise InputError(
            "ensemble", path, f"is no number and cannot be read: {reason}", "Give e.g. 12, or a YAML file"
        ) from error
    inner: Any = cast("dict[str, Any]", read).get("ensemble") if isinstance(read, dict) else None
    if not isinstance(inner, dict):
        raise InputError(
            "ensemble", path, "must hold the key ensemble", 'Write ensemble: {members: 12, diameter: "8 %"}'
        )
    return cast("dict[str, Any]", inner)


def _distribution(plain: Mapping[str, Any], source: str) -> Distribution:
    for key in plain:
        if key not in _KEYS:
            raise InputError(f"{source}.{key}", plain[key], "is not a key here", f"Keys: {', '.join(_KEYS)}")
    members, seed = plain.get("members"), plain.get("seed", 1)
    for name, value, low, high in (("members", members, 2, MOST), ("seed", seed, 0, 2**31 - 1)):
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InputError(
                f"{source}.{name}", value, f"must be a whole number, {low} to {high}", "Give e.g. 12"
            )
    found = {
        key: _spread(plain[key], f"{source}.{key}") for key in ("diameter", "length", "arms") if key in plain
    }
    if not found:
        raise InputError(source, "no spread", "says of nothing how it varies", 'Add e.g. diameter: "8 %"')
    if "arms" in found and not found["arms"][1]:
        raise InputError(f"{source}.arms", plain["arms"], "must be a length", 'Write e.g. "0.3 nm"')
    return Distribution(
        cast("int", members),
        **{key: value for key, (value, _) in found.items()},
        seed=cast("int", seed),
        absolute=tuple(key for key in ("diameter", "length") if key in found and found[key][1]),
    )


def _spread(given: Any, name: str) -> tuple[float, bool]:
    """A standard deviation, and whether it is a length (Å) and not a fraction."""
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*%\s*", given) if isinstance(given, str) else None
    if match:
        share = 0.01 * float(match[1])
        if not 0.0 < share <= _WIDEST:
            raise InputError(
                name, given, f"must be more than 0 and at most {100 * _WIDEST:.0f} %", "Check the number"
            )
        return share, False
    if not isinstance(given, str) or not re.search(r"[A-Za-zµÅ]\s*$", given):
        raise InputError(name, given, "must be a percentage or a length", 'Write e.g. "8 %" or "0.3 nm"')
    value = parse(given, "length", name)
    if not value > 0.0:
        raise InputError(name, given, "must be positive", 'Write e.g. "0.3 nm"')
    return value, True


def check_spreads(design: Design, distribution: Distribution) -> None:
    """See that a design has what is to vary.

    Raises
    ------
    InputError
        An imported particle, or a spread of something that the design has not.
    """
    if isinstance(design.root, Imported):
        rule = "an imported particle has the sizes that it has"
        raise InputError("ensemble", design.name, rule, "Give a design")
    plain = to_dict(design)
    for name, keys in (("diameter", _ACROSS), ("length", _ALONG)):
        if getattr(distribution, name) is not None and not _sizes(plain, keys):
            # One spread for both comes from --sigma, and a dot has diameters only.
            if name == "length" and distribution.length == distribution.diameter:
                continue
            rule = f"the design has no {name} to vary"
            raise InputError(f"ensemble.{name}", getattr(distribution, name), rule, "Leave it out")
    if distribution.arms is not None and plain["root"]["kind"] != "branch_point":
        raise InputError("ensemble.arms", distribution.arms, "the design has no arms", "Leave it out")


def members(design: Design, distribution: Distribution) -> list[Member]:
    """The particles of the ensemble, each a function of seed and number alone.

    Sizes are normal, none beyond 2.5 standard deviations; every particle has a seed of its own, so that
    alloys, faults and disorder differ as well. Raises what `check_spreads` does.
    """
    check_spreads(design, distribution)
    plain = to_dict(design)
    numbers = np.arange(1, distribution.members + 1)
    drawn = [
        np.clip(normal(distribution.seed, numbers * _STREAMS + stream), -CUT, CUT) for stream in range(2)
    ]
    seeds = (2**31 * uniform(distribution.seed, numbers * _STREAMS + 3)).astype(int)
    across = 1.0 + _relative(distribution, "diameter", plain, _ACROSS) * drawn[0]
    along = 1.0 + _relative(distribution, "length", plain, _ALONG) * drawn[1]
    found: list[Member] = []
    for number, wide, long, seed in zip(numbers.tolist(), across, along, seeds.tolist(), strict=True):
        sized = _scaled(plain, (float(wide), float(long)))
        sized |= {"seed": seed, "name": f"{design.name}, {number} of {distribution.members}"}
        if distribution.arms is not None:
            sized["disorder"] = sized.get("disorder", {}) | {
                "arm_length": f"{0.1 * distribution.arms:.6f} nm"
            }
        found.append(Member(number, float(wide), float(long), sized))
    return found


def design_of(member: Member) -> Design:
    """The member's design. Raises `InputError` where its sizes make no particle."""
    return from_dict(member.plain, f"member {member.number}")


def _relative(distribution: Distribution, name: str, plain: dict[str, Any], keys: tuple[str, ...]) -> float:
    value = getattr(distribution, name) or 0.0
    sizes = _sizes(plain, keys)
    return value / max(sizes) if name in distribution.absolute and sizes else value


def _sizes(part: Any, keys: tuple[str, ...]) -> list[float]:
    """All sizes (Å) of a kind in a design, plain."""
    if isinstance(part, list):
        return [size for one in cast("list[Any]", part) for size in _sizes(one, keys)]
    if not isinstance(part, dict):
        return []
    found: list[float] = []
    for key, value in cast("dict[str, Any]", part).items():
        if key in ("environment", "disorder", "defects", "surface"):
            continue
        found += (
            [parse(value, "length", key)] if key in keys and isinstance(value, str) else _sizes(value, keys)
        )
    return found


def _scaled(part: Any, factors: tuple[float, float]) -> Any:
    """A design (plain) with its sizes multiplied; metal tips, interfaces and what is no size stay."""
    if isinstance(part, list):
        return [_scaled(one, factors) for one in cast("list[Any]", part)]
    if not isinstance(part, dict) or part.get("kind") == "metal":
        return part
    found: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", part).items():
        factor = factors[0] if key in _ACROSS else factors[1] if key in _ALONG else None
        if key in ("environment", "disorder", "defects", "surface"):
            found[key] = value
        elif factor is not None and isinstance(value, str):
            found[key] = f"{0.1 * factor * parse(value, 'length', key):.7f} nm"
        else:
            found[key] = _scaled(value, factors)
    return found
