"""Comparison with a measured spectrum, on Gaussians whose shift and width are known."""

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.observables.comparison import compare, peak

AXIS = np.linspace(1.5, 3.5, 700)


def line(axis, centre, fwhm):
    return np.exp(-4.0 * np.log(2.0) * ((axis - centre) / fwhm) ** 2)


def step(axis, centre, fwhm):
    """First peak on the rising background of higher ones."""
    return (
        line(axis, centre, fwhm) + 0.9 * line(axis, centre + 0.35, 0.3) + 1.5 * line(axis, centre + 0.8, 0.5)
    )


def test_emission_is_moved_by_what_it_was_moved_by():
    uneven = 1239.84 / np.linspace(820.0, 360.0, 400)
    found = compare(
        "emission", (uneven, 730.0 * line(uneven, 2.10, 0.11)), (AXIS, 3.0 * line(AXIS, 2.25, 0.06))
    )
    assert found.peak_shift == pytest.approx(0.15, abs=1e-3)
    assert found.peak_shift_nm == pytest.approx(1239.84 / 2.25 - 1239.84 / 2.10, abs=0.3)
    assert found.measured_peak.fwhm == pytest.approx(0.11, abs=2e-3)
    assert found.computed_peak.fwhm == pytest.approx(0.06, abs=2e-3)
    assert found.best_shift == pytest.approx(-0.15, abs=2e-3)
    assert found.measured.max() == pytest.approx(1.0, abs=0.03)


def test_equal_spectra_are_equal():
    for kind, curve in (("emission", line(AXIS, 2.2, 0.08)), ("absorption", step(AXIS, 2.2, 0.1))):
        found = compare(kind, (AXIS, 5.0 * curve), (AXIS, curve))
        assert found.peak_shift == pytest.approx(0.0, abs=1e-9)
        assert found.best_shift == pytest.approx(0.0, abs=1e-6)
        assert found.correlation == pytest.approx(1.0)
        assert found.rms == pytest.approx(0.0, abs=1e-6)


def test_absorption_is_read_at_its_first_peak_and_no_further_than_complete():
    found = compare("absorption", (AXIS, step(AXIS, 2.0, 0.12)), (AXIS, step(AXIS, 2.3, 0.12)), 2.45)
    assert found.peak_shift == pytest.approx(0.3, abs=2e-3)
    assert found.measured_peak.fwhm == pytest.approx(0.12, rel=0.05)
    assert found.best_shift == pytest.approx(-0.3, abs=3e-3)
    assert found.correlation > 0.9999
    assert np.interp(found.computed_peak.energy, found.computed_axis, found.computed) == pytest.approx(
        1.0, abs=0.02
    )


def test_noise_makes_no_peak():
    noise = 0.01 * np.random.default_rng(3).standard_normal(len(AXIS))
    found = peak(AXIS, step(AXIS, 2.2, 0.12) + noise, first=True)
    assert found is not None
    assert found.energy == pytest.approx(2.2, abs=0.01)


def test_a_shoulder_is_found_where_there_is_no_maximum():
    curve = 0.5 * line(AXIS, 2.2, 0.15) + 4.0 / (1.0 + np.exp(-(AXIS - 2.45) / 0.07))
    found = peak(AXIS, curve, first=True)
    assert found is not None
    assert found.shoulder
    assert found.energy == pytest.approx(2.2, abs=0.03)


def test_a_measurement_that_covers_too_little_has_no_best_shift():
    near = np.linspace(2.2, 2.4, 200)
    found = compare("emission", (near, line(near, 2.3, 0.1)), (AXIS, line(AXIS, 2.0, 0.06)))
    assert np.isnan(found.best_shift)
    assert found.peak_shift == pytest.approx(-0.3, abs=1e-3)


def test_a_spectrum_without_a_peak_is_refused():
    with pytest.raises(InputError, match="no peak"):
        compare("emission", (AXIS, AXIS), (AXIS, line(AXIS, 2.0, 0.06)))
