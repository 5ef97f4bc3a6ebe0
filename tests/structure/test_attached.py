"""Attached atoms on structures and in files: nothing lost, nothing invented, moved with their anchors."""

import dataclasses
import json

import ase.io
import numpy as np
import pytest

from epidot.design import catalogue
from epidot.errors import InternalError
from epidot.records import content_hash, load, save
from epidot.structure import Structure, build
from epidot.structure.attached import Attached, attached_positions, carried, joined, tip_element
from epidot.structure.export import export, to_ase
from epidot.structure.ligands import ligand_shell
from epidot.structure.metal import metal_tip, seat


@pytest.fixture(scope="module")
def bare():
    return build(catalogue.wz_rod(length="5 nm", diameter="3 nm"))


@pytest.fixture(scope="module")
def dressed(bare):
    tipped = metal_tip(bare, seat(bare, "rod"), "Co", 20.0).on(bare)
    return ligand_shell(tipped, "oleate", 0.5, 1).on(tipped)


def test_groups_of_one_name_become_one_and_order_is_kept(bare):
    tip = metal_tip(bare, seat(bare, "rod"), "Pt", 20.0)
    other = metal_tip(bare, seat(bare, "rod", at_foot=True), "Pt", 16.0)
    shell = ligand_shell(bare, "chloride", 0.3, 1)
    both = joined([tip, shell, other])
    assert both.groups == ("tip Pt", "chloride")
    assert np.array_equal(np.bincount(both.group), [len(tip) + len(other), len(shell)])
    assert np.array_equal(both.positions[len(tip) : len(tip) + len(shell)], shell.positions)
    assert set(both.report) == {"tip Pt", "chloride"}
    assert len(joined([])) == 0
    nothing = carried(bare)
    assert len(joined([nothing, tip])) == len(tip)


def test_a_structure_carries_them_through_a_file(dressed, tmp_path):
    save(dressed, tmp_path / "s.nc")
    back = load(Structure, tmp_path / "s.nc")
    assert content_hash(back) == content_hash(dressed)
    assert back.attached_groups == ("tip Co", "oleate")


def test_they_move_with_their_anchors(dressed):
    moved = dressed.positions + 0.05 * np.random.default_rng(0).normal(size=dressed.positions.shape)
    places = attached_positions(dressed, moved)
    step = places - dressed.attached_positions
    assert np.allclose(step, (moved - dressed.positions)[dressed.attached_anchor])
    assert np.abs(step).max() > 0.05
    assert attached_positions(dressed) is dressed.attached_positions


def test_export_appends_and_marks_them(dressed):
    step = np.array([1.0, 2.0, 3.0])
    moved = dressed.positions + step
    columns = {"charge": np.arange(len(moved)) * 0.5, "shell": np.arange(len(moved))}
    atoms = to_ase(dressed, moved, columns)
    count, beside = len(moved), len(dressed.attached_numbers)
    assert len(atoms) == count + beside
    assert np.array_equal(atoms.numbers[count:], dressed.attached_numbers)
    assert np.allclose(atoms.positions[count:], dressed.attached_positions + step)
    for name in ("segment", "material", "phase", "coordination", "shell"):
        assert (atoms.arrays[name][count:] == -1).all(), name
        assert (atoms.arrays[name][:count] >= 0).all(), name
    assert np.isnan(atoms.arrays["charge"][count:]).all()
    assert np.array_equal(atoms.arrays["charge"][:count], columns["charge"])
    assert np.array_equal(atoms.arrays["attached"][count:], dressed.attached_group + 1)
    assert not atoms.arrays["attached"][:count].any()
    assert json.loads(atoms.info["attached_groups"]) == ["tip Co", "oleate"]


def test_export_can_leave_them_out(dressed, bare):
    assert to_ase(dressed, attached=False) == to_ase(bare)
    assert "attached" not in to_ase(bare).arrays


@pytest.mark.parametrize("ending", [".extxyz", ".xyz", ".pdb", ".lammps"])
def test_every_format_holds_every_atom(dressed, tmp_path, ending):
    count = len(dressed.numbers) + len(dressed.attached_numbers)
    path = export(dressed, tmp_path / f"particle{ending}", dressed.positions + 1.0)
    kind = {"format": "lammps-data"} if ending == ".lammps" else {}
    back = ase.io.read(path, **kind)
    assert len(back) == count
    if ending == ".extxyz":
        assert np.array_equal(back.arrays["attached"], to_ase(dressed).arrays["attached"])
        assert np.array_equal(back.numbers, to_ase(dressed).numbers)
        names = back.info["attached_groups"]
        assert (json.loads(names) if isinstance(names, str) else list(names)) == ["tip Co", "oleate"]
    bare = export(dressed, tmp_path / f"bare{ending}", attached=False)
    assert len(ase.io.read(bare, **kind)) == len(dressed.numbers)


def test_names_of_metals():
    assert [tip_element(name) for name in ("tip Pt", "metal Fe", "oleate")] == ["Pt", "Fe", None]


def test_arrays_that_disagree_are_our_bug(bare):
    shell = ligand_shell(bare, "chloride", 0.3, 1)
    with pytest.raises(InternalError):
        dataclasses.replace(shell, anchor=shell.anchor[1:])
    with pytest.raises(InternalError):
        Attached(shell.positions, shell.numbers, shell.anchor, shell.group + 1, shell.groups)
