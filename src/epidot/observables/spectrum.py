"""Spectra: lines at the pair energies, each a normalised Gaussian, and what is read off them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons

_MARGIN: Final = 3.0
_POINTS_PER_WIDTH: Final = 24
_SAME: Final = 1e-3
_REACH: Final = 7.0
"""Standard deviations beyond which a Gaussian is nothing: 2e-11 of its peak."""


def energy_axis(energies: NDArray[Any], fwhm: float, end: float = 0.0) -> NDArray[Any]:
    """Evenly spaced energies that hold all lines with three widths to spare; (energy,), eV.

    Parameters
    ----------
    energies : of the lines, any shape, eV.
    fwhm : full width at half maximum, eV.
    end : the axis reaches at least so far, eV.
    """
    low, high = energies.min() - _MARGIN * fwhm, max(energies.max() + _MARGIN * fwhm, end)
    return np.linspace(low, high, int(np.ceil((high - low) / fwhm * _POINTS_PER_WIDTH)) + 1)


def broadened(axis: NDArray[Any], energies: NDArray[Any], areas: NDArray[Any], fwhm: float) -> NDArray[Any]:
    """Σ of Gaussians of the given areas; (energy, ...), unit of the areas per eV.

    Parameters
    ----------
    axis : (energy,), eV, upwards.
    energies, areas : (line,) eV and (line, ...) any unit.
    fwhm : full width at half maximum, eV.
    """
    width = fwhm / np.sqrt(8.0 * np.log(2.0))
    first = np.searchsorted(axis, energies - _REACH * width)
    last = np.searchsorted(axis, energies + _REACH * width)
    found = np.zeros((len(axis), *areas.shape[1:]))
    for energy, area, start, stop in zip(energies, areas, first, last, strict=True):
        line = np.exp(-0.5 * ((axis[start:stop] - energy) / width) ** 2)
        found[start:stop] += np.multiply.outer(line, area)
    return found / (width * np.sqrt(2.0 * np.pi))


def complete_to(excitons: Excitons, shift: NDArray[Any] | float = 0.0) -> float:
    """Energy (eV) above which pairs with states that were not computed may absorb.

    The first electron state that is missing lies above the last computed one, whose lowest pair is
    with the first hole; and the same with the roles exchanged.

    Parameters
    ----------
    shift : (electron, 1), eV, what temperature adds to pairs with each electron.
    """
    pairs = excitons.first_order + shift
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
