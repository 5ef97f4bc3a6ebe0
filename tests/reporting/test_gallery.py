"""The gallery shows every template as the builder makes it, from where its parts are seen."""

import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from epidot.design import catalogue, design_hash, from_dict
from epidot.reporting import gallery
from epidot.reporting.cutaway import inner_segments, uncovered
from epidot.reporting.frame import display_frame
from epidot.reporting.picture import balls, nearest_spheres
from epidot.reporting.shading import occlusion, outlines, shaded
from epidot.structure import build

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "images" / "gallery"
REMAKE = "run make gallery"
ENTRY = re.compile(
    r"^### (?P<id>[A-Z]\d+) (?P<title>.+)\n\n"
    r"`(?P<name>\w+)`: (?P<sentence>.+)\. (?P<atoms>[\d,]+) atoms, (?P<segments>\d+) segments?"
    r"(?:; (?P<attached>[\d,]+) attached atoms of (?P<group>\w+))?\.\n\n"
    r"!\[[^]]+\]\(images/gallery/(?P<picture>\w+)\.png\)\n\n"
    r"```sh\nepidot new (?P<new>\w+)\n```$",
    flags=re.MULTILINE,
)
CUT = {
    "core_shell_dot": {"core"},
    "dot_in_rod": {"core"},
    "rod_in_rod": {"s1"},
    "metal_tipped_rod": {"core"},
    "core_shell_tetrapod": {"core", "arm1.s1", "arm2.s1", "arm3.s1", "arm4.s1"},
    "dot_with_rods": {"core"},
    "tipped_tetrapod": {"core"},
    "metal_tipped_tetrapod": {"core"},
    "octapod": {"core"},
    "fused_dimer": {"dot1.core", "dot2.core"},
    "platelet_dimer": {"dot1.core", "dot2.core"},
}
"""Segments that lie inside another material."""
SCALE = 2.0
"""Å per pixel when parts are counted."""
LEAST_SEEN = 0.25
"""Part of its silhouette that is seen of each arm and of each branch on it."""
BRANCHED = [name for name in catalogue.names() if "arms:" in catalogue.template(name).yaml_text]


@pytest.fixture(scope="module")
def shown():
    return {exhibit.template.name: exhibit for exhibit in gallery.exhibits()}


def test_page_has_an_entry_for_every_template_with_the_builders_numbers(shown):
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")
    entries = list(ENTRY.finditer(text))
    assert len(entries) == text.count("\n### ")
    assert [entry["name"] for entry in entries] == list(catalogue.names())
    for entry in entries:
        template, structure = catalogue.template(entry["name"]), shown[entry["name"]].structure
        assert (entry["id"], entry["title"]) == (template.id, template.title)
        assert entry["sentence"] == template.description
        assert entry["picture"] == entry["new"] == template.name
        numbers = [entry[key] for key in ("atoms", "segments", "attached")]
        counted = [int(number.replace(",", "")) for number in numbers if number]
        beside = len(structure.attached_numbers)
        assert counted == [len(structure.numbers), len(structure.segments), *([beside] if beside else [])], (
            REMAKE
        )
    assert text == gallery.page(list(shown.values())), REMAKE


@pytest.mark.parametrize("name", catalogue.names())
def test_picture_is_of_this_design_and_small(name, shown):
    file = PICTURES / f"{name}.png"
    assert file.stat().st_size < 120_000
    with Image.open(file) as picture:
        assert picture.width == gallery.WIDTH
        assert picture.text["Design"] == design_hash(catalogue.design(name)), REMAKE
        assert picture.text["Atoms"] == str(len(shown[name].structure.numbers)), REMAKE
        assert len(np.unique(np.asarray(picture.convert("L")))) > 40, "not blank"


def test_pictures_are_those_of_the_catalogue_and_not_heavy():
    assert {file.stem for file in PICTURES.iterdir()} == set(catalogue.names())
    assert sum(file.stat().st_size for file in PICTURES.iterdir()) < 3_000_000


@pytest.mark.parametrize("name", ["zb_dot", "imperfect_rod", "dot_in_rod"])
def test_committed_picture_is_what_is_drawn(name, shown):
    drawn = io.BytesIO(gallery.drawing(shown[name]))
    with Image.open(drawn) as new, Image.open(PICTURES / f"{name}.png") as old:
        assert new.size == old.size, REMAKE
        apart = np.abs(np.asarray(new.convert("RGB"), int) - np.asarray(old.convert("RGB"), int))
    assert apart.mean() < 1.0, REMAKE


def test_inner_segments_are_those_under_another_material(shown):
    for name, exhibit in shown.items():
        inner = inner_segments(exhibit.structure)
        names = {segment for segment, inside in zip(exhibit.structure.segments, inner, strict=True) if inside}
        assert names == CUT.get(name, set()), name


def test_a_core_of_the_same_material_hides_nothing():
    root = {
        "kind": "dot",
        "material": "CdSe",
        "diameter": "4 nm",
        "core": {"material": "CdSe", "diameter": "2 nm"},
    }
    same = build(from_dict({"schema": "epidot-design/1", "name": "dot", "root": root}))
    assert same.segments == ("core", "body")
    assert not inner_segments(same).any()


