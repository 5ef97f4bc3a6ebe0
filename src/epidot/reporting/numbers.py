"""Numbers as a physicist writes them: significant digits, units, narrow spaces, true minus signs."""

from __future__ import annotations

import math
from typing import Final

NARROW: Final = "\u202f"
"""Narrow no-break space: between a number and its unit."""

_TIMES: Final = ((1.0, "ps", 1e3), (1e3, "ns", 1.0), (1e6, "µs", 1e-3), (1e9, "ms", 1e-6))


def significant(value: float, digits: int = 3) -> str:
    """`value` with `digits` significant digits; powers of ten outside 10⁻³ … 10⁵; "not finite" as such."""
    if not math.isfinite(value):
        return "not finite"
    if value == 0.0:
        return "0"
    power = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if -4 < power < 6:
        return fixed(round(value, digits - 1 - power), max(0, digits - 1 - power))
    text = f"{value / 10.0**power:.{digits - 1}f} × 10{_raised(power)}"
    return text.replace("-", "−")


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def fixed(value: float, decimals: int) -> str:
    """`value` with `decimals` decimals, a true minus sign, and commas from 10,000 on."""
    if not math.isfinite(value):
        return "not finite"
    text = f"{value:,.{decimals}f}" if abs(value) >= 1e4 else f"{value:.{decimals}f}"
    return text.replace("-", "−")


def quantity(text: str, unit: str) -> str:
    """Number and unit with a narrow no-break space; no space where there is no unit."""
    return f"{text}{NARROW}{unit}" if unit else text


def percent(share: float) -> str:
    """A fraction as a percentage: whole numbers, "<1" and ">99" at the ends."""
    value = 100.0 * share
    if 0.0 < value < 0.5:
        text = "<1"
    elif 99.5 <= value < 99.95:
        text = ">99"
    else:
        text = f"{value:.0f}"
    return quantity(text, "%")


def duration(nanoseconds: float) -> str:
    """A time with two significant digits in the unit that suits it, from ps to s."""
    if not math.isfinite(nanoseconds):
        return "no radiative decay"
    for limit, unit, factor in _TIMES:
        if nanoseconds < limit:
            return quantity(significant(nanoseconds * factor, 2), unit)
    return quantity(significant(nanoseconds * 1e-9, 2), "s")
