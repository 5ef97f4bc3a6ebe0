"""Exciton, trions and biexciton as a spectrometer tells them apart: binding, shift of the line, convergence.

The binding of X is against an electron and a hole that do not see each other, that of X−, X+ and XX against
the lowest X with what it gains (`Excitons.bindings`). Light comes from bright pairs, which exchange puts δ
above the lowest X. A trion leaves its third carrier behind and XX a bright X, so that their lines lie from
that of X at

    X−, X+:  E(X∓) − E(carrier) − (E_X + δ)      = −B − δ
    XX:      E(XX) − (E_X + δ) − (E_X + δ)       = −B − 2 δ

Negative is red. Energies are those of the largest active space in which a complex was computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import COLUMNS, Excitons

SETTLED: Final = 2e-3
"""eV: what changed by less when the active space last grew counts as converged."""
_FURTHER: Final = 2.0
"""Last changes that more states may still add: a sign that this would turn is not known."""
_PAIRS: Final = {"X": 0, "X-": 1, "X+": 1, "XX": 2}
"""How many bright pairs each line is measured against."""


@final
@dataclass(frozen=True)
class Complex:
    """One of X, X−, X+ and XX; energies in eV.

    Attributes
    ----------
    name : ``X``, ``X-``, ``X+`` or ``XX``.
    energy : lowest.
    binding : positive is bound.
    shift : of its photon against the bright line of X; NaN where no bright pair is known.
    electrons, holes : active space.
    change : of the binding when that space last grew; NaN if it never did.
    """

    name: str
    energy: float
    binding: float
    shift: float
    electrons: int
    holes: int
    change: float

    @property
    def settled(self) -> bool:
        """Whether the binding changed by less than `SETTLED`."""
        return abs(self.change) < SETTLED

    @property
    def verdict(self) -> str:
        """``bound``, ``unbound``, or ``undecided`` where twice the last change would turn it."""
        ahead = 0.0 if self.settled or np.isnan(self.change) else _FURTHER * self.change
        if self.binding * (self.binding + ahead) <= 0.0:
            return "undecided"
        return "bound" if self.binding > 0.0 else "unbound"


def complexes(excitons: Excitons, splitting: float) -> tuple[Complex, ...]:
    """What configuration interaction found, X first; empty for pairs that do not mix.

    Parameters
    ----------
    splitting : eV, δ of `fine_structure.dark_bright`.
    """
    if not len(excitons.convergence):
        return ()
    electron, hole, pair = excitons.convergence.T[:3]
    gains = np.column_stack([electron + hole - pair, excitons.bindings])
    found = [
        _complex(name, excitons, gain, splitting) for name, gain in zip(COLUMNS[2:], gains.T, strict=True)
    ]
    return tuple(one for one in found if one is not None)


def _complex(name: str, excitons: Excitons, gain: NDArray[Any], splitting: float) -> Complex | None:
    known = np.flatnonzero(np.isfinite(gain))
    if not len(known):
        return None
    last = known[-1]
    binding = float(gain[last])
    return Complex(
        name,
        float(excitons.convergence[last, COLUMNS.index(name)]),
        binding,
        0.0 if name == "X" else -binding - _PAIRS[name] * splitting,
        int(excitons.active_spaces[last, 0]),
        int(excitons.active_spaces[last, 1]),
        float(binding - gain[known[-2]]) if len(known) > 1 else float("nan"),
    )


def biexciton_shift(excitons: Excitons, splitting: float) -> float:
    """Of the biexciton's photon against that of X, eV, positive where two pairs repel; NaN if not known."""
    shifts = [one.shift for one in complexes(excitons, splitting) if one.name == "XX"]
    return shifts[0] if shifts else float("nan")
