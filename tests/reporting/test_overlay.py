"""Measured spectra on the page: curves, sentence, rows, and nothing of them without."""

import numpy as np
import pytest

from epidot.pipeline import Method, read_measured, with_measured
from epidot.pipeline.run import Run
from epidot.reporting import write_figures
from epidot.reporting.overlay import overlay
from epidot.reporting.page import write_report
from epidot.reporting.reading import read
from epidot.reporting.results import rows
from epidot.reporting.style import house_style
from epidot.units import HC

SHIFT = 0.12


@pytest.fixture(scope="module")
def measured(rod_run, tmp_path_factory):
    """Emission of the run, 0.12 eV lower in energy, over wavelength."""
    optics = rod_run.optics
    wavelength = np.linspace(HC / (optics.energy_axis[-1] - SHIFT), HC / (optics.energy_axis[0] - SHIFT), 900)
    energy = HC / wavelength
    value = np.interp(energy, optics.energy_axis - SHIFT, optics.emission) * energy**2
    path = tmp_path_factory.mktemp("measured") / "pl <of> dots.csv"
    lines = [f"{x:.6f},{y:.8g}" for x, y in zip(wavelength, value, strict=True)]
    path.write_text("Wavelength (nm),PL\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def compared(rod_run, measured):
    plain = {
        name: getattr(rod_run, name) for name in ("design", "structure", "relaxed", "states", "excitons")
    }
    run = Run(**plain, method=Method(), optics=rod_run.optics, summary=rod_run.summary, provenance={})
    return with_measured(run, measured)


def test_shifts_are_in_the_summary(compared, measured):
    found = compared.summary["compare"]["emission"]
    assert found["peak_shift_meV"] == pytest.approx(1e3 * SHIFT, abs=1.0)
    assert found["best_shift_meV"] == pytest.approx(-1e3 * SHIFT, abs=1.5)
    assert found["correlation"] > 0.999
    assert found["fwhm_difference_meV"] == pytest.approx(0.0, abs=2.0)
    assert found["peak_shift_nm"] < 0.0
    assert compared.provenance["compare"] == {
        "file": measured.name,
        "sha256": read_measured(measured).sha256,
    }


def test_both_curves_are_drawn_with_two_axes(compared):
    with house_style():
        sheet = overlay(read(compared))
        sheet.figure.draw_without_rendering()
    axes = sheet.figure.axes[0]
    drawn = {line.get_label(): line.get_xydata() for line in axes.lines}
    peaks = {name: drawn[name][drawn[name][:, 1].argmax(), 0] for name in ("measured", "computed")}
    assert peaks["computed"] - peaks["measured"] == pytest.approx(SHIFT, abs=3e-3)
    assert drawn["measured"][:, 1].max() == pytest.approx(1.0, abs=0.02)
    assert axes.child_axes[0].get_xlabel() == "wavelength (nm)"
    assert "lies 120\u202fmeV above the measured one" in sheet.caption


def test_rows_state_the_shift(compared, rod_run):
    texts = {row.what: row for row in rows(compared.summary)}
    assert float(texts["Shift of the emission peak"].value) == pytest.approx(120.0, abs=1.0)
    assert "Shift of the first absorption peak" not in texts
    assert not any("Shift" in row.what for row in rows(rod_run.summary))


def test_page_without_comparison_has_no_figure_of_an_earlier_one(compared, rod_run, tmp_path):
    assert (tmp_path / "figures").exists() is False
    page = write_report(compared, tmp_path).read_text(encoding="utf-8")
    assert "Measured and computed" in page
    assert "pl &lt;of&gt; dots.csv" in page
    assert (tmp_path / "figures" / "compare.svg").exists()
    assert "compare" not in write_figures(rod_run, tmp_path)
    assert not list((tmp_path / "figures").glob("compare.*"))
