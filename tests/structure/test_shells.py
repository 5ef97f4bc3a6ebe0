"""Shells are as thick as asked, everywhere outside and nowhere inside, and leave nothing bare."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from epidot import materials
from epidot.structure.structure import NO_ATOM

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROW, BILAYER = np.sqrt(3.0 / 8.0), 1.0 / np.sqrt(3.0)
"""Units of a."""


def arm(diameter=1.8, length=2.5, material="CdSe", **rest):
    return {
        "cross_section": {"diameter": f"{diameter:.2f} nm"},
        "segments": [{"material": material, "length": f"{length:.2f} nm"}],
        **rest,
    }


def node(arms, material="CdSe", **rest):
    return {"kind": "branch_point", "material": material, "arms": arms, **rest}


def rod(diameter=2.4, length=4.0, **rest):
    section = {"diameter": f"{diameter:.2f} nm"}
    segments = [{"material": "CdSe", "length": f"{length:.2f} nm"}]
    return {"kind": "stack", "cross_section": section, "segments": segments, **rest}


def dot(diameter=2.6, **rest):
    return {"kind": "dot", "material": "CdSe", "diameter": f"{diameter:.2f} nm", **rest}


def shell(thickness, material="CdS", **rest):
    return {"material": material, "thickness": f"{thickness:.2f} nm", **rest}


def surface(structure):
    return (structure.neighbours == NO_ATOM).any(axis=1)


def layers(structure):
    """Number of the shell (atom,) in which each atom is, 0 inside."""
    number = [int(name[5:]) if name.startswith("shell") else 0 for name in structure.segments]
    return np.array(number)[structure.segment]


def covering(structure):
    """Distances (atom,) of the outermost atoms from the nearest inner one, Å."""
    level = layers(structure)
    return KDTree(structure.positions[level == 0]).query(structure.positions[surface(structure)])[0]


PARTICLES = {
    "sphere": dot(),
    "wz sphere": dot(phase="wz"),
    "octahedron": dot(3.0, shape="octahedron"),
    "cube": dot(3.0, shape="cube"),
    "prism": dot(2.6, shape="hexagonal_prism", phase="wz"),
    "rod": rod(),
    "round rod": rod(cross_section={"shape": "circle", "diameter": "2.4 nm"}),
    "zb rod": rod(phase="zb"),
    "faulted rod": rod(stacking="hhhhchhh"),
    "rod with a pyramid and a round end": rod(3.0, 5.0, tip={"kind": "pyramid"}, base={"kind": "round"}),
    "tapered rod": rod() | {"segments": [{"material": "CdSe", "length": "4 nm", "taper_to": "1.6 nm"}]},
    "branched rod": rod(2.0, 4.0, tip=node([arm(1.4, 2.0)] * 3)),
    "tetrapod": node([arm()] * 4),
    "tetrapod with a core": node([arm()] * 4, core={"material": "CdTe", "diameter": "2 nm"}),
    "unequal tripod": node([arm(1.5, 3.0), arm(2.2, 2.0), arm(1.8, 2.5)]),
    "octapod": node([arm(1.5, 2.0, polarity=side) for side in "AAAABBBB"]),
    "second generation": node([arm(1.6, 3.5, tip=node([arm(1.4, 2.0)] * 3)), arm(), arm()]),
    "backward branches": node([arm(1.6, 4.0, tip=node([arm(1.4, 1.5)] * 3, orientation="same")), arm()]),
    "platelet": {"kind": "platelet", "material": "CdSe", "monolayers": 4, "length": "3 nm", "width": "3 nm"},
    "crowned platelet": {
        "kind": "platelet", "material": "CdSe", "monolayers": 3, "length": "3 nm", "width": "3 nm",
        "crown": {"material": "CdTe", "width": "0.7 nm"},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PARTICLES)
def test_nothing_inside_is_left_bare(made, check_network, name):
    structure = made(PARTICLES[name], shells=[shell(0.7)])
    check_network(structure)
    inside = layers(structure) == 0
    assert inside.any()
    assert not (inside & surface(structure)).any()
    assert set(structure.numbers[~inside].tolist()) == {16, 48}
    bare = made(PARTICLES[name])
    # The same as without, but that arms stand farther apart where they meet.
    assert 0.9 < inside.sum() / len(bare.positions) < (1.4 if name == "octapod" else 1.25)


@pytest.mark.parametrize("name", ["sphere", "rod", "tetrapod", "second generation", "platelet"])
def test_a_single_monolayer_leaves_at_most_sharp_edges_bare(made, name):
    structure = made(PARTICLES[name], shells=[shell(0.4)])
    inside = layers(structure) == 0
    assert (inside & surface(structure)).sum() <= 0.04 * inside.sum()


@FEW
@given(
    name=st.sampled_from([name for name in PARTICLES if "platelet" not in name and "octapod" not in name]),
    thickness=st.floats(0.7, 1.3),
)
def test_shells_are_as_thick_as_asked(made, name, thickness):
    a = materials.lattice_constant("CdS")
    distance = covering(made(PARTICLES[name], shells=[shell(thickness)]))
    # Sizes snap to rows and bilayers; over edges the way is longer, and grooves are filled up.
    assert distance.min() > 10.0 * thickness - 1.2 * ROW * a
    assert np.median(distance) == pytest.approx(10.0 * thickness, abs=0.8 * ROW * a)
    assert np.quantile(distance, 0.9) < 1.8 * 10.0 * thickness + ROW * a


@FEW
@given(
    diameter=st.floats(1.6, 3.0),
    first=st.floats(0.4, 1.2),
    second=st.floats(0.4, 1.2),
    phase=st.sampled_from(["zb", "wz"]),
)
def test_spherical_shells_have_their_volumes(made, diameter, first, second, phase):
    structure = made(dot(diameter, phase=phase), shells=[shell(first), shell(second, "ZnS")])
    radii = 5.0 * diameter + np.array([0.0, 10.0 * first, 10.0 * (first + second)])
    # Each layer is measured in its own lattice constant: that is what the network keeps.
    scaled = [radii[0] / materials.lattice_constant("CdSe")]
    for step, name in zip(np.diff(radii), ("CdS", "ZnS"), strict=True):
        scaled.append(scaled[-1] + step / materials.lattice_constant(name))
    level = layers(structure)
    for number, (outer, inner) in enumerate(zip(scaled, [0.0, *scaled], strict=False)):
        expected = 8.0 * 4.0 / 3.0 * np.pi * (outer**3 - inner**3)
        # The number of sites in a shell scatters as the square root of its surface.
        spread = 3.0 * np.sqrt(4.0 * np.pi * outer**2 * 8.0)
        assert abs((level == number).sum() - expected) < spread + 6.0


def extent(structure, mask):
    return np.ptp(structure.positions[mask], axis=0)


@pytest.mark.parametrize("over", ["all", "sides", "ends"])
def test_over_says_where(made, over):
    bare = made(rod(2.4, 4.0))
    structure = made(rod(2.4, 4.0), shells=[shell(0.7, "CdSe", over=over)])
    gained = 0.1 * (extent(structure, slice(None)) - extent(bare, slice(None)))
    assert gained[2] == pytest.approx(0.0 if over == "sides" else 1.4, abs=0.36)
    assert gained[0] == pytest.approx(0.0 if over == "ends" else 1.4, abs=0.45)
    assert gained[1] == pytest.approx(0.0 if over == "ends" else 1.4, abs=0.45)


@pytest.mark.parametrize("root", [rod(2.4, 4.0), PARTICLES["prism"], node([arm(1.8, 3.0)] * 4)])
def test_axial_is_the_thickness_of_the_ends(made, root):
    a = materials.lattice_constant("CdS")
    thin, thick = (made(root, shells=[shell(0.7, axial=f"{axial} nm")]) for axial in (0.7, 2.0))

    def cap(structure):
        level = layers(structure)
        axis = np.array([0.0, 0.0, 1.0]) if root["kind"] != "branch_point" else np.ones(3) / np.sqrt(3.0)
        height = structure.positions @ axis
        return height.max() - height[level == 0].max()

    assert cap(thick) - cap(thin) == pytest.approx(13.0, abs=1.01 * BILAYER * a)
    assert cap(thin) == pytest.approx(7.0, abs=0.51 * BILAYER * a + 0.5)


def test_shells_upon_shells(made, check_network):
    structure = made(node([arm(1.6, 2.0)] * 4), shells=[shell(0.7), shell(0.7, "ZnS")])
    check_network(structure)
    level = layers(structure)
    around = structure.neighbours
    there = around != NO_ATOM
    jump = np.abs(level[around] - level[:, None])[there]
    assert jump.max() == 1, "inside and the second shell do not touch"
    assert set(level[surface(structure)].tolist()) == {2}


@pytest.mark.parametrize(("name", "limb"), [("branched rod", "rod"), ("second generation", "arm1")])
def test_an_end_that_carries_branches_has_no_shell_of_its_own(made, name, limb):
    structure = made(PARTICLES[name], shells=[shell(0.7)])
    level = layers(structure)
    # Between limb and node the inner material goes on: no shell atom on the axis there.
    tip = next(np.array(end) for found, _, end in structure.limbs if found == limb)
    beside = np.linalg.norm(structure.positions - tip, axis=1) < 5.0
    assert beside.sum() > 10
    assert (level[beside] == 0).all()
    assert KDTree(structure.positions[level == 0]).query(tip)[0] < 3.0
