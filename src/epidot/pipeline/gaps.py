"""First absorption peaks of dots against published ones: what `epidot bench gaps` computes.

Every case runs with the default method at the temperature of the measurement: relaxed atoms, tight binding
fitted to the bulk, correlated pairs, surface polarisation in toluene. Nothing is fitted to a nanocrystal.

Tolerance, fixed beforehand: 0.10 eV, or two standard deviations of the published number where that is more.
0.1 eV is how far published calculations by different atomistic methods lie apart for the same dot.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from epidot.design import from_dict
from epidot.design.design import SCHEMA, Design
from epidot.errors import ConvergenceError, InputError
from epidot.excitons.method import Complexes, PairMethod
from epidot.numerics.device import CPU, Device
from epidot.numerics.progress import Progress, silent
from epidot.pipeline.bench import machine, peak_memory
from epidot.pipeline.cases import Case, cases
from epidot.pipeline.checkpoints import stage_keys
from epidot.pipeline.method import Method
from epidot.pipeline.run import Run, run

TOLERANCE: Final = 0.10
"""eV."""
_QUICK: Final = ("T01-006", "T01-012", "T01-044", "T01-051", "T01-058", "T01-066")
_SPHERE: Final = re.compile(r"sphere d=(?P<diameter>[\d.]+) nm")
_PEAK: Final = "1S absorption peak"
_PHASES: Final = {"CdS": "wz", "CdSe": "wz", "CdTe": "zb", "ZnSe": "zb"}
"""Where the source names none: the stable one of the bulk."""


def gaps(
    folder: Path,
    *,
    quick: bool = False,
    progress: Progress = silent,
    device: Device = CPU,
) -> dict[str, Any]:
    """Compute the first absorption peak of every published dot and compare.

    Parameters
    ----------
    folder : finished cases are kept in it and used again while design, method and program are the same.
    quick : six cases, at least one for each material.

    Returns
    -------
    dict
        ``rows``, one for each case, with ``predicted`` and ``published`` (eV), ``deviation``, ``uncertainty``
        of the published number, ``tolerance``, ``passed`` and the ``terms`` of the prediction; ``scores``
        by material: cases, how many passed, mean signed and root-mean-square deviation; and the ``machine``.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    kept = folder / "cases"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        rule = f"cannot be written to ({error.strerror})"
        raise InputError("output", folder, rule, "Choose a folder that you may write to") from error
    chosen = [case for case in dot_cases() if not quick or case.id in _QUICK]
    rows: list[dict[str, Any]] = []
    for place, case in enumerate(chosen):
        progress(place / len(chosen), f"{place + 1} of {len(chosen)}: {case.system}, {case.geometry}")
        rows.append(_row(case, kept / f"{case.id}.json", device))
    return {
        "name": "gaps",
        "machine": machine(device),
        "rows": rows,
        "scores": scores(rows),
        "exponent": None,
        "ratios": {},
    }


def dot_cases() -> tuple[Case, ...]:
    """Published first absorption peaks of spherical dots."""
    return tuple(case for case in cases() if case.quantity.startswith(_PEAK) and _SPHERE.match(case.geometry))


def design_of(case: Case) -> Design:
    """The dot of a case at the temperature of the measurement; its diameter is that of its atoms."""
    found = _SPHERE.match(case.geometry)
    if found is None:
        raise InputError(case.id, case.geometry, "is not a sphere", "Choose one of dot_cases()")
    root = {
        "kind": "dot",
        "phase": _phase(case),
        "material": _material(case),
        "diameter": f"{found['diameter']} nm",
    }
    around = {"temperature": f"{case.temperature:g} K"}
    return from_dict({"schema": SCHEMA, "name": case.system, "root": root, "environment": around}, case.id)


def scores(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Cases, passed, mean signed and root-mean-square deviation (eV) of each material."""
    found: dict[str, dict[str, Any]] = {}
    for material in dict.fromkeys(row["material"] for row in rows):
        own = [row for row in rows if row["material"] == material]
        off = np.array([row["deviation"] for row in own if row["deviation"] is not None])
        found[material] = {
            "n": len(own),
            "passed": sum(row["passed"] for row in own),
            "mean": float(off.mean()) if len(off) else None,
            "rms": float(np.sqrt(np.square(off).mean())) if len(off) else None,
            "unit": "eV",
        }
    return found


def _material(case: Case) -> str:
    return case.system.split()[0]


def _phase(case: Case) -> str:
    named = re.search(r"\((wz|zb)", case.system)
    return named[1] if named else _PHASES[_material(case)]


def _method() -> Method:
    """The default, without trions and biexcitons, which change no exciton."""
    return Method(pairs=PairMethod(complexes=Complexes(electrons=0)))


def _row(case: Case, kept: Path, device: Device) -> dict[str, Any]:
    design, method = design_of(case), _method()
    key = stage_keys(design, method)["optics"]
    computed = _read(kept, key)
    if computed is None:
        computed = _computed(design, method, device)
        kept.write_text(json.dumps({"key": key, **computed}), encoding="utf-8")
    published, spread = case.number, case.standard_deviation
    predicted = computed["predicted"]
    deviation = None if predicted is None else predicted - published
    tolerance = max(TOLERANCE, 2.0 * spread)
    return {
        "id": case.id,
        "theme": case.theme,
        "system": case.system,
        "geometry": case.geometry,
        "material": _material(case),
        "phase": _phase(case),
        "diameter_nm": float(_diameter(case)),
        "quantity": case.quantity,
        "predicted": predicted,
        "published": published,
        "unit": case.unit,
        "deviation": deviation,
        "uncertainty": spread,
        "tolerance": tolerance,
        "passed": deviation is not None and abs(deviation) <= tolerance,
        "level": method.level,
        "reason": computed["reason"],
        "source": case.source,
        "terms": computed["terms"],
        "atoms": computed["atoms"],
        "seconds": computed["seconds"],
        "peak_memory_GB": peak_memory(),
    }


def _diameter(case: Case) -> str:
    found = _SPHERE.match(case.geometry)
    return found["diameter"] if found else "nan"


def _read(kept: Path, key: str) -> dict[str, Any] | None:
    """What an earlier run found for this case, if nothing that it depends on has changed."""
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("key") == key else None


def _computed(design: Design, method: Method, device: Device) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        done = run(design, method=method, device=device)
    except ConvergenceError as error:
        # A case that cannot be computed stays in the table, as one that failed.
        found = {"predicted": None, "terms": {}, "atoms": None, "reason": str(error)}
    else:
        found = {
            "predicted": float(done.optics.first_peak),
            "terms": _terms(done),
            "atoms": len(done.structure.numbers),
            "reason": "",
        }
    return found | {"seconds": time.perf_counter() - began}


def _terms(done: Run) -> dict[str, float]:
    """What the predicted peak is made of, eV; the terms add up to it."""
    excitons, optics = done.excitons, done.optics
    ground = float(excitons.energies[0])
    own = float(excitons.electron_self_energy[0] + excitons.hole_self_energy[0])
    return {
        "gap": float(excitons.states.electron_energies[0] - excitons.states.hole_energies[0]),
        "attraction": float(excitons.coulomb[0, 0]),
        "surface": own + float(excitons.surface_interaction[0, 0]),
        "mixing": ground - float(excitons.first_order[0, 0]),
        "temperature": float(optics.energies[0]) - ground,
        "peak": float(optics.first_peak) - float(optics.energies[0]),
    }
