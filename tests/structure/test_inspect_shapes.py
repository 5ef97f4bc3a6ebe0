"""Facets, surfaces and sizes of bodies cut here from crystals, against solid geometry."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.spatial import ConvexHull, KDTree

from epidot import materials
from epidot.structure.crowding import closest_pair
from epidot.structure.extent import bounding_lengths, mean_silhouette, radius_of_gyration, sizes
from epidot.structure.facets import facet_table, facets
from epidot.structure.inspect import describe
from epidot.structure.measure_arms import measure_arms
from epidot.structure.per_atom import dangling, own_volumes
from epidot.structure.structure import NO_ATOM, Structure

A = materials.lattice_constant("CdSe")
BOND = materials.bond("CdSe")
LAYER = 1.0 / np.sqrt(3.0)
"""Height of a bilayer in units of a."""
ROUGH = "edge/rough"


def threefold(vector):
    """Three unit vectors across z, the first along `vector`."""
    angles = np.arctan2(vector[1], vector[0]) + 2.0 * np.pi / 3.0 * np.arange(3)
    return np.stack([np.cos(angles), np.sin(angles), np.zeros(3)], axis=1)


def stack(word, reach):
    """Sites of a pile of bilayers along z with letters `word` of h and c: position, cation?, bonds, axial?.

    Every bilayer k > 0 but the last has a letter: h if the lateral step turns back after it.
    """
    u, v = np.array([1.0, 0.0, 0.0]) / np.sqrt(2.0), np.array([0.5, np.sqrt(0.75), 0.0]) / np.sqrt(2.0)
    step = (u + v) / 3.0
    grid = np.arange(-reach, reach + 1)
    lattice = (grid[:, None, None] * u + grid[None, :, None] * v).reshape(-1, 3)
    turns = [1]
    for letter in word:
        turns.append(-turns[-1] if letter == "h" else turns[-1])
    columns = np.concatenate([[0], np.cumsum(turns)])
    sites, cation, bonds, eclipsed = [], [], [], []
    for k in range(1, len(columns)):
        before, here = columns[k - 1], columns[k]
        slanted = np.sqrt(8.0) / 3.0 * threefold((here - before) * step) + [0.0, 0.0, 1.0 / 3.0]
        lower = lattice + (before % 3) * step + [0.0, 0.0, (k - 0.25) * LAYER]
        upper = lattice + (here % 3) * step + [0.0, 0.0, k * LAYER]
        sites += [lower, upper]
        cation += [np.zeros(len(lattice), bool), np.ones(len(lattice), bool)]
        bonds += [
            np.broadcast_to(np.vstack([[0, 0, -1], slanted]), (len(lattice), 4, 3)),
            np.broadcast_to(np.vstack([[0, 0, 1], -slanted]), (len(lattice), 4, 3)),
        ]
        hexagonal = [k >= 2 and word[k - 2] == "h", k - 1 < len(word) and word[k - 1] == "h"]
        eclipsed += [np.full(len(lattice), flag) for flag in hexagonal]
    return tuple(np.concatenate(parts) for parts in (sites, cation, bonds, eclipsed))


def cubic(reach):
    """Zinc-blende sites on cubic axes, a cation at the origin."""
    grid = np.arange(-reach, reach + 1)
    points = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    cations = 0.5 * points[points.sum(axis=1) % 2 == 0]
    sites = np.concatenate([cations, cations + 0.25])
    cation = np.arange(len(sites)) < len(cations)
    bonds = np.where(cation, 1.0, -1.0)[:, None, None] * FACES
    return sites, cation, bonds, np.zeros(len(sites), bool)


FACES = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3.0)
CUBIC = cubic(15)
WURTZITE = stack("h" * 40, 13)


def cut(crystal, inside, *, segment="core"):
    """The atoms of a crystal for which `inside` (site,) holds, without those with fewer than two bonds."""
    sites, cation, bonds, axial = (array[inside] for array in crystal)
    while True:
        pairs = KDTree(sites).query_pairs(1.1 * np.sqrt(3.0) / 4.0, output_type="ndarray")
        keep = np.bincount(pairs.ravel(), minlength=len(sites)) >= 2
        if keep.all():
            break
        sites, cation, bonds, axial = sites[keep], cation[keep], bonds[keep], axial[keep]
    atom, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    vectors = (sites[other] - sites[atom]) / (np.sqrt(3.0) / 4.0)
    match = np.einsum("bsx,bx->bs", bonds[atom], vectors)
    assert match.max(axis=1).min() > 1.0 - 1e-6
    neighbours = np.full((len(sites), 4), NO_ATOM)
    neighbours[atom, match.argmax(axis=1)] = other
    eclipsed = (neighbours != NO_ATOM) & (axial[:, None] & [True, False, False, False])
    order = np.argsort(neighbours == NO_ATOM, axis=1, kind="stable")
    own = axial | eclipsed.any(axis=1)
    return Structure(
        positions=A * sites,
        numbers=np.where(cation, 48, 34),
        neighbours=np.take_along_axis(neighbours, order, axis=1),
        bond_directions=np.take_along_axis(bonds, order[:, :, None], axis=1),
        eclipsed=np.take_along_axis(eclipsed, order, axis=1),
        cation=cation,
        material=np.zeros(len(sites)),
        segment=np.zeros(len(sites)),
        phase=own,
        materials=("CdSe",),
        segments=(segment,),
        segment_materials=("CdSe",),
        paths=(),
        realised={},
        design_hash="0" * 64,
    )


def half_spaces(crystal, normals, heights):
    return (crystal[0] @ np.asarray(normals).T <= heights).all(axis=1)


def sphere(crystal, radius, centre=(0.0, 0.0, 0.0)):
    return cut(crystal, np.linalg.norm(crystal[0] - centre, axis=1) <= radius)


def volume(structure):
    return len(structure.positions) * A**3 / 8.0


def areas(structure):
    """Facet areas in Å²."""
    return {name: 100.0 * entry["area_nm2"] for name, entry in facet_table(facets(structure)).items()}


MIDDLE = np.array([0.0, 0.0, 20.0 * LAYER])


def hexagon_normals(offset=0.0):
    """Six directions across z; the letter step of `stack` runs at 30° to x."""
    angles = np.radians(30.0 + offset + 60.0 * np.arange(6))
    return np.stack([np.cos(angles), np.sin(angles), np.zeros(6)], axis=1)


def prism(normals, inradius, bilayers, crystal=WURTZITE, **options):
    low = (20 - bilayers // 2 - 0.5) * LAYER
    between = (crystal[0][:, 2] > low) & (crystal[0][:, 2] < low + bilayers * LAYER)
    return cut(crystal, half_spaces(crystal, normals, inradius) & between, **options)


def hexagon(structure, length):
    """Side and area of the regular hexagon whose prism of this length has the structure's volume."""
    area = volume(structure) / length
    return np.sqrt(area / (1.5 * np.sqrt(3.0))), area


