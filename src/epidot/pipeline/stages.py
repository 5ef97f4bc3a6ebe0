"""The table of contents: which stage takes what, gives what and depends on what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from epidot.design.design import Design
from epidot.excitons import Excitons, excite
from epidot.hamiltonian.envelope import envelope
from epidot.hamiltonian.tight_binding import TightBinding, surroundings, tight_binding
from epidot.numerics.progress import Progress
from epidot.observables import Optics, absorption
from epidot.pipeline.means import Means
from epidot.pipeline.method import Method
from epidot.records import Record
from epidot.relaxation import Relaxed, relax
from epidot.states import States, solve, solve_envelopes, start_from
from epidot.structure import Structure, build


@dataclass(frozen=True)
class Stage:
    """One row of the table."""

    name: str
    title: str
    gives: type[Record]
    parent: str | None
    """Name of the stage, and of the field of the record, that it eats."""
    run: Callable[[Any, Design, Method, Progress, Means], Record]
    design: tuple[str, ...]
    """Paths of the design that it reads (dotted)."""
    method: tuple[str, ...]
    """Fields of the method that it reads."""
    packages: tuple[str, ...]
    """Packages whose code it runs: their sources are part of its cache key."""


def _structure(
    _parent: None, design: Design, _method: Method, _progress: Progress, _means: Means
) -> Structure:
    return build(design)


def _relaxed(
    structure: Structure, _design: Design, method: Method, progress: Progress, _means: Means
) -> Relaxed:
    return relax(structure, method=method.force_field, progress=progress)


def _states(relaxed: Relaxed, design: Design, method: Method, progress: Progress, means: Means) -> States:
    around = surroundings(design.environment, relaxed.structure)
    if method.level == "envelope":
        envelopes = envelope(relaxed, method=method.envelope, bulk=method.tight_binding, around=around)
        return solve_envelopes(envelopes, electrons=method.electrons, holes=method.holes, progress=progress)
    hamiltonian = tight_binding(relaxed, method=method.tight_binding, around=around)
    start = means.read_partial()
    if start is None and means.similar is not None:
        start = start_from(means.similar, hamiltonian)
    return solve(
        hamiltonian,
        electrons=method.electrons,
        holes=method.holes,
        method=method.solver,
        progress=progress,
        device=means.device,
        start=start,
        keep=means.write_partial,
    )


def _excitons(states: States, design: Design, method: Method, progress: Progress, _means: Means) -> Excitons:
    return excite(states, solvent=design.environment.solvent, method=method.pairs, progress=progress)


def _optics(excitons: Excitons, design: Design, method: Method, _progress: Progress, _means: Means) -> Optics:
    return absorption(
        excitons,
        temperature=design.environment.temperature,
        method=method.light,
        parameters=method.tight_binding.parameters,
        hamiltonian=_in_field(excitons, design, method),
    )


def _in_field(excitons: Excitons, design: Design, method: Method) -> TightBinding | None:
    """The Hamiltonian of the states, which only a magnetic field needs again."""
    if method.light.magnetic_field == 0.0:
        return None
    relaxed = excitons.states.relaxed
    around = surroundings(design.environment, relaxed.structure)
    return tight_binding(relaxed, method=method.tight_binding, around=around)


STAGES: Final = (
    Stage(
        "structure",
        "atoms",
        Structure,
        None,
        _structure,
        ("seed", "root", "shells", "disorder", "defects", "surface"),
        (),
        ("materials", "design", "structure"),
    ),
    Stage(
        "relaxed",
        "strain",
        Relaxed,
        "structure",
        _relaxed,
        (),
        ("force_field",),
        ("numerics", "relaxation"),
    ),
    Stage(
        "states",
        "electrons and holes",
        States,
        "relaxed",
        _states,
        ("environment.field", "environment.solvent"),
        ("level", "electrons", "holes", "tight_binding", "envelope", "solver"),
        ("hamiltonian", "states"),
    ),
    Stage(
        "excitons",
        "excitons",
        Excitons,
        "states",
        _excitons,
        ("environment.solvent",),
        ("pairs",),
        ("excitons",),
    ),
    Stage(
        "optics",
        "light",
        Optics,
        "excitons",
        _optics,
        ("environment.temperature", "environment.field", "environment.solvent"),
        ("light", "tight_binding"),
        ("observables",),
    ),
)
"""In order; each eats the one before."""
