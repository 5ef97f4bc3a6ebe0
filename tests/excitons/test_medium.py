"""The screened interaction of signed charges: superposition, reciprocity, and sums written out."""

import numpy as np
import pytest

from epidot.excitons import PairMethod, medium_of
from epidot.excitons.screening import Bulk
from epidot.units import COULOMB

FAST = PairMethod(panels=400, screening=Bulk(), dropped=0.0, dropped_surface=0.0)


@pytest.fixture(scope="module")
def medium(dot):
    return medium_of(dot, 2.24, FAST)


@pytest.fixture(scope="module")
def signed(medium):
    """Charges of either sign, as of transition densities: some with no charge in all."""
    rng = np.random.default_rng(7)
    charges = rng.normal(size=(5, len(medium.positions))) / len(medium.positions)
    charges[3:] -= charges[3:].mean(axis=1, keepdims=True)
    return charges


def test_signed_charges_superpose(medium, signed):
    positive, negative = np.maximum(signed, 0.0), np.maximum(-signed, 0.0)
    for term in (medium.direct, medium.through, medium.bare):
        parts = term(positive, positive) + term(negative, negative)
        parts -= term(positive, negative) + term(negative, positive)
        whole = term(signed, signed)
        assert np.abs(whole).max() > 1e-6
        np.testing.assert_allclose(whole, parts, atol=1e-10 * np.abs(term(positive, positive)).max())
    assert np.linalg.eigvalsh(medium.direct(signed, signed) + medium.through(signed, signed)).min() > 0
    np.testing.assert_allclose(
        medium.self_energy(signed), medium.self_energy(positive) - medium.self_energy(negative), rtol=1e-9
    )


def test_both_sides_are_alike(medium, signed):
    for term in (medium.direct, medium.through):
        np.testing.assert_allclose(
            term(signed[:2], signed[2:]), term(signed[2:], signed[:2]).T, rtol=1e-9, atol=1e-15
        )


def test_what_stands_in_vacuum_is_the_sum_written_out(medium, signed):
    r = np.linalg.norm(medium.positions[:, None] - medium.positions, axis=2)
    np.fill_diagonal(r, 1.0)
    kernel = 1.0 / r
    np.fill_diagonal(kernel, medium.onsite)
    expected = COULOMB * signed @ kernel @ signed.T
    np.testing.assert_allclose(medium.bare(signed, signed), expected, rtol=1e-9, atol=1e-12)


def test_light_atoms_may_be_dropped_but_not_their_charge(medium, dot):
    rough = medium_of(dot, 2.24, PairMethod(panels=400, screening=Bulk(), dropped_surface=1e-2))
    rng = np.random.default_rng(2)
    envelope = np.exp(-0.5 * np.linalg.norm(medium.positions, axis=1))
    density = envelope * rng.normal(1.0, 2.0, (4, len(envelope)))
    kept, weights = rough._felt(density)
    assert len(kept) < 0.8 * len(envelope)
    assert (density < 0).any()
    np.testing.assert_allclose(weights.sum(axis=1), density.sum(axis=1), rtol=1e-12)
    exact = medium.through(density, density)
    np.testing.assert_allclose(rough.through(density, density), exact, atol=0.01 * np.abs(exact).max())
    assert not rough.through(0.0 * density, density).any()