@pytest.mark.parametrize("rows", [2.0, 4.0, 6.0])
def test_hexagonal_prism_with_prism_facets_of_the_first_kind(rows):
    # The axis runs through an atom of letter 0, the empty channel would need half rows (see docs).
    structure = prism(hexagon_normals(), (rows + 0.5) * np.sqrt(3.0 / 8.0), 24)
    side, area = hexagon(structure, 24 * LAYER * A)
    found = areas(structure)
    assert found["wz {10-10}"] == pytest.approx(6.0 * side * 24 * LAYER * A, rel=0.05)
    assert found["wz (0001)"] == pytest.approx(area, rel=0.16)
    assert found["wz (000-1)"] == pytest.approx(area, rel=0.16)
    assert found.get("wz {11-20}", 0.0) == 0.0
    assert facets(structure).surface == pytest.approx(6.0 * side * 24 * LAYER * A + 2.0 * area, rel=0.03)


@pytest.mark.parametrize("rows", [10, 15])
def test_hexagonal_prism_with_prism_facets_of_the_second_kind(rows):
    structure = prism(hexagon_normals(30.0), (rows + 0.5) * np.sqrt(0.125), 24)
    side, area = hexagon(structure, 24 * LAYER * A)
    found = areas(structure)
    assert found["wz {11-20}"] == pytest.approx(6.0 * side * 24 * LAYER * A, rel=0.10)
    assert found["wz (0001)"] == pytest.approx(area, rel=0.16)
    assert facets(structure).surface == pytest.approx(6.0 * side * 24 * LAYER * A + 2.0 * area, rel=0.05)


