"""Branches point where the crystal lets them, on arms and on both ends of rods, and are sound or refused."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epidot import materials
from epidot.errors import InputError
from epidot.structure.inspect import coordination, describe
from epidot.structure.measure_arms import measure_arms

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TETRAHEDRAL = np.degrees(np.arccos(-1.0 / 3.0))
FORWARD = 180.0 - TETRAHEDRAL
A_SIDES = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3.0)
SIMILAR = st.sampled_from(["CdSe", "CdS"])
"""Compounds of little misfit: start positions are close to the ideal network."""
PHASES = st.sampled_from(["wz", "zb"])
ORIENTATIONS = st.sampled_from(["opposite", "same"])


def arm(diameter=1.6, length=3.0, material="CdSe", **rest):
    return {
        "cross_section": {"diameter": f"{diameter:.2f} nm"},
        "segments": [{"material": material, "length": f"{length:.2f} nm"}],
        **rest,
    }


def node(arms, material="CdSe", **rest):
    return {"kind": "branch_point", "material": material, "arms": arms, **rest}


def rod(length=5.0, polarity="A", diameter=2.0, **rest):
    return {
        "kind": "stack",
        "polarity": polarity,
        "cross_section": {"diameter": f"{diameter:.2f} nm"},
        "segments": [{"material": "CdSe", "length": f"{length:.2f} nm"}],
        **rest,
    }


ARMS = st.builds(arm, st.floats(1.3, 2.6), st.floats(1.5, 4.0), SIMILAR, phase=PHASES)
THIN_ARMS = st.builds(arm, st.floats(1.3, 1.6), st.floats(2.0, 4.0), SIMILAR, phase=PHASES)


def directions(structure):
    return {piece.name: piece.direction for piece in measure_arms(structure, structure.positions)}


def angle(first, second):
    return np.degrees(np.arccos(np.clip(first @ second, -1.0, 1.0)))


def wanted(orientation, count):
    """Angles to the carrying limb's direction: three forward, or one straight on and three back."""
    if orientation == "opposite":
        return [FORWARD] * count
    return [0.0, *[TETRAHEDRAL] * (count - 1)]


def check_branches(found, parent, names, orientation):
    """Angles of branches to the direction in which their parent grows, and among each other."""
    axes = np.array([found[name] for name in names])
    assert np.allclose([angle(axis, parent) for axis in axes], wanted(orientation, len(names)), atol=0.1)
    mutual = [angle(axes[i], axes[j]) for i in range(len(axes)) for j in range(i)]
    assert np.allclose(mutual, TETRAHEDRAL, atol=0.1)


@FEW
@given(
    parent=ARMS,
    branches=st.lists(THIN_ARMS, min_size=1, max_size=3),
    orientation=ORIENTATIONS,
    variant=st.integers(0, 1),
    material=SIMILAR,
)
def test_branches_on_an_arm(made, check_network, parent, branches, orientation, variant, material):
    tip = node(branches, material, orientation=orientation, variant=variant)
    structure = made(node([{**parent, "tip": tip}, arm(), arm()], material))
    check_network(structure)
    found = directions(structure)
    names = [f"arm1.arm{number + 1}" for number in range(len(branches))]
    check_branches(found, found["arm1"], names, orientation)
    assert np.allclose(found["arm1"], A_SIDES[0], atol=2e-3)


@pytest.mark.parametrize("phase", ["wz", "zb"])
@pytest.mark.parametrize("length", [2.0, 2.4])
def test_variants_are_the_lattice_of_the_root_and_its_twin(made, phase, length):
    """[-1, 1, 1]/√3 and its mirror image at (111), [5, -1, -1]/√27, whatever the number of bilayers."""
    for variant, first in enumerate(([-1.0, 1.0, 1.0], [5.0, -1.0, -1.0])):
        tip = node([arm(1.4, 2.0)], variant=variant, repeat=3)
        found = directions(made(node([arm(1.6, length, phase=phase, tip=tip)])))
        expected = [np.roll(first, shift) / np.linalg.norm(first) for shift in range(3)]
        matches = [max(found[f"arm1.arm{number}"] @ axis for number in (1, 2, 3)) for axis in expected]
        assert min(matches) > np.cos(np.radians(0.1))


