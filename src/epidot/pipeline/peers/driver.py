"""One other solver on one matrix, in a process of its own: ``python driver.py PEER FOLDER``.

Run by the interpreter of the peers' environment, where Epidot is not installed: this file imports only
NumPy, SciPy and the peer. `race` writes FOLDER/matrix.npz (SciPy CSR, complex Hermitian, eV) and
FOLDER/problem.json; this writes FOLDER/PEER.npy, vectors [row, state], and FOLDER/PEER.json: ``seconds``,
``cpu_seconds``, ``peak_memory_GB`` and ``version``, or ``missing`` with what could not be imported.

Each peer is a function that imports it and gives the function to be timed, matrix and `Problem` in,
vectors out. A tiny matrix goes first, so that libraries that load late do so off the clock. Every peer
is given what a person would have to find first: where the edges of the gap are. Direct solvers factorise
twice, just inside each edge: from the middle of the gap one factorisation would do, but the hole levels,
milli-electronvolts apart and an electronvolt away, cost more block steps than a second factorisation.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from scipy.sparse import csr_matrix, identity, load_npz

# The annotations that SciPy ships do not fit what these take.
diags: Any = importlib.import_module("scipy.sparse").diags
triu: Any = importlib.import_module("scipy.sparse").triu
eigsh: Any = importlib.import_module("scipy.sparse.linalg").eigsh
splu: Any = importlib.import_module("scipy.sparse.linalg").splu
LinearOperator: Any = importlib.import_module("scipy.sparse.linalg").LinearOperator

T = TypeVar("T")
Solve = Callable[[Any, "Problem"], Any]


class Problem(NamedTuple):
    """What is asked for; energies in eV."""

    holes: int
    electrons: int
    edges: tuple[float, float]
    """Highest hole and lowest electron level."""
    middle: float
    """Energy in the gap to which the states asked for are the nearest."""
    tolerance: float
    """Largest residual."""

    @property
    def bands(self) -> tuple[tuple[float, int], tuple[float, int]]:
        """σ just inside each edge, with the number of states nearest to it."""
        below, above = self.edges
        inset = 0.01 * (above - below)
        return (below + inset, self.holes), (above - inset, self.electrons)

    @property
    def states(self) -> int:
        """Holes and electrons."""
        return self.holes + self.electrons


_KEPT: list[Any] = []

BLOCK = 4
"""Right-hand sides at once: factors pass through memory once for all, and multiplets come out whole."""
MOST_STEPS = 60
COPIES = 1e-10
"""Relative tolerance at which a single-vector Krylov method has found every copy of a degenerate level."""


def _both_edges(matrix: Any, problem: Problem, inverse: Callable[[float], Callable[[Any], Any]]) -> Any:
    """Holes and electrons from one factorisation each; `inverse` of σ gives the product with (H − σ)⁻¹."""
    parts = [_block_lanczos(matrix, band, problem.tolerance, inverse(band[0])) for band in problem.bands]
    return np.concatenate(parts, axis=1)


def _block_lanczos(
    matrix: Any, band: tuple[float, int], tolerance: float, inverse: Callable[[Any], Any]
) -> Any:
    """Block Lanczos with (H − σ)⁻¹, orthogonalised in full: vectors [row, state] of the states nearest to σ.

    Stops by the residuals of H, which need no vectors: with (H − σ)⁻¹ Q = Q T + Q' R, a Ritz pair (θ, Q y)
    has the residual ‖(H − σ) Q' R y‖ / |θ|, y cut to the last block.
    """
    sigma, count = band
    noise = np.random.default_rng(0).normal(size=(2, matrix.shape[0], BLOCK))
    basis = np.linalg.qr(noise[0] + 1j * noise[1])[0]
    projected = np.zeros((0, 0), complex)
    for _ in range(MOST_STEPS):
        newest = basis[:, -BLOCK:]
        image = inverse(newest)
        column = basis.conj().T @ image
        image = image - basis @ column
        again = basis.conj().T @ image
        image = image - basis @ again
        column = column + again
        following, couple = np.linalg.qr(image)
        old = projected.shape[0]
        grown = np.zeros((old + BLOCK, old + BLOCK), complex)
        grown[:old, :old] = projected
        grown[:, old:] = column
        grown[old:, :old] = column[:old].conj().T
        projected = grown
        levels, mixing = np.linalg.eigh((projected + projected.conj().T) / 2.0)
        nearest = np.argsort(-np.abs(levels))[:count]
        if len(levels) >= 2 * count:
            beyond = matrix @ following - sigma * following
            rest = beyond @ (couple @ mixing[-BLOCK:, nearest]) / levels[nearest]
            if np.linalg.norm(rest, axis=0).max() < 0.5 * tolerance:
                return basis @ mixing[:, nearest]
        basis = np.concatenate([basis, following], axis=1)
    raise RuntimeError(f"not converged in {MOST_STEPS} block steps")


def _start(matrix: Any) -> Any:
    noise = np.random.default_rng(0).normal(size=(2, matrix.shape[0]))
    return noise[0] + 1j * noise[1]


def _shifted(matrix: Any, sigma: float) -> Any:
    return (matrix - sigma * identity(matrix.shape[0], format="csr")).tocsr()


def superlu() -> Solve:
    """SciPy alone: ARPACK on SuperLU's factors, ordered and pivoted for a symmetric pattern.

    The factors that ``eigsh(H, sigma=…)`` makes by itself have half as many entries again at 1,000 atoms.
    """

    def solve(matrix: Any, problem: Problem) -> Any:
        order = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
        found: list[Any] = []
        for sigma, count in problem.bands:
            factors = splu(_shifted(matrix, sigma).tocsc(), **order)
            inverse = LinearOperator(matrix.shape, factors.solve, dtype=complex)
            options = {"OPinv": inverse, "tol": COPIES, "v0": _start(matrix)}
            found.append(eigsh(matrix, count, sigma=sigma, **options)[1])
        return _with_partners(matrix, np.concatenate(found, axis=1), problem)

    return solve


class _Pardiso:
    """MKL PARDISO on complex Hermitian indefinite matrices of one pattern; pypardiso knows only real ones."""

    def __init__(self, library: Any, matrix: Any) -> None:
        self._call = library.pardiso
        # pypardiso has declared types that fit real numbers.
        self._call.argtypes = None
        self._handle, self._settings = np.zeros(64, np.int64), np.zeros(64, np.int32)
        # Own settings (0), METIS order (1), pivots of one and two rows (20), rows counted from zero (34).
        for place, value in {0: 1, 1: 2, 9: 8, 20: 1, 34: 1}.items():
            self._settings[place] = value
        self._matrix = matrix
        self._upper = self._triangle(0.0)
        nothing = np.zeros((1, 1), complex)
        self._run(11, nothing, nothing)

    def _triangle(self, sigma: float) -> Any:
        upper = triu(_shifted(self._matrix, sigma), format="csr")
        upper.sort_indices()
        return upper

    def inverse(self, sigma: float) -> Callable[[Any], Any]:
        """Factorise H − σ, in the order found for the pattern; gives the product with its inverse."""
        self._upper = self._triangle(sigma)
        nothing = np.zeros((1, 1), complex)
        self._run(22, nothing, nothing)

        def product(right: Any) -> Any:
            given = np.asfortranarray(right, complex)
            found = np.empty_like(given)
            self._run(33, given, found)
            return found

        return product

    def _run(self, phase: int, given: Any, found: Any) -> None:
        def number(value: int) -> Any:
            return ctypes.byref(ctypes.c_int32(value))

        def data(values: Any) -> Any:
            return values.ctypes.data_as(ctypes.c_void_p)

        upper, error = self._upper, ctypes.c_int32(0)
        unused = np.zeros(1, np.int32)
        hermitian_indefinite = -4
        self._call(
            data(self._handle), number(1), number(1), number(hermitian_indefinite), number(phase),
            number(upper.shape[0]), data(upper.data), data(upper.indptr), data(upper.indices), data(unused),
            number(given.shape[1]), data(self._settings), number(0), data(given), data(found),
            ctypes.byref(error),
        )  # fmt: skip
        if error.value:
            raise RuntimeError(f"PARDISO stopped in phase {phase} with error {error.value}")


def pardiso() -> Solve:
    """Block Lanczos on the factors of MKL PARDISO, found as pypardiso finds it."""
    library = importlib.import_module("pypardiso").PyPardisoSolver().libmkl
    return lambda matrix, problem: _both_edges(matrix, problem, _Pardiso(library, matrix).inverse)


def mumps() -> Solve:
    """Block Lanczos on the factors of MUMPS through python-mumps."""
    package = importlib.import_module("mumps")
    return _mumps(package.Context, package.possible_orderings())


def kwant() -> Solve:
    """Block Lanczos on the factors of Kwant's MUMPS; Kwant has no eigensolver of its own."""
    package = importlib.import_module("kwant.linalg.mumps")
    return _mumps(package.MUMPSContext, package.possible_orderings())