def test_the_two_ends_of_a_rod_are_told_apart():
    structure = prism(hexagon_normals(), 3.5 * np.sqrt(3.0 / 8.0), 12)
    found = facets(structure)
    names = np.array(list(facet_names(found)))
    heights = found.dangling.middle[:, 2]
    assert np.allclose(heights[names == "wz (0001)"], heights.max())
    assert np.allclose(heights[names == "wz (000-1)"], heights.min())
    atoms = found.dangling.atom
    assert (structure.cation[atoms[names == "wz (0001)"]] == 1).all()
    assert (structure.cation[atoms[names == "wz (000-1)"]] == 0).all()


def facet_names(found):
    from epidot.structure.facets import FAMILIES

    return (FAMILIES[kind] for kind in found.family)


@pytest.mark.parametrize(("top", "least", "most"), [(12.2, 0.9, 1.1), (12.0, 0.65, 1.0)])
def test_pyramidal_end(top, least, most):
    """A hexagonal prism that ends in a {10-11} pyramid: area over cross-section is 1/cos of the slope.

    At the second height the faces end in atoms at several heights, some of which count as rough.
    """
    slope = np.arctan(2.0 / np.sqrt(3.0) * np.sqrt(8.0 / 3.0))
    normals = hexagon_normals() * np.sin(slope) + np.array([0.0, 0.0, np.cos(slope)])
    sides = half_spaces(WURTZITE, hexagon_normals(), 6.5 * np.sqrt(3.0 / 8.0))
    above = WURTZITE[0][:, 2] > 4.5 * LAYER
    structure = cut(WURTZITE, sides & above & half_spaces(WURTZITE, normals, top))
    found = areas(structure)
    expected = found["wz (000-1)"] / np.cos(slope)
    assert least * expected < found["wz {10-11}"] < most * expected
    assert found.get("wz (0001)", 0.0) < 0.05 * expected


@pytest.mark.parametrize("bilayers", [3, 5])
@pytest.mark.parametrize(("sign", "name"), [(1.0, "zb {111}A"), (-1.0, "zb {111}B")])
def test_tetrahedra(bilayers, sign, name):
    height = (bilayers + (0.375 if sign > 0 else 0.625)) * LAYER
    structure = cut(CUBIC, half_spaces(CUBIC, sign * FACES, height))
    edge = (6.0 * np.sqrt(2.0) * volume(structure)) ** (1.0 / 3.0)
    found = areas(structure)
    assert found[name] == pytest.approx(np.sqrt(3.0) * edge**2, rel=0.05)
    assert set(found) <= {name, ROUGH}
    other = {"zb {111}A": "zb {111}B", "zb {111}B": "zb {111}A"}[name]
    assert other not in found


