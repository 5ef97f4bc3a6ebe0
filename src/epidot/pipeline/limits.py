"""What the model leaves out that matters for a particle, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from epidot import materials
from epidot.design.design import Design, Dimer, Imported
from epidot.pipeline.method import Method
from epidot.structure import Structure
from epidot.structure.attached import FOREIGN_LIGANDS, tip_element
from epidot.structure.structure import WURTZITE

_ENVELOPES: Final = (
    "Envelope level: single bands with effective masses. Valence bands do not mix, so that hole levels but "
    "the first, fine structure and polarisation are estimates; electron–hole exchange is left out."
)


def limits(design: Design, structure: Structure, method: Method) -> list[str]:
    """Sentences for the report and ``provenance.json``."""
    return [
        *([] if method.level == "atomistic" else [_ENVELOPES]),
        _pairs(method),
        *_crystal(design, structure),
        *_electrostatics(design, structure, method),
        *_surface(design),
        *_attached(structure, method),
        *_bands(design, structure, method),
    ]


def _pairs(method: Method) -> str:
    pairs = method.pairs
    if pairs.interaction == "first order":
        return (
            "Pair energies are first order: no configuration interaction, no electron–hole exchange, "
            "hence no dark–bright splitting."
        )
    exchange = (
        "Electron–hole exchange is left out, hence no dark–bright splitting."
        if pairs.exchange == "none"
        else "One-centre exchange integrals are estimates from Slater's rules."
    )
    return (
        f"Pair states are correlated within the {method.electrons} electron and {method.holes} hole states "
        f"computed, trions and biexcitons within fewer. {exchange}"
    )


def _crystal(design: Design, structure: Structure) -> Iterator[str]:
    root = design.root
    if isinstance(root, Imported):
        yield (
            "Imported positions are where the relaxation starts: the atoms come to rest in the valence force "
            "field, which knows neither ligands nor what reconstructs a surface."
        )
    elif len(structure.materials) > 1:
        yield "Junctions are coherent: misfit dislocations are not modelled."
    if isinstance(root, Dimer) and (root.twist or root.tilt):
        yield (
            "Where the two dots meet turned against each other, atoms are bonded where a bond fits and left "
            "without where none does; real boundaries may order differently."
        )


def _electrostatics(design: Design, structure: Structure, method: Method) -> Iterator[str]:
    asked = method.tight_binding.polarisation
    if structure.phase.any() and asked == "none":
        yield "Piezoelectric and spontaneous polarisation are switched off."
    elif structure.phase.any() or asked == "all":
        bare = method.tight_binding.surface_charge == "bare"
        yield (
            "Polarisation of the crystal acts with the static dielectric constant of the whole particle; "
            + (
                "its bound charge on the surface acts in full, although measured dipoles say otherwise."
                if bare
                else "its bound charge on the surface is taken as compensated by what sits there."
            )
        )
        yield from _polar_constants(structure)
    if design.environment.field is not None:
        yield (
            "The applied field is that in the solvent, without ions; the particle does not turn in it, and "
            "nothing is strained by it."
        )


def _polar_constants(structure: Structure) -> Iterator[str]:
    for name in _wurtzites(structure):
        known = materials.polarity(name).sourced
        if not known:
            yield (
                f"No piezoelectric constants of wurtzite {name} are known: it has those of zinc blende about "
                "[111]. Its spontaneous polarisation is taken as that of what it joins."
            )
        elif "spontaneous" not in known:
            yield f"The spontaneous polarisation of wurtzite {name} is taken as that of what it joins."


def _wurtzites(structure: Structure) -> list[str]:
    """Compounds of which there are atoms in wurtzite."""
    return [
        structure.materials[index]
        for index in sorted(set(structure.material[structure.phase == WURTZITE].tolist()))
    ]


def _surface(design: Design) -> Iterator[str]:
    yield (
        "Missing bonds are closed ideally: the hybrids that point along them are removed. Surfaces do not "
        "reconstruct and have no trap states."
    )
    if any(defect.type == "vacancy" for defect in design.defects):
        yield "Vacancies are closed like surfaces: they hold no charge and no level in the gap."


def _attached(structure: Structure, method: Method) -> Iterator[str]:
    groups = structure.attached_groups
    metals = list(dict.fromkeys(element for group in groups if (element := tip_element(group)) is not None))
    known = [group for group in groups if group != FOREIGN_LIGANDS and tip_element(group) is None]
    if metals:
        yield (
            f"Metal ({', '.join(metals)}) is drawn and weighed but does not enter the electronic problem: no "
            "levels of the metal, no charge transfer or quenching, no image charge; nor does it strain the "
            "crystal."
        )
    if known and method.tight_binding.ligand_potential:
        yield (
            f"Ligands ({', '.join(known)}) act as a sheet of dipoles with moments of small molecules (low "
            "confidence: read trends from them, not positions of levels); they have no levels of their own."
        )
    elif known:
        yield f"Ligands ({', '.join(known)}) are drawn and weighed only: their dipoles are switched off."
    if FOREIGN_LIGANDS in groups:
        yield "What the imported ligands are is not known: they are drawn and weighed, and act on nothing."


def _bands(design: Design, structure: Structure, method: Method) -> Iterator[str]:
    temperature = design.environment.temperature
    fitted = float(materials.set_content(method.tight_binding.parameters)["temperature"])
    if abs(temperature - fitted) > 50.0:
        yield (
            f"Band parameters are those of {fitted:.0f} K although the environment is at {temperature:.0f} K."
        )
    if _mixed(design) or any(materials.composition(name).mixed for name in structure.segment_materials):
        yield (
            "Alloys are random, without short-range order: each bond has the constants of its own compound, "
            "each site the average over its bonds (a virtual compound); no bowing parameter is put in."
        )
    for name in _wurtzites(structure):
        if not materials.polytype(name, method.tight_binding.parameters).sourced:
            yield f"No sourced polytype terms for {name}: its wurtzite has about the zinc-blende gap."
    if {"CdS", "CdSe"} <= set(structure.materials):
        yield "The CdSe/CdS conduction-band offset is disputed; the band given spans the named offset sets."


def _mixed(part: BaseModel) -> bool:
    """Whether some part of a design is graded or has an interface that is not abrupt."""
    for key, value in part:
        if key in ("interface", "grade_to") and value is not None:
            return True
        inner = value if isinstance(value, tuple) else (value,)
        if any(isinstance(entry, BaseModel) and _mixed(entry) for entry in inner):
            return True
    return False
