"""The verb: the same states of one Hamiltonian from us and from every peer, each in its own process."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError, InternalError
from epidot.hamiltonian.tight_binding.model import TightBinding
from epidot.numerics.progress import Progress, silent
from epidot.pipeline.peers.catalogue import PEERS
from epidot.pipeline.peers.matrix import kept_matrix

STATES: Final = {"electrons": 6, "holes": 6}
TOLERANCE: Final = 1e-5
"""Largest residual allowed, eV, for us and for the peers."""
SAME_LEVEL: Final = 1e-4
"""A level (eV) of ours that no level of the peer's comes nearer to counts as missed."""
_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@final
@dataclass(frozen=True)
class Race:
    """Where the peers run and how long each may take.

    Parameters
    ----------
    python : interpreter of the peers' environment; None takes the one that ``make peers`` made beside the
        environment of this program, else the running one, where SciPy is the only peer sure to be found.
    limit : seconds after which a peer is stopped; loading the matrix counts.

    Raises
    ------
    InputError
        There is no such interpreter, or the limit is not positive.
    """

    python: Path | None = None
    limit: float = 900.0

    def __post_init__(self) -> None:
        if self.python is not None and not os.access(self.python, os.X_OK):
            raise InputError(
                "peers-python", self.python, "is not a program", "Give a path such as env/bin/python"
            )
        if not self.limit > 0.0:
            raise InputError("peers-limit", self.limit, "must be positive", "Give the seconds for each peer")

    @property
    def interpreter(self) -> Path:
        """The interpreter that runs the peers."""
        made = Path(sys.prefix).with_name(".venv-peers") / "bin" / "python"
        return self.python or (made if made.exists() else Path(sys.executable))


