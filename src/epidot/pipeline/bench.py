"""Benchmarks: seconds and memory against atoms, next to what this machine can do."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from epidot.design import catalogue, from_dict
from epidot.design.design import SCHEMA, Design
from epidot.errors import InputError
from epidot.excitons import excite
from epidot.hamiltonian.tight_binding import TightBinding, tight_binding
from epidot.numerics.cuda import Gpu, copy_rate, rates
from epidot.numerics.device import CPU, Device
from epidot.numerics.progress import Progress, silent
from epidot.numerics.rates import kernel_rates, multiply_add_rate, triad_rate
from epidot.observables import absorption
from epidot.pipeline.peers import Race, peers_at
from epidot.relaxation import ForceField, relax
from epidot.states import Solver, States, block_operator, solve
from epidot.structure import Structure, build

ELECTRONS: Final = 8
HOLES: Final = 16
TOLERANCE: Final = 1e-5
"""eV, of ``eigen``."""
FORCE_TOLERANCE: Final = 0.005
"""eV/Å, of ``relax``."""
PARTS: Final = {
    "Surface of the particle": "surface_s",
    "Transition densities": "densities_s",
    "Coulomb sums": "coulomb_s",
    "Charge induced at the interfaces": "interfaces_s",
    "Exchange": "exchange_s",
    "Pair states": "configurations_s",
}
"""What ``excitons`` tells its progress, and the seconds that follow."""
LIMITS: Final = (200, 2_000_000)
PEERS_ATOMS: Final = 5_000
_ATOMS_PER_LENGTH: Final = 29.0
"""Atoms per Å of the four arms together of the benchmark's tetrapods (3 nm CdSe)."""
_LARGEST_ROD: Final = 30_000
_ATOMS_PER_ROD: Final = 407.0
"""Atoms per nm of the benchmark's heterorods."""
_BRANCHED_ATOMS: Final = 4_500_000.0
"""Atoms of the benchmark's second-generation tetrapod at scale 1: it goes as the cube of the scale."""


@dataclass(frozen=True)
class Bench:
    """One benchmark: the particle of a size, what is prepared off the clock, what is timed."""

    particle: Callable[[int], Design]
    prepare: Callable[[Design], Any]
    timed: Callable[[Any, Device], dict[str, Any]]
    """Gives one row; its own ``seconds`` win where not all of it is to be timed."""
    sizes: tuple[int, ...] = (1_000, 5_000, 20_000)
    on_card: bool = False
    """Whether it also runs on a graphics card."""
    warm_up: int = LIMITS[0]
    """Atoms of the particle that everything is compiled with."""


def _built(prepared: Any, _device: Device) -> dict[str, Any]:
    began = time.perf_counter()
    atoms = len(build(prepared).positions)
    return {"atoms": atoms, "atoms_per_s": atoms / (time.perf_counter() - began)}


def _relaxed(structure: Structure, _device: Device) -> dict[str, Any]:
    found = relax(structure, method=ForceField(force_tolerance=FORCE_TOLERANCE))
    return {"atoms": len(found.positions), "steps": found.steps, "max_force_eV_per_A": found.max_force}


def _solved(prepared: Any, device: Device) -> dict[str, Any]:
    began = time.perf_counter()
    states = solve(
        prepared, electrons=ELECTRONS, holes=HOLES, method=Solver(tolerance=TOLERANCE), device=device
    )
    worst = max(states.electron_residuals.max(), states.hole_residuals.max())
    seconds = time.perf_counter() - began
    found = {
        "atoms": states.electron_coefficients.shape[1],
        "max_residual_eV": float(worst),
        "matvecs": states.applications,
    }
    return found | {"seconds": seconds} | _kernel_rates(prepared, device)


def _kernel_rates(hamiltonian: TightBinding, device: Device) -> dict[str, float]:
    """What the kernel reaches on this particle in float32, and its share of the nearer roofline.

    Of a card that is a plain copy; of the processor, the longer of the times of its multiply–adds and of the
    bytes that it must move, at the rates that `machine` measures.
    """
    operator = block_operator(hamiltonian)
    if not isinstance(device, Gpu):
        own = kernel_rates(operator, triad_rate(), multiply_add_rate())
        return {
            "GBps": own.traffic / 1e9,
            "GFLOPs": own.arithmetic / 1e9,
            "us_per_column": 1e6 * own.seconds,
            "roofline_fraction": own.share,
        }
    found = rates(device.place(operator).cast(np.float32))
    return {
        "GBps": found.kernel / 1e9,
        "GFLOPs": found.arithmetic / 1e9,
        "roofline_fraction": found.kernel / found.copy,
    }


