"""Units at the borders, constants against CODATA as SciPy has it, keyed randomness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants as codata
from scipy import stats

from epidot import seeds, units
from epidot.errors import InputError


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("4 nm", "length", 40.0),
        ("25 Å", "length", 25.0),
        ("2.5e-9 m", "length", 25.0),
        ("300 K", "temperature", 300.0),
        ("26.85 degC", "temperature", 300.0),
        ("200 keV", "energy", 2e5),
        ("10 kV/cm", "field", 10.0),
    ],
)
def test_quantities(text, dimension, value):
    assert units.parse(text, dimension, "x") == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "4",
        4,
        4.0,
        None,
        "4 parsecs of string",
        "4 K",
        "nan nm",
        "inf nm",
        "",
        "nm",
        [],
        True,
        "__import__('os')",
    ],
)
def test_what_is_no_length_is_refused(text):
    with pytest.raises(InputError) as caught:
        units.parse(text, "length", "root.diameter")
    assert caught.value.name == "root.diameter" and "4 nm" in caught.value.cure


def test_constants():
    electron = codata.e
    assert units.COULOMB == pytest.approx(electron / (4 * np.pi * codata.epsilon_0) * 1e10, rel=1e-9)
    assert units.HBAR2_OVER_2M == pytest.approx(codata.hbar**2 / (2 * codata.m_e) / electron * 1e20, rel=1e-8)
    assert units.HBAR == pytest.approx(codata.hbar / electron * 1e12, rel=1e-9)
    assert units.BOLTZMANN == pytest.approx(codata.k / electron, rel=1e-9)
    assert units.SPEED_OF_LIGHT == pytest.approx(codata.c * 1e-2, rel=1e-9)
    assert units.HC == pytest.approx(codata.h * codata.c / electron * 1e9, rel=1e-9)
    assert units.N_PER_M == pytest.approx(1.0 / electron * 1e-20, rel=1e-9)
    assert units.GPA == pytest.approx(1e9 / electron * 1e-30, rel=1e-9)


@given(seed=st.integers(0, 2**63), split=st.integers(1, 99))
def test_randomness_does_not_depend_on_order_or_size(seed, split):
    keys = np.arange(100)
    whole = seeds.normal(seed, keys)
    assert np.array_equal(whole[split:], seeds.normal(seed, keys[split:]))
    assert np.array_equal(whole[::-1], seeds.normal(seed, keys[::-1]))


def test_distributions_and_independence():
    keys = np.arange(50_000)
    flat, bell = seeds.uniform(7, keys), seeds.normal(7, keys)
    assert stats.kstest(flat, "uniform").pvalue > 1e-3
    assert stats.kstest(bell, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(flat, seeds.uniform(8, keys))[0, 1]) < 0.02
    assert abs(np.corrcoef(flat[1:], flat[:-1])[0, 1]) < 0.02
