"""Profiles, sections and isosurfaces against Gaussians, whose integrals are known."""

import dataclasses

import numpy as np
import pytest

from epidot.reporting.carriers import smooth
from epidot.reporting.density import BLUR, SURFACE_BLUR, enclosing_level, isosurface, plane, section
from epidot.reporting.frame import Frame, section_frame, view_frame
from epidot.reporting.picture import picture, radii
from epidot.reporting.reading import read
from epidot.reporting.scene import depth_below_surface, fill, scene
from epidot.structure.along import along, bins, line_density, main_path, mean_profile, pieces


def signed_volume(vertices, triangles):
    first, second, third = (vertices[triangles[:, corner]] for corner in range(3))
    return float(np.einsum("ti,ti->t", first, np.cross(second, third)).sum() / 6.0)


def test_isosurface_of_a_gaussian_is_the_sphere_that_holds_half():
    steps = np.arange(-36.0, 36.1, 1.5)
    points = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3) + 0.3
    weights = np.exp(-0.5 * np.sum(points**2, axis=1) / 8.0**2)
    surface = isosurface(points, weights / weights.sum())
    # half of a normal distribution in three dimensions lies within 1.53817 standard deviations
    radius = 1.53817 * np.hypot(8.0, SURFACE_BLUR)
    distances = np.linalg.norm(surface.vertices - surface.vertices.mean(axis=0), axis=1)
    assert distances.mean() == pytest.approx(radius, rel=0.03)
    assert np.abs(surface.vertices.mean(axis=0)).max() < 0.5
    # counter-clockwise seen from outside: what the viewer takes for the front
    assert signed_volume(surface.vertices, surface.triangles) == pytest.approx(
        4.0 / 3.0 * np.pi * radius**3, rel=0.08
    )


def test_enclosing_level():
    assert enclosing_level(np.array([[4.0, 3.0], [2.0, 1.0]]), 0.5) == 3.0


def test_section_integrates_to_the_probability_near_the_plane():
    points = np.array([[0.0, 0.0, 0.0], [30.0, 10.0, 0.0], [60.0, 0.0, 0.0]])
    weights = np.array([0.2, 0.5, 0.3])
    frame = Frame(np.eye(3), branched=False)
    grid = plane(points, frame)
    field = section(grid, points, weights)
    line = field.sum() * (0.1 * grid.step) ** 2
    assert line == pytest.approx(1.0 / (0.1 * BLUR * np.sqrt(2.0 * np.pi)), rel=0.02)
    row, column = np.unravel_index(field.argmax(), field.shape)
    assert grid.extent[0] + (column + 0.5) * grid.step == pytest.approx(30.0, abs=1.0)
    assert grid.extent[2] + (row + 0.5) * grid.step == pytest.approx(10.0, abs=1.0)


def test_line_density_of_a_rod_holds_the_whole_electron(rod_run):
    reading = read(rod_run)
    profile = line_density(reading.path, reading.electron.mean)
    step = 0.1 * reading.path.length / len(profile)
    assert profile.sum() * step == pytest.approx(1.0, abs=1e-3)
    centre = float((bins(reading.path) * profile).sum() / profile.sum())
    assert centre == pytest.approx(60.0 - 25.0, abs=1.5)


def test_line_density_leaves_the_other_arms_out(small_tetrapod):
    reading = read(small_tetrapod)
    profile = line_density(reading.path, reading.hole.mean)
    step = 0.1 * reading.path.length / len(profile)
    shares = reading.hole.in_segment
    arms, core = shares[1:5].sum(), shares[0]
    assert shares[5:].sum() > 0.3
    assert arms - 0.02 < profile.sum() * step < arms + core + 0.04


def test_path_knows_direction_and_distance():
    points = np.array([[0.0, 1.0, 5.0], [2.0, 0.0, 15.0]])
    path = along(points, "axis", ((0.0, 0.0, 0.0), (0.0, 0.0, 20.0)))
    assert path.place == pytest.approx([5.0, 15.0])
    assert path.distance == pytest.approx([1.0, 2.0])
    assert path.direction == pytest.approx(np.tile([0.0, 0.0, 1.0], (2, 1)))


def test_path_leaves_out_branches_of_other_arms_that_reach_back_to_its_side():
    rod = np.stack([np.zeros(40), np.tile([0.0, 3.0], 20), np.arange(40.0)], axis=1)
    branch = np.stack([np.full(30, 25.0), np.arange(30.0), np.full(30, 20.0)], axis=1)
    points, ends = np.concatenate([rod, branch]), ((0.0, 0.0, 0.0), (0.0, 0.0, 39.0))
    path = along(points, "axis", ends, np.repeat([0, 1], [40, 30]))
    assert path.atoms.tolist() == list(range(40))
    assert path.radius == pytest.approx(3.0)
    # Without segments there is no telling whose the atoms are.
    assert len(along(points, "axis", ends).atoms) == 70