def _mumps(context_class: Any, orders: list[str]) -> Solve:
    order = "metis" if "metis" in orders else "auto"

    def solve(matrix: Any, problem: Problem) -> Any:
        context = context_class()
        # Some builds crash when a context is taken down: the process ends without doing so.
        _KEPT.append(context)

        def inverse(sigma: float) -> Callable[[Any], Any]:
            context.factor(_shifted(matrix, sigma).tocoo(), ordering=order, overwrite_a=True)
            return context.solve

        return _both_edges(matrix, problem, inverse)

    return solve


def _debian(name: str) -> Any:
    """A package that Debian keeps in a folder of its own for each scalar type."""
    library = name.removesuffix("4py")
    for folder in sorted(Path("/usr/lib", f"{library}dir").glob("*/*-complex/lib/python3/dist-packages")):
        sys.path.append(str(folder))
    return importlib.import_module(name)


def slepc() -> Solve:
    """SLEPc: Krylov–Schur with shift-invert on the factors of PETSc's MUMPS in METIS order."""
    metis = "5"
    _debian("petsc4py").init(["driver", "-mat_mumps_icntl_7", metis])
    _debian("slepc4py")
    petsc = importlib.import_module("petsc4py.PETSc")
    library = importlib.import_module("slepc4py.SLEPc")
    if not np.issubdtype(petsc.ScalarType, np.complexfloating):
        raise ImportError("petsc4py is built for real numbers; the Hamiltonian is complex")

    def solve(matrix: Any, problem: Problem) -> Any:
        operator = petsc.Mat().createAIJ(matrix.shape, csr=(matrix.indptr, matrix.indices, matrix.data))
        solver = library.EPS().create()
        solver.setOperators(operator)
        solver.setProblemType(library.EPS.ProblemType.HEP)
        solver.setWhichEigenpairs(library.EPS.Which.TARGET_MAGNITUDE)
        solver.setTolerances(tol=COPIES)
        solver.getST().setType("sinvert")
        inner = solver.getST().getKSP()
        inner.setType("preonly")
        inner.getPC().setType("lu")
        inner.getPC().setFactorSolverType("mumps")
        vector, unused = operator.createVecs()
        found: list[Any] = []
        for sigma, count in problem.bands:
            solver.setTarget(sigma)
            solver.setDimensions(count)
            solver.solve()
            for place in range(min(count, solver.getConverged())):
                solver.getEigenpair(place, vector, unused)
                found.append(vector.getArray().copy())
        return _with_partners(matrix, np.array(found).T, problem)

    return solve


