"""Excitons, trions and biexcitons of hand-made particles: signs, invariances, convergence, localisation."""

from dataclasses import replace

import numpy as np
import pytest

from epidot.excitons import Complexes, PairMethod, dark_bright, excite, together
from epidot.excitons.complexes import nested, whole
from epidot.excitons.screening import Bulk

PLAIN = PairMethod(surface=False, screening=Bulk(), panels=250, exchange="none")
BROAD = 0.05
"""eV from s to p levels: the size of the Coulomb energy or less, so that correlation matters."""


def spinful(envelopes):
    """(state, atom, 1, 2) of orthonormal real envelopes (orbital, atom), two spins each."""
    basis = np.linalg.qr(np.array(envelopes).T)[0].T
    out = np.zeros((2 * len(basis), basis.shape[1], 1, 2), complex)
    out[0::2, :, 0, 0], out[1::2, :, 0, 1] = basis, basis
    return out


def shells(positions, radius):
    distance = np.linalg.norm(positions, axis=1) / radius
    s = np.sinc(np.minimum(distance, 1.0))
    p = np.exp(-2 * distance**2)
    return [s, *(p * positions[:, axis] for axis in range(3))]


def particle_of(make, electrons, holes, relaxed, turn=None):
    if turn is not None:
        electrons, holes = electrons.copy(), holes.copy()
        holes[2:] = np.einsum("mn,naos->maos", turn, holes[2:])
    rise = BROAD * np.array([0.0] * 2 + [1.0] * 6)
    return make.states(relaxed, 2.5 + rise, 0.5 - rise, electrons, holes)


@pytest.fixture(scope="module")
def plain(make):
    """A dot whose electrons and holes have the same s and p envelopes."""
    positions, cation = make.sphere(11.0)
    both = spinful(shells(positions, 12.0))
    relaxed = make.particle(positions, cation)
    return lambda turn=None: particle_of(make, both, both, relaxed, turn)


@pytest.fixture(scope="module")
def correlated(plain):
    return excite(plain(), method=PLAIN)


def test_biexciton_of_a_plain_dot_is_attractive_by_correlation(correlated):
    assert tuple(correlated.active_spaces[-1]) == (8, 8)
    assert tuple(correlated.active_spaces[0]) == (2, 2)
    # Without p states each charge cloud covers the other and nothing is left.
    np.testing.assert_allclose(correlated.bindings[0], 0.0, atol=1e-6)
    assert correlated.bindings[-1].min() > 1e-3


def test_biexciton_of_charges_apart_is_repulsive(make):
    left, right = (make.sphere(9.0)[0] + (x, 0.0, 0.0) for x in (-9.0, 9.0))
    positions = np.concatenate([left, right])
    clouds = np.exp(-(((left - (-9.0, 0.0, 0.0)) / 6.0) ** 2).sum(axis=1))
    electron = np.concatenate([clouds, np.zeros(len(right))])
    hole = np.concatenate([np.zeros(len(left)), clouds])
    relaxed = make.particle(positions, np.arange(len(positions)) % 2)
    states = make.states(relaxed, [2.5] * 2, [0.5] * 2, spinful([electron]), spinful([hole]))
    found = excite(states, method=PLAIN)
    assert found.bindings[-1, 2] < -0.05
    assert found.biexciton[0] == pytest.approx(2 * found.energies[0] - found.bindings[-1, 2], abs=1e-9)


@pytest.mark.parametrize("surface", [False, True])
def test_first_order_and_correlation_agree_where_nothing_mixes(dot, surface):
    """With the surface both have the attraction through it and the self-energies of electron and hole."""
    method = replace(PLAIN, surface=surface)
    one = excite(dot, method=replace(method, interaction="first order"))
    two = excite(dot, method=method)
    assert surface == bool(one.hole_self_energy.any())
    np.testing.assert_allclose(one.energies, two.energies, atol=1e-8)
    assert one.interaction == "first order" and not len(one.convergence)
    assert one.charged_gap == pytest.approx(two.charged_gap, abs=1e-8)


def test_energies_fall_as_the_space_grows(correlated):
    assert (np.diff(correlated.convergence, axis=0) <= 1e-9).all()
    assert correlated.convergence[0, 2] - correlated.convergence[-1, 2] > 1e-3
    assert correlated.convergence[-1, 2] == pytest.approx(correlated.energies[0], abs=1e-9)
    several = correlated.negative_trion, correlated.positive_trion, correlated.biexciton
    assert [len(energies) for energies in several] == [Complexes().levels] * 3
    assert all((np.diff(energies) >= -1e-9).all() for energies in several)
    lowest = [correlated.negative_trion[0], correlated.positive_trion[0], correlated.biexciton[0]]
    np.testing.assert_allclose(correlated.convergence[-1, 3:], lowest, atol=1e-9)