def _paired(states: States, _device: Device) -> dict[str, Any]:
    """Excitons, trions and biexcitons, then absorption and emission."""
    began: dict[str, float] = {}

    def note(_fraction: float, text: str) -> None:
        began.setdefault(text, time.perf_counter())

    start = time.perf_counter()
    excitons = excite(states, progress=note)
    paired = time.perf_counter()
    absorption(excitons)
    seconds = time.perf_counter() - start
    marks = [began[text] for text in PARTS] + [paired, start + seconds]
    electrons, holes = excitons.free_pairs.shape
    return {
        "atoms": states.electron_coefficients.shape[1],
        "seconds": seconds,
        "electrons": electrons,
        "holes": holes,
        "pairs": len(excitons.energies),
    } | {
        name: float(after - before)
        for name, before, after in zip([*PARTS.values(), "light_s"], marks[:-1], marks[1:], strict=True)
    }


def _heterorod(atoms: int) -> Design:
    """A CdTe–CdSe–CdTe rod 4 nm thick, in the proportions of the template."""
    length = max(atoms / _ATOMS_PER_ROD, 2.0)
    pieces = [("CdTe", 2.0), ("CdSe", 3.0), ("CdTe", 2.0)]
    return catalogue.heterorod([(name, f"{part / 7.0 * length:.2f} nm") for name, part in pieces])


def _pair_particle(atoms: int) -> Design:
    """A heterorod, or a tetrapod where a rod would be longer than any that is made."""
    return _heterorod(atoms) if atoms <= _LARGEST_ROD else _tetrapod(atoms)


def _states(design: Design) -> States:
    return solve(_hamiltonian(design), electrons=ELECTRONS, holes=HOLES, method=Solver(tolerance=TOLERANCE))


def _tetrapod(atoms: int) -> Design:
    length = max(atoms / _ATOMS_PER_LENGTH / 10.0 / 4.0, 0.8)
    return catalogue.tetrapod(
        core="CdSe",
        core_diameter="2 nm",
        arm_diameter="3 nm",
        segments=[("CdSe", f"{0.5 * length:.2f} nm"), ("CdTe", f"{0.5 * length:.2f} nm")],
    )


def _branched_tetrapod(atoms: int) -> Design:
    """A CdSe tetrapod with three CdTe arms on each of its own: the same shape at every size."""
    scale = max((atoms / _BRANCHED_ATOMS) ** (1.0 / 3.0), 0.12)

    def arm(material: str, diameter: float, length: float) -> dict[str, Any]:
        section = {"diameter": f"{scale * diameter:.3f} nm"}
        piece = {"material": material, "length": f"{scale * length:.3f} nm"}
        return {"cross_section": section, "segments": [piece]}

    node = {"kind": "branch_point", "material": "CdTe", "arms": [arm("CdTe", 11.0, 80.0)], "repeat": 3}
    trunk = arm("CdSe", 12.0, 100.0) | {"tip": node}
    root = {"kind": "branch_point", "material": "CdSe", "arms": [trunk] * 4}
    return from_dict({"schema": SCHEMA, "name": "second-generation tetrapod", "root": root})


def _any_tetrapod(atoms: int) -> Design:
    """Of the second generation where there are atoms enough for one."""
    return _branched_tetrapod(atoms) if atoms >= 10_000 else _tetrapod(atoms)


def _hamiltonian(design: Design) -> TightBinding:
    return tight_binding(relax(build(design)))


BENCHES: Final = {
    "build": Bench(_branched_tetrapod, lambda design: design, _built, (10_000, 100_000, 1_000_000)),
    "relax": Bench(_any_tetrapod, build, _relaxed, (10_000, 100_000, 1_000_000)),
    "eigen": Bench(_tetrapod, _hamiltonian, _solved, on_card=True, warm_up=1_000),
    "excitons": Bench(_pair_particle, _states, _paired, (2_000, 8_000, 16_000, 50_000), warm_up=1_000),
}


