"""The laws that every term obeys, on a shaken wurtzite CdSe/CdTe particle with a ragged surface."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.linalg import block_diag, expm
from scipy.spatial.transform import Rotation

from epidot.hamiltonian.tight_binding.bulk import unit_cell
from epidot.hamiltonian.tight_binding.dangling import dangling
from epidot.hamiltonian.tight_binding.deformation import with_strain_terms
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.network import network
from epidot.hamiltonian.tight_binding.onsite import onsite
from epidot.hamiltonian.tight_binding.onsite_strain import onsite_strain
from epidot.hamiltonian.tight_binding.parameters import parameters
from epidot.hamiltonian.tight_binding.polytype import polytype
from epidot.hamiltonian.tight_binding.spin_orbit import coupling, spin_orbit
from epidot.hamiltonian.tight_binding.two_centre import two_centre

METHODS = {basis: TightBindingMethod(f"{basis}_T0") for basis in ("sp3s_star", "sp3d5s_star")}
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def _sites(blocks):
    return np.kron(block_diag(*blocks), np.eye(2))


def _hops(blocks, bonds):
    count, size = len(blocks), blocks.shape[-1]
    matrix = np.zeros((count, size, count, size))
    for atom, slot in zip(*np.nonzero(bonds.neighbours >= 0), strict=True):
        matrix[atom, :, bonds.neighbours[atom, slot]] += blocks[atom, slot]
    return np.kron(matrix.reshape(size * count, size * count), np.eye(2))


def _removed(bonds, table):
    hybrids = dangling(bonds, len(table.orbitals))
    return _sites(np.einsum("aho,ahp->aop", hybrids, hybrids))


def _p_shells(blocks, size):
    whole = np.zeros((len(blocks), size, size))
    whole[:, 1:4, 1:4] = blocks
    return _sites(whole)


def _coupled(strength, size):
    return np.kron(np.diag(strength), coupling(size))


def _turned_shell(turn, size, tensors):
    """How the orbitals of an atom turn: s, p as a vector, s*, d as the traceless symmetric tensor."""
    matrix = np.eye(size)
    matrix[1:4, 1:4] = turn
    if size > 5:
        matrix[5:, 5:] = np.einsum("aij,ik,jl,bkl->ab", tensors, turn, turn, tensors)
    return matrix


# name: matrix from (bonds, table), the table's field that it is proportional to, and its power of a uniform
# dilation
TERMS = {
    "two_centre": (lambda b, t: _hops(two_centre(b, t), b), "integrals", -2.0),
    "onsite": (lambda b, t: _sites(onsite(b, t)), "onsite", 0.0),
    "onsite_strain": (lambda b, t: _p_shells(onsite_strain(b, t), len(t.orbitals)), "strain", 0.0),
    "polytype": (lambda b, t: _sites(polytype(b, t)), "polytype", 0.0),
    "spin_orbit": (lambda b, t: _coupled(spin_orbit(b, t), len(t.orbitals)), "spin_orbit", 0.0),
    "dangling": (_removed, None, 0.0),
}


def _setting(relaxed, change=lambda positions: positions, basis="sp3s_star"):
    """Bonds of the moved particle, with a strain on every atom, and the table."""
    some = np.random.default_rng(8).uniform(-0.03, 0.03, (len(relaxed.positions), 3, 3))
    strain = some + some.transpose(0, 2, 1)
    bonds = network(dataclasses.replace(relaxed, positions=change(relaxed.positions), strain=strain))
    return bonds, with_strain_terms(parameters(bonds.names, METHODS[basis]), bonds.names, METHODS[basis])


@pytest.mark.parametrize("basis", METHODS)
@pytest.mark.parametrize("name", TERMS)
def test_laws(name, basis, hetero, d_tensors):
    build, field, power = TERMS[name]

    def _set(change=lambda positions: positions):
        return _setting(hetero, change, basis)

    bonds, table = _set()
    matrix = build(bonds, table)
    size = np.abs(matrix).max()
    assert size > 0.01, "the law must not compare zero with zero"
    assert np.abs(matrix - matrix.conj().T).max() < 1e-13 * size, "Hermitian"

    shifted = build(*_set(lambda x: x + np.array([3.0, -20.0, 7.0])))
    assert np.abs(shifted - matrix).max() < 1e-12 * size, "translation"

    vector = np.array([0.7, -1.1, 0.4])
    turn = Rotation.from_rotvec(vector).as_matrix()
    spin = expm(-0.5j * np.einsum("k,kab->ab", vector, PAULI))
    local = np.kron(_turned_shell(turn, len(table.orbitals), d_tensors), spin)
    unitary = np.kron(np.eye(len(bonds.cation)), local)
    turned = build(*_set(lambda x: x @ turn.T))
    assert np.abs(turned - unitary @ matrix @ unitary.conj().T).max() < 1e-12 * size, "rotation"
    if name not in ("onsite", "spin_orbit"):
        assert np.abs(turned - matrix).max() > 1e-3 * size, "the rotation must change it"

    step = 1e-5
    wider = build(*_set(lambda x: x * (1 + step)))
    narrower = build(*_set(lambda x: x * (1 - step)))
    slope = (wider - narrower) / (2 * step)
    assert np.abs(slope - power * matrix).max() < 1e-8 * size, "dilation"

    if field is None:
        cell = unit_cell("CdSe", "wz")
        assert not build(cell, table).any(), "nothing dangles in bulk"
        return
    value = getattr(table, field)
    none = build(bonds, dataclasses.replace(table, **{field: 0.0 * value}))
    assert not none.any(), "zero when its parameter is zero"
    twice = build(bonds, dataclasses.replace(table, **{field: 2.0 * value}))
    assert np.abs(twice - 2.0 * matrix).max() < 1e-13 * size, "linear in its parameter"


def test_polytype_is_zero_in_zinc_blende(particle):
    bonds, table = _setting(particle("zb", 16.0, 2.62, shake=0.05))
    assert table.polytype.any()
    assert not polytype(bonds, table).any()


def test_terms_of_several_eclipsed_bonds_add(particle):
    bonds, table = _setting(particle("wz", 16.0, 2.62))
    inner = np.flatnonzero(bonds.exists.all(axis=1))
    anion, cation = (int(inner[bonds.cation[inner] == kind][0]) for kind in (0, 1))
    eclipsed = np.array(bonds.eclipsed)
    eclipsed[[anion, cation]] = True
    blocks = polytype(dataclasses.replace(bonds, eclipsed=eclipsed), table)
    s_shift, p_shift = table.polytype[1, 0, 0], table.polytype[0, 0, 1]
    assert min(s_shift, p_shift) > 0.005
    # four bonds of a tetrahedron have no axis left: only the isotropic shift remains, four times
    assert np.allclose(blocks[anion], np.diag([0, 1, 1, 1, 0]) * 4 * p_shift, atol=1e-13)
    assert np.allclose(blocks[cation], np.diag([1, 0, 0, 0, 0]) * 4 * s_shift, atol=1e-13)


def test_spin_orbit_splits_a_free_p_shell_by_three_lambda():
    levels = np.linalg.eigvalsh(coupling(5))
    assert np.allclose(levels, [-2, -2, 0, 0, 0, 0, 1, 1, 1, 1], atol=1e-14)
