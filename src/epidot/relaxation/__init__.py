"""Relax stage: where the atoms come to rest, and how strained they are there.

Takes: `Structure`. Gives: `Relaxed`.
Method: Keating's valence force field (`keating`), limited-memory BFGS (`numerics.minimise`),
strain from the bond tetrahedra (`strain`). Sources: Keating (1966), Martin (1970), Pryor et al. (1998).
Checked by: finite differences, the elastic constants of all six compounds, continuum elasticity of a
strained film and of a core in a shell (`tests/relaxation`). See `docs/strain.md`.
"""

from epidot.relaxation.force_field import ForceField, relax
from epidot.relaxation.interfaces import Interface, interfaces, misfit_warnings
from epidot.relaxation.polytype import stacking_energy
from epidot.relaxation.relaxed import Relaxed
from epidot.relaxation.strain import axial, by_segment, hydrostatic

__all__ = [
    "ForceField",
    "Interface",
    "Relaxed",
    "axial",
    "by_segment",
    "hydrostatic",
    "interfaces",
    "misfit_warnings",
    "relax",
    "stacking_energy",
]
