"""Band edges along a path of a run: the main one, or one that is named."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from epidot.design.design import Design
from epidot.observables.band_diagram import BandDiagram, band_diagram
from epidot.pipeline.method import Method
from epidot.states import States
from epidot.structure import build
from epidot.structure.along import line_density
from epidot.structure.course import course
from epidot.structure.route import route

if TYPE_CHECKING:
    import xarray as xr

    from epidot.pipeline.run import Run

_WORDS: Final = {"units": "1"}
"""Attributes of variables that are words."""


def with_path(run: Run, named: str | None) -> Run:
    """The run with its band edges, and all profiles of its report, along another path.

    Parameters
    ----------
    named : places joined by ``>``, such as ``arm1 > core > arm2`` (`structure.route`); None leaves the run as
        it is, along its main path.

    Raises
    ------
    InputError
        No such path; the message names the places that exist.
    """
    if named is None:
        return run
    found = diagram_of(run.states, run.design, run.method, named)
    return dataclasses.replace(
        run,
        band_diagram=found,
        summary=run.summary | {"band_alignment": alignment_summary(found)},
        provenance=run.provenance | {"path": named},
    )


def check_path(design: Design, named: str | None) -> None:
    """See that a particle has the path that is named, from its atoms before they relax.

    Raises
    ------
    InputError
        No such path; the message names the places that exist.
    """
    if named is None:
        return
    structure = build(design)
    route(structure, structure.positions, named)


def diagram_of(states: States, design: Design, method: Method, named: str | None = None) -> BandDiagram:
    """Band edges along a path, the main one if none is named. Raises `InputError` for an unknown place."""
    structure = states.relaxed.structure
    path = route(structure, states.relaxed.positions, named)
    return band_diagram(states, path, course(path, design, structure), method.tight_binding)


def alignment_summary(found: BandDiagram) -> dict[str, Any]:
    """The path, the edges' range, and every interface with its steps and type."""
    return {
        "path": found.path.name,
        "length_nm": 0.1 * found.path.length,
        "lowest_conduction_edge_eV": float(found.conduction.min()),
        "highest_valence_edge_eV": float(found.valence[0].max()),
        "interfaces": [
            {
                "at_nm": 0.1 * one.place,
                "between": list(one.materials),
                "phases": list(one.phases),
                "conduction_step_eV": one.conduction_step,
                "valence_step_eV": one.valence_step,
                "type": one.type,
            }
            for one in found.interfaces
        ],
    }


def alignment_dataset(found: BandDiagram, states: States) -> xr.Dataset:
    """All edges (point) with the probability per length of every state (bin), with units."""
    import xarray as xr

    strips = found.course.strips
    density = {
        "electron": np.square(states.electron_coefficients, dtype=float).sum(axis=(2, 3, 4)),
        "hole": np.square(states.hole_coefficients, dtype=float).sum(axis=(2, 3, 4)),
    }
    lines = {
        name: np.array([line_density(found.path, row) for row in rows]) for name, rows in density.items()
    }
    count = len(lines["electron"][0])
    energies = {
        "conduction_edge": found.conduction,
        "unstrained_conduction_edge": found.rest_conduction,
        "unstrained_valence_edge": found.rest_valence,
        "potential": found.potential,
    }
    variables: dict[str, Any] = {
        name: ("point", values, {"units": "eV"}) for name, values in energies.items()
    }
    variables |= {
        "valence_bands": (("band", "point"), found.valence, {"units": "eV"}),
        "volume_strain": ("point", found.strain, {"units": "1"}),
        "material": ("point", [strips[number].material for number in found.strip], _WORDS),
        "phase": ("point", [strips[number].phase for number in found.strip], _WORDS),
        "electron_line_density": (("electron", "bin"), lines["electron"], {"units": "1/nm"}),
        "hole_line_density": (("hole", "bin"), lines["hole"], {"units": "1/nm"}),
        "interface_place": ("interface", [0.1 * one.place for one in found.interfaces], {"units": "nm"}),
        "interface_type": ("interface", [one.type for one in found.interfaces], _WORDS),
        "conduction_step": ("interface", [one.conduction_step for one in found.interfaces], {"units": "eV"}),
        "valence_step": ("interface", [one.valence_step for one in found.interfaces], {"units": "eV"}),
    }
    middles = 0.1 * (np.arange(count) + 0.5) * found.path.length / count
    coordinates: dict[str, Any] = {
        "place": ("point", 0.1 * found.place, {"units": "nm"}),
        "bin_place": ("bin", middles, {"units": "nm"}),
    }
    return xr.Dataset(variables, coordinates, {"path": found.path.name})