@pytest.mark.parametrize("bilayers", [3, 5])
def test_octahedron_has_four_faces_of_each_kind(bilayers):
    normals = np.concatenate([FACES, -FACES])
    heights = LAYER * (bilayers + np.repeat([0.375, 0.625], 4))
    structure = cut(CUBIC, half_spaces(CUBIC, normals, heights))
    edge = (volume(structure) * 3.0 / np.sqrt(2.0)) ** (1.0 / 3.0)
    found = areas(structure)
    assert found["zb {111}A"] + found["zb {111}B"] == pytest.approx(2.0 * np.sqrt(3.0) * edge**2, rel=0.03)
    # The cuts lie at different heights above the central cation; areas go with the squares.
    assert found["zb {111}A"] / found["zb {111}B"] == pytest.approx(1.0, abs=0.35)
    found_atoms = facet_table(facets(structure))
    # Planar density of (111): 4/(√3 a²), one dangling bond each.
    density = 4.0 / (np.sqrt(3.0) * A**2)
    assert found["zb {111}A"] * density == pytest.approx(found_atoms["zb {111}A"]["atoms"], rel=0.10)


@pytest.mark.parametrize("half", [3.0, 4.0])
def test_cube(half):
    normals = np.concatenate([np.eye(3), -np.eye(3)])
    structure = cut(CUBIC, half_spaces(CUBIC, normals, half + 0.01))
    found = areas(structure)
    assert set(found) == {"zb {100}", ROUGH}
    hull = ConvexHull(dangling(structure).middle)
    outermost = np.isclose(np.abs(structure.positions).max(axis=1), half * A).sum()
    # Two dangling bonds and a²/2 for each atom of the outermost planes; the rest is a narrow bevel.
    assert found["zb {100}"] == pytest.approx(outermost * A**2 / 2.0, rel=0.04)
    assert facets(structure).surface == pytest.approx(hull.area, rel=0.03)


def test_rhombic_dodecahedron():
    normals = np.array(
        [np.roll([i, j, 0.0], k) for i in (1, -1) for j in (1, -1) for k in range(3)]
    ) / np.sqrt(2.0)
    structure = cut(CUBIC, half_spaces(CUBIC, normals, 9.5 * np.sqrt(0.125)))
    edge = (volume(structure) * 9.0 / (16.0 * np.sqrt(3.0))) ** (1.0 / 3.0)
    found = areas(structure)
    assert found["zb {110}"] == pytest.approx(8.0 * np.sqrt(2.0) * edge**2, rel=0.08)
    assert (
        max((area for name, area in found.items() if name != "zb {110}"), default=0.0) < 0.1 * edge**2 * 11.3
    )


RADII = (3.0, 3.5, 4.0, 5.0, 6.0, 7.0)


@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("crystal", [CUBIC, WURTZITE], ids=["zb", "wz"])
def test_spheres(crystal, radius):
    centre = (0.0, 0.0, 0.0) if crystal is CUBIC else MIDDLE
    structure = sphere(crystal, radius, centre)
    true = (0.75 / np.pi * volume(structure)) ** (1.0 / 3.0)
    found = sizes(structure, facets(structure))
    assert found["surface_area_nm2"] == pytest.approx(0.04 * np.pi * true**2, rel=0.05)
    assert found["tem_diameter_nm"] == pytest.approx(0.2 * true, rel=0.01)
    assert found["total_volume_nm3"] == pytest.approx(1e-3 * volume(structure))
    assert found["surface_to_volume_per_nm"] == pytest.approx(30.0 / true, rel=0.05)
    assert found["radius_of_gyration_nm"] == pytest.approx(0.1 * np.sqrt(0.6) * true, rel=0.02)
    assert found["bounding_lengths_nm"] == pytest.approx([0.2 * true] * 3, rel=0.06)


def test_surface_of_a_sphere_is_right_on_average():
    ratio = []
    for radius, crystal in itertools.product(np.arange(3.0, 6.1, 0.25), (CUBIC, WURTZITE)):
        structure = sphere(crystal, radius, (0.0, 0.0, 0.0) if crystal is CUBIC else MIDDLE)
        true = (0.75 / np.pi * volume(structure)) ** (1.0 / 3.0)
        ratio.append(facets(structure).surface / (4.0 * np.pi * true**2))
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.02)


