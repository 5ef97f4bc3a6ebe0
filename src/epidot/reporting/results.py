"""What the report states in numbers: key tiles and the table of results, from ``summary.json``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from epidot.reporting.carriers import Carrier
from epidot.reporting.numbers import duration, fixed, percent, quantity, significant
from epidot.reporting.reading import Reading
from epidot.reporting.words import home
from epidot.units import HC

_RELAX: Final = "valence force field (Keating)"
_STATES: Final = "single-particle states"
_FIELDS: Final = "potentials on the atoms"
_PAIRS: Final = "electron–hole pairs"
_LIGHT: Final = "dipole transitions"
_GAIN: Final = "occupied edge states and the biexciton's shift"
_AUGER: Final = "volume of the carriers, good to a factor of 3"
_MANY: Final = "particles of drawn sizes"
_MEASURED: Final = "computed less measured"


@dataclass(frozen=True)
class Row:
    """A line of the table: what, value, unit, uncertainty interval (or empty), method."""

    what: str
    value: str
    unit: str
    interval: str
    method: str


@dataclass(frozen=True)
class Tile:
    """A key number: label, value with unit, and what stands under it."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class _Entry:
    what: str
    key: str
    unit: str
    digits: int
    method: str
    noise: float = 1e-12
    """Smaller values are rounding and read as 0."""


_ENTRIES: Final = (
    _Entry("Shortest bond, relaxed", "strain.min_bond_A", "Å", 4, _RELAX),
    _Entry("Longest bond, relaxed", "strain.max_bond_A", "Å", 4, _RELAX),
    _Entry("Strain energy", "strain.energy_eV", "eV", 4, _RELAX),
    _Entry("Largest force left", "strain.max_force_eV_per_A", "eV/Å", 2, _RELAX),
    _Entry("Lowest electron level", "states.electron_eV", "eV", 4, _STATES),
    _Entry("Highest hole level", "states.hole_eV", "eV", 4, _STATES),
    _Entry("Single-particle gap", "states.gap_eV", "eV", 4, _STATES),
    _Entry("Largest residual", "states.max_residual_eV", "eV", 2, _STATES),
    _Entry("Applied field", "fields.applied_kV_per_cm", "kV/cm", 3, _FIELDS),
    _Entry("Mean of it inside", "fields.inside_kV_per_cm", "kV/cm", 3, _FIELDS),
    _Entry("Span of the field's potential", "fields.field_span_eV", "eV", 3, _FIELDS),
    _Entry("Span of the polarisation's potential", "fields.polarisation_span_eV", "eV", 3, _FIELDS),
    _Entry("Span of the ligands' potential", "fields.ligands_span_eV", "eV", 3, _FIELDS),
    _Entry("Lowest pair state", "excitons.ground_eV", "eV", 4, _PAIRS),
    _Entry("Binding energy of the pair", "excitons.binding_eV", "eV", 3, _PAIRS),
    _Entry("Dielectric constant inside", "excitons.dielectric_inside", "", 3, _PAIRS),
    _Entry("Dielectric constant outside", "excitons.dielectric_outside", "", 3, _PAIRS),
    _Entry("Bright–dark splitting", "excitons.dark_bright_meV", "meV", 3, _PAIRS),
    _Entry("Absorption edge", "optics.absorption_edge_eV", "eV", 4, _LIGHT),
    _Entry("First absorption peak", "optics.first_peak_eV", "eV", 4, _LIGHT),
    _Entry("Emission energy", "optics.emission_eV", "eV", 4, _LIGHT),
    _Entry("Radiative lifetime", "optics.radiative_lifetime_ns", "ns", 3, _LIGHT),
    _Entry("Shift of the biexciton's line", "optics.biexciton_shift_meV", "meV", 3, _PAIRS),
    _Entry("Threshold of gain, pairs per particle", "optics.gain_threshold_pairs", "", 3, _GAIN),
    _Entry("Auger lifetime of a biexciton, estimate", "optics.auger_lifetime_ps", "ps", 2, _AUGER),
    _Entry("Electron–hole overlap", "optics.overlap", "", 3, _PAIRS),
    _Entry("Linear polarisation of the emission", "optics.polarisation", "", 2, _LIGHT, 1e-4),
    _Entry("Mean emission energy of the ensemble", "ensemble.emission_eV.mean", "eV", 4, _MANY),
    _Entry("Its standard deviation", "ensemble.emission_eV.sd", "eV", 2, _MANY),
    _Entry("Width of the ensemble's emission", "ensemble.emission_fwhm_meV", "meV", 3, _MANY),
    _Entry("Inhomogeneous part of it", "ensemble.inhomogeneous_fwhm_meV", "meV", 3, _MANY),
    _Entry("Shift of the first absorption peak", "compare.absorption.peak_shift_meV", "meV", 3, _MEASURED),
    _Entry("The same as wavelength", "compare.absorption.peak_shift_nm", "nm", 3, _MEASURED),
    _Entry("Difference of its width", "compare.absorption.fwhm_difference_meV", "meV", 2, _MEASURED),
    _Entry("Shift of the emission peak", "compare.emission.peak_shift_meV", "meV", 3, _MEASURED),
    _Entry("The same as wavelength", "compare.emission.peak_shift_nm", "nm", 3, _MEASURED),
    _Entry("Difference of its width", "compare.emission.fwhm_difference_meV", "meV", 2, _MEASURED),
)


