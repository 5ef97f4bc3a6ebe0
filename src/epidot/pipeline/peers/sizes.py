"""The benchmark's particle at a number of atoms; direct peers beyond memory are extrapolated."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

from epidot.design import catalogue
from epidot.hamiltonian.tight_binding import TightBinding, tight_binding
from epidot.numerics.progress import Progress, silent
from epidot.pipeline.peers.catalogue import PEERS
from epidot.pipeline.peers.race import Race, race
from epidot.relaxation import relax
from epidot.structure import build

WARM: Final = 300
LADDER: Final = (2_500, 5_000, 10_000)
"""Atoms at which direct peers are measured for an extrapolation."""
LARGEST_DIRECT: Final = 30_000
"""Beyond, factors need more than 12 GB: peers that make them are not run."""
_RATIOS: Final = {"seconds": "ratio", "cpu_seconds": "cpu_ratio", "peak_memory_GB": "memory_ratio"}
_ATOMS_PER_NM3: Final = 18.7
"""Of a round dot, by its diameter cubed."""


@cache
def particle(atoms: int) -> TightBinding:
    """A round wurtzite CdSe dot of about so many atoms, relaxed.

    Its levels are degenerate by Kramers alone. On a particle of higher symmetry (the tetrapods of the
    other benchmarks, the zinc-blende dot) single-vector Krylov methods miss members of
    multiplets, and the comparison would be of different states.
    """
    diameter = (atoms / _ATOMS_PER_NM3) ** (1.0 / 3.0)
    return tight_binding(relax(build(catalogue.wz_dot(material="CdSe", diameter=f"{diameter:.3f} nm"))))


def peers_at(atoms: int, *, method: Race | None = None, progress: Progress = silent) -> dict[str, Any]:
    """What `race` gives for the benchmark's particle.

    Above `LARGEST_DIRECT` atoms direct peers have the status ``extrapolated``: seconds and memory from
    power laws through their figures at `LADDER`, whose exponents are given.
    """
    warm = particle(WARM)
    direct = [name for name, peer in PEERS.items() if peer.kind == "direct"]
    if atoms <= LARGEST_DIRECT:
        return race(particle(atoms), warm, method=method, progress=progress)
    rungs = [race(particle(rung), warm, peers=direct, method=method, progress=progress) for rung in LADDER]
    others = [name for name in PEERS if name not in direct]
    found = race(particle(atoms), warm, peers=others, method=method, progress=progress)
    below = {name: _extrapolated([rung["ratios"][name] for rung in rungs], found["own"]) for name in direct}
    return found | {"ratios": below | found["ratios"]}


def _extrapolated(entries: list[dict[str, Any]], own: dict[str, Any]) -> dict[str, Any]:
    """An entry for the atoms of `own` from a peer's entries at smaller sizes."""
    measured = [entry for entry in entries if entry["status"] == "measured"]
    if len(measured) < 2:
        return entries[-1] | {"detail": f"nothing to extrapolate from: {entries[-1].get('detail', '')}"}
    sizes = [entry["atoms"] for entry in measured]
    found: dict[str, Any] = {
        "status": "extrapolated",
        "atoms": own["atoms"],
        "kind": "direct",
        "detail": f"extrapolated from {', '.join(f'{size:,}' for size in sizes)} atoms",
        "from_atoms": sizes,
    }
    for key, ratio in _RATIOS.items():
        slope, offset = np.polyfit(np.log(sizes), np.log([entry[key] for entry in measured]), 1)
        found[key] = float(np.exp(offset + slope * np.log(own["atoms"])))
        found[f"{key}_exponent"] = float(slope)
        found[ratio] = found[key] / own[key]
    return found
