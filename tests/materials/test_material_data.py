"""The numbers against physics: each is compared with other numbers, or with another table."""

import math

import pytest
from ase.data import atomic_masses

from epidot import materials
from epidot.materials.alloys import ATOMIC_NUMBERS
from epidot.materials.parameter import INSIDE
from epidot.materials.store import read

COMPOUNDS = ("CdS", "CdSe", "CdTe", "ZnS", "ZnSe", "ZnTe")
WHERE = ("read: ", "recalled", "computed")


def mass(name):
    entry = materials.compound(name)
    return atomic_masses[ATOMIC_NUMBERS[entry.cation]] + atomic_masses[ATOMIC_NUMBERS[entry.anion]]


def every_parameter():
    for name in materials.names():
        for phase, block in materials.compound(name).phases.items():
            for key, item in block.items():
                yield f"{name}.{phase}.{key}", item


def numbers_of(tree, path=()):
    if isinstance(tree, dict) and "value" in tree:
        yield path, tree
    elif isinstance(tree, dict):
        for key, child in tree.items():
            yield from numbers_of(child, (*path, key))


def test_the_six_compounds_have_both_phases():
    assert set(materials.names()) == set(COMPOUNDS)
    assert all(set(materials.compound(name).phases) == {"zb", "wz"} for name in COMPOUNDS)


def test_every_parameter_says_unit_source_confidence_and_how_it_was_consulted():
    found = list(every_parameter())
    assert len(found) > 300
    for path, item in found:
        assert math.isfinite(item.value), path
        assert item.unit in INSIDE, path
        assert len(item.source) > 5, path
        assert item.where.startswith(WHERE), path
        assert item.confidence in ("high", "medium", "low"), path
        assert item.temperature == (0.0 if path.endswith("_0K") else 300.0), path


@pytest.mark.parametrize("file", ["compounds", "band_offsets", "force_fields", "solvents", "metals"])
def test_every_number_of_a_file_has_a_source_that_the_file_lists_and_every_source_is_used(file):
    data = read(file)
    found = list(numbers_of(data))
    used = {tree["source"] for _, tree in found}
    assert len(found) >= 7
    assert used == set(data["sources"])
    for path, tree in found:
        assert {"value", "unit", "source", "confidence"} <= set(tree), path
        assert tree["unit"] in INSIDE, path
        assert tree["confidence"] in ("high", "medium", "low"), path


@pytest.mark.parametrize("name", COMPOUNDS)
def test_keating_constants_follow_from_elastic_constants(name):
    # Keating (1966) without Coulomb; everything in eV and Å, so the unit factors are tested with it.
    a, c11, c12 = (materials.number(name, key) for key in ("a", "C11", "C12"))
    field = materials.keating(name)
    assert field.alpha == pytest.approx(a * (c11 + 3 * c12) / 4, rel=1e-3)
    assert field.beta == pytest.approx(a * (c11 - c12) / 4, rel=2e-3)
    assert field.bond == pytest.approx(a * math.sqrt(3) / 4, abs=1e-12)
    assert field.bond == pytest.approx(materials.number(name, "bond"), abs=1e-4)


@pytest.mark.parametrize("name", COMPOUNDS)
@pytest.mark.parametrize("phase", ["zb", "wz"])
def test_density_follows_from_lattice_and_atomic_masses(name, phase):
    a = materials.number(name, "a", phase)
    cell, pairs = a**3, 4
    if phase == "wz":
        cell, pairs = math.sqrt(3) / 2 * a**2 * materials.number(name, "c", phase), 2
    assert materials.number(name, "density", phase) == pytest.approx(pairs * mass(name) / cell, rel=2e-3)


@pytest.mark.parametrize("name", COMPOUNDS)
@pytest.mark.parametrize("phase", ["zb", "wz"])
def test_crystals_are_elastically_stable(name, phase):
    def stiffness(key):
        return materials.number(name, key, phase)

    assert stiffness("C11") > stiffness("C12") > 0
    assert stiffness("C44") > 0
    if phase == "zb":
        assert stiffness("C11") + 2 * stiffness("C12") > 0
    else:
        assert (stiffness("C11") + stiffness("C12")) * stiffness("C33") > 2 * stiffness("C13") ** 2


