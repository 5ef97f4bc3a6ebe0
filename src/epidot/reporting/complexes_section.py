"""Exciton, trions and biexciton as a table: energy, binding in words, where their light is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from epidot.excitons import dark_bright
from epidot.observables.complexes import Complex, complexes
from epidot.observables.optics import Optics
from epidot.reporting.numbers import fixed, quantity

SIGNS: Final = {"X": "X", "X-": "X⁻", "X+": "X⁺", "XX": "XX"}
_NAMES: Final = {"X": "exciton", "X-": "negative trion", "X+": "positive trion", "XX": "biexciton"}


@dataclass(frozen=True)
class ComplexLine:
    """A row: name, energy, binding with a word for its sign, shift of the line, active space."""

    name: str
    energy: str
    binding: str
    verdict: str
    shift: str
    space: str


def splitting(optics: Optics) -> float:
    """Bright–dark splitting, eV."""
    return dark_bright(optics.excitons, optics.oscillator_strength)


def complex_lines(optics: Optics) -> list[ComplexLine]:
    """One row for each complex that was computed; none for pairs that do not mix."""
    return [_line(one) for one in complexes(optics.excitons, splitting(optics))]


def _line(one: Complex) -> ComplexLine:
    verdict = one.verdict
    if verdict == "undecided":
        verdict = f"undecided (last change {quantity(_signed(1e3 * one.change), 'meV')})"
    return ComplexLine(
        f"{SIGNS[one.name]}, {_NAMES[one.name]}",
        quantity(fixed(one.energy, 3), "eV"),
        quantity(_signed(1e3 * one.binding), "meV"),
        verdict,
        _shift(one),
        f"{one.electrons} × {one.holes}",
    )


def _signed(value: float) -> str:
    text = fixed(value, 1)
    return text if text.startswith("−") or float(text.replace(",", "")) == 0.0 else f"+{text}"


def _shift(one: Complex) -> str:
    if one.name == "X":
        return "–"
    if not math.isfinite(one.shift):
        return "not known"
    return f"{quantity(_signed(1e3 * one.shift), 'meV')} ({'red' if one.shift < 0.0 else 'blue'})"
