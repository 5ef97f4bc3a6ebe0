"""Our own side of the comparison, in a process like any peer's: ``python -m epidot.pipeline.peers.own FOLDER``.

Reads FOLDER/hamiltonian.pickle (a pair: the Hamiltonian to warm up on, the one to be timed) and
FOLDER/request.json; writes FOLDER/own.json.
"""

from __future__ import annotations

import json
import pickle
import resource
import sys
import time
from pathlib import Path

from epidot.states import Solver, solve


def main(folder: Path) -> None:
    """Solve, compiled beforehand, and leave time, memory, energies and the largest residual (eV)."""
    warm, hamiltonian = pickle.loads((folder / "hamiltonian.pickle").read_bytes())
    request = json.loads((folder / "request.json").read_text())
    wanted, method = request["states"], Solver(tolerance=request["tolerance"])
    solve(warm, **wanted, method=method)
    began, worked = time.perf_counter(), time.process_time()
    states = solve(hamiltonian, **wanted, method=method)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    # ru_maxrss counts kilobytes on Linux and bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    found = {
        "atoms": states.electron_coefficients.shape[1],
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_memory_GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9,
        "max_residual_eV": float(max(states.electron_residuals.max(), states.hole_residuals.max())),
        "electron_eV": states.electron_energies.tolist(),
        "hole_eV": states.hole_energies.tolist(),
    }
    (folder / "own.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
