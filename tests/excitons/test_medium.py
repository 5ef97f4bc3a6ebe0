"""The screened interaction of signed charges: superposition, reciprocity, sums written out, two media."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.errors import InputError
from epidot.excitons import PairMethod, medium_of
from epidot.excitons.screening import Bulk
from epidot.units import COULOMB

FAST = PairMethod(panels=250, screening=Bulk(), dropped=0.0, dropped_surface=0.0)


def term(medium, name, first, second):
    """One of ``bare``, ``direct`` and ``through`` between two sets of densities."""
    both, ours = np.concatenate([first, second]), np.arange(len(first))
    pair = (ours, len(first) + np.arange(len(second)))
    if name == "through":
        return medium.through(both, [pair], alone=False).between[0]
    return getattr(medium, name)(both, [pair])[0]


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
    for name in ("direct", "through", "bare"):
        parts = term(medium, name, positive, positive) + term(medium, name, negative, negative)
        parts -= term(medium, name, positive, negative) + term(medium, name, negative, positive)
        whole = term(medium, name, signed, signed)
        assert np.abs(whole).max() > 1e-6
        scale = np.abs(term(medium, name, positive, positive)).max()
        np.testing.assert_allclose(whole, parts, atol=1e-10 * scale)
    both = term(medium, "direct", signed, signed) + term(medium, "through", signed, signed)
    assert np.linalg.eigvalsh(both).min() > 0
    own = [medium.through(densities, []).alone for densities in (signed, positive, negative)]
    np.testing.assert_allclose(own[0], own[1] - own[2], rtol=1e-5)
    assert not medium.through(signed, [], alone=False).alone.any()


def test_both_sides_are_alike(medium, signed):
    for name in ("direct", "through"):
        one, other = term(medium, name, signed[:2], signed[2:]), term(medium, name, signed[2:], signed[:2])
        np.testing.assert_allclose(one, other.T, rtol=1e-9, atol=1e-15)


def test_densities_among_themselves_are_what_they_are_beside_others(medium, signed):
    every, some = np.arange(5), np.array([1, 3])
    direct = medium.direct(signed, [(every, some), (some, some)])
    through = medium.through(signed, [(every, some), (some, some)]).between
    for name, (beside, among) in (("direct", direct), ("through", through)):
        whole = term(medium, name, signed, signed)
        np.testing.assert_allclose(beside, whole[:, some], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(among, whole[np.ix_(some, some)], rtol=1e-9, atol=1e-15)


def test_what_stands_in_vacuum_is_the_sum_written_out(medium, signed):
    r = np.linalg.norm(medium.positions[:, None] - medium.positions, axis=2)
    np.fill_diagonal(r, 1.0)
    kernel = 1.0 / r
    np.fill_diagonal(kernel, medium.onsite)
    expected = COULOMB * signed @ kernel @ signed.T
    np.testing.assert_allclose(term(medium, "bare", signed, signed), expected, rtol=1e-9, atol=1e-12)


def test_light_atoms_may_be_dropped_but_not_their_charge(medium, dot):
    rough = medium_of(dot, 2.24, PairMethod(panels=400, screening=Bulk(), dropped_surface=1e-2))
    rng = np.random.default_rng(2)
    envelope = np.exp(-0.5 * np.linalg.norm(medium.positions, axis=1))
    density = envelope * rng.normal(1.0, 2.0, (4, len(envelope)))
    kept, _, weights = rough._felt(density)
    assert len(kept) < 0.8 * len(envelope)
    assert (density < 0).any()
    np.testing.assert_allclose(weights.sum(axis=1), density.sum(axis=1), rtol=1e-12)
    exact = term(medium, "through", density, density)
    np.testing.assert_allclose(
        term(rough, "through", density, density), exact, atol=0.01 * np.abs(exact).max()
    )
    assert not term(rough, "through", 0.0 * density, density).any()


@pytest.fixture(scope="module")
def core_and_shell(make):
    """A CdTe core (ε∞ 7.2) in a CdS shell (5.2), and single charges on some of its atoms."""
    positions, cation = make.sphere(22.0)
    material = (np.linalg.norm(positions, axis=1) > 13.0).astype(int)
    pair = make.kramers(np.ones(len(positions)))
    relaxed = make.particle(positions, cation, material, ("CdTe", "CdS"))
    return make.states(relaxed, [2.5, 2.5], [0.3, 0.3], pair, pair)


def spheres(states):
    """Radii (Å) of core and particle by volume, and the constants of both."""
    names = states.relaxed.structure.materials
    volumes = np.array([materials.lattice_constant(name) ** 3 / 8 for name in names])
    held = np.cumsum(np.bincount(states.relaxed.structure.material) * volumes)
    return (3 * held / (4 * np.pi)) ** (1 / 3), np.array([materials.dielectric(name) for name in names])


def test_core_and_shell_of_atoms_against_the_series(core_and_shell, induced_potentials):
    method = dataclasses.replace(FAST, panels=1200)
    medium = medium_of(core_and_shell, 2.24, method)
    (inner, outer), constants = spheres(core_and_shell)
    np.testing.assert_allclose(medium.constants, constants[[1, 0]], rtol=1e-12)
    wanted = np.array([[0.5, 1, -2], [7.0, 2, 1], [-4, 5, 4], [0, 17, 2], [-11, -11, 11]])
    atoms = np.linalg.norm(medium.positions[:, None] - wanted, axis=2).argmin(axis=0)
    places, here = medium.positions[atoms], medium.constants[medium.regions[atoms]]
    assert len(set(here)) == 2
    single = np.eye(len(medium.positions))[atoms]
    exact = COULOMB * induced_potentials(places, (inner, outer + 1.3), (*constants, 2.24))
    away = np.linalg.norm(places[:, None] - places, axis=2) + np.eye(len(atoms))
    whole = exact + COULOMB / here / away
    got = term(medium, "direct", single, single) + term(medium, "through", single, single)
    apart = ~np.eye(len(atoms), dtype=bool)
    # The mean over the particle's volume, one constant for all, would miss by a tenth.
    uniform = medium_of(core_and_shell, 2.24, dataclasses.replace(method, dielectric="uniform"))
    rough = term(uniform, "direct", single, single) + term(uniform, "through", single, single)
    np.testing.assert_allclose(got[apart], whole[apart], rtol=0.01)
    assert np.abs(rough / whole - 1)[apart].max() > 0.04
    np.testing.assert_allclose(medium.through(single, []).alone, 0.5 * np.diag(exact), rtol=0.06)
    density = np.exp(-0.5 * (np.linalg.norm(medium.positions, axis=1) / 4.0) ** 2)
    density = (density / density.sum())[None]
    radial = np.stack(
        [np.linalg.norm(medium.positions, axis=1), *np.zeros((2, len(medium.positions)))], axis=1
    )
    shells, number = np.unique(np.round(radial[:, 0], 3), return_inverse=True)
    line = np.stack([shells, 0 * shells, 0 * shells], axis=1)
    own = [induced_potentials(place[None], (inner, outer + 1.3), (*constants, 2.24))[0, 0] for place in line]
    mean = 0.5 * COULOMB * density[0] @ np.array(own)[number]
    assert medium.through(density, []).alone[0] == pytest.approx(mean, rel=0.02)


def test_charges_keep_off_every_interface(core_and_shell):
    """Where a charge meets a sharp interface its energy in its own image has no bound."""
    medium = medium_of(core_and_shell, 2.24, dataclasses.replace(FAST, panels=800))
    points = medium._felt(np.ones((1, len(medium.positions))))[0]
    for region in range(len(medium.constants)):
        around, own = medium.shape.boundary(region), medium.regions == region
        depths = []
        for places in (medium.positions[own], points[own]):
            near = np.linalg.norm(places[:, None] - around.centres, axis=2).argmin(axis=1)
            depths.append(((around.centres[near] - places) * around.normals[near]).sum(axis=1))
        assert depths[0].min() < 0.6 * FAST.interface < 0.85 * FAST.interface < depths[1].min()
    each = medium.through(np.eye(len(medium.positions)), []).alone
    assert np.abs(each).max() < 0.5 * COULOMB / 2.24 / (2.0 * FAST.interface)


def test_segments_of_one_constant_are_one_region(make, core_and_shell):
    structure = core_and_shell.relaxed.structure
    same = dataclasses.replace(structure, materials=("CdS", "CdS"), segment_materials=("CdS", "CdS"))
    relaxed = dataclasses.replace(core_and_shell.relaxed, structure=same)
    medium = medium_of(dataclasses.replace(core_and_shell, relaxed=relaxed), 2.24, FAST)
    assert medium.constants.tolist() == pytest.approx([materials.dielectric("CdS")])
    assert medium.inside == pytest.approx(medium.constants[0])
    uniform = medium_of(core_and_shell, 2.24, dataclasses.replace(FAST, dielectric="uniform"))
    (inner, outer), constants = spheres(core_and_shell)
    share = (inner / outer) ** 3
    assert uniform.inside == pytest.approx(share * constants[0] + (1 - share) * constants[1], rel=1e-9)
    assert uniform.constants.tolist() == pytest.approx([uniform.inside])
    with pytest.raises(InputError, match="dielectric"):
        PairMethod(dielectric="layers")


def test_one_atom_holds_two_uniform_spheres_of_its_volume(medium):
    radius = (3 * materials.lattice_constant("CdSe") ** 3 / 8 / (4 * np.pi)) ** (1 / 3)
    r = (np.arange(20000) + 0.5) / 20000 * radius
    potential = (3 - (r / radius) ** 2) / (2 * radius)
    mean = np.average(potential, weights=r**2)
    assert medium.onsite == pytest.approx(np.full(len(medium.positions), mean), rel=1e-6)
    assert COULOMB * medium.onsite[0] == pytest.approx(9.2, abs=0.1)
