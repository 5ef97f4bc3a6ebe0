"""Moments against rings in a field, free spins, Roth's g and time reversal."""

from types import SimpleNamespace

import numpy as np
import pytest

import epidot as ed
from epidot.errors import InputError
from epidot.excitons import excite
from epidot.observables import Light, absorption, magnetic
from epidot.units import BOLTZMANN


def ring(count, radius, hopping):
    """One s orbital on each corner of a polygon."""
    angle = 2 * np.pi * np.arange(count) / count
    positions = radius * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    neighbours = np.full((count, 4), -1)
    neighbours[:, 0], neighbours[:, 1] = (np.arange(count) - 1) % count, (np.arange(count) + 1) % count
    blocks = np.full((count, 4, 1, 1), hopping)
    relaxed = SimpleNamespace(positions=positions + 7.0)
    return SimpleNamespace(relaxed=relaxed, neighbours=neighbours, hopping=blocks, orbitals=("s",))


@pytest.mark.parametrize("number", [0, 1, 3, -2])
def test_current_round_a_ring(number):
    # E_n(Φ) = 2t cos(2π(n + Φ/Φ0)/N) in a flux Φ of the polygon, Φ0 = h/e; the moment is dE/dB.
    count, radius, hopping = 9, 6.0, -1.3
    h, e, bohr_magneton = 6.62607015e-34, 1.602176634e-19, 9.2740100783e-24
    area = 0.5 * count * radius**2 * np.sin(2 * np.pi / count) * 1e-20
    slope = -2 * hopping * e * np.sin(2 * np.pi * number / count) * 2 * np.pi / count * area * e / h
    wave = np.exp(2j * np.pi * number * np.arange(count) / count) / np.sqrt(count)
    spinor = np.zeros((2, count, 1, 2), complex)
    spinor[0, :, 0, 0], spinor[1, :, 0, 1] = wave, wave
    parts = np.stack([spinor.real, spinor.imag], axis=-1)
    states = SimpleNamespace(electron_coefficients=parts, hole_coefficients=parts)
    found = magnetic.moments(ring(count, radius, hopping), SimpleNamespace(states=states)).electron
    orbital = slope / bohr_magneton
    np.testing.assert_allclose(found[2], np.diag([orbital + 1, orbital - 1]), atol=1e-6)
    np.testing.assert_allclose(found[0], [[0, 1], [1, 0]], atol=1e-9)
    if number == 0:
        np.testing.assert_allclose(magnetic.g_factors(found), 2.0, rtol=1e-6)


@pytest.mark.parametrize("orbitals", [5, 10])
def test_shells_are_angular_momenta(orbitals):
    shells = magnetic._shells(orbitals)
    lx, ly, lz = shells
    np.testing.assert_allclose(lx @ ly - ly @ lx, 1j * lz, atol=1e-12)
    squares = np.array([0, 2, 2, 2, 0] + [6] * (orbitals - 5))
    np.testing.assert_allclose((shells @ shells).sum(axis=0), np.diag(squares), atol=1e-12)
    # (p_x + i p_y) and (d_x²−y² + i d_xy) turn with m = 1 and 2 about z.
    plus = np.zeros(orbitals, complex)
    plus[[1, 2]] = 1, 1j
    np.testing.assert_allclose(lz @ plus, plus, atol=1e-12)
    if orbitals == 10:
        double = np.zeros(10, complex)
        double[[8, 5]] = 1, 1j
        np.testing.assert_allclose(lz @ double, 2 * double, atol=1e-12)


def test_a_pair_has_what_its_electron_has_less_what_its_hole_replaces():
    # Spins along z: a spin and the gap that the same spin left have no moment together.
    spin = np.zeros((3, 2, 2), complex)
    spin[2] = np.diag([1.0, -1.0])
    pairs = np.eye(4).reshape(4, 2, 2)
    found = magnetic.of_pairs(magnetic.Moments(spin, spin), pairs)
    np.testing.assert_allclose(np.diag(found[2]), [0.0, 2.0, -2.0, 0.0], atol=1e-12)
    singlet = np.array([[[1, 0], [0, 1]], [[0, 1j], [1j, 0]]]) / np.sqrt(2)
    np.testing.assert_allclose(magnetic.of_pairs(magnetic.Moments(spin, spin), singlet)[2], 0.0, atol=1e-12)