@FEW
@given(
    ends=st.dictionaries(
        st.sampled_from(["tip", "base"]), st.tuples(ORIENTATIONS, st.integers(0, 1)), min_size=1
    ),
    polarity=st.sampled_from(["A", "B"]),
    size=st.tuples(st.floats(3.0, 6.0), st.floats(1.6, 2.6)),
    count=st.integers(1, 3),
)
def test_both_ends_of_a_rod(made, check_network, ends, polarity, size, count):
    nodes = {
        end: node([arm(1.4, 2.0)] * count, orientation=orientation, variant=variant)
        for end, (orientation, variant) in ends.items()
    }
    structure = made(rod(size[0], polarity, round(size[1], 2), **nodes))
    check_network(structure)
    found = directions(structure)
    for end, (orientation, _) in ends.items():
        outward = np.array([0.0, 0.0, 1.0 if end == "tip" else -1.0])
        check_branches(found, outward, [f"{end}.arm{n + 1}" for n in range(count)], orientation)


@pytest.mark.parametrize("end", ["tip", "base"])
def test_the_twin_turns_the_azimuth_by_60_degrees(made, end):
    azimuths = []
    for variant in (0, 1):
        found = directions(made(rod(**{end: node([arm(1.4, 2.0)], variant=variant, repeat=3)})))
        axes = [found[f"{end}.arm{number}"] for number in (1, 2, 3)]
        azimuths.append([np.degrees(np.arctan2(axis[1], axis[0])) % 120.0 for axis in axes])
    for values in azimuths:
        assert np.ptp((np.array(values) - values[0] + 60.0) % 120.0) < 0.2
    assert (azimuths[1][0] - azimuths[0][0]) % 120.0 == pytest.approx(60.0, abs=0.2)


def test_the_ends_of_a_rod_do_not_know_each_other(made, atoms_of):
    base = node([arm(1.4, 2.0)], repeat=3)
    below = []
    for tip in (None, node([arm(1.6, 3.0)], orientation="same", variant=1)):
        rest = {} if tip is None else {"tip": tip}
        structure = made(rod(6.0, base=base, **rest))
        branches = atoms_of(structure, "base.node", *(f"base.arm{n}.s1" for n in (1, 2, 3)))
        half = atoms_of(structure, "s1") & (structure.positions[:, 2] < 0.0)
        below.append({tuple(row) for row in structure.positions[branches | half].round(4)})
    assert below[0] == below[1]


@pytest.mark.parametrize("orientation", ["opposite", "same"])
def test_nodes_begin_one_bond_beyond_the_ends(made, orientation):
    """Whatever the two ends are made of: bonds across have the length of the compound that they are of."""
    ends = {
        end: node([arm(1.4, 2.0, material)] * 2, material, orientation=orientation)
        for end, material in (("base", "CdTe"), ("tip", "ZnS"))
    }
    root = rod(6.0, diameter=1.8, **ends)
    root["segments"] = [{"material": name, "length": "3 nm"} for name in ("CdTe", "ZnS")]
    structure = made(root)
    names = np.array(structure.segments)[structure.segment]
    for end, piece, material in (("base", "s1", "CdTe"), ("tip", "s2", "ZnS")):
        mine = np.flatnonzero(names == f"{end}.node")
        atom, slot = np.nonzero(names[structure.neighbours[mine]] == piece)
        other = structure.neighbours[mine[atom], slot]
        length = np.linalg.norm(structure.positions[mine[atom]] - structure.positions[other], axis=1)
        assert len(length) > 10
        assert np.allclose(length, materials.bond(material), rtol=0.02)


def outermost(structure, name):
    """Elements of the last layer of a limb: 1 cation, 0 anion."""
    foot, end = next((np.array(a), np.array(b)) for limb, a, b in structure.limbs if limb == name)
    axis = (end - foot) / np.linalg.norm(end - foot)
    mine = structure.segment == structure.segments.index(f"{name}.s1")
    height = (structure.positions[mine] - foot) @ axis
    return set(structure.cation[mine][height > height.max() - 0.3].tolist())


