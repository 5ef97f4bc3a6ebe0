"""The tree sums against sums over all pairs, and single charges against the textbook."""

import numpy as np
import pytest
from scipy.special import erf

from epidot.numerics.boundary import solid_angle
from epidot.numerics.tree import flux, potential, tree

WIDTH = 2.5


def pairs(places, charges, targets):
    """Potential of every pair, written out."""
    r = np.linalg.norm(targets[:, None] - places, axis=2)
    return erf(r / np.sqrt(2) / WIDTH) / r @ charges


@pytest.fixture(scope="module")
def cloud():
    """A bent rod of charges whose ends are of opposite sign, and points in and around it."""
    rng = np.random.default_rng(5)
    along = rng.uniform(-150.0, 150.0, 6000)
    places = np.stack([along, 0.002 * along**2, np.zeros(6000)], axis=1) + rng.normal(0.0, 6.0, (6000, 3))
    charges = np.tanh(along / 60.0) + 0.5 * rng.normal(size=6000)
    targets = np.vstack([places[:300] + 0.1, rng.uniform(-200.0, 200.0, (100, 3))])
    return places, charges, targets


@pytest.mark.parametrize(("opening", "tolerance"), [(0.4, 2e-3), (0.2, 2e-4), (1e-9, 1e-6)])
def test_potential_of_all_pairs(cloud, opening, tolerance):
    places, charges, targets = cloud
    value = pairs(places, charges, targets)
    sources = tree(places, charges)
    assert len(sources.bounds) > 500, "the tree must have nodes to open"
    found = potential(sources, targets, width=WIDTH, opening=opening)
    assert np.abs(found - value).max() < tolerance * np.abs(value).max()


@pytest.mark.parametrize(("opening", "tolerance"), [(0.4, 2e-3), (0.2, 3e-4), (1e-9, 1e-12)])
def test_flux_of_all_charges(cloud, opening, tolerance):
    places, charges, _ = cloud
    centres = np.vstack([places[:40], 3.0 * places[40:80]]) + 0.05
    panels = centres[:, None] + np.random.default_rng(6).normal(0.0, 4.0, (80, 3, 3))
    exact = [sum(q * solid_angle(panel, *place) for q, place in zip(charges, places, strict=True))
             for panel in panels]  # fmt: skip
    found = flux(tree(places, charges), panels, opening=opening)
    assert np.abs(found - exact).max() < tolerance * np.abs(exact).max()


def test_flux_and_potential_of_a_distant_quadrupole():
    """Two dipoles back to back, and the same turned: no charge and no dipole to hide behind."""
    axis = np.array([1.0, 2.0, -1.0]) / np.sqrt(6.0)
    places = np.outer([-2.0, -1.0, 1.0, 2.0], axis)
    charges = np.array([1.0, -1.0, -1.0, 1.0])
    centre = np.array([30.0, -20.0, 40.0])
    panel = centre + np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 1.0], [0.0, 2.0, 0.0]])
    exact = sum(q * solid_angle(panel, *place) for q, place in zip(charges, places, strict=True))
    assert flux(tree(places, charges), panel[None])[0] == pytest.approx(exact, rel=0.02)
    value = pairs(places, charges, centre[None])[0]
    assert potential(tree(places, charges), centre[None], width=WIDTH)[0] == pytest.approx(value, rel=0.02)


def test_one_charge_near_and_far():
    place = np.array([[1.0, -2.0, 0.5]])
    sources = tree(place, np.array([2.0]))
    targets = place + np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1e-5], [0.0, 40.0, 0.0]])
    centre = 2.0 * np.sqrt(2 / np.pi) / WIDTH
    assert potential(sources, targets, width=WIDTH) == pytest.approx([centre, centre, 0.05], rel=1e-9)


def test_a_shell_of_charge_acts_as_its_centre():
    place = np.arange(3000) + 0.5
    height, angle = 1 - 2 * place / 3000, np.pi * (1 + np.sqrt(5)) * place
    ring = np.sqrt(1 - height**2)
    shell = 40.0 * np.stack([ring * np.cos(angle), ring * np.sin(angle), height], axis=1)
    sources = tree(shell, np.full(3000, 1 / 3000))
    inner, outer = np.array([[3.0, 10.0, -8.0]]), np.array([[30.0, 40.0, -50.0]])
    assert potential(sources, inner, width=WIDTH)[0] == pytest.approx(1 / 40, rel=1e-3)
    assert potential(sources, outer, width=WIDTH)[0] == pytest.approx(1 / np.sqrt(5000), rel=1e-3)


def test_the_order_of_the_sources_does_not_matter(cloud):
    places, charges, targets = cloud
    order = np.random.default_rng(1).permutation(len(places))
    one = potential(tree(places, charges), targets, width=WIDTH, opening=0.2)
    other = potential(tree(places[order], charges[order]), targets, width=WIDTH, opening=0.2)
    assert np.abs(one - other).max() < 1e-3 * np.abs(one).max()
