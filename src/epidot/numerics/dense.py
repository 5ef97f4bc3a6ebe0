"""The same states from the dense matrix, for small systems: `numpy.linalg.eigh` knows the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.numerics.eigenpairs import Band, Eigenpairs, NoGapError, Target
from epidot.numerics.kramers import eigenpairs
from epidot.numerics.operator import BlockTetrahedral


def dense_bands(operator: BlockTetrahedral, target: Target, smallest_gap: float) -> Eigenpairs:
    """All states by dense diagonalisation, then those next to the gap nearest `target.gap`.

    The gap is the widest empty interval that meets the guess. Raises `NoGapError` if none there is as wide as
    `smallest_gap` (eV), `InputError` if a side holds fewer pairs than wanted.
    """
    matrix = operator.dense()
    rows = np.arange(len(matrix)).reshape(-1, 2)
    order = np.concatenate([rows[:, 0], rows[:, 1]])
    paired = matrix[np.ix_(order, order)]
    energies, (up, down) = eigenpairs(_kept_space(operator, paired))
    low, high = sorted(target.gap)
    opening, ending = energies[:-1], energies[1:]
    near = (ending > low) & (opening < high)
    widths = np.where(near, ending - opening, 0.0)
    place = int(np.argmax(widths)) + 1
    if widths[place - 1] < smallest_gap:
        state = [int(np.argmin(np.abs(energies - (low + high) / 2.0)))]
        band = _band(operator, paired, energies[state], np.concatenate([up, down])[:, state])
        weights = np.square(band.vectors[0]).sum(axis=(1, 2))
        raise NoGapError((low, high), smallest_gap, float(energies[state[0]]), weights)
    if place < target.below or operator.dimension // 2 - place < target.above:
        rule = f"the band above holds {operator.dimension // 2 - place} pairs, the one below {place}"
        raise InputError("number of states", (target.above, target.below), rule, "Ask for fewer states")
    vectors = np.concatenate([up, down])
    above = slice(place, place + target.above)
    below = np.arange(place - 1, place - 1 - target.below, -1)
    return Eigenpairs(
        _band(operator, paired, energies[above], vectors[:, above]),
        _band(operator, paired, energies[below], vectors[:, below]),
        0,
    )


def _kept_space(operator: BlockTetrahedral, paired: NDArray[Any]) -> NDArray[Any]:
    """The matrix with excluded vectors lifted above all states, where they count as no state."""
    top = 2.0 * float(np.abs(paired).sum(axis=1).max())
    size = operator.orbitals
    lift = np.einsum("ihp,ihq->ipq", operator.excluded, operator.excluded)
    full = np.zeros_like(paired)
    half = len(paired) // 2
    for atom in range(operator.atoms):
        here = slice(atom * size, (atom + 1) * size)
        full[here, here] = top * lift[atom]
    full[half:, half:] = full[:half, :half]
    return paired + full


def _band(operator: BlockTetrahedral, matrix: NDArray[Any], energies: NDArray[Any], v: NDArray[Any]) -> Band:
    residuals = np.linalg.norm(matrix @ v - v * energies, axis=0)
    split = v.reshape(2, operator.atoms, operator.orbitals, -1)
    parts = np.stack([split[0].real, split[0].imag, split[1].real, split[1].imag], axis=-2)
    outer = np.empty((v.shape[1], operator.atoms, operator.orbitals, 4))
    outer[:, operator.order] = np.moveaxis(parts, -1, 0)
    return Band(energies.copy(), outer, residuals)
