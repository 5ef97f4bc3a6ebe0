"""What the provenance says that the model leaves out, and where the numbers of attached atoms come from."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.design import catalogue, from_dict
from epidot.design.design import SCHEMA
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.materials.ligands import ligand, ligand_layer
from epidot.pipeline import Method
from epidot.pipeline.limits import limits
from epidot.pipeline.provenance import parameter_sources
from epidot.structure import build

DOT = {"kind": "dot", "material": "CdSe", "diameter": "2 nm"}
MUTE = Method(tight_binding=TightBindingMethod(ligand_potential=False))


def design(root=DOT, **keys):
    return from_dict({"schema": SCHEMA, "name": "x", "root": root, **keys})


@pytest.fixture(scope="module")
def bare():
    return build(catalogue.zb_dot(diameter="2 nm"))


def carrying(structure, *groups):
    count = len(groups)
    return dataclasses.replace(
        structure,
        attached_positions=np.zeros((count, 3)),
        attached_numbers=np.full(count, 6),
        attached_anchor=np.arange(count),
        attached_group=np.arange(count),
        attached_groups=groups,
    )


def said(start, plan, structure, method=None):
    return [text for text in limits(plan, structure, method or Method()) if text.startswith(start)]


@pytest.mark.parametrize(("name", "mixed"), [("CdSe", False), ("CdSe0.6S0.4", True)])
def test_alloys_are_said_to_be_random(bare, name, mixed):
    structure = dataclasses.replace(bare, segment_materials=(name,))
    found = said("Alloys are random", design(), structure)
    assert len(found) == mixed
    assert all("virtual compound" in text for text in found)


def test_interfaces_that_are_not_abrupt_are_alloys_too(bare):
    shell = {"material": "CdS", "thickness": "0.6 nm"}
    assert not said("Alloys", design(shells=[shell]), bare)
    assert said("Alloys", design(shells=[shell | {"interface": {"width": "0.3 nm"}}]), bare)
    segment = {"material": "CdSe", "length": "3 nm"}
    rod = {"kind": "stack", "cross_section": {"diameter": "2 nm"}, "segments": [segment]}
    assert not said("Alloys", design(rod), bare)
    assert said("Alloys", design(rod | {"segments": [segment | {"grade_to": "CdS"}]}), bare)


def test_ligands_act_as_dipoles_or_not_at_all(bare):
    structure = carrying(bare, "oleate", "chloride")
    (text,) = said("Ligands", design(), structure)
    assert "(oleate, chloride) act as a sheet of dipoles" in text
    (text,) = said("Ligands", design(), structure, MUTE)
    assert "drawn and weighed only" in text
    assert not said("Ligands", design(), bare)
    assert not said("What the imported ligands are", design(), structure)


def test_imported_ligands_and_metal_act_on_nothing(bare):
    structure = carrying(bare, "ligands", "tip Pt", "metal Au", "tip Pt")
    assert said("What the imported ligands are", design(), structure)
    (text,) = said("Metal", design(), structure)
    assert text.startswith("Metal (Pt, Au) is drawn") and "does not enter the electronic problem" in text
    assert not said("Ligands", design(), structure)
    assert not said("Metal", design(), bare)


def test_what_is_said_about_the_crystal(bare, tmp_path):
    two = dataclasses.replace(bare, materials=("CdSe", "CdTe"))
    assert said("Junctions", design(), two) and not said("Junctions", design(), bare)
    vacancies = [{"type": "vacancy", "species": "anion", "fraction": 0.02}]
    assert said("Vacancies", design(defects=vacancies), bare) and not said("Vacancies", design(), bare)
    dot = {"material": "CdSe", "diameter": "2 nm"}
    dimer = {"kind": "dimer", "dots": [dot, dot], "neck": {"diameter": "1 nm"}}
    assert said("Where the two dots meet", design(dimer | {"twist": "8 deg"}), bare)
    assert not said("Where the two dots meet", design(dimer), bare)
    file = tmp_path / "x.xyz"
    file.write_text("nothing yet")
    imported = design({"kind": "imported", "file": str(file)})
    assert said("Imported positions", imported, two) and not said("Junctions", imported, two)
    assert not said("Imported", design(), two)


def test_temperatures_that_the_bands_are_not_for_are_told(bare):
    cold = design(environment={"temperature": "10 K"})
    assert said("Band parameters are those of 300 K although the environment is at 10 K", cold, bare)
    assert not said("Band parameters", design(), bare)


def test_dipoles_and_metals_are_among_the_parameters(bare):
    structure = carrying(bare, "oleate", "tip Pt", "ligands", "metal Rh")
    rows = {row["name"]: row for row in parameter_sources(structure, Method(), "toluene")}
    dipole, layer = rows["oleate dipole along its bond"], rows["dielectric constant of the layer of ligands"]
    assert (dipole["value"], dipole["unit"]) == (ligand("oleate").dipole.value, "D")
    assert dipole["source"] == ligand("oleate").dipole.source
    assert layer["value"] == ligand_layer().value
    constant = rows["Pt lattice constant (where its atoms are)"]
    assert constant["value"] == materials.metal("Pt").parameters["a"].value and constant["source"]
    assert not any("Rh" in name for name in rows)
    assert all(row["source"] for row in rows.values())
    mute = {row["name"] for row in parameter_sources(structure, MUTE, "toluene")}
    assert not any("dipole" in name or "layer" in name for name in mute)
    assert not any("layer" in row["name"] for row in parameter_sources(bare, Method(), "toluene"))
