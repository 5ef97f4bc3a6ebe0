"""Parts that run into each other are named, and the length or height that is suggested works when tried."""

import copy
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from epidot import materials
from epidot.errors import InputError

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COMPOUNDS = st.sampled_from(["CdSe", "CdS", "CdTe", "ZnS"])
CROSSING = ("arm1.arm2.s1", "arm2.arm2.s1")
KEEP = re.compile(r"[Kk]eep (\S+) within ([\d.]+) nm")


def arm(diameter=1.5, length=3.0, material="CdSe", **rest):
    return {
        "cross_section": {"diameter": f"{diameter:.2f} nm"},
        "segments": [{"material": material, "length": f"{length:.2f} nm"}],
        **rest,
    }


def node(arms, material="CdSe", **rest):
    return {"kind": "branch_point", "material": material, "arms": arms, **rest}


def backward(length, material="CdSe", phase="wz"):
    """A node with a short branch straight on and a long one backwards, towards that of the next arm."""
    return node(
        [arm(1.4, 1.0, material), arm(1.4, length, material, phase=phase)], material, orientation="same"
    )


def refusal(made, root):
    with pytest.raises(InputError) as caught:
        made(root)
    return caught.value


def at(root, path):
    """The part of a root that a path of a message names."""
    part = {"root": root}
    for key in re.findall(r"[a-z_]+|\d+", path):
        part = part[int(key)] if key.isdigit() else part[key]
    return part


def shortened(root, path, length):
    root = copy.deepcopy(root)
    at(root, path)["segments"][0]["length"] = f"{length:.3f} nm"
    return root


@pytest.mark.parametrize("phase", ["wz", "zb"])
@pytest.mark.parametrize("other", ["CdSe", "CdS", "CdTe"])
def test_the_suggested_length_works_and_little_more_does_not(made, check_network, phase, other):
    # Branches along [1, -1, -1] and [1, 1, 1] cross at the far corner of a parallelogram.
    root = node([arm(tip=backward(6.0, phase=phase)), arm(tip=backward(6.0, other, phase), material=other)])
    error = refusal(made, root)
    assert {error.name, re.search(r"runs into (\S+):", error.rule)[1]} == {
        "root.arms[0].tip.arms[1]",
        "root.arms[1].tip.arms[1]",
    }
    found = KEEP.findall(error.cure)
    assert {path for path, _ in found} == {"root.arms[0].tip.arms[1]", "root.arms[1].tip.arms[1]"}
    for path, length in found:
        structure = made(shortened(root, path, float(length)))
        if phase == "wz" and other != "CdTe":
            check_network(structure)
        bilayer = 0.1 * materials.lattice_constant(at(root, path)["segments"][0]["material"]) / np.sqrt(3.0)
        assert refusal(made, shortened(root, path, float(length) + 2.5 * bilayer))


def test_copies_of_one_branch_are_one_path(made):
    carried = arm(1.4, 2.5, tip=backward(6.0))
    root = node([arm(1.5, 3.0, tip=node([carried], repeat=3)), arm()])
    error = refusal(made, root)
    path = "root.arms[0].tip.arms[0].tip.arms[1]"
    assert error.name == path
    assert "another copy of itself" in error.rule
    ((named, length),) = KEEP.findall(error.cure)
    assert named == path
    made(shortened(root, path, float(length)))


def test_what_overlaps_in_reality_alone_is_refused(made):
    """CdTe is 20 % longer than ZnS: on the network, which has one lattice constant, the branches miss."""
    built = []
    for length in (4.5, 5.0, 5.25, 5.5, 5.75):
        root = node([arm(1.4, 4.0, name, tip=backward(length, name)) for name in ("CdTe", "ZnS")])
        try:
            structure = made(root)
        except InputError:
            continue
        built.append(length)
        ends = [structure.positions[structure.segment == structure.segments.index(name)] for name in CROSSING]
        assert KDTree(ends[0]).query(ends[1])[0].min() > 2.0 * materials.bond("ZnS")
    # At 5.5 nm they are 0.3 nm apart; on the network they touch at 6 nm only.
    assert built == [4.5, 5.0, 5.25]


