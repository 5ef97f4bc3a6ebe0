"""The verb of the stage: from single-particle states to pair states.

First order: E = E_e − E_h + J + I + S_e + S_h: direct attraction, attraction through the surface, and the
energies of both charges in the surface charge that they induce themselves (`medium`), of populations of atoms
(charges −q_e and +q_h). These terms are reported in any case; configuration interaction (`configurations`)
mixes the pairs by all matrix elements of the same interactions and adds exchange.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.excitons.charges import multiplet_charges, multiplets, overlap
from epidot.excitons.complexes import Correlated, correlate
from epidot.excitons.excitons import Excitons
from epidot.excitons.medium import Medium, medium_of
from epidot.excitons.method import PairMethod
from epidot.numerics.progress import Progress, silent
from epidot.states.states import States

_USUAL: Final = PairMethod()


def excite(
    states: States,
    *,
    solvent: str = "toluene",
    method: PairMethod = _USUAL,
    progress: Progress = silent,
) -> Excitons:
    """Pair states of all electrons and holes in `states`; trions and biexcitons.

    Parameters
    ----------
    states : at least one electron and one hole.
    solvent : a name from `materials.solvents()`; its optical dielectric constant is ε_out.
    method : screening and numerical choices.

    Raises
    ------
    InputError
        Unknown solvent, no electrons or no holes, or an active space too large for ``method.memory``.
    ConvergenceError
        The iteration for trions or biexcitons did not converge.
    """
    if not (len(states.electron_energies) and len(states.hole_energies)):
        raise InputError(
            "states", "electrons or holes are missing", "a pair needs one of each", "Solve for both"
        )
    progress(0.1, "Surface of the particle")
    medium = medium_of(states, materials.solvent(solvent).dielectric, method)
    alone = _alone(states, medium, method)
    if method.interaction == "first order":
        energies, amplitudes = _unmixed(alone.first_order)
        found = dataclasses.replace(alone, energies=energies, amplitudes=amplitudes)
    else:
        found = _mixed(alone, correlate(states, medium, method, progress))
    progress(1.0, "Pair states")
    return found


def _alone(states: States, medium: Medium, method: PairMethod) -> Excitons:
    """The terms of pairs that do not mix; no pair states yet."""
    electron_groups = multiplets(states.electron_energies, method.multiplet)
    hole_groups = multiplets(states.hole_energies, method.multiplet)
    electrons = multiplet_charges(states.electron_coefficients, electron_groups)
    holes = multiplet_charges(states.hole_coefficients, hole_groups)
    own = medium.self_energy(np.concatenate([electrons, holes]))
    shown = np.ix_(electron_groups, hole_groups)
    return Excitons(
        states=states,
        energies=np.zeros(0),
        amplitudes=np.zeros((0, len(electron_groups), len(hole_groups), 2)),
        coulomb=-medium.direct(electrons, holes)[shown],
        surface_interaction=-medium.through(electrons, holes)[shown],
        electron_self_energy=own[: len(electrons)][electron_groups],
        hole_self_energy=own[len(electrons) :][hole_groups],
        overlap=overlap(electrons, holes)[shown],
        dielectric_inside=medium.inside,
        dielectric_outside=medium.outside,
        screening=method.screening.name,
        interaction=method.interaction,
    )


def _mixed(alone: Excitons, found: Correlated) -> Excitons:
    return dataclasses.replace(
        alone,
        energies=found.energies,
        amplitudes=np.stack([np.real(found.amplitudes), np.imag(found.amplitudes)], axis=-1),
        negative_trion=found.negative_trion,
        positive_trion=found.positive_trion,
        biexciton=found.biexciton,
        active_spaces=found.sizes,
        convergence=found.convergence,
    )


def _unmixed(energies: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Energies of pairs that do not mix, lowest first, and their amplitudes."""
    order = np.argsort(energies.ravel(), kind="stable")
    amplitudes = np.zeros((energies.size, *energies.shape, 2), np.float32)
    electron, hole = np.divmod(order, energies.shape[1])
    amplitudes[np.arange(energies.size), electron, hole, 0] = 1.0
    return energies.ravel()[order], amplitudes
