"""The result in words, derived from the data."""

from __future__ import annotations

import re

from epidot.design.design import Design
from epidot.reporting.carriers import Carrier
from epidot.reporting.numbers import duration, fixed, percent, quantity
from epidot.reporting.places import groups, split, told
from epidot.reporting.reading import Reading
from epidot.structure.structure import Structure
from epidot.units import HC

_BRANCHED = {1: "one-armed particle", 2: "two-armed particle", 3: "tripod", 4: "tetrapod", 8: "octapod"}
_PLAIN = {"dot": "dot", "platelet": "platelet", "imported": "nanocrystal"}
_FUSED = {1: "dot", 2: "dimer", 3: "trimer"}


def kind(design: Design, structure: Structure) -> str:
    """What the particle is called: dot, core/shell dot, rod, dot-in-rod, heterorod, tetrapod, dimer…"""
    parts = [split(name) for name in structure.segments]
    shelled = "core/shell " if any(re.fullmatch(r"shell\d+|body", part) for _, part in parts) else ""
    outermost = {owners[0] for owners, _ in parts if owners}
    if any(name.startswith("arm") for name in outermost):
        word = _branched(structure)
    elif dots := {name for name in outermost if name.startswith("dot")}:
        word = _FUSED.get(len(dots), f"chain of {len(dots)} dots")
    elif any(not owners and re.fullmatch(r"s\d+", part) for owners, part in parts):
        word = _rod(structure)
    else:
        crowned = "core/crown " if ([], "crown") in parts else ""
        word = f"{crowned}{_PLAIN.get(design.root.kind, 'particle')}"
    return f"{shelled}{word}"


def metal_tips(structure: Structure) -> list[str]:
    """Metals that sit on ends of the particle, each once."""
    found = (re.fullmatch(r"tip ([A-Z][a-z]?)", group) for group in structure.attached_groups)
    return list(dict.fromkeys(match[1] for match in found if match))


def _branched(structure: Structure) -> str:
    """Name of a particle with arms; branches on arms make it a dendrimer."""
    owners = [split(name)[0] for name in structure.segments]
    arms = len({chain[0] for chain in owners if chain and chain[0].startswith("arm")})
    generations = max(sum(name.startswith("arm") for name in chain) for chain in owners)
    word = _BRANCHED.get(arms, f"particle with {arms} arms")
    return word if generations == 1 else f"{word} with branched arms" if generations == 2 else "dendrimer"


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
    """Where the carrier mostly is, and its share there: ("CdSe core and arms", 0.93)."""
    shares: dict[str, float] = {}
    for name, share in zip(structure.segment_materials, carrier.in_segment, strict=True):
        shares[name] = shares.get(name, 0.0) + float(share)
    material = max(shares, key=lambda name: shares[name])
    found = [group for group in groups(structure) if group.material == material]
    places = [told(structure, group, carrier.in_segment) for group in found]
    places = [place for place in places if place[1] >= 0.1 * shares[material]]
    words = [name for name, _ in places]
    numbers = [name.removeprefix("segment ") for name in words if re.fullmatch(r"segment \d+", name)]
    if len(numbers) == len(words) > 1:
        return f"{material} segments {_joined(numbers)}", sum(share for _, share in places)
    return f"{material} {_joined(words)}", sum(share for _, share in places)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(reading: Reading) -> str:
    """The result in one line: what it is, where the carriers are, what it emits and for how long."""
    optics, structure = reading.run.optics, reading.structure
    metals = "".join(f"{metal}-tipped " for metal in metal_tips(structure))
    name = f"{metals}{materials_of(structure)} {kind(reading.run.design, structure)}"
    atoms = f"{'An' if name[0] in 'AEIOU' else 'A'} {name} of {len(structure.numbers):,} atoms."
    places = [
        f"{carrier.name} in the {where} ({percent(share)})"
        for carrier in (reading.electron, reading.hole)
        for where, share in [home(structure, carrier)]
    ]
    carriers = f"{places[0][0].upper()}{places[0][1:]}, {places[1]}: {optics.alignment}."
    if optics.emission_energy <= 0.0:
        return f"{atoms} {carriers} No emission: the lowest pair state has no positive energy."
    energy = quantity(fixed(optics.emission_energy, 2), "eV")
    wavelength = quantity(fixed(HC / optics.emission_energy, 0), "nm")
    lifetime = duration(optics.radiative_lifetime)
    return f"{atoms} {carriers} Emits at {energy} ({wavelength}), radiative lifetime {lifetime}."
