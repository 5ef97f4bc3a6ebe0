"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from epidot import materials
from epidot.hamiltonian.tight_binding.check import SetCheck
from epidot.reporting.interface_section import interface_lines
from epidot.reporting.structure_section import structure_lines
from epidot.reporting.uncertainty_section import label_note


def catalogue_table(rows: list[dict[str, Any]]) -> Table:
    """Templates with id, name, what they are, atoms and materials."""
    table = Table(title="Templates: epidot new NAME -o design.yaml", title_justify="left")
    for heading in ("id", "name", "what it is"):
        table.add_column(heading)
    table.add_column("atoms", justify="right")
    table.add_column("materials")
    for row in rows:
        table.add_row(row["id"], row["name"], row["title"], f"{row['atoms']:,}", ", ".join(row["materials"]))
    return table


def compound_tables(name: str | None) -> Iterator[RenderableType]:
    """All numbers of one compound, or the names of the compounds."""
    if name is None:
        table = Table(title="Compounds: epidot materials NAME", title_justify="left")
        for heading in ("name", "a (zb) / Å", "gap (zb, 300 K) / eV", "VBM / eV"):
            table.add_column(heading)
        for entry in materials.names():
            edges = materials.band_edges(entry, "zb", materials.DEFAULT_SET, materials.DEFAULT_OFFSETS)
            cells = (materials.lattice_constant(entry), edges[1] - edges[0], edges[0])
            table.add_row(entry, *(f"{value:.3f}" for value in cells))
        yield table
        return
    found = materials.table(name)
    sources = _Sources()
    yield _parameter_table(f"{found.name}: bulk parameters", found.parameters, sources)
    for entry in found.sets:
        title = f"{found.name}: tight-binding set {entry.name} ({entry.temperature:.0f} K)"
        yield _parameter_table(title, entry.parameters, sources)
        yield _parameter_table(f"{found.name}: bulk computed with {entry.name}", entry.computed, sources)
    yield sources.listed()
    yield Text("Names of the parameters in Python and JSON: epidot materials NAME --json")


def set_check_table(found: SetCheck) -> Table:
    """Bulk figures of a tight-binding set, with what it was fitted to in brackets."""
    title = f"Bulk zinc blende with {found.name} (in brackets: what the set was fitted to)"
    table = Table(title=title, title_justify="left", pad_edge=False, box=SIMPLE_HEAD)
    table.add_column("quantity")
    for name in found.figures:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    for key, label in materials.figure_labels().items():
        cells = [_against(found.figures[name][key], found.targets[name].get(key)) for name in found.figures]
        table.add_row(label, *cells, materials.figure_unit(key))
    return table


def _against(value: float, target: float | None) -> str:
    return f"{value:.3f}" if target is None else f"{value:.3f} ({target:g})"