def test_basis_of_a_multiplet_does_not_matter(plain, correlated):
    rng = np.random.default_rng(8)
    turn = np.linalg.qr(rng.normal(size=(6, 6)) + 1j * rng.normal(size=(6, 6)))[0]
    turned = excite(plain(turn), method=replace(PLAIN, exchange="screened"))
    straight = excite(plain(), method=replace(PLAIN, exchange="screened"))
    np.testing.assert_allclose(turned.energies, straight.energies, atol=2e-6)
    np.testing.assert_allclose(turned.biexciton, straight.biexciton, atol=2e-6)
    np.testing.assert_allclose(turned.negative_trion, straight.negative_trion, atol=2e-6)
    assert abs(straight.energies - correlated.energies).max() > 1e-3


def test_electrons_and_holes_of_one_shape_make_the_same_trions(correlated):
    shift = correlated.convergence[-1, 0] - correlated.convergence[-1, 1]
    np.testing.assert_allclose(correlated.negative_trion - shift, correlated.positive_trion, atol=1e-7)


def test_amplitudes_are_orthonormal(correlated):
    flat = correlated.complex_amplitudes.reshape(64, -1)
    np.testing.assert_allclose(flat.conj() @ flat.T, np.eye(64), atol=1e-5)


def test_trions_can_be_left_out(plain):
    found = excite(plain(), method=replace(PLAIN, complexes=Complexes(electrons=0)))
    assert not len(found.biexciton)
    assert np.isnan(found.convergence[:, 3:]).all() and np.isfinite(found.convergence[:, :3]).all()


def test_pairs_use_all_states_and_trions_the_first(plain, correlated):
    found = excite(plain(), method=replace(PLAIN, complexes=Complexes(electrons=2, holes=2)))
    np.testing.assert_allclose(found.energies, correlated.energies, atol=1e-10)
    assert found.active_spaces.tolist() == [[2, 2], [8, 8]]
    assert np.isnan(found.convergence[-1, 3:]).all()


def test_multiplets_are_not_cut():
    groups = np.array([0, 0, 1, 1, 1, 1, 2, 2])
    assert [whole(groups, count) for count in (0, 1, 2, 3, 5, 6, 7, 8, 20)] == [0, 2, 2, 2, 2, 6, 6, 8, 8]
    assert nested((groups, groups), (8, 6)).tolist() == [[2, 2], [6, 2], [8, 6]]


@pytest.fixture(scope="module")
def double(make):
    """Two equal dots apart: even and odd combinations of electrons and of holes, 0.01 meV apart."""
    left, right = (make.sphere(8.0)[0] + (x, 0.0, 0.0) for x in (-20.0, 20.0))
    positions = np.concatenate([left, right])
    cloud = np.exp(-(((left - (-20.0, 0.0, 0.0)) / 6.0) ** 2).sum(axis=1))
    pair = [np.concatenate([cloud, sign * cloud]) for sign in (1, -1)]
    part = np.repeat([0, 1], [len(left), len(right)])
    relaxed = make.particle(positions, np.arange(len(positions)) % 2, part, ("CdSe", "CdSe"))
    rise = np.array([0.0, 0.0, 1e-5, 1e-5])
    return make.states(relaxed, 2.5 + rise, 0.5 - rise, spinful(pair), spinful(pair))


def test_attraction_puts_both_carriers_into_one_dot(double):
    found = excite(double, method=PLAIN)
    ground = np.zeros(len(found.energies))
    ground[0] = 1.0
    both = together(found, ground)
    np.testing.assert_allclose(both.joint.sum(axis=0), 0.5, atol=1e-5)
    assert both.same > 0.999 and both.same_by_chance == pytest.approx(0.5, abs=1e-5)
    assert both.hole_segments == pytest.approx(2.0, abs=1e-5)
    assert both.hole_segments_given_electron == pytest.approx(1.0, abs=2e-3)


def test_without_correlation_they_are_together_by_chance(double):
    found = excite(double, method=replace(PLAIN, interaction="first order"))
    both = together(found, np.full(len(found.energies), 1 / len(found.energies)))
    assert both.same == pytest.approx(both.same_by_chance, abs=1e-5)


def test_bright_exciton_lies_above_the_dark_ones(dot):
    found = excite(dot, method=replace(PLAIN, exchange="bare"))
    rise = found.energies[3] - found.energies[0]
    assert rise > 0.01
    assert dark_bright(found, np.array([0.0, 1e-6, 0.0, 1.0])) == pytest.approx(rise)
    assert dark_bright(found, np.ones(4)) == 0.0
    assert np.isnan(dark_bright(found, np.zeros(4)))


def test_method_is_checked():
    from epidot.errors import InputError

    with pytest.raises(InputError, match="levels"):
        Complexes(levels=0)
    with pytest.raises(InputError, match="memory"):
        PairMethod(memory=-1.0)
