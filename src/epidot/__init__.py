"""Epidot: epitaxial colloidal nanocrystal heterostructures, from a design to what instruments see.

The front door; importing it is fast, each name is loaded when it is first used.

>>> import epidot as ed
>>> design = ed.catalogue.tetrapod(core="CdSe", arm="CdS", core_diameter="4 nm", arm_length="25 nm")
>>> atoms = ed.build(design)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epidot import materials
    from epidot.design import Design, catalogue, load, loads
    from epidot.errors import ConvergenceError, InputError, InternalError
    from epidot.excitons import Excitons, PairMethod, excite
    from epidot.hamiltonian.tight_binding import Surroundings, TightBinding, TightBindingMethod, tight_binding
    from epidot.observables import Light, Optics, absorption
    from epidot.pipeline import Method, Run, run
    from epidot.relaxation import ForceField, Relaxed, relax
    from epidot.reporting import write_report as report
    from epidot.states import Solver, States, solve
    from epidot.structure import Structure, build
    from epidot.structure.export import export, to_ase
    from epidot.structure.imported import from_ase, read_atoms

__version__ = "0.1.0"

_HOMES = {
    "ConvergenceError": "epidot.errors",
    "Design": "epidot.design",
    "Excitons": "epidot.excitons",
    "ForceField": "epidot.relaxation",
    "InputError": "epidot.errors",
    "InternalError": "epidot.errors",
    "Light": "epidot.observables",
    "Method": "epidot.pipeline",
    "Optics": "epidot.observables",
    "PairMethod": "epidot.excitons",
    "Relaxed": "epidot.relaxation",
    "Run": "epidot.pipeline",
    "Solver": "epidot.states",
    "States": "epidot.states",
    "Structure": "epidot.structure",
    "Surroundings": "epidot.hamiltonian.tight_binding",
    "TightBinding": "epidot.hamiltonian.tight_binding",
    "TightBindingMethod": "epidot.hamiltonian.tight_binding",
    "absorption": "epidot.observables",
    "build": "epidot.structure",
    "excite": "epidot.excitons",
    "export": "epidot.structure.export",
    "from_ase": "epidot.structure.imported",
    "load": "epidot.design",
    "loads": "epidot.design",
    "read_atoms": "epidot.structure.imported",
    "relax": "epidot.relaxation",
    "report": "epidot.reporting",
    "run": "epidot.pipeline",
    "solve": "epidot.states",
    "tight_binding": "epidot.hamiltonian.tight_binding",
    "to_ase": "epidot.structure.export",
}
_MODULES = {"catalogue": "epidot.design.catalogue", "materials": "epidot.materials"}
_RENAMED = {"report": "write_report"}

__all__ = [
    "ConvergenceError",
    "Design",
    "Excitons",
    "ForceField",
    "InputError",
    "InternalError",
    "Light",
    "Method",
    "Optics",
    "PairMethod",
    "Relaxed",
    "Run",
    "Solver",
    "States",
    "Structure",
    "Surroundings",
    "TightBinding",
    "TightBindingMethod",
    "absorption",
    "build",
    "catalogue",
    "excite",
    "export",
    "from_ase",
    "load",
    "loads",
    "materials",
    "read_atoms",
    "relax",
    "report",
    "run",
    "solve",
    "tight_binding",
    "to_ase",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), _RENAMED.get(name, name))
    raise AttributeError(f"module 'epidot' has no attribute {name!r}; it has {', '.join(__all__)}")
