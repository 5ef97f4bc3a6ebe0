"""Dipoles and strengths against the commutator sum rule, a two-level case and invariances."""

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.observables.dipole import dipoles, free_atom_dipole, oscillator_strengths, position
from epidot.units import HBAR2_OVER_2M


def spectrum_of(make, rng, atoms=30, orbitals=3):
    """A random hermitian tight-binding H with two spins and its exact states, the lowest as the hole."""
    positions = rng.uniform(-15, 15, (atoms, 3))
    size = atoms * orbitals * 2
    hamiltonian = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    hamiltonian = hamiltonian + hamiltonian.conj().T
    energies, vectors = np.linalg.eigh(hamiltonian)
    amplitudes = vectors.T.reshape(size, atoms, orbitals, 2)
    relaxed = make.particle(positions, np.arange(atoms) % 2)
    record = make.states(relaxed, energies[1:], energies[:1], amplitudes[1:], amplitudes[:1])
    return record, hamiltonian, vectors, positions


def test_f_sum_equals_the_double_commutator(make):
    record, hamiltonian, vectors, positions = spectrum_of(make, np.random.default_rng(1))
    gaps = record.electron_energies - record.hole_energies[0]
    got = oscillator_strengths(gaps, dipoles(record)[:, 0]).sum()
    hole = vectors[:, 0]
    total = 0.0
    for axis in range(3):
        r = np.diag(np.repeat(positions[:, axis], 6))
        inner = hamiltonian @ r - r @ hamiltonian
        total += 0.5 * (hole.conj() @ (r @ inner - inner @ r) @ hole).real
    assert total > 1
    assert got == pytest.approx(total / (3 * HBAR2_OVER_2M), rel=1e-5)


def test_length_and_velocity_form_agree(make):
    record, hamiltonian, vectors, positions = spectrum_of(make, np.random.default_rng(2), atoms=12)
    length = dipoles(record)[:, 0]
    for axis in range(3):
        r = np.diag(np.repeat(positions[:, axis], 6))
        velocity = vectors[:, 0].conj() @ (r @ hamiltonian - hamiltonian @ r) @ vectors[:, 1:]
        gaps = record.electron_energies - record.hole_energies[0]
        assert abs(velocity).max() > 0.1
        np.testing.assert_allclose(gaps * length[:, axis], velocity, atol=2e-5 * abs(velocity).max())


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_dipoles_within_atoms_keep_sum_rule_and_velocity_form(make, axis):
    record, hamiltonian, vectors, positions = spectrum_of(make, np.random.default_rng(5), 12, orbitals=5)
    places = positions - positions.mean(axis=0)
    r = np.zeros((12, 5, 12, 5))
    for atom in range(12):
        r[atom, range(5), atom, range(5)] = places[atom, axis]
        r[atom, 0, atom, 1 + axis] = r[atom, 1 + axis, atom, 0] = free_atom_dipole(48 if atom % 2 else 34)
    r = np.kron(r.reshape(60, 60), np.eye(2))
    length = dipoles(record, position(record, "slater"))[:, 0, axis]
    assert abs(length - dipoles(record)[:, 0, axis]).max() > 0.05
    gaps = record.electron_energies - record.hole_energies[0]
    hole = vectors[:, 0]
    velocity = hole.conj() @ (r @ hamiltonian - hamiltonian @ r) @ vectors[:, 1:]
    np.testing.assert_allclose(gaps * length, velocity, atol=2e-5 * abs(velocity).max())
    inner = hamiltonian @ r - r @ hamiltonian
    double = 0.5 * (hole.conj() @ (r @ inner - inner @ r) @ hole).real
    assert gaps @ abs(length) ** 2 == pytest.approx(double, rel=1e-5)


@pytest.mark.parametrize(("number", "quantum", "charge"), [(16, 3.0, 5.45), (34, 3.7, 6.95), (48, 4.0, 4.35)])
def test_free_atoms_against_their_orbitals_on_a_grid(number, quantum, charge):
    # Slater's radial function r^(n−1) exp(−ζr), ζ = (Z − screening)/n, in units of the Bohr radius.
    r = np.linspace(0.0, 40.0, 40001)
    square = (r ** (quantum - 1) * np.exp(-charge / quantum * r)) ** 2
    mean = np.trapezoid(square * r**3, r) / np.trapezoid(square * r**2, r)
    assert free_atom_dipole(number) == pytest.approx(mean / np.sqrt(3) * 0.529177, rel=1e-5)


def test_unknown_elements_have_no_orbitals():
    with pytest.raises(InputError, match="has no orbitals here"):
        free_atom_dipole(80)


def test_two_sites(make):
    # (|1⟩ ± |2⟩)/√2 at ±a/2: |⟨−|x|+⟩| = a/2.
    relaxed = make.particle(np.array([[0, 0, 1.5], [0, 0, 4.5]]), np.array([1, 0]))
    plus, minus = np.array([1.0, 1.0]), np.array([1.0, -1.0])
    record = make.states(relaxed, [2.0, 2.0], [0.0, 0.0], make.kramers(minus), make.kramers(plus))
    got = dipoles(record)
    np.testing.assert_allclose(abs(got[0, 0]), [0, 0, 1.5], atol=1e-6)
    np.testing.assert_allclose(got[0, 1], 0.0, atol=1e-12)
    strength = oscillator_strengths(np.array([2.0]), got[:1, 0])
    assert strength[0] == pytest.approx(2.0 * 1.5**2 / (3 * HBAR2_OVER_2M), rel=1e-6)


def test_moves_and_turns_with_the_particle_and_sums_over_multiplets(make):
    rng = np.random.default_rng(4)
    record, _, _, positions = spectrum_of(make, rng)
    amplitudes = record.electron_coefficients[:2].astype(float) @ [1, 1j]
    hole = record.hole_coefficients.astype(float) @ [1, 1j]
    mix, _ = np.linalg.qr(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    moved = make.particle(positions @ turn.T + (300.0, -20.0, 5.0), np.arange(len(positions)) % 2)
    mixed = np.einsum("mn,n...->m...", mix, amplitudes)
    plain = dipoles(make.states(record.relaxed, [1.0, 1.0], [0.0], amplitudes, hole))[:, 0]
    other = dipoles(make.states(moved, [1.0, 1.0], [0.0], mixed, hole))[:, 0]
    assert abs(abs(plain) - abs(other)).max() > 0.1
    tensor = np.einsum("xi,xj->ij", plain, plain.conj())
    np.testing.assert_allclose(np.einsum("xi,xj->ij", other, other.conj()), turn @ tensor @ turn.T, atol=1e-4)
