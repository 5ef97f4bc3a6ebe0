"""Compounds and their bulk numbers, in zinc blende (zb) and wurtzite (wz).

Lattice constants and bonds are given for alloys as well: those of the compounds, weighted with their
shares (L. Vegard, Z. Phys. 5, 17 (1921)).

Sources: ``data/compounds.yaml`` names one for each number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import final

from epidot.errors import InputError
from epidot.materials.alloys import ATOMIC_NUMBERS, composition, fractions
from epidot.materials.parameter import Parameter
from epidot.materials.store import choose, parameters, read


@final
@dataclass(frozen=True)
class Compound:
    """A binary compound; ``phases[phase][key]`` is a `Parameter`, phase ``zb`` or ``wz``."""

    name: str
    cation: str
    anion: str
    phases: Mapping[str, Mapping[str, Parameter]]


@final
@dataclass(frozen=True)
class Keating:
    """Valence-force-field constants: α and β (eV/Å²), unstrained bond (Å).

    Keating, Phys. Rev. 145, 637 (1966), without Coulomb term, so that
    α = a (C11 + 3 C12)/4 and β = a (C11 − C12)/4.
    """

    alpha: float
    beta: float
    bond: float


@final
@dataclass(frozen=True)
class Wurtzite:
    """The tetrahedron of measured wurtzite: bond along c and the three others (Å), and the energy of it.

    In a cell a, c, u the bonds are u c and √(a²/3 + (1/2 − u)² c²); ideal are c/a = √(8/3), u = 3/8.
    """

    axial: float
    basal: float
    cosine: float
    """Of the angle between the bond along c and one of the others; ideal is −1/3."""
    energy: float
    """Of the bulk above zinc blende, eV per pair of atoms, that is per eclipsed bond."""


@cache
def _compounds() -> Mapping[str, Compound]:
    data = read("compounds")
    return MappingProxyType(
        {
            name: Compound(
                name,
                entry["cation"],
                entry["anion"],
                MappingProxyType(
                    {phase: parameters(entry[phase], data["sources"]) for phase in ("zb", "wz")}
                ),
            )
            for name, entry in data["compounds"].items()
        }
    )


def names() -> tuple[str, ...]:
    """Compounds of the table; designs may use their alloys as well (`composition`)."""
    return tuple(_compounds())


def compound(name: str) -> Compound:
    """Everything known about one compound.

    Raises
    ------
    InputError
        Unknown compound, or an alloy; the message names the compounds that exist or that it holds.
    """
    known = _compounds()
    if name not in known:
        raise _no_compound(name)
    return known[name]


def _no_compound(name: str) -> InputError:
    """The error for a name that is no entry of the table; raises that of `composition` for no name at all."""
    made = composition(name)
    if not made.mixed:
        return InputError("material", name, "is not written as in the table", f"Write {made.name}")
    rule = "is an alloy, and this is known of compounds only"
    return InputError("material", name, rule, f"Ask for {', '.join(fractions(name))}")


def number(name: str, key: str, phase: str = "zb") -> float:
    """One number in inside units (Å, eV, eV/Å², eV/Å³, e/Å², u/Å³, K, m0).

    Raises
    ------
    InputError
        Unknown compound, phase or key; the message lists what exists.
    """
    block = choose(compound(name).phases, phase, "phase", f"phases of {name}")
    return choose(block, key, "parameter", f"parameters of {name} {phase}").inside()


@cache
def lattice_constant(name: str) -> float:
    """Zinc-blende lattice constant of a compound or, by Vegard's law, of an alloy, Å.

    Raises
    ------
    InputError
        No composition; see `composition`.
    """
    return sum(share * number(compound, "a") for compound, share in fractions(name).items())


def bond(name: str) -> float:
    """Bond length a √3/4 of zinc blende, Å; in an alloy that of the mean lattice.

    Raises
    ------
    InputError
        No composition; see `composition`.
    """
    return lattice_constant(name) * math.sqrt(3.0) / 4.0


def keating(name: str) -> Keating:
    """Keating constants of a compound (eV/Å², Å)."""
    return Keating(number(name, "keating_alpha"), number(name, "keating_beta"), bond(name))


@cache
def wurtzite(name: str) -> Wurtzite:
    """Tetrahedron and energy of wurtzite of a compound (Å, eV)."""
    a, c, u, energy = (number(name, key, "wz") for key in ("a", "c", "u", "E_wz_zb"))
    height = (0.5 - u) * c
    basal = math.hypot(a / math.sqrt(3.0), height)
    return Wurtzite(u * c, basal, -height / basal, 2.0 * energy)


def dielectric(name: str) -> float:
    """Optical dielectric constant of zinc blende."""
    return number(name, "epsinf")


@cache
def _by_atoms() -> Mapping[tuple[int, int], str]:
    return {
        (ATOMIC_NUMBERS[entry.cation], ATOMIC_NUMBERS[entry.anion]): name
        for name, entry in _compounds().items()
    }


def compound_of(cation_number: int, anion_number: int) -> str:
    """Name of the compound of two atomic numbers, e.g. (48, 34) is CdSe.

    Raises
    ------
    InputError
        No such compound in the table.
    """
    name = _by_atoms().get((int(cation_number), int(anion_number)))
    if name is None:
        known = ", ".join(f"{key} {pair}" for pair, key in _by_atoms().items())
        raise InputError(
            "(cation, anion)",
            (cation_number, anion_number),
            "is no compound of the table",
            f"There are: {known}",
        )
    return name
