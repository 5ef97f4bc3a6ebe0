"""The interfaces of a particle in lines for people: strain energy per area, and whether they are coherent."""

from __future__ import annotations

from typing import Any

from epidot.reporting.numbers import significant
from epidot.reporting.structure_section import Line, kind_of


def interface_lines(strain: dict[str, Any]) -> list[Line]:
    """The ``interfaces`` of the ``strain`` block of ``summary.json``; those of equal arms once."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for entry in strain.get("interfaces") or []:
        key = (*entry["materials"], *(kind_of(name) for name in entry["between"]))
        alike.setdefault(key, []).append(entry)
    return [_line(entries) for entries in alike.values()]


def _line(entries: list[dict[str, Any]]) -> Line:
    first, count = entries[0], len(entries)
    names = first["between"] if count == 1 else [kind_of(name) for name in first["between"]]
    many = f"{count} × " if count > 1 else ""
    ends = [f"{name} ({material})" for name, material in zip(names, first["materials"], strict=True)]
    area = 0.01 * sum(entry["area_A2"] for entry in entries) / count
    worst = max(entries, key=lambda entry: entry["energy_mJ_per_m2"])
    gain = max(entry["dislocation_gain"] for entry in entries)
    verdict = (
        f"perhaps not coherent: a misfit dislocation would relieve {significant(gain, 2)} times what it costs"
        if gain > 1.0
        else f"coherent: a misfit dislocation would relieve {significant(gain, 2)} of what it costs"
    )
    return Line(
        f"{many}{' – '.join(ends)}",
        f"{significant(worst['energy_mJ_per_m2'], 3)} mJ/m² "
        f"({significant(1e3 * worst['energy_eV_per_A2'], 2)} meV/Å²) of strain energy on {area:.1f} nm²\n"
        f"misfit {100.0 * abs(first['misfit']):.1f} %; {verdict}",
    )
