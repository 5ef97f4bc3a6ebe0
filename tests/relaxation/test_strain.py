"""Strain tensors of imposed deformations, and their means over segments."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot import materials
from epidot.errors import InputError
from epidot.relaxation import Relaxed, axial, by_segment, hydrostatic
from epidot.relaxation.keating import bonds
from epidot.relaxation.strain import local_strain, segment_axis

A = materials.lattice_constant("CdSe")


@pytest.fixture(scope="session")
def dots(crystal, ball, wurtzite_cell):
    cell = wurtzite_cell("CdSe")
    return {
        phase: crystal(("CdSe",), ball(11.0), phase=phase, half_width=11.0, a=A, cell=cell)
        for phase in ("zb", "wz")
    }


def rotation(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def relaxed(structure, positions):
    strain = local_strain(structure, bonds(structure), positions)
    empty = np.zeros(len(positions))
    return Relaxed(structure, positions, strain, empty, energy=0.0, max_force=0.0, steps=0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(("zb", "wz")), st.floats(0.001, 0.2))
def test_imposed_deformation_comes_back_without_its_rotation(dots, seed, phase, size):
    structure, rng = dots[phase], np.random.default_rng(seed)
    asked = rng.uniform(-size, size, (3, 3))
    asked = (asked + asked.T) / 2
    positions = structure.positions @ (rotation(rng) @ (np.eye(3) + asked)).T
    found = local_strain(structure, bonds(structure), positions)
    assert np.abs(asked).max() > 1e-5
    np.testing.assert_allclose(found, np.broadcast_to(asked, found.shape), atol=1e-12)


def test_sublattice_displacement_is_no_strain(dots):
    structure = dots["zb"]
    positions = structure.positions + np.outer(structure.cation, [0.1, -0.05, 0.02])
    found = local_strain(structure, bonds(structure), positions)
    full = (structure.neighbours >= 0).all(axis=1)
    assert full.sum() > 50
    assert np.abs(found[full]).max() < 1e-12
    assert np.abs(found[~full]).max() > 1e-3


def test_strain_is_measured_against_the_own_bonds(crystal, ball):
    """The same atoms on one lattice: CdTe bonds are compressed, CdSe ones are not."""
    structure = crystal(("CdSe", "CdTe"), ball(11.0), lambda x: x[:, 2] > 0.1, half_width=11.0, a=A)
    found = hydrostatic(relaxed(structure, structure.positions))
    deep = np.abs(structure.positions[:, 2]) > 4.0
    mismatch = A / materials.lattice_constant("CdTe") - 1
    upper, lower = deep & (structure.material == 1), deep & (structure.material == 0)
    np.testing.assert_allclose(found[upper], 3 * mismatch, atol=1e-12)
    np.testing.assert_allclose(found[lower], 0.0, atol=1e-12)
    shared = ~deep & (found < -1e-6) & (found > 3 * mismatch + 1e-6)
    assert shared.sum() > 5


def test_an_atom_of_two_compounds_does_not_strain_itself_by_moving(crystal, ball):
    structure = crystal(("CdSe", "CdTe"), ball(11.0), lambda x: x[:, 2] > 0.1, half_width=11.0, a=A)
    network = bonds(structure)
    full = (structure.neighbours >= 0).all(axis=1)
    shared = np.flatnonzero(full & (np.ptp(network.kind, axis=1) > 0))[0]
    before = local_strain(structure, network, structure.positions)
    moved = structure.positions.copy()
    moved[shared] += [0.1, -0.03, 0.05]
    after = local_strain(structure, network, moved)
    np.testing.assert_allclose(after[shared], before[shared], atol=1e-12)
    assert np.abs(after - before).max() > 1e-3


def test_atoms_with_two_bonds_take_the_mean_of_their_neighbours(dots):
    structure = dots["zb"]
    positions = structure.positions + np.random.default_rng(1).normal(
        scale=0.03, size=structure.positions.shape
    )
    found = local_strain(structure, bonds(structure), positions)
    coordination = (structure.neighbours >= 0).sum(axis=1)
    checked = 0
    for atom in np.flatnonzero(coordination == 2):
        partners = structure.neighbours[atom, :2]
        if (coordination[partners] > 2).all():
            np.testing.assert_allclose(found[atom], found[partners].mean(axis=0), atol=1e-14)
            checked += 1
    assert checked > 5


def test_means_over_segments_along_their_axes(crystal, ball):
    line = ((0.0, 0.0, -9.0), (0.0, 0.0, 0.0), (9.0, 0.0, 0.0))
    structure = crystal(
        ("CdSe", "CdS"),
        ball(11.0),
        lambda x: x[:, 0] + x[:, 2] > 0,
        half_width=11.0,
        a=A,
        paths=(("arm", line),),
    )
    np.testing.assert_allclose(segment_axis(structure, "s0"), [0, 0, 1])
    np.testing.assert_allclose(segment_axis(structure, "s1"), [1, 0, 0])
    found = relaxed(structure, structure.positions * [1.03, 1.0, 0.98])
    means = by_segment(found)
    mismatch = A / materials.lattice_constant("CdS") - 1
    assert set(means) == {"s0", "s1"}
    for name, scale in (("s0", 0.98), ("s1", 1.03 * (1 + mismatch))):
        members = (structure.segment == int(name[1])) & (structure.neighbours >= 0).all(axis=1)
        assert means[name]["hydrostatic"] == pytest.approx(hydrostatic(found)[members].mean())
        assert means[name]["axial"] == pytest.approx(scale - 1, abs=0.012)
    assert means["s0"]["axial"] < -0.01 < 0.05 < means["s1"]["axial"]


def test_axes_are_those_of_limbs(crystal, ball):
    whole = crystal(("CdSe",), ball(9.0), half_width=9.0, a=A, paths=(("rod", ((0, 0, -9.0), (0, 0, 9.0))),))
    names = (
        "arm1.s1",
        "arm1.arm2.s1",
        "arm1.node",
        "tip.arm1.s2",
        "tip.node",
        "core",
        "shell1",
        "arm1.shell1",
    )
    shared = dataclasses.replace(
        whole,
        segments=names,
        segment_materials=("CdSe",) * len(names),
        segment=np.arange(len(whole.numbers)) % len(names),
        limbs=(
            ("rod", (0.0, 0.0, 0.0), (0.0, 3.0, 0.0)),
            ("arm1", (0.0, 0.0, 0.0), (2.0, 0.0, 0.0)),
            ("arm1.arm2", (0.0, 0.0, 0.0), (0.0, 3.0, 4.0)),
            ("tip.arm1", (0.0, 0.0, 5.0), (0.0, 0.0, 1.0)),
        ),
    )
    expected = [[1, 0, 0], [0, 0.6, 0.8], [1, 0, 0], [0, 0, -1], *[[0, 1, 0]] * 3, [1, 0, 0]]
    for name, axis in zip(names, expected, strict=True):
        np.testing.assert_allclose(segment_axis(shared, name), axis, atol=1e-12, err_msg=name)
    without = dataclasses.replace(shared, limbs=shared.limbs[1:])
    np.testing.assert_allclose(segment_axis(without, "core"), [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(segment_axis(without, "arm1.s1"), [1, 0, 0], atol=1e-12)


def test_axis_without_paths_is_the_long_one(crystal):
    rod = crystal(
        ("CdSe",), lambda x: (np.hypot(x[:, 0], x[:, 1]) < 7) & (np.abs(x[:, 2]) < 18), half_width=18.0, a=A
    )
    assert abs(segment_axis(rod, "s0")[2]) > 0.999


def test_axial_takes_one_axis_or_one_for_each_atom(dots):
    structure = dots["zb"]
    found = relaxed(structure, structure.positions * [1.02, 1.0, 0.99])
    np.testing.assert_allclose(axial(found, np.array([1.0, 0, 0])), 0.02, atol=1e-12)
    each = np.zeros_like(structure.positions)
    each[:, 2] = 1.0
    np.testing.assert_allclose(axial(found, each), -0.01, atol=1e-12)
    np.testing.assert_allclose(hydrostatic(found), 0.01, atol=1e-12)


def test_a_molecule_has_no_strain(crystal):
    """The six-membered ring around (5/8, 5/8, 5/8) of the cell: every atom has two bonds."""
    ring = crystal(
        ("CdSe",), lambda x: np.linalg.norm(x - 0.625 * A, axis=1) < 0.48 * A, half_width=10.0, a=A
    )
    assert ring.positions.shape == (6, 3)
    with pytest.raises(InputError, match="strain needs one"):
        local_strain(ring, bonds(ring), ring.positions)
