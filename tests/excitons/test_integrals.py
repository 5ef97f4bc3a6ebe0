"""Transition densities, Coulomb and exchange integrals against sums written out atom by atom."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import sph_harm_y

from epidot.errors import InputError
from epidot.excitons import Complexes, PairMethod, excite, medium_of
from epidot.excitons.exchange import exchange
from epidot.excitons.integrals import active_space
from epidot.excitons.one_centre import slater_exponent, slater_integral
from epidot.excitons.screening import Bulk
from epidot.excitons.transitions import transitions
from epidot.numerics.progress import silent
from epidot.units import COULOMB

ORBITALS = ("s", "px", "py", "pz", "s*")
PLAIN = PairMethod(surface=False, screening=Bulk(), panels=250, dropped=0.0)


def spinors(rng, pairs, atoms, orbitals=5):
    """Kramers pairs next to each other, (state, atom, orbital, spin), complex and normalised."""
    up = rng.normal(size=(pairs, atoms, orbitals, 2)) + 1j * rng.normal(size=(pairs, atoms, orbitals, 2))
    up /= np.sqrt((abs(up) ** 2).sum(axis=(1, 2, 3), keepdims=True))
    partner = np.stack([-up[..., 1].conj(), up[..., 0].conj()], axis=-1)
    return np.stack([up, partner], axis=1).reshape(2 * pairs, atoms, orbitals, 2)


def stored(states):
    return np.stack([states.real, states.imag], axis=-1).astype(np.float32)


@pytest.fixture(scope="module")
def small(make):
    """Some dozen atoms with random states of four kinds of orbital; s* is empty."""
    rng = np.random.default_rng(1)
    positions, cation = make.sphere(6.0)
    electrons, holes = spinors(rng, 2, len(positions)), spinors(rng, 3, len(positions))
    electrons[:, :, 4], holes[:, :, 4] = 0.0, 0.0
    relaxed = make.particle(positions, cation)
    return make.states(
        relaxed, [2.5, 2.5, 2.6, 2.6], [0.5, 0.5, 0.45, 0.45, 0.4, 0.4], electrons, holes, ORBITALS
    )


def complex_states(coefficients):
    return coefficients[..., 0].astype(float) + 1j * coefficients[..., 1]


def test_transition_densities_are_what_they_are_called():
    rng = np.random.default_rng(4)
    bra, ket = spinors(rng, 2, 40), spinors(rng, 3, 40)
    for one, other, got in (
        (ket, ket, transitions(stored(ket))),
        (bra, ket, transitions(stored(bra), stored(ket))),
    ):
        expected = np.einsum("naos,maos->nma", one.conj(), other)
        found = np.einsum("nmr,ra->nma", got.coefficients, got.charges)
        np.testing.assert_allclose(found, expected, atol=2e-7)


def test_time_reversal_leaves_few_of_them():
    rng = np.random.default_rng(4)
    bra, ket = spinors(rng, 2, 300), spinors(rng, 3, 300)
    assert len(transitions(stored(ket)).charges) == 6 * 5 // 2
    assert len(transitions(stored(bra), stored(ket)).charges) == 4 * 6


def coulomb(states, medium):
    """1/r between atoms and what stands for it on one, eV before screening; (atom, atom)."""
    places = states.relaxed.positions
    distance = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distance, 1.0 / medium.onsite)
    return COULOMB / distance


def test_coulomb_integrals_are_double_sums(small):
    medium = medium_of(small, 2.24, PLAIN)
    space, terms = active_space(small, medium, PLAIN, (4, 4), silent)
    kernel = coulomb(small, medium) / medium.inside
    electrons, holes = (complex_states(c) for c in (small.electron_coefficients, small.hole_coefficients))
    ee = np.einsum("naos,maos->nma", electrons.conj(), electrons)
    hh = np.einsum("naos,maos->nma", holes, holes.conj())
    np.testing.assert_allclose(space.attraction, np.einsum("abx,xy,ijy->aibj", ee, kernel, hh), atol=1e-6)
    np.testing.assert_allclose(
        space.electron_repulsion, np.einsum("abx,xy,cdy->abcd", ee, kernel, ee), atol=1e-6
    )
    hh = hh[:4, :4]
    np.testing.assert_allclose(space.hole_repulsion, np.einsum("abx,xy,cdy->abcd", hh, kernel, hh), atol=1e-6)
    np.testing.assert_array_equal(space.electron, np.diag(small.electron_energies))
    np.testing.assert_allclose(terms.direct, np.einsum("aiai->ai", space.attraction).real, atol=1e-12)
    assert not (terms.through.any() or terms.electrons.any() or terms.holes.any())


def one_centre(numbers):
    """(μν|λσ) of s and p on one atom, (4, 4, 4, 4) for each F^k, by quadrature over the sphere."""
    cosines, weights = np.polynomial.legendre.leggauss(12)
    angles = 2 * np.pi * np.arange(24) / 24
    polar, azimuth = np.meshgrid(np.arccos(cosines), angles, indexing="ij")
    weight = np.repeat(weights[:, None], 24, axis=1) * 2 * np.pi / 24
    x, y, z = np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)
    orbitals = np.stack([np.ones_like(x), *(np.sqrt(3) * c for c in (x, y, z))]) / np.sqrt(4 * np.pi)
    total = np.zeros((len(numbers), 4, 4, 4, 4), complex)
    for order in range(3):
        radial = np.array([slater_integral(order, int(number)) for number in numbers])
        for m in range(-order, order + 1):
            harmonic = sph_harm_y(order, m, polar, azimuth)
            moment = np.einsum("mij,nij,ij->mn", orbitals, orbitals, weight * harmonic)
            term = 4 * np.pi / (2 * order + 1) * np.einsum("mn,ls->mnls", moment, moment.conj())
            total += radial[:, None, None, None, None] * term
    return total.real


@pytest.mark.parametrize("kind", ["screened", "bare"])
def test_exchange_is_the_sum_over_orbitals(small, kind):
    medium = medium_of(small, 2.24, PLAIN)
    across = transitions(small.electron_coefficients, small.hole_coefficients)
    every = np.arange(len(across.charges))
    mutual = (medium.bare if kind == "bare" else medium.direct)(across.charges, [(every, every)])[0]
    found = exchange(small, across, mutual, medium, kind)
    electrons, holes = (
        complex_states(c)[:, :, :4] for c in (small.electron_coefficients, small.hole_coefficients)
    )
    product = np.einsum("aims,hins->ahimn", electrons.conj(), holes)
    charge = np.einsum("ahimm->ahi", product)
    kernel = coulomb(small, medium) / (medium.inside if kind == "screened" else 1.0)
    np.fill_diagonal(kernel, 0.0)
    expected = np.einsum("ahx,xy,bky->ahbk", charge, kernel, charge.conj())
    local = one_centre(small.relaxed.structure.numbers)
    expected += np.einsum("ahimn,imnls,bkils->ahbk", product, local, product.conj(), optimize=True)
    np.testing.assert_allclose(found, expected, atol=2e-5 * abs(expected).max())


@pytest.mark.parametrize("kind", ["none", "screened", "bare"])
def test_exchange_in_the_space_is_that_of_the_method(small, kind):
    medium = medium_of(small, 2.24, PLAIN)
    found = active_space(small, medium, replace(PLAIN, exchange=kind), (4, 4), silent)[0].exchange
    if kind == "none":
        assert not found.any()
    else:
        across = transitions(small.electron_coefficients, small.hole_coefficients)
        every = np.arange(len(across.charges))
        mutual = (medium.bare if kind == "bare" else medium.direct)(across.charges, [(every, every)])[0]
        np.testing.assert_allclose(found, exchange(small, across, mutual, medium, kind), atol=1e-12)


def test_slater_integrals_of_carbon():
    # 2s: F⁰ = 93 ζ/256 hartree, ζ = 1.625 (Roothaan, J. Chem. Phys. 19, 1445 (1951)).
    assert slater_integral(0, 6) == pytest.approx(93 / 256 * 1.625 * 27.211386, rel=1e-6)


@pytest.mark.parametrize("number", [16, 34, 48, 52, 30])
def test_slater_integrals_are_double_integrals(number):
    shell, exponent = slater_exponent(number)
    r = np.linspace(0.0, 14.0, 14001)[1:]
    density = r ** (2 * shell) * np.exp(-2 * exponent * r)
    density /= density.sum()
    for order in range(3):
        inner = np.cumsum(density * r**order) - 0.5 * density * r**order
        expected = 2 * COULOMB * (density * inner / r ** (order + 1)).sum()
        assert slater_integral(order, number) == pytest.approx(expected, rel=1e-3)


def test_open_shells_have_none():
    with pytest.raises(InputError, match="exchange"):
        slater_exponent(26)


def test_too_large_a_space_is_refused_with_its_size(small):
    medium = medium_of(small, 2.24, PLAIN)
    with pytest.raises(InputError, match=r"4 electrons and 6 holes .* need .* GB"):
        active_space(small, medium, replace(PLAIN, memory=1e-6), (4, 4), silent)


def test_terms_of_single_pairs_are_those_of_first_order(make):
    """Populations summed by themselves, and the diagonals of all integrals."""
    rng = np.random.default_rng(6)
    positions, cation = make.sphere(9.0)
    electrons, holes = spinors(rng, 1, len(positions)), spinors(rng, 2, len(positions))
    levels = [2.5, 2.5], [0.5, 0.5, 0.45, 0.45]
    dot = make.states(make.particle(positions, cation), *levels, electrons, holes, ORBITALS)
    method = replace(PLAIN, surface=True, dropped_surface=0.0, complexes=Complexes(electrons=0))
    mixed, plain = (
        excite(dot, method=replace(method, interaction=kind)) for kind in ("configurations", "first order")
    )
    assert plain.surface_interaction.max() < -1e-3
    for name in ("coulomb", "surface_interaction", "electron_self_energy", "hole_self_energy"):
        np.testing.assert_allclose(getattr(mixed, name), getattr(plain, name), rtol=1e-6)
