"""Fused dimers: one crystal without a twist, a perfect twin if there is one, else bonded where bonds fit."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from epidot import materials
from epidot.errors import InputError
from epidot.relaxation import relax
from epidot.structure.inspect import describe
from epidot.structure.structure import NO_ATOM, WURTZITE, ZINC_BLENDE

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ATTACH = {"wz": ("(0001)", "{10-10}", "{11-20}"), "zb": ("{111}", "{100}")}
PLANES = st.sampled_from([(phase, facet) for phase, facets in ATTACH.items() for facet in facets])
A = materials.lattice_constant("CdSe")
AXES = {
    "(0001)": (0.0, 0.0, 1.0), "{10-10}": (0.0, 1.0, 0.0), "{11-20}": (1.0, 0.0, 0.0),
    "{111}": (3**-0.5, 3**-0.5, 3**-0.5), "{100}": (1.0, 0.0, 0.0),
}  # fmt: skip
"""Of the line between the centres, up to sign."""


def dimer(sizes=(2.2, 2.2), phase="zb", attach="{111}", neck=1.5, **rest):
    extra = rest.pop("dot", {})
    dots = [{"material": "CdSe", "diameter": f"{size:.2f} nm", **extra} for size in sizes]
    section = {"diameter": f"{neck:.2f} nm", **rest.pop("with_neck", {})}
    return {"kind": "dimer", "phase": phase, "dots": dots, "attach": attach, "neck": section, **rest}


def half(structure):
    """Which dot (atom,) each atom belongs to by its side of the plane at the origin: 0 or 1."""
    names = np.array(structure.segments)[structure.segment]
    first = np.char.startswith(names, "dot1")
    axis = structure.positions[first].mean(axis=0)
    return (structure.positions @ axis < 0.0).astype(int)


def bonds(structure):
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    return atom, structure.neighbours[atom, slot]


def lengths(structure, positions):
    atom, other = bonds(structure)
    return np.linalg.norm(positions[atom] - positions[other], axis=1)


@FEW
@given(plane=PLANES, sizes=st.tuples(st.floats(1.6, 2.8), st.floats(1.6, 2.8)), share=st.floats(0.45, 0.9))
def test_without_a_twist_they_are_one_crystal(made, check_network, plane, sizes, share):
    phase, attach = plane
    neck = max(share * min(sizes), 1.0)
    structure = made(dimer(sizes, phase, attach, neck))
    check_network(structure)
    assert np.allclose(lengths(structure, structure.positions), materials.bond("CdSe"), atol=1e-3)
    assert (structure.phase == (WURTZITE if phase == "wz" else ZINC_BLENDE)).mean() > 0.95
    assert structure.segments[0] == "dot1.core"
    # The line between the centres is the normal of the facets that joined them.
    sides = half(structure)
    line = structure.positions[sides == 0].mean(axis=0) - structure.positions[sides == 1].mean(axis=0)
    assert abs(line @ AXES[attach]) / np.linalg.norm(line) > 0.98


PERIODS = {
    "(0001)": 2.0 / np.sqrt(3.0), "{10-10}": np.sqrt(3.0 / 8.0), "{11-20}": 0.5 / np.sqrt(2.0),
    "{111}": 1.0 / np.sqrt(3.0), "{100}": 0.5,
}  # fmt: skip
"""Units of a: thickness of a slab that holds each kind of layer once."""


@FEW
@given(plane=PLANES, size=st.floats(2.4, 3.2), share=st.floats(0.6, 0.95))
def test_the_neck_is_as_wide_as_asked(made, plane, size, share):
    phase, attach = plane
    neck = share * size
    structure = made(dimer((size, size), phase, attach, neck))
    axis, slab = np.array(AXES[attach]), PERIODS[attach] * A
    height = structure.positions @ axis
    # Each atom in the slab around the plane between the dots stands for a³/8. Near the rims of thick slabs
    # the spheres bulge beyond a thin neck.
    middle = np.abs(height - 1e-3) < 0.5 * slab
    area = middle.sum() * A**3 / 8.0 / slab
    bulge = np.sqrt(max(size * 5.0 * slab, (5.0 * neck) ** 2)) - 5.0 * neck
    assert 9.2 * neck < np.sqrt(4.0 / np.pi * area) < 10.8 * neck + 2.0 * bulge
    across = np.linalg.norm(structure.positions - height[:, None] * axis, axis=1)
    assert 5.0 * neck - 0.62 * A < across[middle].max() < 5.0 * neck + 0.62 * A + bulge


@FEW
@given(sizes=st.tuples(st.floats(1.6, 3.0), st.floats(1.6, 3.0)), turn=st.sampled_from([60, 180, -60]))
def test_60_degrees_about_111_are_a_perfect_twin(made, check_network, sizes, turn):
    structure = made(dimer(sizes, "zb", "{111}", 1.4, twist=f"{turn} deg"))
    check_network(structure)
    assert np.allclose(lengths(structure, structure.positions), materials.bond("CdSe"), atol=1e-3)
    # One h layer between two zinc blendes: the bonds across the boundary are eclipsed, and no others.
    atom, slot = np.nonzero(structure.eclipsed)
    assert len(atom) >= 6
    middles = 0.5 * (structure.positions[atom] + structure.positions[structure.neighbours[atom, slot]])
    assert np.abs(middles @ AXES["{111}"]).max() < 0.01
    sides = half(structure)
    across = sides[:, None] != sides[structure.neighbours]
    assert np.array_equal(across & (structure.neighbours != NO_ATOM), structure.eclipsed.astype(bool))


@FEW
@given(size=st.floats(2.0, 3.0), turn=st.sampled_from([60, -60, 180]))
def test_60_degrees_about_0001_are_wurtzite_itself(made, check_network, size, turn):
    """The axis of wurtzite is a sixfold screw: turned by 60° and raised by a layer it continues itself."""
    structure = made(dimer((size, size), "wz", "(0001)", 1.4, twist=f"{turn} deg"))
    check_network(structure)
    assert (structure.phase == WURTZITE).all()


@FEW
@given(
    plane=PLANES,
    turn=st.floats(-170.0, 170.0),
    tilt=st.sampled_from([0.0, 0.0, 10.0, -20.0]),
    size=st.floats(2.0, 2.8),
)
def test_other_angles_bond_as_far_as_they_go(made, plane, turn, tilt, size):
    phase, attach = plane
    try:
        structure = made(dimer((size, size), phase, attach, 1.7, twist=f"{turn:.1f} deg", tilt=f"{tilt} deg"))
    except InputError as refusal:
        assert refusal.name == "root.twist"
        assert "no bond" in refusal.rule
        return
    atom, other = bonds(structure)
    assert (structure.cation[atom] != structure.cation[other]).all()
    assert (structure.neighbours != NO_ATOM).sum(axis=1).min() >= 2
    bond = materials.bond("CdSe")
    start = lengths(structure, structure.positions)
    assert 0.85 * bond - 1e-6 < start.min()
    assert start.max() < 1.25 * bond + 1e-6
    sides = half(structure)
    assert (sides[atom] != sides[other]).any(), "the dots are bonded"
    close = KDTree(structure.positions).query_pairs(0.85 * bond - 1e-6)
    assert not close
    like = np.array(sorted(KDTree(structure.positions).query_pairs(1.25 * bond - 1e-6)))
    assert (structure.cation[like[:, 0]] != structure.cation[like[:, 1]]).all(), (
        "no two of a kind side by side"
    )
    relaxed = relax(structure).positions
    assert np.abs(lengths(structure, relaxed) / bond - 1.0).max() < 0.12
    facts = describe(structure)
    missing = int((structure.neighbours == NO_ATOM).sum())
    assert sum(facts["dangling_bonds"].values()) == missing
    assert facts["undercoordinated_interior"] >= 0


def test_what_a_twist_leaves_open_is_reported(made):
    straight, turned = (
        describe(made(dimer((2.6, 2.6), "zb", "{111}", 2.2, twist=f"{twist} deg"))) for twist in (0, 30)
    )
    assert straight["undercoordinated_interior"] == 0
    assert turned["undercoordinated_interior"] > 0


@pytest.mark.parametrize(("phase", "attach"), [("zb", "{100}"), ("wz", "{11-20}")])
def test_where_no_bond_is_left_the_twist_is_named(made, phase, attach):
    with pytest.raises(InputError, match="no bond between the two dots") as caught:
        made(dimer(phase=phase, attach=attach, twist="90 deg"))
    assert caught.value.name == "root.twist"
    assert made(dimer(phase=phase, attach=attach, twist="0 deg"))


PRISM = {"shape": "hexagonal_prism", "height": "2.4 nm"}


@pytest.mark.parametrize("attach", ATTACH["wz"])
@pytest.mark.parametrize("size", [2.2, 2.6, 3.0])
def test_facets_join_through_the_neck_alone(made, check_network, attach, size):
    structure = made(dimer((size, size), "wz", attach, 1.2, dot=PRISM))
    check_network(structure)
    axis = np.array(AXES[attach])
    middle = np.abs(structure.positions @ axis) < 0.35 * A
    across = structure.positions - (structure.positions @ axis)[:, None] * axis
    assert np.linalg.norm(across[middle], axis=1).max() < 6.0 + 0.62 * A


def test_a_gap_too_narrow_for_ligands_is_refused_and_the_one_that_works_told(made, check_network):
    with pytest.raises(InputError, match="face to face") as caught:
        made(dimer((2.4, 2.4), "wz", "{11-20}", 1.2, dot=PRISM, with_neck={"gap": "0.4 nm"}))
    assert caught.value.name == "root.neck.gap"
    enough = caught.value.cure.split()[1]
    structure = made(dimer((2.4, 2.4), "wz", "{11-20}", 1.2, dot=PRISM, with_neck={"gap": f"{enough} nm"}))
    check_network(structure)
    entry = structure.realised["root.neck.gap"]
    assert abs(entry["realised"] - entry["asked"]) < 0.36 * A


def test_cores_shells_and_necks_have_their_names_and_materials(made):
    shells = [{"material": "CdS", "thickness": "0.8 nm"}]
    dot = {"shells": shells, "core": {"material": "CdTe", "diameter": "1.2 nm"}}
    structure = made(dimer((2.2, 2.2), "wz", "{10-10}", 1.6, dot=dot))
    expected = {f"dot{number}.{part}" for number in (1, 2) for part in ("core", "body", "shell1")}
    assert expected <= set(structure.segments) <= expected | {"neck"}
    material = dict(zip(structure.segments, structure.segment_materials, strict=True))
    assert material["dot1.core"] == "CdTe"
    assert material["dot2.body"] == "CdSe"
    assert material["dot1.shell1"] == material.get("neck", "CdS") == "CdS"
    gap = made(dimer((2.0, 2.0), "wz", "{10-10}", 1.2, with_neck={"gap": "1.2 nm", "material": "ZnS"}))
    neck = gap.segment == gap.segments.index("neck")
    assert set(gap.numbers[neck].tolist()) == {16, 30}
    height = gap.positions[neck] @ np.array(AXES["{10-10}"])
    # The gap, what spheres of 2 nm fall back over the radius of the neck, and half a period.
    assert np.ptp(height) == pytest.approx(12.0 + 3.6, abs=0.61 * A + 2.0)