def lookup(summary: dict[str, Any], key: str) -> Any:
    """The value at a dotted key, or None."""
    found: Any = summary
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def interval(summary: dict[str, Any], key: str) -> tuple[float, float] | None:
    """Uncertainty of a dotted key, if the summary has one (under the whole key or its last part)."""
    table = summary.get("uncertainty") or {}
    found = table.get(key) or table.get(key.rsplit(".", 1)[-1])
    return (float(found[0]), float(found[1])) if found else None


def _between(ends: list[str], word: str) -> str:
    """Both ends of an interval; nothing where they read the same."""
    return word.join(ends) if len(set(ends)) > 1 else ""


def rows(summary: dict[str, Any]) -> list[Row]:
    """The table of results: every entry that the summary has."""
    table: list[Row] = []
    for entry in _ENTRIES:
        found = lookup(summary, entry.key)
        value = found[0] if isinstance(found, list) and found else found
        if not isinstance(value, (int, float)) or math.isnan(value):
            continue
        spread = interval(summary, entry.key)
        text = _between([significant(end, entry.digits) for end in spread or ()], " to ")
        shown = significant(value if abs(value) >= entry.noise else 0.0, entry.digits)
        table.append(Row(entry.what, shown, entry.unit, text, entry.method))
    return table


def tiles(reading: Reading) -> list[Tile]:
    """The key numbers at the head of the report."""
    optics, summary = reading.run.optics, reading.run.summary
    found: list[Tile] = []
    if optics.emission_energy > 0.0:
        energy, reach = optics.emission_energy, interval(summary, "optics.emission_eV")
        note = _between([fixed(end, 2) for end in reach or ()], " and ")
        found.append(
            Tile(
                "Emission",
                quantity(fixed(energy, 3), "eV"),
                f"between {quantity(note, 'eV')}" if note else "",
            )
        )
        ends = reach[::-1] if reach and min(reach) > 0 else ()
        note = _between([fixed(HC / end, 0) for end in ends], " and ")
        value = quantity(fixed(HC / energy, 0), "nm")
        found.append(Tile("Wavelength", value, f"between {quantity(note, 'nm')}" if note else ""))
    reach = interval(summary, "optics.radiative_lifetime_ns")
    note = _between([duration(end) for end in reach or ()], " to ")
    found.append(Tile("Radiative lifetime", duration(optics.radiative_lifetime), note))
    found.append(
        Tile("Alignment", optics.alignment, f"electron–hole overlap {significant(optics.overlap, 2)}")
    )
    binding = lookup(summary, "excitons.binding_eV")
    if isinstance(binding, (int, float)):
        note = "the self-energies outweigh the attraction" if binding < 0.0 else ""
        found.append(Tile("Pair binding", quantity(fixed(1000.0 * binding, 0), "meV"), note))
    return [*found, _home_tile(reading, reading.electron), _home_tile(reading, reading.hole)]


def _home_tile(reading: Reading, carrier: Carrier) -> Tile:
    place, share = home(reading.structure, carrier)
    return Tile(carrier.name.capitalize(), percent(share), f"in the {place}")