def _seen(structure, drawn, label):
    """Pixels (label,) in which atoms (atom,) of each label are seen first when the `drawn` ones are there."""
    atoms = balls(structure, structure.positions, np.zeros((len(drawn), 3)))
    keep = np.concatenate([drawn, ~atoms.veil[len(drawn) :]])
    label = np.concatenate([label, np.full(len(keep) - len(drawn), label.max() + 1)])[keep]
    places = atoms.positions[keep] @ display_frame(structure).rows.T
    low, high = places.min(axis=0) - 5.0, places.max(axis=0) + 5.0
    columns, rows = np.ceil((high - low)[:2] / SCALE).astype(int)
    owner, _ = nearest_spheres(places - low, atoms.radii[keep], SCALE, (int(rows), int(columns)))
    return np.bincount(label[owner[owner >= 0]], minlength=label.max() + 1)


@pytest.mark.parametrize("name", catalogue.names())
def test_only_what_hides_something_is_left_out(name, shown):
    structure = shown[name].structure
    inner = inner_segments(structure)[structure.segment]
    drawn = uncovered(structure, display_frame(structure))
    if not inner.any():
        assert drawn.all()
        return
    everything, label = np.ones_like(drawn), inner.astype(int)
    assert drawn[inner].all()
    assert drawn.mean() > 0.7
    assert _seen(structure, everything, label)[1] < 0.1 * _seen(structure, inner, label)[1], "hidden before"
    assert _seen(structure, drawn, label)[1] > 0.25 * _seen(structure, inner, label)[1]


@pytest.mark.parametrize("name", BRANCHED)
def test_every_limb_is_seen(name, shown):
    structure = shown[name].structure
    limbs = [limb for limb, _, _ in structure.limbs]
    prefix = [segment.rpartition(".")[0] or "rod" for segment in structure.segments]
    label = np.array([limbs.index(word) if word in limbs else len(limbs) for word in prefix])
    label = label[structure.segment]
    together = _seen(structure, uncovered(structure, display_frame(structure)), label)
    for number, limb in enumerate(limbs):
        if limb.count(".") > 1 or not (label == number).any():
            continue
        alone = _seen(structure, label == number, label)[number]
        assert together[number] > LEAST_SEEN * alone, limb


def test_rods_lie_with_their_base_on_the_left(shown):
    for name, exhibit in shown.items():
        for limb, foot, end in exhibit.structure.limbs:
            if limb == "rod":
                axis = np.subtract(end, foot) / np.linalg.norm(np.subtract(end, foot))
                assert display_frame(exhibit.structure).rows[0] @ axis > 0.9, name


def test_tetrapods_stand_and_plates_lie_tilted(shown):
    for name in ("tetrapod", "dendrimer", "core_shell_tetrapod"):
        structure = shown[name].structure
        _, foot, end = structure.limbs[0]
        up = display_frame(structure).rows[1]
        assert up @ np.subtract(end, foot) > 0.9 * np.linalg.norm(np.subtract(end, foot))
    for name in ("platelet", "platelet_dimer"):
        towards = display_frame(shown[name].structure).rows[2]
        assert 0.5 < abs(towards[2]) < 0.8


def test_frames_are_orthonormal_and_right_handed(shown):
    for exhibit in shown.values():
        rows = display_frame(exhibit.structure).rows
        assert rows @ rows.T == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(rows) == pytest.approx(1.0)


def test_a_turned_particle_gives_the_same_view(shown):
    structure = shown["rocket"].structure
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    limbs = tuple((name, tuple(turn @ foot), tuple(turn @ end)) for name, foot, end in structure.limbs)
    turned = dataclasses.replace(structure, positions=structure.positions @ turn.T, limbs=limbs)
    assert display_frame(turned).rows @ turn == pytest.approx(display_frame(structure).rows)


def test_occlusion_of_a_plain_a_wall_and_a_pit():
    plain = np.zeros((160, 160))
    assert occlusion(plain, 1.0) == pytest.approx(1.0)
    wall = plain.copy()
    wall[:, 80:] = 1000.0
    beside = occlusion(wall, 1.0)[80]
    # Half of the sky is behind a wall without end; the lattice of pixels misses some at the foot.
    assert beside[78] == pytest.approx(0.5, abs=0.06)
    assert beside[78] < beside[70] < beside[50] < beside[20] == pytest.approx(1.0)
    assert beside[90] == pytest.approx(1.0), "what is higher is not shaded"
    pit = plain + 1000.0
    pit[78:82, 78:82] = 0.0
    assert occlusion(pit, 1.0)[80, 80] < 0.1


def test_outlines_are_where_the_surface_drops():
    step = np.zeros((40, 40))
    step[:, 20:] = 30.0
    dark = outlines(step, 0.5)
    assert dark[20, 19] == 1.0
    assert dark[20, 10] == dark[20, 30] == 0.0
    assert not outlines(step / 6.0, 0.5).any(), "atoms side by side have none"


def test_shaded_pictures_are_to_scale_and_veils_hide_nothing(shown):
    structure = shown["octahedron"].structure
    frame = display_frame(structure)
    red = np.tile([0.9, 0.1, 0.1], (len(structure.numbers), 1))
    atoms = balls(structure, structure.positions, red)
    image, scale = shaded(atoms.keep(~atoms.veil), frame, 300, 0.8)
    dressed, finer = shaded(atoms, frame, 300, 0.8)
    across = structure.positions @ frame.rows[0]
    columns = np.flatnonzero((image < 0.999).any(axis=(0, 2)))
    assert scale * np.ptp(columns) == pytest.approx(
        np.ptp(across) + 2.0 * atoms.radii[~atoms.veil].max(), abs=3.0
    )

    def area(pixels, size):
        return ((pixels[..., 0] > 1.3 * pixels[..., 2]).sum()) * size**2

    assert area(dressed, finer) == pytest.approx(area(image, scale), rel=0.05)
    assert image.shape[1] == dressed.shape[1] == 300
    assert dressed.shape[0] <= 240
