"""A run as the report reads it: what several figures share, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.observables.band_diagram import BandDiagram, band_diagram
from epidot.reporting import carriers
from epidot.reporting.carriers import Carrier
from epidot.reporting.frame import Frame, section_frame
from epidot.reporting.record import Run
from epidot.structure.along import Along, main_path
from epidot.structure.course import course
from epidot.structure.structure import Structure


@dataclass(frozen=True)
class Reading:
    """A run, its two carriers, band edges along the path of its profiles, and the plane of sections."""

    run: Run
    electron: Carrier
    hole: Carrier
    diagram: BandDiagram
    frame: Frame

    @property
    def path(self) -> Along:
        """Along which profiles are drawn."""
        return self.diagram.path

    @property
    def structure(self) -> Structure:
        """Of the run."""
        return self.run.structure

    @property
    def positions(self) -> NDArray[Any]:
        """(atom, 3) at rest, Å."""
        return self.run.relaxed.positions

    @property
    def colours(self) -> dict[str, str]:
        """``#rrggbb`` of each compound present; those of segments may be alloys (`materials.colour`)."""
        return {name: materials.colour(name) for name in self.structure.materials}

    @property
    def depth(self) -> float:
        """Where the plane of the sections lies along its normal, Å: through the middle corner of the path."""
        corners = self.structure.paths[0][1]
        return float(self.frame.rows[2] @ np.asarray(corners[len(corners) // 2]))

    @property
    def way(self) -> str:
        """Where the profiles run, for headings: the arms of a branched particle, else the path itself."""
        return "the arms" if self.path.name.startswith("arm") else self.path.name


def read(run: Run) -> Reading:
    """Work out what the figures share."""
    found = run.band_diagram
    if found is None:
        path = main_path(run.structure, run.relaxed.positions)
        found = band_diagram(run.states, path, course(path, run.design, run.structure))
    return Reading(run, carriers.electron(run), carriers.hole(run), found, section_frame(run.structure))
