"""Tight-binding sets with spin–orbit on one energy scale: sp3s* and sp3d5s*, fitted or given in a file.

Convention (headers of ``data/sets/*.yaml``): two-centre Slater–Koster integrals from anion to cation with
the signs of Vogl (1983); λ L·σ on p; every hopping scales as (d/d0)^-2.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, final

from epidot.errors import InputError
from epidot.materials.compounds import compound
from epidot.materials.store import choose, read

SETS: Final = ("sp3s_star_T300", "sp3s_star_T0", "sp3d5s_star_T0")
DEFAULT_SET: Final = "sp3s_star_T300"
LATTICES: Final = ("ideal", "real")
"""Of wurtzite: c/a = √(8/3) and u = 3/8 at the bond of zinc blende, or a, c, u of the material."""


@final
@dataclass(frozen=True)
class ParameterSet:
    """A set from a file, checked (`epidot.materials.read_set`), as a value that can be compared and hashed.

    `content` is its canonical JSON: the keys of ``data/sets/*.yaml``.
    """

    name: str
    content: str


@final
@dataclass(frozen=True, kw_only=True)
class TwoCentre:
    """Parameters of one compound in one set: energies, hoppings and λ in eV at the bond length `bond` (Å).

    a: anion, c: cation, S: s*. `V_sapc` is (anion s, cation p, σ), `V_pasc` (anion p, cation s, σ),
    `V_padp` (anion p, cation d, π), `V_dapcs` (anion d, cation p, σ), `V_ddd` (d d δ); all with s* and d that
    the basis does not have are zero. `vbm` (eV) is where the fit put the valence-band maximum on the
    common scale. `computed` holds what the set gives in bulk, `targets` what it was fitted to (eV, m0,
    weights of orbitals); both may be empty in a set from a file.
    """

    name: str
    set: str
    basis: str
    """``sp3s*`` or ``sp3d5s*``."""
    Esa: float
    Epa: float
    Esc: float
    Epc: float
    ESa: float
    ESc: float
    V_ss: float
    V_sapc: float
    V_pasc: float
    V_pps: float
    V_ppp: float
    V_Sapc: float
    V_paSc: float
    lama: float
    lamc: float
    Eda: float = 0.0
    Edc: float = 0.0
    V_SS: float = 0.0
    V_saSc: float = 0.0
    V_Sasc: float = 0.0
    V_sadc: float = 0.0
    V_dasc: float = 0.0
    V_Sadc: float = 0.0
    V_daSc: float = 0.0
    V_pads: float = 0.0
    V_dapcs: float = 0.0
    V_padp: float = 0.0
    V_dapcp: float = 0.0
    V_dds: float = 0.0
    V_ddp: float = 0.0
    V_ddd: float = 0.0
    vbm: float
    bond: float
    temperature: float
    computed: Mapping[str, float]
    targets: Mapping[str, float]
    source: str
    confidence: str


@final
@dataclass(frozen=True)
class Polytype:
    """On-site terms (eV) for an atom with one eclipsed bond along the unit vector c, as in wurtzite.

    Cation s += `vs_c`; anion p += `vp_a` + `delta_a` (1/3 − c cᵀ). Fitted on one of `LATTICES`.
    `computed` holds the bands of that crystal (eV, m0). Where the set has no values all terms are zero,
    `computed` is empty and `sourced` is False.
    """

    name: str
    set: str
    vs_c: float
    vp_a: float
    delta_a: float
    sourced: bool
    computed: Mapping[str, float]
    source: str
    confidence: str


def set_name(set: str | ParameterSet) -> str:
    """What a set is called in results."""
    return set if isinstance(set, str) else set.name


def set_content(set: str | ParameterSet) -> Mapping[str, Any]:
    """All of a set as plain data.

    Raises
    ------
    InputError
        Unknown name; the message names those that exist.
    """
    if isinstance(set, ParameterSet):
        return _parsed(set.content)
    if set not in SETS and set.endswith((".yaml", ".yml")):
        raise InputError("set", set, "is a file, not a name", "Read it with epidot.materials.read_set")
    return read(f"sets/{choose({key: key for key in SETS}, set, 'set', 'tight-binding sets')}")


@cache
def _parsed(content: str) -> Mapping[str, Any]:
    return json.loads(content)


def set_compounds(set: str | ParameterSet) -> tuple[str, ...]:
    """Compounds that a set holds."""
    return tuple(set_content(set)["compounds"])


def _entry(name: str, set: str | ParameterSet) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    chosen = set_content(set)
    compound(name)
    if name not in chosen["compounds"]:
        rule = (
            f"is not in the tight-binding set {set_name(set)}, which holds {', '.join(chosen['compounds'])}"
        )
        others = [other for other in SETS if other != set and name in read(f"sets/{other}")["compounds"]]
        raise InputError("material", name, rule, f"Choose another set: {', '.join(others)}")
    return chosen, chosen["compounds"][name]


def two_centre(name: str, set: str | ParameterSet = DEFAULT_SET) -> TwoCentre:
    """Parameters of a compound in a set.

    Raises
    ------
    InputError
        Unknown compound or set, or a compound that the set does not hold; the message names what there is.
    """
    chosen, entry = _entry(name, set)
    return TwoCentre(
        name=name,
        set=set_name(set),
        basis=chosen["basis"],
        **entry["two_centre"],
        vbm=float(entry["vbm_scale"]),
        bond=float(entry["a_ref"]) * math.sqrt(3.0) / 4.0,
        temperature=float(chosen["temperature"]),
        computed=MappingProxyType(entry.get("computed", {})),
        targets=MappingProxyType(entry.get("targets", {})),
        source=chosen["source"],
        confidence=entry["confidence"],
    )


def polytype(name: str, set: str | ParameterSet = DEFAULT_SET, lattice: str = "real") -> Polytype:
    """Wurtzite terms of a compound in a set for one of `LATTICES`; zero and not sourced where it has none.

    Raises
    ------
    InputError
        Unknown compound, set or lattice; the message names those that exist.
    """
    chosen, entry = _entry(name, set)
    choose(dict.fromkeys(LATTICES), lattice, "lattice", "lattices of wurtzite")
    block = entry.get("wurtzite", {})
    found = block.get(lattice)
    if found is None:
        nothing = MappingProxyType({})
        return Polytype(name, set_name(set), 0.0, 0.0, 0.0, False, nothing, "none: set to zero", "low")
    return Polytype(
        name=name,
        set=set_name(set),
        **{key: float(value) for key, value in found["terms"].items()},
        sourced=True,
        computed=MappingProxyType(found.get("computed", {})),
        source=chosen["source"],
        confidence=block.get("confidence", entry["confidence"]),
    )
