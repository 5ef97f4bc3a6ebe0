"""A run beside measured spectra: what `epidot run --compare` adds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from epidot.observables.comparison import Comparison, compare
from epidot.pipeline.measured import MeasuredFile, read_measured
from epidot.pipeline.run import Run


@final
@dataclass(frozen=True, eq=False)
class Compared:
    """A measured file, and each of its spectra beside the computed one.

    `of` says what was computed: ``one particle`` or ``mean of 12 particles``.
    """

    file: MeasuredFile
    comparisons: tuple[Comparison, ...]
    of: str


def with_measured(run: Run, measured: MeasuredFile | Path | str) -> Run:
    """The run with `Run.compared`, ``summary["compare"]`` and the file's hash in its provenance.

    Raises
    ------
    InputError
        As `read_measured`; a measured spectrum without a peak.
    """
    file = measured if isinstance(measured, MeasuredFile) else read_measured(measured)
    many, optics = run.ensemble, run.optics
    source, axis = (many, many.energy) if many else (optics, optics.energy_axis)
    computed = {"absorption": source.cross_section, "emission": source.emission}
    found = tuple(
        compare(
            spectrum.kind,
            (spectrum.energy, spectrum.value),
            (axis, computed[spectrum.kind]),
            source.complete_to if spectrum.kind == "absorption" else float("inf"),
        )
        for spectrum in file.spectra
    )
    compared = Compared(file, found, f"mean of {len(many.rows)} particles" if many else "one particle")
    return dataclasses.replace(
        run,
        compared=compared,
        summary=run.summary | {"compare": _summary(compared)},
        provenance=run.provenance | {"compare": {"file": file.name, "sha256": file.sha256}},
    )


def _summary(compared: Compared) -> dict[str, Any]:
    file = compared.file
    return {
        "file": file.name,
        "sha256": file.sha256,
        "computed": compared.of,
        "notes": list(file.notes),
    } | {comparison.kind: _numbers(comparison) for comparison in compared.comparisons}


def _numbers(found: Comparison) -> dict[str, Any]:
    theirs, ours = found.measured_peak, found.computed_peak
    return {
        "points": len(found.measured),
        "scaled_at": "first peak" if found.kind == "absorption" else "maximum",
        "measured_peak_eV": theirs.energy,
        "computed_peak_eV": ours.energy,
        "peak_shift_meV": 1e3 * found.peak_shift,
        "peak_shift_nm": found.peak_shift_nm,
        "peak_is_shoulder": theirs.shoulder,
        "measured_fwhm_meV": 1e3 * theirs.fwhm,
        "computed_fwhm_meV": 1e3 * ours.fwhm,
        "fwhm_difference_meV": 1e3 * (ours.fwhm - theirs.fwhm),
        "best_shift_meV": 1e3 * found.best_shift,
        "correlation": found.correlation,
        "rms": found.rms,
    }
