"""How sure the numbers are, line by line, and what sets the ends; from ``summary.json``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from epidot.pipeline.bands import USED
from epidot.pipeline.uncertain import QUANTITIES
from epidot.reporting.numbers import fixed, quantity, significant

_SMALL: Final = 0.1
"""eV below which energies read as meV."""


@dataclass(frozen=True)
class BandLine:
    """A number with its ends and what sets them."""

    what: str
    value: str
    """With its unit; the ends have the same."""
    low: str
    low_by: str
    high: str
    high_by: str


def band_lines(summary: dict[str, Any]) -> list[BandLine]:
    """Every number whose band is open; empty without variants."""
    bands: dict[str, Any] = (summary.get("variants") or {}).get("bands") or {}
    found: list[BandLine] = []
    for one in QUANTITIES:
        band = bands.get(one.path)
        if band is None:
            continue
        numbers = [float(band[key]) for key in ("value", "low", "high")]
        (value, low, high), unit = _shown(numbers, one.unit)
        # Ends that read the same would look as if nothing were unsure.
        if low != high:
            by = [
                "" if band[key] == USED or text == value else str(band[key])
                for key, text in (("low_by", low), ("high_by", high))
            ]
            found.append(BandLine(one.title, quantity(value, unit), low, by[0], high, by[1]))
    return found


def _shown(numbers: list[float], unit: str) -> tuple[list[str], str]:
    """Numbers of one quantity as they are written, and their unit."""
    if unit != "eV":
        return [significant(number, 3) for number in numbers], unit
    if max(abs(number) for number in numbers) < _SMALL:
        return [significant(1e3 * number, 3) for number in numbers], "meV"
    return [fixed(number, 3) for number in numbers], unit


def band_notes(summary: dict[str, Any]) -> list[str]:
    """Sentences beside the table: the label, how ends are combined, what the bands do not hold."""
    variants: dict[str, Any] = summary.get("variants") or {}
    if not variants:
        return []
    notes = [str(note) for note in variants["notes"]]
    if not variants["bands"]:
        return notes
    return [label_note(variants["alignment"]), *notes, f"Bands: {variants['combined']}."]


def label_note(alignment: dict[str, Any]) -> str:
    """Whether the label holds in every variant, and which give another."""
    value, possible = alignment["value"], alignment["possible"]
    others = {label: names for label, names in possible.items() if label != value}
    if not others:
        return f"The particle is {value} with every variant."
    told = "; ".join(f"{label} with {', '.join(names)}" for label, names in others.items())
    return f"The particle is {value} here, but {told}."
