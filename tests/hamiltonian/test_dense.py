"""The blocks against a dense matrix that is built in another way, atom by atom."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.spatial.transform import Rotation
from threadpoolctl import threadpool_limits

from epidot import materials
from epidot.hamiltonian.tight_binding import TightBindingMethod, tight_binding
from epidot.hamiltonian.tight_binding.deformation import with_strain_terms
from epidot.hamiltonian.tight_binding.parameters import parameters

PLAIN = TightBindingMethod(polarisation="none")
METHODS = [
    PLAIN,
    TightBindingMethod("sp3s_star_T0", eta=3.0, polarisation="none"),
    TightBindingMethod("sp3d5s_star_T0", polarisation="none"),
]
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def _size(values):
    return 10 if values.basis == "sp3d5s*" else 5


def _angular_momentum(size):
    """L on (s, px, py, pz, s*, d without it) from ladder operators on spherical harmonics m = 1, 0, -1."""
    up = np.sqrt(2) * np.diag([1.0, 1.0], 1)
    spherical = [(up + up.T) / 2, (up - up.T) / 2j, np.diag([1.0, 0.0, -1.0])]
    real = np.array([[-1, 0, 1], [1j, 0, 1j], [0, np.sqrt(2), 0]]) / np.sqrt(2)
    full = np.zeros((3, size, size), dtype=complex)
    for k in range(3):
        full[k, 1:4, 1:4] = real.conj() @ spherical[k] @ real.T
    return full


def _bond_block(integrals, direction, scale, tensors):
    """Anion–cation block: that of a bond along z, turned by a rotation that carries z to the direction."""
    t = integrals
    along_z = np.zeros((10, 10))
    s, x, y, z, star, xy, yz, zx, xx, zz = range(10)
    along_z[s, s], along_z[star, star], along_z[s, star], along_z[star, s] = (
        t.V_ss,
        t.V_SS,
        t.V_saSc,
        t.V_Sasc,
    )
    along_z[s, z], along_z[z, s] = t.V_sapc, -t.V_pasc
    along_z[star, z], along_z[z, star] = t.V_Sapc, -t.V_paSc
    along_z[x, x] = along_z[y, y] = t.V_ppp
    along_z[z, z] = t.V_pps
    along_z[s, zz], along_z[zz, s] = t.V_sadc, t.V_dasc
    along_z[star, zz], along_z[zz, star] = t.V_Sadc, t.V_daSc
    along_z[z, zz], along_z[zz, z] = t.V_pads, -t.V_dapcs
    for p, d in ((x, zx), (y, yz)):
        along_z[p, d], along_z[d, p], along_z[d, d] = t.V_padp, -t.V_dapcp, t.V_ddp
    along_z[zz, zz] = t.V_dds
    along_z[xy, xy] = along_z[xx, xx] = t.V_ddd
    matrix = Rotation.align_vectors([direction], [[0, 0, 1]])[0].as_matrix()
    turn = np.eye(10)
    turn[1:4, 1:4] = matrix
    turn[5:, 5:] = np.einsum("aij,ik,jl,bkl->ab", tensors, matrix, matrix, tensors)
    size = _size(integrals)
    return scale * (turn @ along_z @ turn.T)[:size, :size]


def _names(structure, atom):
    pairs = [(atom, int(other)) for other in structure.neighbours[atom] if other >= 0]
    pairs = [(i, j) if structure.cation[i] else (j, i) for i, j in pairs]
    return [materials.compound_of(int(structure.numbers[c]), int(structure.numbers[a])) for c, a in pairs]


def _turn(relaxed, atom):
    """Rotation that carries the ideal bonds of an atom onto its own."""
    structure, x = relaxed.structure, relaxed.positions
    bonded = [slot for slot in range(4) if structure.neighbours[atom, slot] >= 0]
    actual = np.array([x[structure.neighbours[atom, slot]] - x[atom] for slot in bonded])
    actual /= np.linalg.norm(actual, axis=1)[:, None]
    return Rotation.align_vectors(actual, np.array(structure.bond_directions[atom])[bonded])[0].as_matrix()


def _strain_block(relaxed, atom, names, method):
    """On-site strain in the cubic axes that the four bonds span, then turned with the atom."""
    first, second, third, fourth = np.array(relaxed.structure.bond_directions[atom])
    axes = [first + second - third - fourth, first - second + third - fourth, first - second - third + fourth]
    cubic = np.array(axes) * np.sqrt(3) / 4
    strain = cubic @ relaxed.strain[atom] @ cubic.T
    block = np.zeros((3, 3))
    for name in names:
        change = with_strain_terms(parameters((name,), method), (name,), method).strain[0, 0]
        for i in range(3):
            for j in range(3):
                if i == j:
                    block[i, j] += 3 * change[0] * (strain[i, i] - np.trace(strain) / 3) / len(names)
                else:
                    block[i, j] += np.sqrt(3) * change[1] * strain[i, j] / len(names)
    turn = _turn(relaxed, atom)
    return turn @ cubic.T @ block @ cubic @ turn.T


def _own_block(relaxed, atom, method):
    structure, x = relaxed.structure, relaxed.positions
    side = "c" if structure.cation[atom] else "a"
    names = _names(structure, atom)
    shifts = materials.offset_set(method.offsets).shifts
    size = _size(materials.two_centre(names[0], method.parameters))
    block = np.zeros((2 * size, 2 * size), dtype=complex)
    momentum = _angular_momentum(size)
    block[2:8, 2:8] += np.kron(_strain_block(relaxed, atom, names, method), np.eye(2))
    for name in names:
        values = materials.two_centre(name, method.parameters)
        energies = [getattr(values, f"E{orbital}{side}") for orbital in "spppSddddd"[:size]]
        block += np.kron(np.diag(energies) + shifts[name] * np.eye(size), np.eye(2)) / len(names)
        strength = getattr(values, f"lam{side}") / len(names)
        block += strength * sum(np.kron(momentum[k], PAULI[k]) for k in range(3))
        stacking = materials.polytype(name, method.parameters)
        for slot, other in enumerate(structure.neighbours[atom]):
            if other < 0 or not structure.eclipsed[atom, slot]:
                continue
            c = (x[other] - x[atom]) / np.linalg.norm(x[other] - x[atom])
            extra = np.zeros((size, size))
            if side == "c":
                extra[0, 0] = stacking.vs_c
            else:
                extra[1:4, 1:4] = stacking.vp_a * np.eye(3) + stacking.delta_a * (
                    np.eye(3) / 3 - np.outer(c, c)
                )
            block += np.kron(extra, np.eye(2)) / len(names)
    return block


def _projector(relaxed, atom, size):
    """Complement of the dangling hybrids of one atom, [2 size, 2 size]."""
    structure = relaxed.structure
    missing = [slot for slot in range(4) if structure.neighbours[atom, slot] < 0]
    if not missing:
        return np.eye(2 * size)
    ideal = np.array(structure.bond_directions[atom])
    hybrids = np.zeros((len(missing), size))
    hybrids[:, 0] = 0.5
    hybrids[:, 1:4] = np.sqrt(3) / 2 * ideal[missing] @ _turn(relaxed, atom).T
    hybrids = np.linalg.inv(sqrtm(hybrids @ hybrids.T)) @ hybrids
    return np.kron(np.eye(size) - hybrids.T @ hybrids, np.eye(2))


def _reference(relaxed, method, tensors):
    structure, x = relaxed.structure, relaxed.positions
    count, size = len(x), _size(materials.two_centre("CdSe", method.parameters))
    width = 2 * size
    matrix = np.zeros((width * count, width * count), dtype=complex)
    project = np.zeros_like(matrix)
    for i in range(count):
        here = slice(width * i, width * i + width)
        matrix[here, here] = _own_block(relaxed, i, method)
        project[here, here] = _projector(relaxed, i, size)
        if structure.cation[i]:
            continue
        for j in (int(other) for other in structure.neighbours[i] if other >= 0):
            name = materials.compound_of(int(structure.numbers[j]), int(structure.numbers[i]))
            values = materials.two_centre(name, method.parameters)
            away = x[j] - x[i]
            length = np.linalg.norm(away)
            block = _bond_block(values, away / length, (values.bond / length) ** method.eta, tensors)
            there = slice(width * j, width * j + width)
            matrix[here, there] = np.kron(block, np.eye(2))
            matrix[there, here] = matrix[here, there].T
    return project @ matrix @ project, project


def _dense(tb):
    """The record's own matrix, atom–orbital–spin, with P applied."""
    count, size = tb.onsite.shape[:2]
    real = np.zeros((count, size, count, size))
    project = np.zeros((count, size, count, size))
    for i in range(count):
        real[i, :, i] = tb.onsite[i]
        project[i, :, i] = np.eye(size) - tb.dangling[i].T @ tb.dangling[i]
        for slot, j in enumerate(tb.neighbours[i]):
            if j >= 0:
                real[i, :, j] += tb.hopping[i, slot]
    momentum = sum(np.kron(_angular_momentum(size)[k], PAULI[k]) for k in range(3))
    matrix = np.kron(real.reshape(size * count, -1), np.eye(2)) + np.kron(np.diag(tb.spin_orbit), momentum)
    project = np.kron(project.reshape(size * count, -1), np.eye(2))
    return project @ matrix @ project, project


