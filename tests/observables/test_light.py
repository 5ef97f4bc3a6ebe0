"""Rates, temperatures, polarisation and the record as a whole."""

import dataclasses

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.excitons import PairMethod, excite
from epidot.observables import Light, absorption
from epidot.observables.lifetime import lifetime, populations, radiative_rates
from epidot.observables.polarisation import anisotropy, degree, emission_tensor
from epidot.records import load, save
from epidot.units import BOLTZMANN

FAST = PairMethod(panels=250, surface=False, interaction="first order")
PLAIN = Light(local_field="sphere", gap="fixed", phonons=False, fwhm=0.06)
"""Whatever the temperature, energies stay and lines are Gaussians."""


@pytest.fixture(scope="session")
def levels(make):
    """Function of a gap (eV) and a mixing matrix: pair states of a particle with inversion symmetry.

    One even electron level; the upper hole level is even (dark), the lower one odd along z (bright).
    """
    line = np.arange(-5, 6) * 3.0
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1).reshape(-1, 3)
    positions = grid[(grid**2).sum(axis=1) < 15.1**2]
    even = np.exp(-(positions**2).sum(axis=1) / 80)
    dark = even * (positions[:, 0] ** 2 - positions[:, 1] ** 2)
    bright = even * positions[:, 2]
    relaxed = make.particle(positions, np.arange(len(positions)) % 2)

    def build(gap, mix=None):
        lower = make.kramers(bright)
        lower = lower if mix is None else np.einsum("mn,n...->m...", mix, lower)
        holes = np.concatenate([make.kramers(dark), lower])
        energies = [0.5, 0.5, 0.5 - gap, 0.5 - gap]
        return excite(make.states(relaxed, [2.5, 2.5], energies, make.kramers(even), holes), method=FAST)

    return build


def test_rate_of_one_dipole():
    # 1 e nm at 2 eV in vacuum: Γ = ω³ d²/(3π ε0 ħ c³) in SI.
    e, eps0, hbar, c = 1.602176634e-19, 8.8541878128e-12, 1.054571817e-34, 2.99792458e8
    omega = 2.0 * e / hbar
    expected = omega**3 * (e * 1e-9) ** 2 / (3 * np.pi * eps0 * hbar * c**3) * 1e-9
    dipole = np.array([[6j, 0.0, 8.0]])
    rate = radiative_rates(np.array([2.0]), dipole, 1.0)[0]
    assert rate == pytest.approx(expected, rel=1e-8)
    assert radiative_rates(np.array([2.0]), 0.5 * dipole, 2.25)[0] == pytest.approx(1.5 * 0.25 * rate)
    assert lifetime(np.array([rate, 0.0]), np.array([0.5, 0.5])) == pytest.approx(2 / expected, rel=1e-8)
    assert lifetime(np.zeros(1), np.ones(1)) == float("inf")


def test_populations_of_two_levels():
    weights = populations(np.array([2.0, 2.05]), 250.0)
    assert weights[1] / weights[0] == pytest.approx(np.exp(-0.05 / (BOLTZMANN * 250.0)), rel=1e-12)
    assert populations(np.array([2.0, 2.05]), 1e-3).tolist() == [1.0, 0.0]
    np.testing.assert_allclose(populations(np.array([2.0, 2.05, 2.2]), 1e9), 1 / 3, rtol=1e-5)


def test_cold_light_is_slow_and_hot_light_is_fast(levels):
    pairs = levels(0.04)
    cold, warm, hot = (absorption(pairs, temperature=t, method=PLAIN) for t in (2.0, 300.0, 1e7))
    assert cold.radiative_lifetime > 1e6 * warm.radiative_lifetime > 1e6 * hot.radiative_lifetime
    # Half of all pairs are of the bright level, and half of those join equal spins.
    dipole = (hot.dipole**2).sum(axis=(1, 2))
    factor = 3 * pairs.dielectric_outside / (pairs.dielectric_inside + 2 * pairs.dielectric_outside)
    rates = radiative_rates(pairs.energies, factor * hot.dipole @ [1, 1j], pairs.dielectric_outside)
    assert (dipole > 1e-6 * dipole.max()).sum() == 2
    assert hot.radiative_lifetime == pytest.approx(8 / rates.sum(), rel=1e-3)
    assert warm.emission_energy == pytest.approx(pairs.energies[-1], abs=1e-6)
    assert np.trapezoid(warm.emission, warm.energy_axis) == pytest.approx(1.0, rel=1e-6)


