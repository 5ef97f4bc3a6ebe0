"""Where a run's numbers come from: design, method, parameters with sources, versions, timings."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any, Final

from epidot import materials
from epidot.design import design_hash
from epidot.design import to_dict as design_to_dict
from epidot.design.design import Design
from epidot.observables import Optics
from epidot.pipeline.checkpoints import stage_keys
from epidot.pipeline.given import portable
from epidot.pipeline.method import Method, to_dict
from epidot.structure import Structure
from epidot.structure.structure import WURTZITE

PACKAGES: Final = ("numpy", "scipy", "numba", "ase", "xarray", "h5netcdf", "pydantic", "scikit-image")
_PARAMETERS: Final = (
    ("a", "zb", "lattice constant"),
    ("keating_alpha", "zb", "Keating bond stretching"),
    ("keating_beta", "zb", "Keating bond bending"),
    ("epsinf", "zb", "high-frequency dielectric constant"),
)


def versions() -> dict[str, str]:
    """Versions of Epidot, Python and the libraries that the numbers pass through."""
    found = {"epidot": metadata.version("epidot"), "python": platform.python_version()}
    for name in PACKAGES:
        found[name] = metadata.version(name)
    return found


def provenance_of(
    design: Design, method: Method, optics: Optics, timings: dict[str, float], warnings: list[str]
) -> dict[str, Any]:
    """Everything needed to repeat the run and to cite what it used."""
    structure = optics.excitons.states.relaxed.structure
    return {
        "design": design_to_dict(portable(design)),
        "design_hash": design_hash(design),
        "stage_keys": stage_keys(design, method),
        "method": to_dict(method),
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "parameters": parameter_sources(structure, method, design.environment.solvent),
        "timings_s": {name: round(seconds, 3) for name, seconds in timings.items()},
        "warnings": [*warnings, *limits(structure, method, design.environment.temperature)],
    }


def parameter_sources(structure: Structure, method: Method, solvent: str) -> list[dict[str, Any]]:
    """One row {name, value, unit, source} for each parameter that the run used."""
    rows: list[dict[str, Any]] = []
    for name in structure.materials:
        entry = materials.compound(name)
        for key, phase, title in _PARAMETERS:
            found = entry.phases[phase][key]
            rows.append(_row(f"{name} {title}", found.value, found.unit, found.source))
        rows.append(
            _row(f"{name} two-centre set", method.tight_binding.parameters, "", _set_source(name, method))
        )
    offsets = materials.offset_set(method.tight_binding.offsets)
    rows.append(_row("band offsets", offsets.name, "", offsets.source))
    medium = materials.solvent(solvent)
    rows.append(_row(f"{medium.name} optical dielectric constant", medium.dielectric, "1", medium.source))
    return rows


def _row(name: str, value: Any, unit: str, source: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "source": source}


def _set_source(name: str, method: Method) -> str:
    return materials.two_centre(name, method.tight_binding.parameters).source


def limits(structure: Structure, method: Method, temperature: float) -> list[str]:
    """What the model leaves out that matters for this particle, one sentence each."""
    found = [
        "Pair energies are first order: no configuration interaction, no electron–hole exchange, "
        "hence no dark–bright splitting.",
        "Junctions are coherent: misfit dislocations are not modelled.",
    ]
    if structure.phase.any():
        found.append(
            "Wurtzite relaxes to ideal c/a; piezoelectric and spontaneous polarisation are not included."
        )
    fitted = 300.0 if method.tight_binding.parameters.endswith("T300") else 0.0
    if abs(temperature - fitted) > 50.0:
        found.append(
            f"Band parameters are those of {fitted:.0f} K although the environment is at {temperature:.0f} K."
        )
    if any(materials.composition(name).mixed for name in structure.segment_materials):
        found.append(
            "Alloys are random, without short-range order: each bond has the constants of its own compound, "
            "each site the average over its bonds (a virtual compound); no bowing parameter is put in."
        )
    in_wurtzite = set(structure.material[structure.phase == WURTZITE])
    for index in sorted(in_wurtzite):
        name = structure.materials[index]
        if not materials.polytype(name, method.tight_binding.parameters).sourced:
            found.append(f"No sourced polytype terms for {name}: its wurtzite has the zinc-blende gap.")
    if {"CdS", "CdSe"} <= set(structure.materials):
        found.append(
            "The CdSe/CdS conduction-band offset is disputed; the band given spans the named offset sets."
        )
    return found
