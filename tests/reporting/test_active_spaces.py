"""Convergence of configuration interaction and the table of complexes: numbers in, plain words out."""

import dataclasses

import numpy as np
import pytest

from epidot.reporting import write_report
from epidot.reporting.active_spaces import convergence, sentence
from epidot.reporting.complexes_section import complex_lines
from epidot.reporting.reading import read
from epidot.reporting.style import house_style

NAN = float("nan")
TABLE = [
    (2.9, -0.1, 2.420, 5.310, 2.333, 4.880),
    (2.9, -0.1, 2.400, 5.280, 2.310, 4.806),
    (2.9, -0.1, 2.399, NAN, NAN, NAN),
]


def correlated(run, table=TABLE):
    spaces = np.array([(2, 4), (4, 8), (4, 16)][: len(table)])
    excitons = dataclasses.replace(
        run.excitons, interaction="configurations", active_spaces=spaces, convergence=np.array(table)
    )
    optics = dataclasses.replace(run.optics, excitons=excitons)
    return dataclasses.replace(run, excitons=excitons, optics=optics)


def drawn(run):
    with house_style():
        sheet = convergence(read(run))
        if sheet:
            sheet.figure.draw_without_rendering()
    return sheet


def test_the_figure_holds_the_record(dot_run):
    sheet = drawn(correlated(dot_run))
    assert sheet.columns["XX (eV)"][:2] == pytest.approx([4.880, 4.806])
    assert sheet.columns["binding of XX (meV)"][:2] == pytest.approx([-40.0, -6.0])
    assert "not converged" in sheet.caption
    assert "XX 34" in sheet.caption
    assert "Whether XX is bound is not decided" in sheet.caption
    assert sheet.csv().splitlines()[-1].startswith("4,16,2.399,nan")


def test_without_mixing_there_is_nothing_to_show(dot_run):
    assert drawn(dot_run) is None
    assert drawn(correlated(dot_run, TABLE[:1])) is None
    assert complex_lines(dot_run.optics) == []
    assert sentence(()).startswith("One space only")


def test_what_hardly_changed_is_called_converged(dot_run):
    close = [TABLE[1], tuple(value - 1e-4 for value in TABLE[1])]
    assert "converged to about" in drawn(correlated(dot_run, close)).caption
    alone = [(2.9, -0.1, 2.4, NAN, NAN, NAN), (2.9, -0.1, 2.399, NAN, NAN, NAN)]
    sheet = drawn(correlated(dot_run, alone))
    assert sheet.title == "Convergence of the exciton"
    assert "binding changed by X 1" in sheet.caption


def test_the_table_says_bound_and_unbound(dot_run, tmp_path):
    run = correlated(dot_run)
    rows = {row.name.split(",")[0]: row for row in complex_lines(run.optics)}
    assert rows["X⁺"].binding.startswith("−10.0")
    assert rows["X⁺"].verdict == "unbound"
    assert rows["X⁻"].verdict == "bound"
    assert rows["XX"].verdict.startswith("undecided (last change +34.0")
    assert "blue" in rows["X⁺"].shift
    assert rows["X"].space == "4 × 16"
    page = write_report(run, tmp_path).read_text(encoding="utf-8")
    assert page.index("convergence-title") < page.index("complexes-title") < page.index("results-title")
    assert "negative trion" in page
