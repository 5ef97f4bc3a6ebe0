"""Imports: what else is in a file (ligands, metal, hydrogen), what is refused, garbage, many atoms."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from epidot.design import catalogue
from epidot.errors import InputError
from epidot.structure import build
from epidot.structure.export import FORMATS, export
from epidot.structure.imported import from_ase, import_atoms, read_atoms
from epidot.structure.ligands import ligand_shell
from epidot.structure.structure import NO_ATOM

ENDINGS = (".extxyz", ".xyz", ".cif", ".pdb", ".lammps")


@pytest.fixture(scope="module")
def dot():
    return build(catalogue.wz_dot(diameter="2.4 nm"))


def atoms_of(structure, positions=None, numbers=None):
    return Atoms(
        numbers=structure.numbers if numbers is None else numbers,
        positions=structure.positions if positions is None else positions,
    )


def bonds(structure, names=None):
    """All bonds as a set of pairs, atoms renamed by `names`."""
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    names = np.arange(len(structure.numbers)) if names is None else names
    return set(zip(names[atom].tolist(), names[structure.neighbours[atom, slot]].tolist(), strict=True))


# --- ligands, metal, hydrogen -------------------------------------------------------------------------


def on_missing_bonds(structure, kind, length, number):
    """One atom on every missing bond of the cations or anions."""
    atom, slot = np.nonzero((structure.neighbours == NO_ATOM) & (structure.cation == kind)[:, None])
    places = structure.positions[atom] + length * structure.bond_directions[atom, slot]
    return Atoms(numbers=np.full(len(atom), number), positions=places)


def test_passivating_hydrogen_is_left_out_and_counted(dot):
    hydrogens = on_missing_bonds(dot, 1, 1.75, 1) + on_missing_bonds(dot, 0, 1.48, 1)
    found = import_atoms(hydrogens + atoms_of(dot), "passivated")
    assert found.hydrogens == len(hydrogens) == (dot.neighbours == NO_ATOM).sum()
    assert bonds(found.structure) == bonds(dot)
    assert len(found.structure.attached_numbers) == 0


def test_chloride_and_methyl_thiolate_become_attached(dot):
    top = int(np.flatnonzero((dot.neighbours == NO_ATOM).any(axis=1) & (dot.cation == 1))[0])
    out = dot.bond_directions[top, 3]
    side = np.cross(out, [0.3, 0.5, 0.8])
    side /= np.linalg.norm(side)
    sulphur = dot.positions[top] + 2.5 * out
    carbon = sulphur + 1.82 * (0.3 * out + np.sqrt(1 - 0.09) * side)
    hydrogens = [carbon + 1.09 * direction for direction in (out, side, np.cross(out, side))]
    thiolate = Atoms("SCH3", positions=[sulphur, carbon, *hydrogens])
    chlorides = on_missing_bonds(dot, 1, 2.4, 17)
    # Missing bonds that meet have room for one chloride only.
    alone = KDTree(chlorides.positions).query(chlorides.positions, k=2)[0][:, 1] > 3.0
    away = alone & (np.linalg.norm(chlorides.positions - sulphur, axis=1) > 4.5)
    assert away.sum() > 20
    found = import_atoms(atoms_of(dot) + thiolate + chlorides[away], "dressed")
    structure = found.structure
    assert (found.hydrogens, found.pruned) == (0, 0)
    assert bonds(structure) == bonds(dot)
    assert structure.attached_groups == ("ligands",)
    assert len(structure.attached_numbers) == 5 + away.sum()
    molecule_of = structure.attached_anchor == top
    assert sorted(structure.attached_numbers[molecule_of].tolist()) == [1, 1, 1, 6, 16]
    assert structure.attached_numbers[molecule_of][0] == 16
    # Every chloride goes with the cation on whose missing bond it sits.
    chloride = structure.attached_numbers == 17
    apart = structure.attached_positions - structure.positions[structure.attached_anchor]
    assert np.linalg.norm(apart[chloride], axis=1).max() < 2.41


def test_an_ion_held_by_a_ligand_is_part_of_it_and_a_bare_one_is_pruned(dot):
    anion = int(np.flatnonzero((dot.neighbours == NO_ATOM).any(axis=1) & (dot.cation == 0))[0])
    out = dot.bond_directions[anion, 3]
    cadmium = dot.positions[anion] + 2.6 * out
    bare = import_atoms(atoms_of(dot) + Atoms("Cd", positions=[cadmium]), "bare")
    assert bare.pruned == 1 and len(bare.structure.attached_numbers) == 0
    aside = np.cross(out, [0.3, 0.5, 0.8])
    chlorides = [cadmium + 2.4 * out, cadmium + 2.4 * aside / np.linalg.norm(aside)]
    held = import_atoms(atoms_of(dot) + Atoms("CdCl2", positions=[cadmium, *chlorides]), "salt").structure
    assert held.attached_numbers.tolist() == [48, 17, 17]
    assert held.attached_anchor.tolist() == [anion] * 3


def test_a_metal_tip_becomes_attached_and_moves_as_a_whole():
    rod = build(catalogue.wz_rod(length="6 nm", diameter="2.4 nm"))
    tip = fcc111("Pt", (3, 3, 2))
    tip.positions -= tip.positions.mean(axis=0)
    tip.positions[:, 2] += rod.positions[:, 2].max() + 2.5 - tip.positions[:, 2].min()
    tip.cell, tip.pbc = None, False
    structure = from_ase(Atoms(atoms_of(rod)) + tip, "tipped")
    assert structure.attached_groups == ("metal Pt",)
    assert (structure.attached_numbers == 78).all() and len(structure.attached_numbers) == 18
    assert len(set(structure.attached_anchor.tolist())) == 1
    assert bonds(structure) == bonds(rod)


def test_our_ligand_shells_come_back_under_their_names(dot, tmp_path):
    dressed = ligand_shell(dot, "hexanethiolate", 0.5, seed=1).on(dot)
    assert len(dressed.attached_numbers) > 50
    structure = read_atoms(export(dressed, tmp_path / "dot.extxyz"))
    assert structure.attached_groups == ("hexanethiolate",)
    assert sorted(structure.attached_numbers.tolist()) == sorted(dressed.attached_numbers.tolist())
    plain = read_atoms(export(dressed, tmp_path / "dot.xyz"))
    assert plain.attached_groups == ("ligands",)
    assert bonds(plain) == bonds(structure) == bonds(dot)


# --- what is refused ----------------------------------------------------------------------------------


def spoiled(change):
    structure = build(catalogue.zb_dot(diameter="2 nm"))
    numbers, positions = structure.numbers.copy(), structure.positions.copy()
    change(structure, numbers, positions)
    return Atoms(numbers=numbers, positions=positions)


def lead(structure, numbers, positions):
    numbers[[5, 9]] = 82


def dummy(structure, numbers, positions):
    numbers[0] = 0


def on_top(structure, numbers, positions):
    positions[7] = positions[3] + [0.8, 0.0, 0.0]


def twice(structure, numbers, positions):
    positions[7] = positions[3]


def unlike_too_near(structure, numbers, positions):
    a, b = 0, structure.neighbours[0, 0]
    positions[a] += 0.4 * (positions[b] - positions[a])


def not_a_number(structure, numbers, positions):
    positions[4, 1] = np.nan


def far_away(structure, numbers, positions):
    positions[4, 1] = 1e9


def in_nanometres(structure, numbers, positions):
    positions *= 0.1


def in_bohr(structure, numbers, positions):
    positions *= 1.8897


def only_cations(structure, numbers, positions):
    numbers[:] = 48


def only_carbon(structure, numbers, positions):
    numbers[:] = 6


def two_halves(structure, numbers, positions):
    positions[positions[:, 2] > 0.0] += [0.0, 0.0, 30.0]


@pytest.mark.parametrize(
    ("change", "rule", "told"),
    [
        (lead, "nothing that Epidot knows", ["2 Pb", "atom 5", "CdSe", "Pt"]),
        (dummy, "nothing that Epidot knows", ["1 X", "atom 0"]),
        (on_top, "Å apart", ["0.800", " 3 and ", " 7 "]),
        (twice, "must not overlap", [" 3 and ", " 7 ", "Remove duplicates"]),
        (unlike_too_near, "at least 1.83 Å apart", ["Cd", "Se", "1.572 Å"]),
        (not_a_number, "finite numbers", ["atom 4", "nan"]),
        (far_away, "below 1e\\+06", ["atom 4"]),
        (in_nanometres, "Å apart", ["check that the file is in Å"]),
        (in_bohr, "are bonded", ["is in Å"]),
        (only_cations, "no cation and anion", ["147 Cd", "CdSe"]),
        (only_carbon, "no cation and anion", ["147 C"]),
        (two_halves, "must be one", ["2 that are not bonded", "Keep the largest"]),
    ],
)
def test_refused(change, rule, told):
    with pytest.raises(InputError, match=rule) as caught:
        from_ase(spoiled(change), "dot.xyz")
    assert caught.value.name.startswith("dot.xyz")
    assert all(word in str(caught.value) for word in told), str(caught.value)


def test_small_heaps_rock_salt_and_loose_molecules_are_refused(dot):
    speck = bulk("CdSe", "zincblende", a=6.05, cubic=True).repeat(3)
    speck = speck[np.linalg.norm(speck.positions - speck.positions.mean(axis=0), axis=1) < 4.5]
    speck.pbc = False
    with pytest.raises(InputError, match="needs 20"):
        from_ase(speck, "speck")
    salt = bulk("CdSe", "rocksalt", a=5.3, cubic=True).repeat(3)
    salt.pbc = False
    with pytest.raises(InputError, match="not that of zinc blende or wurtzite"):
        from_ase(salt, "salt")
    water = molecule("H2O")
    water.positions += [40.0, 0.0, 0.0]
    with pytest.raises(InputError, match="must be bonded") as caught:
        from_ase(atoms_of(dot) + water, "wet")
    assert "Remove solvent" in caught.value.cure
    near = Atoms("O", positions=[dot.positions[0] + [0.5, 0.0, 0.0]])
    with pytest.raises(InputError, match="Å apart"):
        from_ase(atoms_of(dot) + near, "crushed")
    with pytest.raises(InputError, match="must hold a particle"):
        from_ase(Atoms(), "nothing")


@pytest.mark.parametrize("cell", [np.diag([3.0, 3.0, 3.0]), np.ones((3, 3)), np.diag([np.nan, 1.0, 1.0])])
def test_boxes_that_cannot_be(dot, cell):
    atoms = atoms_of(dot)
    atoms.cell, atoms.pbc = cell, True
    with pytest.raises(InputError, match="cell"):
        from_ase(atoms, "boxed")


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("dot.vasp", "", "no structure format"),
        ("dot.xyz", "", "no atoms"),
        ("dot.xyz", "hello\n", "number of atoms in line 1"),
        ("dot.xyz", "99999999\n\nCd 0 0 0\n", "cut short"),
        ("dot.xyz", "1\n\nCd 0 0\n", "cannot be read as xyz"),
        ("dot.cif", "data_x\n_cell_length_a 5\n", "no atoms"),
        ("dot.cif", "loop_", "cannot be read as cif"),
        ("dot.pdb", "ATOM  nonsense\n", "cannot be read as proteindatabank"),
        ("dot.pdb", "REMARK nothing\n", "no atoms|cannot be read"),
        ("dot.lammps", "x\n\n2 atoms\n2 atom types\n\nAtoms # atomic\n\n1 1 0 0 0\n2 2 1 1 1\n", "no masses"),
        ("dot.lammps", "x\n\n99999999 atoms\n\nMasses\n\n1 112.4\n", "cut short"),
        (
            "dot.data",
            "x\n\n1 atoms\n\nMasses\n\n1 112.4\n\nAtoms\n\n1 1 0 0 0 0 0 0 0 0 0\n",
            "cannot be read",
        ),
    ],
)
def test_files_that_cannot_be_read(name, text, rule, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=rule) as caught:
        read_atoms(tmp_path / name)
    assert name in str(caught.value)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        read_atoms(tmp_path / "absent.cif")
    (tmp_path / "folder.xyz").mkdir()
    with pytest.raises(InputError, match="cannot be opened"):
        read_atoms(tmp_path / "folder.xyz")


# --- garbage ------------------------------------------------------------------------------------------

WORDS = "nan inf 1e308 -1 0 Xx Pb loop_ data_ ' \" Masses MODEL ORIGX1 é \x00 Properties=species:S:1"
SCRAPS = st.sampled_from(
    [*WORDS.split(" "), "5\n\n", 'Lattice="1 0 0 0 1 0 0 0 1"', "_JSON [", "Atoms # charge"]
)


def sample(ending):
    with TemporaryDirectory() as folder:
        return export(build(catalogue.zb_dot(diameter="1.6 nm")), Path(folder) / f"x{ending}").read_text()


SAMPLES = {ending: sample(ending) for ending in ENDINGS}


@given(
    ending=st.sampled_from(sorted(FORMATS)),
    text=st.one_of(st.text(max_size=200), st.lists(SCRAPS, max_size=20).map("\n".join)),
)
@settings(max_examples=150)
def test_garbage_is_refused_and_nothing_else_happens(ending, text):
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"garbage{ending}"
        path.write_bytes(text.encode("utf-8", "replace"))
        with pytest.raises(InputError):
            read_atoms(path)


@given(
    ending=st.sampled_from(ENDINGS),
    cuts=st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), SCRAPS), min_size=1, max_size=5),
)
@settings(max_examples=150)
def test_damaged_files_are_refused_or_read(ending, cuts):
    text = SAMPLES[ending]
    for where, length, scrap in cuts:
        place = int(where * len(text))
        text = text[:place] + scrap + text[place + length :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"damaged{ending}"
        path.write_bytes(text.encode("utf-8", "replace"))
        try:
            assert len(read_atoms(path).numbers) >= 20
        except InputError as error:
            assert "damaged" in str(error)


# --- size ---------------------------------------------------------------------------------------------


def test_a_hundred_thousand_atoms_are_read():
    rod = build(catalogue.wz_rod(diameter="8 nm", length="52 nm"))
    found = from_ase(atoms_of(rod), "large")
    assert len(found.numbers) == len(rod.numbers) > 95_000