def test_surface_through_the_middles_of_dangling_bonds_encloses_the_sites():
    for structure in (sphere(CUBIC, 4.0), sphere(WURTZITE, 4.0, MIDDLE), prism(hexagon_normals(), 2.2, 9)):
        loose = dangling(structure)
        vectors = loose.area[:, None] * loose.direction
        assert np.allclose(vectors.sum(axis=0), 0.0, atol=1e-8)
        assert (vectors * loose.middle).sum() / 3.0 == pytest.approx(volume(structure), rel=1e-12)


def test_silhouette_obeys_cauchy_and_sees_less_of_a_body_that_shades_itself():
    structure = prism(hexagon_normals(), 4.5 * np.sqrt(3.0 / 8.0), 30)
    middle = dangling(structure).middle
    assert mean_silhouette(middle, BOND) == pytest.approx(0.25 * ConvexHull(middle).area, rel=0.02)
    x, y, z = CUBIC[0].T
    torus = cut(CUBIC, np.hypot(np.hypot(x, y) - 4.5, z) <= 2.2)
    found = facets(torus)
    tube = np.sqrt(volume(torus) / (2.0 * np.pi**2 * 4.5 * A))
    assert found.surface == pytest.approx(4.0 * np.pi**2 * 4.5 * A * tube, rel=0.05)
    assert mean_silhouette(found.dangling.middle, BOND) < 0.24 * found.surface


def test_bounding_lengths_of_boxes_whichever_way_they_lie():
    turned = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]
    for sides in ((30.0, 20.0, 10.0), (40.0, 12.0, 12.0), (15.0, 15.0, 15.0)):
        corners = np.array(list(itertools.product(*[(-0.5 * side, 0.5 * side) for side in sides])))
        inside = np.random.default_rng(5).uniform(-0.5, 0.5, (20000, 3)) * sides
        found = bounding_lengths(corners @ turned, np.ones(len(inside)), inside @ turned)
        a, b, c = sides
        # Equal moments: the longest diagonal, then the longest across it.
        if b == c != a:
            assert found == pytest.approx([a, b * np.sqrt(2.0), b * np.sqrt(2.0)], rel=0.02)
        elif a == b:
            assert found[:2] == pytest.approx([a * np.sqrt(3.0), a * np.sqrt(8.0 / 3.0)], rel=1e-6)
        else:
            assert found == pytest.approx(sides, rel=0.03)


def test_radius_of_gyration_weighs_with_mass():
    positions = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    assert radius_of_gyration(positions, np.array([1.0, 2.0])) == pytest.approx(np.sqrt(2.0))


def test_vacancy_is_no_facet():
    structure = sphere(CUBIC, 4.0)
    centre = int(np.linalg.norm(structure.positions, axis=1).argmin())
    neighbours = structure.neighbours.copy()
    neighbours[neighbours == centre] = NO_ATOM
    neighbours[centre] = NO_ATOM
    keep = np.arange(len(neighbours)) != centre
    renumber = np.cumsum(keep) - 1
    order = np.argsort(neighbours == NO_ATOM, axis=1, kind="stable")
    fields = {
        "neighbours": np.take_along_axis(
            np.where(neighbours == NO_ATOM, NO_ATOM, renumber[neighbours]), order, 1
        ),
        "bond_directions": np.take_along_axis(structure.bond_directions, order[:, :, None], 1),
        "eclipsed": np.take_along_axis(structure.eclipsed, order, 1),
    }
    for name in ("positions", "numbers", "cation", "material", "segment", "phase"):
        fields[name] = getattr(structure, name)
    holed = dataclasses.replace(structure, **{name: values[keep] for name, values in fields.items()})
    facts, before = describe(holed), describe(structure)
    assert facts["undercoordinated_interior"] == 4
    assert facts["facets"] == before["facets"]
    assert facts["sizes"]["surface_area_nm2"] == pytest.approx(before["sizes"]["surface_area_nm2"])


