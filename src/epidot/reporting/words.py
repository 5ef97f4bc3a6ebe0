"""The result in words, derived from the data."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from epidot.design.design import Design, Dimer, Dot
from epidot.reporting.carriers import Carrier
from epidot.reporting.numbers import duration, fixed, percent, quantity
from epidot.reporting.places import groups, split, told
from epidot.reporting.reading import Reading
from epidot.structure.structure import Structure
from epidot.units import HC

_BRANCHED = {1: "one-armed particle", 2: "two-armed particle", 3: "tripod", 4: "tetrapod", 8: "octapod"}
_PLAIN = {"dot": "dot", "platelet": "platelet", "imported": "nanocrystal"}
_FUSED = {1: "dot", 2: "dimer", 3: "trimer"}
_SOLIDS: Final = {"sphere": "dot", "wulff": "Wulff dot"}
"""What dots of these shapes are called; others are called as their shape."""
_ENOUGH: Final = 0.75
"""Share of what a material holds of a carrier that the places named must hold."""


def kind(design: Design, structure: Structure) -> str:
    """What the particle is called: dot, core/shell dot, rod, dot-in-rod, heterorod, tetrapod, dimer…"""
    parts = [split(name) for name in structure.segments]
    shelled = "core/shell " if any(re.fullmatch(r"shell\d+|body", part) for _, part in parts) else ""
    outermost = {owners[0] for owners, _ in parts if owners}
    if any(name.startswith("arm") for name in outermost):
        word = _branched(structure)
    elif dots := {name for name in outermost if name.startswith("dot")}:
        word = _FUSED.get(len(dots), f"chain of {len(dots)} dots") + _plates(design)
    elif any(not owners and re.fullmatch(r"s\d+", part) for owners, part in parts):
        word = _rod(structure)
    else:
        crowned = "core/crown " if ([], "crown") in parts else ""
        word = f"{crowned}{_compact(design)}"
    return f"{shelled}{word}"


def _compact(design: Design) -> str:
    """Name of a particle in one piece, dots by their shape."""
    if isinstance(design.root, Dot):
        return _SOLIDS.get(design.root.shape, design.root.shape.replace("_", " "))
    return _PLAIN.get(design.root.kind, "particle")


def _plates(design: Design) -> str:
    """`` of plates`` where all of fused dots are flat prisms."""
    if not isinstance(design.root, Dimer):
        return ""
    flat = (
        dot.shape == "hexagonal_prism" and 2 * (dot.height or dot.diameter) < dot.diameter
        for dot in design.root.dots
    )
    return " of plates" if all(flat) else ""


def metal_tips(structure: Structure) -> list[str]:
    """Metals that sit on ends of the particle, each once."""
    found = (re.fullmatch(r"tip ([A-Z][a-z]?)", group) for group in structure.attached_groups)
    return list(dict.fromkeys(match[1] for match in found if match))


def carried(structure: Structure) -> str:
    """What sits on the particle besides metal tips: `` with 58 oleate ligands``, else nothing."""
    told: list[str] = []
    for index, group in enumerate(structure.attached_groups):
        if group.startswith("tip "):
            continue
        if group.startswith("metal "):
            told.append(group.removeprefix("metal "))
            continue
        # All atoms of one ligand share an anchor that no other has.
        count = len(np.unique(structure.attached_anchor[structure.attached_group == index]))
        word = "" if group == "ligands" else f" {group}"
        told.append(f"{count:,}{word} ligand{'' if count == 1 else 's'}")
    return f" with {_joined(told)}" if told else ""


def _branched(structure: Structure) -> str:
    """Name of a particle with arms; branches on branches make it a dendrimer."""
    owners = [split(name)[0] for name in structure.segments]
    arms = len({chain[0] for chain in owners if chain and chain[0].startswith("arm")})
    generations = max(sum(name.startswith("arm") for name in chain) for chain in owners)
    word = _BRANCHED.get(arms, f"particle with {arms} arms")
    if generations > 2:
        return "dendrimer"
    nested = {".".join(chain) for chain in owners if len(chain) > 1}
    bent = {name.split(".")[0] for name in nested}
    how = ("a bent arm" if len(bent) == 1 else "bent arms") if len(nested) == len(bent) else "branched arms"
    return word if generations == 1 else f"{word} with {how}"


def _rod(structure: Structure) -> str:
    """Name of a rod by its core, its branched ends and its materials."""
    parts = [split(name) for name in structure.segments]
    ends = {owners[0] for owners, _ in parts if len(owners) > 1 and owners[0] in ("tip", "base")}
    if ends:
        return "branched rod" if len(ends) == 1 else "rod branched at both ends"
    if ([], "core") in parts:
        return "dot-in-rod"
    pieces = {
        material
        for (_, part), material in zip(parts, structure.segment_materials, strict=True)
        if not part.startswith("shell")
    }
    return "heterorod" if len(pieces) > 1 else "rod"


def materials_of(structure: Structure) -> str:
    """Compounds and alloys from the seed out, e.g. ``CdSe/CdTe``."""
    order = sorted(
        range(len(structure.segments)), key=lambda place: split(structure.segments[place])[1] != "core"
    )
    return "/".join(dict.fromkeys(structure.segment_materials[place] for place in order))


def home(structure: Structure, carrier: Carrier) -> tuple[str, float]:
    """Where the carrier mostly is, and its share there: ("CdSe core and arms", 0.93).

    The places with the largest shares in the material that holds most of it, until they hold three
    quarters of what the material holds.
    """
    every = groups(structure)
    if len(every) == 1:
        return "whole particle", 1.0
    shares: dict[str, float] = {}
    for name, share in zip(structure.segment_materials, carrier.in_segment, strict=True):
        shares[name] = shares.get(name, 0.0) + float(share)
    material = max(shares, key=lambda name: shares[name])
    places = [told(structure, group, carrier.in_segment) for group in every if group.material == material]
    named: set[int] = set()
    for place in sorted(range(len(places)), key=lambda number: -places[number][1]):
        if sum(places[other][1] for other in named) < _ENOUGH * shares[material]:
            named.add(place)
    words = [places[place][0] for place in sorted(named)]
    total = sum(places[place][1] for place in named)
    numbers = [name.removeprefix("segment ") for name in words if re.fullmatch(r"segment \d+", name)]
    if len(numbers) == len(words) > 1:
        return f"{material} segments {_joined(numbers)}", total
    return f"{material} {_joined(_both_ends(words))}", total


def _both_ends(words: list[str]) -> list[str]:
    """``branch points at the tip and the base`` for two words that differ in the end alone."""
    halves = [word.rsplit(" at ", 1) for word in words]
    if len(words) != 2 or any(len(half) < 2 for half in halves) or halves[0][0] != halves[1][0]:
        return words
    what = halves[0][0]
    if what[-1].isdigit():
        return words
    what = what if what.endswith("s") else f"{what}s"
    return [f"{what} at {halves[0][1]} and {halves[1][1]}"]


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(reading: Reading) -> str:
    """The result in one line: what it is, where the carriers are, what it emits and for how long."""
    optics, structure = reading.run.optics, reading.structure
    metals = "".join(f"{metal}-tipped " for metal in metal_tips(structure))
    name = f"{metals}{materials_of(structure)} {kind(reading.run.design, structure)}"
    article = "An" if name[0] in "AEIOU" else "A"
    atoms = f"{article} {name} of {len(structure.numbers):,} atoms{carried(structure)}."
    carriers = f"{_whereabouts(reading)}: {optics.alignment}."
    if optics.emission_energy <= 0.0:
        return f"{atoms} {carriers} No emission: the lowest pair state has no positive energy."
    energy = quantity(fixed(optics.emission_energy, 2), "eV")
    wavelength = quantity(fixed(HC / optics.emission_energy, 0), "nm")
    lifetime = duration(optics.radiative_lifetime)
    return f"{atoms} {carriers} Emits at {energy} ({wavelength}), radiative lifetime {lifetime}."


def _whereabouts(reading: Reading) -> str:
    """Where electron and hole are."""
    (first, most), (second, much) = (
        home(reading.structure, carrier) for carrier in (reading.electron, reading.hole)
    )
    if len(groups(reading.structure)) == 1:
        return "Electron and hole share the whole particle"
    return f"Electron in the {first} ({percent(most)}), hole in the {second} ({percent(much)})"
