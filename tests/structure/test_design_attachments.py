"""Metal tips and ligands asked for in a design, on every kind of particle; the network stays as it is."""

import numpy as np
import pytest
from ase.data import atomic_numbers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from epidot import materials
from epidot.structure.structure import NO_ATOM

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def arm(diameter=1.8, length=3.0, material="CdSe", **rest):
    return {
        "cross_section": {"diameter": f"{diameter:.2f} nm"},
        "segments": [{"material": material, "length": f"{length:.2f} nm"}],
        **rest,
    }


def node(arms, material="CdSe", **rest):
    return {"kind": "branch_point", "material": material, "arms": arms, **rest}


def gold(diameter=1.6, element="Au"):
    return {"kind": "metal", "element": element, "diameter": f"{diameter:.2f} nm"}


def rod(material="CdSe", **rest):
    section = {"diameter": "2.4 nm"}
    return {
        "kind": "stack",
        "cross_section": section,
        "segments": [{"material": material, "length": "4 nm"}],
        **rest,
    }


SHELL = {"shells": [{"material": "CdS", "thickness": "0.7 nm"}]}
TIPPED = {
    "both ends of a rod": (rod(tip=gold(), base=gold(1.4, "Pt")), {}, ["tip", "base"]),
    "a rod of B polarity": (rod(polarity="B", tip=gold()), {}, ["tip"]),
    "a rod in a shell": (rod(tip=gold()), SHELL, ["tip"]),
    "an alloyed rod": (rod("CdSe0.5S0.5", tip=gold()), {}, ["tip"]),
    "an arm": (node([arm(tip=gold()), arm(), arm()]), {}, ["arms[0].tip"]),
    "all arms": (node([arm(tip=gold(1.4, "Co"))] * 4), {}, [f"arms[{n}].tip" for n in range(4)]),
    "arms in a shell": (node([arm(tip=gold())] * 2), SHELL, ["arms[0].tip", "arms[1].tip"]),
    "a branch": (
        node([arm(tip=node([arm(1.5, 2.0, tip=gold(1.2))])), arm()]),
        {},
        ["arms[0].tip.arms[0].tip"],
    ),
    "a branch on a rod": (
        rod(tip=node([arm(1.5, 2.0, tip=gold(1.2)), arm(1.5, 2.0)])),
        {},
        ["tip.arms[0].tip"],
    ),
}


def bare(part):
    """The same without metal tips."""
    if isinstance(part, list):
        return [bare(value) for value in part]
    if not isinstance(part, dict):
        return part
    return {
        key: bare(value)
        for key, value in part.items()
        if not (isinstance(value, dict) and value.get("kind") == "metal")
    }


@pytest.mark.parametrize("name", TIPPED)
def test_metal_tips_wherever_there_is_an_end(made, name):
    root, rest, paths = TIPPED[name]
    structure = made(root, **rest)
    plain = made(bare(root), **rest)
    assert np.array_equal(structure.positions, plain.positions)
    assert np.array_equal(structure.numbers, plain.numbers)
    assert np.array_equal(structure.neighbours, plain.neighbours)
    for path in paths:
        entry = structure.realised[f"root.{path}.diameter"]
        # An fcc cluster is whole atoms: up to a layer wider or narrower.
        assert entry["realised"] == pytest.approx(entry["asked"], abs=3.0)
        assert entry["atoms"] > 10
    assert len(structure.attached_positions) == sum(
        structure.realised[f"root.{path}.diameter"]["atoms"] for path in paths
    )
    # They sit outside, on ends: nearer to the surface than a bond of metal and semiconductor, not inside.
    distance, _ = KDTree(structure.positions).query(structure.attached_positions)
    assert 2.0 < distance.min() < 3.6
    ends = [np.array(end) for limb, _, end in structure.limbs] + [
        np.array(foot) for _, foot, _ in structure.limbs
    ]
    near = np.linalg.norm(structure.attached_positions[:, None] - np.array(ends)[None], axis=2).min(axis=1)
    assert near.max() < 35.0
    symbols = {tip["element"] for tip in _tips(root)}
    assert set(structure.attached_numbers.tolist()) == {atomic_numbers[symbol] for symbol in symbols}


