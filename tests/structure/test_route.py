"""Paths that people name."""

import numpy as np
import pytest

from epidot.design import from_dict
from epidot.errors import InputError
from epidot.structure import build
from epidot.structure.along import main_path
from epidot.structure.route import places, route


def limb(*segments, **keys):
    return {
        "cross_section": {"diameter": "1.8 nm"},
        "segments": [{"material": name, "length": "2.5 nm"} for name in segments],
        **keys,
    }


def made(root, **keys):
    return build(from_dict({"schema": "epidot-design/1", "name": "route", "root": root, **keys}))


@pytest.fixture(scope="module")
def tetrapod():
    return made({"kind": "branch_point", "material": "CdSe", "arms": [limb("CdSe", "CdTe")] * 4})


@pytest.fixture(scope="module")
def core_shell():
    root = {"kind": "dot", "material": "CdSe", "diameter": "2 nm"}
    return made(root, shells=[{"material": "CdS", "thickness": "0.5 nm"}])


def test_without_a_name_it_is_the_main_path(tetrapod):
    found, main = route(tetrapod, tetrapod.positions), main_path(tetrapod, tetrapod.positions)
    assert (found.name, found.length) == (main.name, main.length)


def test_arm_core_arm_runs_from_tip_to_tip_through_the_middle(tetrapod):
    found = route(tetrapod, tetrapod.positions, "arm2 > core > arm4")
    tips = {name: np.array(end) for name, _, end in tetrapod.limbs}
    length = np.linalg.norm(tips["arm2"]) + np.linalg.norm(tips["arm4"])
    assert found.length == pytest.approx(length, abs=2.0)
    assert found.name == "arm 2 – core – arm 4"
    assert (
        found.direction[found.place.argmin()] @ tips["arm2"]
        < 0.0
        < found.direction[found.place.argmax()] @ tips["arm4"]
    )
    back = route(tetrapod, tetrapod.positions, "arm4 > core > arm2")
    middle = set(found.atoms.tolist()) & set(back.atoms.tolist())
    # Atoms as near to one leg as to the other may go either way.
    assert len(middle) > 0.98 * len(found.atoms)
    first = dict(zip(found.atoms.tolist(), found.place, strict=True))
    second = dict(zip(back.atoms.tolist(), back.place, strict=True))
    atom = int(found.atoms[found.place.argmin()])
    assert first[atom] == pytest.approx(found.length - second[atom], abs=1e-6)


def test_a_segment_is_a_part_of_its_limb(tetrapod):
    whole = route(tetrapod, tetrapod.positions, "arm1").length
    part = route(tetrapod, tetrapod.positions, "arm1.s2")
    assert 0.35 * whole < part.length < 0.65 * whole
    inside = tetrapod.segment[part.atoms]
    assert (inside == tetrapod.segments.index("arm1.s2")).mean() > 0.8
    both = route(tetrapod, tetrapod.positions, "arm1.s2 > arm1.s1")
    assert both.length == pytest.approx(whole, abs=4.0)


def test_from_the_middle_of_a_dot_to_its_surface(core_shell):
    positions = core_shell.positions
    reach = np.linalg.norm(positions - positions.mean(axis=0), axis=1).max()
    for named in ("core", "core > shell1"):
        found = route(core_shell, positions, named)
        assert 0.7 * reach < found.length < 1.2 * reach
    near = found.atoms[(found.place < 3.0) & (found.distance < 5.0)]
    assert set(core_shell.segment[near]) == {core_shell.segments.index("core")}


def test_errors_name_what_exists(tetrapod, core_shell):
    with pytest.raises(InputError, match=r"There are: arm1, arm2, arm3, arm4, core, arm1\.s1"):
        route(tetrapod, tetrapod.positions, "arm1 > middle > arm2")
    with pytest.raises(InputError, match="no place"):
        route(core_shell, core_shell.positions, "core >")
    assert places(core_shell) == ("core", "shell1")


def test_a_path_may_not_leave_the_particle(tetrapod):
    with pytest.raises(InputError, match=r"leaves the particle between arm1\.s2 and arm2\.s2"):
        route(tetrapod, tetrapod.positions, "arm1.s2 > arm2.s2")
