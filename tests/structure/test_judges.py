"""Public programs that know nothing of ours judge the atoms.

Polytype: pyscal3's identification of diamond structures (extended common neighbour analysis; Maras et al.,
Comput. Phys. Commun. 205, 13 (2016)), blind to species and bonds. Crystal: ASE's, laid over patches of atoms.
Point group: spglib. OVITO 3.17.2 offers the same identification and, tried on all particles below, gave the
same label to every atom that both label; it is no part of the environment because it brings half a gigabyte
of Qt and needs the libraries of a screen.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations

import numpy as np
import pyscal3
import pytest
import spglib
from ase import Atoms
from ase.build import bulk
from scipy.spatial import KDTree

from epidot import materials
from epidot.design import catalogue, from_dict, loads
from epidot.structure import build
from epidot.structure.inspect import INTERIOR, arm_angles, crowding
from epidot.structure.structure import NO_ATOM, WURTZITE, ZINC_BLENDE

AGREE = 0.98
"""Least share of interior atoms on which the polytypes must agree."""
PATCH = 8.0
"""Å: radius of the patches over which an ASE crystal is laid, about 80 atoms."""
APART = 0.05
"""Å: largest distance between an atom and its partner in the ASE crystal."""
STRAIN = 0.002
"""Largest deviation of a patch's bonds from the bulk: beyond it start positions follow the neighbours."""
FAR = 40.0
"""Å: farther than this from another compound or phase, start positions have no reason to be strained."""
LEAST_SHARE = 0.2
"""Share of deep atoms in unstrained patches of one compound and one phase that gives a verdict weight."""
NONE = -1


def branched(arms, **rest):
    root = {"kind": "branch_point", "material": "CdSe", "arms": arms, **rest}
    return from_dict({"schema": "epidot-design/1", "name": "judged", "root": root})


def arm(diameter="1.6 nm", length="2 nm", material="CdSe", **rest):
    section = {
        "cross_section": {"diameter": diameter},
        "segments": [{"material": material, "length": length}],
    }
    return {**section, **rest}


SPECIAL = {
    "zinc-blende rod": lambda: catalogue.heterorod(
        segments=[("ZnSe", "6 nm"), ("CdSe", "6 nm")], diameter="3.5 nm", phase="zb"
    ),
    "wurtzite core/shell dot": lambda: catalogue.core_shell_dot(core="CdTe", shell="CdS", phase="wz"),
    "tripod with zinc-blende arms": lambda: branched([arm("3 nm", "7 nm", phase="zb") for _ in range(3)]),
    "tetrapod, no core, unequal arms": lambda: branched(
        [
            arm("2.4 nm", "5 nm"),
            arm("3.2 nm", "8 nm", "CdS"),
            arm("2.8 nm", "8 nm", "CdTe"),
            arm("3 nm", "4 nm"),
        ]
    ),
    "thick platelet": lambda: from_dict(
        {
            "schema": "epidot-design/1",
            "name": "judged",
            "root": {
                "kind": "platelet",
                "material": "CdSe",
                "monolayers": 14,
                "length": "6 nm",
                "width": "5 nm",
            },
        }
    ),
}
"""Designs that the catalogue does not show."""
THIN = ("platelet",)
"""Four monolayers: no atom has its second neighbours on both sides; a thick one is among the specials."""
FAULTED = ("imperfect_rod",)
"""Stacking faults every few nanometres: polytypes are judged atom by atom, but there is no single crystal."""
PARTICLES = (*(name for name in catalogue.names() if name not in THIN), *SPECIAL)
CRYSTALS = tuple(name for name in PARTICLES if name not in FAULTED)
BRANCHED = ("tetrapod", "tetrapod, no core, unequal arms")
"""Particles whose arms are wurtzite and straight."""
TETRAHEDRAL = float(np.degrees(np.arccos(-1.0 / 3.0)))


@cache
def particle(name):
    if name in SPECIAL:
        return build(SPECIAL[name]())
    return build(loads(catalogue.template(name).yaml_text, name))


@pytest.fixture(autouse=True)
def spglib_raises(monkeypatch):
    """Let spglib raise what goes wrong, as it will from version 3 on, instead of returning None."""
    monkeypatch.setenv("SPGLIB_OLD_ERROR_HANDLING", "0")


# --- polytypes -------------------------------------------------------------------------------------------


