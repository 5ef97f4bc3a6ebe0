"""Which tetrahedron an atom would have at rest: that of zinc blende or that of measured wurtzite.

Wurtzite has one eclipsed bond at each atom, along c, and its own length and angles to the other three;
zinc blende has none and is regular. The tetrahedron at rest therefore follows from the atom's own
bonds, layer by layer in any stacking (Camacho and Niquet, Physica E 42, 1361 (2010), take reference
lengths and angles of wurtzite in this way). A surface atom that has lost its eclipsed bond is told
by `Structure.phase`. Two eclipsed bonds at an atom belong to no polytype: it keeps the regular one.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.structure.structure import NO_ATOM, WURTZITE, Structure

CUBIC, AXIAL, BASAL = 0, 1, 2
"""Role of a bond at one of its atoms: of the regular tetrahedron, along c, or across c."""
ROLES: Final = 3


def roles(structure: Structure) -> NDArray[Any]:
    """Role (atom, 4) int8 of each bond as its atom sees it; that of missing bonds has no meaning."""
    present = structure.neighbours != NO_ATOM
    eclipsed = (structure.eclipsed != 0) & present
    count = eclipsed.sum(axis=1)
    lost = (count == 0) & ~present.all(axis=1) & (structure.phase == WURTZITE)
    hexagonal = (count == 1) | lost
    return np.where(hexagonal[:, None], np.where(eclipsed, AXIAL, BASAL), CUBIC).astype(np.int8)


def natural_length(compound: str, role: int) -> float:
    """Length (Å) that one end of a bond would give it."""
    cell = materials.wurtzite(compound)
    return {CUBIC: materials.keating(compound).bond, AXIAL: cell.axial, BASAL: cell.basal}[role]


def polar_cosine(compound: str, role: int) -> float:
    """Cosine of a bond against the axis of the tetrahedron at rest; any bond is that of a regular one."""
    return {CUBIC: -1.0 / 3.0, AXIAL: 1.0, BASAL: materials.wurtzite(compound).cosine}[role]


def stacking_energy(structure: Structure) -> float:
    """Energy (eV) of the stacking against zinc blende: that of wurtzite for each eclipsed bond.

    A constant on top of the strain energy: no force follows from it.
    """
    present = structure.neighbours != NO_ATOM
    counted = (structure.eclipsed != 0) & present & (structure.cation != 0)[:, None]
    atom, slot = np.nonzero(counted)
    pairs = structure.numbers[atom], structure.numbers[structure.neighbours[atom, slot]]
    kinds, number = np.unique(256 * pairs[0].astype(int) + pairs[1], return_counts=True)
    each = [materials.wurtzite(materials.compound_of(kind // 256, kind % 256)).energy for kind in kinds]
    return float(np.dot(each, number))