def test_dark_ground_state_is_below_the_absorption_edge(levels):
    pairs = levels(0.3)
    light = absorption(pairs, method=PLAIN)
    bright = pairs.energies[-1]
    assert light.absorption_edge == pytest.approx(bright, abs=1e-6)
    assert light.first_peak == pytest.approx(bright, abs=1e-4)
    assert light.absorption_edge > pairs.energies[0] + 0.2
    assert light.complete_to == pytest.approx(pairs.energies[0], abs=1e-6)
    area = np.trapezoid(light.absorption, light.energy_axis)
    assert area == pytest.approx(light.oscillator_strength.sum(), rel=1e-6)


def test_basis_of_a_multiplet_does_not_matter(levels):
    angle = np.array([[np.cos(0.6), 1j * np.sin(0.6)], [1j * np.sin(0.6), np.cos(0.6)]])
    one, two = absorption(levels(0.1)), absorption(levels(0.1, angle))
    assert abs(one.dipole - two.dipole).max() > 0.1
    np.testing.assert_allclose(one.absorption, two.absorption, rtol=1e-5, atol=1e-8)
    for field in dataclasses.fields(one):
        if field.type == "float":
            expected = pytest.approx(getattr(two, field.name), rel=1e-5, nan_ok=True)
            assert getattr(one, field.name) == expected, field.name


def test_polarisation_of_simple_emitters(levels):
    assert absorption(levels(0.1)).polarisation == pytest.approx(1.0, abs=1e-6)
    line, plane, ball = np.eye(3)[:1], np.eye(3)[:2], np.eye(3)
    for dipole, expected in ((line, 1.0), (plane, 1 / 3), (ball, 0.0)):
        tensor = emission_tensor(dipole.astype(complex), np.ones(len(dipole)))
        assert degree(tensor) == pytest.approx(expected, abs=1e-12)
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    tensor = emission_tensor((1 + 2j) * plane @ turn, np.array([1.0, 0.3]))
    assert degree(tensor) == pytest.approx((1 - 0.15) / (1 + 0.15))
    assert degree(np.zeros((3, 3))) == 0.0


def test_strength_follows_energy_and_dipole(levels):
    light = absorption(levels(0.1))
    square = (light.dipole**2).sum(axis=(1, 2))
    expected = light.excitons.energies * square / (3 * 3.80998)
    assert expected.max() > 0.01
    np.testing.assert_allclose(light.oscillator_strength, expected, rtol=1e-5, atol=1e-12)


def test_input_is_checked(levels):
    for temperature in (0.0, -3.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="temperature"):
            absorption(levels(0.1), temperature=temperature)
    with pytest.raises(InputError, match="fwhm"):
        Light(fwhm=0.0)
    with pytest.raises(InputError, match="visible"):
        Light(visible=2.0)


def test_record_survives_the_disk(levels, tmp_path):
    light = absorption(levels(0.1))
    save(light, tmp_path / "optics.nc")
    back = load(type(light), tmp_path / "optics.nc", {"excitons": light.excitons})
    assert back.alignment == light.alignment
    np.testing.assert_array_equal(back.absorption, light.absorption)


def test_anisotropy_of_two_dipoles_and_of_particles_turned_at_random():
    first, second = np.array([0, 0, 1.0]), np.array([np.sin(0.4), 0, np.cos(0.4)])
    along, tilted = np.outer(first, first), np.outer(second, second)
    expected = (3 * np.cos(0.4) ** 2 - 1) / 5
    assert anisotropy(along[None], tilted)[0] == pytest.approx(expected)
    assert anisotropy(np.stack([along, np.eye(3), 0 * along]), along).tolist() == pytest.approx(
        [0.4, 0.0, 0.0]
    )
    rng = np.random.default_rng(1)
    absorbed, emitted = np.diag([1.0, 0.4, 0.1]), np.diag([0.2, 1.0, 0.3])
    turns, _ = np.linalg.qr(rng.normal(size=(40000, 3, 3)))
    excited = np.einsum("nij,jk,nlk->nil", turns, absorbed, turns)[:, 2, 2]
    seen = np.einsum("nij,jk,nlk->nil", turns, emitted, turns)
    parallel, across = (excited * seen[:, 2, 2]).mean(), (excited * seen[:, 0, 0]).mean()
    got = anisotropy(absorbed[None], emitted)[0]
    assert abs(got) > 0.02
    assert got == pytest.approx((parallel - across) / (parallel + 2 * across), abs=5e-3)
