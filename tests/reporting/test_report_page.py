"""The page: one file, nothing from outside, safe with any name, whole without optional keys."""

import dataclasses
import hashlib
import json
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from epidot.reporting.figures import FIGURES
from epidot.reporting.reading import read
from epidot.reporting.scene import scene

VIEWER = Path(__file__).resolve().parents[2] / "viewer"


class Collector(HTMLParser):
    """Tags, attributes that load something, and identifiers."""

    def __init__(self):
        HTMLParser.__init__(self)
        self.tags, self.loads, self.identifiers = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for key, value in attrs:
            if key in {"src", "href", "xlink:href", "srcset", "data", "action", "poster"}:
                self.loads.append(value)
            if key == "id":
                self.identifiers.append(value)


@pytest.fixture(scope="module")
def page(tetrapod_report):
    assert tetrapod_report.name == "report.html"
    return tetrapod_report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bare(bare_dot_report):
    return bare_dot_report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def collected(page):
    collector = Collector()
    collector.feed(page)
    return collector


def test_nothing_is_loaded_from_outside(collected, page):
    assert collected.loads
    assert all(value.startswith(("data:", "#")) for value in collected.loads)
    assert "@import" not in page
    assert "link" not in collected.tags
    style = files("epidot.reporting").joinpath("assets", "report.css").read_text(encoding="utf-8")
    assert "url(" not in style


def test_identifiers_are_unique_although_figures_share_a_page(collected):
    assert len(collected.identifiers) == len(set(collected.identifiers))
    targets = {value[1:] for value in collected.loads if value.startswith("#")}
    assert targets <= set(collected.identifiers)


def test_names_are_escaped(bare):
    assert "<script>alert" not in bare
    assert "<h1>&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; &#34;dot&#34;</h1>" in bare


def test_all_parts_are_there_in_the_order_of_a_reader(page):
    names = ("levels", "densities", "spectrum", "strain", "results", "limits", "provenance")
    parts = ['class="lead"', 'class="tiles"', "data-epidot-viewer", *(f"{name}-title" for name in names)]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "Ligands are not atoms" in page
    assert "Madelung 2004" in page


def test_missing_optional_keys_leave_a_page(bare):
    assert "The run recorded no warnings." in bare
    assert "core/shell dot of 597 atoms" in bare


def test_the_file_appears_whole(tetrapod_report):
    assert [path.name for path in tetrapod_report.parent.glob(".partial-*")] == []


def test_the_figures_come_with_the_report(tetrapod_report):
    vectors = {path.stem for path in (tetrapod_report.parent / "figures").glob("*.svg")}
    assert vectors == set(FIGURES) - {"compare", "convergence", "ensemble", "pair", "uncertainty"}


def test_scene_holds_every_atom_and_keeps_positions(small_tetrapod):
    view = scene(read(small_tetrapod))
    header = json.loads(view.header_json())
    slot = header["arrays"]["positions"]
    fractions = np.frombuffer(view.data, "<u2", slot["length"], slot["start"]).reshape(-1, 3)
    middle = 0.5 * (
        small_tetrapod.relaxed.positions.min(axis=0) + small_tetrapod.relaxed.positions.max(axis=0)
    )
    found = np.array(header["corner"]) + fractions / 65535.0 * np.array(header["edges"]) + middle
    assert found == pytest.approx(small_tetrapod.relaxed.positions, abs=2e-3)
    assert header["arrays"]["material"]["length"] == header["atoms"] == len(small_tetrapod.structure.numbers)
    assert all(slot["start"] % 4 == 0 for slot in header["arrays"].values())


def test_scene_header_cannot_end_its_script(small_tetrapod):
    renamed = dataclasses.replace(
        small_tetrapod.structure, segments=("</script>", *small_tetrapod.structure.segments[1:])
    )
    run = dataclasses.replace(small_tetrapod, structure=renamed)
    text = scene(read(run)).header_json()
    assert "</script" not in text
    assert json.loads(text)["names"][0] == "</script>"


def test_scene_bonds_are_the_bonds(dot_run):
    view = scene(read(dot_run))
    slot = view.header["arrays"]["bonds"]
    pairs = np.frombuffer(view.data, "<u2", slot["length"], slot["start"]).reshape(-1, 2)
    assert len(pairs) == view.header["bonds"] == (dot_run.structure.neighbours >= 0).sum() // 2
    distances = np.linalg.norm(np.diff(dot_run.relaxed.positions[pairs], axis=1)[:, 0], axis=1)
    assert distances == pytest.approx(6.2 * np.sqrt(3.0) / 4.0)


def test_large_particles_stay_small_files(tetrapod_run, tetrapod_report):
    view = scene(read(tetrapod_run))
    per_atom = len(view.data_text()) / view.header["atoms"]
    rest = tetrapod_report.stat().st_size
    assert 16_000 * per_atom + rest < 3e6
    assert 1e5 * per_atom + rest < 6e6


def test_bundle_was_built_from_these_sources():
    digest = hashlib.sha256()
    for path in sorted((VIEWER / "src").iterdir()):
        digest.update(f"{path.name}\n".encode())
        digest.update(path.read_bytes())
    bundle = files("epidot.reporting").joinpath("assets", "viewer.js").read_text(encoding="utf-8")
    assert f"sources sha256:{digest.hexdigest()}" in bundle, "run viewer/build.sh: the bundle is stale"


def test_bundle_keeps_the_licence_of_three():
    bundle = files("epidot.reporting").joinpath("assets", "viewer.js").read_text(encoding="utf-8")
    assert "SPDX-License-Identifier: MIT" in bundle
    assert "</script" not in bundle


def test_lock_file_names_no_host():
    lock = (VIEWER / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert json.loads(lock)["packages"][""]["dependencies"] == {"three": "0.187.0"}
