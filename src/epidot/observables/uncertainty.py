"""Bands of the optical energies from the disputed band offsets, in first order.

A named offset set moves all on-site energies of a compound c rigidly by s_c. In first order an
electron level follows with its population w_e(c) on the atoms of that compound and a hole level with
w_h(c), so a pair energy moves by ΔE = Σ_c (w_e(c) − w_h(c)) (s_c − s_c of the set that was used). In a
random alloy the hole sits on the atoms of the compound with the higher valence band, so its levels move
even where electron and hole share all of the particle. Populations are not computed again: where a set
makes a carrier change places the band is only a first estimate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.excitons.excitons import Excitons
from epidot.observables import spectrum
from epidot.observables.lifetime import populations
from epidot.observables.optics import Optics
from epidot.structure.structure import Structure


def uncertainty(optics: Optics) -> dict[str, list[float]]:
    """[lowest, highest] of each energy over all named offset sets, eV.

    Keys are paths in ``summary.json``: ``excitons.ground_eV``, ``optics.absorption_edge_eV``,
    ``optics.first_peak_eV``, ``optics.emission_eV``.
    """
    excitons = optics.excitons
    energies, strengths = optics.energies, optics.oscillator_strength
    thermal = populations(energies, optics.temperature)
    at_peak = spectrum.broadened(energies, np.array([optics.first_peak]), np.ones(1), optics.broadening)
    values = {
        "excitons.ground_eV": (float(excitons.energies[0]), np.eye(1, len(energies))[0]),
        "optics.absorption_edge_eV": (
            optics.absorption_edge,
            strengths * spectrum.same_multiplet(energies, optics.absorption_edge),
        ),
        "optics.first_peak_eV": (optics.first_peak, strengths * at_peak),
        "optics.emission_eV": (optics.emission_energy, thermal * energies**2 * strengths),
    }
    states = excitons.states
    on_compounds = (
        _on_compounds(states.electron_coefficients, states.relaxed.structure),
        _on_compounds(states.hole_coefficients, states.relaxed.structure),
    )
    return {
        key: _band(excitons, on_compounds, value, weights if weights.sum() > 0.0 else thermal)
        for key, (value, weights) in values.items()
    }


def _band(
    excitons: Excitons, populations: tuple[NDArray[Any], NDArray[Any]], value: float, weights: NDArray[Any]
) -> list[float]:
    electron, hole = populations
    pairs = np.einsum("x,xeh->eh", weights / weights.sum(), excitons.weights)
    excess = pairs.sum(axis=1) @ electron - pairs.sum(axis=0) @ hole
    used = materials.offset_set(excitons.states.offsets).shifts
    moved: list[float] = []
    for name in materials.offset_sets():
        shifts = materials.offset_set(name).shifts
        names = excitons.states.relaxed.structure.materials
        moved.append(value + float(excess @ [shifts[compound] - used[compound] for compound in names]))
    return [min(moved), max(moved)]


def _on_compounds(coefficients: NDArray[Any], structure: Structure) -> NDArray[Any]:
    """Population of each state on the atoms of each compound, (state, compound); rows sum to 1."""
    rows = [
        np.bincount(
            structure.material,
            np.einsum("aosc,aosc->a", state, state, dtype=float),
            minlength=len(structure.materials),
        )
        for state in coefficients
    ]
    found = np.array(rows)
    return found / found.sum(axis=1, keepdims=True)