def polytype(positions):
    """Phase of each atom as pyscal3 sees it; NONE where its first two shells of neighbours are not whole."""
    atoms = Atoms(f"C{len(positions)}", positions)
    atoms.center(vacuum=20.0)
    pyscal3.diamond_structure(atoms)
    found = atoms.arrays["pyscal_structure"]
    # 2, 3, 5 and 6 are atoms that only neighbour a cubic (1) or a hexagonal (4) one: no label of their own.
    return np.select([found == 1, found == 4], [ZINC_BLENDE, WURTZITE], NONE)


def whole(structure):
    """Atoms all of whose first and second neighbours are there."""
    full = (structure.neighbours != NO_ATOM).all(axis=1)
    return full & full[structure.neighbours].all(axis=1)


@cache
def deep_atoms(name):
    structure = particle(name)
    return (crowding(structure) >= INTERIOR) & whole(structure)


def phase_disagreement(structure, deep):
    """Share of atoms with a label of pyscal3 that carry another one, and of deep atoms without its label."""
    label = polytype(structure.positions)
    labelled = label != NONE
    return np.mean(label[labelled] != structure.phase[labelled]), np.mean(~labelled[deep])


@pytest.mark.parametrize("name", PARTICLES)
def test_polytypes_are_those_that_pyscal_finds(name):
    deep = deep_atoms(name)
    wrong, unlabelled = phase_disagreement(particle(name), deep)
    assert deep.sum() >= 100
    assert wrong <= 1.0 - AGREE
    assert unlabelled <= 1.0 - AGREE


def test_wrong_polytypes_would_be_noticed():
    rod, deep = particle("wz_rod"), deep_atoms("wz_rod")
    slab = np.abs(rod.positions[:, 2]) < 6.0
    flipped = replace(rod, phase=np.where(slab, ZINC_BLENDE, rod.phase))
    assert phase_disagreement(flipped, deep)[0] > 1.0 - AGREE
    shaken = rod.positions + np.random.default_rng(3).normal(scale=0.3, size=rod.positions.shape)
    assert phase_disagreement(replace(rod, positions=shaken), deep)[1] > 1.0 - AGREE


# --- crystals --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crystal:
    """A ball of an ASE crystal around one of its atoms, which comes first."""

    points: np.ndarray
    numbers: np.ndarray
    tree: KDTree
    """Over points and, as a fourth coordinate, elements: partners are always of the same element."""
    first_two_shells: np.ndarray


@cache
def crystal(material, phase, number):
    """ASE's crystal (wurtzite of ideal c/a, [0001] along z) around an atom of this atomic number."""
    a = materials.lattice_constant(material)
    if phase == ZINC_BLENDE:
        cell = bulk(material, "zincblende", a=a, cubic=True)
    else:
        cell = bulk(material, "wurtzite", a=a / np.sqrt(2.0), c=a * np.sqrt(4.0 / 3.0), u=0.375)
        cell.rotate(180.0, "x", rotate_cell=True)  # ASE's axial bonds point from anion to cation along z.
    block = cell.repeat(tuple(int(2 * np.ceil(2.0 * PATCH / length)) for length in cell.cell.lengths()))
    points = block.positions - block.positions.mean(axis=0)
    mine = np.flatnonzero(block.numbers == number)
    points -= points[mine[np.linalg.norm(points[mine], axis=1).argmin()]]
    distance = np.linalg.norm(points, axis=1)
    order = np.argsort(distance, kind="stable")[: int((distance < 1.5 * PATCH).sum())]
    points, numbers = points[order], block.numbers[order]
    shells = np.flatnonzero(distance[order] < 1.65 * materials.bond(material))
    return Crystal(points, numbers, KDTree(marked(points, numbers)), shells)


def marked(points, numbers):
    return np.column_stack([points, 100.0 * numbers])


def rotation(ours, theirs):
    """The proper rotation (3, 3) and shift (3,) that best lay `ours` (point, 3) over `theirs` (Kabsch)."""
    middle, centre = ours.mean(axis=0), theirs.mean(axis=0)
    left, _, right = np.linalg.svd((ours - middle).T @ (theirs - centre))
    turn = (left @ np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))]) @ right).T
    return turn, centre - turn @ middle


