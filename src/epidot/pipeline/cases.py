"""Published measurements that the program is held against: ``data/cases.csv``, one line for each number.

No parameter of Epidot comes from them. ``found`` says where a number was read, ``confidence`` how sure
that is.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Final, final

from epidot.errors import InternalError

_TEXT_OF_NONE: Final = ("", "-")


@final
@dataclass(frozen=True)
class Case:
    """One published number and what it was measured on; texts are those of the file."""

    id: str
    theme: str
    system: str
    geometry: str
    quantity: str
    value: str
    unit: str
    uncertainty: str
    temperature_K: str
    kind: str
    """``experiment`` or ``theory``."""
    source: str
    found: str
    confidence: str
    held_out: str
    test_type: str
    group: str
    note: str

    @property
    def number(self) -> float:
        """The published value in `unit`; `InternalError` where the line states a trend or a range."""
        return self._float("value")

    @property
    def standard_deviation(self) -> float:
        """Published or estimated uncertainty in `unit`, 0 where none is stated."""
        return 0.0 if self.uncertainty in _TEXT_OF_NONE else self._float("uncertainty")

    @property
    def temperature(self) -> float:
        """K."""
        return self._float("temperature_K")

    def _float(self, name: str) -> float:
        text = getattr(self, name)
        try:
            return float(text)
        except ValueError as error:
            raise InternalError(f"case {self.id}: {name} {text!r} is not a number") from error


@cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of the file."""
    text = files("epidot.pipeline").joinpath("data", "cases.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    expected = [field.name for field in fields(Case)]
    if list(rows.fieldnames or ()) != expected:
        raise InternalError(f"cases.csv has columns {rows.fieldnames}, not {expected}")
    return tuple(Case(**row) for row in rows)
