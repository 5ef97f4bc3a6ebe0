"""The potential of ligands: textbook electrostatics, and the laws that every term obeys."""

import dataclasses

import numpy as np
import pytest
from ase import units
from scipy.spatial.transform import Rotation

from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import TightBindingMethod, tight_binding
from epidot.hamiltonian.tight_binding.dangling import dangling
from epidot.hamiltonian.tight_binding.ligands import Dipoles, ligand_dipoles, ligand_potential
from epidot.hamiltonian.tight_binding.network import network
from epidot.materials.ligands import ligand, ligand_layer
from epidot.states.solve import solve
from epidot.structure.attached import Attached
from epidot.structure.ligands import ligand_shell

DEBYE = units.Debye
"""e Å, of ASE."""
COULOMB = units.Hartree * units.Bohr
"""eV Å, of ASE."""


def covered(relaxed, name="octylamine", coverage=1.0):
    return carrying(relaxed, ligand_shell(relaxed.structure, name, coverage, 1))


def carrying(relaxed, attached):
    return dataclasses.replace(relaxed, structure=attached.on(relaxed.structure))


def dipoles_of(relaxed):
    return ligand_dipoles(relaxed, dangling(network(relaxed), 5))


def potential_of(relaxed):
    return ligand_potential(relaxed.positions, dipoles_of(relaxed))


def sphere(count, radius, moment):
    """Outward dipoles spread evenly over a sphere."""
    place = np.arange(count) + 0.5
    height, angle = 1.0 - 2.0 * place / count, np.pi * (1.0 + np.sqrt(5.0)) * place
    ring = np.sqrt(1.0 - height**2)
    outward = np.stack([ring * np.cos(angle), ring * np.sin(angle), height], axis=1)
    return Dipoles(radius * outward, moment * outward)


def test_a_closed_uniform_layer_shifts_all_inner_levels_by_the_step_of_helmholtz():
    radius, count, moment, constant = 25.0, 1500, 1.3 * DEBYE, 2.1
    layer = sphere(count, radius, moment)
    points = np.random.default_rng(1).uniform(-1.0, 1.0, (400, 3)) * radius
    distance = np.linalg.norm(points, axis=1)
    inner = ligand_potential(points[distance < 0.8 * radius], layer, constant)
    per_area = moment * count / (4.0 * np.pi * radius**2)
    step = 4.0 * np.pi * per_area * COULOMB / constant
    assert step > 1.0
    assert np.abs(inner - step).max() < 0.01 * step, "an electron inside lies higher"
    outside = ligand_potential(1.6 * radius * layer.places / radius, layer, constant)
    assert np.abs(outside).max() < 0.01 * step


def test_a_point_dipole_is_the_limit_of_two_charges():
    rng = np.random.default_rng(2)
    points, places = (
        rng.normal(0.0, 5.0, (700, 3)),
        rng.normal(0.0, 5.0, (300, 3)) + np.array([0.0, 0.0, 30.0]),
    )
    moments = rng.normal(0.0, 0.3, (300, 3))
    half, size = 1e-3, np.linalg.norm(moments, axis=1)
    arm = half * moments / size[:, None]
    charge = size / (2.0 * half)
    plus = np.linalg.norm(points[:, None] - places - arm, axis=2)
    minus = np.linalg.norm(points[:, None] - places + arm, axis=2)
    pairs = -COULOMB / 3.0 * (charge / plus - charge / minus).sum(axis=1)
    assert np.abs(pairs).max() > 1e-2
    assert np.allclose(ligand_potential(points, Dipoles(places, moments), 3.0), pairs, atol=1e-8)


def test_dipoles_sit_on_the_bound_atoms_and_point_along_the_missing_bonds(particle):
    relaxed = covered(particle("wz", 22.0, 2.63))
    structure, found = relaxed.structure, dipoles_of(relaxed)
    first = np.unique(structure.attached_anchor, return_index=True)[1]
    heads = structure.attached_positions[first]
    assert len(found.places) == len(heads) > 20
    assert np.abs(found.places - heads).max() < 1e-9
    bonds = heads - structure.positions[structure.attached_anchor[first]]
    assert np.allclose(found.moments / np.linalg.norm(found.moments, axis=1)[:, None],
                       bonds / np.linalg.norm(bonds, axis=1)[:, None], atol=1e-9)  # fmt: skip
    assert np.allclose(np.linalg.norm(found.moments, axis=1), abs(ligand("octylamine").dipole.value) * DEBYE)


