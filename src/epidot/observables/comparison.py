"""A computed spectrum against a measured one: peaks, widths, and the rigid shift that fits best.

Absorption has its first peak on a rising background: its width is twice the half width at half height on
the low-energy side, and where the background hides the maximum the peak is the shoulder, the first minimum
of the second derivative. Both spectra are read on one even grid after the same Gaussian smoothing, so that
noise makes no peaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.units import HC

_STEP: Final = 0.001
"""eV, of the grid."""
_SMOOTH: Final = 0.008
"""eV, standard deviation of the smoothing: a quarter of the narrowest line of an ensemble."""
_LEAST_RISE: Final = 0.03
"""Prominence of a peak, as a part of the spectrum's range."""
_REACH: Final = 0.1
"""eV: how far from that of the peaks the best shift is looked for."""
_LEAST_COVER: Final = 0.6
"""Part of the computed window that the measured points must cover."""


@final
@dataclass(frozen=True)
class Peak:
    """The first absorption peak or the emission peak.

    Attributes
    ----------
    energy : eV.
    height : in the unit of the spectrum.
    fwhm : eV; NaN where the spectrum ends before half height.
    shoulder : whether it is a shoulder and no maximum.
    """

    energy: float
    height: float
    fwhm: float
    shoulder: bool


@final
@dataclass(frozen=True, eq=False)
class Comparison:
    """A measured and a computed spectrum on energy axes (eV), each scaled to 1 at its peak.

    Attributes
    ----------
    kind : ``absorption`` (scaled at the first peak) or ``emission`` (at the maximum).
    measured_axis, measured : (point,).
    computed_axis, computed : (energy,).
    measured_peak, computed_peak : where, how wide, before scaling how high.
    best_shift : eV; added to computed energies it makes the correlation largest, within 0.1 eV of what
        brings the peaks together. NaN if the spectra do not overlap then.
    correlation : Pearson's, after that shift.
    rms : root mean square difference of the scaled spectra after that shift.
    """

    kind: str
    measured_axis: NDArray[Any]
    measured: NDArray[Any]
    computed_axis: NDArray[Any]
    computed: NDArray[Any]
    measured_peak: Peak
    computed_peak: Peak
    best_shift: float
    correlation: float
    rms: float

    @property
    def peak_shift(self) -> float:
        """Computed less measured peak, eV."""
        return self.computed_peak.energy - self.measured_peak.energy

    @property
    def peak_shift_nm(self) -> float:
        """Computed less measured peak, nm."""
        return HC / self.computed_peak.energy - HC / self.measured_peak.energy


def compare(
    kind: str,
    measured: tuple[NDArray[Any], NDArray[Any]],
    computed: tuple[NDArray[Any], NDArray[Any]],
    complete_to: float = float("inf"),
) -> Comparison:
    """Compare two spectra of one kind.

    Parameters
    ----------
    kind : ``absorption`` or ``emission``.
    measured, computed : energies (point,) in eV, ascending, and values (point,) in any unit each.
    complete_to : eV; the computed spectrum is drawn but not compared above.

    Raises
    ------
    InputError
        The measured spectrum has no peak in its range.
    """
    low = computed[0] <= complete_to
    if low.sum() < 3:
        low = np.ones(len(computed[0]), bool)
    axis, values = computed[0][low], computed[1][low]
    first = kind == "absorption"
    theirs, ours = peak(*measured, first=first), peak(axis, values, first=first)
    if theirs is None:
        raise InputError(
            "compare",
            f"{measured[0][0]:.2f} to {measured[0][-1]:.2f} eV",
            f"the measured {kind} has no peak or shoulder",
            "Give a spectrum that reaches over its first peak",
        )
    if ours is None:
        place = int(np.argmax(values))
        ours = Peak(float(axis[place]), float(values[place]), float("nan"), False)
    there, here = measured[1] / theirs.height, values / ours.height
    drawn = computed[1] / ours.height
    about = theirs.energy - ours.energy
    shift, correlation, rms = _best_shift((measured[0], there), (axis, here), about, first)
    return Comparison(kind, measured[0], there, computed[0], drawn, theirs, ours, shift, correlation, rms)


