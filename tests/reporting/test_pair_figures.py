"""Levels, polarisation, lifetime and correlated densities of pairs, where the answer is known."""

import dataclasses

import numpy as np
import pytest

from epidot.reporting.around import conditional, held_on, pair_density
from epidot.reporting.decay import lifetime_curve
from epidot.reporting.exciton_levels import bright_lines, exciton_levels, fine_structure
from epidot.reporting.reading import read
from epidot.reporting.rose import polarisation_rose, through_polariser
from epidot.reporting.style import house_style


def drawn(make, run):
    with house_style():
        sheet = make(read(run))
        if sheet is not None:
            sheet.figure.draw_without_rendering()
    return sheet


def with_optics(run, **changes):
    return dataclasses.replace(run, optics=dataclasses.replace(run.optics, **changes))


def test_lowest_multiplet_ends_at_the_first_gap():
    energies = np.array([2.0, 2.001, 2.004, 2.03, 2.031])
    assert fine_structure(energies).tolist() == [True, True, True, False, False]
    assert fine_structure(np.linspace(2.0, 2.2, 41)).sum() == 13
    assert bright_lines(np.array([0.0, 1.0, 0.009, 0.02])).tolist() == [False, True, False, True]


def test_levels_tell_how_far_the_bright_ones_are(rod_run):
    energies = rod_run.optics.energies.copy()
    energies[:4] = energies[0] + np.array([0.0, 0.0, 0.003, 0.003])
    strengths = np.where(np.arange(len(energies)) < 2, 0.0, 1.0)
    sheet = drawn(exciton_levels, with_optics(rod_run, energies=energies, oscillator_strength=strengths))
    assert "bright lies 3 meV above the lowest" in sheet.caption
    assert sheet.columns["in the lowest multiplet"].sum() == 4


def test_rose_of_one_dipole_is_its_cosine_squared():
    z, x, angle = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]), np.linspace(0.0, 6.0, 50)
    assert through_polariser(np.outer(z, z), z, x, angle) == pytest.approx(np.cos(angle) ** 2)
    assert through_polariser(np.eye(3), z, x, angle) == pytest.approx(np.ones(50))


def test_rose_shows_what_emits_along_an_axis(rod_run):
    axis = np.array([1.0, 1.0, 1.0]) / np.sqrt(3.0)
    sheet = drawn(polarisation_rose, with_optics(rod_run, emission_tensor=np.outer(axis, axis)))
    across = np.array(sheet.columns["emission seen across its axis"])
    assert across[[0, 45, 90]] == pytest.approx([1.0, 0.0, 1.0], abs=1e-9)
    assert np.abs(sheet.columns["emission seen along its axis"]).max() < 1e-9
    assert drawn(polarisation_rose, with_optics(rod_run, emission_tensor=np.zeros((3, 3)))) is None


def test_lifetime_curve_is_the_record(rod_run):
    sheet = drawn(lifetime_curve, rod_run)
    assert sheet.columns["radiative lifetime (ns)"] == pytest.approx(rod_run.optics.lifetime)
    dark = np.full(len(rod_run.optics.lifetime), np.inf)
    assert drawn(lifetime_curve, with_optics(rod_run, lifetime=dark)) is None


def mixed(run, angle):
    """The run with a lowest pair cos |e1 h1⟩ + sin |e3 h3⟩, alone at low temperature."""
    amplitudes = run.excitons.amplitudes.copy()
    amplitudes[0] = 0.0
    amplitudes[0, 0, 0, 0], amplitudes[0, 2, 2, 0] = np.cos(angle), np.sin(angle)
    excitons = dataclasses.replace(run.excitons, amplitudes=amplitudes)
    energies = run.optics.energies.copy()
    energies[1:] += 1.0
    optics = dataclasses.replace(run.optics, excitons=excitons, energies=energies)
    return dataclasses.replace(run, excitons=excitons, optics=optics)


def test_pair_in_one_product_has_no_correlation(rod_run):
    reading = read(mixed(rod_run, 0.0))
    assert pair_density(reading) is None
    for who, carrier in (("electron", reading.electron), ("hole", reading.hole)):
        assert conditional(reading, who, 7) == pytest.approx(carrier.density[0], abs=1e-6)


def test_mixed_pair_against_the_sum_over_both_carriers(rod_run):
    """The coefficients of the rod are real, on one orbital and one spin: Ψ(i, k) is one matrix."""
    angle = 0.7
    run = mixed(rod_run, angle)
    reading = read(run)
    electron = run.states.electron_coefficients[..., 0, 0, 0].astype(float)
    hole = run.states.hole_coefficients[..., 2, 0, 0].astype(float)
    atom = held_on(reading, "hole")
    psi = np.cos(angle) * electron[0] * hole[0, atom] + np.sin(angle) * electron[2] * hole[2, atom]
    assert conditional(reading, "electron", atom) == pytest.approx(psi**2 / (psi**2).sum(), abs=1e-6)
    sheet = drawn(pair_density, run)
    assert "electron around a hole (1/nm^3)" in sheet.columns
    assert abs(reading.positions[atom] @ reading.frame.rows[2] - reading.depth) < 4.0
