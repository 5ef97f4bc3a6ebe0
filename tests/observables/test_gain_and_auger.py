"""Gain and Auger recombination against two-level limits, spheres and measured dots."""

import numpy as np
import pytest

from epidot.observables.auger import auger_lifetime, auger_volume
from epidot.observables.gain import degeneracy, gain_threshold


def sphere_of(make, radius):
    positions, _ = make.sphere(radius)
    volume = len(positions) * make.lattice**3 / 8
    envelope = (
        np.sinc(np.minimum(np.linalg.norm(positions, axis=1) / (3 * volume / 4 / np.pi) ** (1 / 3), 1)) ** 2
    )
    return positions, volume, envelope / envelope.sum()


@pytest.mark.parametrize("radius", [15.0, 23.0])
def test_the_1s_states_of_a_sphere_leave_each_other_its_volume(make, radius):
    positions, volume, density = sphere_of(make, radius)
    alone = np.full((len(positions), 4), -1)
    found = auger_volume(density, density, alone, np.full(len(positions), make.lattice**3 / 8))
    assert found == pytest.approx(volume, rel=0.01)


@pytest.mark.parametrize(("radius", "measured"), [(12, 6), (17, 22), (23, 53), (41, 363)])
def test_cdse_dots_as_klimov_measured_them(radius, measured):
    assert auger_lifetime(4 / 3 * np.pi * radius**3) == pytest.approx(measured, rel=0.3)


def test_carriers_apart_live_longer(make):
    positions, _, density = sphere_of(make, 18.0)
    alone = np.full((len(positions), 4), -1)
    volumes = np.full(len(positions), make.lattice**3 / 8)
    up, down = (np.where(sign * positions[:, 2] > -1.6, density, 0.0) for sign in (1, -1))
    together = auger_volume(up / up.sum(), up / up.sum(), alone, volumes)
    apart = auger_volume(up / up.sum(), down / down.sum(), alone, volumes)
    assert apart > 1.3 * together
    assert auger_volume(np.eye(2)[0], np.eye(2)[1], np.full((2, 4), -1), np.ones(2)) == float("inf")


def test_charges_on_cations_and_anions_meet_through_their_bonds():
    # A chain: electron on even atoms, hole on odd ones.
    count = 200
    neighbours = np.full((count, 4), -1)
    neighbours[:, 0], neighbours[:, 1] = (np.arange(count) - 1) % count, (np.arange(count) + 1) % count
    even = np.tile([1.0, 0.0], count // 2) / (count / 2)
    flat = np.full(count, 1 / count)
    volumes = np.ones(count)
    one = auger_volume(even, np.roll(even, 1), neighbours, volumes)
    assert one == pytest.approx(auger_volume(flat, flat, neighbours, volumes), rel=1e-9)


def test_threshold_of_gain():
    assert gain_threshold(2, 2, 0.0, 0.05) == pytest.approx(1.0)
    assert gain_threshold(2, 2, 0.5, 0.05) == gain_threshold(2, 2, -0.5, 0.05) == pytest.approx(2 / 3)
    assert gain_threshold(2, 4, 0.0, 0.05) == pytest.approx(4 / 3)


@pytest.mark.parametrize("shift", [0.0, 0.01, 0.03, 0.06])
def test_threshold_is_where_gaussian_lines_of_single_pairs_balance(shift):
    """Klimov et al. 2007: emission of one pair against absorption by it and by empty particles."""
    width = 0.05

    def line(energy):
        return np.exp(-4.0 * np.log(2.0) * (energy / width) ** 2)

    assert line(width / 2) == pytest.approx(0.5)
    occupied = gain_threshold(2, 2, shift, width)
    emitted = occupied * line(0.0)
    absorbed = occupied * line(shift) + 2.0 * (1.0 - occupied) * line(0.0)
    assert emitted == pytest.approx(absorbed)


def test_states_are_counted_as_far_as_they_are_hot():
    levels = np.array([0.0, 0.0, 0.02, 0.02])
    assert degeneracy(levels, 1.0) == pytest.approx(2.0)
    assert degeneracy(levels, 1e6) == pytest.approx(4.0, rel=1e-3)
    assert 2.1 < degeneracy(levels, 300.0) < 4.0
