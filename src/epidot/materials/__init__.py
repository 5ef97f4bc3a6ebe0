"""Materials: every number with unit, source, temperature and confidence.

Takes: names of compounds, phases, parameter sets and solvents.
Gives: `Compound` and `Parameter`, `Keating`, `TwoCentre`, `Polytype`, `Deformation`, `OffsetSet`,
`Solvent`, `Ion`, `Table`.
Method: look-up in package data (``data/*.yaml``), converted to inside units; nothing is interpolated.
Sources: stated with each number; Wei and Zunger (1998) for the common energy scale.
Checked by: tests/materials (Keating constants from elastic constants, bond lengths, band edges, densities,
unit factors against pint).
"""

from epidot.materials.compounds import (
    Compound,
    Keating,
    bond,
    colour,
    compound,
    compound_of,
    dielectric,
    keating,
    lattice_constant,
    names,
    number,
)
from epidot.materials.force_fields import Ion, ion, stillinger_weber
from epidot.materials.listing import Row, SetTable, Table, summary, table
from epidot.materials.media import Solvent, solvent, solvents
from epidot.materials.offsets import (
    DEFAULT_OFFSETS,
    OffsetSet,
    band_edges,
    offset_set,
    offset_sets,
    vacuum_level,
)
from epidot.materials.parameter import Parameter
from epidot.materials.tight_binding import (
    DEFAULT_SET,
    SETS,
    Deformation,
    Polytype,
    TwoCentre,
    deformation,
    polytype,
    two_centre,
)

__all__ = [
    "DEFAULT_OFFSETS",
    "DEFAULT_SET",
    "SETS",
    "Compound",
    "Deformation",
    "Ion",
    "Keating",
    "OffsetSet",
    "Parameter",
    "Polytype",
    "Row",
    "SetTable",
    "Solvent",
    "Table",
    "TwoCentre",
    "band_edges",
    "bond",
    "colour",
    "compound",
    "compound_of",
    "deformation",
    "dielectric",
    "ion",
    "keating",
    "lattice_constant",
    "names",
    "number",
    "offset_set",
    "offset_sets",
    "polytype",
    "solvent",
    "solvents",
    "stillinger_weber",
    "summary",
    "table",
    "two_centre",
    "vacuum_level",
]
