"""How sure the numbers are: the figure, the table and its sentences against known variants."""

import dataclasses

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from epidot.pipeline import Uncertainty
from epidot.pipeline.bands import band
from epidot.pipeline.uncertain import QUANTITIES
from epidot.reporting.diagram import level_diagram
from epidot.reporting.reading import read
from epidot.reporting.style import house_style
from epidot.reporting.tables import result_table
from epidot.reporting.tornado import tornado
from epidot.reporting.uncertainty_section import band_lines, band_notes

NAMES = ("offsets b", "CdSe ε∞ 5.8", "CdSe ε∞ 6.4", "Auger constant 1")


@pytest.fixture(scope="module")
def unsure(small_tetrapod):
    """A run whose variants move the emission by −100, −30, 40, 0 meV and the lifetime by 1/2, 2, 1, 1."""
    light = small_tetrapod.optics
    moves, factors = np.array([-0.1, -0.03, 0.04, 0.0]), np.array([0.5, 2.0, 1.0, 1.0])
    values = {one.path: np.full(4, np.nan) for one in QUANTITIES} | {
        "optics.emission_eV": light.emission_energy + moves,
        "optics.first_peak_eV": light.first_peak + moves,
        "optics.radiative_lifetime_ns": light.radiative_lifetime * factors,
    }
    bands = {
        "optics.emission_eV": band(2.0, {NAMES[0]: 1.9}, {"CdSe ε∞": {NAMES[1]: 1.97, NAMES[2]: 2.04}}),
        "optics.stokes_shift_eV": band(0.02, {}, {"CdSe ε∞": {NAMES[1]: 0.01}}),
        "optics.overlap": band(0.5, {}, {"CdSe ε∞": {NAMES[1]: 0.50001}}),
    }
    shifted = [np.interp(light.energy_axis - move, light.energy_axis, light.emission) for move in moves]
    found = Uncertainty(
        names=NAMES,
        parameters=("", "CdSe ε∞", "CdSe ε∞", "Auger constant"),
        values=values,
        alignment=("type I", "type II", "type II", "type II"),
        bands=bands,
        failed=(),
        notes=("A note.",),
        energy=light.energy_axis,
        extinction=np.array(shifted),
        emission=np.array(shifted),
        temperature=light.lifetime_temperature,
        lifetime=np.outer(factors, light.lifetime),
        lifetime_band=np.outer([0.5, 2.0], light.lifetime),
        electron_energies=np.zeros((4, 2)),
        hole_energies=np.zeros((4, 2)),
    )
    told = {
        "bands": {path: dataclasses.asdict(one) for path, one in bands.items()},
        "alignment": {
            "value": "type II",
            "possible": {"type II": ["this run", *NAMES[1:]], "type I": [NAMES[0]]},
        },
        "notes": list(found.notes),
        "combined": "as they are",
    }
    summary = small_tetrapod.summary | {"variants": told}
    return dataclasses.replace(small_tetrapod, uncertainty=found, summary=summary)


def test_bars_are_what_each_variant_changes(unsure):
    with house_style():
        sheet = tornado(read(unsure))
    assert list(sheet.columns["variant"]) == list(NAMES)
    assert sheet.columns["change (meV)"] == pytest.approx([-100.0, -30.0, 40.0, 0.0])
    assert sheet.columns["factor"] == pytest.approx([0.5, 2.0, 1.0, 1.0])
    left, right = sheet.figure.subfigs[1].axes
    # Both ends of a range stand in one row; what changes nothing has none; the largest is on top.
    assert [one.get_text() for one in left.get_yticklabels()] == ["CdSe ε∞ 5.8 / 6.4", "offsets b"]
    widths = sorted(bar.get_width() for bar in left.patches)
    assert widths == pytest.approx([-100.0, -30.0, 40.0])
    assert sorted(bar.get_width() for bar in right.patches) == pytest.approx([-np.log10(2), 0.0, np.log10(2)])


def test_no_figure_and_no_table_without_variants(small_tetrapod):
    assert tornado(read(small_tetrapod)) is None
    assert band_lines(small_tetrapod.summary) == [] and band_notes(small_tetrapod.summary) == []


def test_lines_state_the_ends_and_what_sets_them(unsure):
    emission, stokes = band_lines(unsure.summary)
    assert (emission.low, emission.low_by) == ("1.870", "offsets b")
    assert (emission.high, emission.high_by) == ("2.040", "CdSe ε∞ 6.4")
    assert stokes.value.split() == ["20.0", "meV"] and (stokes.low, stokes.high_by) == ("10.0", "")


def test_the_label_is_told_where_it_changes(unsure):
    notes = band_notes(unsure.summary)
    assert notes[0] == "The particle is type II here, but type I with offsets b."
    assert notes[1] == "A note." and notes[-1].startswith("Bands: as they are")


def test_the_terminal_has_bands_in_brackets(unsure):
    summary = unsure.summary | {"states": unsure.summary["states"] | {"gap_eV": 2.0, "max_residual_eV": 1e-7}}
    cells = [str(cell) for column in result_table(summary).columns for cell in column.cells]
    assert any("(1.870 to 2.040)" in cell for cell in cells)
    assert any("type I with offsets b" in cell for cell in cells)


def test_levels_stand_on_their_bands(unsure, small_tetrapod):
    low, high = 1.9, 2.2
    bands = {"states.electron_eV": band(2.0, {"a": low, "b": high}, {})}
    found = dataclasses.replace(unsure.uncertainty, bands=bands)
    with house_style():
        sheet = level_diagram(read(dataclasses.replace(unsure, uncertainty=found)))
        plain = level_diagram(read(small_tetrapod))
    (span,) = [patch for patch in sheet.figure.axes[0].patches if isinstance(patch, Rectangle)]
    assert (span.get_y(), span.get_y() + span.get_height()) == pytest.approx((low, high))
    assert "other published parameters" in sheet.caption
    assert "other published parameters" not in plain.caption and not plain.figure.axes[0].patches
