"""Spectra as other programs read them: CSV and JCAMP-DX, in the folder ``spectra`` of a run.

JCAMP-DX 4.24 (McDonald and Wilks, Appl. Spectrosc. 42, 151 (1988)): evenly spaced wavenumbers, the only unit
of energy that the format has, and ordinates as integers times YFACTOR.
"""

from __future__ import annotations

import dataclasses
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.observables import Optics
from epidot.records import whole
from epidot.units import HC

if TYPE_CHECKING:
    from epidot.pipeline.ensemble import Ensemble

KINDS: Final = ("absorption", "emission")
PER_EV: Final = 1e7 / HC
"""Wavenumber (1/cm) of 1 eV."""
_FIRST: Final = {"absorption": "extinction", "emission": "emission"}
_TITLES: Final = {"absorption": "oscillator strength per energy"}
_LARGEST: Final = 10**8
_LINE: Final = 76


def write_spectra(optics: Optics, name: str, folder: Path) -> list[Path]:
    """Write ``absorption`` and ``emission`` as ``.csv`` and ``.jdx`` into ``folder/spectra``; their paths.

    `name` is that of the particle.
    """
    written: list[Path] = []
    for kind in KINDS:
        written += _write(
            folder, kind, f"{name}, {kind}", (spectra(optics, kind), _remarks(optics, name, kind))
        )
    return written


def write_ensemble_spectra(many: Ensemble | None, name: str, folder: Path) -> list[Path]:
    """The same of the mean over an ensemble, ``ensemble-absorption`` and ``ensemble-emission``.

    Those of an earlier ensemble are taken away where there is none now.
    """
    if many is None:
        for old in (folder / "spectra").glob("ensemble-*"):
            old.unlink()
        return []
    written: list[Path] = []
    for kind, columns in ensemble_spectra(many).items():
        title = f"{name}, {kind}, mean of {len(many.rows)} particles"
        remarks = [
            f"{kind} of {name}, mean of {len(many.rows)} particles, computed by Epidot "
            f"{metadata.version('epidot')}",
            f"lines of {1e3 * many.broadening:.0f} meV full width at half maximum in each particle",
        ]
        if kind == "absorption":
            remarks.append(f"all transitions of all particles up to {many.complete_to:.3f} eV computed")
        written += _write(folder, f"ensemble-{kind}", title, (columns, remarks))
    return written


def _write(
    folder: Path, stem: str, title: str, told: tuple[dict[str, NDArray[Any]], list[str]]
) -> list[Path]:
    target = folder / "spectra"
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for ending, text in (("csv", _csv(*told)), ("jdx", jcamp(title, *told))):
        path = target / f"{stem}.{ending}"
        with whole(path) as partial:
            partial.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def ensemble_spectra(many: Ensemble) -> dict[str, dict[str, NDArray[Any]]]:
    """Columns of the mean absorption and emission, as of `spectra`; energies ascending."""
    shown = many.energy > 0.0
    axis = {"energy (eV)": many.energy[shown], "wavelength (nm)": HC / many.energy[shown]}
    return {
        "absorption": axis
        | {
            "extinction (1/(M cm))": many.extinction[shown],
            "cross section (nm^2)": many.cross_section[shown],
        },
        "emission": axis | {"emission (1/eV)": many.emission[shown]},
    }


def spectra(optics: Optics, kind: str) -> dict[str, NDArray[Any]]:
    """Columns of one kind, by name with unit: photon energy, wavelength, then every spectrum of the record.

    `kind` is ``absorption`` or ``emission``; (energy,) each, energy ascending. Oscillator strengths are NaN
    where states that were not computed have some too (above `Optics.complete_to`).
    """
    shown = optics.energy_axis > 0.0
    energy = optics.energy_axis[shown]
    columns = {"energy (eV)": energy, "wavelength (nm)": HC / energy}
    fields = [field for field in dataclasses.fields(optics) if field.metadata.get("dims") == ("energy",)]
    for field in sorted(fields, key=lambda field: field.name != _FIRST[kind]):
        if field.name != "energy_axis" and ("emission" in field.name) == (kind == "emission"):
            unit = field.metadata["unit"]
            title = _TITLES.get(field.name, field.name.replace("_", " "))
            values = getattr(optics, field.name)[shown]
            known = energy <= optics.complete_to if field.name == "absorption" else True
            columns[title + (f" ({unit})" if unit != "1" else "")] = np.where(known, values, np.nan)
    return columns


def _remarks(optics: Optics, name: str, kind: str) -> list[str]:
    line = f"lines of {1e3 * optics.broadening:.0f} meV full width at half maximum"
    found = [
        f"{kind} of {name}, computed by Epidot {metadata.version('epidot')}",
        f"{optics.temperature:g} K, {line}",
    ]
    if kind == "absorption":
        found.append(
            f"all transitions up to {optics.complete_to:.3f} eV computed, optical constants of the bulk above"
        )
    return found


def _csv(columns: dict[str, NDArray[Any]], remarks: list[str]) -> str:
    lines = [*(f"# {remark}" for remark in remarks), ",".join(columns)]
    lines += [",".join(f"{value:.8g}" for value in row) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


def jcamp(title: str, columns: dict[str, NDArray[Any]], remarks: list[str]) -> str:
    """The first spectrum of `columns` in JCAMP-DX 4.24; the energies (first column, eV) must be even."""
    wavenumber = PER_EV * np.asarray(columns["energy (eV)"])
    label = list(columns)[2]
    values = np.asarray(columns[label])
    factor = float(np.abs(values).max() or 1.0) / _LARGEST
    steps = np.rint(values / factor).astype(np.int64)
    header = {
        "TITLE": title.replace("\n", " "),
        "JCAMP-DX": "4.24",
        "DATA TYPE": "UV/VIS SPECTRUM",
        "ORIGIN": f"Epidot {metadata.version('epidot')}, computed",
        "OWNER": "public domain",
        "COMMENT": "; ".join([f"ordinate: {label}", *remarks]),
        "XUNITS": "1/CM",
        "YUNITS": "ARBITRARY UNITS",
        "FIRSTX": f"{wavenumber[0]:.6f}",
        "LASTX": f"{wavenumber[-1]:.6f}",
        "MAXX": f"{wavenumber.max():.6f}",
        "MINX": f"{wavenumber.min():.6f}",
        "MAXY": f"{values.max():.9g}",
        "MINY": f"{values.min():.9g}",
        "XFACTOR": "1.0",
        "YFACTOR": f"{factor:.12g}",
        "NPOINTS": str(len(values)),
        "FIRSTY": f"{factor * steps[0]:.9g}",
        "DELTAX": f"{(wavenumber[-1] - wavenumber[0]) / (len(values) - 1):.9f}",
        "XYDATA": "(X++(Y..Y))",
    }
    lines = [f"##{key}={value}" for key, value in header.items()]
    return "\n".join([*lines, *_rows(wavenumber, steps), "##END="]) + "\n"


def _rows(abscissa: NDArray[Any], ordinates: NDArray[np.int64]) -> list[str]:
    """Lines of at most 76 characters, each with the abscissa of its first ordinate."""
    rows: list[str] = []
    line = ""
    for place, value in zip(abscissa, ordinates, strict=True):
        if line and len(line) + 1 + len(str(value)) <= _LINE:
            line += f" {value}"
            continue
        if line:
            rows.append(line)
        line = f"{place:.6f} {value}"
    return [*rows, line]