def _levels(matrix, projector):
    """All energies, removed hybrids at 50 eV; one thread, since idle BLAS threads spin on a busy machine."""
    with threadpool_limits(1):
        return np.linalg.eigvalsh(matrix + 50.0 * (np.eye(len(matrix)) - projector))


@pytest.mark.parametrize("method", METHODS)
def test_blocks_equal_a_dense_matrix_built_otherwise(hetero, method, d_tensors):
    ours, projector = _dense(tight_binding(hetero, method=method))
    reference, other = _reference(hetero, method, d_tensors)
    assert np.abs(projector - other).max() < 1e-12
    assert np.abs(ours - reference).max() < 1e-12
    assert np.abs(reference.imag).max() > 0.1


def test_kramers_and_rotated_spectrum(hetero):
    matrix, projector = _dense(tight_binding(hetero, method=PLAIN))
    reversal = np.kron(np.eye(len(matrix) // 2), np.array([[0, 1], [-1, 0]]))
    assert np.abs(reversal @ matrix.conj() @ reversal.T - matrix).max() < 1e-13
    levels = _levels(matrix, projector)
    assert np.abs(levels[::2] - levels[1::2]).max() < 1e-10
    turn = Rotation.from_rotvec([0.3, 1.2, -0.8])
    frame = np.ascontiguousarray(
        turn.apply(np.array(hetero.structure.bond_directions).reshape(-1, 3)).reshape(-1, 4, 3)
    )
    moved = dataclasses.replace(
        hetero,
        structure=dataclasses.replace(hetero.structure, bond_directions=frame),
        positions=turn.apply(np.array(hetero.positions)),
        strain=turn.as_matrix() @ np.array(hetero.strain) @ turn.as_matrix().T,
    )
    turned, projector = _dense(tight_binding(moved, method=PLAIN))
    assert np.abs(turned - matrix).max() > 0.1, "the matrix itself must change"
    assert np.abs(_levels(turned, projector) - levels).max() < 1e-10


def test_spin_orbit_is_what_mixes_spin(hetero):
    tb = tight_binding(hetero)
    with_it, _ = _dense(tb)
    without, _ = _dense(dataclasses.replace(tb, spin_orbit=0.0 * tb.spin_orbit))
    up = np.arange(0, len(with_it), 2)
    assert np.abs(with_it[np.ix_(up, up + 1)]).max() > 0.1
    assert not without[np.ix_(up, up + 1)].any()
    assert not without.imag.any()
