"""Configuration interaction against exact diagonalisation in Fock space, and against known splittings."""

import numpy as np
import pytest
from scipy.sparse import csr_array, identity, kron

from epidot.errors import ConvergenceError
from epidot.excitons.configurations import ActiveSpace, Configurations

COMPLEXES = [(1, 1), (2, 1), (1, 2), (2, 2)]


def hermitian(rng, size):
    matrix = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    return matrix + matrix.conj().T


def integrals(rng, electrons, holes, sites=7):
    """Random spinless states on a few points: every integral follows from the same wave functions."""
    distance = rng.normal(size=(sites, sites))
    kernel = distance @ distance.T / sites
    other = np.diag(rng.uniform(0.2, 1.0, sites))
    c = rng.normal(size=(electrons, sites)) + 1j * rng.normal(size=(electrons, sites))
    v = rng.normal(size=(holes, sites)) + 1j * rng.normal(size=(holes, sites))
    ee, hh = np.einsum("ai,bi->abi", c.conj(), c), np.einsum("ai,bi->abi", v, v.conj())
    eh = np.einsum("ai,hi->ahi", c.conj(), v)
    return ActiveSpace(
        hermitian(rng, electrons),
        hermitian(rng, holes),
        np.einsum("abi,ij,hkj->ahbk", ee, kernel, hh),
        np.einsum("ahi,ij,bkj->ahbk", eh, other, eh.conj()),
        np.einsum("abi,ij,cdj->abcd", ee, kernel, ee),
        np.einsum("abi,ij,cdj->abcd", hh, kernel, hh),
    )


def creators(modes):
    """Jordan–Wigner: creation operators of `modes` fermions as sparse matrices."""
    raising, sign = csr_array([[0, 0], [1, 0]]), csr_array([[1, 0], [0, -1]])
    made = []
    for mode in range(modes):
        matrix = identity(1, format="csr")
        for place in range(modes):
            factor = raising if place == mode else sign if place < mode else identity(2, format="csr")
            matrix = kron(matrix, factor, format="csr")
        made.append(csr_array(matrix, dtype=complex))
    return made


def fock_spectrum(space, electrons, holes):
    """All energies with these numbers of particles, from operators written term by term."""
    n_e, n_h = space.sizes
    made = creators(n_e + n_h)
    c, d = made[:n_e], made[n_e:]
    taken = [operator.conj().T for operator in made]
    c_, d_ = taken[:n_e], taken[n_e:]
    total = 0 * identity(2 ** (n_e + n_h), format="csr", dtype=complex)
    kinds = (space.electron, space.electron_repulsion, c, c_), (space.hole, space.hole_repulsion, d, d_)
    for single, repulsion, make, take in kinds:
        for a, b in np.ndindex(single.shape):
            total = total + single[a, b] * (make[a] @ take[b])
        for a, b, x, y in np.ndindex(repulsion.shape):
            total = total + 0.5 * repulsion[a, b, x, y] * (make[a] @ make[x] @ take[y] @ take[b])
    for a, i, b, j in np.ndindex(space.exchange.shape):
        value = space.exchange[a, i, b, j] - space.attraction[a, i, b, j]
        total = total + value * (c[a] @ d[i] @ d_[j] @ c_[b])
    number_e = sum(c[a] @ c_[a] for a in range(n_e)).diagonal().real
    number_h = sum(d[i] @ d_[i] for i in range(n_h)).diagonal().real
    kept = np.flatnonzero((np.round(number_e) == electrons) & (np.round(number_h) == holes))
    return np.linalg.eigvalsh(total.tocsr()[kept][:, kept].toarray())


@pytest.fixture(scope="module")
def space():
    return integrals(np.random.default_rng(7), 4, 4)


@pytest.mark.parametrize(("electrons", "holes"), COMPLEXES)
def test_energies_are_those_of_fock_space(space, electrons, holes):
    expected = fock_spectrum(space, electrons, holes)
    found, _ = Configurations(space, electrons, holes).lowest(1000)
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize(("electrons", "holes"), COMPLEXES)
def test_without_interaction_energies_add(electrons, holes):
    rng = np.random.default_rng(2)
    alone = ActiveSpace(
        hermitian(rng, 5),
        hermitian(rng, 4),
        *[np.zeros(s) for s in ((5, 4, 5, 4),) * 2 + ((5,) * 4, (4,) * 4)],
    )
    single = np.linalg.eigvalsh(alone.electron), np.linalg.eigvalsh(alone.hole)
    expected = sum(levels[:count].sum() for levels, count in zip(single, (electrons, holes), strict=True))
    found, _ = Configurations(alone, electrons, holes).lowest(1)
    assert found[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("electrons", "holes"), COMPLEXES)