WORD = "hhhchhhhccchhhhhhhchhcc"
RUNS = "3h 1c 4h 3c 7h 1c 2h 2c"


def test_stacking_is_read_back_letter_by_letter():
    crystal = stack(WORD, 12)
    structure = cut(crystal, np.linalg.norm(crystal[0][:, :2], axis=1) < 3.1, segment="s1")
    (rod,) = measure_arms(structure, structure.positions)
    assert (rod.name, rod.stacking) == ("rod", RUNS)
    assert rod.bilayers == len(WORD) + 1
    assert rod.length == pytest.approx((len(WORD) + 1) * LAYER * A, rel=1e-3)
    assert rod.direction == pytest.approx([0.0, 0.0, 1.0], abs=1e-3)
    assert rod.diameter == pytest.approx(2.0 * 3.1 * A, rel=0.02)


def test_a_limb_that_points_down_is_read_from_its_foot():
    crystal = stack(WORD, 12)
    structure = cut(crystal, np.linalg.norm(crystal[0][:, :2], axis=1) < 3.1, segment="arm1.s1")
    top = float(structure.positions[:, 2].max())
    down = dataclasses.replace(structure, limbs=(("arm1", (0.0, 0.0, top), (0.0, 0.0, 0.0)),))
    (arm,) = measure_arms(down, down.positions)
    assert arm.stacking == " ".join(reversed(RUNS.split()))
    assert arm.direction == pytest.approx([0.0, 0.0, -1.0], abs=1e-3)
    assert arm.foot[2] > arm.end[2]


def test_a_cone_tapers():
    foot, tip, bilayers = 4.0, 2.0, 40
    height = WURTZITE[0][:, 2] / (bilayers * LAYER)
    within = np.linalg.norm(WURTZITE[0][:, :2], axis=1) < foot + (tip - foot) * height
    structure = cut(WURTZITE, within, segment="s1")
    (cone,) = measure_arms(structure, structure.positions)
    assert cone.widest == pytest.approx(2.0 * A * foot, rel=0.04)
    assert cone.narrowest == pytest.approx(2.0 * A * tip, rel=0.06)
    mean_square = (foot**2 + foot * tip + tip**2) / 3.0
    assert cone.diameter == pytest.approx(2.0 * A * np.sqrt(mean_square), rel=0.02)


def test_closest_pair_counts_pairs_that_are_not_bonded():
    structure = sphere(CUBIC, 3.0)
    assert closest_pair(structure, structure.positions) == pytest.approx(1.0)
    moved = structure.positions.copy()
    first, second = 0, int(np.linalg.norm(moved - moved[0], axis=1).argmax())
    moved[second] = moved[first] + [0.6 * BOND, 0.0, 0.0]
    assert closest_pair(structure, moved) <= 0.6 + 1e-9
    assert closest_pair(structure, 0.9 * structure.positions) == pytest.approx(0.9)


def test_closest_pair_is_measured_in_bonds_of_its_own_materials():
    one = sphere(CUBIC, 3.0)
    # Two far atoms become CdS, whose bond is shorter, and are put side by side.
    far = np.argsort(one.positions[:, 0])[[0, -1]]
    material = np.zeros(len(one.positions))
    material[far] = 1
    mixed = dataclasses.replace(one, material=material, materials=("CdSe", "CdS"))
    moved = one.positions.copy()
    moved[far] = [[500.0, 0.0, 0.0], [500.0 + 0.8 * materials.bond("CdS"), 0.0, 0.0]]
    assert closest_pair(mixed, moved) == pytest.approx(0.8)


def test_volumes_are_those_of_the_sites():
    structure = sphere(CUBIC, 3.0)
    assert own_volumes(structure).sum() == pytest.approx(volume(structure))
