"""The result in words, derived from the data."""

from __future__ import annotations

import re

from epidot.design.design import BranchPoint, Design, Dot
from epidot.reporting.carriers import Carrier
from epidot.reporting.numbers import duration, fixed, percent, quantity
from epidot.reporting.reading import Reading
from epidot.structure.structure import Structure
from epidot.units import HC

_BRANCHED = {1: "one-armed particle", 2: "two-armed particle", 3: "tripod", 4: "tetrapod"}


def kind(design: Design) -> str:
    """What the particle is called: dot, core/shell dot, rod, dot-in-rod, heterorod, tetrapod…"""
    root = design.root
    if isinstance(root, Dot):
        return "core/shell dot" if design.shells else "dot"
    if isinstance(root, BranchPoint):
        return _BRANCHED.get(len(root.arms), f"particle with {len(root.arms)} arms")
    if root.core is not None:
        return "dot-in-rod"
    return "heterorod" if len({part.material for part in root.segments}) > 1 else "rod"


def materials_of(structure: Structure) -> str:
    """Compounds from the seed out, e.g. ``CdSe/CdTe``."""
    order = sorted(range(len(structure.segments)), key=lambda place: structure.segments[place] != "core")
    return "/".join(dict.fromkeys(structure.segment_materials[place] for place in order))


def role(structure: Structure, place: int) -> str:
    """What a segment is called in a sentence: core, arms, arm tips, shell, segment 2…"""
    name = structure.segments[place]
    arm = re.fullmatch(r"(arm\d+)\.s(\d+)", name)
    if arm:
        last = max(
            int(part.rsplit(".s", 1)[1]) for part in structure.segments if part.startswith(f"{arm[1]}.s")
        )
        number = int(arm[2])
        return "arms" if number == 1 else "arm tips" if number == last else "middle of the arms"
    piece = re.fullmatch(r"s(\d+)", name)
    if piece:
        only = sum(bool(re.fullmatch(r"s\d+", part)) for part in structure.segments) == 1
        return "rod" if only else f"segment {piece[1]}"
    return re.sub(r"^shell\d+$", "shell", name)


def home(structure: Structure, carrier: Carrier) -> tuple[str, float]:
    """Where the carrier mostly is, and its share there: ("CdSe core and arms", 0.93)."""
    shares: dict[str, float] = {}
    for name, share in zip(structure.segment_materials, carrier.in_segment, strict=True):
        shares[name] = shares.get(name, 0.0) + float(share)
    material = max(shares, key=lambda name: shares[name])
    roles: dict[str, float] = {}
    for place, name in enumerate(structure.segment_materials):
        if name == material:
            roles[role(structure, place)] = roles.get(role(structure, place), 0.0) + float(
                carrier.in_segment[place]
            )
    told = [name for name, share in roles.items() if share >= 0.1 * shares[material]]
    return f"{material} {_joined(told)}", sum(roles[name] for name in told)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(reading: Reading) -> str:
    """The result in one line: what it is, where the carriers are, what it emits and for how long."""
    optics, structure = reading.run.optics, reading.structure
    name = f"{materials_of(structure)} {kind(reading.run.design)}"
    atoms = f"A {name} of {len(structure.numbers):,} atoms."
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