def test_sign_and_size_of_g():
    pauli = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(2, 2, 2)) @ [1, 1j])
    for wanted in (2.0, 0.7, -0.4):
        doublet = turn.conj().T @ (0.5 * wanted * pauli) @ turn
        np.testing.assert_allclose(magnetic.g_factors(doublet), wanted, rtol=1e-9)
    np.testing.assert_allclose(
        magnetic.g_factors(0.5 * np.array([1.0, 3.0, 2.0])[:, None, None] * pauli), [1.0, 2.0, 3.0]
    )
    assert magnetic.edge_g_factors(np.array([1.0, 1.0, 1.0]), np.zeros((3, 3, 3))).size == 0


@pytest.mark.parametrize("field", [0.0, 4.0, -4.0])
def test_thermal_polarisation_of_a_split_pair(field):
    # Two pair states with g = 1.5 along z that emit σ+ and σ−; the one of moment −g/2 is the fuller.
    moment = np.zeros((3, 2, 2), complex)
    moment[2] = np.diag([0.75, -0.75])
    seen = np.array([[1, 1j, 0], [1, -1j, 0]])
    found = magnetic.circular_polarisation(np.array([2.0, 2.0]), moment, seen, field, 3.0)
    splitting = 1.5 * 5.7883818e-5 * field
    assert found[2] == pytest.approx(-np.tanh(splitting / (2 * BOLTZMANN * 3.0)), rel=2e-3)
    assert found[0] == pytest.approx(0.0, abs=1e-12)


@pytest.fixture(scope="session")
def cdse():
    """Function of a diameter in nm and a phase: Hamiltonian and pair states of a CdSe dot."""

    def build(diameter, phase):
        design = ed.loads(
            "schema: epidot-design/1\nname: dot\nseed: 1\n"
            f"root: {{kind: dot, phase: {phase}, material: CdSe, shape: sphere, diameter: {diameter} nm}}\n"
        )
        relaxed = ed.relax(ed.build(design))
        hamiltonian = ed.tight_binding(relaxed)
        return hamiltonian, excite(ed.solve(hamiltonian, electrons=2, holes=4))

    return build


def test_electron_g_of_cdse_is_between_roth_and_free_and_falls_with_size(cdse):
    # Roth for the bulk: E_P = 16.7 eV of the set, gap 1.675, splitting 0.42 eV; 0.67, and 0.68 is measured.
    bulk = 2 - 2 / 3 * 16.7 * 0.42 / (1.675 * (1.675 + 0.42))
    found = []
    for diameter in (2.0, 2.8):
        hamiltonian, pairs = cdse(diameter, "zb")
        electron = magnetic.moments(hamiltonian, pairs).electron
        np.testing.assert_allclose(electron, electron.conj().transpose(0, 2, 1), atol=1e-6)
        g = magnetic.edge_g_factors(pairs.states.electron_energies, electron)
        np.testing.assert_allclose(g, g[0], rtol=1e-3)
        found.append(g[0])
    assert 2.0 > found[0] > found[1] > bulk > 0.6


def test_light_in_a_field_turns_with_it(cdse):
    hamiltonian, pairs = cdse(2.0, "wz")
    light = absorption(pairs, temperature=4.0, method=Light(magnetic_field=8.0), hamiltonian=hamiltonian)
    assert light.electron_g.shape == (3,)
    assert np.abs(light.circular_polarisation).max() > 0.05
    moment = magnetic.of_pairs(magnetic.moments(hamiltonian, pairs), pairs.complex_amplitudes)
    seen = light.seen_dipole @ [1, 1j]
    turned, none = (
        magnetic.circular_polarisation(light.energies, moment, seen, field, 4.0) for field in (-8.0, 0.0)
    )
    np.testing.assert_allclose(turned, -light.circular_polarisation, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(none, 0.0, atol=1e-4)
    with pytest.raises(InputError, match="hamiltonian"):
        absorption(pairs, method=Light(magnetic_field=8.0))