def bench(
    name: str,
    atoms: int | None = None,
    progress: Progress = silent,
    device: Device = CPU,
    peers: Race | None = None,
) -> dict[str, Any]:
    """Time one stage on CdSe/CdTe particles of growing size, tetrapods unless said otherwise.

    Those of ``build`` and ``relax`` are of the second generation; ``excitons`` takes CdTe–CdSe–CdTe rods,
    up to 30,000 atoms, and leaves the states off the clock.

    Parameters
    ----------
    name : one of `BENCHES`.
    atoms : about how many atoms; None runs 1,000, 5,000 and 20,000, or 1e4, 1e5 and 1e6 for ``build`` and
        ``relax``, 2,000, 8,000, 16,000 and 50,000 for ``excitons``.
    progress : told before each size.
    device : where ``eigen`` computes its states; the others run on the processor only.
    peers : run other eigensolvers beside ``eigen``, at `atoms` or 5,000 (`epidot.pipeline.peers`).

    Returns
    -------
    dict
        ``rows`` of atoms, seconds and peak memory of the process so far (GB), the ``exponent`` of
        seconds against atoms (None for one size), and the ``machine``'s own speed in the same run;
        with `peers` also ``own`` and ``ratios`` as `epidot.pipeline.peers.race` gives them.

    Raises
    ------
    InputError
        Unknown name, a size out of range, a card for what does not run on one, or peers of what has none.
    """
    if name not in BENCHES:
        raise InputError("name", name, "is not a benchmark", f"Choose one of {', '.join(BENCHES)}, gaps")
    if atoms is not None and not LIMITS[0] <= atoms <= LIMITS[1]:
        raise InputError("atoms", atoms, f"must be {LIMITS[0]} to {LIMITS[1]:,}", "Choose a size in between")
    chosen = BENCHES[name]
    if device is not CPU and not chosen.on_card:
        raise InputError("device", device.name, f"does not serve the benchmark {name}", "Leave it out")
    if peers is not None and (name != "eigen" or device is not CPU):
        raise InputError("peers", name, "is for the benchmark eigen on the processor", "Leave --peers out")
    # Compilation is not what is measured.
    chosen.timed(chosen.prepare(chosen.particle(chosen.warm_up)), device)
    rows: list[dict[str, Any]] = []
    sizes = chosen.sizes if atoms is None else (atoms,)
    for place, size in enumerate(sizes):
        progress(place / len(sizes), f"{size:,} atoms")
        prepared = chosen.prepare(chosen.particle(size))
        began = time.perf_counter()
        found = chosen.timed(prepared, device)
        rows.append({"seconds": time.perf_counter() - began} | found | {"peak_memory_GB": peak_memory()})
    beside = (
        {"ratios": {}} if peers is None else peers_at(atoms or PEERS_ATOMS, method=peers, progress=progress)
    )
    return {"name": name, "machine": machine(device), "rows": rows, "exponent": _exponent(rows)} | beside


def peak_memory() -> float:
    """The most memory (GB) that this process has held so far."""
    # ru_maxrss counts kilobytes on Linux and bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def _exponent(rows: list[dict[str, Any]]) -> float | None:
    if len(rows) < 2:
        return None
    slope, _ = np.polyfit(np.log([row["atoms"] for row in rows]), np.log([row["seconds"] for row in rows]), 1)
    return float(slope)


def machine(device: Device = CPU) -> dict[str, Any]:
    """Cores, bandwidth of a triad (GB/s), multiply–add rate (GFLOP/s), all measured now.

    Of a card: name, memory (GB) and bandwidth of a copy (GB/s).
    """
    import os

    rates_now = {"triad_GBps": triad_rate() / 1e9, "fma_GFLOPs": multiply_add_rate() / 1e9}
    return {"cores": os.cpu_count(), **rates_now, "gpu": _card(device)}


def _card(device: Device) -> dict[str, Any] | None:
    if not isinstance(device, Gpu):
        return None
    copy = copy_rate(device.card) / 1e9
    return {"name": device.name, "memory_GB": device.card.memory()[1] / 1e9, "copy_GBps": copy}
