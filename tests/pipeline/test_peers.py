"""Other eigensolvers beside ours: the matrix they get, the judging of what they give, what goes wrong."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.sparse import identity
from scipy.sparse.linalg import splu

from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import TightBinding
from epidot.pipeline.peers import PEERS, Race, kept_matrix, peers_at, race, sizes
from epidot.pipeline.peers.matrix import kept_basis
from epidot.pipeline.peers.sizes import WARM, particle
from epidot.reporting.tables import peers_table
from epidot.states import block_operator, solve

WRONG = (
    "import numpy\ndef eigsh(a, k, **_): return 0, numpy.random.default_rng(1).normal(size=(a.shape[0], k))"
)
FAKES = {
    "primme": WRONG,
    "petsc4py": "raise ImportError('petsc4py is not here')",
    "pypardiso": "import resource as r; raise OSError(f'fell over in {r.getrlimit(r.RLIMIT_AS)[0]} bytes')",
    "mumps": "import os; os.abort()",
}


@pytest.fixture(scope="module")
def hamiltonian() -> TightBinding:
    return particle(WARM)


@pytest.fixture(scope="module")
def found(hamiltonian, tmp_path_factory):
    """One race with SciPy as it is, a peer that gives nonsense, and peers that are absent or fall over."""
    folder = tmp_path_factory.mktemp("fakes")
    for name, text in FAKES.items():
        (folder / f"{name}.py").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=":")
        names = ("superlu", "folded", "primme", "slepc", "pardiso", "mumps")
        return race(hamiltonian, hamiltonian, peers=names, method=Race(Path(sys.executable)))


def below(matrix, energy):
    """Eigenvalues of a sparse Hermitian matrix below an energy: signs of D in L D L† (Sylvester)."""
    shifted = (matrix - energy * identity(matrix.shape[0])).tocsc()
    factors = splu(
        shifted, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    assert np.array_equal(factors.perm_r, factors.perm_c)
    ones = np.ones(matrix.shape[0], complex)
    assert np.abs(shifted @ factors.solve(ones) - ones).max() < 1e-6
    return int((factors.U.diagonal().real < 0.0).sum())


def test_matrix_is_the_operator_between_kept_orbitals():
    hamiltonian = particle(60)
    matrix = kept_matrix(hamiltonian).toarray()
    operator = block_operator(hamiltonian)
    expected = np.linalg.eigvalsh(operator.dense())
    assert matrix.shape == (operator.dimension,) * 2
    assert np.abs(matrix - matrix.conj().T).max() < 1e-12
    removed = len(expected) - operator.dimension
    assert removed > 100
    # P H P has a zero for every hybrid removed, the kept matrix none.
    padded = np.sort(np.concatenate([np.linalg.eigvalsh(matrix), np.zeros(removed)]))
    assert np.abs(padded - expected).max() < 1e-9


def test_kept_orbitals_are_orthonormal_and_touch_no_hybrid(hamiltonian):
    basis, kept = kept_basis(hamiltonian)
    gram = basis @ basis.transpose(0, 2, 1)
    ones = (np.arange(basis.shape[1]) < kept[:, None]).astype(float)
    assert np.abs(gram - ones[:, :, None] * np.eye(basis.shape[1])).max() < 1e-12
    assert np.abs(basis @ hamiltonian.dangling.transpose(0, 2, 1)).max() < 1e-12
    assert set(kept.tolist()) == {3, 4, 5}


def test_no_state_is_missed_in_the_window(hamiltonian):
    """Inertia of H − σ on both sides of the window and of the gap counts exactly the states found."""
    matrix = kept_matrix(hamiltonian)
    states = solve(hamiltonian, electrons=6, holes=6)
    electrons, holes, aside = states.electron_energies, states.hole_energies, 1e-4
    valence = below(matrix, holes[0] + aside)
    assert below(matrix, electrons[0] - aside) == valence
    assert valence - below(matrix, holes[-1] - aside) == 6
    assert below(matrix, electrons[-1] + aside) - valence == 6
    assert below(matrix, -60.0) == 0
    assert below(matrix, 60.0) == matrix.shape[0]


def test_scipy_finds_the_same_states(found, hamiltonian):
    own, entry = found["own"], found["ratios"]["superlu"]
    assert entry["status"] == "measured"
    assert entry["atoms"] == own["atoms"] == len(hamiltonian.onsite)
    assert entry["missed"] == 0 and entry["detail"] == ""
    assert entry["max_deviation_eV"] < 1e-6
    assert 0.0 < entry["max_residual_eV"] < 1e-5
    assert own["max_residual_eV"] < 1e-5
    assert entry["ratio"] == entry["seconds"] / own["seconds"]
    assert entry["memory_ratio"] == entry["peak_memory_GB"] / own["peak_memory_GB"]
    assert 0.03 < entry["peak_memory_GB"] < 1.0


def test_folded_spectrum_finds_the_same_states(found):
    entry = found["ratios"]["folded"]
    assert entry["missed"] == 0 and entry["max_deviation_eV"] < 1e-6 and entry["max_residual_eV"] < 1e-5


def test_wrong_vectors_are_found_out(found):
    entry = found["ratios"]["primme"]
    assert entry["status"] == "measured" and entry["missed"] == 12
    assert entry["max_residual_eV"] > 0.1
    assert "misses 12" in entry["detail"] and "tolerance" in entry["detail"]


def test_missing_and_crashing_peers_are_reported(found):
    ratios = found["ratios"]
    assert ratios["slepc"]["status"] == "missing" and ratios["slepc"]["ratio"] is None
    assert PEERS["slepc"].install in ratios["slepc"]["detail"]
    assert ratios["pardiso"]["status"] == "failed" and "fell over" in ratios["pardiso"]["detail"]
    if sys.platform == "linux":
        # Factors that do not fit must not take the machine down.
        assert 1e8 < int(ratios["pardiso"]["detail"].split()[-2]) < 1e14
    assert ratios["mumps"]["status"] == "failed" and ratios["mumps"]["detail"]
    assert ratios["mumps"]["ratio"] is None


def test_table_says_all_of_it(found):
    console = Console(width=160, file=StringIO())
    console.print(peers_table(found))
    text = console.file.getvalue()
    assert all(name in text for name in found["ratios"])
    assert "fell over" in text and "misses 12" in text and "python3-slepc4py-complex" in text


def test_a_slow_peer_is_stopped():
    small, no_time = particle(60), Race(Path(sys.executable), 1e-3)  # no interpreter starts in a millisecond
    entry = race(small, small, peers=["superlu"], method=no_time)["ratios"]["superlu"]
    assert entry["status"] == "over limit" and entry["ratio"] is None and entry["at_least"] > 0.0


def test_direct_peers_are_extrapolated_beyond_memory(monkeypatch):
    """Power laws go in, the same power laws come out, and only iterative peers run at the full size."""
    ran: list[tuple[int, tuple[str, ...]]] = []

    def pretended(atoms, warm, *, peers, method, progress):
        ran.append((atoms, tuple(peers)))
        cost = {
            "seconds": 2e-6 * atoms**1.9,
            "cpu_seconds": 3e-6 * atoms**1.9,
            "peak_memory_GB": 1e-6 * atoms**1.4,
        }
        entry = cost | {"status": "measured", "atoms": atoms}
        own = {"atoms": atoms, "seconds": 1.0, "cpu_seconds": 1.0, "peak_memory_GB": 0.5}
        return {"own": own, "ratios": dict.fromkeys(peers, entry)}

    monkeypatch.setattr(sizes, "race", pretended)
    monkeypatch.setattr(sizes, "particle", lambda atoms: atoms)
    ratios = peers_at(100_000)["ratios"]
    direct = {name for name, peer in PEERS.items() if peer.kind == "direct"}
    assert {name for name, entry in ratios.items() if entry["status"] == "extrapolated"} == direct
    assert ratios["pardiso"]["seconds"] == pytest.approx(2e-6 * 1e5**1.9)
    assert ratios["pardiso"]["ratio"] == ratios["pardiso"]["seconds"]
    assert ratios["pardiso"]["seconds_exponent"] == pytest.approx(1.9)
    assert ratios["pardiso"]["memory_ratio"] == pytest.approx(1e-6 * 1e5**1.4 / 0.5)
    assert "extrapolated from 2,500" in ratios["pardiso"]["detail"]
    assert [names for atoms, names in ran if atoms == 100_000] == [("primme", "folded")]


@pytest.mark.parametrize(("python", "limit"), [("/nowhere/python", 10.0), (None, 0.0), (None, float("nan"))])
def test_bad_settings_are_refused(python, limit):
    with pytest.raises(InputError, match="peers-"):
        Race(python and Path(python), limit)
