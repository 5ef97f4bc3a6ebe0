"""Fitted tight-binding sets: sp3s* with spin–orbit, on one energy scale.

Convention (``data/tight_binding.yaml``): two-centre Slater–Koster integrals from anion to cation with
the signs of Vogl, Hjalmarson and Dow (1983); λ L·σ on p; every hopping scales as (d/d0)^-2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, final

from epidot.materials.compounds import compound
from epidot.materials.store import choose, read

SETS: Final = ("sp3s_star_T300", "sp3s_star_T0")
DEFAULT_SET: Final = "sp3s_star_T300"


@final
@dataclass(frozen=True)
class TwoCentre:
    """Parameters of one compound in one set: energies, hoppings and λ in eV at the bond length `bond` (Å).

    a: anion, c: cation, S: s*. `V_sapc` is (anion s, cation p, σ), `V_pasc` (anion p, cation s, σ).
    `vbm` (eV) is where the fit put the valence-band maximum on the common scale. `computed` holds what
    the set gives in bulk, `targets` what it was fitted to (eV, m0, weights of orbitals).
    """

    name: str
    set: str
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

    Cation s += `vs_c`; anion p += `vp_a` + `delta_a` (1/3 − c cᵀ). Fitted on ideal wurtzite
    (c/a = √(8/3), u = 3/8). `computed` holds the bands of that crystal (eV, m0). Where the table has no
    values all terms are zero, `computed` is empty and `sourced` is False.
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


@final
@dataclass(frozen=True)
class Deformation:
    """Deformation potentials of the sp3s* sets (eV), and what would mend the shear ones.

    `a_g`, `a_v`, `a_c`: hydrostatic; `b`, `d`: shear, as the sets give them (`d` with internal
    displacement 0.6); `b_measured`, `d_measured`: experiment; `onsite_db`, `onsite_dd`: the on-site
    p term 3 Δb (e_ii − tr e/3) δ_ij + √3 Δd e_ij (i ≠ j) that makes up the difference.
    """

    name: str
    a_g: float
    a_v: float
    a_c: float
    b: float
    d: float
    b_measured: float
    d_measured: float
    onsite_db: float
    onsite_dd: float
    source: str
    confidence: str


def _set(set: str) -> Any:
    return choose({key: read("tight_binding")["sets"][key] for key in SETS}, set, "set", "tight-binding sets")


def two_centre(name: str, set: str = DEFAULT_SET) -> TwoCentre:
    """Parameters of a compound in a set.

    Raises
    ------
    InputError
        Unknown compound or set; the message names those that exist.
    """
    chosen = _set(set)
    entry = chosen["compounds"][compound(name).name]
    return TwoCentre(
        name=name,
        set=set,
        **entry["two_centre"],
        vbm=float(entry["vbm_scale"]),
        bond=float(entry["a_ref"]) * math.sqrt(3.0) / 4.0,
        temperature=float(chosen["temperature"]),
        computed=MappingProxyType(entry["computed"]),
        targets=MappingProxyType(entry["targets"]),
        source=read("tight_binding")["source"],
        confidence=entry["confidence"],
    )


def polytype(name: str, set: str = DEFAULT_SET) -> Polytype:
    """Wurtzite terms of a compound in a set; zero and not sourced where the table has none.

    Raises
    ------
    InputError
        Unknown compound or set; the message names those that exist.
    """
    _set(set)
    compound(name)
    table = read("tight_binding")["polytype"]
    entry = table["sets"][set].get(name)
    if entry is None:
        return Polytype(name, set, 0.0, 0.0, 0.0, False, MappingProxyType({}), "none: set to zero", "low")
    computed = dict(entry)
    terms = {key: float(computed.pop(key)) for key in ("vs_c", "vp_a", "delta_a")}
    return Polytype(
        name=name,
        set=set,
        **terms,
        sourced=True,
        computed=MappingProxyType(computed),
        source=table["source"],
        confidence=table["confidence"],
    )


def deformation(name: str) -> Deformation:
    """Deformation potentials that the sp3s* sets give (eV).

    Raises
    ------
    InputError
        Unknown compound; the message names those that exist.
    """
    table = read("tight_binding")["deformation"]
    entry = table["compounds"][compound(name).name]
    same = {key: float(entry[key]) for key in ("a_g", "a_v", "a_c", "b", "onsite_db", "onsite_dd")}
    return Deformation(
        name=name,
        **same,
        d=float(entry["d_zeta0p6"]),
        b_measured=float(entry["b_ref"]),
        d_measured=float(entry["d_ref"]),
        source=table["source"],
        confidence=table["confidence"],
    )