def test_laws(hetero):
    relaxed = covered(hetero, coverage=0.6)
    values = potential_of(relaxed)
    size = np.abs(values).max()
    assert size > 0.01, "the law must not compare zero with zero"
    assert np.ptp(values) > 0.1 * size, "not a mere constant either"

    shifted = dataclasses.replace(relaxed, positions=relaxed.positions + np.array([3.0, -20.0, 7.0]))
    assert np.abs(potential_of(shifted) - values).max() < 1e-10 * size, "translation"
    turn = Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()
    turned = dataclasses.replace(relaxed, positions=relaxed.positions @ turn.T)
    assert np.abs(potential_of(turned) - values).max() < 1e-10 * size, "rotation"
    assert np.abs(dipoles_of(turned).moments - dipoles_of(relaxed).moments).max() > 0.1 * DEBYE

    dipoles = dipoles_of(relaxed)
    twice = dataclasses.replace(dipoles, moments=2.0 * dipoles.moments)
    assert np.abs(ligand_potential(relaxed.positions, twice) - 2.0 * values).max() < 1e-12 * size, "linear"
    none = dataclasses.replace(dipoles, moments=0.0 * dipoles.moments)
    assert not ligand_potential(relaxed.positions, none).any(), "zero when its parameter is zero"
    screened = ligand_potential(relaxed.positions, dipoles, 2.0 * ligand_layer().value)
    assert np.abs(screened - 0.5 * values).max() < 1e-12 * size, "screened"


def test_potentials_of_two_shells_add(particle):
    bare = particle("wz", 22.0, 2.63)
    amine = covered(bare, "octylamine", 0.4)
    both = covered(amine, "chloride", 1.0)
    alone = dataclasses.replace(both.structure, attached_group=1 - both.structure.attached_group,
                                attached_groups=both.structure.attached_groups[::-1])  # fmt: skip
    chloride = ligand_shell(amine.structure, "chloride", 1.0, 1)
    values = potential_of(both)
    assert np.abs(values).max() > 0.05
    parts = potential_of(amine) + potential_of(carrying(bare, chloride))
    assert np.abs(values - parts).max() < 1e-12
    reordered = potential_of(dataclasses.replace(both, structure=alone))
    assert np.abs(values - reordered).max() < 1e-12


def test_only_the_diagonal_changes_and_only_with_ligands(particle):
    bare = particle("wz", 22.0, 2.63, shake=0.05)
    dressed = covered(bare)
    with_them, without = tight_binding(dressed), tight_binding(bare)
    off = tight_binding(dressed, method=TightBindingMethod(ligand_potential=False))
    potential = potential_of(dressed)
    assert np.abs(potential).min() > 0.01
    added = with_them.onsite - without.onsite
    assert np.abs(added - potential[:, None, None] * np.eye(5)).max() < 1e-13
    assert np.array_equal(with_them.hopping, without.hopping)
    assert np.array_equal(with_them.spin_orbit, without.spin_orbit)
    assert np.array_equal(off.onsite, without.onsite)
    assert off.edges == without.edges
    shift = np.median(potential)
    assert with_them.edges == pytest.approx([edge + shift for edge in without.edges], abs=1e-12)


def test_states_are_found_where_ligands_move_them(particle):
    bare = particle("zb", 24.0, 2.63)
    dressed = covered(bare)
    before, after = (solve(tight_binding(item), electrons=2, holes=2) for item in (bare, dressed))
    potential = potential_of(dressed)
    inner = np.linalg.norm(bare.positions, axis=1) < 7.0
    step = potential[inner].mean()
    assert step > 0.3
    for name in ("electron_energies", "hole_energies"):
        moved = getattr(after, name)[0] - getattr(before, name)[0]
        assert 0.7 * step < moved < 1.3 * step


def test_a_metal_tip_has_no_dipoles_and_an_unknown_group_is_refused(particle):
    bare = particle("zb", 16.0, 2.63)
    tip = Attached(np.array([[0.0, 0.0, 20.0]]), np.array([78]), np.array([0]), np.array([0]), ("tip Pt",))
    assert not potential_of(carrying(bare, tip)).any()
    odd = dataclasses.replace(tip, groups=("glue",))
    with pytest.raises(InputError, match="glue"):
        tight_binding(carrying(bare, odd))
