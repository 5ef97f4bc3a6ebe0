"""Strained bulk: deformation potentials as calculated elsewhere without the terms, as measured with them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.optimize import minimize

from epidot import materials
from epidot.hamiltonian.tight_binding import TightBindingMethod, deformation
from epidot.hamiltonian.tight_binding.bulk import bloch, unit_cell
from epidot.hamiltonian.tight_binding.deformation import (
    deformation_potentials,
    internal_displacement,
    strained,
    with_strain_terms,
)
from epidot.hamiltonian.tight_binding.onsite_strain import onsite_strain
from epidot.hamiltonian.tight_binding.parameters import parameters

FITTED = [(name, set_name) for set_name in materials.SETS for name in materials.set_compounds(set_name)]
# a_g, a_v, a_c, b, d at the internal displacement 0.6, |d| at none, in eV: calculated with the fit, at a
# finite strain that mixes in the split-off band (b and d are up to 5 % smaller where spin-orbit is weak)
PLAIN = {
    ("CdS", "sp3s_star_T0"): (-2.884, 1.373, -1.511, -2.431, -1.963, 1.47),
    ("CdSe", "sp3s_star_T0"): (-2.721, 1.182, -1.539, -2.312, -1.905, 1.31),
    ("CdTe", "sp3s_star_T0"): (-3.322, 0.912, -2.410, -2.018, -1.673, 1.13),
    ("ZnS", "sp3s_star_T0"): (-4.670, 1.471, -3.199, -2.702, -2.173, 1.66),
    ("ZnSe", "sp3s_star_T0"): (-4.488, 1.175, -3.313, -2.512, -2.065, 1.43),
    ("ZnTe", "sp3s_star_T0"): (-4.659, 0.923, -3.735, -2.207, -1.819, 1.24),
    ("CdS", "sp3d5s_star_T0"): (-2.883, 2.040, -0.843, -2.399, -2.058, 1.75),
    ("CdSe", "sp3d5s_star_T0"): (-2.692, 1.833, -0.859, -2.245, -2.004, 1.53),
    ("CdTe", "sp3d5s_star_T0"): (-3.314, 1.711, -1.603, -1.965, -2.055, 1.20),
}


@pytest.mark.parametrize(("name", "set_name"), PLAIN)
def test_plain_sets_have_the_deformation_potentials_of_the_fit(name, set_name, monkeypatch):
    plain = TightBindingMethod(set_name, onsite_strain=False)
    a_g, a_v, a_c, b, d, still = PLAIN[name, set_name]
    for displacement, shear in ((0.6, d), (0.0, still)):
        monkeypatch.setattr(deformation, "internal_displacement", lambda _, value=displacement: value)
        found = deformation_potentials(name, method=plain)
        assert (found.a_g, found.a_v, found.a_c) == pytest.approx((a_g, a_v, a_c), abs=2e-3)
        assert found.b == pytest.approx(b, rel=0.05)
        assert found.d == pytest.approx(shear, rel=0.05)


@pytest.mark.parametrize(("name", "set_name"), FITTED)
def test_with_the_terms_the_measured_ones_come_out(name, set_name):
    found = deformation_potentials(name, method=TightBindingMethod(set_name))
    plain = deformation_potentials(name, method=TightBindingMethod(set_name, onsite_strain=False))
    assert found.b == pytest.approx(materials.number(name, "b"), rel=1e-6)
    assert found.d == pytest.approx(materials.number(name, "d"), rel=1e-6)
    assert abs(plain.b - found.b) > 0.5
    assert (found.a_g, found.a_v, found.a_c) == pytest.approx((plain.a_g, plain.a_v, plain.a_c), abs=1e-9)
    assert found.a_g == pytest.approx(materials.two_centre(name, set_name).computed["a_g"], abs=2e-3)
    assert found.a_g == pytest.approx(materials.number(name, "ag"), rel=0.15)


@pytest.mark.parametrize("set_name", ["sp3s_star_T300", "sp3d5s_star_T0"])
def test_bands_of_a_strained_crystal_split_as_bir_and_pikus_say(set_name):
    """Eigenvalues at a finite strain: the holes part by 3 b e along [001], by 2√3 d e along [111]."""
    method, size = TightBindingMethod(set_name), 1e-4
    table = with_strain_terms(parameters(("CdTe",), method), ("CdTe",), method)
    cell = unit_cell("CdTe", "zb", method=method)
    for strain, slope in (
        (np.diag([-0.5, -0.5, 1.0]), 3.0 * materials.number("CdTe", "b")),
        (np.ones((3, 3)) - np.eye(3), 2.0 * np.sqrt(3.0) * materials.number("CdTe", "d")),
    ):
        moved = strained(cell, size * strain, internal_displacement("CdTe"))
        levels = np.linalg.eigvalsh(bloch(moved, table, np.zeros((1, 3)))[0])
        assert (levels[7] - levels[4]) / size == pytest.approx(abs(slope), rel=2e-3)


def test_wurtzite_strained_along_c_splits_like_zinc_blende_along_111():
    """The quasi-cubic relation: without polytype terms ideal wurtzite has the band edges of zinc blende."""
    method, size = TightBindingMethod(), 1e-3
    table = with_strain_terms(parameters(("CdSe",), method), ("CdSe",), method)
    table = dataclasses.replace(table, polytype=0.0 * table.polytype)
    still, wurtzite = (unit_cell("CdSe", phase, method=method) for phase in ("zb", "wz-ideal"))
    along = np.full((3, 3), 0.5) - 0.5 * np.eye(3)
    cubic = strained(still, size * along, internal_displacement("CdSe"))
    strain = size * np.diag([-0.5, -0.5, 1.0])
    shift = internal_displacement("CdSe") * size * wurtzite.vectors[0, 0]
    outward = np.where(wurtzite.cation == 1, 1.0, -1.0)[:, None, None]
    hexagonal = dataclasses.replace(
        wurtzite,
        vectors=wurtzite.vectors @ (np.eye(3) + strain) + outward * shift,
        strain=np.broadcast_to(strain, (4, 3, 3)),
    )
    gamma = np.zeros((1, 3))
    ours, theirs, before = (
        np.linalg.eigvalsh(bloch(cell, table, gamma)[0]) for cell in (hexagonal, cubic, still)
    )
    for level in theirs[4:10]:
        assert np.abs(ours - level).min() < 1e-9
    assert theirs[7] - theirs[4] == pytest.approx(np.sqrt(3.0) * 4.3 * size, rel=0.02)
    assert np.abs(theirs - before).max() > 1e-3


@pytest.mark.parametrize("name", ["CdS", "ZnTe"])
def test_internal_displacement_is_that_of_the_force_field(name):
    """The minimum of Keating's energy of a sheared cell over the displacement of its anion."""
    field, quarter, shear = materials.keating(name), materials.lattice_constant(name) / 4.0, 1e-4
    ideal = quarter * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])

    def energy(shift):
        bonds = ideal @ (np.eye(3) + shear * (1.0 - np.eye(3))) + quarter * shift
        products = bonds @ bonds.T / field.bond**2
        stretch = ((np.diag(products) - 1.0) ** 2).sum()
        bend = ((products[np.triu_indices(4, 1)] + 1.0 / 3.0) ** 2).sum()
        # bonds are shared by two atoms, and both sublattices bend alike
        return 1e6 * (field.alpha * stretch + 2.0 * field.beta * bend)

    found = minimize(energy, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    expected = -2.0 * shear * internal_displacement(name)
    assert found == pytest.approx([expected] * 3, rel=1e-3)


def test_unstrained_crystals_have_no_term():
    method = TightBindingMethod()
    for phase in ("zb", "wz-ideal", "wz-real"):
        cell = unit_cell("CdSe", phase)
        table = with_strain_terms(parameters(cell.names, method), cell.names, method)
        assert table.strain.all()
        assert not onsite_strain(cell, table).any()
