"""The catalogue: templates of particles, as functions with plain arguments and as commented YAML.

Lengths are strings with unit (``"4 nm"``) or floats in Å. Ids follow the families of the field:
N nanocrystals of one material, Q core/shell dots, S rods and tetrapods of one material, L linear
heterorods, B branched rods, T tetrapods of several materials, D dendrimers and other numbers of
arms (Milliron et al., Nature 430, 190 (2004) and successors), R seeded, knobbed and metal-tipped
rods, M fused dots, P platelets. Default sizes are those of the field, with arms short enough for
a first run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias, final

from epidot.design.design import SCHEMA, Design
from epidot.design.quantities import near
from epidot.design.read import from_dict, loads
from epidot.errors import InputError

Size: TypeAlias = str | float
"""A length: text with unit, or a float in Å."""
Piece: TypeAlias = tuple[str, Size]
"""Material and length (of a segment) or thickness (of a shell)."""
Phase: TypeAlias = Literal["zb", "wz"]


@final
@dataclass(frozen=True)
class Template:
    """One entry: id and what rows of the literature it stands for, and the text that `epidot new` writes."""

    id: str
    name: str
    title: str
    description: str
    yaml_text: str


def zb_dot(material: str = "CdSe", diameter: Size = "4 nm") -> Design:
    """A zinc-blende sphere. Raises `InputError`."""
    return _dot("zb", material, diameter)


def wz_dot(material: str = "CdSe", diameter: Size = "4 nm") -> Design:
    """A wurtzite sphere. Raises `InputError`."""
    return _dot("wz", material, diameter)


def core_shell_dot(
    core: str = "CdSe",
    shell: str = "CdS",
    core_diameter: Size = "3.6 nm",
    shell_thickness: Size = "1.4 nm",
    outer: Piece | None = None,
    phase: Phase = "zb",
) -> Design:
    """A sphere in a shell, with `outer` (material, thickness) as a second shell. Raises `InputError`."""
    pieces = _pairs("outer", [(shell, shell_thickness), *([outer] if outer else [])])
    root = {
        "kind": "dot",
        "phase": phase,
        "material": core,
        "diameter": _size("core_diameter", core_diameter),
    }
    shells = [{"material": what, "thickness": _size("thickness", thick)} for what, thick in pieces]
    return _design("/".join([str(core), *(what for what, _ in pieces)]) + " core/shell dot", root, shells)


def wz_rod(material: str = "CdSe", length: Size = "25 nm", diameter: Size = "4 nm") -> Design:
    """A wurtzite rod of one material. Raises `InputError`."""
    return _design(f"{material} rod", _stack([(material, length)], diameter, "wz"))


def dot_in_rod(
    core: str = "CdSe",
    rod: str = "CdS",
    core_diameter: Size = "3 nm",
    rod_length: Size = "25 nm",
    rod_diameter: Size = "4.4 nm",
    position: Size | None = None,
) -> Design:
    """A sphere in a rod; `position` of its centre from the base, by default a third. Raises `InputError`."""
    inside = {"material": core, "diameter": _size("core_diameter", core_diameter)}
    if position is not None:
        inside["position"] = _size("position", position)
    root = {**_stack([(rod, rod_length)], rod_diameter, "wz"), "core": inside}
    return _design(f"{core} dot in a {rod} rod", root)


def heterorod(
    segments: Sequence[Piece] = (("CdTe", "8 nm"), ("CdSe", "12 nm"), ("CdTe", "8 nm")),
    diameter: Size = "4 nm",
    phase: Phase = "wz",
) -> Design:
    """A rod of any number of segments, from base to tip. Raises `InputError`."""
    pieces = _pairs("segments", segments)
    return _design("–".join(what for what, _ in pieces) + " rod", _stack(pieces, diameter, phase))


def tetrapod(
    core: str = "CdSe",
    arm: str | None = None,
    core_diameter: Size = "4 nm",
    arm_length: Size | None = None,
    arm_diameter: Size = "4 nm",
    extension: Piece | None = None,
    segments: Sequence[Piece] | None = None,
) -> Design:
    """A zinc-blende core with four equal wurtzite arms.

    Parameters
    ----------
    core, core_diameter : the sphere in the middle.
    arm, arm_length : material and length of each arm; by default that of the core, 25 nm.
    arm_diameter : diameter of the circle of equal area.
    extension : material and length of what grows on the end of each arm.
    segments : all pieces of each arm from the core out, instead of `arm`, `arm_length`, `extension`.

    Raises
    ------
    InputError
        A value that cannot be used, or both ways of describing the arms.
    """
    if segments is not None and (arm, arm_length, extension) != (None, None, None):
        rule = "describes whole arms and excludes arm, arm_length and extension"
        raise InputError("segments", f"{len(segments)} pieces", rule, "Give one or the other")
    first = (arm or core, "25 nm" if arm_length is None else arm_length)
    grown = segments if segments is not None else [first, *([extension] if extension else [])]
    pieces = _pairs("segments" if segments is not None else "extension", grown)
    limb = {"cross_section": _section(arm_diameter, "arm_diameter"), "segments": _pieces(pieces)}
    root = {
        "kind": "branch_point",
        "material": pieces[0][0] if pieces else core,
        "core": {"material": core, "diameter": _size("core_diameter", core_diameter)},
        "arms": [{"facet": facet, **limb} for facet in range(4)],
    }
    return _design("–".join(dict.fromkeys([str(core), *(what for what, _ in pieces)])) + " tetrapod", root)


def design(name: str) -> Design:
    """The particle of any template, at its default sizes. Raises `InputError` that lists the names."""
    return loads(template(name).yaml_text, name)


def names() -> tuple[str, ...]:
    """Names of all templates."""
    return tuple(_TITLES)


@cache
def template(name: str) -> Template:
    """One template by its name. Raises `InputError` that lists the names."""
    if name not in _TITLES:
        cure = f"{near(name, _TITLES)}Templates: {', '.join(_TITLES)}"
        raise InputError("template", name, "is not in the catalogue", cure)
    text = files("epidot.design").joinpath("templates", f"{name}.yaml").read_text(encoding="utf-8")
    return Template(_TITLES[name][0], name, _TITLES[name][1], _TITLES[name][2], text)


_TITLES: Final[dict[str, tuple[str, str, str]]] = {
    "zb_dot": ("N1", "Zinc-blende dot", "A CdSe sphere of 4 nm: the smallest thing to try"),
    "wz_dot": ("N2", "Wurtzite dot", "A wurtzite CdSe sphere: seed of dot-in-rods"),
    "octahedron": ("N3", "Octahedral dot", "Polyhedra of zinc blende, cation-rich, with ligands"),
    "wulff_dot": ("N4", "Wulff dot", "A wurtzite dot shaped by surface energies"),
    "imperfect_rod": ("N5", "Imperfect rod", "Faults, a zinc-blende insertion, roughness and vacancies"),
    "core_shell_dot": ("Q1", "Core/shell dot", "CdSe in CdS; any number of shells, type I to type II"),
    "wz_rod": ("S1", "Rod", "A CdSe rod"),
    "cds_rod": ("S2", "CdS rod", "A CdS rod with a pyramidal (0001) end"),
    "cdte_tetrapod": ("S3", "CdTe tetrapod", "One material: zinc-blende core, wurtzite arms"),
    "cdse_tetrapod": ("S4", "CdSe tetrapod", "One material: zinc-blende core, wurtzite arms"),
    "cds_tetrapod": ("S5", "CdS tetrapod", "One material, with arms that differ as the seed draws them"),
    "type1_rod": ("L1", "CdS–CdSe–CdS rod", "A CdSe rod with CdS on both ends, mixed interfaces"),
    "heterorod": ("L2", "Linear heterorod", "CdTe–CdSe–CdTe; any order of any number of segments"),
    "double_dot_rod": (
        "L3",
        "Two CdSe dots in a CdS rod",
        "Coupled wells through a CdS barrier: height by material, width by length",
    ),
    "superlattice_rod": ("L4", "Superlattice rod", "n segments in any order, one an alloy, one graded"),
    "branched_rod": ("B1", "Rod branched at both ends", "CdSe rod, three CdTe arms on each end"),
    "rocket": ("B2", "Rocket tetrapod", "CdSe rod: CdTe branches on one end, linear CdTe on the other"),
    "spacer_branch": ("B3", "Branch behind a spacer", "CdSe rod, CdS barrier, CdTe branch point"),
    "tetrapod": ("T1", "Tetrapod with extended arms", "CdSe tetrapod with CdTe extensions"),
    "branched_tetrapod": (
        "T2",
        "Tetrapod with branched arms",
        "CdSe tetrapod, CdTe branches on every arm: second generation",
    ),
    "cds_cdte_tetrapod": ("T3", "CdS tetrapod with CdTe ends", "Any other order of materials"),
    "core_shell_tetrapod": ("T4", "Core/shell tetrapod", "A CdTe tetrapod in a CdSe shell"),
    "dot_with_rods": ("T5", "Dot with four rods", "CdSe dot, CdS arms (also CdTe dot, CdSe arms)"),
    "tipped_tetrapod": (
        "T6",
        "Tetrapod with dots at the tips",
        "CdSe core, CdS arms, CdSe tips: five coupled wells",
    ),
    "dendrimer": (
        "D1",
        "Dendrimer",
        "Branch on branch: give each end another branch point for one generation more",
    ),
    "octapod": ("D2", "Octapod", "Arms on all eight {111} facets"),
    "tripod": ("D3", "Tripod with unequal and bent arms", "Missing, unequal and bent arms"),
    "dot_in_rod": ("R1", "Dot in a rod", "A CdSe sphere in a CdS rod: type I to quasi-type II"),
    "rod_in_rod": ("R2", "Rod in a rod", "A CdSe rod in a CdS shell, thicker on the ends"),
    "nanobarbell": ("R3", "Nanobarbell", "A CdSe rod with thicker CdTe ends"),
    "double_qd": ("R4", "Double quantum dot", "CdTe core, CdS barrier, CdSe dot in one rod"),
    "metal_tipped_rod": ("R5", "Metal-tipped rod", "CdSe dot in a CdS rod with a Pt tip"),
    "metal_tipped_tetrapod": ("R6", "Metal-tipped tetrapod", "CdSe dot with CdS arms and gold tips"),
    "fused_dimer": (
        "M1",
        "Fused dimer",
        "Two CdSe/CdS dots through a neck of chosen width and misorientation",
    ),
    "platelet_dimer": ("M2", "Dots in fused plates", "Two CdSe-in-CdS plates joined along <11-20>"),
    "platelet": ("P1", "Platelet", "Zinc-blende CdSe platelet of whole monolayers with a CdS crown"),
}
"""Name: id, title, description. A template is a line here and templates/NAME.yaml."""


def _dot(phase: Phase, material: str, diameter: Size) -> Design:
    root = {"kind": "dot", "phase": phase, "material": material, "diameter": _size("diameter", diameter)}
    kind = "zinc-blende" if phase == "zb" else "wurtzite"
    return _design(f"{material} {kind} dot", root)


def _stack(pieces: Sequence[Piece], diameter: Size, phase: Phase) -> dict[str, Any]:
    section = _section(diameter, "diameter")
    return {"kind": "stack", "phase": phase, "cross_section": section, "segments": _pieces(pieces)}


def _section(diameter: Size, argument: str) -> dict[str, Any]:
    return {"shape": "hexagon", "diameter": _size(argument, diameter)}


def _pieces(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    return [{"material": what, "length": _size("length", length)} for what, length in pieces]


def _pairs(argument: str, given: Sequence[Any]) -> list[Piece]:
    for entry in given:
        if not isinstance(entry, list | tuple) or len(entry) != 2 or not isinstance(entry[0], str):
            raise InputError(argument, entry, "must be material and length", 'Write e.g. ("CdTe", "4 nm")')
    return list(given)


def _size(argument: str, given: object) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, int | float) and not isinstance(given, bool):
        return f"{float(given)!r} Å"
    raise InputError(argument, given, "must be text with a unit or a number in Å", 'Write e.g. "4 nm"')


def _design(name: str, root: dict[str, Any], shells: Sequence[dict[str, Any]] = ()) -> Design:
    data = {"schema": SCHEMA, "name": name, "root": root, "shells": list(shells)}
    return from_dict(data, "catalogue")
