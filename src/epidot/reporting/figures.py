"""Writes every figure of a run as SVG, PNG and CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from epidot.reporting.active_spaces import convergence
from epidot.reporting.around import pair_density
from epidot.reporting.decay import lifetime_curve
from epidot.reporting.diagram import level_diagram
from epidot.reporting.exciton_levels import exciton_levels
from epidot.reporting.many import ensemble
from epidot.reporting.overlay import overlay
from epidot.reporting.portrait import portrait
from epidot.reporting.profiles import populations, strain_profile
from epidot.reporting.reading import Reading, read
from epidot.reporting.record import Run
from epidot.reporting.rose import polarisation_rose
from epidot.reporting.sections import density_sections
from epidot.reporting.sheet import Sheet
from epidot.reporting.spectrum import spectrum
from epidot.reporting.style import house_style
from epidot.reporting.tornado import tornado

FIGURES: Final[dict[str, Callable[[Reading], Sheet | None]]] = {
    "atoms": portrait,
    "levels": level_diagram,
    "densities": density_sections,
    "pair": pair_density,
    "spectrum": spectrum,
    "ensemble": ensemble,
    "compare": overlay,
    "uncertainty": tornado,
    "excitons": exciton_levels,
    "convergence": convergence,
    "polarisation": polarisation_rose,
    "lifetime": lifetime_curve,
    "strain": strain_profile,
    "populations": populations,
}
"""File name to what draws it, in the order of the report; None where a run has nothing of the kind."""
_ENDINGS: Final = ("svg", "png", "csv")


def write_figures(run: Run, folder: Path) -> dict[str, Path]:
    """Draw all figures into ``folder/figures`` as ``NAME.svg``, ``NAME.png`` (300 dpi) and ``NAME.csv``.

    Returns the path of each SVG by name. The same run gives the same SVG bytes.
    """
    return write_sheets(draw(read(run)), Path(folder) / "figures")


def draw(reading: Reading) -> list[Sheet]:
    """All figures of a run, in the order of the report."""
    with house_style():
        made = [make(reading) for make in FIGURES.values()]
    return [sheet for sheet in made if sheet is not None]


def write_sheets(sheets: list[Sheet], folder: Path) -> dict[str, Path]:
    """Write all figures of a run; those of an earlier run that this one has not are taken away."""
    for name in FIGURES.keys() - {sheet.name for sheet in sheets}:
        for ending in _ENDINGS:
            (folder / f"{name}.{ending}").unlink(missing_ok=True)
    return {sheet.name: write_sheet(sheet, folder) for sheet in sheets}


def write_sheet(sheet: Sheet, folder: Path) -> Path:
    """Write one figure and its data; returns the path of the SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{sheet.name}.svg"
    (folder / f"{sheet.name}.csv").write_text(sheet.csv(), encoding="utf-8")
    with house_style():
        sheet.figure.savefig(
            target, dpi=200, metadata={"Date": None, "Title": sheet.title, "Description": sheet.caption}
        )
        sheet.figure.savefig(folder / f"{sheet.name}.png")
    return target
