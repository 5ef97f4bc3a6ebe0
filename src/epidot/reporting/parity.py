"""Computed against published first absorption peaks: the figure and the tables of `epidot bench gaps`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from epidot import materials
from epidot.reporting.numbers import fixed
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import FAINT, INK, PAGE, house_style

_MARKERS: Final = "osD^v"
_TERMS: Final = ("gap", "attraction", "surface", "mixing", "temperature", "peak")


def gap_tables(found: dict[str, Any]) -> Iterator[Table]:
    """One table for each source, and one of the deviations by material."""
    for source in dict.fromkeys(row["source"] for row in found["rows"]):
        table = Table(
            title=source, title_justify="left", pad_edge=False, padding=(0, 1, 0, 0), box=SIMPLE_HEAD
        )
        for heading in ("case", "dot"):
            table.add_column(heading, no_wrap=True)
        for heading in ("computed", "published (eV)", "off", "allowed"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("", no_wrap=True)
        for row in (row for row in found["rows"] if row["source"] == source):
            table.add_row(*_cells(row))
        yield table
    table = Table(
        title="Deviation from published peaks (eV), by material", title_justify="left", box=SIMPLE_HEAD
    )
    for heading in ("material", "cases", "passed", "mean", "rms"):
        table.add_column(heading, justify="right")
    for material, score in found["scores"].items():
        counts = str(score["n"]), str(score["passed"])
        table.add_row(material, *counts, _signed(score["mean"]), _plain(score["rms"]))
    yield table


def _cells(row: dict[str, Any]) -> list[str | Text]:
    what = f"{row['material']} {row['phase']} {row['diameter_nm']:.2f} nm"
    published = f"{row['published']:.3f} ± {row['uncertainty']:.3f}"
    verdict = Text("passed", "green") if row["passed"] else Text(row["reason"] or "failed", "red")
    numbers = _plain(row["predicted"]), published, _signed(row["deviation"]), f"{row['tolerance']:.3f}"
    return [row["id"], what, *numbers, verdict]


def _plain(value: float | None) -> str:
    return "–" if value is None else fixed(value, 3)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def parity(rows: list[dict[str, Any]]) -> Sheet:
    """Computed against published peaks, and their difference against the diameter."""
    from matplotlib.figure import Figure

    shown = [row for row in rows if row["predicted"] is not None]
    with house_style():
        figure = Figure(figsize=(PAGE, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        _peaks(left, shown)
        _deviations(right, shown)
    caption = (
        "First absorption peaks of dots, computed without fitted parameter and published. Bars: "
        "uncertainty of the published number, from that of the diameter. Grey: within 0.10 eV."
    )
    keys = (
        "id",
        "material",
        "phase",
        "diameter_nm",
        "published",
        "uncertainty",
        "predicted",
        "deviation",
        "atoms",
    )
    columns: dict[str, Any] = {key: [row[key] for row in shown] for key in keys}
    columns |= {f"{name} (eV)": [row["terms"][name] for row in shown] for name in _TERMS}
    return Sheet("parity", "Computed and published gaps of dots", caption, figure, columns)


def _groups(rows: list[dict[str, Any]]) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Rows of one source and material, and how they are drawn."""
    sources = list(dict.fromkeys(row["source"] for row in rows))
    for material, source in dict.fromkeys((row["material"], row["source"]) for row in rows):
        own = [row for row in rows if (row["material"], row["source"]) == (material, source)]
        authors = source.split(",")[0].replace(" et al.", "")
        yield (
            own,
            {
                "color": materials.colour(material),
                "marker": _MARKERS[sources.index(source) % len(_MARKERS)],
                "label": f"{material}, {authors} {source.split('(')[-1].split(')')[0]}",
                "linestyle": "none",
                "markersize": 4.0,
                "markeredgecolor": INK,
                "markeredgewidth": 0.4,
                "elinewidth": 0.7,
            },
        )


def _peaks(axes: Any, rows: list[dict[str, Any]]) -> None:
    values = [row[key] for row in rows for key in ("published", "predicted")] or [2.0, 3.0]
    ends = min(values) - 0.15, max(values) + 0.15
    axes.fill_between(
        ends, [ends[0] - 0.1, ends[1] - 0.1], [ends[0] + 0.1, ends[1] + 0.1], color="#eceef1", lw=0
    )
    axes.plot(ends, ends, color=FAINT, linewidth=0.8)
    for own, look in _groups(rows):
        errors = [row["uncertainty"] for row in own]
        axes.errorbar(
            [row["published"] for row in own], [row["predicted"] for row in own], xerr=errors, **look
        )
    axes.set(xlim=ends, ylim=ends, xlabel="published peak (eV)", ylabel="computed peak (eV)", aspect="equal")
    axes.legend(loc="upper left", fontsize=6.5, handletextpad=0.3)


def _deviations(axes: Any, rows: list[dict[str, Any]]) -> None:
    axes.axhspan(-0.1, 0.1, color="#eceef1", lw=0)
    axes.axhline(0.0, color=FAINT, linewidth=0.8)
    for own, look in _groups(rows):
        sizes, errors = [row["diameter_nm"] for row in own], [row["uncertainty"] for row in own]
        axes.errorbar(sizes, [row["deviation"] for row in own], yerr=errors, **look)
    axes.set(xlabel="diameter (nm)", ylabel="computed − published (eV)")
