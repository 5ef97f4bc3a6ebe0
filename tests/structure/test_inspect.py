"""The structure report of the templates: known numbers, whatever the order and orientation of the atoms."""

import dataclasses
import json
import math

import numpy as np
import pytest

from epidot import materials
from epidot.design import catalogue, from_dict
from epidot.structure import build
from epidot.structure.composition import ATTOGRAM
from epidot.structure.inspect import bond_lengths, bond_statistics, describe
from epidot.structure.measure_arms import branch_angles, measure_arms
from epidot.structure.structure import NO_ATOM, WURTZITE

LISTED = ("positions", "numbers", "cation", "material", "segment", "phase")


@pytest.fixture(scope="module")
def rod():
    return build(catalogue.wz_rod(material="CdSe", diameter="4 nm", length="15 nm"))


@pytest.fixture(scope="module")
def tetrapod():
    return build(
        catalogue.tetrapod(
            core="CdSe",
            arm="CdSe",
            core_diameter="3 nm",
            arm_diameter="3 nm",
            arm_length="5 nm",
            extension=("CdTe", "4 nm"),
        )
    )


@pytest.fixture(scope="module")
def dot_in_rod():
    return build(catalogue.dot_in_rod(rod_length="16 nm"))


@pytest.fixture(params=["rod", "tetrapod", "dot_in_rod"])
def structure(request):
    return request.getfixturevalue(request.param)


def turned(structure, rotation):
    """The structure turned as a whole about a point off its centre."""
    shift = np.array([3.0, -40.0, 11.0])

    def place(point):
        return tuple(float(x) for x in np.asarray(point) @ rotation.T + shift)

    return dataclasses.replace(
        structure,
        positions=structure.positions @ rotation.T + shift,
        bond_directions=structure.bond_directions @ rotation.T,
        limbs=tuple((name, place(foot), place(end)) for name, foot, end in structure.limbs),
    )