def test_basis_does_not_matter(space, electrons, holes):
    rng = np.random.default_rng(3)
    turn, other = (np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))[0] for _ in range(2))
    u, w = turn, other
    turned = ActiveSpace(
        u.conj() @ space.electron @ u.T,
        w.conj() @ space.hole @ w.T,
        np.einsum("Aa,Ii,Bb,Jj,aibj->AIBJ", u.conj(), w.conj(), u, w, space.attraction),
        np.einsum("Aa,Ii,Bb,Jj,aibj->AIBJ", u.conj(), w.conj(), u, w, space.exchange),
        np.einsum("Aa,Bb,Cc,Dd,abcd->ABCD", u.conj(), u, u.conj(), u, space.electron_repulsion),
        np.einsum("Aa,Bb,Cc,Dd,abcd->ABCD", w.conj(), w, w.conj(), w, space.hole_repulsion),
    )
    one, two = (Configurations(each, electrons, holes).lowest(9)[0] for each in (space, turned))
    np.testing.assert_allclose(one, two, atol=1e-10)


def spin_only(attraction, exchange, repulsion):
    """One orbital for the electron, one for the hole, two spins each."""
    same = np.eye(2)
    charge = np.einsum("ab,cd->abcd", same, same)
    # c_up takes an electron out of the valence state of the same spin: (e v) is δ of spins.
    bright = np.einsum("ai,bj->aibj", same, same)
    return ActiveSpace(
        1.0 * same,
        0.5 * same,
        attraction * np.einsum("ab,ij->aibj", same, same),
        exchange * bright,
        repulsion * charge,
        repulsion * charge,
    )


def test_singlet_lies_two_exchanges_above_the_triplet():
    energies, states = Configurations(spin_only(0.3, 0.02, 0.25), 1, 1).lowest(4)
    np.testing.assert_allclose(energies, [1.2, 1.2, 1.2, 1.24], atol=1e-12)
    np.testing.assert_allclose(np.abs(states[:, 3].reshape(2, 2)), np.eye(2) / np.sqrt(2), atol=1e-12)


def test_one_orbital_each_has_known_energies():
    for electrons, holes, expected in ((2, 1, 2.5 - 0.6 + 0.25), (1, 2, 2.0 - 0.6 + 0.25)):
        energy = Configurations(spin_only(0.3, 0.0, 0.25), electrons, holes).lowest(1)[0][0]
        assert energy == pytest.approx(expected, abs=1e-12)
    # In the closed biexciton each of the four pairs is a singlet half of the time at weight 1/2: 4 K/2.
    energy = Configurations(spin_only(0.3, 0.02, 0.25), 2, 2).lowest(1)[0][0]
    assert energy == pytest.approx(3.0 - 4 * 0.3 + 2 * 0.25 + 4 * 0.02 / 2, abs=1e-12)


def test_electrons_and_holes_may_change_places(space):
    swapped = ActiveSpace(
        space.hole,
        space.electron,
        space.attraction.transpose(1, 0, 3, 2),
        space.exchange.transpose(1, 0, 3, 2),
        space.hole_repulsion,
        space.electron_repulsion,
    )
    one = Configurations(space, 2, 1).lowest(24)[0]
    two = Configurations(swapped, 1, 2).lowest(24)[0]
    np.testing.assert_allclose(one, two, atol=1e-11)


def doubled(rng, electrons, holes):
    """Spinless integrals with a spin on top, so that every level of a trion is degenerate."""
    plain = integrals(rng, electrons, holes)
    spin = np.eye(2)

    def both(array, letters):
        inner = np.einsum(f"{letters},st,uv->{_spun(letters)}", array, spin, spin)
        return inner.reshape([2 * size for size in array.shape])

    def _spun(letters):
        a, b, c, d = letters
        order = (a, "s", b, "u", c, "t", d, "v") if letters == "aibj" else (a, "s", b, "t", c, "u", d, "v")
        return "".join(order)

    return ActiveSpace(
        np.kron(plain.electron, spin),
        np.kron(plain.hole, spin),
        both(plain.attraction, "aibj"),
        np.zeros_like(both(plain.exchange, "aibj")),
        both(plain.electron_repulsion, "abcd"),
        both(plain.hole_repulsion, "abcd"),
    )


@pytest.mark.parametrize(("electrons", "holes"), [(2, 1), (2, 2)])
def test_iteration_finds_whole_multiplets(electrons, holes):
    space = doubled(np.random.default_rng(11), 5, 4)
    problem = Configurations(space, electrons, holes)
    expected = np.linalg.eigvalsh(problem.dense())[:7]
    assert np.diff(expected).min() < 1e-9
    energies, states = problem._iterated(7)
    np.testing.assert_allclose(energies, expected, atol=1e-8)
    np.testing.assert_allclose(states.conj().T @ states, np.eye(7), atol=1e-8)


def test_larger_spaces_lie_lower():
    space = integrals(np.random.default_rng(5), 6, 6)
    for electrons, holes in COMPLEXES:
        energies = [Configurations(space.first(n, n), electrons, holes).lowest(1)[0][0] for n in (2, 4, 6)]
        assert energies[0] > energies[1] > energies[2]


def test_no_convergence_is_told(monkeypatch, space):
    monkeypatch.setattr("epidot.excitons.configurations._RESIDUAL", 0.0)
    with pytest.raises(ConvergenceError, match="active space"):
        Configurations(space, 2, 2)._iterated(2)
