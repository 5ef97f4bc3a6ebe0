"""Imported structures are what was exported, what ASE built, what was placed; anything else is refused."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from epidot import materials
from epidot.design import catalogue
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import TightBindingMethod, tight_binding
from epidot.relaxation import ForceField, relax
from epidot.states import solve
from epidot.structure import build
from epidot.structure.crowding import INTERIOR, crowding
from epidot.structure.export import export, to_ase
from epidot.structure.imported import from_ase, import_atoms, import_file, read_atoms
from epidot.structure.structure import NO_ATOM, WURTZITE, ZINC_BLENDE

ENDINGS = (".extxyz", ".xyz", ".cif", ".pdb", ".lammps")
MADE = {
    "core/shell": lambda: catalogue.core_shell_dot(core_diameter="2.4 nm", shell_thickness="0.8 nm"),
    "heterorod": lambda: catalogue.heterorod(
        [("CdTe", "3 nm"), ("CdSe", "4 nm"), ("CdTe", "3 nm")], "2.4 nm"
    ),
    "tetrapod": lambda: catalogue.tetrapod(
        core_diameter="2.4 nm", arm_diameter="2.2 nm", arm_length="4 nm", extension=("CdTe", "2 nm")
    ),
}


@pytest.fixture(scope="module", params=MADE)
def made(request):
    return build(MADE[request.param]())


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


def renamed(found, original):
    """Which atom of `original` each atom of `found` is, both about their mean position."""
    tree = KDTree(original.positions - original.positions.mean(axis=0))
    distance, index = tree.query(found.positions)
    assert distance.max() < 0.05
    assert len(set(index.tolist())) == len(index)
    return index


def compound_of_segments(structure):
    return {
        (name, label): int((structure.segment == place).sum())
        for place, (name, label) in enumerate(
            zip(structure.segments, structure.segment_materials, strict=True)
        )
    }


# --- crystals that ASE builds -------------------------------------------------------------------------


def crystal(name, phase, size):
    a = materials.lattice_constant(name)
    if phase == "zb":
        unit = bulk(name, "zincblende", a=a, cubic=True)
    else:
        w = a / np.sqrt(2.0)
        unit = bulk(name, "wurtzite", a=w, c=w * np.sqrt(8.0 / 3.0), u=0.375)
    large = unit.repeat(size)
    large.pbc = False
    large.positions -= large.positions.mean(axis=0)
    return large


def ball(atoms, radius):
    return atoms[np.linalg.norm(atoms.positions, axis=1) <= radius]


def pruned_by_hand(atoms, longest):
    """What is left once atoms with fewer than two neighbours are gone, by brute force."""
    while True:
        apart = atoms.get_all_distances()
        keep = (((apart > 0.1) & (apart < longest)).sum(axis=1)) >= 2
        if keep.all():
            return atoms
        atoms = atoms[keep]


@pytest.mark.parametrize("phase", ["zb", "wz"])
@pytest.mark.parametrize("name", ["CdSe", "ZnTe"])
def test_balls_cut_from_crystals(name, phase):
    atoms = ball(crystal(name, phase, 8 if phase == "wz" else 6), 13.0)
    left = pruned_by_hand(atoms, 1.1 * materials.bond(name))
    found = import_atoms(atoms, "ball")
    structure = found.structure
    assert len(structure.numbers) == len(left)
    assert found.pruned == len(atoms) - len(left)
    assert (structure.numbers == left.numbers).all()
    distances = left.get_all_distances()
    expected = {(int(i), int(j)) for i, j in np.argwhere((distances > 0.1) & (distances < 3.1))}
    assert bonds(structure) == expected
    assert structure.segments == ("core",) and structure.segment_materials == (name,)
    assert (structure.phase == (WURTZITE if phase == "wz" else ZINC_BLENDE))[deep(structure)].all()
    assert np.allclose(structure.positions.mean(axis=0), 0.0, atol=1e-9)


def deep(structure):
    return (structure.neighbours != NO_ATOM).all(axis=1)


def test_every_atom_of_wurtzite_has_one_eclipsed_bond_along_c():
    rod = crystal("CdS", "wz", (9, 9, 12))
    rod = rod[np.linalg.norm(rod.positions[:, :2], axis=1) < 12.0]
    structure = from_ase(rod, "rod")
    inside = deep(structure)
    assert (structure.eclipsed[inside].sum(axis=1) == 1).all()
    eclipsed = structure.bond_directions[structure.eclipsed == 1]
    assert np.allclose(np.abs(eclipsed[:, 2]), 1.0, atol=1e-9)
    (name, (start, end)) = structure.paths[0]
    assert name == "longest axis"
    axis = np.subtract(end, start)
    assert abs(axis[2]) / np.linalg.norm(axis) > 0.999
    assert np.linalg.norm(axis) == pytest.approx(np.ptp(rod.positions[:, 2]), abs=3.0)


def test_wurtzite_of_measured_cell_is_wurtzite():
    # c/a = 1.623 and u = 0.3775 of CdS (Xu & Ching 1993), not the ideal values.
    unit = bulk("CdS", "wurtzite", a=4.136, c=6.714, u=0.3775)
    large = unit.repeat(8)
    large.pbc = False
    large.positions -= large.positions.mean(axis=0)
    structure = from_ase(ball(large, 13.0), "ball")
    assert (structure.phase[deep(structure)] == WURTZITE).all()
    assert (structure.eclipsed[deep(structure)].sum(axis=1) == 1).all()


def test_ideal_bonds_are_tetrahedra_on_the_actual_bonds(dot):
    structure = from_ase(atoms_of(dot), "dot")
    gram = np.einsum("asx,atx->ast", structure.bond_directions, structure.bond_directions)
    assert np.allclose(gram, np.where(np.eye(4, dtype=bool), 1.0, -1.0 / 3.0), atol=1e-9)
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    vectors = structure.positions[structure.neighbours[atom, slot]] - structure.positions[atom]
    cosine = np.einsum("bx,bx->b", vectors, structure.bond_directions[atom, slot])
    assert np.allclose(cosine / np.linalg.norm(vectors, axis=1), 1.0, atol=1e-9)
    # Missing bonds point where those of the builder do, in any order.
    for one, other in zip(structure.bond_directions, dot.bond_directions, strict=True):
        assert np.allclose(np.abs(one @ other.T - 1.0).min(axis=1), 0.0, atol=1e-9)


def test_missing_bond_of_a_flattened_surface_atom_points_outwards(dot):
    three = np.flatnonzero((dot.neighbours != NO_ATOM).sum(axis=1) == 3)
    for height in (0.15, -0.05, -0.1):
        positions = dot.positions.copy()
        for atom in three[::7]:
            around = dot.positions[dot.neighbours[atom, :3]]
            outward = dot.bond_directions[atom, 3]
            positions[atom] = around.mean(axis=0) + height * outward
        structure = from_ase(atoms_of(dot, positions), "flat")
        assert bonds(structure) == bonds(dot)
        flat = three[::7]
        cosine = np.einsum("ax,ax->a", structure.bond_directions[flat, 3], dot.bond_directions[flat, 3])
        assert cosine.min() > 0.95


# --- round trips --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
def test_round_trip(made, ending, tmp_path):
    found = import_file(export(made, tmp_path / f"particle{ending}"))
    structure = found.structure
    assert (found.hydrogens, found.pruned) == (0, 0)
    assert found.segments_from_file == (ending == ".extxyz")
    name = renamed(structure, made)
    assert bonds(structure, name) == bonds(made)
    assert (structure.numbers == made.numbers[name]).all()
    assert (structure.cation == made.cation[name]).all()
    assert (structure.phase == made.phase[name]).all()
    atom, slot = np.nonzero(made.eclipsed)
    theirs = set(zip(atom.tolist(), made.neighbours[atom, slot].tolist(), strict=True))
    atom, slot = np.nonzero(structure.eclipsed)
    ours = set(zip(name[atom].tolist(), name[structure.neighbours[atom, slot]].tolist(), strict=True))
    # The builder also calls bonds to nobody eclipsed or not; only bonds that are there count here.
    assert ours == {pair for pair in theirs if pair[1] != NO_ATOM}


def test_our_own_file_keeps_segments_and_materials(made, tmp_path):
    structure = read_atoms(export(made, tmp_path / "particle.extxyz"))
    assert structure.segments == made.segments
    assert structure.segment_materials == made.segment_materials
    assert (structure.segment == made.segment).all()
    assert structure.materials == made.materials
    assert (structure.material == made.material).all()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda atoms: atoms.info.update(segments="core core"),
        lambda atoms: atoms.info.update(segments="core"),
        lambda atoms: atoms.info.update(materials="CdSe Unobtainium"),
        lambda atoms: atoms.arrays["material"].__setitem__(slice(None), 0),
        lambda atoms: atoms.arrays["segment"].__setitem__(0, -1),
        lambda atoms: atoms.info.pop("materials"),
        lambda atoms: atoms.arrays.update(segment=0.5 * atoms.arrays["segment"]),
    ],
)
def test_segments_that_do_not_fit_the_atoms_are_found_again(spoil):
    structure = build(MADE["core/shell"]())
    atoms = to_ase(structure)
    spoil(atoms)
    found = import_atoms(atoms, "spoiled")
    assert not found.segments_from_file
    assert found.structure.segments == ("core", "CdS1")
    assert found.structure.segment_materials == ("CdSe", "CdS")


def test_alloy_labels_of_the_file_are_kept_if_they_are_compositions():
    atoms = to_ase(build(catalogue.zb_dot(diameter="2 nm")))
    atoms.info["segment_materials"] = "CdSe0.60S0.40"
    assert from_ase(atoms, "dot").segment_materials == ("CdSe0.6S0.4",)
    atoms.info["segment_materials"] = "kryptonite"
    assert from_ase(atoms, "dot").segment_materials == ("CdSe",)


def test_last_frame_and_plain_xyz_with_more_columns(dot, tmp_path):
    rows = [
        f"{symbol} {x:.6f} {y:.6f} {z:.6f} 0.1 label"
        for symbol, (x, y, z) in zip(atoms_of(dot).symbols, dot.positions, strict=True)
    ]
    path = tmp_path / "walk.xyz"
    path.write_text(
        f"1\nfirst frame, energy = -3.2 'eV\nCd 0 0 0\n{len(rows)}\nlast = one\n" + "\n".join(rows)
    )
    assert bonds(read_atoms(path)) == bonds(dot)


def test_pdb_without_a_cell_says_so_with_a_cell_of_one(dot, tmp_path):
    path = export(dot, tmp_path / "dot.pdb")
    path.write_text("CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1\n" + path.read_text())
    assert bonds(read_atoms(path)) == bonds(dot)


def test_hash_is_that_of_the_content(dot):
    first = from_ase(atoms_of(dot), "a").design_hash
    assert len(first) == 64
    assert from_ase(atoms_of(dot, dot.positions + 5.0), "b").design_hash == first
    moved = dot.positions.copy()
    moved[0, 0] += 0.01
    assert from_ase(atoms_of(dot, moved), "c").design_hash != first
    other = dot.numbers.copy()
    other[dot.cation == 1] = 30
    assert from_ase(atoms_of(dot, numbers=other), "d").design_hash != first
    named = to_ase(dot)
    named.info["segments"] = "inside"
    assert from_ase(named, "e").design_hash != first


# --- covariance, noise, strain ------------------------------------------------------------------------


def turned(structure, seed, noise=0.0):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(structure.numbers))
    rotation = Rotation.random(rng=seed).as_matrix()
    positions = structure.positions[order] + noise * rng.normal(size=(len(order), 3))
    return order, rotation, Atoms(numbers=structure.numbers[order], positions=positions @ rotation.T + 17.0)


def test_rotation_and_order_of_the_atoms_change_nothing_else(made):
    plain = from_ase(atoms_of(made), "plain")
    order, rotation, atoms = turned(made, 5)
    found = from_ase(atoms, "turned")
    assert bonds(found, order) == bonds(plain)
    for key in ("phase", "cation", "numbers"):
        assert (getattr(found, key) == getattr(plain, key)[order]).all()
    assert found.materials == plain.materials
    assert (found.material == plain.material[order]).all()
    # Equal segments, such as the four tips of a tetrapod, may be numbered otherwise.
    assert found.segments == plain.segments
    assert found.segment_materials == plain.segment_materials
    both = np.stack([found.segment, plain.segment[order]], axis=1)
    assert len(np.unique(both, axis=0)) == len(plain.segments)
    assert np.allclose(found.positions @ rotation, plain.positions[order], atol=1e-9)
    full = deep(found)
    ours = np.sort(np.round((found.bond_directions @ rotation)[full], 6), axis=1)
    theirs = np.sort(np.round(plain.bond_directions[order][full], 6), axis=1)
    assert np.allclose(ours.sum(axis=1), 0.0, atol=1e-4)
    assert np.allclose(ours, theirs, atol=2e-6)


@pytest.mark.parametrize(
    "design",
    [
        lambda: catalogue.wz_dot(diameter="4 nm"),
        lambda: catalogue.zb_dot(diameter="4 nm"),
        lambda: catalogue.tetrapod(core_diameter="3 nm", arm_diameter="2.6 nm", arm_length="6 nm"),
        MADE["heterorod"],
    ],
)
def test_phases_survive_noise(design):
    structure = build(design())
    order, _, atoms = turned(structure, 11, noise=0.05)
    found = from_ase(atoms, "noisy")
    assert bonds(found, order) == bonds(structure)
    inner = (crowding(structure) >= INTERIOR)[order]
    assert (found.phase == structure.phase[order])[inner].mean() >= 0.98
    assert {ZINC_BLENDE, WURTZITE} >= set(found.phase[inner].tolist())


def test_a_tetrapod_is_mixed_and_its_phases_lie_where_the_builder_put_them():
    structure = build(catalogue.tetrapod(core_diameter="3 nm", arm_diameter="2.6 nm", arm_length="6 nm"))
    found = from_ase(atoms_of(structure), "tetrapod")
    assert 0.1 < found.phase.mean() < 0.95
    assert (found.phase == structure.phase).all()


@pytest.mark.parametrize("stretch", [0.88, 1.12])
def test_strain_of_twelve_per_cent_and_thermal_noise(stretch, dot):
    noise = 0.1 * np.random.default_rng(2).normal(size=dot.positions.shape)
    found = from_ase(atoms_of(dot, stretch * dot.positions + noise), "hot")
    assert len(bonds(found) ^ bonds(dot)) <= 0.01 * len(bonds(dot))


# --- energies -----------------------------------------------------------------------------------------


def test_relaxed_energy_and_gap_are_those_of_the_built_dot(tmp_path):
    built = build(catalogue.core_shell_dot(core_diameter="1.6 nm", shell_thickness="0.6 nm", phase="wz"))
    order, _, atoms = turned(built, 3)
    write(tmp_path / "dot.xyz", atoms, format="xyz")
    imported = read_atoms(tmp_path / "dot.xyz")
    tight = ForceField(force_tolerance=1e-5)
    one, other = relax(built, method=tight), relax(imported, method=tight)
    assert one.energy > 0.5
    assert other.energy == pytest.approx(one.energy, rel=1e-6)
    assert np.allclose(
        np.trace(other.strain, axis1=1, axis2=2), np.trace(one.strain, axis1=1, axis2=2)[order], atol=1e-4
    )
    # The boundary of the dielectric is meshed along the axes, so that potentials would differ by the mesh.
    plain = TightBindingMethod(polarisation="none")
    levels = [solve(tight_binding(relaxed, method=plain), electrons=4, holes=4) for relaxed in (one, other)]
    for key in ("electron_energies", "hole_energies"):
        assert np.allclose(getattr(levels[0], key), getattr(levels[1], key), atol=1e-5)


# --- segments by composition --------------------------------------------------------------------------


@pytest.mark.parametrize(("core", "shell"), [("CdSe", "CdS"), ("CdSe", "ZnS"), ("ZnS", "CdTe")])
def test_core_and_shell_are_found(core, shell):
    built = build(catalogue.core_shell_dot(core, shell, "2.4 nm", "0.9 nm"))
    found = from_ase(atoms_of(built), "dot")
    assert found.segments == ("core", f"{shell}1")
    assert found.segment_materials == (core, shell)
    # Only cations that both have in common can change sides, and only at the interface.
    assert (found.segment == built.segment)[built.cation == 0].all()
    assert (found.segment == built.segment).mean() > 0.95


def test_segments_of_rods_and_tetrapods():
    rod = from_ase(atoms_of(build(catalogue.dot_in_rod(position="5 nm", rod_length="20 nm"))), "rod")
    assert list(compound_of_segments(rod)) == [("core", "CdSe"), ("CdS1", "CdS")]
    heterorod = from_ase(atoms_of(build(MADE["heterorod"]())), "rod")
    assert list(compound_of_segments(heterorod)) == [
        ("core", "CdSe"),
        ("CdTe1", "CdTe"),
        ("CdTe2", "CdTe"),
    ]
    tetrapod = from_ase(atoms_of(build(MADE["tetrapod"]())), "tetrapod")
    sizes = compound_of_segments(tetrapod)
    assert [name for name, _ in sizes] == ["core", "CdTe1", "CdTe2", "CdTe3", "CdTe4"]
    assert len(set(list(sizes.values())[1:])) == 1


@pytest.mark.parametrize("share", [0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.9])
@pytest.mark.parametrize("size", ["2.4 nm", "5 nm"])
def test_an_alloyed_dot_is_one_segment(share, size):
    built = build(catalogue.zb_dot(diameter=size))
    numbers = built.numbers.copy()
    chosen = np.random.default_rng(int(100 * share)).random(len(numbers)) < share
    numbers[chosen & (built.cation == 0)] = 16
    found = from_ase(atoms_of(built, numbers=numbers), "alloy")
    assert found.segments == ("core",)
    measured = (numbers == 16).sum() / (built.cation == 0).sum()
    given_back = materials.composition(found.segment_materials[0]).anions
    assert given_back["S"] == pytest.approx(measured, abs=0.0051)


def test_an_alloyed_shell_is_told_from_its_core():
    built = build(catalogue.zb_dot(diameter="6 nm"))
    radius = np.linalg.norm(built.positions, axis=1)
    numbers = built.numbers.copy()
    mixed = (radius > 16.0) & (built.cation == 0)
    numbers[mixed & (np.random.default_rng(4).random(len(numbers)) < 0.5)] = 16
    found = from_ase(atoms_of(built, numbers=numbers), "dot")
    assert found.segments == ("core", "CdSeS1")
    assert found.segment_materials[0] == "CdSe"
    share = materials.composition(found.segment_materials[1]).anions["S"]
    assert share == pytest.approx((numbers == 16).sum() / mixed.sum(), abs=0.05)
    assert ((found.segment == 1) == (radius > 16.0)).mean() > 0.93


def test_a_quaternary_alloy_is_one_segment():
    built = build(catalogue.wz_dot(diameter="5 nm"))
    rng = np.random.default_rng(8)
    numbers = built.numbers.copy()
    numbers[(built.cation == 1) & (rng.random(len(numbers)) < 0.4)] = 30
    numbers[(built.cation == 0) & (rng.random(len(numbers)) < 0.5)] = 16
    found = from_ase(atoms_of(built, numbers=numbers), "alloy")
    assert found.segments == ("core",)
    made_of = materials.composition(found.segment_materials[0])
    assert made_of.cations["Zn"] == pytest.approx(0.4, abs=0.05)
    assert made_of.anions["S"] == pytest.approx(0.5, abs=0.05)
    assert set(found.materials) == {"CdSe", "CdS", "ZnSe", "ZnS"}


# --- periodic boxes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [np.diag([45.0, 40.0, 60.0]), [[45, 0, 0], [15, 42, 0], [-12, 9, 50]]])
def test_a_particle_cut_by_the_faces_of_its_box_is_made_whole(dot, cell):
    atoms = atoms_of(dot)
    atoms.cell, atoms.pbc = cell, True
    atoms.positions += [3.0, -1.0, 2.0]
    atoms.wrap()
    assert np.ptp(atoms.positions, axis=0).max() > 38.0
    found = from_ase(atoms, "boxed")
    assert bonds(found) == bonds(dot)
    middle = dot.positions - dot.positions.mean(axis=0)
    assert np.allclose(found.positions, middle, atol=1e-9)


@pytest.mark.parametrize("pbc", [(1, 1, 1), (1, 1, 0), (0, 0, 1)])
def test_what_goes_on_for_ever_is_refused(pbc):
    atoms = bulk("CdSe", "zincblende", a=materials.lattice_constant("CdSe"), cubic=True).repeat(4)
    atoms.pbc = pbc
    with pytest.raises(InputError, match="goes on for ever") as caught:
        from_ase(atoms, "crystal.cif")
    assert "Cut a particle" in caught.value.cure


def test_unit_cells_are_refused_as_crystals(tmp_path):
    for phase, repeat in (("zincblende", 3), ("wurtzite", 2)):
        write(tmp_path / "unit.cif", bulk("CdSe", phase, a=6.05 if repeat == 3 else 4.28).repeat(repeat))
        with pytest.raises(InputError, match="goes on for ever"):
            read_atoms(tmp_path / "unit.cif")


def test_a_crystal_with_symmetry_is_expanded_and_refused(tmp_path):
    text = """data_CdTe
_cell_length_a 6.482
_cell_length_b 6.482
_cell_length_c 6.482
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F -4 3 m'
_symmetry_Int_Tables_number 216
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Cd1 Cd2+ 0 0 0
Te1 Te2- 0.25 0.25 0.25
"""
    (tmp_path / "CdTe.cif").write_text(text)
    with pytest.raises(InputError, match=r"goes on for ever|needs 20"):
        read_atoms(tmp_path / "CdTe.cif")
