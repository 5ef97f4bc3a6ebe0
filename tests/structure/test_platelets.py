"""Platelets: n layers of anions between n + 1 of cations, crowns around the sides, shells over the faces."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epidot import materials
from epidot.structure.facets import facet_table, facets
from epidot.structure.structure import NO_ATOM

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COMPOUNDS = st.sampled_from(materials.names())


def platelet(monolayers=4, length=3.0, width=2.4, material="CdSe", **rest):
    return {
        "kind": "platelet",
        "material": material,
        "monolayers": monolayers,
        "length": f"{length:.3f} nm",
        "width": f"{width:.3f} nm",
        **rest,
    }


def planes(structure, cation):
    """Heights of the layers of one species, lowest first."""
    return np.unique(structure.positions[structure.cation == cation, 2].round(3))


@FEW
@given(
    monolayers=st.integers(1, 12), length=st.floats(2.0, 4.0), width=st.floats(2.0, 4.0), material=COMPOUNDS
)
def test_layers_and_faces(made, check_network, monolayers, length, width, material):
    structure = made(platelet(monolayers, length, width, material))
    check_network(structure)
    a = materials.lattice_constant(material)
    cations, anions = planes(structure, 1), planes(structure, 0)
    assert (len(anions), len(cations)) == (monolayers, monolayers + 1)
    assert np.allclose(np.diff(cations), a / 2.0, atol=2e-3)
    assert np.allclose(anions, cations[:-1] + a / 4.0, atol=2e-3)
    assert cations[0] == pytest.approx(-cations[-1], abs=2e-3)
    for key, asked in (("length", length), ("width", width)):
        entry = structure.realised[f"root.{key}"]
        assert abs(entry["realised"] - 10.0 * asked) <= 0.5 * a + 0.01
        extent = np.ptp(structure.positions[:, 0 if key == "length" else 1])
        # Half a layer of cations stands out on both sides; edges of single-bonded atoms are lost.
        assert entry["realised"] - a / 8.0 - 0.01 <= extent + a / 2.0
        assert extent < entry["realised"]
    # The faces are whole: cations with two bonds each, those on the rim aside.
    top = np.abs(structure.positions[:, 2] - cations[-1]) < 0.01
    rim = np.array([5.0 * length - a, 5.0 * width - a])
    inner = top & (np.abs(structure.positions[:, :2]) < rim).all(axis=1)
    assert ((structure.neighbours[inner] != NO_ATOM).sum(axis=1) == 2).all()


def test_counts_are_those_of_the_crystal(made):
    structure = made(platelet(8, 6.0, 5.0))
    a = materials.lattice_constant("CdSe")
    told = [structure.realised[f"root.{key}"]["realised"] for key in ("length", "width")]
    # Per area a²/2 there is one atom in each layer.
    layers = 8 + 9
    expected = told[0] * told[1] / (0.5 * a * a) * layers
    assert len(structure.positions) == pytest.approx(expected, rel=0.04)
    table = facet_table(facets(structure))
    face = 2.0 * 0.01 * told[0] * told[1]
    assert table["zb {100}"]["area_nm2"] > 0.85 * face


@FEW
@given(
    monolayers=st.integers(2, 6), length=st.floats(2.0, 3.5), crown=st.floats(0.6, 1.6), material=COMPOUNDS
)
def test_crowns(made, check_network, monolayers, length, crown, material):
    root = platelet(monolayers, length, length, crown={"material": material, "width": f"{crown:.3f} nm"})
    structure = made(root)
    if abs(materials.bond(material) / materials.bond("CdSe") - 1.0) < 0.05:
        check_network(structure)
    a = materials.lattice_constant("CdSe")
    ring = structure.segment == structure.segments.index("crown")
    inner = 0.5 * structure.realised["root.length"]["realised"]
    lateral = np.abs(structure.positions[:, :2]).max(axis=1)
    assert lateral[~ring].max() <= inner < lateral[ring].min() + a / 8.0
    wide = lateral.max() - inner
    assert abs(wide - 10.0 * crown) < 0.5 * a + a / 4.0
    assert len(planes(structure, 0)) == monolayers, "a crown is no thicker than the plate"
    expected = (2.0 * inner) ** 2 / (0.5 * a * a) * (2 * monolayers + 1)
    assert (~ring).sum() == pytest.approx(expected, rel=0.15)


@FEW
@given(
    monolayers=st.integers(2, 5),
    thickness=st.floats(0.4, 1.2),
    material=st.sampled_from(["CdS", "ZnS", "CdTe"]),
)
def test_shells_are_whole_monolayers(made, check_network, monolayers, thickness, material):
    shell = {"material": material, "thickness": f"{thickness:.3f} nm"}
    structure = made(platelet(monolayers, 2.4, 2.4), shells=[shell])
    check_network(structure)
    added = round(10.0 * thickness / (0.5 * materials.lattice_constant(material)))
    assert len(planes(structure, 0)) == monolayers + 2 * added
    assert len(planes(structure, 1)) == monolayers + 2 * added + 1
    cover = structure.segment == structure.segments.index("shell1")
    assert np.abs(structure.positions[~cover, 2]).max() < np.abs(structure.positions[cover, 2]).max()


@pytest.mark.parametrize("over", ["sides", "ends"])
def test_shells_over_sides_or_ends(made, over):
    bare = made(platelet())
    structure = made(platelet(), shells=[{"material": "CdSe", "thickness": "0.7 nm", "over": over}])
    gained = np.ptp(structure.positions, axis=0) - np.ptp(bare.positions, axis=0)
    a = materials.lattice_constant("CdSe")
    assert gained[2] == pytest.approx(0.0 if over == "sides" else 2.0 * a, abs=0.01)
    assert gained[:2] == pytest.approx(np.zeros(2) if over == "ends" else np.full(2, 2.0 * a), abs=0.55 * a)


def test_edges_of_even_and_odd_plates_are_alike(made):
    """Both have a fourfold rotoinversion axis through an atom of the middle layer."""
    for monolayers in (4, 5):
        structure = made(platelet(monolayers, 3.0, 3.0))
        points = structure.positions
        turned = np.stack([points[:, 1], -points[:, 0], -points[:, 2]], axis=1)
        here = {tuple(row) for row in np.round(points, 2) + 0.0}
        assert {tuple(row) for row in np.round(turned, 2) + 0.0} == here
