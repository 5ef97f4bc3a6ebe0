"""Measured spectra from text files: which column is what, in which unit, told by the header.

Instruments write what they like around the table; the table is the first run of rows that hold numbers
only, its header the line before it, with one line more where names and units stand apart, or the last
comment. The separator (tab, semicolon, comma, spaces) and the decimal sign are those that make numbers of
the first row.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.units import HC

LEAST_POINTS: Final = 8
ABSORPTION: Final = "absorption"
EMISSION: Final = "emission"

_COMMENTS: Final = ("#", "%", "!", "//")
_MISSING: Final = ("", "nan", "na", "n/a", "--")
_UNDERSTOOD: Final = (
    "wavelength (nm, µm, Å), energy (eV, meV) or wavenumber (1/cm); absorbance, absorption, extinction, OD; "
    "PL, emission, fluorescence, intensity, counts"
)
_AXES: Final[dict[str, tuple[str, ...]]] = {
    "wavelength": ("wavelength", "lambda", "λ", "wl"),
    "wavenumber": ("wavenumber", "wave number"),
    "energy": ("photon energy", "energy", "e", "hν", "hv"),
}
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    ABSORPTION: (
        "absorbance",
        "absorption",
        "absorption coefficient",
        "absorption cross-section",
        "abs",
        "extinction",
        "molar extinction",
        "optical density",
        "od",
        "ε",
    ),
    EMISSION: (
        "pl",
        "pl intensity",
        "photoluminescence",
        "photoluminescence intensity",
        "emission",
        "emission intensity",
        "fluorescence",
        "fluorescence intensity",
        "intensity",
        "counts",
        "s1",
    ),
}
_NAMES: Final = {name: kind for table in (_AXES, _VALUES) for kind, names in table.items() for name in names}
_TO_EV: Final[dict[str, dict[str, Callable[[Any], Any]]]] = {
    "wavelength": {
        "nm": lambda value: HC / value,
        "nm.": lambda value: HC / value,
        "µm": lambda value: 1e-3 * HC / value,
        "um": lambda value: 1e-3 * HC / value,
        "å": lambda value: 10.0 * HC / value,
        "angstrom": lambda value: 10.0 * HC / value,
    },
    "wavenumber": {
        name: lambda value: 1e-7 * HC * value for name in ("1/cm", "cm-1", "cm^-1", "cm⁻¹", "cm−1")
    },
    "energy": {"ev": lambda value: value, "mev": lambda value: 1e-3 * value},
}
_LIKELY: Final = {"wavelength": ("nm", 100.0, 5000.0), "energy": ("ev", 0.2, 12.0)}
"""Unit of an axis without one, and the values that can be meant in it only."""
_UNIT: Final = re.compile(r"^(.*?)\s*(?:[\[(]\s*(.*?)\s*[\])]|/\s*(\S+)|,\s*(\S+)|_(nm|ev|mev))?\s*$", re.I)


@final
@dataclass(frozen=True, eq=False)
class Measured:
    """One measured spectrum.

    Attributes
    ----------
    kind : ``absorption`` or ``emission``.
    column : name of its column in the file.
    energy : (point,), eV, ascending.
    value : (point,), in the file's unit; emission over wavelength is turned into emission per energy.
    """

    kind: str
    column: str
    energy: NDArray[Any]
    value: NDArray[Any]


@final
@dataclass(frozen=True)
class MeasuredFile:
    """The spectra of a file, the SHA-256 of its bytes, and what was done to them (sentences)."""

    name: str
    sha256: str
    spectra: tuple[Measured, ...]
    notes: tuple[str, ...]


@final
@dataclass(frozen=True)
class _Column:
    name: str
    kind: str
    """A key of `_AXES` or of `_VALUES`; empty where it is not understood."""
    unit: str


def read_measured(path: Path | str) -> MeasuredFile:
    """Read a measured spectrum: columns for wavelength or energy, and absorbance or PL.

    Header by name and unit (``Wavelength (nm)``, ``Energy / eV``, ``Absorbance``, ``PL``); commas,
    semicolons, tabs or spaces; decimal points or commas; lines that begin with # % ! or // are comments.
    Intensity over wavelength is multiplied by λ²/hc, so that it is per energy as the computed one (Mooney
    and Kambhampati, J. Phys. Chem. Lett. 4, 3316 (2013)).

    Raises
    ------
    InputError
        A file that cannot be read, without a table, with columns that are not understood (names those found
        and those understood), with values that make no sense, or with too few points.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = "is a folder" if path.is_dir() else f"cannot be read ({error.strerror})"
        raise InputError("compare", path, what, "Give a text file with a measured spectrum") from error
    header, rows, notes = _table(path, _text(raw, path))
    columns = [_column(name) for name in header]
    axis = _axis(path, columns)
    energy = _energies(path, columns[axis], rows[:, axis], notes)
    over_wavelength = columns[axis].kind == "wavelength"
    spectra: list[Measured] = []
    for kind in _VALUES:
        place = _place(path, columns, kind)
        if place is not None:
            spectra.append(_spectrum(path, columns[place], energy, rows[:, place], (over_wavelength, notes)))
    if not spectra:
        raise _not_understood(path, columns, "has no column of absorption or emission")
    ignored = [column.name for column in columns if not column.kind]
    if ignored:
        notes.append(f"Columns not understood and not used: {', '.join(ignored)}.")
    return MeasuredFile(path.name, hashlib.sha256(raw).hexdigest(), tuple(spectra), tuple(notes))