def race(
    hamiltonian: TightBinding,
    warm: TightBinding,
    *,
    peers: Iterable[str] = tuple(PEERS),
    method: Race | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Six electron and six hole states (counted with spin) to a residual of 10⁻⁵ eV, by us and by the peers.

    Import, compilation and reading the matrix are not timed; factorisation is. We and peers that gain by
    threads get as many as there are cores, unless ``OMP_NUM_THREADS`` and so on say otherwise.

    Parameters
    ----------
    warm : a small Hamiltonian on which our kernels are compiled off the clock.
    peers : names of `catalogue.PEERS`.

    Returns
    -------
    dict
        ``own``: atoms, seconds, cpu_seconds, peak_memory_GB, max_residual_eV, electron_eV, hole_eV; and
        ``ratios``: {peer: {status, atoms, kind, ratio, …}}. With the status ``measured``, ratio is the
        peer's seconds over ours, likewise cpu_ratio and memory_ratio; max_residual_eV is recomputed
        from the vectors given back; missed counts states of ours that are not among them, and
        max_deviation_eV compares the others. With ``missing``, ``failed`` and ``over limit``, ratio
        is None and ``detail`` says why; ``over limit`` has at_least, a lower bound of the ratio.
    """
    choice = method or Race()
    names = tuple(peers)
    with TemporaryDirectory(prefix="epidot-peers-") as place:
        folder = Path(place)
        progress(0.0, "Epidot")
        own = _own(hamiltonian, warm, folder)
        matrix = kept_matrix(hamiltonian)
        _pose(folder, matrix, own)
        ratios: dict[str, Any] = {}
        for count, name in enumerate(names):
            progress((count + 1) / (len(names) + 1), PEERS[name].title)
            entry = _peer(name, folder, choice) | {"atoms": own["atoms"], "kind": PEERS[name].kind}
            if entry["status"] == "measured":
                entry |= _judged(matrix, np.load(folder / f"{name}.npy"), own)
            ratios[name] = entry | _compared(entry, own)
    return {"own": own, "ratios": ratios}


def _environment(threads: Literal["one", "all"]) -> dict[str, str]:
    if threads == "one":
        return os.environ | dict.fromkeys(_THREADS, "1")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return dict.fromkeys(_THREADS, str(cores)) | os.environ


def _own(hamiltonian: TightBinding, warm: TightBinding, folder: Path) -> dict[str, Any]:
    (folder / "hamiltonian.pickle").write_bytes(pickle.dumps((warm, hamiltonian)))
    (folder / "request.json").write_text(json.dumps({"states": STATES, "tolerance": TOLERANCE}))
    command = [sys.executable, "-P", "-m", "epidot.pipeline.peers.own", str(folder)]
    ended = subprocess.run(command, env=_environment("all"), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise InternalError(f"our own run beside the peers failed: {_last_line(ended.stderr)}")
    return json.loads((folder / "own.json").read_text())


def _pose(folder: Path, matrix: Any, own: dict[str, Any]) -> None:
    """Write the matrix and what is asked of it; the format is described in `driver`."""
    from scipy.sparse import save_npz

    electrons, holes = own["electron_eV"], own["hole_eV"]
    problem = STATES | {
        "edges": [holes[0], electrons[0]],
        "middle": (electrons[-1] + holes[-1]) / 2.0,
        "tolerance": TOLERANCE,
    }
    save_npz(folder / "matrix.npz", matrix)
    (folder / "problem.json").write_text(json.dumps(problem))


def _peer(name: str, folder: Path, choice: Race) -> dict[str, Any]:
    driver = str(Path(__file__).with_name("driver.py"))
    command = [str(choice.interpreter), driver, name, str(folder)]
    environment = _environment(PEERS[name].threads)
    try:
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=choice.limit
        )
    except subprocess.TimeoutExpired:
        return {"status": "over limit", "detail": f"over {choice.limit:.0f} s", "limit_s": choice.limit}
    answer = folder / f"{name}.json"
    if not answer.exists():
        said = _last_line(ended.stderr) or f"ended with status {ended.returncode}"
        return {"status": "failed", "detail": said}
    found = json.loads(answer.read_text())
    if "missing" in found:
        return {"status": "missing", "detail": f"{found['missing']}; {PEERS[name].install}"}
    return {"status": "measured"} | found


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else ""


def _judged(matrix: Any, vectors: NDArray[Any], own: dict[str, Any]) -> dict[str, Any]:
    """Residuals, missed states and deviations (eV) of vectors [row, state] that a peer gave back."""
    units = vectors / np.linalg.norm(vectors, axis=0)
    images = matrix @ units
    energies = np.einsum("is,is->s", units.conj(), images).real
    residuals = np.linalg.norm(images - units * energies, axis=0)
    # Copies of one vector are one state: only as many levels count as the vectors have dimensions.
    overlap = np.linalg.eigvalsh(units.conj().T @ units)
    copies = int((overlap < 1e-3).sum())
    ours = np.array(own["electron_eV"] + own["hole_eV"])
    differences = _matched(ours, energies)
    same = differences[differences < SAME_LEVEL]
    missed, worst = max(len(ours) - len(same), copies), float(residuals.max())
    faults = [f"misses {missed} states"] * (missed > 0) + ["above the tolerance"] * (worst > TOLERANCE)
    return {
        "max_residual_eV": worst,
        "missed": missed,
        "max_deviation_eV": float(same.max()) if len(same) else None,
        "detail": ", ".join(faults),
    }


def _matched(ours: NDArray[Any], theirs: NDArray[Any]) -> NDArray[np.float64]:
    """|difference| of levels paired one to one so that the sum is least."""
    from scipy.optimize import linear_sum_assignment

    distances = np.abs(ours[:, None] - theirs[None, :])
    return distances[linear_sum_assignment(distances)]


def _compared(entry: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    if entry["status"] == "measured":
        return {
            "ratio": entry["seconds"] / own["seconds"],
            "cpu_ratio": entry["cpu_seconds"] / own["cpu_seconds"],
            "memory_ratio": entry["peak_memory_GB"] / own["peak_memory_GB"],
        }
    if entry["status"] == "over limit":
        return {"ratio": None, "at_least": entry["limit_s"] / own["seconds"]}
    return {"ratio": None}
