"""Band edges of all compounds on one energy scale, and named choices of the disputed offsets.

Scale: natural valence-band maximum with ZnS = 0 (Wei and Zunger, APL 72, 2011 (1998)); energy against
the vacuum of a clean surface = scale − 7.20 eV.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, final

from epidot.materials.compounds import compound, names
from epidot.materials.store import choose, read
from epidot.materials.tight_binding import DEFAULT_SET, polytype, two_centre

DEFAULT_OFFSETS: Final = "wei-zunger-1998"


@final
@dataclass(frozen=True)
class OffsetSet:
    """A named choice: rigid shift (eV) of all on-site energies of each compound."""

    name: str
    shifts: Mapping[str, float]
    source: str
    description: str


def _none() -> dict[str, float]:
    return {}


def _sepm() -> dict[str, float]:
    """CdS moves until CdSe/CdS has the valence offset of the pseudopotential reference (zinc blende)."""
    data = read("band_offsets")
    vbm: Any = data["scale"]["vbm"]
    reference: Any = data["ionisation_other"]["pseudopotential_reference"]
    wanted = reference["CdS_zb"]["IP"]["value"] - reference["CdSe_zb"]["IP"]["value"]
    return {"CdS": (vbm["CdSe"]["value"] - vbm["CdS"]["value"]) - wanted}


_SHIFTS: Final[Mapping[str, Callable[[], dict[str, float]]]] = {
    "wei-zunger-1998": _none,
    "rabani-sepm": _sepm,
}


def offset_sets() -> tuple[str, ...]:
    """Names of the offset sets, the default first."""
    return tuple(_SHIFTS)


def offset_set(name: str = DEFAULT_OFFSETS) -> OffsetSet:
    """One offset set; a compound without a shift has 0 eV.

    Raises
    ------
    InputError
        Unknown set; the message names those that exist.
    """
    shifts = choose(_SHIFTS, name, "offsets", "offset sets")()
    text = read("offset_sets")[name]
    return OffsetSet(
        name,
        MappingProxyType({key: shifts.get(key, 0.0) for key in names()}),
        text["source"],
        text["description"],
    )


def vacuum_level() -> float:
    """Vacuum level of a clean surface on the common scale, eV (energy against vacuum = scale − this)."""
    return -float(read("band_offsets")["scale"]["vacuum_shift"]["value"])


def band_edges(
    name: str, phase: str = "zb", set: str = DEFAULT_SET, offsets: str = DEFAULT_OFFSETS
) -> tuple[float, float]:
    """Valence and conduction edge (eV, common scale) that a tight-binding set gives for the unstrained bulk.

    Wurtzite uses the polytype terms on the real lattice; where they are not sourced, the edges are those
    of zinc blende.

    Raises
    ------
    InputError
        Unknown compound, phase, set or offset set; the message names those that exist.
    """
    choose(compound(name).phases, phase, "phase", f"phases of {name}")
    bulk = two_centre(name, set).computed
    wurtzite = polytype(name, set)
    edges = wurtzite.computed if phase == "wz" and wurtzite.sourced else bulk
    vbm = edges["VBM"] + offset_set(offsets).shifts[name]
    return vbm, vbm + edges["Eg"]
