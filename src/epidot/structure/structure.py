"""The record of the structure stage: atoms, bonds, segments, phases."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from epidot.records import Record, array, record

ZINC_BLENDE, WURTZITE = 0, 1
NO_ATOM = -1


@final
@record
class Structure(Record):
    """Atoms of one particle on a four-coordinated network.

    Invariants: `neighbours` is symmetric, lists bonds cation–anion only, and pads missing
    bonds with `NO_ATOM` at the end of each row; every atom has at least two bonds.
    """

    positions: NDArray[Any] = array("atom 3", "Å")
    """Start positions: every segment at its own bond length, close to the relaxed ones."""
    numbers: NDArray[Any] = array("atom", "1", "i4")
    """Atomic numbers."""
    neighbours: NDArray[Any] = array("atom 4", "1", "i4")
    """Indices of bonded atoms; `NO_ATOM` where a bond is missing."""
    bond_directions: NDArray[Any] = array("atom 4 3", "1")
    """Unit vectors of the four ideal bonds, in the order of `neighbours`; those of missing bonds last."""
    eclipsed: NDArray[Any] = array("atom 4", "1", "i1")
    """1 where the bond is eclipsed (wurtzite stacking across it), in the order of `neighbours`."""
    cation: NDArray[Any] = array("atom", "1", "i1")
    """1 for a cation, 0 for an anion."""
    material: NDArray[Any] = array("atom", "1", "i2")
    """Index into `materials`."""
    segment: NDArray[Any] = array("atom", "1", "i2")
    """Index into `segments`."""
    phase: NDArray[Any] = array("atom", "1", "i1")
    """0 zinc blende, 1 wurtzite."""
    materials: tuple[str, ...]
    """Binary compounds present, e.g. ``CdSe``."""
    segments: tuple[str, ...]
    """Names, e.g. ``core``, ``arm1.s1``, from the seed out."""
    segment_materials: tuple[str, ...]
    """Material of each segment as the design gives it: a compound or an alloy such as ``CdSe0.6S0.4``."""
    paths: tuple[tuple[str, tuple[tuple[float, float, float], ...]], ...]
    """Named polylines through the particle (Å), end to end, along which band edges are drawn."""
    realised: dict[str, dict[str, float]]
    """Path in the design to ``{"asked", "realised"}``: Å; a share if the path ends with ``coverage``; numbers
    of atoms for ``root.file``. Further keys name their units; without one they are numbers of things."""
    design_hash: str
    attached_positions: NDArray[Any] = array("attached 3", "Å", default=())
    """Atoms that sit on the network but are no part of it: metal tips and ligands. They are drawn,
    exported and imaged; the force field and the electronic problem do not see them."""
    attached_numbers: NDArray[Any] = array("attached", "1", "i4", default=())
    attached_anchor: NDArray[Any] = array("attached", "1", "i4", default=())
    """The network atom whose displacement each attached atom shares."""
    attached_group: NDArray[Any] = array("attached", "1", "i2", default=())
    """Index into `attached_groups`."""
    attached_groups: tuple[str, ...] = ()
    """What the attached atoms are, e.g. ``tip Pt`` or ``oleate``."""
    limbs: tuple[tuple[str, tuple[float, float, float], tuple[float, float, float]], ...] = ()
    """Straight pieces (arms, rods): name, foot and end in Å. Segments of a limb are called ``name.s1`` …"""