def peak(axis: NDArray[Any], values: NDArray[Any], *, first: bool) -> Peak | None:
    """The `first` peak or shoulder from low energy, or the highest peak; None without any.

    `axis` (point,) in eV, ascending but not even; `values` (point,).
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    grid = np.arange(axis[0], axis[-1] + 0.5 * _STEP, _STEP)
    if len(grid) < 5:
        return None
    raw = np.interp(grid, axis, values)
    curve = gaussian_filter1d(raw, _SMOOTH / _STEP, mode="nearest")
    found, _ = find_peaks(curve, prominence=_LEAST_RISE * np.ptp(curve))
    if len(found):
        place = int(found[0] if first else found[np.argmax(curve[found])])
        return _described(grid, (raw, curve), place, (first, False))
    if not first:
        return None
    bend = gaussian_filter1d(curve, 2.0 * _SMOOTH / _STEP, order=2, mode="nearest")
    found, _ = find_peaks(-bend, prominence=0.1 * np.ptp(bend))
    return _described(grid, (raw, curve), int(found[0]), (first, True)) if len(found) else None


def _described(
    grid: NDArray[Any], curves: tuple[NDArray[Any], NDArray[Any]], place: int, how: tuple[bool, bool]
) -> Peak:
    raw, curve = curves
    first, shoulder = how
    energy = float(grid[place])
    if not shoulder and 0 < place < len(grid) - 1:
        left, centre, right = curve[place - 1 : place + 2]
        bend = left - 2.0 * centre + right
        energy += _STEP * float(0.5 * (left - right) / bend) if bend < 0.0 else 0.0
    half = 0.5 * float(curve[place])
    below = _crossing(grid[: place + 1][::-1], curve[: place + 1][::-1], half)
    above = _crossing(grid[place:], curve[place:], half)
    width = 2.0 * (energy - below) if first else above - below
    # Smoothing by a Gaussian adds its own width in quadrature.
    own = _SMOOTH * np.sqrt(8.0 * np.log(2.0))
    width = float(np.sqrt(max(width**2 - own**2, 0.0))) if np.isfinite(width) else float("nan")
    return Peak(energy, _height(grid, raw, place), width, shoulder)


def _height(grid: NDArray[Any], raw: NDArray[Any], place: int) -> float:
    """Height of a peak without what smoothing takes from it: a parabola through the points about its top."""
    near = np.abs(grid - grid[place]) <= _SMOOTH
    return (
        float(np.polyfit(grid[near] - grid[place], raw[near], 2)[-1]) if near.sum() > 3 else float(raw[place])
    )


def _crossing(axis: NDArray[Any], values: NDArray[Any], level: float) -> float:
    """Where `values` first fall below `level`; NaN if they do not."""
    under = np.flatnonzero(values < level)
    if not len(under) or under[0] == 0:
        return float("nan")
    place = int(under[0])
    share = (values[place - 1] - level) / (values[place - 1] - values[place])
    return float(axis[place - 1] + share * (axis[place] - axis[place - 1]))


def _best_shift(
    measured: tuple[NDArray[Any], NDArray[Any]],
    computed: tuple[NDArray[Any], NDArray[Any]],
    about: float,
    first: bool,
) -> tuple[float, float, float]:
    """Shift (eV), correlation and root mean square difference; NaN where they overlap nowhere enough."""
    axis, ours = computed
    window = (float(axis[0]), float(axis[-1]))
    best = (float("nan"), float("nan"), float("nan"))
    grid = np.arange(measured[0][0], measured[0][-1], _STEP)
    theirs = np.interp(grid, *measured)
    for shift in np.arange(about - _REACH, about + _REACH + 0.5 * _STEP, _STEP):
        within = (grid >= window[0] + shift) & (grid <= window[1] + shift)
        # No light is emitted outside the computed axis; what is absorbed above it is not known.
        if within.sum() * _STEP < _LEAST_COVER * (window[1] - window[0]):
            continue
        chosen = within if first else np.ones(len(grid), bool)
        shifted = np.interp(grid[chosen] - shift, axis, ours, left=0.0, right=0.0)
        there = theirs[chosen]
        if np.ptp(shifted) <= 0.0 or np.ptp(there) <= 0.0:
            continue
        correlation = float(np.corrcoef(shifted, there)[0, 1])
        if not correlation <= best[1]:
            best = (float(shift), correlation, float(np.sqrt(np.mean(np.square(shifted - there)))))
    return best
