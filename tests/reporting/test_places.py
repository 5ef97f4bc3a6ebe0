"""What segments are called: every name that structures give, alone and together."""

import dataclasses

import numpy as np
import pytest

from epidot.reporting.places import groups, owner, place, told


@pytest.fixture
def named(rod_run):
    """Function: a structure with these segment names, its atoms shared out evenly among them."""

    def build(*names, materials=None):
        structure = rod_run.structure
        segment = np.arange(len(structure.numbers)) % (2 * len(names)) // 2
        return dataclasses.replace(
            structure,
            segments=names,
            segment_materials=materials or ("CdSe",) * len(names),
            segment=segment,
            numbers=np.where(np.arange(len(segment)) % 2, 34, 48),
        )

    return build


TETRAPOD = ("core", "collar", "arm1.s1", "arm1.s2", "arm2.s1", "arm2.s2", "arm2.s3")
NESTED = (
    "core", "arm1.s1", "arm1.node", "arm1.arm2.s1", "arm1.arm2.s2", "arm1.arm2.node", "arm1.arm2.arm3.s1",
)  # fmt: skip
ROCKET = (
    "base.node",
    "base.arm2.s1",
    "s1",
    "s2",
    "tip.node",
    "tip.arm1.s1",
    "tip.arm1.s2",
    "tip.arm1.arm2.s1",
)
DIMER = ("dot1.core", "dot1.shell1", "neck", "dot2.shell1", "dot2.shell2", "dot2.core")
WORDS = [
    (TETRAPOD, "core", "core", "core"),
    (TETRAPOD, "collar", "branch point", "branch point"),
    (TETRAPOD, "arm1.s1", "arms", "arm 1"),
    (TETRAPOD, "arm1.s2", "arm tips", "tip of arm 1"),
    (TETRAPOD, "arm2.s2", "middle of the arms", "middle of arm 2"),
    (TETRAPOD, "arm2.s3", "arm tips", "tip of arm 2"),
    (NESTED, "arm1.node", "branch points", "branch point at the end of arm 1"),
    (NESTED, "arm1.arm2.s1", "branches", "branch 2 of arm 1"),
    (NESTED, "arm1.arm2.s2", "branch tips", "tip of branch 2 of arm 1"),
    (NESTED, "arm1.arm2.node", "outer branch points", "branch point at the end of branch 2 of arm 1"),
    (NESTED, "arm1.arm2.arm3.s1", "branches of generation 3", "branch 3 of branch 2 of arm 1"),
    (ROCKET, "s2", "segment 2", "segment 2"),
    (ROCKET, "tip.node", "branch point at the tip", "branch point at the tip"),
    (ROCKET, "tip.arm1.s1", "arms at the tip", "arm 1 at the tip"),
    (ROCKET, "tip.arm1.s2", "ends of the arms at the tip", "end of arm 1 at the tip"),
    (ROCKET, "tip.arm1.arm2.s1", "branches at the tip", "branch 2 of arm 1 at the tip"),
    (ROCKET, "base.arm2.s1", "arms at the base", "arm 2 at the base"),
    (("s1", "core", "tip.s1"), "s1", "rod", "rod"),
    (("s1", "core", "tip.s1"), "tip.s1", "extension at the tip", "extension at the tip"),
    (DIMER, "dot1.core", "cores", "core of dot 1"),
    (DIMER, "dot1.shell1", "shells", "shell of dot 1"),
    (DIMER, "dot2.shell1", "inner shells", "inner shell of dot 2"),
    (DIMER, "neck", "neck", "neck"),
    (("core", "shell1"), "shell1", "shell", "shell"),
    (("core", "shell1", "shell2"), "shell2", "outer shell", "outer shell"),
    (("core", "shell1", "shell2", "shell3"), "shell2", "shell 2", "shell 2"),
    (("plate", "crown"), "crown", "crown", "crown"),
    (("core", "CdS1", "CdS2", "CdSeS1"), "CdS2", "regions", "region 2"),
    (("core", "CdS1", "CdS2", "CdSeS1"), "CdSeS1", "region", "region"),
    (("dot1.core", "dot1.body", "dot2.body"), "dot1.body", "bodies", "body of dot 1"),
    (("CdSe", "rest"), "rest", "rest", "rest"),
]


@pytest.mark.parametrize(("names", "name", "kind", "one"), WORDS)
def test_every_segment_has_words(named, names, name, kind, one):
    found = place(named(*names), names.index(name))
    assert (found.kind, found.one) == (kind, one)


def test_owner_of_a_particle_as_a_whole_is_nothing():
    assert owner([]) == ""


def test_groups_hold_every_segment_once(named):
    mixed = named(*TETRAPOD, materials=("CdSe", "CdS", "CdS", "CdTe", "CdS", "CdS", "CdTe"))
    found = groups(mixed)
    assert sorted(member for group in found for member in group.members) == list(range(len(TETRAPOD)))
    assert [(group.material, group.kind, group.members) for group in found] == [
        ("CdSe", "core", [0]),
        ("CdS", "branch point", [1]),
        ("CdS", "arms", [2, 4]),
        ("CdTe", "arm tips", [3, 6]),
        ("CdS", "middle of the arms", [5]),
    ]


def test_equal_arms_are_not_told_apart_but_unequal_ones_are(named):
    arms = named("arm1.s1", "arm2.s1", "arm3.s1", "core")
    # What is left over of the even share goes to the core.
    segment = arms.segment.copy()
    segment[len(segment) // 8 * 8 :] = 3
    equal = dataclasses.replace(arms, segment=segment)
    group = groups(equal)[0]
    inside = np.array([0.01, 0.9, 0.02, 0.07])
    assert told(equal, group, inside) == ("arms", pytest.approx(0.93))
    # Exchange one atom's element: arm 2 is special now, as in a random alloy.
    numbers = equal.numbers.copy()
    numbers[np.flatnonzero((equal.segment == 1) & (numbers == 34))[0]] = 16
    special = dataclasses.replace(equal, numbers=numbers)
    assert told(special, group, inside) == ("arm 2", pytest.approx(0.9))
    # Spread over two arms: the arms.
    assert told(special, group, np.array([0.2, 0.7, 0.0, 0.1])) == ("arms", pytest.approx(0.9))


def test_an_only_segment_is_named_alone(named):
    dimer = named("dot1.core", "dot1.shell1", "dot2.core", materials=("CdSe", "CdS", "CdTe"))
    assert [told(dimer, group, np.array([0.5, 0.2, 0.3]))[0] for group in groups(dimer)] == [
        "core of dot 1",
        "shell of dot 1",
        "core of dot 2",
    ]
