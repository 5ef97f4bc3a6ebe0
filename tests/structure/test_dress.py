"""What became of the metal tips and ligands of a design: counted again from the atoms; errors say where."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from epidot.design import from_dict
from epidot.errors import InputError
from epidot.materials import metal
from epidot.structure import build
from epidot.structure.assembly import PendingTip
from epidot.structure.dress import dressed
from epidot.structure.export import export
from epidot.structure.structure import NO_ATOM

ROD = {
    "kind": "stack",
    "cross_section": {"diameter": "3 nm"},
    "segments": [{"material": "CdS", "length": "5 nm"}],
}
ARM = {"cross_section": {"diameter": "2.4 nm"}, "segments": [{"material": "CdS", "length": "3 nm"}]}


def tip(diameter, element="Pt"):
    return {"kind": "metal", "element": element, "diameter": diameter}


def design(root, **keys):
    return from_dict({"schema": "epidot-design/1", "name": "dressed", "root": root, **keys})


@pytest.fixture(scope="module")
def made():
    ligands = [{"name": "octylamine", "coverage": 0.5}, {"name": "chloride", "coverage": 1.0}]
    root = ROD | {"tip": tip("2 nm"), "base": tip("1.8 nm", "Au")}
    return build(design(root, surface={"ligands": ligands}, seed=4))


def of_group(structure, name):
    return structure.attached_group == structure.attached_groups.index(name)


@pytest.mark.parametrize(("end", "element", "asked"), [("tip", "Pt", 20.0), ("base", "Au", 18.0)])
def test_tips_say_what_they_became(made, end, element, asked):
    entry = made.realised[f"root.{end}.diameter"]
    atoms = made.attached_positions[of_group(made, f"tip {element}")]
    across = atoms[:, :2] - atoms[:, :2].mean(axis=0)
    radius = metal(element).radius
    assert entry["asked"] == asked
    assert entry["atoms"] == len(atoms)
    assert entry["realised"] == pytest.approx(2 * (np.linalg.norm(across, axis=1).max() + radius), abs=0.3)
    assert entry["height_A"] == pytest.approx(np.ptp(atoms[:, 2]) + 2 * radius, abs=1e-6)
    assert entry["distance_A"] == pytest.approx(KDTree(atoms).query(made.positions)[0].min(), abs=1e-6)


def test_ligands_say_how_many_of_their_sites_they_fill(made):
    missing = (made.neighbours == NO_ATOM).any(axis=1)
    taken = np.zeros(len(missing), dtype=bool)
    taken[made.attached_anchor[of_group(made, "tip Pt") | of_group(made, "tip Au")]] = True
    for index, (name, share) in enumerate((("octylamine", 0.5), ("chloride", 1.0))):
        entry = made.realised[f"surface.ligands[{index}].coverage"]
        sites = int((missing & ~taken & (made.cation == 1)).sum())
        anchors = np.unique(made.attached_anchor[of_group(made, name)])
        assert entry["asked"] == share
        assert (entry["sites"], entry["ligands"]) == (sites, len(anchors))
        assert entry["realised"] == pytest.approx(len(anchors) / sites)
        taken[anchors] = True
    assert made.realised["surface.ligands[0].coverage"]["realised"] == pytest.approx(0.5, abs=0.02)


def test_bare_particles_note_nothing_of_the_kind():
    assert set(build(design(ROD)).realised) == {"root.segments[0].length", "root.cross_section.diameter"}


BAD = {
    "too thick": (ROD | {"tip": tip("20 nm")}, "root.tip.diameter"),
    "too thick at the base": (ROD | {"base": tip("20 nm")}, "root.base.diameter"),
    "of an arm": (
        {"kind": "branch_point", "material": "CdS", "arms": [ARM, ARM | {"tip": tip("12 nm")}]},
        "root.arms[1].tip.diameter",
    ),
    "of a branch": (
        ROD
        | {
            "tip": {
                "kind": "branch_point",
                "material": "CdS",
                "arms": [ARM | {"tip": tip("12 nm")}],
                "repeat": 1,
            }
        },
        "root.tip.arms[0].tip.diameter",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_errors_of_tips_name_the_tip(case):
    root, name = BAD[case]
    with pytest.raises(InputError) as caught:
        build(design(root))
    assert caught.value.name == name


def test_errors_about_no_key_name_the_tip_as_a_whole():
    plan = design(ROD | {"tip": tip("2 nm")})
    bare = build(design(ROD))
    nowhere = PendingTip(
        "root.tip",
        "rod",
        np.array([0.0, 0.0, 99.0]),
        np.array([0, 0, 1.0]),
        np.array([1.0, 0, 0]),
        plan.root.tip,
    )
    with pytest.raises(InputError, match="no end of the particle") as caught:
        dressed(bare, plan, [nowhere])
    assert caught.value.name == "root.tip"


def test_imports_say_what_was_left_out(tmp_path):
    bare = build(design(ROD))
    export(bare, tmp_path / "rod.xyz")
    lines = (tmp_path / "rod.xyz").read_text().splitlines()
    surface = int(np.flatnonzero((bare.neighbours == NO_ATOM).sum(axis=1) == 1)[0])
    slot = int(np.flatnonzero(bare.neighbours[surface] == NO_ATOM)[0])
    hydrogen = bare.positions[surface] + 1.5 * bare.bond_directions[surface, slot]
    lines[0] = str(int(lines[0]) + 1)
    lines.append("H " + " ".join(f"{x:.6f}" for x in hydrogen))
    (tmp_path / "rod.xyz").write_text("\n".join(lines) + "\n")
    read = build(design({"kind": "imported", "file": str(tmp_path / "rod.xyz")}))
    count = len(bare.numbers)
    assert len(read.numbers) == count
    assert read.realised == {
        "root.file": {"asked": count + 1.0, "realised": float(count), "hydrogens": 1.0, "pruned": 0.0}
    }
