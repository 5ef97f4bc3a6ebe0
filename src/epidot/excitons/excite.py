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
from epidot.excitons.integrals import Terms
from epidot.excitons.medium import Medium, medium_of
from epidot.excitons.method import PairMethod
from epidot.numerics.progress import Progress, silent
from epidot.states.states import States

Groups = tuple[NDArray[Any], NDArray[Any]]
"""Number of the multiplet of each electron and of each hole."""

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
    groups = (
        multiplets(states.electron_energies, method.multiplet),
        multiplets(states.hole_energies, method.multiplet),
    )
    if method.interaction == "first order":
        alone = _alone(states, medium, method, groups, _first_order(states, medium, groups))
        energies, amplitudes = _unmixed(alone.first_order)
        found = dataclasses.replace(alone, energies=energies, amplitudes=amplitudes)
    else:
        correlated = correlate(states, medium, method, progress)
        found = _mixed(_alone(states, medium, method, groups, correlated.terms), correlated)
    progress(1.0, "Pair states")
    return found


def _first_order(states: States, medium: Medium, groups: Groups) -> Terms:
    """What `active_space` also finds, of the populations of multiplets alone; given for each state."""
    electrons = multiplet_charges(states.electron_coefficients, groups[0])
    holes = multiplet_charges(states.hole_coefficients, groups[1])
    first, second = np.arange(len(electrons)), len(electrons) + np.arange(len(holes))
    densities = np.concatenate([electrons, holes])
    through = medium.through(densities, [(first, second)])
    shown = np.ix_(*groups)
    return Terms(
        direct=medium.direct(densities, [(first, second)])[0][shown],
        through=through.between[0][shown],
        electrons=through.alone[first][groups[0]],
        holes=through.alone[second][groups[1]],
    )


def _alone(states: States, medium: Medium, method: PairMethod, groups: Groups, terms: Terms) -> Excitons:
    """The terms of pairs that do not mix, means over multiplets; no pair states yet."""
    means = [_means(group) for group in groups]
    electrons = multiplet_charges(states.electron_coefficients, groups[0])
    holes = multiplet_charges(states.hole_coefficients, groups[1])
    return Excitons(
        states=states,
        energies=np.zeros(0),
        amplitudes=np.zeros((0, len(groups[0]), len(groups[1]), 2)),
        coulomb=-means[0] @ terms.direct @ means[1].T,
        surface_interaction=-means[0] @ terms.through @ means[1].T,
        electron_self_energy=means[0] @ terms.electrons,
        hole_self_energy=means[1] @ terms.holes,
        overlap=overlap(electrons, holes)[np.ix_(*groups)],
        dielectric_inside=medium.inside,
        dielectric_outside=medium.outside,
        screening=method.screening.name,
        interaction=method.interaction,
    )


def _means(groups: NDArray[Any]) -> NDArray[Any]:
    """(state, state) that replaces values of states by the mean over the multiplet of each."""
    same = np.equal.outer(groups, groups)
    return same / same.sum(axis=1, keepdims=True)


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
