"""Gaps, widths and phonon replicas against their limits and measured gaps."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.errors import InputError
from epidot.excitons import PairMethod, excite
from epidot.observables import Light, absorption, lines
from epidot.observables.emission import levels
from epidot.units import BOLTZMANN

FAST = PairMethod(panels=250, surface=False, interaction="first order")


@pytest.mark.parametrize("temperature", [2.0, 77.0, 400.0])
@pytest.mark.parametrize("strength", [0.05, 0.5])
def test_replicas_are_thermal_and_keep_area_and_mean(temperature, strength):
    energy = materials.phonon_energy("CdSe")
    offsets, weights = lines.replicas(np.array([[strength]]), ("CdSe",), temperature)
    assert weights.sum() == pytest.approx(1.0, rel=1e-12)
    assert weights[0] @ offsets == pytest.approx(strength * energy, rel=2e-3)
    number = 1 / np.expm1(energy / (BOLTZMANN * temperature))
    spread = weights[0] @ (offsets - strength * energy) ** 2
    assert spread == pytest.approx(strength * (2 * number + 1) * energy**2, rel=0.02)
    # Detailed balance: absorption and emission mirror each other about the line without phonons.
    for step in (1, 2):
        up, down = (weights[0, np.isclose(offsets, sign * step * energy)].sum() for sign in (1, -1))
        if down > 1e-3:
            assert down / up == pytest.approx(np.exp(-step * energy / (BOLTZMANN * temperature)), rel=1e-2)


def test_cold_replicas_are_poisson_and_compounds_multiply():
    offsets, weights = lines.replicas(np.array([[0.3, 0.2]]), ("CdSe", "CdTe"), 0.5)
    first, second = materials.phonon_energy("CdSe"), materials.phonon_energy("CdTe")

    def at(place):
        return weights[0, np.isclose(offsets, place)].sum()

    assert at(0.0) == pytest.approx(np.exp(-0.5), rel=1e-3)
    assert at(first) == pytest.approx(0.3 * np.exp(-0.5), rel=1e-3)
    assert at(first + 2 * second) == pytest.approx(0.3 * 0.02 * np.exp(-0.5), rel=1e-3)
    assert offsets.min() == pytest.approx(0.0, abs=1e-12)


def test_compounds_without_a_known_factor_have_no_replicas():
    assert materials.huang_rhys("ZnSe") is None
    factors = lines.huang_rhys(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]]), ("CdSe", "ZnSe"))
    np.testing.assert_allclose(factors, [[0.75 * 0.3, 0.0]])


@pytest.mark.parametrize(
    "crystal", ["CdSe zb", "CdSe wz", "CdS zb", "CdS wz", "CdTe zb", "ZnSe zb", "ZnTe zb"]
)
def test_gaps_fall_as_measured_between_0_and_300_k(crystal):
    name, phase = crystal.split()
    cold, warm = (materials.number(name, f"Eg_{kelvin}K", phase) for kelvin in (0, 300))
    assert materials.gap_shift(name, phase, 0.0, 0.0) == 0.0
    # The tables' own gaps at 0 and 300 K are known to some 20 meV each.
    assert materials.gap_shift(name, phase, 300.0, 0.0) == pytest.approx(warm - cold, abs=0.03)
    assert materials.gap_shift(name, phase, 0.0, 300.0) == -materials.gap_shift(name, phase, 300.0, 0.0)


def test_width_grows_from_the_wandering_line_to_the_one_at_room_temperature():
    assert materials.line_width(4.0) == pytest.approx(2e-3 + 4 * 71e-6, rel=1e-6)
    number = 1 / np.expm1(0.0262 / (BOLTZMANN * 300))
    assert materials.line_width(300.0) == pytest.approx(2e-3 + 300 * 71e-6 + 0.021 * number, rel=1e-9)


@pytest.fixture(scope="session")
def halves(make):
    """Pair states of a CdSe–CdS dumbbell: the electron in both halves, one hole in each, both bright."""
    positions, cation = make.sphere(15.0)
    half = (positions[:, 2] > 0).astype(int)
    even = np.exp(-(positions**2).sum(axis=1) / 80)
    odd = even * positions[:, 0]
    relaxed = make.particle(positions, cation, half, ("CdSe", "CdS"))
    holes = np.concatenate([make.kramers(odd * (half == 0)), make.kramers(odd * (half == 1))])
    electrons = make.kramers(even * np.where(half == 1, 0.5, 1.0))
    return excite(make.states(relaxed, [2.5, 2.5], [0.5, 0.5, 0.44, 0.44], electrons, holes), method=FAST)


def test_levels_move_with_the_compound_in_which_the_electron_is(halves):
    weights = halves.weights.sum(axis=2) @ halves.states.electron_in_segment
    cold = absorption(halves, temperature=10.0)
    shift = [materials.gap_shift(name, "zb", 10.0, 300.0) for name in ("CdSe", "CdS")]
    assert shift[0] - shift[1] > 0.02
    np.testing.assert_allclose(cold.energies - halves.energies, weights @ shift, atol=1e-6)
    assert cold.gap_shift == pytest.approx(float(weights[0] @ shift), abs=1e-6)
    fixed = absorption(halves, temperature=10.0, method=Light(gap="fixed"))
    np.testing.assert_array_equal(fixed.energies, halves.energies)
    assert absorption(halves, temperature=300.0).gap_shift == 0.0
    other = absorption(halves, temperature=300.0, parameters="sp3s_star_T0")
    assert other.gap_shift == pytest.approx(
        float(weights[0] @ [materials.gap_shift(name, "zb", 300.0, 0.0) for name in ("CdSe", "CdS")]),
        abs=1e-6,
    )


def test_temperatures_beyond_the_gaps_are_refused(halves):
    with pytest.raises(InputError, match="outside 0 to 400 K"):
        absorption(halves, temperature=500.0)
    absorption(halves, temperature=500.0, method=Light(gap="fixed"))


def test_phonons_keep_the_areas_and_part_absorption_from_emission(halves):
    with_them = absorption(halves, temperature=150.0)
    without = absorption(halves, temperature=150.0, method=Light(phonons=False))
    for one in (with_them, without):
        axis = one.energy_axis
        assert np.trapezoid(one.emission, axis) == pytest.approx(1.0, rel=1e-4)
        assert np.trapezoid(one.absorption, axis) == pytest.approx(one.oscillator_strength.sum(), rel=1e-4)
    means = [np.trapezoid(one.emission * one.energy_axis, one.energy_axis) for one in (with_them, without)]
    assert 0.002 < means[1] - means[0] < 0.02
    assert 0.2 < with_them.huang_rhys < 0.5
    assert without.huang_rhys == 0.0


def test_each_place_emits_with_its_own_lifetime(halves):
    light = absorption(halves, temperature=300.0)
    assert light.level_hole == ("part0", "part1")
    assert light.level_electron == ("part0", "part0")
    assert light.level_population.sum() == pytest.approx(1.0)
    assert light.level_share.sum() == pytest.approx(1.0)
    assert light.level_energy[1] > light.level_energy[0] + 0.03
    # Rates of levels, weighted with their populations, are those of the whole.
    total = float(light.level_population @ (1 / light.level_lifetime))
    assert total == pytest.approx(1 / light.radiative_lifetime, rel=1e-9)
    shares = light.level_population / light.level_lifetime / total
    np.testing.assert_allclose(light.level_share, shares, rtol=1e-9)
    ratio = light.level_population[1] / light.level_population[0]
    gap = light.energies[-1] - light.energies[0]
    assert ratio == pytest.approx(np.exp(-gap / (BOLTZMANN * 300)), rel=1e-6)


def test_a_level_is_in_equilibrium_within_itself(halves):
    # The pairs of the first place, 0.1 eV apart: the higher one is empty and does not speed up the level.
    apart = dataclasses.replace(
        halves, energies=halves.energies + np.array([0, 0.0, 0.1, 0.1, 0.3, 0.3, 0.3, 0.3])
    )
    rates = np.array([0.0, 0.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0])
    found = levels(apart, apart.energies, rates, 100.0)
    hot = np.exp(-(apart.energies[2] - apart.energies[0]) / (BOLTZMANN * 100.0))
    assert found.lifetime[0] == pytest.approx((1 + hot) / hot, rel=1e-6)
    assert found.lifetime[1] == pytest.approx(1 / 3)


def test_lifetime_against_temperature_joins_the_one_of_the_run(halves):
    light = absorption(halves, temperature=300.0)
    place = int(np.flatnonzero(light.lifetime_temperature == 300.0)[0])
    assert light.lifetime[place] == pytest.approx(light.radiative_lifetime, rel=1e-12)
    assert light.lifetime_temperature[[0, -1]].tolist() == [2.0, 400.0]
