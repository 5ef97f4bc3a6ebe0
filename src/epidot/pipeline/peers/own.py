"""Our own side, in a process like any peer's: ``python -m epidot.pipeline.peers.own FOLDER``.

Reads FOLDER/hamiltonian.pickle (a pair: the Hamiltonian to warm up on, the one to be timed) and
FOLDER/request.json; writes FOLDER/own.json.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

from epidot.pipeline.peers.driver import clocked
from epidot.states import Solver, solve


def main(folder: Path) -> None:
    """Solve, compiled beforehand, and leave time, memory, energies and the largest residual (eV)."""
    warm, hamiltonian = pickle.loads((folder / "hamiltonian.pickle").read_bytes())
    request = json.loads((folder / "request.json").read_text())
    wanted, method = request["states"], Solver(tolerance=request["tolerance"])
    solve(warm, **wanted, method=method)
    states, cost = clocked(lambda: solve(hamiltonian, **wanted, method=method))
    found = cost | {
        "atoms": states.electron_coefficients.shape[1],
        "max_residual_eV": float(max(states.electron_residuals.max(), states.hole_residuals.max())),
        "electron_eV": states.electron_energies.tolist(),
        "hole_eV": states.hole_energies.tolist(),
    }
    (folder / "own.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
