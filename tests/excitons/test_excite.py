"""Pair energies against the infinite sphere, analytic image charges and invariances."""

import numpy as np
import pytest

from epidot import materials
from epidot.errors import InputError
from epidot.excitons import PairMethod, excite
from epidot.excitons.charges import multiplets
from epidot.excitons.screening import Bulk
from epidot.numerics import coulomb
from epidot.records import content_hash
from epidot.units import COULOMB

FAST = PairMethod(panels=500, interaction="first order")
DIRECT = PairMethod(surface=False, screening=Bulk(), panels=300, interaction="first order")


@pytest.fixture(scope="module")
def pairs(dot):
    return excite(dot, method=FAST)


def dot_radius(make, states):
    return (3 * len(states.relaxed.positions) * make.lattice**3 / 8 / (4 * np.pi)) ** (1 / 3)


@pytest.mark.parametrize("constant", [1.2, 1.760119])
def test_direct_term_of_the_infinite_sphere(constant):
    # ρ = |j0|² on a simple cubic lattice: 1.786073 e²/R (Brus 1984). The sum differs from that of the
    # smooth density by (u − w) Σq², ∝ h², where w = 1.760119/R_a is twice Wigner's lattice constant.
    for cells in (8, 14):
        line = (np.arange(2 * cells) - cells + 0.5) / cells
        points = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1).reshape(-1, 3)
        points = points[np.linalg.norm(points, axis=1) < 1]
        density = np.sinc(np.linalg.norm(points, axis=1)) ** 2
        density = density[None] / density.sum()
        unit = cells * (4 * np.pi / 3) ** (1 / 3)
        same = (np.arange(1), np.arange(1))
        got = coulomb.direct(points, density, [same], np.full(len(points), constant * unit))[0][0, 0]
        expected = 1.786073 + (constant - 1.760119) * unit * (density**2).sum()
        assert got == pytest.approx(expected, rel=2e-4)
        assert got == pytest.approx(1.786073, rel=6e-3)


def test_direct_term_of_the_dot(make, dot):
    pairs = excite(dot, method=DIRECT)
    expected = -1.786 * COULOMB / (materials.dielectric("CdSe") * dot_radius(make, dot))
    assert pairs.coulomb[0, 0] == pytest.approx(expected, rel=0.02)
    assert not pairs.surface_interaction.any()
    np.testing.assert_allclose(pairs.energies, 2.1 + pairs.coulomb[0, 0], rtol=1e-12)


def test_surface_terms_of_the_dot(make, dot, pairs):
    radius = dot_radius(make, dot) + FAST.interface
    inside, outside = pairs.dielectric_inside, pairs.dielectric_outside
    assert outside == materials.solvent("toluene").dielectric
    monopole = COULOMB * (1 / outside - 1 / inside) / radius
    np.testing.assert_allclose(pairs.surface_interaction, -monopole, rtol=5e-3)
    # Brus' series: S = (e²/2R) Σ_l α_l ⟨(r/R)^2l⟩ with α_l = (ε−1)(l+1)/(ε_in (ε l + l + 1)).
    r = np.linalg.norm(dot.relaxed.positions - dot.relaxed.positions.mean(axis=0), axis=1) / radius
    charge = (dot.electron_coefficients[0].astype(float) ** 2).sum(axis=(1, 2, 3))
    order = np.arange(400)[:, None]
    alpha = (inside - outside) * (order + 1) / (inside * (inside * order + outside * (order + 1)))
    series = 0.5 * COULOMB / radius * float((alpha * r ** (2 * order)).sum(axis=0) @ charge)
    np.testing.assert_allclose(pairs.electron_self_energy, series, rtol=1e-2)
    np.testing.assert_allclose(pairs.hole_self_energy, series, rtol=1e-2)


def test_energy_is_the_sum_of_its_terms(dot, pairs):
    parts = (dot.electron_energies + pairs.electron_self_energy)[:, None] - dot.hole_energies
    parts = parts + pairs.hole_self_energy + pairs.coulomb + pairs.surface_interaction
    np.testing.assert_allclose(pairs.energies, np.sort(parts.ravel()), rtol=1e-12)
    np.testing.assert_allclose(np.einsum("xeh,eh->x", pairs.weights, parts), pairs.energies, rtol=1e-12)
    np.testing.assert_array_equal(pairs.weights.sum(axis=0), 1.0)
    np.testing.assert_allclose(pairs.overlap, 1.0, rtol=1e-6)


