"""The verb of the pipeline: all stages of one design, with checkpoints, events and provenance."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast, final

from epidot.design.design import Design
from epidot.errors import InputError
from epidot.excitons import Excitons
from epidot.numerics.device import CPU, Device
from epidot.numerics.progress import Progress
from epidot.observables import Optics
from epidot.observables.band_diagram import BandDiagram
from epidot.pipeline.alignment import alignment_summary, diagram_of
from epidot.pipeline.checkpoints import partial_path, read_checkpoint, stage_keys, write_checkpoint
from epidot.pipeline.foresight import foresee
from epidot.pipeline.means import Means
from epidot.pipeline.method import Method
from epidot.pipeline.provenance import provenance_of
from epidot.pipeline.stages import STAGES, Stage
from epidot.pipeline.summary import summarise
from epidot.records import Record
from epidot.relaxation import Relaxed, interfaces, misfit_warnings
from epidot.states import States
from epidot.structure import Structure

if TYPE_CHECKING:
    from epidot.pipeline.compared import Compared
    from epidot.pipeline.ensemble import Ensemble
    from epidot.pipeline.uncertain import Uncertainty


@final
@dataclass(frozen=True, eq=False)
class Run:
    """Everything that came out of one design."""

    design: Design
    method: Method
    structure: Structure
    relaxed: Relaxed
    states: States
    excitons: Excitons
    optics: Optics
    summary: dict[str, Any]
    provenance: dict[str, Any]
    compared: Compared | None = None
    """Measured spectra beside the computed ones (`pipeline.with_measured`)."""
    ensemble: Ensemble | None = None
    """Particles with other sizes (`pipeline.with_ensemble`)."""
    uncertainty: Uncertainty | None = None
    """The particle with other published parameters (`pipeline.with_uncertainty`)."""
    band_diagram: BandDiagram | None = None
    """Band edges along the main path, or along that of `pipeline.with_path`."""

    @property
    def level(self) -> str:
        """Level of theory."""
        return self.method.level

    def __repr__(self) -> str:
        optics, shape = self.summary["optics"], self.summary["structure"]
        return (
            f"Run of {self.design.name!r}: {shape['atoms']} atoms, {self.level} level\n"
            f"  emission {optics['emission_eV']:.3f} eV, {optics['alignment']}, "
            f"lifetime {optics['radiative_lifetime_ns']:.3g} ns\n"
            f"  largest residual {self.summary['states']['max_residual_eV']:.1e} eV"
        )


@dataclass
class Watcher:
    """What a run tells about itself while it works; every hook may be left as it is."""

    stage_started: Callable[[str, str], None] = field(default=lambda _name, _title: None)
    progress: Progress = field(default=lambda _fraction, _text: None)
    stage_done: Callable[[str, float, bool], None] = field(default=lambda _name, _seconds, _reused: None)
    warning: Callable[[str], None] = field(default=lambda _text: None)


def run(
    design: Design,
    folder: Path | str | None = None,
    *,
    method: Method | None = None,
    watcher: Watcher | None = None,
    device: Device = CPU,
    similar: States | None = None,
    known: Mapping[str, Record] = MappingProxyType({}),
) -> Run:
    """Compute all stages of a design.

    Parameters
    ----------
    design : the particle.
    folder : where checkpoints and events are kept; None keeps nothing.
    method : numerical choices; default `Method()`.
    watcher : told about progress.
    device : where the eigensolver works. Energies do not depend on it beyond rounding, so states kept in
        `folder` are reused whatever computed them; ``provenance.json`` says what did.
    similar : states of a similar particle, or of this one in another field, to start the eigensolver from.
    known : results of stages by their keys, which are then not computed.

    Returns
    -------
    Run
        Records of all stages, summary and provenance.

    Raises
    ------
    InputError, ConvergenceError
        From the stages; finished stages stay in `folder` and are reused.
    """
    method, watcher = method or Method(), watcher or Watcher()
    folder = None if folder is None else Path(folder)
    kept = _prepare(folder)
    keys = stage_keys(design, method)
    results: dict[str, Record] = {}
    timings: dict[str, float] = {}
    warnings: list[str] = []
    parent: Record | None = None
    for stage in STAGES:
        key = keys[stage.name]
        with _told(folder, stage, watcher) as note:
            parent, seconds, reused, warning = (
                (known[key], 0.0, True, "")
                if key in known
                else _one_stage(stage, key, kept, (design, method, parent), watcher, Means(device, similar))
            )
            note(seconds, reused)
        if warning:
            warnings.append(warning)
            watcher.warning(warning)
        results[stage.name] = parent
        timings[stage.name] = seconds
        foresee(parent, method)
        if isinstance(parent, Relaxed):
            for text in misfit_warnings(interfaces(parent)):
                warnings.append(text)
                watcher.warning(text)
    return _pack(design, method, results, timings, warnings)


def _pack(
    design: Design, method: Method, results: dict[str, Record], timings: dict[str, float], warnings: list[str]
) -> Run:
    optics = cast("Optics", results["optics"])
    provenance = provenance_of(design, method, optics, timings, warnings)
    excitons = optics.excitons
    states = excitons.states
    relaxed = states.relaxed
    diagram = diagram_of(states, design, method)
    summary = summarise(design, method.level, optics) | {
        "band_alignment": alignment_summary(diagram),
        "timings_s": timings,
        "versions": provenance["versions"],
    }
    return Run(
        design,
        method,
        relaxed.structure,
        relaxed,
        states,
        excitons,
        optics,
        summary,
        provenance,
        band_diagram=diagram,
    )


def _prepare(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    kept = folder / "checkpoints"
    try:
        kept.mkdir(parents=True, exist_ok=True)
        probe = kept / ".probe"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise InputError(
            "output",
            folder,
            f"cannot be written to ({error.strerror})",
            "Choose a folder that you may write to",
        ) from error
    return kept


def _one_stage(
    stage: Stage,
    key: str,
    kept: Path | None,
    given: tuple[Design, Method, Record | None],
    watcher: Watcher,
    means: Means,
) -> tuple[Record, float, bool, str]:
    design, method, parent = given
    warning = ""
    began = time.perf_counter()
    if kept is not None:
        found, warning = read_checkpoint(kept, stage, key, parent)
        if found is not None:
            return found, time.perf_counter() - began, True, warning
        means = replace(means, partial=partial_path(kept, stage, key))
    result = stage.run(parent, design, method, watcher.progress, means)
    if kept is not None:
        try:
            write_checkpoint(kept, stage, key, result)
        except OSError as error:
            raise InputError(
                "output", kept, f"cannot hold the result of stage {stage.name} ({error})", "Free some space"
            ) from error
    return result, time.perf_counter() - began, False, warning


@contextlib.contextmanager
def _told(folder: Path | None, stage: Stage, watcher: Watcher) -> Generator[Callable[[float, bool], None]]:
    """Record start and end of a stage in ``events.jsonl`` and tell the watcher, whatever happens."""
    watcher.stage_started(stage.name, stage.title)
    _event(folder, stage=stage.name, event="started")
    try:
        yield lambda seconds, reused: _finish(folder, stage, watcher, seconds, reused)
    except KeyboardInterrupt:
        _event(folder, stage=stage.name, event="interrupted")
        raise
    except Exception as error:
        _event(folder, stage=stage.name, event="failed", error=str(error))
        raise


def _finish(folder: Path | None, stage: Stage, watcher: Watcher, seconds: float, reused: bool) -> None:
    # ru_maxrss counts kilobytes on Linux and bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    _event(folder, stage=stage.name, event="done", seconds=round(seconds, 3), reused=reused, peak_bytes=peak)
    watcher.stage_done(stage.name, seconds, reused)


def _event(folder: Path | None, **entry: Any) -> None:
    if folder is None:
        return
    line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry})
    with (folder / "events.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
