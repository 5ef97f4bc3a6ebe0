"""Figures: all files are there, are well formed, and their numbers are those of the records."""

import csv
import dataclasses
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from epidot import materials
from epidot.reporting import write_figures
from epidot.reporting.diagram import level_diagram
from epidot.reporting.figures import write_sheet
from epidot.reporting.reading import read
from epidot.reporting.spectrum import spectrum
from epidot.reporting.style import house_style
from epidot.units import HC

NAMES = {
    *(
        "atoms",
        "levels",
        "densities",
        "spectrum",
        "excitons",
        "polarisation",
        "lifetime",
        "strain",
        "populations",
    )
}


@pytest.fixture(scope="module")
def folder(rod_run, tmp_path_factory):
    target = tmp_path_factory.mktemp("run")
    paths = write_figures(rod_run, target)
    assert set(paths) == NAMES
    return target / "figures"


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {key: [row[key] for row in rows] for key in rows[0]}


def numbers(path, column):
    return np.array([float(value) for value in table(path)[column]])


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_figure_has_vector_picture_and_data(folder, name):
    root = ElementTree.parse(folder / f"{name}.svg").getroot()
    assert root.tag.endswith("svg")
    assert len(list(root.iter())) > 20
    pixels = imread(folder / f"{name}.png")
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 50
    assert len(next(iter(table(folder / f"{name}.csv").values()))) > 1


def test_spectrum_data_are_the_record(folder, rod_run):
    path, optics = folder / "spectrum.csv", rod_run.optics
    assert numbers(path, "energy (eV)") == pytest.approx(optics.energy_axis, rel=1e-7)
    assert numbers(path, "absorption (1/eV)") == pytest.approx(optics.absorption, rel=1e-6, abs=1e-12)
    assert numbers(path, "wavelength (nm)") == pytest.approx(HC / optics.energy_axis, rel=1e-7)


def test_populations_data_are_the_record(folder, rod_run):
    reading = read(rod_run)
    found = table(folder / "populations.csv")
    assert found["segment"] == ["s1", "s2"]
    assert [float(value) for value in found["hole (%)"]] == pytest.approx(
        100.0 * reading.hole.in_segment, rel=1e-6
    )


def test_band_edges_are_those_of_the_materials(folder):
    found = table(folder / "levels.csv")
    for name, place in (("CdSe", 0), ("CdTe", -1)):
        valence, conduction = materials.band_edges(
            name, "zb", materials.DEFAULT_SET, materials.DEFAULT_OFFSETS
        )
        assert (found["material"][place], found["phase"][place]) == (name, "zb")
        assert float(found["unstrained valence edge (eV)"][place]) == pytest.approx(valence)
        assert float(found["unstrained conduction edge (eV)"][place]) == pytest.approx(conduction)


def with_potential(run, terms, rows):
    return dataclasses.replace(
        run, states=dataclasses.replace(run.states, potential=rows, potential_terms=terms)
    )


def test_band_edges_bend_with_the_potential(rod_run):
    """A field along the axis, a layer of ligands, and polarisation that is there only far from the axis."""
    z = rod_run.relaxed.positions @ read(rod_run).path.direction[0]
    far = np.linalg.norm(rod_run.relaxed.positions, axis=1) > 1e9
    rows = np.stack([0.01 * z, np.where(far, 1.0, 0.0), np.full(len(z), 0.2)])
    bent = with_potential(rod_run, ("field", "polarisation", "ligands"), rows)
    plain = level_diagram(read(rod_run))
    sheet = level_diagram(read(bent))
    assert ", bent by the applied field and ligands as near the axis." in sheet.caption
    assert "bent" not in plain.caption
    place = 10.0 * np.array(sheet.columns["distance (nm)"])
    inner = slice(8, -8)
    slope, middle = np.polyfit(place[inner], np.array(sheet.columns["potential (eV)"])[inner], 1)
    assert slope == pytest.approx(0.01, rel=0.05)
    assert middle + slope * place.mean() == pytest.approx(0.2 + 0.01 * z.mean(), abs=0.02)
    assert not np.any(plain.columns["potential (eV)"])
    for edge in ("valence edge (eV)", "conduction edge (eV)"):
        moved = np.array(sheet.columns[edge]) - np.array(plain.columns[edge])
        assert np.allclose(moved, sheet.columns["potential (eV)"])
    drawn = [line.get_xydata() for line in sheet.figure.axes[0].lines if len(line.get_xydata()) > 50]
    valence = next(data for data in drawn if abs(data[0, 1] - sheet.columns["valence edge (eV)"][0]) < 0.02)
    expected = np.interp(valence[:, 0], sheet.columns["distance (nm)"], sheet.columns["valence edge (eV)"])
    assert np.median(np.abs(valence[:, 1] - expected)) < 1e-3


def test_strain_profile_is_the_tensor(folder, rod_run):
    trace = 100.0 * np.trace(rod_run.relaxed.strain, axis1=1, axis2=2)
    mean = numbers(folder / "strain.csv", "volume mean (%)")
    assert trace.min() <= np.nanmin(mean) <= np.nanmax(mean) <= trace.max()
    # the synthetic strain grows with the distance from the middle
    assert mean[0] > 0.5 * trace.max()
    assert mean[len(mean) // 2] < 0.0


def test_densities_are_largest_where_the_states_are(folder):
    path = folder / "densities.csv"
    across = numbers(path, "across (nm)")
    assert across[numbers(path, "electron density (1/nm^3)").argmax()] == pytest.approx(-2.5, abs=0.5)
    assert across[numbers(path, "hole density (1/nm^3)").argmax()] == pytest.approx(2.5, abs=0.5)


def test_two_axes_of_the_spectrum_agree(rod_run):
    with house_style():
        figure = spectrum(read(rod_run)).figure
        figure.draw_without_rendering()
    below = figure.axes[0]
    above = below.child_axes[0]
    for energy in below.get_xlim():
        here = below.transData.transform((energy, 0.0))[0]
        assert above.transData.transform((HC / energy, 0.0))[0] == pytest.approx(here)


def test_same_run_gives_the_same_bytes(folder, rod_run, tmp_path):
    with house_style():
        again = write_sheet(spectrum(read(rod_run)), tmp_path)
    assert again.read_bytes() == (folder / "spectrum.svg").read_bytes()


def test_style_is_put_back():
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["font.size"] == 8.0
    assert dict(mpl.rcParams) == before