def test_solvent_changes_sign_of_polarisation(make, dot):
    # A medium that polarises more than the particle pulls charges to it.
    matched = excite(dot, solvent="vacuum", method=FAST)
    toluene = excite(dot, method=FAST)
    assert matched.electron_self_energy[0] > 1.5 * toluene.electron_self_energy[0] > 0
    with pytest.raises(InputError):
        excite(dot, solvent="no such liquid")


def degenerate_dot(make, angle, turn=None):
    """Three p-like holes of one energy in a basis rotated by `angle`; the particle turned by `turn`."""
    positions, cation = make.sphere(11.0)
    envelope = np.exp(-((positions / 7.0) ** 2).sum(axis=1))
    lopsided = envelope * (1 + 0.1 * positions[:, 0])
    basis = np.linalg.qr(envelope[:, None] * positions)[0].T
    c, s = np.cos(angle), np.sin(angle)
    mix = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, 1j * s], [0, 1j * s, c]])
    holes = np.einsum("mn,na->ma", mix, basis)
    spinor = np.stack([holes, 0 * holes], axis=-1)[:, :, None, :]
    place = positions if turn is None else positions @ turn.T + (100.0, -40.0, 7.0)
    relaxed = make.particle(place, cation)
    return make.states(relaxed, [2.5, 2.5], [0.3, 0.3, 0.3], make.kramers(lopsided), spinor)


def test_basis_of_a_multiplet_does_not_matter(make):
    one, two = (excite(degenerate_dot(make, angle), method=FAST) for angle in (0.0, 0.7))
    charges = [(x.states.hole_coefficients[0] ** 2).sum(axis=(1, 2, 3)) for x in (one, two)]
    assert abs(charges[0] - charges[1]).max() > 1e-3
    np.testing.assert_allclose(one.energies, two.energies, atol=1e-6)
    np.testing.assert_allclose(one.overlap, two.overlap, atol=1e-6)


def test_place_and_direction_do_not_matter(make):
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))
    one = excite(degenerate_dot(make, 0.3), method=FAST)
    two = excite(degenerate_dot(make, 0.3, turn), method=FAST)
    # The mesh is not turned exactly: ε_in, through the radius 3V/A, differs in the fifth digit.
    np.testing.assert_allclose(
        one.coulomb * one.dielectric_inside, two.coulomb * two.dielectric_inside, rtol=1e-10
    )
    np.testing.assert_allclose(one.surface_interaction, two.surface_interaction, rtol=3e-3)
    np.testing.assert_allclose(one.electron_self_energy, two.electron_self_energy, rtol=1e-2)


def test_two_materials_share_the_dielectric_constant_by_volume(make):
    positions, cation = make.sphere(12.0)
    material = (positions[:, 2] > 0).astype(int)
    envelope = np.exp(-((positions / 6.0) ** 2).sum(axis=1))
    relaxed = make.particle(positions, cation, material, ("CdSe", "CdTe"))
    pair = make.kramers(envelope)
    got = excite(make.states(relaxed, [2.5, 2.5], [0.3, 0.3], pair, pair), method=DIRECT).dielectric_inside
    share = np.array(
        [
            (material == 0).sum() * materials.lattice_constant("CdSe") ** 3,
            (material == 1).sum() * materials.lattice_constant("CdTe") ** 3,
        ]
    )
    expected = share @ [materials.dielectric("CdSe"), materials.dielectric("CdTe")] / share.sum()
    assert got == pytest.approx(expected, rel=1e-12)


def test_multiplets_are_chains():
    assert multiplets(np.array([1.0, 1.00005, 1.0001, 1.2]), 1e-4).tolist() == [0, 0, 0, 1]
    assert multiplets(np.array([0.5, 0.3, 0.3]), 1e-4).tolist() == [0, 1, 1]


def test_method_and_input_are_checked(dot):
    with pytest.raises(InputError, match="panels"):
        PairMethod(panels=0)
    with pytest.raises(InputError, match="dropped"):
        PairMethod(dropped=0.5)


def test_same_input_same_record(dot, pairs):
    assert content_hash(excite(dot, method=FAST)) == content_hash(pairs)