def shuffled(structure, order):
    """The same atoms in another order, with the present bonds of each in another order as well."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    around = structure.neighbours[order]
    swap = np.argsort(np.where(around == NO_ATOM, 2.0, np.random.default_rng(1).random(around.shape)), axis=1)
    renamed = np.where(around == NO_ATOM, NO_ATOM, place[around])
    return dataclasses.replace(
        structure,
        neighbours=np.take_along_axis(renamed, swap, axis=1),
        bond_directions=np.take_along_axis(structure.bond_directions[order], swap[:, :, None], axis=1),
        eclipsed=np.take_along_axis(structure.eclipsed[order], swap, axis=1),
        **{name: getattr(structure, name)[order] for name in LISTED},
    )


def differences(first, second, tolerance, path=""):
    """Paths of a nested JSON object at which two disagree."""
    if isinstance(first, dict):
        if list(first) != list(second):
            return [f"{path}: {list(first)} {list(second)}"]
        return [d for key in first for d in differences(first[key], second[key], tolerance, f"{path}.{key}")]
    if isinstance(first, list):
        if len(first) != len(second):
            return [path]
        return [
            d
            for i, (a, b) in enumerate(zip(first, second, strict=True))
            for d in differences(a, b, tolerance, f"{path}[{i}]")
        ]
    if isinstance(first, float):
        close = math.isclose(first, second, rel_tol=tolerance, abs_tol=tolerance)
        return [] if close else [f"{path}: {first} {second}"]
    return [] if first == second else [f"{path}: {first} {second}"]


def without_directions(facts):
    """The report less what turns with the particle, and less the silhouette, which is sampled."""
    arms = [{key: value for key, value in arm.items() if key != "direction"} for arm in facts["arms"]]
    sizes = {key: value for key, value in facts["sizes"].items() if key != "tem_diameter_nm"}
    return facts | {"arms": arms, "sizes": sizes}


def test_turning_changes_directions_only(structure):
    rotation = np.linalg.qr(np.random.default_rng(8).normal(size=(3, 3)))[0]
    rotation *= np.linalg.det(rotation)
    before, after = describe(structure), describe(turned(structure, rotation))
    assert differences(without_directions(before), without_directions(after), 1e-7) == []
    assert after["sizes"]["tem_diameter_nm"] == pytest.approx(before["sizes"]["tem_diameter_nm"], rel=5e-3)
    for arm, other in zip(before["arms"], after["arms"], strict=True):
        assert rotation @ arm["direction"] == pytest.approx(other["direction"], abs=1e-9)


def test_the_order_of_atoms_does_not_matter(structure):
    order = np.random.default_rng(9).permutation(len(structure.positions))
    before, after = describe(structure), describe(shuffled(structure, order))
    assert differences(before, after, 1e-9) == []


def test_report_is_plain_json_with_numbers_only(structure):
    facts = describe(structure)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_counts_add_up(structure):
    facts = describe(structure)
    assert sum(facts["coordination"].values()) == facts["atoms"] == sum(facts["phases"].values())
    bonds = sum(int(number) * count for number, count in facts["coordination"].items())
    loose = sum(facts["dangling_bonds"].values())
    assert bonds + loose == 4 * facts["atoms"]
    assert 2 * sum(entry["count"] for entry in facts["bonds"].values()) == bonds
    assert sum(entry["atoms"] for entry in facts["facets"].values()) == facts["surface_atoms"]
    areas = sum(entry["area_nm2"] for entry in facts["facets"].values())
    assert areas == pytest.approx(facts["sizes"]["surface_area_nm2"])
    charge = facts["formal_charge"]
    assert charge["from_ions_e"] == charge["from_dangling_bonds_e"]
    assert facts["closest_pair_in_bonds"] >= 0.85


def test_rod(rod):
    facts = describe(rod)
    (arm,) = facts["arms"]
    length = 0.1 * rod.realised["root.segments[0].length"]["realised"]
    width = 0.1 * rod.realised["root.cross_section.diameter"]["realised"]
    height = 0.1 * materials.lattice_constant("CdSe") / np.sqrt(3.0)
    assert arm["length_nm"] == pytest.approx(length)
    assert arm["diameter_nm"] == pytest.approx(width, rel=0.002)
    assert [arm["min_diameter_nm"], arm["max_diameter_nm"]] == pytest.approx([width] * 2, rel=0.002)
    assert arm["bilayers"] == round(length / height)
    assert arm["stacking"] == f"{arm['bilayers'] - 1}h"
    assert (arm["parent"], arm["angle_to_parent_deg"]) == (None, None)
    assert facts["arm_angles_deg"] == facts["branch_angles"] == []
    side = np.sqrt(np.pi * width**2 / 4.0 / (1.5 * np.sqrt(3.0)))
    assert facts["facets"]["wz {10-10}"]["area_nm2"] == pytest.approx(6.0 * side * length, rel=0.05)
    sizes = facts["sizes"]
    area = np.pi * width**2 / 4.0
    assert sizes["total_volume_nm3"] == pytest.approx(area * length, rel=0.005)
    assert sizes["surface_area_nm2"] == pytest.approx(6.0 * side * length + 2.0 * area, rel=0.02)
    assert sizes["bounding_lengths_nm"][0] == pytest.approx(length)
    # Corner to corner and face to face of the hexagon.
    assert sizes["bounding_lengths_nm"][1:] == pytest.approx([2.0 * side, np.sqrt(3.0) * side], rel=0.06)
    quarter = np.sqrt(sizes["surface_area_nm2"] / np.pi)
    assert sizes["tem_diameter_nm"] == pytest.approx(quarter, rel=0.02)
    gyration = np.sqrt(length**2 / 12.0 + 5.0 / 12.0 * side**2)
    assert sizes["radius_of_gyration_nm"] == pytest.approx(gyration, rel=0.005)


def test_rod_composition(rod):
    made = describe(rod)["composition"]
    cadmium, selenium = (int((rod.numbers == number).sum()) for number in (48, 34))
    dalton = 112.414 * cadmium + 78.971 * selenium
    assert made["by_segment"] == {"s1": {"Se": selenium, "Cd": cadmium}}
    assert made["mass_kDa"] == made["network_mass_kDa"] == pytest.approx(1e-3 * dalton)
    assert made["mass_ag"] == pytest.approx(dalton * 1.66053906660e-24 / 1e-18)
    assert made["cation_ratios"] == {"Cd:X": cadmium / selenium}
    assert made["cation_anion_ratio"] == cadmium / selenium
    assert (made["ligands"], made["metal_atoms"], made["attached"]) == ({}, {}, {})


def test_attached_atoms_are_counted_and_weighed_beside_the_network(rod):
    surface = np.flatnonzero((rod.neighbours == NO_ATOM).any(axis=1))
    # Two ligands of three atoms, and a tip of four metal atoms on one anchor.
    anchor = np.concatenate([np.repeat(surface[:2], 3), np.repeat(surface[2], 4)])
    dressed = dataclasses.replace(
        rod,
        attached_positions=rod.positions[anchor] + 2.0,
        attached_numbers=np.array([8, 6, 6, 8, 6, 6, 78, 78, 78, 78]),
        attached_anchor=anchor,
        attached_group=np.array([0] * 6 + [1] * 4),
        attached_groups=("oleate", "tip Pt"),
    )
    before, after = describe(rod), describe(dressed)
    made = after.pop("composition")
    bare = before.pop("composition")
    assert before == after
    assert made["ligands"] == {"oleate": 2}
    assert made["metal_atoms"] == {"tip Pt": 4}
    assert made["attached"] == {"C": 4, "O": 2, "Pt": 4}
    added = 4 * 12.011 + 2 * 15.999 + 4 * 195.084
    assert 1e3 * (made["mass_kDa"] - bare["mass_kDa"]) == pytest.approx(added)
    assert made["mass_ag"] - bare["mass_ag"] == pytest.approx(added * ATTOGRAM)
    assert made["network_mass_kDa"] == bare["network_mass_kDa"]


def test_tetrapod(tetrapod):
    facts = describe(tetrapod)
    assert facts["arm_angles_deg"] == pytest.approx([109.4712206] * 6)
    assert [entry["angle_deg"] for entry in facts["branch_angles"]] == facts["arm_angles_deg"]
    assert facts["branch_angles"][0]["between"] == ["arm1", "arm2"]
    assert [arm["name"] for arm in facts["arms"]] == ["arm1", "arm2", "arm3", "arm4"]
    realised = {path: 0.1 * entry["realised"] for path, entry in tetrapod.realised.items()}
    for place, arm in enumerate(facts["arms"]):
        parts = [realised[f"root.arms[{place}].segments[{number}].length"] for number in (0, 1)]
        # Half a bilayer at the foot and at the interface are of other lattice constants.
        assert arm["length_nm"] == pytest.approx(sum(parts), abs=0.03)
        width = realised[f"root.arms[{place}].cross_section.diameter"]
        assert arm["min_diameter_nm"] == pytest.approx(width, rel=0.01)
        stretch = materials.lattice_constant("CdTe") / materials.lattice_constant("CdSe")
        assert arm["max_diameter_nm"] == pytest.approx(width * stretch, rel=0.015)
        assert arm["stacking"] == f"{arm['bilayers']}h"
    volume = facts["sizes"]["volume_nm3"]
    for index, name in enumerate(tetrapod.materials):
        sites = (tetrapod.material == index).sum()
        assert volume[name] == pytest.approx(1e-3 * sites * materials.lattice_constant(name) ** 3 / 8.0)
    # Arms grow on A facets and so all end in (0001); the collar shows the corners between them.
    assert "wz (000-1)" not in facts["facets"]
    ends = facts["facets"]["wz (0001)"]["area_nm2"]
    widest = facts["arms"][0]["max_diameter_nm"]
    assert ends == pytest.approx(np.pi * widest**2, rel=0.15)
    assert facts["facets"]["zb {111}B"]["atoms"] > 0
    # Td leaves its principal axes open: the longest distance and the longest across it are equal.
    first, second, _ = facts["sizes"]["bounding_lengths_nm"]
    assert first == pytest.approx(second)


def test_sides_of_the_arms_are_prism_facets(tetrapod):
    facts = describe(tetrapod)
    # Perimeter of a hexagon over the diameter of the circle of equal area.
    shape = np.sqrt(2.0 * np.sqrt(3.0) * np.pi)
    sides = sum(shape * arm["diameter_nm"] * arm["length_nm"] for arm in facts["arms"])
    assert facts["facets"]["wz {10-10}"]["area_nm2"] == pytest.approx(sides, rel=0.07)


def test_phases_by_segment(tetrapod):
    share = describe(tetrapod)["wurtzite_by_segment"]
    assert set(share) == set(tetrapod.segments)
    for place, name in enumerate(tetrapod.segments):
        assert share[name] == pytest.approx((tetrapod.phase[tetrapod.segment == place] == WURTZITE).mean())
    assert share["arm1.s2"] == 1.0 and share["core"] < 0.4


def test_core_inside_a_rod_counts_to_its_cross_section(dot_in_rod):
    facts = describe(dot_in_rod)
    (arm,) = facts["arms"]
    width = 0.1 * dot_in_rod.realised["root.cross_section.diameter"]["realised"]
    assert [arm["min_diameter_nm"], arm["max_diameter_nm"]] == pytest.approx([width] * 2, rel=0.01)
    assert set(facts["bonds"]) == {"CdS", "CdSe"}
    assert facts["composition"]["anion_ratios"]["Se:M"] < 0.1


def test_bond_statistics_follow_the_positions(tetrapod):
    given = bond_statistics(tetrapod, tetrapod.positions)
    wide = bond_statistics(tetrapod, 1.02 * tetrapod.positions)
    for name, entry in given.items():
        for key in ("mean_A", "sd_A", "min_A", "max_A"):
            assert wide[name][key] == pytest.approx(1.02 * entry[key])
    lengths = bond_lengths(tetrapod, tetrapod.positions)
    total = sum(entry["count"] * entry["mean_A"] for entry in given.values())
    assert total == pytest.approx(lengths.sum())
    facts = describe(tetrapod)
    assert [facts["min_bond_A"], facts["max_bond_A"]] == [lengths.min(), lengths.max()]
    # In the middle of the arms each compound has its own bond.
    for name, entry in given.items():
        assert entry["min_A"] - 1e-9 <= materials.bond(name) <= entry["max_A"] + 1e-9


def named(structure, segments, limbs=()):
    return dataclasses.replace(structure, segments=segments, limbs=limbs)


def test_a_piece_on_the_end_of_another_knows_its_parent():
    heterorod = build(catalogue.heterorod(segments=[("CdS", "8 nm"), ("CdSe", "5 nm")], diameter="3 nm"))
    for segments, parent in (
        (("arm1.s1", "arm1.arm2.s1"), "arm1"),
        (("s1", "tip.arm1.s1"), "rod"),
        (("arm3.s1", "arm3.node.arm1.s1"), "arm3"),
    ):
        arms = measure_arms(named(heterorod, segments), heterorod.positions)
        assert [arm.parent for arm in arms] == ["", parent]
        ((first, second, angle),) = branch_angles(arms)
        assert (first, second) == (parent, arms[1].name)
        assert angle == pytest.approx(180.0, abs=1e-4)
    loose = measure_arms(named(heterorod, ("arm1.s1", "arm2.s1")), heterorod.positions)
    assert [arm.parent for arm in loose] == ["", ""]


def test_limbs_of_the_record_and_names_alone_measure_the_same(tetrapod):
    alone = measure_arms(dataclasses.replace(tetrapod, limbs=()), tetrapod.positions)
    written = tuple((arm.name, tuple(arm.foot.tolist()), tuple(arm.end.tolist())) for arm in alone)
    given = measure_arms(dataclasses.replace(tetrapod, limbs=written), tetrapod.positions)
    for one, other in zip(alone, given, strict=True):
        assert one.name == other.name and one.stacking == other.stacking
        assert one.profile == pytest.approx(other.profile)
        assert (one.length, one.diameter) == pytest.approx((other.length, other.diameter))


def particle(root, **options):
    return build(from_dict({"schema": "epidot-design/1", "name": "x", "root": root, **options}))


def grown(diameter="2.6 nm", length="5 nm", **options):
    section = {"diameter": diameter}
    return {"cross_section": section, "segments": [{"material": "CdS", "length": length}], **options}


def branched(arms, **options):
    return {"kind": "branch_point", "material": "CdS", "arms": arms, **options}


@pytest.mark.parametrize(
    ("orientation", "angles"), [("opposite", [109.4712] * 3), ("same", [70.5288] * 3 + [180.0])]
)
def test_second_generation(orientation, angles):
    node = branched([grown("2 nm", "3 nm")], repeat=len(angles), orientation=orientation)
    structure = particle(branched([grown(tip=node), grown(), grown()]))
    facts = describe(structure)
    arms = {arm["name"]: arm for arm in facts["arms"]}
    assert len(arms) == 3 + len(angles)
    assert len(facts["arm_angles_deg"]) == 3
    assert {arms[name]["parent"] for name in arms if name.startswith("arm1.")} == {"arm1"}
    to_parent = [arm["angle_to_parent_deg"] for arm in facts["arms"] if arm["parent"]]
    assert sorted(to_parent) == pytest.approx(angles, abs=1e-3)
    among = [e["angle_deg"] for e in facts["branch_angles"] if all("." in name for name in e["between"])]
    assert among == pytest.approx([109.4712] * len(among), abs=1e-3)
    assert len(among) == len(angles) * (len(angles) - 1) // 2


def test_octapod_has_both_polarities():
    structure = particle(branched([grown(polarity=polarity) for polarity in "AAAABBBB"]))
    facts = describe(structure)
    found, counts = np.unique(np.round(facts["arm_angles_deg"], 2), return_counts=True)
    assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == {70.53: 12, 109.47: 12, 180.0: 4}
    facets = facts["facets"]
    assert facets["wz (0001)"]["area_nm2"] == pytest.approx(facets["wz (000-1)"]["area_nm2"], rel=0.15)


def test_stacking_is_that_of_the_design():
    structure = particle(branched([grown(length="8 nm", stacking="hhhchhcc")] * 2))
    for arm in describe(structure)["arms"]:
        spelt = "".join(run[-1] * int(run[:-1]) for run in arm["stacking"].split())
        assert spelt == ("hhhchhcc" * 10)[: arm["bilayers"]]


def test_tapered_arms():
    arm = grown("4 nm", "12 nm")
    arm["segments"][0]["taper_to"] = "2.5 nm"
    structure = particle(branched([arm] * 3))
    for found in describe(structure)["arms"]:
        assert found["max_diameter_nm"] == pytest.approx(4.0, rel=0.06)
        assert found["min_diameter_nm"] == pytest.approx(2.5, rel=0.06)


def test_shell_around_arms_counts_to_their_thickness():
    bare = describe(particle(branched([grown()] * 4)))
    coated = describe(particle(branched([grown()] * 4), shells=[{"material": "ZnS", "thickness": "0.8 nm"}]))
    for before, after in zip(bare["arms"], coated["arms"], strict=True):
        assert after["diameter_nm"] - before["diameter_nm"] == pytest.approx(1.6, abs=0.45)
        # Nothing of the shell over the branch point is taken for a bulge at the foot.
        assert after["max_diameter_nm"] < 1.06 * after["diameter_nm"]


def test_shell_of_the_seed_does_not_count_to_a_branch_that_points_back_at_it():
    node = branched([grown("2 nm", "3 nm")], repeat=4, orientation="same")
    shell = [{"material": "ZnS", "thickness": "0.6 nm"}]
    facts = describe(particle(branched([grown(tip=node), grown(), grown()]), shells=shell))
    branches = [arm for arm in facts["arms"] if arm["parent"]]
    assert len({arm["bilayers"] for arm in branches}) == 1
    for arm in branches:
        assert arm["length_nm"] == pytest.approx(branches[0]["length_nm"], rel=0.01)
        assert arm["max_diameter_nm"] == pytest.approx(branches[0]["max_diameter_nm"], rel=0.05)


def test_letters_taking_turns_in_zinc_blende_are_no_taper():
    rod = particle(
        {
            "kind": "stack",
            "phase": "zb",
            "cross_section": {"diameter": "3 nm"},
            "segments": [{"material": "CdS", "length": "8 nm"}],
        }
    )
    (arm,) = measure_arms(rod, rod.positions)
    assert np.ptp(arm.profile) > 0.1
    assert arm.widest - arm.narrowest < 0.25 * np.ptp(arm.profile)
    assert arm.stacking == f"{arm.bilayers - 1}c"


def test_radius_of_gyration_follows_the_masses():
    rod = build(catalogue.heterorod(segments=[("ZnS", "6 nm"), ("CdTe", "6 nm")], diameter="3 nm"))
    weights = np.array([{16: 32.06, 30: 65.38, 48: 112.414, 52: 127.60}[n] for n in rod.numbers.tolist()])
    centre = weights @ rod.positions / weights.sum()
    expected = np.sqrt(weights @ np.square(rod.positions - centre).sum(axis=1) / weights.sum())
    assert describe(rod)["sizes"]["radius_of_gyration_nm"] == pytest.approx(0.1 * expected)


def test_platelet_and_octahedron_show_their_faces():
    root = {"kind": "platelet", "material": "CdSe", "monolayers": 4, "width": "6 nm", "length": "8 nm"}
    facts = describe(particle(root))
    sides = 0.1 * np.array([entry["realised"] for entry in particle(root).realised.values()][:2])
    assert facts["facets"]["zb {100}"]["area_nm2"] >= 1.9 * np.prod(sides)
    assert facts["composition"]["cation_anion_ratio"] > 1.2
    assert facts["sizes"]["bounding_lengths_nm"][:2] == pytest.approx(sorted(sides)[::-1], rel=0.05)
    assert facts["formal_charge"]["from_ions_e"] > 0.0


def test_one_oleate_per_anchor():
    facts = describe(
        particle(
            {"kind": "dot", "phase": "zb", "material": "CdSe", "diameter": "3 nm"},
            surface={"ligands": [{"name": "oleate"}]},
        )
    )
    made = facts["composition"]
    # An oleate has 18 carbons and two oxygens; hydrogens are left out.
    assert made["attached"] == {"C": 18 * made["ligands"]["oleate"], "O": 2 * made["ligands"]["oleate"]}