def _tips(part):
    if isinstance(part, list):
        return [tip for value in part for tip in _tips(value)]
    if not isinstance(part, dict):
        return []
    own = [part] if part.get("kind") == "metal" else []
    return own + [tip for value in part.values() for tip in _tips(value)]


@FEW
@given(
    diameter=st.floats(1.4, 2.6),
    element=st.sampled_from(["Au", "Pt", "Co"]),
    end=st.sampled_from(["tip", "base"]),
)
def test_tips_of_any_size_are_clusters_of_their_metal(made, diameter, element, end):
    structure = made(rod(**{end: gold(diameter, element)}))
    points = structure.attached_positions
    nearest = KDTree(points).query(points, k=2)[0][:, 1]
    assert np.allclose(nearest, materials.metal(element).lattice_constant / np.sqrt(2.0), atol=1e-3)
    assert (points[:, 2].min() > structure.positions[:, 2].max() - 3.0) == (end == "tip")
    axis = np.linalg.norm(points[:, :2].mean(axis=0))
    assert axis < 2.0


COVERED = {
    "dot": {"kind": "dot", "material": "CdSe", "diameter": "2.6 nm"},
    "octahedron": {"kind": "dot", "material": "CdSe", "shape": "octahedron", "diameter": "3 nm"},
    "rod": rod(),
    "tetrapod": node([arm(1.6, 2.0)] * 4),
    "platelet": {"kind": "platelet", "material": "CdSe", "monolayers": 3, "length": "3 nm", "width": "3 nm"},
    "dimer": {
        "kind": "dimer", "phase": "wz", "attach": "{10-10}", "neck": {"diameter": "1.4 nm"},
        "dots": [{"material": "CdSe", "diameter": "2 nm"}] * 2,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", COVERED)
def test_ligands_on_every_kind(made, kind):
    wanted = [{"name": "octylamine", "coverage": 0.3}, {"name": "chloride", "coverage": 0.4}]
    structure, again, other = (
        made(COVERED[kind], seed=seed, surface={"ligands": wanted}) for seed in (1, 1, 2)
    )
    plain = made(COVERED[kind], seed=1)
    assert np.array_equal(structure.positions, plain.positions)
    assert np.array_equal(structure.attached_positions, again.attached_positions)
    assert not np.array_equal(np.unique(structure.attached_anchor), np.unique(other.attached_anchor))
    missing = (structure.neighbours == NO_ATOM).any(axis=1)
    assert missing[structure.attached_anchor].all(), "ligands sit where bonds are missing"
    taken = set()
    for number, entry in enumerate(wanted):
        told = structure.realised[f"surface.ligands[{number}].coverage"]
        group = structure.attached_group == structure.attached_groups.index(entry["name"])
        anchors = set(structure.attached_anchor[group].tolist())
        assert len(anchors) == told["ligands"] == round(told["realised"] * told["sites"])
        assert abs(told["ligands"] - entry["coverage"] * told["sites"]) <= max(1.0, 0.05 * told["sites"])
        assert not taken & anchors, "one ligand at a site"
        taken |= anchors
    # Nothing of a ligand is inside or on an atom.
    assert KDTree(structure.positions).query(structure.attached_positions)[0].min() > 1.7


def test_tips_and_ligands_leave_each_other_room(made):
    root = node([arm(tip=gold())] * 4)
    structure = made(root, surface={"ligands": [{"name": "octylamine", "coverage": 0.6}]})
    metal = structure.attached_numbers == atomic_numbers["Au"]
    assert metal.any()
    assert (~metal).any()
    apart = KDTree(structure.attached_positions[metal]).query(structure.attached_positions[~metal])[0]
    assert apart.min() > 2.0
    without = made(root)
    assert np.array_equal(structure.attached_positions[metal], without.attached_positions)