@pytest.mark.parametrize("name", COMPOUNDS)
def test_wurtzite_and_zinc_blende_have_nearly_the_same_bond_and_volume(name):
    a, c, u = (materials.number(name, key, "wz") for key in ("a", "c", "u"))
    assert math.sqrt(3) / 2 * a**2 * c / 2 == pytest.approx(
        materials.lattice_constant(name) ** 3 / 4, rel=0.015
    )
    assert u * c == pytest.approx(materials.bond(name), rel=0.012)


@pytest.mark.parametrize("name", COMPOUNDS)
def test_index_of_refraction_is_the_root_of_the_optical_constant(name):
    assert materials.number(name, "n_inf") == pytest.approx(math.sqrt(materials.dielectric(name)), abs=2e-3)


@pytest.mark.parametrize("name", COMPOUNDS)
def test_stillinger_weber_has_the_lattice_of_the_table_and_ideal_wurtzite(name):
    simulated = {key: item.inside() for key, item in materials.stillinger_weber(name).items()}
    assert simulated["a_zb"] == pytest.approx(materials.lattice_constant(name), rel=4e-3)
    assert simulated["a_wz"] * math.sqrt(2) == pytest.approx(simulated["a_zb"], rel=2e-3)
    assert simulated["c_wz"] / simulated["a_wz"] == pytest.approx(math.sqrt(8 / 3), rel=2e-3)


def test_ions_of_the_pair_potential_are_neutral_in_pairs_and_in_electronvolts():
    cadmium, selenium = materials.ion("Cd"), materials.ion("Se")
    assert cadmium.charge == 1.18
    assert cadmium.charge + selenium.charge == 0.0
    assert selenium.epsilon == pytest.approx(14.9 * 8.617333e-5, rel=1e-6)


@pytest.fixture(scope="module")
def registry():
    import pint

    return pint.UnitRegistry(cache_folder=None)


@pytest.mark.parametrize("key", sorted(INSIDE))
def test_unit_factors_agree_with_pint(key, registry):
    spelled = {"eV/atom": "eV", "m0": "electron_mass", "1": "dimensionless", "u/Å^3": "dalton/angstrom**3"}
    factor, inside = INSIDE[key]
    independent = registry.Quantity(1.0, spelled.get(key, key)).to(spelled.get(inside, inside))
    assert factor == pytest.approx(independent.magnitude, rel=1e-8)


def test_inside_values_are_converted():
    assert materials.number("CdSe", "C11") == pytest.approx(66.7 / 160.2176634)
    assert materials.number("CdSe", "aB") == pytest.approx(56.0)
    assert materials.number("CdSe", "LO") == pytest.approx(0.0262)
    assert materials.number("CdSe", "c", "wz") == 7.0109


def test_solvents_are_squares_of_indices_of_refraction():
    assert set(materials.solvents()) == {
        "vacuum", "air", "hexane", "toluene", "chloroform", "tetrachloroethylene", "water",
    }  # fmt: skip
    assert materials.solvent("vacuum").dielectric == 1.0
    assert materials.solvent("toluene").dielectric == pytest.approx(1.4961**2)
    # At one density, molar refraction orders the constants: water lowest, the densest chlorocarbon highest.
    order = ("water", "hexane", "chloroform", "toluene", "tetrachloroethylene")
    constants = [materials.solvent(name).dielectric for name in order]
    assert constants == sorted(constants)
    assert all("CRC" in materials.solvent(name).source for name in order)


def test_atoms_make_compounds():
    from ase.data import atomic_numbers

    for name in COMPOUNDS:
        pair = atomic_numbers[name[:2]], atomic_numbers[name[2:]]
        assert materials.compound_of(*pair) == name


def test_a_block_of_parameters_cannot_be_changed():
    block = materials.compound("CdSe").phases["zb"]
    with pytest.raises(TypeError):
        block["a"] = None


def test_no_number_names_a_machine_or_a_package_host():
    for file in (
        "compounds",
        "band_offsets",
        *(f"sets/{name}" for name in materials.SETS),
        "force_fields",
        "solvents",
        "offset_sets",
        "metals",
    ):
        text = str(read(file))
        for word in ("/home", "/work", "/tmp", "pypi", "PyPI", "index id", "localhost", "memory"):
            assert word not in text, (file, word)
