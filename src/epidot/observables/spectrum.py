"""Spectra: lines at the pair energies, each a normalised Gaussian, and what is read off them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons

_MARGIN: Final = 3.0
_POINTS_PER_WIDTH: Final = 24
_SAME: Final = 1e-3


def energy_axis(energies: NDArray[Any], fwhm: float) -> NDArray[Any]:
    """Evenly spaced energies that hold all lines with three widths to spare; (energy,), eV."""
    low, high = energies.min() - _MARGIN * fwhm, energies.max() + _MARGIN * fwhm
    return np.linspace(low, high, int(np.ceil((high - low) / fwhm * _POINTS_PER_WIDTH)) + 1)


def broadened(axis: NDArray[Any], energies: NDArray[Any], areas: NDArray[Any], fwhm: float) -> NDArray[Any]:
    """Σ of Gaussians of the given areas; (energy,), 1/eV for dimensionless areas.

    Parameters
    ----------
    axis : (energy,), eV.
    energies, areas : (line,), eV and any unit.
    fwhm : full width at half maximum, eV.
    """
    width = fwhm / np.sqrt(8.0 * np.log(2.0))
    lines = np.exp(-0.5 * ((axis[:, None] - energies) / width) ** 2)
    return lines @ areas / (width * np.sqrt(2.0 * np.pi))


def complete_to(excitons: Excitons) -> float:
    """Energy (eV) above which pairs with states that were not computed may absorb.

    The first electron state that is missing lies above the last computed one, whose lowest pair is
    with the first hole; and the same with the roles exchanged.
    """
    pairs = excitons.first_order
    return float(min(pairs[-1].min(), pairs[:, -1].min()))


def _multiplets(energies: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([[0], np.cumsum(np.diff(energies) > _SAME)])


def same_multiplet(energies: NDArray[Any], energy: float) -> NDArray[Any]:
    """Whether each pair state belongs to the multiplet nearest to `energy`; (exciton,), lowest first."""
    group = _multiplets(energies)
    return group == group[int(np.argmin(np.abs(energies - energy)))]


def absorption_edge(energies: NDArray[Any], strengths: NDArray[Any], visible: float) -> float:
    """Mean energy (eV) of the lowest multiplet with `visible` of the strength of the strongest one.

    Pair states less than 1 meV apart in energy count as one multiplet, because only the sum of the
    strengths of degenerate states has a meaning.

    Parameters
    ----------
    energies, strengths : (exciton,), eV and dimensionless, lowest energy first.
    """
    group = _multiplets(energies)
    sums = np.bincount(group, weights=strengths)
    chosen = group == int(np.argmax(sums >= visible * sums.max()))
    weights = strengths[chosen] if strengths[chosen].sum() > 0.0 else np.ones(int(chosen.sum()))
    return float(np.average(energies[chosen], weights=weights))


def first_peak(axis: NDArray[Any], spectrum: NDArray[Any], visible: float) -> float:
    """Energy (eV) of the first local maximum of at least `visible` of the highest.

    Between grid points by the parabola through the three highest points of the peak.
    """
    middle = spectrum[1:-1]
    peaks = (middle > spectrum[:-2]) & (middle >= spectrum[2:]) & (middle >= visible * spectrum.max())
    place = int(np.argmax(peaks)) + 1 if peaks.any() else int(np.argmax(spectrum[1:-1])) + 1
    left, centre, right = spectrum[place - 1 : place + 2]
    curvature = left - 2.0 * centre + right
    shift = 0.5 * (left - right) / curvature if curvature < 0.0 else 0.0
    return float(axis[place] + shift * (axis[1] - axis[0]))