def test_pieces_of_a_random_alloy_are_those_of_its_segments(rod_run):
    structure = rod_run.structure
    draw = np.random.default_rng(0)
    mixed = dataclasses.replace(
        structure,
        material=draw.integers(0, 2, len(structure.numbers)),
        segment_materials=("CdSe0.5Te0.5", "CdTe"),
    )
    found = pieces(main_path(mixed, rod_run.relaxed.positions), mixed)
    assert [piece[2:4] for piece in found] == [("CdSe0.5Te0.5", "zb"), ("CdTe", "zb")]
    assert found[0][1] == pytest.approx(60.0, abs=3.0)


def test_pieces_follow_the_materials(rod_run):
    found = pieces(main_path(rod_run.structure, rod_run.relaxed.positions), rod_run.structure)
    assert [piece[2:4] for piece in found] == [("CdSe", "zb"), ("CdTe", "zb")]
    assert found[0][1] == found[1][0] == pytest.approx(60.0, abs=3.0)
    assert (found[0][0], found[1][1]) == (0.0, pytest.approx(120.0))


def test_mean_profile_of_a_linear_quantity_is_linear(rod_run):
    path = main_path(rod_run.structure, rod_run.relaxed.positions)
    mean, spread = mean_profile(path, path.place)
    inner = slice(10, -10)
    assert mean[inner] == pytest.approx(bins(path)[inner], abs=0.8)
    assert spread[inner].max() < 6.0


def test_smoothing_keeps_a_constant(dot_run):
    ones = np.ones(len(dot_run.structure.numbers))
    assert smooth(dot_run.structure, ones) == pytest.approx(ones)


def test_depth_below_surface_of_a_ball(dot_run):
    positions = dot_run.relaxed.positions
    depth = depth_below_surface(positions, dot_run.structure.neighbours)
    distance = np.linalg.norm(positions, axis=1)
    assert depth.min() == 0.0
    assert depth[distance < 1.0] == pytest.approx(16.0, abs=4.0)
    # the surface atoms that it is measured from lie within one bond of the sphere
    assert (depth <= 16.0 - distance + 2.7).all()


def test_frames_are_right_handed(small_tetrapod, rod_run, dot_run):
    for run in (small_tetrapod, rod_run, dot_run):
        for frame in (section_frame(run.structure), view_frame(run.structure)):
            assert frame.rows @ frame.rows.T == pytest.approx(np.eye(3), abs=1e-12)
            assert np.linalg.det(frame.rows) == pytest.approx(1.0)
    assert section_frame(small_tetrapod.structure).branched
    assert not section_frame(rod_run.structure).branched


def test_picture_shows_the_nearest_atom(dot_run):
    frame = section_frame(dot_run.structure)
    places = dot_run.relaxed.positions @ frame.rows.T
    near = places[:, 2] > 0.0
    tints = np.where(near[:, None], [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
    image, scale = picture(dot_run.relaxed, tints, frame, width=200)
    drawn = image[image[..., 3] > 0]
    centre = image[image.shape[0] // 2, image.shape[1] // 2]
    assert centre[0] > centre[2]
    width = np.ptp(places[:, 0]) + 2 * radii(dot_run.relaxed).max()
    assert scale * image.shape[1] == pytest.approx(width, rel=0.1)
    assert (drawn[:, 0] > drawn[:, 2]).mean() > 0.8


@pytest.mark.parametrize(
    ("given", "told", "way"),
    [
        ("arm1 – core – arm2", "arm 1 – core – arm 2", "the arms"),
        ("longest axis", "the longest axis", "the longest axis"),
        ("a diameter", "a diameter", "a diameter"),
        ("the rod axis", "the rod axis", "the rod axis"),
    ],
)
def test_paths_have_names_for_sentences(rod_run, given, told, way):
    ((_, corners),) = rod_run.structure.paths
    structure = dataclasses.replace(rod_run.structure, paths=((given, corners),))
    reading = read(dataclasses.replace(rod_run, structure=structure))
    assert (reading.path.name, reading.way) == (told, way)


def test_the_plane_of_a_bent_path_holds_its_middle(small_tetrapod):
    ((name, corners), *rest) = small_tetrapod.structure.paths
    shift = np.array([3.0, -2.0, 5.0])
    # Branches out of the plane at both ends do not move it.
    bent = [np.array(corner) + shift for corner in corners]
    bent = [bent[0] + [1.0, 7.0, 2.0], *bent, bent[-1] + [5.0, 1.0, 9.0]]
    paths = ((name, tuple(map(tuple, bent))), *rest)
    structure = dataclasses.replace(small_tetrapod.structure, paths=paths)
    reading = read(dataclasses.replace(small_tetrapod, structure=structure))
    assert reading.depth == pytest.approx(float(reading.frame.rows[2] @ bent[len(bent) // 2]))


def test_only_branched_particles_leave_their_hull_empty(rod_run, dot_run, small_tetrapod):
    assert fill(rod_run.structure) > 0.8 and fill(dot_run.structure) > 0.8
    assert fill(small_tetrapod.structure) < 0.65
    assert scene(read(rod_run)).header["show"] == "cut"
    # An imported tetrapod has one straight path through it.
    ((name, corners), *_) = small_tetrapod.structure.paths
    plain = dataclasses.replace(small_tetrapod.structure, paths=((name, (corners[0], corners[-1])),))
    assert scene(read(dataclasses.replace(small_tetrapod, structure=plain))).header["show"] == "x-ray"