def laid_over(points, numbers, ideal):
    """Lay atoms over a crystal, the first over the crystal's first.

    Returns the largest distance (Å) of an atom from its own partner of the same element, infinite if two
    share one or the first misses a neighbour of the crystal's first two shells, and the direction of the
    crystal's z axis among the atoms.
    """
    star = np.argsort(np.linalg.norm(points - points[0], axis=1))[:5]
    best = (np.inf, np.zeros(3))
    for order in permutations(range(1, 5)):
        turn, shift = rotation(points[star], ideal.points[[0, *order]])
        if np.abs(points[star] @ turn.T + shift - ideal.points[[0, *order]]).max() > 0.3:
            continue  # The mirror image of the star.
        for _ in range(2):
            partner = ideal.tree.query(marked(points @ turn.T + shift, numbers))[1]
            turn, shift = rotation(points, ideal.points[partner])
        distance = np.linalg.norm(points @ turn.T + shift - ideal.points[partner], axis=1).max()
        one_to_one = len(set(partner)) == len(partner) and np.isin(ideal.first_two_shells, partner).all()
        if one_to_one and distance < best[0]:
            best = (float(distance), turn[2])
        if best[0] < APART:
            break
    return best


@dataclass(frozen=True)
class Patch:
    """Atoms of one compound, one phase and the bulk's bond length around a deep one, laid over a crystal."""

    segment: str
    phase: int
    distance: float
    """Å: the largest of an atom from its partner."""
    axis: np.ndarray
    """The crystal's z axis, [0001] in wurtzite, among the atoms."""


def patches(structure, deep):
    """Patches that cover the deep atoms as far as such patches exist, and the deep atoms (atom,) in them."""
    tree = KDTree(structure.positions)
    judged, found, free = np.zeros(len(deep), dtype=bool), [], unstrained(structure)
    for seed in np.flatnonzero(deep):
        if judged[seed]:
            continue
        atoms = np.array(tree.query_ball_point(structure.positions[seed], PATCH))
        atoms = np.concatenate([[seed], atoms[atoms != seed]])
        if not (free[atoms].all() and uniform(structure, atoms, deep)):
            continue
        judged[atoms] = True
        material = structure.materials[structure.material[seed]]
        phase = int(structure.phase[seed])
        ideal = crystal(material, phase, int(structure.numbers[seed]))
        distance, axis = laid_over(structure.positions[atoms], structure.numbers[atoms], ideal)
        found.append(Patch(structure.segments[structure.segment[seed]], phase, distance, axis))
    return found, judged & deep


def uniform(structure, atoms, deep):
    names = {structure.segment_materials[index] for index in np.unique(structure.segment[atoms])}
    names |= {structure.materials[index] for index in np.unique(structure.material[atoms])}
    return len(names) == 1 and np.ptp(structure.phase[atoms[deep[atoms]]]) == 0


def unstrained(structure):
    """Atoms (atom,) all of whose bonds have the length of their compound's bulk, to within STRAIN."""
    bulk_bond = np.array([materials.bond(name) for name in structure.materials])[structure.material]
    bonds = structure.positions[structure.neighbours] - structure.positions[:, None]
    strain = np.linalg.norm(bonds, axis=2) / bulk_bond[:, None] - 1.0
    return (np.abs(np.where(structure.neighbours == NO_ATOM, 0.0, strain)) <= STRAIN).all(axis=1)


def far_inside(structure):
    """Atoms (atom,) of unalloyed segments with nothing but their own compound and phase within FAR."""
    label = np.array(structure.segment_materials)[structure.segment]
    kind = np.char.add(label, structure.phase.astype(str))
    far = np.array([name in structure.materials for name in structure.segment_materials])[structure.segment]
    for name in np.unique(kind):
        mine = kind == name
        if not mine.all():
            nearest = KDTree(structure.positions[~mine]).query(structure.positions[mine])[0]
            far[mine] &= nearest > FAR
    return far


def misfit(structure, deep):
    """Largest distance (Å) of an atom from its partner, the share of deep atoms in patches, and the number of
    those in no patch although start positions have no reason to strain them."""
    found, judged = patches(structure, deep)
    missed = deep & far_inside(structure) & ~judged
    return max((patch.distance for patch in found), default=0.0), judged[deep].mean(), missed.sum()


@cache
def verdict(name):
    return misfit(particle(name), deep_atoms(name))


@pytest.mark.parametrize("name", CRYSTALS)
def test_segments_are_the_crystals_that_ase_builds(name):
    distance, _, missed = verdict(name)
    assert distance < APART
    assert missed == 0


def test_most_particles_have_much_crystal_to_judge():
    # Alloys, thin shells and short segments have none: their start positions are strained throughout.
    shares = np.array([verdict(name)[1] for name in CRYSTALS])
    assert np.mean(shares >= LEAST_SHARE) > 0.5
    assert verdict("zb_dot")[1] == verdict("wz_rod")[1] == 1.0


