"""Metal tips and ligands in pictures and in the viewer: all drawn, none hiding the particle."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.reporting import write_report
from epidot.reporting.frame import view_frame
from epidot.reporting.picture import attached_look, picture
from epidot.reporting.portrait import portrait
from epidot.reporting.reading import read
from epidot.reporting.scene import scene
from epidot.structure.ligands import ligand_shell
from epidot.structure.metal import Seat, metal_tip
from epidot.structure.structure import NO_ATOM

AXIS = np.ones(3) / np.sqrt(3.0)
IDEAL = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3.0)


def true_bonds(structure):
    """The structure with neighbours and ideal directions matched slot by slot, missing ones last."""
    signs = np.where(structure.cation == 1, 1.0, -1.0)
    ideal = signs[:, None, None] * IDEAL
    vectors = structure.positions[structure.neighbours] - structure.positions[:, None, :]
    match = np.einsum("asx,atx->ast", vectors, ideal).argmax(axis=2)
    neighbours = np.full_like(structure.neighbours, NO_ATOM)
    atom, slot = np.nonzero(structure.neighbours != NO_ATOM)
    neighbours[atom, match[atom, slot]] = structure.neighbours[atom, slot]
    order = np.argsort(neighbours == NO_ATOM, axis=1, kind="stable")
    return dataclasses.replace(
        structure,
        neighbours=np.take_along_axis(neighbours, order, axis=1),
        bond_directions=np.take_along_axis(ideal, order[:, :, None], axis=1),
    )


def dressed(run):
    """The run's rod with a Pt tip on its upper end and oleate all over."""
    bare = true_bonds(run.structure)
    heights = bare.positions @ AXIS
    place = Seat(heights.max() * AXIS, AXIS, np.array([1.0, -1.0, 0.0]) / np.sqrt(2.0))
    full = metal_tip(bare, place, "Pt", 24.0).on(bare)
    full = ligand_shell(full, "oleate", 0.7, 5).on(full)
    return with_structure(run, full)


def with_structure(run, structure):
    relaxed = dataclasses.replace(run.relaxed, structure=structure)
    states = dataclasses.replace(run.states, relaxed=relaxed)
    excitons = dataclasses.replace(run.excitons, states=states)
    optics = dataclasses.replace(run.optics, excitons=excitons)
    return dataclasses.replace(
        run, structure=structure, relaxed=relaxed, states=states, excitons=excitons, optics=optics
    )


@pytest.fixture(scope="module")
def dressed_rod(rod_run):
    return dressed(rod_run)


def array_of(made, name):
    slot = made.header["arrays"][name]
    return np.frombuffer(made.data, "<" + slot["kind"], slot["length"], slot["start"])


def test_scene_holds_every_atom_with_group_colour_and_place(dressed_rod):
    made, structure = scene(read(dressed_rod)), dressed_rod.structure
    bare, beside = len(structure.numbers), len(structure.attached_numbers)
    assert beside > 1000
    assert made.header["atoms"] == bare + beside
    fractions = array_of(made, "positions").reshape(-1, 3)
    every = np.concatenate([structure.positions, structure.attached_positions])
    middle = 0.5 * (every.min(axis=0) + every.max(axis=0))
    places = np.array(made.header["corner"]) + np.array(made.header["edges"]) * fractions / 65535 + middle
    assert np.abs(places - every).max() < 0.01
    assert made.header["names"] == ["s1", "s2", "tip Pt", "oleate"]
    assert np.array_equal(array_of(made, "segment")[bare:], 2 + structure.attached_group)
    mode = next(mode for mode in made.header["modes"] if mode["key"] == "material")
    shown = [mode["categories"][index] for index in array_of(made, "material")]
    assert shown[0]["name"] in structure.materials
    assert {entry["name"] for entry in shown[bare:]} == {"tip Pt", "oleate"}
    assert shown[bare]["colour"] == materials.metal("Pt").colour
    for mode in made.header["modes"]:
        values = array_of(made, mode["array"])
        assert len(values) == bare + beside
        assert values.max() < (len(mode["categories"]) if "categories" in mode else 256)
    element = next(mode for mode in made.header["modes"] if mode["key"] == "element")
    assert [entry["name"] for entry in element["categories"]] == ["C", "O", "Se", "Cd", "Te", "Pt"]


def test_metal_is_solid_and_ligands_are_thin(dressed_rod):
    look, structure = attached_look(dressed_rod.structure), dressed_rod.structure
    metal = structure.attached_group == 0
    assert np.all(look.radii[metal] == materials.metal("Pt").radius)
    assert not look.veil[metal].any()
    assert look.veil[~metal].all()
    assert look.radii[~metal].max() < 0.77, "half a C–C bond"


def test_ligands_do_not_hide_the_particle(dressed_rod, rod_run):
    red = np.tile([0.9, 0.1, 0.1], (len(rod_run.structure.numbers), 1))
    frame = view_frame(rod_run.structure)
    image, scale = picture(dressed_rod.relaxed, red, frame, 500)
    without, bare_scale = picture(rod_run.relaxed, red, frame, 500)
    reddish = image[..., 0] > 1.5 * image[..., 2]
    area, bare_area = reddish.sum() * scale**2, (without[..., 3] > 0).sum() * bare_scale**2
    assert 0.95 < area / bare_area < 1.02, "what is seen of the particle stays red"
    grey = (image[..., 3] > 0) & ~reddish
    assert grey.sum() * scale**2 > 0.3 * bare_area, "tails and tip are seen beside it"


def test_portrait_names_what_is_attached(dressed_rod):
    sheet = portrait(read(dressed_rod))
    assert "tip Pt, oleate" in sheet.caption
    labels = [text.get_text() for text in sheet.figure.legends[0].get_texts()]
    assert labels == ["CdSe", "CdTe", "tip Pt", "oleate"]
    count = len(dressed_rod.structure.numbers) + len(dressed_rod.structure.attached_numbers)
    assert all(len(column) == count for column in sheet.columns.values())


def test_viewer_draws_every_attached_atom(chromium, dressed_rod, tmp_path):
    page = chromium.new_page(viewport={"width": 1000, "height": 800})
    page.goto(write_report(dressed_rod, tmp_path).as_uri())
    page.wait_for_selector("#viewer[data-ready=true]", timeout=20_000)
    count = len(dressed_rod.structure.numbers) + len(dressed_rod.structure.attached_numbers)
    assert page.locator("#viewer").get_attribute("data-natoms") == str(count)
    assert "tip Pt" in page.locator(".ev-legend").inner_text()
