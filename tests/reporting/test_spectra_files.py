"""Exported spectra against the record, through readers of their own."""

import csv
import re

import numpy as np
import pytest

from epidot.pipeline import read_measured
from epidot.pipeline.spectra import jcamp, write_spectra
from epidot.units import HC

FIELDS = {"absorption": "extinction", "emission": "emission"}


@pytest.fixture(scope="module")
def optics(rod_run):
    return rod_run.optics


@pytest.fixture(scope="module")
def folder(optics, tmp_path_factory):
    target = tmp_path_factory.mktemp("run")
    paths = write_spectra(optics, "a dot", target)
    assert sorted(path.name for path in paths) == [
        "absorption.csv",
        "absorption.jdx",
        "emission.csv",
        "emission.jdx",
    ]
    return target / "spectra"


def labelled(text):
    """A strict reader of JCAMP-DX 4.24, affine numbers, checks of the standard included."""
    assert max(map(len, text.splitlines()[-40:])) <= 80
    records = re.findall(r"^##([^=\n]+)=\s?([^\n]*)\n((?:(?!##).*\n)*)", text, flags=re.M)
    assert records[0][0] == "TITLE"
    assert records[-1][0] == "END"
    table = {label: value for label, value, _ in records}
    body = next(rows for label, _, rows in records if label == "XYDATA")
    assert table["XYDATA"] == "(X++(Y..Y))"
    step, values = float(table["DELTAX"]), []
    for line in body.splitlines():
        first, *ordinates = line.split()
        place = float(table["FIRSTX"]) + step * len(values)
        assert float(first) * float(table["XFACTOR"]) == pytest.approx(place, abs=0.01)
        values += [int(ordinate) * float(table["YFACTOR"]) for ordinate in ordinates]
    assert len(values) == int(table["NPOINTS"])
    assert values[0] == pytest.approx(float(table["FIRSTY"]), rel=1e-6, abs=1e-12)
    assert max(values) == pytest.approx(float(table["MAXY"]), rel=1e-6)
    return table, np.linspace(float(table["FIRSTX"]), float(table["LASTX"]), len(values)), np.array(values)


@pytest.mark.parametrize("kind", ["absorption", "emission"])
def test_jcamp_holds_the_spectrum(folder, optics, kind):
    table, wavenumber, values = labelled((folder / f"{kind}.jdx").read_text(encoding="utf-8"))
    assert (table["XUNITS"], table["JCAMP-DX"]) == ("1/CM", "4.24")
    expected = np.interp(wavenumber * HC / 1e7, optics.energy_axis, getattr(optics, FIELDS[kind]))
    assert values == pytest.approx(expected, abs=1e-6 * expected.max())


def test_jcamp_package_reads_the_same(folder, optics):
    package = pytest.importorskip("jcamp")
    found = package.readfile(str(folder / "emission.jdx"))
    assert found["x"] * HC / 1e7 == pytest.approx(optics.energy_axis, rel=1e-6)
    assert found["y"] == pytest.approx(optics.emission, abs=1e-6 * optics.emission.max())


def test_jcamp_of_nothing_is_zeros():
    energy = np.linspace(1.0, 2.0, 11)
    columns = {"energy (eV)": energy, "wavelength (nm)": HC / energy, "emission (1/eV)": np.zeros(11)}
    _, _, values = labelled(jcamp("dark", columns, []))
    assert not values.any()


@pytest.mark.parametrize("kind", ["absorption", "emission"])
def test_csv_is_what_compare_reads(folder, optics, kind):
    lines = (folder / f"{kind}.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    energy = np.array([float(row["energy (eV)"]) for row in rows])
    assert [float(row["wavelength (nm)"]) for row in rows] == pytest.approx(HC / energy, rel=1e-6)
    (found,) = read_measured(folder / f"{kind}.csv").spectra
    assert found.kind == kind
    assert found.energy == pytest.approx(energy)
    assert found.value == pytest.approx(
        np.interp(energy, optics.energy_axis, getattr(optics, FIELDS[kind])), rel=1e-3, abs=1e-7
    )


def test_oscillator_strengths_end_where_they_are_no_longer_complete(folder, optics):
    text = (folder / "absorption.csv").read_text(encoding="utf-8")
    assert f"up to {optics.complete_to:.3f} eV" in text
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    energy = np.array([float(row["energy (eV)"]) for row in rows])
    found = np.array([float(row["oscillator strength per energy (1/eV)"]) for row in rows])
    assert np.isnan(found).tolist() == (energy > optics.complete_to).tolist()
    assert 0 < np.isnan(found).sum() < len(found)
