"""Inside segments the atoms are those of crystals that ASE builds; sizes and symmetry are what was asked."""

import re

import numpy as np
import pytest
from ase.build import bulk
from scipy.spatial import KDTree

from epidot import materials
from epidot.design import catalogue, from_dict
from epidot.design.design import Segment, Shell
from epidot.errors import InputError
from epidot.structure import build
from epidot.structure.inspect import INTERIOR, arm_axes, coordination, crowding

NEAR = 7.5
"""Å: three shells of neighbours around an atom."""


def shells(points, species, centres, cell_points=None, cell_species=None):
    """Sorted (species, distance) fingerprints of the surroundings of each centre."""
    around = points if cell_points is None else cell_points
    kinds = species if cell_species is None else cell_species
    tree = KDTree(around)
    found = set()
    for centre, kind in centres:
        members = tree.query_ball_point(centre, NEAR)
        distances = np.linalg.norm(around[members] - centre, axis=1)
        found.add(
            (
                int(kind),
                tuple(
                    sorted(
                        (int(kinds[m]), round(float(d), 2)) for m, d in zip(members, distances, strict=True)
                    )
                ),
            )
        )
    return found


def crystal_shells(name, phase):
    a = materials.lattice_constant(name)
    if phase == "zb":
        crystal = bulk(name, "zincblende", a=a, cubic=True)
    else:
        w = a / np.sqrt(2.0)
        crystal = bulk(name, "wurtzite", a=w, c=w * np.sqrt(8.0 / 3.0), u=0.375)
    large = crystal.repeat((10, 10, 8))
    points, species = large.get_positions(), large.get_atomic_numbers()
    middle = np.argsort(np.linalg.norm(points - points.mean(axis=0), axis=1))[:16]
    return shells(points, species, [(points[m], species[m]) for m in middle])


@pytest.mark.parametrize(("phase", "maker"), [("zb", catalogue.zb_dot), ("wz", catalogue.wz_dot)])
@pytest.mark.parametrize("name", ["CdSe", "ZnTe"])
def test_dots_are_the_crystal(name, phase, maker):
    structure = build(maker(material=name, diameter="5 nm"))
    depth = np.linalg.norm(structure.positions, axis=1)
    inner = np.flatnonzero(depth < 25.0 - NEAR - 3.0)
    centres = [(structure.positions[i], structure.numbers[i]) for i in inner]
    assert shells(structure.positions, structure.numbers, centres) == crystal_shells(name, phase)


def test_sphere_counts_follow_the_volume():
    for diameter in (30.0, 45.0, 60.0):
        structure = build(catalogue.zb_dot(material="CdSe", diameter=f"{diameter / 10} nm"))
        expected = 8.0 / materials.lattice_constant("CdSe") ** 3 * np.pi * diameter**3 / 6.0
        # Which atoms of the outermost half ångström belong to the sphere is a matter of taste.
        assert abs(len(structure.positions) / expected - 1.0) < 3.0 * 0.5 / (0.5 * diameter)


@pytest.mark.parametrize("diameter", ["2.4 nm", "3.5 nm", "4.6 nm", "6.3 nm"])
def test_prism_counts_follow_the_realised_size(diameter):
    structure = build(catalogue.wz_rod(material="CdSe", diameter=diameter, length="20 nm"))
    length = structure.realised["root.segments[0].length"]["realised"]
    width = structure.realised["root.cross_section.diameter"]["realised"]
    expected = 8.0 / materials.lattice_constant("CdSe") ** 3 * np.pi * width**2 / 4.0 * length
    assert abs(len(structure.positions) / expected - 1.0) < 0.03
    # {10-10} facets cut half-way along single bonds: only the six edges have atoms with two.
    two = (structure.neighbours >= 0).sum(axis=1) == 2
    assert two.mean() < 0.01


def test_ends_of_a_rod_are_polar_and_balance_its_dangling_bonds():
    structure = build(catalogue.wz_rod(material="CdS", diameter="4 nm", length="12 nm"))
    top, bottom = structure.positions[:, 2].argmax(), structure.positions[:, 2].argmin()
    assert structure.cation[top] == 1 and structure.cation[bottom] == 0
    # Each bond joins a cation and an anion: 4 N - dangling is the same for both sublattices.
    dangling = 4 - (structure.neighbours >= 0).sum(axis=1)
    cation = structure.cation == 1
    assert 4 * cation.sum() - dangling[cation].sum() == 4 * (~cation).sum() - dangling[~cation].sum()


def _same_set(points, moved):
    return KDTree(points).query(moved)[0].max() < 1e-6


