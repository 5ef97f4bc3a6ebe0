"""Ideal particles have the point groups of their shapes, as spglib finds them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

TD, D2D, D2 = "P-43m", "P-42m", "P222"
C3V = "P3m1"


@pytest.fixture(autouse=True)
def spglib_raises(monkeypatch):
    """Let spglib raise what goes wrong, as it will from version 3 on, instead of returning None."""
    monkeypatch.setenv("SPGLIB_OLD_ERROR_HANDLING", "0")


def dot(shape, diameter="2.6 nm", **rest):
    return {"kind": "dot", "material": "CdSe", "shape": shape, "diameter": diameter, **rest}


def arm(diameter=1.5, length=1.5, material="CdSe", **rest):
    return {
        "cross_section": {"diameter": f"{diameter} nm"},
        "segments": [{"material": material, "length": f"{length} nm"}],
        **rest,
    }


def node(arms, material="CdSe", **rest):
    return {"kind": "branch_point", "material": material, "arms": arms, **rest}


def rod(length="3.5 nm", **rest):
    return {
        "kind": "stack",
        "cross_section": {"diameter": "2 nm"},
        "segments": [{"material": "CdSe", "length": length}],
        **rest,
    }


def platelet(monolayers, width="2.4 nm", **rest):
    sides = {"length": "2.4 nm", "width": width}
    return {"kind": "platelet", "material": "CdSe", "monolayers": monolayers, **sides, **rest}


def shell(material="CdS", thickness="0.6 nm"):
    return {"shells": [{"material": material, "thickness": thickness}]}


SIDES = ("A", "A", "A", "A", "B", "B", "B", "B")
CUBIC = (
    "octahedron",
    "cube",
    "tetrahedron",
    "truncated_tetrahedron",
    "truncated_octahedron",
    "cuboctahedron",
)
BRANCHES = node([arm(1.3, 1.2)], repeat=3)
GROUPS = {
    **{shape: (dot(shape), {}, "cubic", TD) for shape in CUBIC},
    **{f"{shape}, core and shell": (dot(shape, "2 nm"), shell(), "cubic", TD) for shape in CUBIC[:3]},
    "zinc-blende wulff": (dot("wulff", facets={"(111)": 0.3, "{100}": 0.33}), {}, "cubic", TD),
    "hexagonal prism": (dot("hexagonal_prism", phase="wz"), {}, "hexagonal", C3V),
    "tall prism with a shell": (
        dot("hexagonal_prism", "1.8 nm", height="3 nm", phase="wz"),
        shell(),
        "hexagonal",
        C3V,
    ),
    "hexagonal bipyramid": (dot("hexagonal_bipyramid", phase="wz"), {}, "hexagonal", C3V),
    "octapod": (node([arm(polarity=side) for side in SIDES]), {}, "cubic", TD),
    "octapod with unequal halves": (
        node([arm(1.6, 1.2)] * 4 + [arm(1.3, 1.6, polarity="B")] * 4),
        {},
        "cubic",
        TD,
    ),
    "second generation": (node([arm(1.3, 1.2, tip=node([arm(1.3, 0.8)], repeat=3))] * 4), {}, "cubic", TD),
    "second generation, twinned": (
        node([arm(1.4, tip=node([arm(1.3, 1.2)], repeat=3, variant=1))] * 4),
        {},
        "cubic",
        TD,
    ),
    "tetrapod in a shell": (
        node([arm(1.4, 1.4, "CdTe")] * 4, "CdTe"),
        shell("CdSe", "0.5 nm"),
        "cubic",
        TD,
    ),
    "rocket": (rod(tip=BRANCHES), {}, "hexagonal", C3V),
    "rod branched at both ends": (rod(tip=BRANCHES, base=BRANCHES), {}, "hexagonal", C3V),
    "rod with a pyramid and a round end": (
        rod(tip={"kind": "pyramid"}, base={"kind": "round"}),
        {},
        "hexagonal",
        C3V,
    ),
    "rod in a shell": (rod("2.5 nm"), shell(), "hexagonal", C3V),
    "4H rod": (rod(stacking="4H"), {}, "hexagonal", C3V),
    "rod of B polarity": (rod(polarity="B"), {}, "hexagonal", C3V),
    "square platelet, even": (platelet(4), {}, "cubic", D2D),
    "square platelet, odd": (platelet(5), {}, "cubic", D2D),
    "rectangular platelet": (platelet(3, "3.4 nm"), {}, "cubic", D2),
    "platelet with crown and shell": (
        platelet(2, crown={"material": "CdS", "width": "0.6 nm"}),
        shell(),
        "cubic",
        D2D,
    ),
}
"""Root, further keys, cell, space group of the particle alone in it. A and B sides differ, so neither an
octahedron nor an octapod has a centre of inversion; nor has a rod, whose ends are (0001) and (000-1)."""


@pytest.mark.parametrize("name", GROUPS)
def test_point_group(made, space_group, check_network, name):
    root, rest, cell, group = GROUPS[name]
    structure = made(root, **rest)
    check_network(structure)
    assert 100 < len(structure.positions) < 3500
    assert space_group(structure, cell) == group


@pytest.mark.parametrize(("attach", "group"), [("{111}", C3V), ("{100}", D2D)])
def test_dimers_keep_the_axis_of_their_facets(made, space_group, attach, group):
    dots = [{"material": "CdSe", "diameter": "2.2 nm"}] * 2
    root = {"kind": "dimer", "phase": "zb", "dots": dots, "attach": attach, "neck": {"diameter": "1.3 nm"}}
    structure = made(root)
    axis = np.ones(3) / np.sqrt(3.0) if attach == "{111}" else np.array([1.0, 0.0, 0.0])
    turn = Rotation.align_vectors([[0.0, 0.0, 1.0]], [axis])[0].as_matrix()
    upright = replace(
        structure,
        positions=structure.positions @ turn.T,
        bond_directions=structure.bond_directions @ turn.T,
    )
    cell = "hexagonal" if attach == "{111}" else "cubic"
    if cell == "cubic":
        upright = structure
    assert space_group(upright, cell) == group


def test_a_twin_along_111_mirrors_the_faces(made, space_group):
    """One c layer in wurtzite, one h layer in zinc blende: threefold, never sixfold, no mirror across."""
    for root in (rod(stacking="hhhhchhhh"), rod(stacking="cccchcccc")):
        assert space_group(made(root), "hexagonal") == C3V