def test_polarity_follows_the_crystal(made):
    forward = made(node([arm(tip=node([arm(1.4, 2.0)])), arm()]))
    assert outermost(forward, "arm2") == {1}, "arms of the root grow along A: they end in cations"
    assert outermost(forward, "arm1.arm1") == {0}, "forward branches have the other polarity"
    back = made(node([arm(tip=node([arm(1.4, 2.0)] * 2, orientation="same")), arm()]))
    assert outermost(back, "arm1.arm1") == outermost(back, "arm1.arm2") == {1}


@FEW
@given(
    sides=st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 3)), min_size=2, max_size=8, unique=True),
    sizes=st.lists(st.tuples(st.floats(1.3, 2.4), st.floats(1.5, 3.0)), min_size=8, max_size=8),
)
def test_octapods_with_any_facets_and_sizes(made, check_network, sides, sizes):
    arms = [
        arm(diameter, length, polarity=side, facet=facet)
        for (side, facet), (diameter, length) in zip(sides, sizes, strict=False)
    ]
    structure = made(node(arms))
    check_network(structure)
    found = directions(structure)
    for number, (side, facet) in enumerate(sides):
        outward = A_SIDES[facet] * (1.0 if side == "A" else -1.0)
        assert angle(found[f"arm{number + 1}"], outward) < 0.1
        assert outermost(structure, f"arm{number + 1}") == {1 if side == "A" else 0}


def test_dendrimers(made, check_network):
    twig = arm(1.3, 2.0)
    middle = arm(1.3, 2.6, tip=node([twig], repeat=3))
    structure = made(node([arm(1.3, 4.0, tip=node([middle], repeat=2)), arm(1.3, 2.0)]))
    check_network(structure)
    found = directions(structure)
    assert len(found) == 2 + 2 + 6
    for parent in ("arm1", "arm1.arm1", "arm1.arm2"):
        names = [name for name in found if name.rpartition(".")[0] == parent]
        check_branches(found, found[parent], names, "opposite")


def test_bent_arms_and_missing_arms(made, check_network):
    bent = arm(1.6, 2.0, tip=node([arm(1.6, 2.5)]))
    structure = made(node([bent, arm(1.8, 3.0, facet=2)]))
    check_network(structure)
    found = directions(structure)
    assert angle(found["arm1"], found["arm1.arm1"]) == pytest.approx(FORWARD, abs=0.1)
    assert angle(found["arm1"], found["arm2"]) == pytest.approx(TETRAHEDRAL, abs=0.1)
    assert angle(found["arm2"], A_SIDES[2]) < 0.1
    assert len(describe(structure)["arms"]) == 3


SECOND = st.builds(
    lambda branches, material, orientation, variant: node(
        branches, material, orientation=orientation, variant=variant
    ),
    st.lists(
        st.builds(arm, st.floats(1.2, 3.5), st.floats(0.5, 4.5), SIMILAR, phase=PHASES),
        min_size=1,
        max_size=3,
    ),
    SIMILAR,
    ORIENTATIONS,
    st.integers(0, 1),
)


@settings(FEW, max_examples=40)
@given(
    parents=st.lists(
        st.tuples(st.floats(1.2, 3.0), st.floats(0.5, 4.0), PHASES, st.booleans()), min_size=1, max_size=3
    ),
    tip=SECOND,
    material=SIMILAR,
)
def test_second_generations_are_sound_or_refused(made, check_network, parents, tip, material):
    arms = [
        arm(diameter, length, phase=phase, **({"tip": tip} if carries else {}))
        for diameter, length, phase, carries in parents
    ]
    try:
        structure = made(node(arms, material))
    except InputError as refusal:
        assert refusal.name.startswith("root.arms[")
        assert refusal.rule
        assert refusal.cure
        return
    check_network(structure)
    assert coordination(structure).max() == 4
