"""Envelopes against wells whose levels are known."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from epidot.hamiltonian.envelope.bands import quartet
from epidot.hamiltonian.envelope.grid import EDGE, Filling
from epidot.hamiltonian.envelope.model import Carrier, Outside
from epidot.numerics.elements import SUB, Grid
from epidot.numerics.lowest import lowest
from epidot.units import HBAR2_OVER_2M

INVERSE = 8.0
"""1/m of the electron in the wells."""


def box(half, spacing):
    """A grid about the origin that reaches `half` (3,) Å, and the places of its parts, (cell, part, 3)."""
    number = np.ceil(np.asarray(half) / spacing).astype(int)
    cells = np.argwhere(np.ones(2 * number, bool))
    origin = -number * spacing
    parts = (np.argwhere(np.ones((SUB,) * 3, bool)) + 0.5) / SUB
    return Grid(origin, spacing, cells), origin + (cells[:, None, :] + parts) * spacing


def carrier(grid, inside, surface, edge, inverse, outside):
    """A band of masses that do not depend on energy."""
    filling = Filling(grid, inside, np.zeros((0, *inside.shape)), surface)
    tensor = np.stack([inverse * inside] * 3)
    return Carrier(filling, edge * inside, outside, 0.0, tensor=tensor)


def levels(one, count, at=0.3, rounds=3):
    """The lowest levels, the first of them at its own energy."""
    grid = one.filling.grid
    for _ in range(rounds):
        found = lowest(grid.assembled(one.matrix(at)), grid.assembled(one.mass), count, -0.05)
        at = found.energies[0]
    return found.energies


def test_a_box_without_walls_has_a_flat_state_and_waves_to_fourth_order():
    errors = []
    for spacing in (4.0, 2.0):
        grid, places = box((8.0, 8.0, 24.0), spacing)
        inside = np.ones(places.shape[:2])
        one = carrier(grid, inside, 0.0 * inside, 0.0, INVERSE, Outside(5.0, 1.0))
        found = levels(one, 3)
        assert abs(found[0]) < 1e-9
        exact = HBAR2_OVER_2M * INVERSE * (np.pi / 48.0 * np.array([1, 2])) ** 2
        errors.append(np.abs(found[1:] - exact))
    assert errors[0].max() < 1e-3 * exact.max()
    assert (errors[0] / errors[1] > 13.0).all()


def slab(width, spacing, shift=0.0):
    """A slab across z between walls, blurred as a particle's atoms are: filled share and area per volume."""
    grid, places = box((spacing, spacing, 0.5 * width + 10.0), spacing)
    part = spacing / SUB
    edge = EDGE * part
    edges = places[..., 2, None] + np.array([-0.5, 0.5]) * part - shift

    def mean(primitive):
        return (primitive(edges[..., 1]) - primitive(edges[..., 0])) / part

    def ramp(z):
        return z * norm.cdf(z, scale=edge) + edge**2 * norm.pdf(z, scale=edge)

    share = mean(lambda z: ramp(z + 0.5 * width) - ramp(z - 0.5 * width))
    area = mean(lambda z: norm.cdf(z + 0.5 * width, scale=edge) + norm.cdf(z - 0.5 * width, scale=edge))
    kept = share.mean(axis=1) > 1e-3
    return Grid(grid.origin, spacing, grid.cells[kept]), share[kept], area[kept], places[kept]


@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_a_finite_well_with_a_heavier_mass_outside_is_bastards(shift):
    width, height, outer = 40.0, 3.0, 1.0
    grid, inside, surface, _ = slab(width, 2.5, shift)
    found = levels(carrier(grid, inside, surface, 0.0, INVERSE, Outside(height, outer)), 1)[0]

    def bastard(energy):
        k = np.sqrt(energy / (HBAR2_OVER_2M * INVERSE))
        kappa = np.sqrt((height - energy) * outer / HBAR2_OVER_2M)
        return INVERSE * k * np.tan(0.5 * k * width) - kappa / outer

    exact = brentq(bastard, 1e-6, HBAR2_OVER_2M * INVERSE * (0.99 * np.pi / width) ** 2)
    assert found == pytest.approx(exact, abs=1e-3)


def test_a_step_of_the_mass_inside_is_bastards():
    inner, width, step, masses = 30.0, 90.0, 0.3, (9.0, 5.0)
    grid, inside, surface, places = slab(width, 3.0)
    core = np.abs(places[..., 2]) < 0.5 * inner
    edge, inverse = np.where(core, 0.0, step), np.where(core, *masses)
    found = levels(carrier(grid, inside, 0.0 * surface, edge, inverse, Outside(5.0, 1.0)), 1)[0]

    def bastard(energy):
        k = np.sqrt(energy / (HBAR2_OVER_2M * masses[0]))
        kappa = np.sqrt((step - energy) / (HBAR2_OVER_2M * masses[1]))
        outer = kappa * np.tanh(kappa * 0.5 * (width - inner))
        return masses[0] * k * np.tan(0.5 * k * inner) - masses[1] * outer

    exact = brentq(bastard, 1e-6, 0.29)
    assert found == pytest.approx(exact, abs=1e-3)


def test_the_quartet_of_equal_masses_is_one_band_and_of_a_light_one_lies_higher():
    assert quartet(2.0, 2.0) == pytest.approx(2.0, rel=1e-6)
    # β → 0: φ is the first zero of j1(x) x ... of j2, 5.763 (Xia 1989).
    assert quartet(1.0, 1e6) == pytest.approx((5.763 / np.pi) ** 2, rel=1e-2)


def test_nothing_is_held_above_the_outside():
    cost, slope = Outside(1.0, 1.0).cost(2.0)
    assert cost == slope == 0.0
    cost, slope = Outside(1.0, 1.0).cost(0.5)
    near = Outside(1.0, 1.0).cost(0.5 + 1e-6)[0]
    assert slope == pytest.approx((near - cost) / 1e-6, rel=1e-4)
