"""Absolute absorption against the f-sum rule, small spheres of bulk and measured CdSe."""

import dataclasses

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.excitons import PairMethod, excite
from epidot.observables import Light, absorption, cross_section
from epidot.observables.cross_section import EXTINCTION, bulk_tensors, line_tensors, permittivity, switch
from epidot.observables.local_field import LocalField
from epidot.units import HBAR2_OVER_2M, HC


def sphere_field():
    return LocalField(None, np.eye(3), np.full(3, 1 / 3), np.eye(3))


def test_unit_strength_absorbs_what_an_oscillator_does():
    # ∫ σ dω = 2π² e²/(m c) for f = 1: 1.0976e-16 cm² eV (Hilborn, Am. J. Phys. 50, 982 (1982)).
    energy = 2.0
    dipole = np.array([[np.sqrt(3 * HBAR2_OVER_2M / energy), 0, 0]], dtype=complex)
    area = line_tensors(np.array([energy]), dipole, 1.0)[0]
    assert np.trace(area) / 3 == pytest.approx(1.0976, rel=1e-4)
    np.testing.assert_allclose(area / area[0, 0], np.diag([1.0, 0.0, 0.0]), atol=1e-12)
    assert line_tensors(np.array([energy]), 1j * dipole, 1.5)[0, 0, 0] == pytest.approx(area[0, 0] / 1.5)


def test_extinction_of_a_square_nanometre():
    # σ = ln 10 × 1000 ε/N_A in cm² (Beer and Lambert).
    assert np.log(10) * 1000 * EXTINCTION / 6.02214076e23 * 1e14 == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("radius", [12.0, 20.0])
def test_cdse_at_350_nm_is_as_leatherdale_measured(make, radius):
    # Leatherdale et al., J. Phys. Chem. B 106, 7619 (2002): 5.501e5 a³ cm² in hexane, a in cm.
    positions, cation = make.sphere(radius)
    structure = make.particle(positions, cation).structure
    energy = np.array([HC / 350.0])
    tensor = bulk_tensors(energy, structure, sphere_field(), 1.3749**2)[0]
    volume = len(positions) * make.lattice**3 / 8
    measured = 5.501e5 * 3 * volume / (4 * np.pi) * 1e-24
    assert np.trace(tensor) / 3 * 1e-16 / measured == pytest.approx(1.0, abs=0.1)
    np.testing.assert_allclose(tensor, np.eye(3) * tensor[0, 0], rtol=1e-12)


def test_bulk_is_shared_out_by_volume_and_needs_optical_constants(make):
    positions, cation = make.sphere(15.0)
    half = (positions[:, 2] > 0).astype(int)
    plain = make.particle(positions, cation).structure
    mixed = make.particle(positions, cation, half, ("CdSe", "CdS")).structure
    same = make.particle(positions, cation, half, ("CdSe", "CdSe")).structure
    axis = np.linspace(2.6, 4.0, 5)
    found = [np.trace(bulk_tensors(axis, one, sphere_field(), 2.24), axis1=1, axis2=2) for one in
             (plain, same, mixed)]  # fmt: skip
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)
    assert (found[2] < found[0]).all()
    # Without a local field compounds absorb for themselves.
    free = LocalField(None, np.eye(3), np.zeros(3), np.eye(3))
    one, other, both = (
        bulk_tensors(axis, make.particle(positions, cation, half, names).structure, free, 2.24)[:, 0, 0]
        for names in (("CdSe", "CdSe"), ("CdS", "CdS"), ("CdSe", "CdS"))
    )
    share = half.mean()
    np.testing.assert_allclose(both, (1 - share) * one + share * other, rtol=1e-9)
    assert cross_section.bulk_range(mixed) == (1.4, 5.2)
    with pytest.raises(InputError, match="beyond the optical constants"):
        permittivity("CdSe", np.array([7.0]))
    with pytest.raises(InputError, match="not among the compounds"):
        permittivity("HgTe", np.array([2.0]))


def test_switch_conserves_what_it_shares():
    axis = np.linspace(1.0, 3.0, 2001)
    rising = switch(axis, 2.0, 0.1)
    np.testing.assert_allclose(rising + rising[::-1], 1.0, atol=1e-12)
    assert np.interp(2.05, axis, rising) == pytest.approx(0.881, abs=1e-3)


def test_spectrum_is_lines_below_and_bulk_above(make):
    positions, cation = make.sphere(16.0)
    even = np.exp(-(positions**2).sum(axis=1) / 80)
    holes = np.concatenate([make.kramers(even * positions[:, 2]), make.kramers(even * positions[:, 0])])
    relaxed = make.particle(positions, cation)
    states = make.states(relaxed, [2.5, 2.5, 3.0, 3.0], [0.2, 0.2, -0.6, -0.6],
                         np.concatenate([make.kramers(even)] * 2), holes)  # fmt: skip
    pairs = excite(states, method=PairMethod(surface=False, panels=250, interaction="first order"))
    light = absorption(pairs, method=Light(phonons=False, fwhm=0.04))
    above = light.energy_axis > light.complete_to + 0.15
    known = light.energy_axis < light.complete_to - 0.15
    assert light.energy_axis[-1] > light.absorption_edge + 1.49
    np.testing.assert_allclose(light.cross_section[above], light.bulk_cross_section[above], rtol=2e-3)
    index = np.sqrt(pairs.dielectric_outside)
    areas = line_tensors(light.energies, light.seen_dipole @ [1, 1j], index).trace(axis1=1, axis2=2) / 300
    expected = areas[light.energies < light.complete_to - 0.3].sum()
    assert expected > 0
    got = np.trapezoid(light.cross_section[known], light.energy_axis[known])
    assert got == pytest.approx(expected, rel=1e-3)
    np.testing.assert_allclose(light.extinction, EXTINCTION * light.cross_section)
    at_peak = np.interp(light.first_peak, light.energy_axis, light.extinction)
    assert light.first_peak_extinction == pytest.approx(at_peak)


def test_axis_ends_with_the_optical_constants(make):
    positions, cation = make.sphere(9.0)
    even = np.exp(-(positions**2).sum(axis=1) / 50)
    relaxed = make.particle(positions, cation)
    states = make.states(
        relaxed, [4.5, 4.5], [0.2, 0.2], make.kramers(even), make.kramers(even * positions[:, 0])
    )
    pairs = excite(states, method=PairMethod(surface=False, panels=250, interaction="first order"))
    wide = dataclasses.replace(Light(), span=4.0)
    assert absorption(pairs, method=wide).energy_axis[-1] == pytest.approx(5.2)