def test_what_overlaps_on_the_network_alone_is_built(made):
    """The branch of ZnS ends short of that of CdTe, though on the network it would reach beyond it."""
    tips = [backward(8.0, "CdTe"), backward(4.4, "ZnS")]
    root = node([arm(1.4, 5.0, name, tip=tip) for name, tip in zip(("CdTe", "ZnS"), tips, strict=True)])
    structure = made(root)
    atom, slot = np.nonzero(structure.neighbours >= 0)
    other = structure.neighbours[atom, slot]
    length = np.linalg.norm(structure.positions[atom] - structure.positions[other], axis=1)
    assert length.max() < 1.2 * materials.bond("CdTe")
    ends = [structure.positions[structure.segment == structure.segments.index(name)] for name in CROSSING]
    assert KDTree(ends[0]).query(ends[1])[0].min() > 2.0 * materials.bond("CdTe")


@FEW
@given(
    lengths=st.tuples(st.floats(1.5, 4.0), st.floats(1.5, 4.0)),
    branches=st.lists(st.tuples(st.floats(1.2, 2.2), st.floats(2.0, 7.0)), min_size=2, max_size=3),
    compounds=st.tuples(COMPOUNDS, COMPOUNDS),
    variant=st.integers(0, 1),
    phase=st.sampled_from(["wz", "zb"]),
)
def test_following_the_advice_leads_to_a_particle(made, lengths, branches, compounds, variant, phase):
    tips = [
        node([arm(d, x, name, phase=phase) for d, x in branches], name, orientation="same", variant=variant)
        for name in compounds
    ]

    def carried(lengths):
        return node(
            [arm(1.5, x, name, tip=tip) for x, name, tip in zip(lengths, compounds, tips, strict=True)]
        )

    root = carried(lengths)
    for _ in range(8):
        try:
            made(root)
            return
        except InputError as error:
            assert error.name.startswith("root.arms[")
            found = KEEP.search(error.cure)
            if found is None:
                # They begin beside each other: only the limbs that carry them can help.
                assert "limbs that carry them longer" in error.cure
                root = carried([3.0 * x for x in lengths])
                continue
            path, length = found[1], float(found[2])
            assert length < float(at(root, path)["segments"][0]["length"].split()[0])
            root = shortened(root, path, length)
    pytest.fail("eight refusals")


def test_thick_branches_beside_each_other_ask_for_longer_limbs(made):
    branches = node([arm(4.0, 2.0)] * 3, orientation="same")
    error = refusal(made, node([arm(1.5, 1.0, tip=branches), arm(1.5, 1.0, tip=branches)]))
    assert not KEEP.search(error.cure)
    assert error.cure.startswith("Make the limbs that carry them longer")
    made(node([arm(1.5, 12.0, tip=branches), arm(1.5, 12.0, tip=branches)]))


@pytest.mark.parametrize("diameter", [1.6, 2.4, 3.1])
@pytest.mark.parametrize("polarities", ["AA", "AB", "AAAABBBB"])
def test_the_suggested_height_of_a_fixed_junction_works(made, check_network, diameter, polarities):
    def root(height):
        arms = [arm(diameter, 1.5, polarity=side, facet=number % 4) for number, side in enumerate(polarities)]
        if polarities == "AB":
            arms[1]["facet"] = 1
        return node(arms, junction={"rule": "fixed", "height": f"{height:.2f} nm"})

    error = refusal(made, root(0.3))
    assert error.name == "root.junction.height"
    least = float(re.search(r"at least ([\d.]+) nm", error.cure)[1])
    structure = made(root(least))
    check_network(structure)
    realised = structure.realised["root.junction.height"]
    bilayer = materials.lattice_constant("CdSe") / np.sqrt(3.0)
    assert abs(realised["realised"] - realised["asked"]) < 0.51 * bilayer
    assert refusal(made, root(least - 0.4))
