"""Published gaps of dots: the cases, what a dot of one is, and the benchmark that compares."""

import json
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from epidot.errors import ConvergenceError, InternalError
from epidot.pipeline import gaps as module
from epidot.pipeline.cases import Case, cases
from epidot.pipeline.gaps import TOLERANCE, design_of, dot_cases, gaps, scores
from epidot.reporting.parity import gap_tables, parity
from epidot.reporting.tables import bench_table


def test_cases_are_those_of_the_literature():
    every = dot_cases()
    assert len({case.id for case in every}) == len(every) >= 30
    assert all(case.source and case.found and case.held_out == "no" for case in cases())
    # Peng 1998 print 2.9 nm as 542 nm; E = hc/λ.
    (peng,) = [case for case in every if case.id == "T01-006"]
    assert peng.number == pytest.approx(1239.84 / 542, abs=1e-3) and peng.temperature == 298.0
    # Yu's curve for CdS: 400 nm is 3.38 nm.
    wave = 1239.84 / next(case.number for case in every if case.id == "T01-058")
    assert np.polyval([-6.6521e-8, 1.9557e-4, -9.2352e-2, 13.29], wave) == pytest.approx(3.38, abs=0.01)


def test_a_case_is_a_dot_of_its_size_phase_and_temperature():
    (case,) = [case for case in dot_cases() if case.id == "T01-051"]
    design = design_of(case)
    assert design.root.material == "CdTe" and design.root.phase == "zb"
    assert design.root.diameter == pytest.approx(36.6) and design.environment.temperature == 298.0


def test_numbers_of_a_trend_are_refused():
    (case,) = [case for case in cases() if case.id == "T01-051"]
    trend = Case(**{**case.__dict__, "value": "trend", "uncertainty": ""})
    assert trend.standard_deviation == 0.0
    with pytest.raises(InternalError, match="trend"):
        _ = trend.number


def small(monkeypatch, *ids):
    # Measuring the machine takes seconds.
    monkeypatch.setattr(module, "machine", lambda _device: {})
    monkeypatch.setattr(module, "dot_cases", lambda: [case for case in dot_cases() if case.id in ids])


def test_the_benchmark_compares_keeps_and_goes_on(tmp_path, monkeypatch):
    small(monkeypatch, "T01-040")
    found = gaps(tmp_path)
    (row,) = found["rows"]
    assert sum(row["terms"].values()) == pytest.approx(row["predicted"], abs=1e-6)
    assert row["deviation"] == pytest.approx(row["predicted"] - row["published"])
    assert row["passed"] == (abs(row["deviation"]) <= row["tolerance"]) and row["tolerance"] >= TOLERANCE
    assert found["scores"]["CdSe"]["rms"] == pytest.approx(abs(row["deviation"]))
    monkeypatch.setattr(module, "run", None)
    assert gaps(tmp_path)["rows"][0]["predicted"] == row["predicted"]
    kept = tmp_path / "cases" / "T01-040.json"
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"key": "of another program"}))
    with pytest.raises(TypeError):
        gaps(tmp_path)


def test_a_case_that_does_not_converge_stays_in_the_table(tmp_path, monkeypatch):
    def fail(*_given, **_more):
        raise ConvergenceError("states", "1e-3 eV", "1e-6 eV", "Give it time")

    small(monkeypatch, "T01-040")
    monkeypatch.setattr(module, "run", fail)
    found = gaps(tmp_path)
    (row,) = found["rows"]
    assert row["predicted"] is None and not row["passed"] and "states" in row["reason"]
    assert found["scores"]["CdSe"] == {"n": 1, "passed": 0, "mean": None, "rms": None, "unit": "eV"}
    assert [table.row_count for table in gap_tables(found)] == [1, 1]


def test_scores_are_signed_means_and_roots_of_mean_squares():
    rows = [{"material": "CdSe", "deviation": off, "passed": off < 0.1} for off in (0.3, -0.1)]
    found = scores(rows)["CdSe"]
    assert found["mean"] == pytest.approx(0.1) and found["rms"] == pytest.approx(np.sqrt(0.05))
    assert found["n"] == 2 and found["passed"] == 1


def test_the_figure_holds_every_case(tmp_path):
    terms = dict.fromkeys(("gap", "attraction", "surface", "mixing", "temperature", "peak"), 0.1)
    whole = {"material": "CdSe", "phase": "wz", "source": "Peng, Wickham & Alivisatos, JACS (1998)"}
    rows = [
        {**whole, "id": str(size), "diameter_nm": size, "published": 2.0, "predicted": 2.1 + 0.1 * size}
        | {"uncertainty": 0.1, "deviation": 0.1 + 0.1 * size, "atoms": 100, "terms": terms}
        for size in (2.0, 3.0)
    ]
    sheet = parity(rows)
    left, right = sheet.figure.axes
    assert len(sheet.columns["id"]) == 2 and sheet.columns["gap (eV)"] == [0.1, 0.1]
    assert left.get_xlim() == left.get_ylim() and right.get_ylabel().startswith("computed")
    assert left.get_legend().get_texts()[0].get_text() == "CdSe, Peng 1998"


def test_tables_fit_a_terminal_of_80_columns():
    """A verdict that is cut off is none."""
    row = {"source": "S", "id": "T01-012", "material": "CdSe", "phase": "wz", "diameter_nm": 10.25}
    numbers = {
        "published": 2.08,
        "uncertainty": 0.023,
        "predicted": 2.165,
        "deviation": 0.085,
        "tolerance": 0.1,
    }
    found = {"rows": [{**row, **numbers, "passed": True, "reason": ""}], "scores": {}}
    console = Console(width=80, record=True, file=StringIO())
    console.print(next(iter(gap_tables(found))))
    assert "…" not in console.export_text()
    speed = {"cores": 2, "triad_GBps": 79.4, "fma_GFLOPs": 249.0}
    parts = {f"part_{k}_seconds": 123.456789 for k in range(12)}
    sizes = [{"atoms": atoms, **parts} for atoms in (2000, 16000, 50000)]
    console.print(bench_table({"name": "excitons", "machine": speed, "rows": sizes, "exponent": 0.6}))
    assert "…" not in console.export_text()