def test_wrong_crystals_would_be_noticed():
    structure, deep = particle("wz_dot"), deep_atoms("wz_dot")
    assert misfit(structure, deep)[0] < APART
    centre = int(np.linalg.norm(structure.positions, axis=1).argmin())
    partner = structure.neighbours[centre, 0]
    swapped = structure.numbers.copy()
    swapped[[centre, partner]] = swapped[[partner, centre]]
    assert misfit(replace(structure, numbers=swapped), deep)[0] > 1.0
    moved = structure.positions.copy()
    moved[centre] += 0.06
    distance, _, missed = misfit(replace(structure, positions=moved), deep)
    assert distance > APART or missed > 0
    mislabelled = replace(structure, phase=np.full_like(structure.phase, ZINC_BLENDE))
    assert misfit(mislabelled, deep)[0] > 1.0


# --- arms ------------------------------------------------------------------------------------------------


def limb_of(segment):
    """Name of the straight piece that a segment belongs to, e.g. ``arm1`` or ``rod``; None for a domain."""
    named = re.fullmatch(r"(?:(.+)\.)?s\d+", segment)
    return (named[1] or "rod") if named else None


def arm_atoms(structure):
    """Which atoms (atom,) belong to each arm of the first generation."""
    limbs = np.array([limb_of(name) or "" for name in structure.segments])
    arms = [name for name in dict.fromkeys(limbs) if re.fullmatch(r"arm\d+", name)]
    return {name: (limbs == name)[structure.segment] for name in arms}


def crystal_axes(structure, deep):
    """[0001] (3,) of each limb, the mean over the ASE crystals laid over its wurtzite, if it has any."""
    found = {}
    for patch in patches(structure, deep)[0]:
        limb = limb_of(patch.segment)
        if limb and patch.phase == WURTZITE:
            found[limb] = found.get(limb, np.zeros(3)) + patch.axis
    return {limb: axis / np.linalg.norm(axis) for limb, axis in found.items()}


def arm_errors(structure, deep):
    """How far the crystals' [0001] are from the tetrahedral angle and from our fit to the arms (degrees), and
    how far (Å) they, drawn through the middles of the arms, miss the branch point at the origin."""
    found, atoms = crystal_axes(structure, deep), arm_atoms(structure)
    axes = np.array([found[name] for name in atoms])
    middles = np.array([structure.positions[mine].mean(axis=0) for mine in atoms.values()])
    # Arms grow along [0001]: from cation to anion, outwards.
    assert (np.einsum("ax,ax->a", axes, middles) > 0.0).all()
    angles = np.degrees(np.arccos(np.clip(axes @ axes.T, -1.0, 1.0)[np.triu_indices(len(axes), 1)]))
    ours = np.array(arm_angles(structure, structure.positions))
    miss = np.linalg.norm(np.cross(axes, middles), axis=1)
    return np.abs(angles - TETRAHEDRAL).max(), np.abs(angles - ours).max(), miss.max()


def limb_errors(structure, deep):
    """Angle (degrees) between each wurtzite limb, foot to end, and the [0001] or [000-1] of its crystal."""
    axes = crystal_axes(structure, deep) if structure.limbs else {}
    lines = {name: np.subtract(end, foot) for name, foot, end in structure.limbs if name in axes}
    cosines = {name: abs(axes[name] @ line) / np.linalg.norm(line) for name, line in lines.items()}
    return {name: float(np.degrees(np.arccos(min(cosine, 1.0)))) for name, cosine in cosines.items()}


@pytest.mark.parametrize("name", BRANCHED)
def test_arms_are_crystals_at_the_tetrahedral_angle(name):
    structure, deep = particle(name), deep_atoms(name)
    off, apart, miss = arm_errors(structure, deep)
    assert off < 0.1
    assert apart < 0.1
    assert miss < 0.1


@pytest.mark.parametrize("name", PARTICLES)
def test_limbs_run_along_the_crystals(name):
    assert all(error < 0.5 for error in limb_errors(particle(name), deep_atoms(name)).values())


def test_displaced_arms_would_be_noticed():
    structure, deep = particle("tetrapod"), deep_atoms("tetrapod")
    mine = arm_atoms(structure)["arm1"][:, None]
    shifted = structure.positions + mine * np.array([0.7, -0.7, 0.0])
    assert arm_errors(replace(structure, positions=shifted), deep)[2] > 0.5
    bent = np.where(mine, structure.positions @ turned_about_x(1.0).T, structure.positions)
    assert arm_errors(replace(structure, positions=bent), deep)[0] > 0.3
    claimed = (("arm1", (0.0, 0.0, 0.0), (30.0, 30.0, 30.0)), ("arm2", (0.0, 0.0, 0.0), (30.0, -30.0, -28.0)))
    errors = limb_errors(replace(structure, limbs=claimed), deep)
    assert errors["arm1"] < 0.5 < errors["arm2"]


