"""In which segments the electron and the hole of a pair state are found together.

By symmetry a state of an ideal tetrapod spreads over all arms. What Coulomb attraction localises is one
carrier given the other: P(s, t), the probability of the electron in segment s and the hole in segment t, is
not the product of its margins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons


@final
@dataclass(frozen=True, eq=False)
class Together:
    """P(s, t) and what follows from it."""

    joint: NDArray[Any]
    """(segment of the electron, segment of the hole); 1 in all."""

    @property
    def same(self) -> float:
        """Probability of both in one segment, Σ_s P(s, s)."""
        return float(np.trace(self.joint))

    @property
    def same_by_chance(self) -> float:
        """What it would be without correlation, Σ_s P_e(s) P_h(s)."""
        return float(self.joint.sum(axis=1) @ self.joint.sum(axis=0))

    @property
    def hole_segments(self) -> float:
        """Over how many segments the hole spreads, 1/Σ_t P_h(t)²."""
        return float(1.0 / np.square(self.joint.sum(axis=0)).sum())

    @property
    def hole_segments_given_electron(self) -> float:
        """The same once the electron's segment is known, averaged over the electron."""
        electron = self.joint.sum(axis=1)
        there = electron > 1e-12
        given = self.joint[there] / electron[there, None]
        return float(electron[there] @ (1.0 / np.square(given).sum(axis=1)) / electron[there].sum())


def together(excitons: Excitons, weights: NDArray[Any]) -> Together:
    """Where electron and hole are at once, in a mixture of pair states.

    Parameters
    ----------
    weights : (exciton,), 1 in all; those of whole multiplets, else the basis chosen in one matters.
    """
    states = excitons.states
    segment, count = states.relaxed.structure.segment, len(states.relaxed.structure.segments)
    electrons = _within(states.electron_coefficients, segment, count)
    # n_h = Σ ρ_ba d†_a d_b: a hole's density is that of the valence state the other way round.
    holes = _within(states.hole_coefficients, segment, count).swapaxes(1, 2)
    kept = weights > 1e-9 * weights.max()
    amplitudes = excitons.complex_amplitudes[kept]
    by_electron = np.einsum("sef,xfh->sxeh", electrons, amplitudes, optimize=True)
    mixed = np.einsum("x,xeh,sxek->shk", weights[kept], amplitudes.conj(), by_electron, optimize=True)
    joint = np.einsum("shk,thk->st", mixed, holes, optimize=True).real
    return Together(joint / joint.sum())


def _within(coefficients: NDArray[Any], segment: NDArray[Any], count: int) -> NDArray[Any]:
    """⟨a|b⟩ over the atoms of each segment, (segment, a, b), complex."""
    found: list[NDArray[Any]] = []
    for place in range(count):
        local = coefficients[:, segment == place].reshape(len(coefficients), -1, 2)
        flat = local[..., 0] + 1j * local[..., 1].astype(np.float64)
        found.append(flat.conj() @ flat.T)
    return np.array(found)
