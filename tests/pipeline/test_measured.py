"""Measured files: every way of writing one table gives one spectrum; what cannot be read is explained."""

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.pipeline import read_measured
from epidot.units import HC

WAVELENGTH = np.arange(480.0, 640.0, 4.0)
ABSORBANCE = np.exp(-0.5 * ((WAVELENGTH - 560.0) / 12.0) ** 2) + 0.01 * (640.0 - WAVELENGTH)


def rows(separator=",", decimal=".", order=slice(None)):
    lines = [f"{x:.2f}{separator}{y:.6f}" for x, y in zip(WAVELENGTH[order], ABSORBANCE[order], strict=True)]
    return "\n".join(lines).replace(".", decimal) + "\n"


def read(folder, text, encoding="utf-8"):
    path = folder / "measured.csv"
    path.write_bytes(text.encode(encoding))
    return read_measured(path)


@pytest.mark.parametrize(
    "text",
    [
        "Wavelength (nm),Absorbance\n" + rows(),
        "wavelength/nm; Abs\n" + rows(";", ","),
        "# Exported by an instrument\nWavelength [nm]\tOptical density\n" + rows("\t", ","),
        '"Wavelength nm."\t"Abs."\n' + rows("\t"),
        "Date,2026-01-07\nSample A,,\nWavelength (nm),Abs,\n"
        + rows()
        + "\nScan rate,600.00 nm/min\nLamp,on\n",
        "Wavelength,Absorbance\nnm,a.u.\n" + rows(),
        "# wavelength (nm) absorbance\n" + rows(" "),
        "#wavelength_nm, OD\n" + rows(" ", ","),
        "Wavelength,Absorbance\n" + rows(order=slice(None, None, -1)),
        "Wavelength (nm),Absorbance,Temperature\n" + rows().replace("\n", ",21.5\n"),
    ],
    ids=["csv", "semicolon", "tab", "shimadzu", "cary", "two-line", "numpy", "comment", "no-unit", "extra"],
)
def test_one_table_however_it_is_written(tmp_path, text):
    (found,) = read(tmp_path, text).spectra
    assert found.kind == "absorption"
    assert found.energy == pytest.approx(HC / WAVELENGTH[::-1], rel=1e-12)
    assert found.value == pytest.approx(ABSORBANCE[::-1], abs=1e-6)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(tmp_path, encoding):
    text = "Wavelength (µm);Extinktion °C;Absorbance\n" + rows(";").replace(";", ";1;").replace(".00;1", ";1")
    (found,) = read(tmp_path, text.replace("(µm)", "(nm)"), encoding).spectra
    assert len(found.energy) == len(WAVELENGTH)


@pytest.mark.parametrize(
    ("heading", "axis"),
    [
        ("Energy (eV)", HC / WAVELENGTH),
        ("Photon energy / meV", 1e3 * HC / WAVELENGTH),
        ("Wavenumber (cm-1)", 1e7 / WAVELENGTH),
        ("Wavelength (µm)", 1e-3 * WAVELENGTH),
        ("eV", HC / WAVELENGTH),
    ],
)
def test_axes_and_units(tmp_path, heading, axis):
    lines = [f"{x:.10g}\t{y:.8g}" for x, y in zip(axis, ABSORBANCE, strict=True)]
    (found,) = read(tmp_path, f"{heading}\tPL intensity (counts)\n" + "\n".join(lines)).spectra
    assert found.kind == "emission"
    assert found.energy == pytest.approx(HC / WAVELENGTH[::-1], rel=1e-6)


def test_emission_over_wavelength_keeps_its_photons(tmp_path):
    """∫ I(λ) dλ = ∫ I(E) dE."""
    file = read(tmp_path, "Wavelength (nm),PL\n" + rows())
    (found,) = file.spectra
    assert np.trapezoid(found.value, found.energy) == pytest.approx(
        np.trapezoid(ABSORBANCE, WAVELENGTH), rel=1e-3
    )
    assert any("λ²" in note for note in file.notes)


def test_gaps_repeats_and_disorder_are_told(tmp_path):
    lines = ["Wavelength (nm),Absorbance", "500,1.0", "500,3.0", "510,NaN", "520,"]
    lines += [f"{x},{0.01 * x}" for x in (600, 590, 570, 560, 550, 540, 530)]
    file = read(tmp_path, "\n".join(lines))
    (found,) = file.spectra
    assert len(found.energy) == 8
    assert found.value[-1] == pytest.approx(2.0)
    assert any("2 of 11 rows" in note for note in file.notes)
    assert any("not in order" in note for note in file.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Time (s),Voltage\n" + rows(), ["Time (s)", "Voltage", "no column of wavelength", "absorbance"]),
        ("Wavelength (nm),%T\n" + rows(), ["%T", "no column of absorption or emission"]),
        ("Wavelength (furlong),Abs\n" + rows(), ["furlong", "nm"]),
        (rows(), ["without a header"]),
        ("", ["no table"]),
        ("Wavelength (nm),Abs\n500,1\n510,2\n520,1\n", ["3 points"]),
        ("Wavelength (nm),Abs,OD\n" + rows().replace("\n", ",1\n"), ["2 columns of absorption"]),
        ("Wavelength (nm),Abs\n-5,1\n" + rows(), ["-5", "positive"]),
        ("Wavelength (nm),Abs\n" + rows().replace("520.00,", "oops,"), ["line 12", "oops"]),
        ("Wavelength,Abs\n" + rows().replace(".00,", "00000.00,"), ["no unit"]),
        ("Wavelength (nm),Abs\n" + "\n".join(f"{x},0.5" for x in range(500, 600, 5)), ["0.5 everywhere"]),
    ],
)
def test_what_cannot_be_read_is_explained(tmp_path, text, words):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert all(word in message for word in words), message


def test_files_that_are_no_text(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_measured(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="folder"):
        read_measured(tmp_path)
    (tmp_path / "measured.csv").write_bytes(b"\x00\x01\x02\x00" * 50)
    with pytest.raises(InputError, match="not text"):
        read_measured(tmp_path / "measured.csv")