class _Sources:
    """Numbers the sources in order of appearance, so that each is printed once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, source: str) -> str:
        return f"[{self._numbers.setdefault(source, len(self._numbers) + 1)}]"

    def listed(self) -> Table:
        table = Table(title="Sources", title_justify="left", box=None, show_header=False)
        table.add_column(justify="right")
        table.add_column(overflow="fold")
        for source, number in self._numbers.items():
            table.add_row(Text(f"[{number}]"), Text(source))
        return table


def _parameter_table(title: str, rows: tuple[materials.Row, ...], sources: _Sources) -> Table:
    table = Table(title=title, title_justify="left", pad_edge=False, box=SIMPLE_HEAD)
    table.add_column("quantity")
    table.add_column("phase")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("confidence")
    table.add_column("source", justify="right")
    for row in rows:
        value = _number(row.value)
        table.add_row(
            row.quantity, row.phase, value, row.unit, row.confidence, Text(sources.number(row.source))
        )
    return table


def _number(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_number(entry) for entry in value)  # pyright: ignore
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def structure_table(facts: dict[str, Any]) -> Table:
    """What `epidot build` made: sizes in nm, bonds in Å."""
    table = Table(
        title=f"Wrote {facts['file']} in {facts['seconds']:.2f} s",
        title_justify="left",
        show_header=False,
        box=None,
        pad_edge=False,
    )
    table.add_column(overflow="fold", max_width=26)
    table.add_column(overflow="fold")
    for line in structure_lines(facts):
        table.add_row(Text(line.what), Text(line.value))
    return table


def result_table(summary: dict[str, Any]) -> Table:
    """The few numbers that one looks at first."""
    optics, excitons, states = summary["optics"], summary["excitons"], summary["states"]
    table = Table(title=summary["design"]["name"], title_justify="left", show_header=False)
    table.add_row("atoms", f"{summary['structure']['atoms']:,}")
    made = summary["structure"].get("composition") or {}
    beside = [f"{count:,} {name}" for name, count in (made.get("ligands") or {}).items()]
    beside += [f"{name} ({count:,} atoms)" for name, count in (made.get("metal_atoms") or {}).items()]
    if beside:
        table.add_row("on it", ", ".join(beside))
    for line in interface_lines(summary.get("strain") or {}):
        table.add_row(Text(f"interface {line.what}"), Text(line.value))
    table.add_row("single-particle gap", f"{states['gap_eV']:.3f} eV")
    table.add_row(
        "exciton, binding", f"{excitons['ground_eV']:.3f} eV, {1e3 * excitons['binding_eV']:.0f} meV"
    )
    table.add_row(
        "emission", f"{optics['emission_eV']:.3f} eV" + _between(summary, "optics.emission_eV", ".3f")
    )
    table.add_row("alignment", str(optics["alignment"]))
    lifetime = f"{optics['radiative_lifetime_ns']:.3g} ns"
    table.add_row("radiative lifetime", lifetime + _between(summary, "optics.radiative_lifetime_ns", ".3g"))
    table.add_row("largest residual", f"{states['max_residual_eV']:.1e} eV")
    if "variants" in summary:
        notes = [label_note(summary["variants"]["alignment"]), *summary["variants"]["notes"]]
        table.add_row("how sure", Text(" ".join(notes)))
    return table


def levels_table(found: dict[str, Any]) -> Table:
    """Both levels of theory side by side (`pipeline.compare_levels`)."""
    table = Table(title=found["atomistic"]["design"]["name"], title_justify="left")
    for heading in ("", "atomistic", "envelope", "difference"):
        table.add_column(heading, justify="left" if not heading else "right")
    rows = (
        ("single-particle gap (eV)", "states.gap_eV"),
        ("exciton (eV)", "excitons.ground_eV"),
        ("emission (eV)", "optics.emission_eV"),
        ("overlap", "optics.overlap"),
        ("polarisation", "optics.polarisation"),
    )
    for title, path in rows:
        block, key = path.split(".")
        values = [found[level][block][key] for level in ("atomistic", "envelope")]
        table.add_row(title, *(f"{value:.3f}" for value in values), f"{found['difference'][path]:+.3f}")
    labels = [found[level]["optics"]["alignment"] for level in ("atomistic", "envelope")]
    table.add_row("alignment", *labels, "same" if found["difference"]["optics.alignment"] else "differs")
    for kind in ("electron", "hole"):
        worst = max(map(abs, found["difference"][f"states.{kind}_in_segment"]))
        table.add_row(f"{kind} in segments, most", "", "", f"{worst:.3f}")
    return table


def _between(summary: dict[str, Any], path: str, form: str) -> str:
    """The band of a number that variants gave, in brackets; nothing where there is none."""
    band = (summary.get("variants") or {}).get("bands", {}).get(path)
    return "" if band is None else f" ({band['low']:{form}} to {band['high']:{form}})"


def peers_table(found: dict[str, Any]) -> Table:
    """What other eigensolvers needed for the same states, and how many times what we needed that is."""
    own = found["own"]
    table = Table(
        title=f"6 electrons and 6 holes of {own['atoms']:,} atoms, ×: times Epidot's", title_justify="left"
    )
    table.add_column("solver", no_wrap=True)
    for heading in ("s", "×", "CPU s", "×", "GB", "×", "residual"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    columns = (
        "seconds",
        "ratio",
        "cpu_seconds",
        "cpu_ratio",
        "peak_memory_GB",
        "memory_ratio",
        "max_residual_eV",
    )
    for name, entry in {"Epidot": own, **found["ratios"]}.items():
        cells = [_short(entry.get(key)) for key in columns]
        if "at_least" in entry:
            cells[1] = f"> {_short(entry['at_least'])}"
        table.add_row(name, *cells, entry.get("detail", ""))
    return table


def _short(value: float | None) -> str:
    """Three digits, or a dash for what is not known."""
    if value is None:
        return "–"
    return f"{value:.0e}" if 0.0 < value < 0.001 else f"{float(f'{value:.3g}'):g}"


def bench_table(found: dict[str, Any]) -> Table:
    """Quantities of a benchmark, a line each, at every size, with the machine's own speed."""
    speed = found["machine"]
    table = Table(
        title=f"{found['name']}: {speed['cores']} cores, triad {speed['triad_GBps']:.1f} GB/s, "
        f"multiply–add {speed['fma_GFLOPs']:.0f} GFLOP/s",
        title_justify="left",
    )
    rows = found["rows"]
    table.add_column("")
    for row in rows:
        table.add_column(f"{row['atoms']:,} atoms", justify="right", no_wrap=True)
    for quantity in (key for key in rows[0] if key != "atoms"):
        table.add_row(quantity.replace("_", " "), *(_number(row[quantity]) for row in rows))
    if found["exponent"] is not None:
        table.caption = f"seconds ∝ atoms^{found['exponent']:.2f}"
    return table
