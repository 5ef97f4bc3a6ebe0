"""Areas of planes and spheres, the share-out of the energy, and the balance of a first dislocation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from epidot import materials
from epidot.design import catalogue
from epidot.numerics.minimise import LimitedMemoryBFGS, minimise
from epidot.relaxation import Relaxed, interfaces, misfit_warnings, relax
from epidot.relaxation.interfaces import _gain, critical_thickness, moduli
from epidot.relaxation.keating import bonds, energy_and_gradient
from epidot.structure import build

A = materials.lattice_constant("CdSe")


def unrelaxed(structure, atom_energy=None):
    count = len(structure.positions)
    energy = np.zeros(count) if atom_energy is None else atom_energy
    nothing = np.zeros((count, 3, 3))
    return Relaxed(structure, structure.positions, nothing, energy, float(energy.sum()), 0.0, 0)


@pytest.mark.parametrize("phase", ["zb", "wz"])
@pytest.mark.parametrize("radius", [12.0, 20.0])
def test_area_of_a_sphere(crystal, ball, phase, radius):
    dot = crystal(
        ("CdSe", "CdTe"),
        ball(radius + 8.0),
        lambda x: (x**2).sum(axis=1) > radius**2,
        phase=phase,
        half_width=radius + 8.0,
        a=A,
    )
    (found,) = interfaces(unrelaxed(dot))
    # What the atoms inside fill, each an eighth of the cubic cell.
    inner = (3.0 * (dot.segment == 0).sum() * A**3 / (32.0 * np.pi)) ** (1 / 3)
    assert found.area == pytest.approx(4.0 * np.pi * inner**2, rel=0.02)
    assert found.segments == ("s0", "s1")


@pytest.mark.parametrize("normal", [(0, 0, 1), (1, 1, 1), (1, 1, 0), (1, 2, 3), (2.0, 1.0, 0.3)])
def test_area_of_a_plane_of_any_orientation(crystal, ball, normal):
    """Twice the radius has four times the area and twice the rim, so the rim drops out of a difference."""
    normal = np.array(normal) / np.linalg.norm(normal)
    areas = []
    for radius in (13.0, 26.0):
        cut = crystal(("CdSe", "CdTe"), ball(radius), lambda x: x @ normal > 0.3, half_width=radius, a=A)
        areas.append(interfaces(unrelaxed(cut))[0].area)
    assert 0.85 < areas[1] / (np.pi * 26.0**2) < 1.0
    inner = (areas[1] - 2.0 * areas[0]) / (2.0 * np.pi * 13.0**2)
    assert inner == pytest.approx(1.0, abs=0.07)


@pytest.fixture(scope="session")
def superlattice():
    pieces = [("CdSe", "3 nm"), ("CdTe", "3 nm"), ("CdSe", "3 nm"), ("CdS", "3 nm")]
    return relax(build(catalogue.heterorod(pieces, diameter="3 nm")))


def test_every_atom_counts_for_the_nearest_interface(superlattice):
    found = interfaces(superlattice)
    assert [interface.segments for interface in found] == [("s1", "s2"), ("s2", "s3"), ("s3", "s4")]
    assert sum(interface.energy for interface in found) == pytest.approx(superlattice.energy, rel=1e-12)
    assert [interface.materials for interface in found] == [
        ("CdSe", "CdTe"),
        ("CdTe", "CdSe"),
        ("CdSe", "CdS"),
    ]
    assert found[0].misfit == pytest.approx(-found[1].misfit)
    assert found[0].misfit > 0.0 > found[2].misfit
    # Along a rod the border between two interfaces is half-way between them.
    height, segment = superlattice.positions[:, 2], superlattice.structure.segment
    planes = [0.5 * (height[segment == k].max() + height[segment == k + 1].min()) for k in range(3)]
    borders = [-np.inf, *(0.5 * (one + other) for one, other in itertools.pairwise(planes)), np.inf]
    for interface, low, high in zip(found, borders[:-1], borders[1:], strict=True):
        expected = superlattice.atom_energy[(height > low) & (height < high)].sum()
        assert interface.energy == pytest.approx(expected, rel=0.05)
        assert interface.area == pytest.approx(700.0, rel=0.2)


def test_no_interface_in_one_material(crystal, ball):
    assert interfaces(unrelaxed(crystal(("CdSe",), ball(8.0), half_width=8.0, a=A))) == ()


def test_moduli_are_those_of_the_elastic_constants():
    """Voigt: G = (C11 − C12 + 3 C44)/5; Reuss from the compliances; C44 that of the force field."""
    c11, c12 = (materials.number("CdSe", key) for key in ("C11", "C12"))
    field = materials.keating("CdSe")
    c44 = 4 * field.alpha * field.beta / (A * (field.alpha + field.beta))
    voigt = (c11 - c12 + 3 * c44) / 5
    reuss = 5 / (4 / (c11 - c12) + 3 / c44)
    shear, poisson = moduli("CdSe")
    bulk = (c11 + 2 * c12) / 3
    assert shear == pytest.approx((voigt + reuss) / 2, rel=2e-3)
    assert poisson == pytest.approx((3 * bulk - 2 * shear) / (2 * (3 * bulk + shear)), rel=2e-3)
    mixed = moduli("CdSe0.5S0.5")
    assert min(moduli("CdS"), moduli("CdSe")) < mixed < max(moduli("CdS"), moduli("CdSe"))


def test_a_film_at_its_critical_thickness_is_in_balance(crystal):
    """A film held at the lattice of its substrate: the gain per thickness is that of elasticity.

    A biaxially strained film of thickness h holds γ = 2 G (1 + ν)/(1 − ν) f² h; with it the balance of
    the module is h = b (ln(R/b) + 1)/(8π (1 + ν) f), Matthews and Blakeslee for edge dislocations.
    """
    names = ("CdSe0.9S0.1", "CdSe")
    (shear, poisson), constants = moduli("CdSe"), [materials.lattice_constant(name) for name in names]
    assert moduli(names[0])[0] == pytest.approx(shear, rel=0.02)
    misfit, burgers = 2 * abs(constants[0] - constants[1]) / sum(constants), constants[1] / math.sqrt(2.0)
    thickness = 200.0
    density = 2.0 * shear * (1 + poisson) / (1 - poisson) * misfit**2 * thickness
    balance = burgers * (math.log(thickness / burgers) + 1) / (8 * math.pi * (1 + poisson) * misfit)
    assert _gain(names, misfit, density, thickness) == pytest.approx(thickness / balance, rel=0.02)


def test_critical_thickness_solves_its_equation():
    found = critical_thickness("CdSe0.9S0.1", "CdSe")
    (_, one), (_, other) = moduli("CdSe0.9S0.1"), moduli("CdSe")
    constants = [materials.lattice_constant(name) for name in ("CdSe0.9S0.1", "CdSe")]
    misfit, poisson = 2 * abs(constants[0] - constants[1]) / sum(constants), 0.5 * (one + other)
    burgers = sum(constants) / (2 * math.sqrt(2))
    right = (
        burgers * (1 - poisson / 4) / (4 * math.pi * misfit * (1 + poisson)) * (math.log(found / burgers) + 1)
    )
    assert found == pytest.approx(right, rel=1e-9)
    assert 150.0 < found < 500.0
    assert critical_thickness("CdSe", "CdSe") == math.inf
    assert critical_thickness("CdS", "CdTe") == 0.0
    assert critical_thickness("CdSe", "CdS") < critical_thickness("CdSe0.5S0.5", "CdS")


def test_warnings_come_with_their_numbers(superlattice):
    """CdSe in 2 nm of ZnS, 11 %, does not stay coherent; segments of a thin rod do at 7 %."""
    assert misfit_warnings(interfaces(superlattice)) == []
    dot = build(catalogue.core_shell_dot("CdSe", "ZnS", "3 nm", "2 nm"))
    network = bonds(dot)

    def objective(positions):
        energies, gradient = energy_and_gradient(network, positions)
        return float(energies.sum()), gradient

    minimum = minimise(objective, dot.positions, method=LimitedMemoryBFGS(0.02, 500, max_step=0.1))
    energies = energy_and_gradient(network, minimum.x)[0]
    relaxed = Relaxed(
        dot, minimum.x, np.zeros((len(energies), 3, 3)), energies, minimum.value, minimum.gradient_norm, 0
    )
    (found,) = interfaces(relaxed)
    assert found.dislocations_expected
    (text,) = misfit_warnings((found, found))
    for part in ("CdSe and ZnS", "core–shell1", "11.2 %", "mJ/m²", f"{found.dislocation_gain:.1f} times"):
        assert part in text
    assert "\n" not in text
