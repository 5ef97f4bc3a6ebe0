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
    segments: tuple[str, ...]
    """Names, e.g. ``core``, ``arm1.s1``, from the seed out."""
    segment_materials: tuple[str, ...]
    """Material of each segment."""
    paths: tuple[tuple[str, tuple[tuple[float, float, float], ...]], ...]
    """Named polylines through the particle (Å), end to end, along which band edges are drawn."""
    realised: dict[str, dict[str, float]]
    """Path in the design to ``{"asked", "realised"}`` in Å."""
    design_hash: str
