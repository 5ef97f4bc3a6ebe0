"""A figure with the numbers that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Sheet:
    """A matplotlib figure, what it shows in one sentence, and its data.

    Attributes
    ----------
    name : file name without ending.
    title : heading in the report.
    caption : what is drawn and how it was computed; the text alternative of the figure.
    figure : matplotlib figure.
    columns : column title with unit to values; all columns have one length.
    """

    name: str
    title: str
    caption: str
    figure: Any
    columns: dict[str, Any]

    def csv(self) -> str:
        """The data as comma-separated values, numbers with 8 significant digits."""
        rows = zip(*self.columns.values(), strict=True)
        lines = [",".join(self.columns), *(",".join(map(_cell, row)) for row in rows)]
        return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return f"{float(value):.8g}"
