"""Materials: every number with unit, source, temperature and confidence.

Takes: names of compounds, alloys, phases, parameter sets, solvents and metals.
Gives: `Compound` and `Parameter`, `Composition`, `Keating`, `TwoCentre`, `Polytype`, `Polarity`,
`ParameterSet`, `OffsetSet`, `Moved`, `Solvent`, `Metal`, `Ion`, `Table`.
Method: look-up in package data (``data/*.yaml``), converted to inside units; gaps follow temperature by
Varshni; of alloys only lattice constant, bond and colour are given, as means over their compounds.
Sources: stated with each number; Wei and Zunger (1998) for the common energy scale; Vegard (1921).
Checked by: tests/materials (Keating constants from elastic constants, bond lengths, band edges, densities,
unit factors against pint, alloys against measured lattices, metals against measured densities).
"""

from epidot.materials.alloys import Composition, composition, fractions
from epidot.materials.colours import colour
from epidot.materials.compounds import (
    Compound,
    Keating,
    Wurtzite,
    bond,
    compound,
    compound_of,
    dielectric,
    keating,
    lattice_constant,
    names,
    number,
    wurtzite,
)
from epidot.materials.force_fields import Ion, ion, stillinger_weber
from epidot.materials.listing import Row, SetTable, Table, figure_labels, figure_unit, summary, table
from epidot.materials.media import Solvent, solvent, solvents
from epidot.materials.metals import Metal, metal, metals
from epidot.materials.moved import MOVABLE, NOTHING_MOVED, Moved, movable, ranges
from epidot.materials.offsets import (
    DEFAULT_OFFSETS,
    OffsetSet,
    band_edges,
    offset_set,
    offset_sets,
    vacuum_level,
)
from epidot.materials.optical_constants import OpticalConstants, optical_constants
from epidot.materials.parameter import Parameter
from epidot.materials.polarity import Polarity, polarity, static_dielectric
from epidot.materials.set_files import SET_ENDINGS, read_set
from epidot.materials.spectra import (
    HOTTEST,
    auger_volume,
    gap_shift,
    huang_rhys,
    line_width,
    phonon_energy,
    phonons_at,
)
from epidot.materials.tight_binding import (
    DEFAULT_SET,
    LATTICES,
    SETS,
    ParameterSet,
    Polytype,
    TwoCentre,
    polytype,
    set_compounds,
    set_content,
    set_name,
    two_centre,
)

__all__ = [
    "DEFAULT_OFFSETS",
    "DEFAULT_SET",
    "HOTTEST",
    "LATTICES",
    "MOVABLE",
    "NOTHING_MOVED",
    "SETS",
    "SET_ENDINGS",
    "Composition",
    "Compound",
    "Ion",
    "Keating",
    "Metal",
    "Moved",
    "OffsetSet",
    "OpticalConstants",
    "Parameter",
    "ParameterSet",
    "Polarity",
    "Polytype",
    "Row",
    "SetTable",
    "Solvent",
    "Table",
    "TwoCentre",
    "Wurtzite",
    "auger_volume",
    "band_edges",
    "bond",
    "colour",
    "composition",
    "compound",
    "compound_of",
    "dielectric",
    "figure_labels",
    "figure_unit",
    "fractions",
    "gap_shift",
    "huang_rhys",
    "ion",
    "keating",
    "lattice_constant",
    "line_width",
    "metal",
    "metals",
    "movable",
    "names",
    "number",
    "offset_set",
    "offset_sets",
    "optical_constants",
    "phonon_energy",
    "phonons_at",
    "polarity",
    "polytype",
    "ranges",
    "read_set",
    "set_compounds",
    "set_content",
    "set_name",
    "solvent",
    "solvents",
    "static_dielectric",
    "stillinger_weber",
    "summary",
    "table",
    "two_centre",
    "vacuum_level",
    "wurtzite",
]
