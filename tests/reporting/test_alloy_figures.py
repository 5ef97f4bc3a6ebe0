"""Figures of alloyed particles: one alloy is one material, drawn between its compounds."""

import csv
import dataclasses
import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from epidot import materials
from epidot.excitons import excite
from epidot.hamiltonian.tight_binding import tight_binding
from epidot.observables import absorption
from epidot.relaxation import relax
from epidot.reporting import write_report
from epidot.reporting.diagram import level_diagram
from epidot.reporting.profiles import populations
from epidot.reporting.reading import read
from epidot.reporting.sections import density_sections
from epidot.reporting.style import hexadecimal, house_style
from epidot.reporting.words import sentence
from epidot.states import solve

NAME = "CdSe0.5S0.5"


@pytest.fixture(scope="module")
def alloy_run(dot_run):
    """A random alloy through all stages."""
    path = Path(__file__).parents[1] / "observables" / "alloyed.py"
    spec = importlib.util.spec_from_file_location("alloyed", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    structure = module.alloyed(0.5, diameter="2 nm")
    relaxed = relax(structure)
    states = solve(tight_binding(relaxed), electrons=2, holes=4)
    pairs = excite(states)
    return dataclasses.replace(
        dot_run, structure=structure, relaxed=relaxed, states=states, excitons=pairs, optics=absorption(pairs)
    )


@pytest.fixture(scope="module")
def graded(rod_run):
    """The rod of CdSe and CdTe cut into many segments, every other one an alloy of four elements."""
    structure = rod_run.structure
    order = np.argsort(np.argsort(structure.positions @ np.ones(3)))

    def build(count):
        made = dataclasses.replace(
            structure,
            segments=tuple(f"s{n + 1}" for n in range(count)),
            segment_materials=tuple("CdSe" if n % 2 else "Cd0.5Zn0.5Se0.3S0.7" for n in range(count)),
            segment=order * count // len(order),
        )
        return read(dataclasses.replace(rod_run, structure=made))

    return build


def test_sentence_names_the_alloy(alloy_run):
    text = sentence(read(alloy_run))
    assert text.startswith(f"A {NAME} dot of 147 atoms. Electron and hole share the whole particle")
    assert ": type I." in text


def test_every_figure_of_an_alloy_is_drawn(alloy_run, tmp_path):
    write_report(alloy_run, tmp_path)
    with (tmp_path / "figures" / "levels.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    edges = np.array([materials.band_edges(name, "zb") for name in ("CdSe", "CdS")]).mean(axis=0)
    assert {row["material"] for row in rows} == {NAME}
    assert float(rows[0]["unstrained valence edge (eV)"]) == pytest.approx(edges[0], abs=1e-3)
    assert float(rows[0]["unstrained conduction edge (eV)"]) == pytest.approx(edges[1], abs=1e-3)
    assert "Edges of an alloy are means" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_section_of_an_alloy_has_one_tint(alloy_run):
    with house_style():
        figure = density_sections(read(alloy_run)).figure
    paper = np.asarray(figure.axes[0].images[0].get_array())
    middle = paper[paper.shape[0] // 2, paper.shape[1] // 2, :3].tolist()
    assert middle == pytest.approx(list(hexadecimal(materials.colour(NAME), 0.72)), abs=1e-6)


def test_compounds_have_no_word_about_alloys(dot_run):
    with house_style():
        assert "alloy" not in level_diagram(read(dot_run)).caption


@pytest.mark.parametrize("count", [2, 12, 30])
def test_populations_of_many_segments_stay_readable_and_whole(graded, count):
    reading = graded(count)
    with house_style():
        sheet = populations(reading)
        figure = sheet.figure
        figure.draw_without_rendering()
    axes = figure.axes[0]
    assert len(sheet.columns["segment"]) == count
    bars = [bar.get_height() for bar in axes.containers[0]]
    assert sum(bars) == pytest.approx(100.0)
    assert sum(sheet.columns["electron (%)"]) == pytest.approx(100.0)
    boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert all(left.x1 <= right.x0 + 1.0 for left, right in pairwise(boxes))
    assert ("group" in sheet.caption) == (count > 16)


@pytest.mark.parametrize("count", [2, 10])
def test_names_over_the_levels_do_not_overlap(graded, count):
    with house_style():
        figure = level_diagram(graded(count)).figure
        figure.draw_without_rendering()
    texts = [text for text in figure.axes[0].texts if "\n" in text.get_text()]
    assert len(texts) == count
    boxes = [text.get_window_extent() for text in texts]
    assert all(left.x1 <= right.x0 + 1.0 for left, right in pairwise(boxes))


def test_like_segments_share_a_bar_where_there_are_many(graded):
    run = graded(20).run
    names = tuple(f"arm{n // 5 + 1}.arm{n % 5 + 1}.s1" for n in range(20))
    structure = dataclasses.replace(run.structure, segments=names)
    with house_style():
        figure = populations(read(dataclasses.replace(run, structure=structure))).figure
    axes = figure.axes[0]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["branches\nCd0.5Zn0.5Se0.3S0.7", "branches\nCdSe"]
    assert sum(bar.get_height() for bar in axes.containers[1]) == pytest.approx(100.0)
