"""Metals against measured densities, hexagonal cobalt, ASE's own table, and the colours of compounds."""

import math

import numpy as np
import pytest
from ase.data import atomic_masses, atomic_numbers, reference_states

from epidot import materials
from epidot.errors import InputError

# g/cm³ at 20 °C, CRC Handbook of Chemistry and Physics; cobalt is hexagonal there.
DENSITIES = {"Pt": 21.45, "Au": 19.3, "Co": 8.86, "Ni": 8.90, "Ag": 10.5, "Pd": 12.0}


def test_the_six_metals_are_there():
    assert set(materials.metals()) == set(DENSITIES)
    assert materials.metal("Pt") == materials.metal("Pt")
    assert materials.metal("Pt") != materials.metal("Pd")


@pytest.mark.parametrize("name", DENSITIES)
def test_density_of_the_cubic_crystal_is_the_measured_one(name):
    gram_per_cm3 = 1.66053907 * 4 * atomic_masses[atomic_numbers[name]]
    density = gram_per_cm3 / materials.metal(name).lattice_constant ** 3
    assert density == pytest.approx(DENSITIES[name], rel=0.01 if name == "Co" else 3e-3)


@pytest.mark.parametrize("name", DENSITIES)
def test_lattice_and_radius_agree_with_another_table(name):
    # Kittel's numbers, three digits; neighbours in close packing are `a` apart in hcp, a/√2 in fcc.
    listed = reference_states[atomic_numbers[name]]
    apart = listed["a"] / (1.0 if listed["symmetry"] == "hcp" else math.sqrt(2.0))
    metal = materials.metal(name)
    assert metal.lattice_constant == pytest.approx(math.sqrt(2.0) * apart, abs=0.006)
    assert 2.0 * metal.radius == pytest.approx(metal.lattice_constant / math.sqrt(2.0), abs=2e-4)


def test_every_number_says_where_it_comes_from():
    for name in materials.metals():
        block = materials.metal(name).parameters
        assert set(block) == {"a", "radius"}
        for item in block.values():
            assert item.unit == "Å"
            assert len(item.source) > 5
            assert item.where.startswith(("read: ", "recalled", "computed"))


def test_unknown_metal_is_answered_with_what_exists():
    with pytest.raises(InputError) as caught:
        materials.metal("pt")
    assert caught.value.name == "metal"
    assert "Did you mean Pt?" in caught.value.cure
    assert "Au, Co" in caught.value.cure


def test_colours_differ_from_those_of_compounds_and_of_each_other(as_seen):
    shown = {name: materials.metal(name).colour for name in materials.metals()}
    shown |= {name: materials.colour(name) for name in materials.names()}
    for sight in ("normal", "protan", "deutan"):
        lab = as_seen(list(shown.values()), sight)
        apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
        # Five just noticeable differences (CIE 1976).
        assert apart[~np.eye(len(lab), dtype=bool)].min() > 12.0, sight
