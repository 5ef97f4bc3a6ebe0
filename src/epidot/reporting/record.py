"""What the report reads of a run: the frozen records of its stages and two plain dictionaries."""

from __future__ import annotations

from typing import Any, Protocol

from epidot.design.design import Design
from epidot.excitons.excitons import Excitons
from epidot.observables.band_diagram import BandDiagram
from epidot.observables.optics import Optics
from epidot.pipeline.compared import Compared
from epidot.pipeline.ensemble import Ensemble
from epidot.pipeline.uncertain import Uncertainty
from epidot.relaxation.relaxed import Relaxed
from epidot.states.states import States
from epidot.structure.structure import Structure


class Run(Protocol):
    """One finished run. `pipeline` gives such a record; anything with these attributes will do."""

    @property
    def design(self) -> Design:
        """What the particle is."""
        ...

    @property
    def structure(self) -> Structure:
        """Atoms, bonds, segments."""
        ...

    @property
    def relaxed(self) -> Relaxed:
        """Atoms at rest, strain."""
        ...

    @property
    def states(self) -> States:
        """Electron and hole states near the gap."""
        ...

    @property
    def excitons(self) -> Excitons:
        """Pair states."""
        ...

    @property
    def optics(self) -> Optics:
        """Spectra, lifetime, alignment."""
        ...

    @property
    def summary(self) -> dict[str, Any]:
        """The content of ``summary.json``; keys may be missing."""
        ...

    @property
    def provenance(self) -> dict[str, Any]:
        """Method, versions, sources of parameters, timings (s), warnings; keys may be missing."""
        ...

    @property
    def compared(self) -> Compared | None:
        """Measured spectra beside the computed ones."""
        ...

    @property
    def ensemble(self) -> Ensemble | None:
        """Particles with other sizes."""
        ...

    @property
    def uncertainty(self) -> Uncertainty | None:
        """The particle with other published parameters."""
        ...

    @property
    def band_diagram(self) -> BandDiagram | None:
        """Band edges along a path; None for the main one."""
        ...

    @property
    def level(self) -> str:
        """``atomistic`` or ``envelope``."""
        ...
