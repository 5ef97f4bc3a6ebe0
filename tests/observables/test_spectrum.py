"""Spectra: areas, peaks, edges, where they end."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot.observables import spectrum


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1.0, 3.0), st.floats(0.0, 2.0)), min_size=1, max_size=20),
    st.floats(0.01, 0.2),
)
def test_area_is_the_sum_of_strengths(lines, fwhm):
    energies, areas = np.array(sorted(lines)).T
    axis = spectrum.energy_axis(energies, fwhm)
    got = spectrum.broadened(axis, energies, areas, fwhm)
    assert np.trapezoid(got, axis) == pytest.approx(areas.sum(), rel=1e-6, abs=1e-9)
    assert (got >= 0).all()


def test_width_is_the_full_width_at_half_maximum():
    axis = np.array([2.0, 2.03, 1.97])
    peak, right, left = spectrum.broadened(axis, np.array([2.0]), np.ones(1), 0.06)
    assert right == pytest.approx(peak / 2, rel=1e-12)
    assert left == pytest.approx(peak / 2, rel=1e-12)


def test_first_peak_is_found_between_grid_points_and_ignores_the_invisible():
    energies = np.array([1.7, 2.0137, 2.4])
    axis = spectrum.energy_axis(energies, 0.06)
    seen = spectrum.broadened(axis, energies, np.array([1e-4, 0.3, 1.0]), 0.06)
    assert spectrum.first_peak(axis, seen, 0.01) == pytest.approx(2.0137, abs=2e-5)
    assert spectrum.first_peak(axis, seen, 1e-5) == pytest.approx(1.7, abs=2e-5)


def test_edge_is_the_lowest_visible_multiplet():
    energies = np.array([1.8, 2.0, 2.0004, 2.3])
    strengths = np.array([1e-3, 0.006, 0.006, 1.0])
    # Each of the pair alone is below one per cent; together they are above.
    assert spectrum.absorption_edge(energies, strengths, 0.01) == pytest.approx(2.0002, abs=1e-12)
    assert spectrum.absorption_edge(energies, strengths, 0.02) == 2.3
    assert spectrum.absorption_edge(energies, np.zeros(4), 0.01) == 1.8
    assert spectrum.same_multiplet(energies, 2.0002).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("electrons", "holes", "expected"), [((2.0, 2.1), (0.0, 0.3), 2.1), ((2.0, 2.4), (0.0, 0.3), 2.3)]
)
def test_complete_up_to_the_first_pair_that_may_be_missing(electrons, holes, expected):
    excitons = SimpleNamespace(first_order=np.add.outer(electrons, holes))
    assert spectrum.complete_to(excitons) == pytest.approx(expected)