def turned_about_x(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


# --- point groups ----------------------------------------------------------------------------------------


def space_group(structure, cell):
    """Hermann–Mauguin symbol that spglib gives the particle alone in a large `cubic` or `hexagonal` cell."""
    frame = np.eye(3)
    if cell == "hexagonal":
        # A lattice vector of the crystal's layers is perpendicular to z and to a slanted bond.
        slanted = structure.bond_directions[0][np.abs(structure.bond_directions[0][:, 2]).argmin()]
        first = np.cross([0.0, 0.0, 1.0], slanted)
        first /= np.linalg.norm(first)
        second = np.cross([0.0, 0.0, 1.0], first)
        frame = np.array([first, -0.5 * first + np.sqrt(0.75) * second, [0.0, 0.0, 1.0]])
    lattice = 2.0 * (np.linalg.norm(structure.positions, axis=1).max() + 10.0) * frame
    scaled = structure.positions @ np.linalg.inv(lattice)
    return spglib.get_symmetry_dataset((lattice, scaled, structure.numbers), symprec=0.01).international


def small_tetrapod(**rest):
    return catalogue.tetrapod(core_diameter="1.6 nm", arm_diameter="1.6 nm", **rest)


TD, TRIGONAL, RHOMBOHEDRAL = "P-43m", "P3m1", "R3m"
GROUPS = {
    "zinc-blende dot": (lambda: catalogue.zb_dot(diameter="3 nm"), "cubic", TD),
    "core/shell dot": (
        lambda: catalogue.core_shell_dot(core_diameter="2 nm", shell_thickness="0.7 nm"),
        "cubic",
        TD,
    ),
    "tetrapod": (lambda: small_tetrapod(arm_length="2 nm"), "cubic", TD),
    "tetrapod of three materials": (
        lambda: small_tetrapod(arm="CdS", arm_length="1.5 nm", extension=("CdTe", "1 nm")),
        "cubic",
        TD,
    ),
    "tripod": (lambda: branched([arm() for _ in range(3)]), "cubic", RHOMBOHEDRAL),
    "tetrapod with a longer arm": (
        lambda: branched([arm(), arm(), arm(), arm(length="3 nm")]),
        "cubic",
        RHOMBOHEDRAL,
    ),
    "wurtzite dot": (lambda: catalogue.wz_dot(diameter="3 nm"), "hexagonal", TRIGONAL),
    "rod": (lambda: catalogue.wz_rod(diameter="2.4 nm", length="5 nm"), "hexagonal", TRIGONAL),
    "zinc-blende rod": (
        lambda: catalogue.heterorod(segments=[("CdSe", "5 nm")], diameter="2.4 nm", phase="zb"),
        "hexagonal",
        TRIGONAL,
    ),
    "heterorod": (
        lambda: catalogue.heterorod(segments=[("CdS", "2 nm"), ("CdTe", "3 nm")], diameter="2 nm"),
        "hexagonal",
        TRIGONAL,
    ),
    "dot in a rod": (
        lambda: catalogue.dot_in_rod(core_diameter="1.5 nm", rod_diameter="2.4 nm", rod_length="5 nm"),
        "hexagonal",
        TRIGONAL,
    ),
}
"""Design, cell, space group. Small particles: spglib's time is quadratic in the atoms."""


@pytest.mark.parametrize("name", GROUPS)
def test_spglib_finds_the_point_group(name):
    make, cell, group = GROUPS[name]
    structure = build(make())
    assert 100 < len(structure.positions) < 1500
    assert space_group(structure, cell) == group


def test_a_broken_symmetry_would_be_noticed():
    structure = build(small_tetrapod(arm_length="2 nm"))
    farthest = int(structure.positions.sum(axis=1).argmax())
    moved = structure.positions.copy()
    moved[farthest] *= 1.01
    assert space_group(replace(structure, positions=moved), "cubic") != TD
    numbers = structure.numbers.copy()
    pair = [farthest, structure.neighbours[farthest, 0]]
    numbers[pair] = numbers[pair[::-1]]
    assert space_group(replace(structure, numbers=numbers), "cubic") != TD