def primme() -> Solve:
    """PRIMME, states nearest to the middle, its own choice between GD+k and JDQMR; product by SciPy."""
    package = importlib.import_module("primme")

    def solve(matrix: Any, problem: Problem) -> Any:
        # PRIMME's tolerance is relative to the norm, which the rows bound.
        relative = problem.tolerance / float(abs(matrix).sum(axis=1).max())
        options = {"tol": relative, "v0": _start(matrix)[:, None], "method": "PRIMME_DYNAMIC"}
        return package.eigsh(matrix, problem.states, sigma=problem.middle, which="SM", **options)[1]

    return solve


def folded() -> Solve:
    """SciPy's ARPACK on (H − σ)², no factorisation: the folded spectrum."""

    def solve(matrix: Any, problem: Problem) -> Any:
        shifted = _shifted(matrix, problem.middle)
        operator = LinearOperator(matrix.shape, lambda x: shifted @ (shifted @ x), dtype=complex)
        basis = min(10 * problem.states, matrix.shape[0] - 1)
        # Levels a few milli-electronvolts off each other's mirror images in σ mix: far below the tolerance.
        options = {
            "ncv": basis,
            "tol": 1e-3 * problem.tolerance,
            "v0": _start(matrix),
            "maxiter": 10**6,
        }
        vectors = eigsh(operator, problem.states, which="SA", **options)[1]
        return _with_partners(matrix, vectors, problem)

    return solve


