"""Compositions against lattice matches that growers use, against counting bonds, and against CIE colours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epidot import materials
from epidot.errors import InputError
from epidot.materials import alloys

CATIONS, ANIONS = ("Cd", "Zn"), ("Te", "Se", "S")


@st.composite
def compositions(draw):
    """Elements with fractions in thousandths, in the canonical order, and their text."""
    parts = []
    for elements in (CATIONS, ANIONS):
        cuts = sorted(draw(st.integers(0, 1000)) for _ in elements[1:])
        shares = np.diff([0, *cuts, 1000])
        parts.append({element: int(n) for element, n in zip(elements, shares, strict=True)})
    return parts


@given(compositions())
def test_names_say_what_they_hold(parts):
    text = "".join(f"{element}{n / 1000}" for part in parts for element, n in part.items())
    made = materials.composition(text)
    held = [{element: n / 1000 for element, n in part.items() if n} for part in parts]
    assert [dict(made.cations), dict(made.anions)] == held
    assert list(made.cations) + list(made.anions) == [element for part in held for element in part]
    again = materials.composition(made.name)
    assert {again, made} == {made}
    assert again.name == made.name
    assert (dict(again.cations), dict(again.anions)) == (dict(made.cations), dict(made.anions))
    assert made.mixed == (len(made.cations) + len(made.anions) > 2) == (made.name not in materials.names())
    assert sum(materials.fractions(text).values()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("CdSe", "CdSe"),
        ("CdSe1.0S0", "CdSe"),
        ("CdS.40Se0.60", "CdSe0.6S0.4"),
        ("S0.5Cd0.25Te0.5Zn0.75", "Cd0.25Zn0.75Te0.5S0.5"),
        ("CdSe0.3334S0.6669", "CdSe0.3334S0.6669"),
    ],
)
def test_one_material_has_one_name(written, name):
    assert materials.composition(written).name == name
    assert sum(materials.composition(written).anions.values()) == pytest.approx(1.0, abs=1e-15)


def test_shares_of_compounds_are_those_of_random_bonds():
    draw = np.random.default_rng(3)
    cation = np.where(draw.random(400_000) < 0.7, "Cd", "Zn")
    anion = np.where(draw.random(400_000) < 0.2, "Se", "S")
    bonds, counts = np.unique(np.char.add(cation, anion), return_counts=True)
    counted = dict(zip(bonds.tolist(), counts / 400_000, strict=True))
    assert dict(materials.fractions("Cd0.7Zn0.3Se0.2S0.8")) == pytest.approx(counted, abs=0.003)


@pytest.mark.parametrize(
    ("name", "lattice"),
    [
        # Substrates for HgCdTe: 6.465 Å. ZnSSe grown on GaAs (5.6533 Å) without misfit holds 6 % of S.
        ("Cd0.96Zn0.04Te", 6.465),
        ("ZnSe0.94S0.06", 5.6533),
    ],
)
def test_lattice_of_alloys_that_are_grown_without_misfit(name, lattice):
    assert materials.lattice_constant(name) == pytest.approx(lattice, rel=3e-4)
    assert materials.bond(name) == pytest.approx(math.sqrt(3) / 4 * lattice, rel=3e-4)


@pytest.mark.parametrize("name", ["CdS", "CdSe", "CdTe", "ZnS", "ZnSe", "ZnTe"])
def test_compounds_keep_their_numbers_and_all_spellings_agree(name):
    assert materials.lattice_constant(name) == materials.number(name, "a")
    assert materials.bond(name) == materials.number(name, "a") * math.sqrt(3.0) / 4.0
    assert materials.lattice_constant(f"{name}1.0") == materials.lattice_constant(name)
    assert materials.colour(f"{name}1") == materials.colour(name)


def test_lattice_of_four_elements_is_linear_on_each_sublattice():
    def lattice(cadmium, selenium):
        return materials.lattice_constant(f"Cd{cadmium}Zn{1 - cadmium}Se{selenium}S{1 - selenium}")

    corners = [lattice(x, y) for x in (0, 1) for y in (0, 1)]
    assert len(set(corners)) == 4
    assert lattice(0.5, 0.5) == pytest.approx(np.mean(corners), abs=1e-12)
    assert lattice(0.25, 1) == pytest.approx(0.25 * corners[3] + 0.75 * corners[1], abs=1e-12)


WRONG = {
    "": ("is no composition", "CdS, CdSe"),
    "cdse": ("is no composition", "CdSe?"),
    "CdSexS1-x": ("is no composition", "CdSe?"),
    "CdSe0,6S0,4": ("is no composition", "CdSe0.6S0.4"),
    "CdSe1e-3S": ("is no composition", "CdSe?"),
    "CdSe-0.2S1.2": ("must not be negative", "CdSe?"),
    "CdSe0.6S0.5": ("anions must add up to 1, not 1.1", "Did you mean CdSe0.545S0.455?"),
    "CdSe0.602S0.4": ("anions must add up to 1, not 1.002", "Did you mean CdSe0.601S0.399?"),
    "CdSe0.6": ("not 0.6", "Did you mean CdSe0.6S0.4?"),
    "Cd0.2S": ("cations must add up to 1, not 0.2", "Did you mean Cd0.2Zn0.8S?"),
    "ZnCdS": ("not 2", "Did you mean Cd0.5Zn0.5S?"),
    "CdSe0.5Se0.5": ("names Se twice", "CdSe?"),
    "Cd0.5Zn0.5": ("holds no anion", "Te, Se, S"),
    "Se0.5S0.5": ("holds no cation", "Cd, Zn"),
    "CdSe0": ("holds no anion", "CdSe?"),
    "In0.5Ga0.5As": ("holds In, Ga, As", "Cations are Cd, Zn, anions Te, Se, S"),
    "CdO": ("holds O", "CdS?"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize(
    "call", [materials.composition, materials.lattice_constant, materials.colour, materials.compound]
)
def test_text_that_is_no_composition_is_answered_with_the_nearest(call, name):
    with pytest.raises(InputError) as caught:
        call(name)
    assert (caught.value.name, caught.value.value) == ("material", name)
    rule, cure = WRONG[name]
    assert rule in caught.value.rule
    assert cure in caught.value.cure


def test_an_alloy_needs_all_its_compounds_in_the_table(monkeypatch):
    pairs = {pair: name for pair, name in alloys._pairs().items() if name != "ZnTe"}
    monkeypatch.setattr(alloys, "_pairs", lambda: pairs)
    assert alloys.composition.__wrapped__("Cd0.5Zn0.5Se").name == "Cd0.5Zn0.5Se"
    with pytest.raises(InputError, match="needs ZnTe"):
        alloys.composition.__wrapped__("Cd0.5Zn0.5Te0.5Se0.5")


@pytest.mark.parametrize(
    "call",
    [
        materials.compound,
        materials.dielectric,
        materials.keating,
        materials.two_centre,
        materials.polytype,
        materials.band_edges,
        materials.stillinger_weber,
        materials.table,
    ],
)
def test_what_is_known_of_compounds_only_refuses_alloys_and_names_their_compounds(call):
    with pytest.raises(InputError) as caught:
        call("Cd0.5Zn0.5Se0.3S0.7")
    assert caught.value.name == "material"
    assert "alloy" in caught.value.rule
    assert caught.value.cure == "Ask for CdSe, CdS, ZnSe, ZnS"
    with pytest.raises(InputError, match="Write CdSe"):
        call("CdSe1.0")


def cie(name):
    from skimage.color import rgb2lab

    colour = materials.colour(name)
    assert len(colour) == 7
    return rgb2lab(np.array([[[int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]]]))[0, 0]


@pytest.mark.parametrize(("first", "second"), [("Se", "S"), ("Te", "Se"), ("Te", "S")])
def test_colours_of_a_series_go_evenly_from_one_end_to_the_other(first, second):
    # CIE 1976 judges what Oklab mixed.
    series = np.array([cie(f"Cd{first}{1 - n / 10:.1f}{second}{n / 10:.1f}") for n in range(11)])
    lightness = np.diff(series[:, 0])
    assert (np.sign(lightness) == np.sign(lightness[0])).all()
    steps = np.linalg.norm(np.diff(series, axis=0), axis=1)
    assert steps.max() < 1.8 * steps.min()
    assert series[[0, -1]] == pytest.approx(np.array([cie(f"Cd{first}"), cie(f"Cd{second}")]))


def test_colour_of_four_compounds_is_amid_theirs():
    ends = np.array([cie(name) for name in ("CdSe", "CdS", "ZnSe", "ZnS")])
    mixed = cie("Cd0.5Zn0.5Se0.5S0.5")
    assert ends[:, 0].min() < mixed[0] < ends[:, 0].max()
    assert np.linalg.norm(mixed - ends, axis=1).max() < np.linalg.norm(ends[:, None] - ends, axis=2).max()
