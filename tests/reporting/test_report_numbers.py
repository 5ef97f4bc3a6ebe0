"""Numbers in print against hand-written ones."""

import math

import pytest

from epidot.reporting.numbers import duration, fixed, percent, quantity, significant


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.23456, 3, "1.23"),
        (0.0012345, 2, "0.0012"),
        (9.996, 3, "10.0"),
        (-0.25, 2, "−0.25"),
        (2130.0, 3, "2130"),
        (16210.0, 5, "16,210"),
        (1.0e-7, 2, "1.0 × 10⁻⁷"),
        (0.0, 3, "0"),
        (math.nan, 3, "not finite"),
    ],
)
def test_significant_digits(value, digits, text):
    assert significant(value, digits) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0.0213, "21\u202fps"),
        (17.4, "17\u202fns"),
        (2130.0, "2.1\u202fµs"),
        (3.4e6, "3.4\u202fms"),
        (5.1e9, "5.1\u202fs"),
        (math.inf, "no radiative decay"),
    ],
)
def test_durations_take_the_unit_that_suits(nanoseconds, text):
    assert duration(nanoseconds) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.93, "93"), (0.001, "<1"), (0.997, ">99"), (1.0, "100"), (0.0, "0")]
)
def test_percentages_do_not_round_to_certainty(share, text):
    assert percent(share) == f"{text}\u202f%"


def test_units_stand_after_a_narrow_space():
    assert quantity(fixed(-1.5, 2), "eV") == "−1.50\u202feV"
    assert quantity("3", "") == "3"