def _with_partners(matrix: Any, vectors: Any, problem: Problem) -> Any:
    """The states next to the middle in the space of vectors and their time-reversed partners, −iσ_y K.

    A single-vector iteration may overlook a partner, and (H − σ)² mixes states equally far above and below.
    """
    spinors = vectors.conj().reshape(-1, 2, vectors.shape[1])
    partners = np.stack([-spinors[:, 1], spinors[:, 0]], axis=1).reshape(vectors.shape)
    both = np.concatenate([vectors, partners], axis=1)
    weights, mixing = np.linalg.eigh(both.conj().T @ both)
    kept = weights > 1e-6
    space = both @ (mixing[:, kept] / np.sqrt(weights[kept]))
    levels, ritz = np.linalg.eigh(space.conj().T @ (matrix @ space))
    return space @ ritz[:, np.argsort(np.abs(levels - problem.middle))[: problem.states]]


PEERS: dict[str, tuple[Callable[[], Solve], str]] = {
    "superlu": (superlu, "scipy"),
    "pardiso": (pardiso, "mkl"),
    "mumps": (mumps, "python-mumps"),
    "kwant": (kwant, "kwant"),
    "slepc": (slepc, "slepc4py"),
    "primme": (primme, "primme"),
    "folded": (folded, "scipy"),
}
"""Function that prepares a peer, and the package whose version is its own."""


def _tiny() -> tuple[Any, Problem]:
    levels = np.concatenate([np.linspace(-2.0, -1.0, 40), np.linspace(1.0, 2.0, 40)]).astype(complex)
    beside = np.full(79, 0.01j)
    return csr_matrix(diags([levels, beside, beside.conj()], [0, 1, -1])), Problem(
        2, 2, (-1.0, 1.0), 0.0, 1e-3
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return str(getattr(sys.modules.get(package), "__version__", "unknown"))


def main(name: str, folder: Path) -> None:
    """Solve the problem of the folder with one peer and leave the answer there."""
    prepare, package = PEERS[name]
    answer = folder / f"{name}.json"
    _stay_in_memory()
    try:
        solve = prepare()
    except ImportError as absent:
        answer.write_text(json.dumps({"missing": str(absent)}))
        return
    problem = Problem(**json.loads((folder / "problem.json").read_text()))
    matrix = load_npz(folder / "matrix.npz").tocsr()
    solve(*_tiny())
    vectors, cost = clocked(lambda: solve(matrix, problem))
    np.save(folder / f"{name}.npy", vectors)
    answer.write_text(json.dumps(cost | {"version": _version(package)}))


def clocked(call: Callable[[], T]) -> tuple[T, dict[str, Any]]:
    """What a call gives; ``seconds``, ``cpu_seconds`` and this process's ``peak_memory_GB`` so far."""
    began, worked = time.perf_counter(), time.process_time()
    given = call()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    return given, {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_memory_GB": _peak_memory()}


def _stay_in_memory() -> None:
    """Let factors that do not fit end this process with an error, rather than the machine (Linux)."""
    facts = Path("/proc/meminfo")
    if facts.exists():
        available = next(line for line in facts.read_text().splitlines() if line.startswith("MemAvailable"))
        most = int(available.split()[1]) * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _peak_memory() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # Linux: ru_maxrss would not be less than the peak of the process that started this one.
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024 / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
    # Nothing is taken down: libraries that crash at the end would spoil an answer that is there.
    os._exit(0)