def _text(raw: bytes, path: Path) -> str:
    marks = (b"\xff\xfe", b"\xfe\xff")
    # Western instruments write Latin-1 where they do not write Unicode; every byte has a letter there.
    for encoding in ("utf-16",) if raw.startswith(marks) else ("utf-8-sig", "latin-1"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InputError("compare", path, "is not text", "Export the spectrum as text (CSV)")


def _table(path: Path, text: str) -> tuple[list[str], NDArray[Any], list[str]]:
    """Names of the columns, (row, column) numbers with NaN where one is missing, and notes."""
    lines = text.splitlines()
    found = next(((place, form) for place, line in enumerate(lines) if (form := _form(line))), None)
    if found is None:
        raise InputError(
            "compare",
            path,
            "holds no table of numbers",
            "Give columns such as wavelength (nm) and absorbance",
        )
    start, form = found
    width = len(form.cells(lines[start]))
    rows: list[list[float]] = []
    end = start
    while end < len(lines):
        numbers = form.numbers(lines[end], width)
        if numbers is not None:
            rows.append(numbers)
        elif lines[end].strip() and not _comment(lines[end]):
            break
        end += 1
    later = [place for place in range(end, len(lines)) if form.numbers(lines[place], width) is not None]
    if len(later) > 1:
        rule = f"line {end + 1} ({lines[end].strip()[:40]!r}) holds no row of {width} numbers"
        raise InputError("compare", path, rule, "Correct the line, or begin it with #")
    notes = [f"Text after the table (from line {end + 1}) is not used."] if end < len(lines) else []
    return _header(path, lines[:start], form, width), np.array(rows), notes


@final
@dataclass(frozen=True)
class _Form:
    """How a table is written: separator (None: spaces) and decimal sign."""

    separator: str | None
    decimal: str

    def cells(self, line: str) -> list[str]:
        cells = self._split(line)
        # Many programs end a row with a separator.
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        return cells

    def _split(self, line: str) -> list[str]:
        return [cell.strip().strip('"').strip() for cell in line.strip("\r\n ").split(self.separator)]

    def numbers(self, line: str, width: int) -> list[float] | None:
        """The numbers of a row; None if it is not a row of the table."""
        if not line.strip() or len(self.cells(line)) > width or len(self._split(line)) < min(width, 2):
            return None
        cells = self.cells(line)
        values = [self._number(cell) for cell in cells + [""] * (width - len(cells))]
        return None if any(value is None for value in values) else [value or 0.0 for value in values]

    def _number(self, cell: str) -> float | None:
        if cell.lower() in _MISSING:
            return math.nan
        try:
            return float(cell.replace(",", ".") if self.decimal == "," else cell)
        except ValueError:
            return None


def _form(line: str) -> _Form | None:
    """How a line is written if it is a row of at least two numbers."""
    for separator in ("\t", ";", ",", None):
        for decimal in (".", ",") if separator != "," else (".",):
            form = _Form(separator, decimal)
            numbers = form.numbers(line, len(form.cells(line)))
            if numbers is not None and np.isfinite(numbers).sum() >= 2:
                return form
    return None


def _comment(line: str) -> bool:
    return line.lstrip().startswith(_COMMENTS)


def _header(path: Path, before: list[str], form: _Form, width: int) -> list[str]:
    """Names of the columns, from the lines before the table."""
    written = [line for line in before if line.strip() and not _comment(line)]
    candidates = [form.cells(line) for line in written[:-3:-1]]
    candidates = [(cells + [""] * width)[:width] for cells in candidates if len(cells) <= width]
    if len(candidates) == 2:
        candidates.append(
            [f"{name} ({unit})" if unit else name for unit, name in zip(*candidates, strict=True)]
        )
    comments = [re.sub(r"^\s*[#%!/]+\s*", "", line) for line in before if _comment(line)]
    candidates += [form.cells(line) for line in comments[::-1]]
    # A heading may be written with commas over columns apart by spaces, and units stand a space apart.
    for line in (*written[::-1], *comments[::-1]):
        candidates += [_Form(",", ".").cells(line), form.cells(re.sub(r"\s+(?=[\[(])", "", line))]
    fitting = [cells for cells in candidates if len(cells) == width]
    best = max(fitting, key=lambda cells: sum(bool(_column(cell).kind) for cell in cells), default=None)
    if best is None:
        rule = f"has {width} columns of numbers without a header line that names them"
        raise InputError(
            "compare", path, rule, f"Write a first line with the names. Understood: {_UNDERSTOOD}"
        )
    return best


def _column(text: str) -> _Column:
    """What a column is, from its heading."""
    match = _UNIT.match(text)
    name, *units = match.groups() if match else (text, None)
    unit = next((unit for unit in units if unit), "").strip().lower().replace("\u03bc", "µ")
    plain = re.sub(r"[\s_]+", " ", name or "").strip().strip(".").lower()
    kind = _NAMES.get(plain, "")
    if not kind and (bare := next((axis for axis, known in _TO_EV.items() if plain in known), "")):
        return _Column(text, bare, plain)
    words = plain.split(" ")
    if not kind and len(words) == 2 and words[0] in _NAMES and words[1] in _TO_EV.get(_NAMES[words[0]], {}):
        return _Column(text, _NAMES[words[0]], words[1])
    return _Column(text, kind, unit)


def _not_understood(path: Path, columns: list[_Column], rule: str) -> InputError:
    found = ", ".join(column.name or "(no name)" for column in columns)
    return InputError("compare", path, f"{rule}; its columns are: {found}", f"Understood are {_UNDERSTOOD}")


def _axis(path: Path, columns: list[_Column]) -> int:
    places = [place for place, column in enumerate(columns) if column.kind in _AXES]
    if not places:
        raise _not_understood(path, columns, "has no column of wavelength or energy")
    # Energy and wavelength side by side tell the same; the first will do.
    return places[0]


def _place(path: Path, columns: list[_Column], kind: str) -> int | None:
    places = [place for place, column in enumerate(columns) if column.kind == kind]
    if len(places) > 1:
        names = ", ".join(columns[place].name for place in places)
        raise InputError("compare", path, f"has {len(places)} columns of {kind}: {names}", "Keep one of them")
    return places[0] if places else None


def _energies(path: Path, column: _Column, values: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    """Photon energies (eV) of the rows; NaN where the row has none."""
    known = values[np.isfinite(values)]
    unit = column.unit
    if not unit and column.kind in _LIKELY and len(known):
        likely, low, high = _LIKELY[column.kind]
        if low <= known.min() and known.max() <= high:
            unit = likely
            meant = "eV" if unit == "ev" else unit
            notes.append(f"Column {column.name} names no unit; its values can be {meant} only.")
    if unit not in _TO_EV[column.kind]:
        rule = f"column {column.name!r} has " + (f"the unit {unit!r}" if unit else "no unit")
        units = ", ".join(_TO_EV[column.kind])
        raise InputError("compare", path, rule, f"Write one of {units} in brackets behind the name")
    if len(known) and known.min() <= 0.0:
        rule = f"column {column.name!r} holds {known.min():g}"
        raise InputError(
            "compare", path, rule, "Wavelengths and photon energies are positive; check the columns"
        )
    return _TO_EV[column.kind][unit](values)


def _spectrum(
    path: Path, column: _Column, energy: NDArray[Any], value: NDArray[Any], how: tuple[bool, list[str]]
) -> Measured:
    over_wavelength, notes = how
    there = np.isfinite(energy) & np.isfinite(value)
    if not there.all():
        notes.append(
            f"{int((~there).sum())} of {len(there)} rows without a number in {column.name} are left out."
        )
    energy, value = energy[there], value[there]
    if len(energy) < LEAST_POINTS:
        rule = f"has {len(energy)} points of {column.name}, at least {LEAST_POINTS} are needed"
        raise InputError("compare", path, rule, "Give the whole spectrum")
    steps = np.diff(energy)
    if not ((steps > 0).all() or (steps < 0).all()):
        notes.append(
            f"Points of {column.name} were not in order or given twice; they are sorted, equal ones averaged."
        )
    places, owner = np.unique(energy, return_inverse=True)
    value = np.bincount(owner, value) / np.bincount(owner)
    if np.ptp(value) <= 0.0:
        raise InputError("compare", path, f"{column.name} is {value[0]:g} everywhere", "Check the columns")
    if column.kind == EMISSION and over_wavelength:
        notes.append(f"{column.name} over wavelength is multiplied by λ² to be per energy.")
        value = value * HC / places**2
    return Measured(column.kind, column.name, places, value)
