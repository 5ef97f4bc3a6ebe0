"""The laws that every term obeys, on a shaken wurtzite CdSe/CdTe particle with a ragged surface."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.linalg import block_diag, expm
from scipy.spatial.transform import Rotation

from epidot.hamiltonian.tight_binding.bulk import unit_cell
from epidot.hamiltonian.tight_binding.dangling import dangling
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.network import network
from epidot.hamiltonian.tight_binding.onsite import onsite
from epidot.hamiltonian.tight_binding.parameters import parameters
from epidot.hamiltonian.tight_binding.polytype import polytype
from epidot.hamiltonian.tight_binding.spin_orbit import coupling, spin_orbit
from epidot.hamiltonian.tight_binding.two_centre import two_centre

METHOD = TightBindingMethod()
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def _sites(blocks):
    return np.kron(block_diag(*blocks), np.eye(2))


def _hops(blocks, bonds):
    count = len(blocks)
    matrix = np.zeros((count, 5, count, 5))
    for atom, slot in zip(*np.nonzero(bonds.neighbours >= 0), strict=True):
        matrix[atom, :, bonds.neighbours[atom, slot]] += blocks[atom, slot]
    return np.kron(matrix.reshape(5 * count, 5 * count), np.eye(2))


def _removed(bonds, ideal):
    hybrids = dangling(bonds, ideal)
    return _sites(np.einsum("aho,ahp->aop", hybrids, hybrids))


# name: matrix from (bonds, table, ideal bond directions), the table's field that it is proportional to,
# and its power of a uniform dilation
TERMS = {
    "two_centre": (lambda b, t, d: _hops(two_centre(b, t), b), "integrals", -METHOD.eta),
    "onsite": (lambda b, t, d: _sites(onsite(b, t)), "onsite", 0.0),
    "polytype": (lambda b, t, d: _sites(polytype(b, t)), "polytype", 0.0),
    "spin_orbit": (lambda b, t, d: np.kron(np.diag(spin_orbit(b, t)), coupling()), "spin_orbit", 0.0),
    "dangling": (lambda b, t, d: _removed(b, d), None, 0.0),
}


def _setting(relaxed, change=lambda positions: positions):
    moved = dataclasses.replace(relaxed, positions=change(relaxed.positions))
    bonds = network(moved)
    return bonds, parameters(bonds.names, METHOD), relaxed.structure.bond_directions


@pytest.mark.parametrize("name", TERMS)
def test_laws(name, hetero):
    build, field, power = TERMS[name]
    bonds, table, ideal = _setting(hetero)
    matrix = build(bonds, table, ideal)
    size = np.abs(matrix).max()
    assert size > 0.01, "the law must not compare zero with zero"
    assert np.abs(matrix - matrix.conj().T).max() < 1e-13 * size, "Hermitian"

    shifted = build(*_setting(hetero, lambda x: x + np.array([3.0, -20.0, 7.0])))
    assert np.abs(shifted - matrix).max() < 1e-12 * size, "translation"

    vector = np.array([0.7, -1.1, 0.4])
    turn = Rotation.from_rotvec(vector).as_matrix()
    spin = expm(-0.5j * np.einsum("k,kab->ab", vector, PAULI))
    local = np.kron(block_diag(1.0, turn, 1.0), spin)
    unitary = np.kron(np.eye(len(bonds.cation)), local)
    turned = build(*_setting(hetero, lambda x: x @ turn.T))
    assert np.abs(turned - unitary @ matrix @ unitary.conj().T).max() < 1e-12 * size, "rotation"
    if name not in ("onsite", "spin_orbit"):
        assert np.abs(turned - matrix).max() > 1e-2 * size, "the rotation must change it"

    step = 1e-5
    wider = build(*_setting(hetero, lambda x: x * (1 + step)))
    narrower = build(*_setting(hetero, lambda x: x * (1 - step)))
    slope = (wider - narrower) / (2 * step)
    assert np.abs(slope - power * matrix).max() < 1e-8 * size, "dilation"

    if field is None:
        cell = unit_cell("CdSe", "wz")
        assert not build(cell, table, cell.vectors).any(), "nothing dangles in bulk"
        return
    value = getattr(table, field)
    none = build(bonds, dataclasses.replace(table, **{field: 0.0 * value}), ideal)
    assert not none.any(), "zero when its parameter is zero"
    twice = build(bonds, dataclasses.replace(table, **{field: 2.0 * value}), ideal)
    assert np.abs(twice - 2.0 * matrix).max() < 1e-13 * size, "linear in its parameter"


def test_polytype_is_zero_in_zinc_blende(particle):
    bonds, table, _ = _setting(particle("zb", 16.0, 2.62, shake=0.05))
    assert table.polytype.any()
    assert not polytype(bonds, table).any()


def test_terms_of_several_eclipsed_bonds_add(particle):
    bonds, table, _ = _setting(particle("wz", 16.0, 2.62))
    inner = np.flatnonzero(bonds.exists.all(axis=1))
    anion, cation = (int(inner[bonds.cation[inner] == kind][0]) for kind in (0, 1))
    eclipsed = np.array(bonds.eclipsed)
    eclipsed[[anion, cation]] = True
    blocks = polytype(dataclasses.replace(bonds, eclipsed=eclipsed), table)
    s_shift, p_shift = table.polytype[1, 0, 0], table.polytype[0, 0, 1]
    assert min(s_shift, p_shift) > 0.01
    # four bonds of a tetrahedron have no axis left: only the isotropic shift remains, four times
    assert np.allclose(blocks[anion], np.diag([0, 1, 1, 1, 0]) * 4 * p_shift, atol=1e-13)
    assert np.allclose(blocks[cation], np.diag([1, 0, 0, 0, 0]) * 4 * s_shift, atol=1e-13)


def test_spin_orbit_splits_a_free_p_shell_by_three_lambda():
    levels = np.linalg.eigvalsh(coupling())
    assert np.allclose(levels, [-2, -2, 0, 0, 0, 0, 1, 1, 1, 1], atol=1e-14)
