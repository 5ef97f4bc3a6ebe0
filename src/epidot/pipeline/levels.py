"""Both levels of theory for one design, and where they differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from epidot.design.design import Design
from epidot.numerics.device import CPU, Device
from epidot.pipeline.method import LEVELS, Method
from epidot.pipeline.run import Watcher, run

_ENERGIES = (
    ("states", "gap_eV"),
    ("excitons", "ground_eV"),
    ("excitons", "binding_eV"),
    ("optics", "absorption_edge_eV"),
    ("optics", "emission_eV"),
    ("optics", "overlap"),
    ("optics", "polarisation"),
)


def compare_levels(
    design: Design,
    folder: Path | None = None,
    *,
    method: Method | None = None,
    watcher: Watcher | None = None,
    device: Device = CPU,
) -> dict[str, Any]:
    """Summaries of both levels and their `difference`, envelope less atomistic.

    Parameters
    ----------
    folder : for checkpoints, one folder for each level in it; None keeps nothing.
    method : the same states and pairs at both levels.

    Raises
    ------
    InputError, ConvergenceError
        From the stages of either level.
    """
    method = method or Method()
    found: dict[str, Any] = {}
    for level in LEVELS:
        own = None if folder is None else folder / level
        one = run(design, own, method=replace(method, level=level), watcher=watcher, device=device)
        found[level] = one.summary
    return found | {"difference": difference(found["atomistic"], found["envelope"])}


def difference(atomistic: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    """What `envelope` has more than `atomistic` (two summaries), by paths; populations of the edge levels."""
    found: dict[str, Any] = {
        f"{block}.{key}": envelope[block][key] - atomistic[block][key] for block, key in _ENERGIES
    }
    states = atomistic["states"], envelope["states"]
    for kind in ("electron", "hole"):
        first, second = (np.array(each[f"{kind}_eV"]) for each in states)
        found[f"states.{kind}_eV"] = (second - first).tolist()
        if len(first) > 2:
            spacings = [abs(float(levels[2] - levels[0])) for levels in (first, second)]
            found[f"states.{kind}_spacing_eV"] = spacings[1] - spacings[0]
        shares = [np.array(each[f"{kind}_in_segment"])[:2].mean(axis=0) for each in states]
        found[f"states.{kind}_in_segment"] = (shares[1] - shares[0]).tolist()
    found["optics.alignment"] = envelope["optics"]["alignment"] == atomistic["optics"]["alignment"]
    return found
