"""Where a run's numbers come from: design, method, parameters with sources, versions, timings."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata
from typing import Any, Final

from epidot import materials
from epidot.design import design_hash
from epidot.design import to_dict as design_to_dict
from epidot.design.design import Design
from epidot.hamiltonian.tight_binding.edges import PHASES
from epidot.materials.ligands import ligand, ligand_layer, ligand_names
from epidot.observables import Optics
from epidot.pipeline.checkpoints import stage_keys
from epidot.pipeline.given import portable
from epidot.pipeline.limits import limits
from epidot.pipeline.method import Method, to_dict
from epidot.states import States
from epidot.structure import Structure
from epidot.structure.attached import tip_element

PACKAGES: Final = ("numpy", "scipy", "numba", "ase", "xarray", "h5netcdf", "pydantic", "scikit-image")
_SHEAR: Final = (("b", "zb", "shear deformation potential b"), ("d", "zb", "shear deformation potential d"))
_PARAMETERS: Final = (
    ("a", "zb", "lattice constant"),
    ("keating_alpha", "zb", "Keating bond stretching"),
    ("keating_beta", "zb", "Keating bond bending"),
    ("epsinf", "zb", "high-frequency dielectric constant"),
)

_STATIC: Final = (
    ("eps0", "static dielectric constant"),
    ("eps0_perp", "static dielectric constant across c"),
    ("eps0_par", "static dielectric constant along c"),
)
_POLAR: Final = (
    ("e14", "piezoelectric constant e14"),
    ("e31", "piezoelectric constant e31"),
    ("e33", "piezoelectric constant e33"),
    ("e15", "piezoelectric constant e15"),
    ("Psp", "spontaneous polarisation"),
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
        "device": optics.excitons.states.device,
        "platform": f"{platform.system()} {platform.machine()}",
        "parameters": [
            *parameter_sources(structure, method, design.environment.solvent),
            *_electrostatic_sources(design, optics.excitons.states),
        ],
        "timings_s": {name: round(seconds, 3) for name, seconds in timings.items()},
        "warnings": [*warnings, *limits(design, structure, method)],
    }


def parameter_sources(structure: Structure, method: Method, solvent: str) -> list[dict[str, Any]]:
    """One row {name, value, unit, source} for each parameter that the run used."""
    rows: list[dict[str, Any]] = []
    for name in structure.materials:
        entry = materials.compound(name)
        for key, phase, title in (*_PARAMETERS, *(_SHEAR if method.tight_binding.onsite_strain else ())):
            found = entry.phases[phase][key]
            rows.append(_row(f"{name} {title}", found.value, found.unit, found.source))
        rows.append(
            _row(
                f"{name} two-centre set",
                materials.set_name(method.tight_binding.parameters),
                "",
                _set_source(name, method),
            )
        )
    offsets = materials.offset_set(method.tight_binding.offsets)
    rows.append(_row("band offsets", offsets.name, "", offsets.source))
    medium = materials.solvent(solvent)
    rows.append(_row(f"{medium.name} optical dielectric constant", medium.dielectric, "1", medium.source))
    return [*rows, *_attached_sources(structure, method)]


def _attached_sources(structure: Structure, method: Method) -> Iterator[dict[str, Any]]:
    """Sizes of metals, and what of ligands acts on the electrons."""
    acting = False
    for group in structure.attached_groups:
        element = tip_element(group)
        if element is not None and element in materials.metals():
            metal = materials.metal(element)
            for key, title in (("a", "lattice constant"), ("radius", "metallic radius")):
                found = metal.parameters[key]
                yield _row(f"{element} {title} (where its atoms are)", found.value, found.unit, found.source)
        elif group in ligand_names() and method.tight_binding.ligand_potential:
            acting = True
            found = ligand(group).dipole
            yield _row(f"{group} dipole along its bond", found.value, found.unit, found.source)
    if acting:
        layer = ligand_layer()
        yield _row("dielectric constant of the layer of ligands", layer.value, layer.unit, layer.source)


def _electrostatic_sources(design: Design, states: States) -> Iterator[dict[str, Any]]:
    """What the potentials of field and polarisation come from, where they act."""
    acting = {term for term, row in zip(states.potential_terms, states.potential, strict=True) if row.any()}
    if not acting & {"field", "polarisation"}:
        return
    structure = states.relaxed.structure
    for index, name in enumerate(structure.materials):
        phases = sorted({PHASES[phase] for phase in structure.phase[structure.material == index].tolist()})
        keys = _STATIC + _POLAR if "polarisation" in acting else _STATIC
        for phase in phases:
            block = materials.compound(name).phases[phase]
            for key, title in keys:
                if key in block:
                    found = block[key]
                    yield _row(f"{name} {phase} {title}", found.value, found.unit, found.source)
    medium = materials.solvent(design.environment.solvent)
    yield _row(f"{medium.name} static dielectric constant", medium.static, "1", medium.static_source)


def _row(name: str, value: Any, unit: str, source: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "source": source}


def _set_source(name: str, method: Method) -> str:
    return materials.two_centre(name, method.tight_binding.parameters).source