def test_tetrapod_has_the_symmetry_td():
    structure = build(
        catalogue.tetrapod(core="CdSe", core_diameter="3 nm", arm_diameter="2.6 nm", arm_length="5 nm")
    )
    points = structure.positions
    threefold = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    mirror = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    fourfold_improper = np.array([[-1, 0, 0], [0, 0, -1], [0, 1, 0]])
    for operation in (threefold, mirror, fourfold_improper):
        assert _same_set(points, points @ operation.T)
    assert not _same_set(points, -points)


def test_tetrapod_arms_and_interfaces():
    design = catalogue.tetrapod(
        core="CdSe",
        arm="CdSe",
        core_diameter="3 nm",
        arm_diameter="3 nm",
        arm_length="6 nm",
        extension=("CdTe", "4 nm"),
    )
    structure = build(design)
    axes = arm_axes(structure, structure.positions)
    cubic = {(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)}
    assert {tuple(int(np.sign(x)) for x in axis) for axis in axes.values()} == cubic
    for axis in axes.values():
        assert np.allclose(np.abs(axis), 1.0 / np.sqrt(3.0), atol=1e-6)
    # Te only beyond the CdSe of each arm, Se only before.
    along = np.max([structure.positions @ axis for axis in axes.values()], axis=0)
    assert along[structure.numbers == 52].min() > along[structure.numbers == 34].max() - 4.0
    # Arms are wurtzite, the core zinc blende.
    deep = crowding(structure) >= INTERIOR
    core = structure.segment == structure.segments.index("core")
    assert structure.phase[core & deep].mean() < 0.35
    assert structure.phase[~core & deep].mean() > 0.95


def test_start_positions_have_each_segment_at_its_own_bond_length():
    structure = build(catalogue.heterorod(segments=[("CdS", "10 nm"), ("CdTe", "10 nm")], diameter="3 nm"))
    atom, slot = np.nonzero(structure.neighbours >= 0)
    lengths = np.linalg.norm(
        structure.positions[atom] - structure.positions[structure.neighbours[atom, slot]], axis=1
    )
    far = np.abs(structure.positions[atom, 2]) > 40.0
    for index, name in enumerate(structure.materials):
        mine = far & (structure.material[atom] == index)
        assert abs(lengths[mine].mean() / materials.bond(name) - 1.0) < 0.002


def test_dot_in_rod_and_core_shell_composition():
    rod = build(catalogue.dot_in_rod())
    core = rod.segment == rod.segments.index("core")
    assert rod.segment_materials[rod.segments.index("core")] == "CdSe"
    assert 34 in rod.numbers[core] and 16 not in rod.numbers[core]
    ball = build(
        from_dict(
            {
                "schema": "epidot-design/1",
                "name": "core/shell",
                "root": {"kind": "dot", "material": "CdTe", "diameter": "3 nm"},
                "shells": [
                    {"material": "CdSe", "thickness": "1 nm"},
                    {"material": "CdS", "thickness": "0.7 nm"},
                ],
            }
        )
    )
    radius = np.linalg.norm(ball.positions, axis=1)
    assert radius[ball.numbers == 52].max() <= 15.0 + 1e-6
    assert radius.max() <= 32.0 + 1e-6
    assert radius[ball.numbers == 16].min() > 25.0 - 3.0


def test_arms_that_would_collide_are_refused_with_the_height_that_works():
    arm = {"cross_section": {"diameter": "4 nm"}, "segments": [{"material": "CdSe", "length": "5 nm"}]}
    root = {"kind": "branch_point", "material": "CdSe", "arms": [arm] * 4}

    def particle(height):
        junction = {"rule": "fixed", "height": height}
        return from_dict({"schema": "epidot-design/1", "name": "x", "root": {**root, "junction": junction}})

    with pytest.raises(InputError, match="collide") as caught:
        build(particle("0.7 nm"))
    assert caught.value.name == "root.junction.height"
    least = re.search(r"at least ([\d.]+ nm)", caught.value.cure)
    structure = build(particle(least[1]))
    assert (coordination(structure)[crowding(structure) >= INTERIOR] == 4).all()


def test_a_segment_too_thin_for_an_atom_is_refused():
    thin = Segment.model_construct(material="CdSe", length=1.0)
    root = catalogue.wz_rod().root.model_copy(update={"segments": (thin,)})
    with pytest.raises(InputError, match="holds no atom") as caught:
        build(catalogue.wz_rod().model_copy(update={"root": root}))
    assert caught.value.name == "root.segments[0].length"


def test_a_shell_too_thin_for_an_atom_is_refused():
    thin = Shell.model_construct(material="CdS", thickness=0.02)
    dot = catalogue.zb_dot().model_copy(update={"shells": (thin,)})
    with pytest.raises(InputError, match="too thin") as caught:
        build(dot)
    assert caught.value.name == "segment shell1"
