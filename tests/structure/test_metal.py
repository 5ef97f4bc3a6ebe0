"""Metal tips are fcc crystals in the orientation of the rod, a sum of radii away from it."""

import numpy as np
import pytest
from ase.build import bulk
from ase.data import atomic_numbers, covalent_radii
from scipy.spatial import KDTree

from epidot import materials
from epidot.design import catalogue
from epidot.errors import InputError
from epidot.structure import build
from epidot.structure.metal import FEWEST, Seat, metal_tip, seat

METALS = ("Pt", "Au", "Co")


@pytest.fixture(scope="module")
def rod():
    return build(catalogue.wz_rod(length="8 nm", diameter="4 nm"))


@pytest.fixture(scope="module")
def tetrapod():
    return build(catalogue.tetrapod(core="CdSe", arm="CdS", core_diameter="3 nm", arm_length="6 nm"))


def fingerprint(points, centre, reach):
    return np.sort(np.linalg.norm(points - centre, axis=1))[1 : reach + 1]


@pytest.mark.parametrize("element", METALS)
@pytest.mark.parametrize("shape", ["sphere", "truncated octahedron"])
def test_inside_it_is_the_crystal_that_ase_builds(rod, element, shape):
    tip = metal_tip(rod, seat(rod, "rod"), element, 30.0, shape=shape)
    assert set(tip.numbers) == {atomic_numbers[element]}
    crystal = bulk(element, "fcc", materials.metal(element).lattice_constant, cubic=True).repeat(6)
    middle = np.argmin(np.linalg.norm(crystal.positions - crystal.positions.mean(axis=0), axis=1))
    wanted = fingerprint(crystal.positions, crystal.positions[middle], 42)
    inner = np.linalg.norm(tip.positions - tip.positions.mean(axis=0), axis=1) < 4.0
    assert inner.sum() > 8
    for centre in tip.positions[inner]:
        assert np.allclose(fingerprint(tip.positions, centre, 42), wanted, atol=1e-6)


@pytest.mark.parametrize("element", METALS)
def test_close_packed_planes_and_rows_go_on(rod, element):
    tip = metal_tip(rod, seat(rod, "rod"), element, 30.0)
    a = materials.metal(element).lattice_constant
    layers = np.unique(np.round(tip.positions[:, 2], 6))
    assert np.allclose(np.diff(layers), a / np.sqrt(3.0), atol=1e-5), "(111) across the axis"
    # ⟨11-20⟩ is the shortest lattice vector of wurtzite across the axis: take it from the rod itself.
    cations = rod.positions[rod.cation == 1]
    centre = cations[np.argmin(np.linalg.norm(cations, axis=1))]
    level = cations[np.abs(cations[:, 2] - centre[2]) < 0.1]
    steps = level - centre
    size = np.linalg.norm(steps, axis=1)
    row = steps[np.argsort(size)[1]] / np.sort(size)[1]
    assert np.sort(size)[1] == pytest.approx(materials.lattice_constant("CdSe") / np.sqrt(2.0), rel=0.01)
    tree = KDTree(tip.positions)
    bottom = tip.positions[np.abs(tip.positions[:, 2] - layers[0]) < 1e-3]
    core = bottom[np.linalg.norm(bottom[:, :2], axis=1) < 5.0]
    found = tree.query(core + a / np.sqrt(2.0) * row)[0]
    assert len(core) > 4
    assert found.max() < 1e-2, "⟨1-10⟩ along ⟨11-20⟩"


@pytest.mark.parametrize("limb", ["arm1", "arm2", "arm3", "arm4"])
@pytest.mark.parametrize("diameter", [18.0, 34.0])
def test_it_touches_and_nothing_is_closer_than_a_sum_of_radii(tetrapod, limb, diameter):
    tip = metal_tip(tetrapod, seat(tetrapod, limb), "Au", diameter)
    sums = materials.metal("Au").radius + covalent_radii[tetrapod.numbers]
    gaps = KDTree(tip.positions).query(tetrapod.positions)[0] - sums
    assert np.abs(gaps.min()) < 1e-6
    foot, end = next((np.array(foot), np.array(end)) for name, foot, end in tetrapod.limbs if name == limb)
    axis = (end - foot) / np.linalg.norm(end - foot)
    offset = tip.positions.mean(axis=0) - end
    assert offset @ axis > 0.2 * diameter, "outside the end"
    assert np.linalg.norm(offset - (offset @ axis) * axis) < 1.5, "on the axis"


@pytest.mark.parametrize("at_foot", [False, True])
@pytest.mark.parametrize("shape", ["sphere", "truncated octahedron"])
def test_it_touches_on_rods_too(rod, at_foot, shape):
    tip = metal_tip(rod, seat(rod, "rod", at_foot=at_foot), "Pt", 20.0, shape=shape)
    sums = materials.metal("Pt").radius + covalent_radii[rod.numbers]
    assert np.abs((KDTree(tip.positions).query(rod.positions)[0] - sums).min()) < 1e-6


