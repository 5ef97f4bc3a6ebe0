"""The report: one HTML file that needs no network, ever."""

from __future__ import annotations

import base64
import io
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np

from epidot.design import to_yaml
from epidot.pipeline import portable
from epidot.records import whole
from epidot.reporting.complexes_section import complex_lines
from epidot.reporting.figures import draw, write_sheets
from epidot.reporting.frame import view_frame
from epidot.reporting.interface_section import interface_lines
from epidot.reporting.numbers import fixed, significant
from epidot.reporting.picture import picture
from epidot.reporting.reading import Reading, read
from epidot.reporting.record import Run
from epidot.reporting.results import rows, tiles
from epidot.reporting.scene import scene
from epidot.reporting.sheet import Sheet
from epidot.reporting.structure_section import structure_lines
from epidot.reporting.style import hexadecimal
from epidot.reporting.uncertainty_section import band_lines, band_notes
from epidot.reporting.words import sentence

_STILL_WIDTH: Final = 760


def write_report(run: Run, folder: Path) -> Path:
    """Write ``folder/report.html`` and all figures (see `write_figures`); returns the path of the report.

    The file appears whole or not at all.
    """
    target = Path(folder) / "report.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole(target) as partial:
        partial.write_text(_html(run, target.parent), encoding="utf-8")
    return target


def _html(run: Run, folder: Path) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    reading = read(run)
    sheets = draw(reading)
    paths = write_sheets(sheets, folder / "figures")
    # The picture of the atoms is in the page already, as what stands in for the viewer.
    figures = [_inline(sheet, paths[sheet.name]) for sheet in sheets if sheet.name != "atoms"]
    view = scene(reading)
    loader = PackageLoader("epidot.reporting", "templates")
    page = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return page.get_template("report.html.j2").render(
        name=run.design.name,
        level=run.level,
        sentence=sentence(reading),
        tiles=tiles(reading),
        rows=rows(run.summary),
        structure=structure_lines(run.summary.get("structure") or {}),
        interfaces=interface_lines(run.summary.get("strain") or {}),
        complexes=complex_lines(run.optics),
        bands=band_lines(run.summary),
        band_notes=band_notes(run.summary),
        figures=figures,
        still=_still(reading),
        header=view.header_json(),
        data=view.data_text(),
        script=_asset("viewer.js"),
        style=_asset("report.css"),
        scene=view.header,
        warnings=run.provenance.get("warnings") or [],
        provenance=_provenance(run),
    )


def _asset(name: str) -> str:
    return files("epidot.reporting").joinpath("assets", name).read_text(encoding="utf-8")


def _inline(sheet: Sheet, path: Path) -> dict[str, str]:
    """The SVG with identifiers of its own, so that several can stand in one page.

    A figure more than twice as wide as high gets both columns.
    """
    text = path.read_text(encoding="utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\sid="|url\(#|href="#)', rf"\g<1>{sheet.name}-", text)
    text = re.sub(r"<title>.*?</title>", "", text, count=1, flags=re.DOTALL)
    width, height = (float(side) for side in sheet.figure.get_size_inches())
    opening = f'<svg role="img" aria-labelledby="{sheet.name}-title" aria-describedby="{sheet.name}-caption"'
    return {
        "name": sheet.name,
        "span": "wide" if width > 2.0 * height else "narrow",
        "title": sheet.title,
        "caption": sheet.caption,
        "svg": text.replace("<svg", opening, 1),
    }


def _still(reading: Reading) -> str:
    """The still picture as a PNG of at most 255 colours (base64), shown until and unless the viewer runs."""
    from PIL import Image

    structure = reading.structure
    tints = np.array([hexadecimal(reading.colours[name]) for name in structure.materials])
    frame = view_frame(structure)
    pixels, _ = picture(reading.run.relaxed, tints[structure.material], frame, _STILL_WIDTH, 0.8)
    image = Image.fromarray(np.rint(255.0 * pixels).astype(np.uint8), "RGBA")
    stream = io.BytesIO()
    image.quantize(128, Image.Quantize.FASTOCTREE).save(stream, "PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _provenance(run: Run) -> dict[str, Any]:
    given = run.provenance
    versions = given.get("versions") or run.summary.get("versions") or {}
    timings = given.get("timings_s") or given.get("timings") or run.summary.get("timings_s") or {}
    sources = given.get("parameters") or given.get("parameter_sources") or []
    digest = str(given.get("design_hash") or run.structure.design_hash)
    return {
        "design": to_yaml(portable(run.design)),
        "hash": digest,
        "method": json.dumps(given.get("method") or {}, indent=2, ensure_ascii=False, default=str),
        "versions": versions,
        "timings": {stage: f"{significant(float(seconds), 3)}" for stage, seconds in timings.items()},
        "total": fixed(sum(float(seconds) for seconds in timings.values()), 0),
        "parameters": [{**source, "value": _number(source.get("value"))} for source in sources],
        "cite": f"Epidot {versions.get('epidot', '')}, {run.level} level, design {digest[:12]}.",
    }


def _number(value: Any) -> str:
    return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value)
