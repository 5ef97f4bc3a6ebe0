"""Bindings, shifts and verdicts of trions and biexcitons from a record whose numbers are known."""

import dataclasses

import numpy as np
import pytest

from epidot.excitons import PairMethod, dark_bright, excite
from epidot.observables import absorption
from epidot.observables.complexes import biexciton_shift, complexes
from epidot.observables.gain import gain_threshold

NAN = float("nan")
SPACES = [(2, 4), (4, 8), (8, 16), (8, 32)]
TABLE = [
    # electron, hole, X, X-, X+, XX: bindings of the third are 0.400; 0.020, -0.010, -0.030
    (2.9, -0.1, 2.42, 5.310, 2.340, 4.880),
    (2.9, -0.1, 2.401, 5.285, 2.312, 4.841),
    (2.9, -0.1, 2.400, 5.280, 2.310, 4.830),
    (2.9, -0.1, 2.399, NAN, NAN, NAN),
]
DELTA = 0.004


@pytest.fixture(scope="module")
def pairs(dot):
    return excite(dot, method=PairMethod(panels=200, interaction="first order"))


def known(pairs, table=TABLE, spaces=SPACES):
    return dataclasses.replace(pairs, active_spaces=np.array(spaces), convergence=np.array(table))


def test_bindings_and_lines_are_differences_of_energies(pairs):
    found = {one.name: one for one in complexes(known(pairs), DELTA)}
    assert list(found) == ["X", "X-", "X+", "XX"]
    exciton, minus, plus, double = found.values()
    assert (exciton.energy, exciton.binding, exciton.shift) == pytest.approx((2.399, 0.401, 0.0))
    assert (exciton.electrons, exciton.holes) == (8, 32)
    assert (double.electrons, double.holes) == (8, 16)
    bright = 2.400 + DELTA
    # A trion leaves its third carrier, a biexciton a bright pair.
    assert minus.shift == pytest.approx((5.280 - 2.9) - bright)
    assert plus.shift == pytest.approx((2.310 - -0.1) - bright)
    assert double.shift == pytest.approx((4.830 - bright) - bright)
    assert [one.binding for one in (minus, plus, double)] == pytest.approx([0.02, -0.01, -0.03])
    assert [one.change for one in found.values()] == pytest.approx([0.001, 0.004, 0.001, 0.009])
    assert [one.settled for one in found.values()] == [True, False, True, False]
    assert [one.verdict for one in found.values()] == ["bound", "bound", "unbound", "unbound"]
    assert biexciton_shift(known(pairs), DELTA) == double.shift


@pytest.mark.parametrize(
    ("before", "last", "verdict"),
    [
        (-0.020, -0.010, "undecided"),
        (-0.020, -0.015, "unbound"),
        (-0.0105, -0.0100, "unbound"),
        (-0.001, 0.002, "bound"),
        (0.011, 0.004, "undecided"),
        (0.0, 0.0, "undecided"),
    ],
)
def test_a_sign_that_twice_the_last_change_would_turn_is_not_told(pairs, before, last, verdict):
    table = [(2.9, -0.1, 2.4, NAN, NAN, 4.8 - binding) for binding in (before, last)]
    (_, double) = complexes(known(pairs, table, SPACES[:2]), 0.0)
    assert (double.name, double.verdict) == ("XX", verdict)


def test_what_was_not_computed_is_not_there(pairs):
    assert complexes(pairs, 0.0) == ()
    assert np.isnan(biexciton_shift(pairs, 0.0))
    one = complexes(known(pairs, TABLE[:1], SPACES[:1]), 0.0)
    assert all(np.isnan(each.change) and not each.settled for each in one)


def test_gain_follows_the_biexciton(pairs):
    """The threshold of the record is that of its own line width, and repulsion lowers it."""
    plain = absorption(pairs)
    assert np.isnan(plain.biexciton_shift)
    shown = {}
    for shift in (0.0, 0.02, 0.2):
        table = [(2.9, -0.1, 2.4, NAN, NAN, 4.8 + shift)]
        light = absorption(known(pairs, table, SPACES[:1]))
        splitting = dark_bright(pairs, light.oscillator_strength)
        assert light.biexciton_shift == pytest.approx(shift - 2.0 * splitting)
        shown[shift] = light.gain_threshold
        expected = gain_threshold(2, 2, light.biexciton_shift, light.broadening)
        assert light.gain_threshold / plain.gain_threshold == pytest.approx(expected)
    assert shown[0.2] < shown[0.02]
    assert shown[0.2] / plain.gain_threshold == pytest.approx(2 / 3, rel=1e-6)