def test_both_ends_of_a_rod_can_carry_one(rod):
    up, down = (metal_tip(rod, seat(rod, "rod", at_foot=foot), "Pt", 24.0) for foot in (False, True))
    assert up.positions[:, 2].min() > rod.positions[:, 2].max()
    assert down.positions[:, 2].max() < rod.positions[:, 2].min()
    both = down.on(up.on(rod))
    assert both.attached_groups == ("tip Pt",)
    assert len(both.attached_numbers) == len(up) + len(down)


@pytest.mark.parametrize("contact", [10.0, 24.0, 30.0])
def test_a_sphere_has_the_size_and_the_contact_that_were_asked(rod, contact):
    diameter, a = 30.0, materials.metal("Pt").lattice_constant
    tip = metal_tip(rod, seat(rod, "rod"), "Pt", diameter, contact)
    local = tip.positions - [0.0, 0.0, tip.positions[:, 2].min()]
    lateral = np.linalg.norm(local[:, :2], axis=1)
    height = 0.5 * (diameter + np.sqrt(diameter**2 - contact**2))
    cap = np.pi * height**2 * (1.5 * diameter - height) / 3.0
    # The layer of the contact lies on the cut itself, so half a layer more belongs to the cluster.
    half_layer = 0.5 * np.pi * (0.5 * contact) ** 2 * a / np.sqrt(3.0)
    assert len(tip) * a**3 / 4.0 == pytest.approx(cap + half_layer, rel=0.04)
    assert 0.5 * contact - 2.5 < lateral[local[:, 2] < 0.1].max() <= 0.5 * contact + 1e-6
    assert local[:, 2].max() <= height + 1e-6
    assert 0.5 * diameter - 1.5 < lateral.max() <= 0.5 * diameter + 1e-6
    report = tip.report["tip Pt"]
    assert report["atoms"] == len(tip)
    assert report["distance_A"] == pytest.approx(KDTree(rod.positions).query(tip.positions)[0].min())


def test_a_truncated_octahedron_has_both_kinds_of_faces_and_its_volume(rod):
    tip = metal_tip(rod, seat(rod, "rod"), "Au", 36.0, 30.0, shape="truncated octahedron")
    nearest = materials.metal("Au").lattice_constant / np.sqrt(2.0)
    count = KDTree(tip.positions).query_ball_point(tip.positions, 1.2 * nearest, return_length=True) - 1
    faces = {bonds: (count == bonds).sum() for bonds in (9, 8, 12)}
    assert faces[9] > 60, "{111}"
    assert faces[8] > 12, "{100}"
    sphere = metal_tip(rod, seat(rod, "rod"), "Au", 36.0, 30.0)
    assert len(tip) == pytest.approx(len(sphere), rel=0.12)


def test_contact_atoms_follow_what_is_under_them_and_the_others_one_atom(rod):
    tip = metal_tip(rod, seat(rod, "rod"), "Pt", 30.0)
    low = tip.positions[:, 2] < tip.positions[:, 2].min() + 0.1
    assert low.sum() > 20
    nearest = KDTree(rod.positions).query(tip.positions[low])[1]
    assert np.array_equal(tip.anchor[low], nearest)
    assert len(set(tip.anchor[~low])) == 1
    assert np.linalg.norm(rod.positions[tip.anchor[~low][0], :2]) < 3.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"element": "Pb"}, "Pt"),
        ({"diameter": 5.0}, "a cluster needs 13"),
        ({"diameter": 400.0}, "times the width of the end"),
        ({"contact": 29.0, "diameter": 24.0}, "contact"),
        ({"contact": 0.0}, "contact"),
        ({"shape": "cube"}, "truncated octahedron"),
        ({"place": Seat(np.array([300.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))},
         "no end of the particle"),
    ],
)  # fmt: skip
def test_bad_input_is_told(rod, changed, message):
    given = {"place": seat(rod, "rod"), "element": "Pt", "diameter": 30.0} | changed
    with pytest.raises(InputError, match=message):
        metal_tip(rod, **given)


def test_the_cure_for_a_tip_too_small_works(rod):
    with pytest.raises(InputError) as caught:
        metal_tip(rod, seat(rod, "rod"), "Pt", 5.0)
    least = float(caught.value.cure.split()[-2])
    assert len(metal_tip(rod, seat(rod, "rod"), "Pt", 10.0 * least)) >= FEWEST


def test_two_tips_do_not_share_a_place_and_unknown_limbs_are_told(rod):
    tipped = metal_tip(rod, seat(rod, "rod"), "Pt", 30.0).on(rod)
    with pytest.raises(InputError, match="meets"):
        metal_tip(tipped, seat(rod, "rod"), "Au", 30.0)
    with pytest.raises(InputError, match="rod"):
        seat(rod, "arm9")
