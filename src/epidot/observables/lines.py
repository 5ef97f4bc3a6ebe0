"""Energies and lines at a temperature.

* Gap: each compound's gap follows Varshni from the temperature of the tight-binding set; the whole change is
  one of its conduction band, as in the table of offsets, which keeps valence bands where they are. In first
  order an electron level moves with its population on the atoms of the compound, ΔE_e = Σ_a ρ_e(a) ΔE_g(a).
  Between two compounds the conduction offset so changes with temperature by the difference of their gaps'.
* Replicas: a pair that shifts the equilibrium of the LO phonons of compound c by the Huang–Rhys factor S_c
  has lines at E ± pħω_c with thermal Franck–Condon weights, the difference of two Poisson numbers of means
  S(n̄ + 1) and S n̄ (Huang and Rhys, Proc. R. Soc. A 204, 406 (1950)); + in absorption, − in emission. Computed
  energies are those of the lines without phonons, because the gaps they rest on are. S is that of a pair in
  the compound, weighted with half the sum of the populations of electron and hole.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.structure.structure import Structure

Array = NDArray[Any]

_MOST: Final = 12
"""Phonons given or taken at once."""
_FEWEST: Final = 1e-4
"""Weight below which a replica is left out; the others make up for it."""


def gap_shifts(structure: Structure, temperature: float, reference: float) -> Array:
    """What the gap of the bulk of each atom's compound and phase gains; (atom,), eV.

    Raises
    ------
    InputError
        A temperature for which gaps are not known.
    """
    table = np.array(
        [
            [materials.gap_shift(name, phase, temperature, reference) for phase in ("zb", "wz")]
            for name in structure.materials
        ]
    )
    return table[structure.material, structure.phase]


def on_compounds(charges: Array, structure: Structure) -> Array:
    """Population of each state on the atoms of each compound, (state, compound), from (state, atom)."""
    count = len(structure.materials)
    return np.array([np.bincount(structure.material, row, minlength=count) for row in charges])


def huang_rhys(
    electrons: Array, holes: Array, names: tuple[str, ...], moved: materials.Moved = materials.NOTHING_MOVED
) -> Array:
    """S of each pair state for the phonons of each compound; (exciton, compound).

    Parameters
    ----------
    electrons, holes : (exciton, compound), populations.
    moved : a factor at an end of what is published.
    """
    factors = np.array([materials.huang_rhys(name, moved) or 0.0 for name in names])
    return 0.5 * (electrons + holes) * factors


def replicas(factors: Array, names: tuple[str, ...], temperature: float) -> tuple[Array, Array]:
    """Energies (replica,), eV, of phonons given less those taken, and weights (exciton, replica), 1 in all.

    Parameters
    ----------
    factors : (exciton, compound), Huang–Rhys factors.
    temperature : K.
    """
    offsets, weights = np.zeros(1), np.ones((len(factors), 1))
    for name, strength in zip(names, factors.T, strict=True):
        ladder = _ladder(strength, materials.phonons_at(materials.phonon_energy(name), temperature))
        steps = materials.phonon_energy(name) * np.arange(-_MOST, _MOST + 1)
        offsets = np.add.outer(offsets, steps).ravel()
        weights = (weights[:, :, None] * ladder[:, None, :]).reshape(len(factors), -1)
        kept = weights.max(axis=0) > _FEWEST
        offsets, weights = offsets[kept], weights[:, kept]
    return offsets, weights / weights.sum(axis=1, keepdims=True)


def _ladder(strength: Array, number: float) -> Array:
    """Weights of −12 … 12 phonons given, (exciton, 25), for factors (exciton,) and a thermal `number`."""
    up, down = _poisson(strength * (number + 1.0)), _poisson(strength * number)
    found = np.zeros((len(strength), 2 * _MOST + 1))
    for taken in range(_MOST + 1):
        found[:, _MOST - taken : 2 * _MOST + 1 - taken] += up * down[:, taken : taken + 1]
    return found


def _poisson(mean: Array) -> Array:
    """Probabilities of 0 … 12, (exciton, 13)."""
    steps = np.ones((len(mean), _MOST + 1))
    steps[:, 1:] = mean[:, None] / np.arange(1, _MOST + 1)
    return np.exp(-mean)[:, None] * np.cumprod(steps, axis=1)
