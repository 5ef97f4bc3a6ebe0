"""One- and two-body integrals of a particle's states: from coefficients and a medium to an active space."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.excitons.configurations import ActiveSpace
from epidot.excitons.exchange import exchange
from epidot.excitons.medium import Medium
from epidot.excitons.method import PairMethod
from epidot.excitons.transitions import Transitions, transitions
from epidot.numerics.progress import Progress
from epidot.states.states import States

_GB: Final = 1e9


def active_space(
    states: States, medium: Medium, method: PairMethod, complexes: tuple[int, int], progress: Progress
) -> ActiveSpace:
    """All integrals between the electrons and the holes of `states`.

    Parameters
    ----------
    complexes : how many of the first electrons and holes also repel their like.

    Raises
    ------
    InputError
        The integrals and matrices would need more than ``method.memory``.
    """
    sizes = len(states.electron_energies), len(states.hole_energies)
    check_memory(states.electron_coefficients.shape[1], sizes, method.memory, complexes)
    progress(0.3, "Transition densities")
    electrons = transitions(states.electron_coefficients)
    valence = transitions(states.hole_coefficients)
    # A hole's wave function is the complex conjugate of the state that the electron left.
    holes = Transitions(valence.charges, valence.coefficients.conj())
    progress(0.4, "Coulomb attraction and repulsion")
    few = _among(electrons, complexes[0]), _among(holes, complexes[1])
    interaction = _interaction(medium, (electrons, holes), few)
    progress(0.6, "Exchange")
    across = transitions(states.electron_coefficients, states.hole_coefficients)
    exchanged = exchange(states, across, medium, method.exchange)
    progress(0.7, "Self-energies")
    count = len(electrons.charges)
    own = medium.self_energy(np.concatenate([electrons.charges, holes.charges]))
    return ActiveSpace(
        electron=np.diag(states.electron_energies) + electrons.total(own[:count]),
        hole=np.diag(-states.hole_energies) + holes.total(own[count:]),
        attraction=electrons.between(holes, interaction[0]).transpose(0, 2, 1, 3),
        exchange=exchanged,
        electron_repulsion=few[0].between(few[0], interaction[1]),
        hole_repulsion=few[1].between(few[1], interaction[2]),
    )


def _interaction(
    medium: Medium, every: tuple[Transitions, Transitions], few: tuple[Transitions, Transitions]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """W between independent charges, eV: of electrons with holes, of few electrons and of few holes.

    All at once, because the medium prepares the atoms anew for every call.
    """
    electrons, holes = (each.charges for each in every)
    first = np.concatenate([electrons, few[0].charges, few[1].charges])
    second = np.concatenate([holes, few[0].charges, few[1].charges])
    whole = medium.direct(first, second) + medium.through(first, second)
    one, two = len(electrons), len(holes)
    count = len(few[0].charges)
    return (
        whole[:one, :two],
        whole[one : one + count, two : two + count],
        whole[one + count :, two + count :],
    )


def _among(like: Transitions, count: int) -> Transitions:
    """The transitions among the first `count` states."""
    coefficients = like.coefficients[:count, :count]
    used = np.flatnonzero(np.abs(coefficients).max(axis=(0, 1), initial=0.0))
    return Transitions(like.charges[used], coefficients[..., used])


def check_memory(atoms: int, states: tuple[int, int], memory: float, complexes: tuple[int, int]) -> None:
    """Refuse before starting what would not fit.

    Parameters
    ----------
    states : numbers of electrons and of holes.
    memory : GB that may be taken.
    complexes : how many of the first electrons and holes also repel their like.

    Raises
    ------
    InputError
        The integrals and matrices would need more.
    """
    electrons, holes = states
    pairs = electrons * holes
    rows = max(electrons**2, holes**2, 2 * pairs)
    densities = 8.0 * atoms * (1.5 * rows + electrons**2 + holes**2) + 24.0 * rows**2
    matrices = 16.0 * 4.0 * pairs**2 + 16.0 * 3.0 * max(complexes) ** 4
    needed = (densities + matrices) / _GB
    if needed > memory:
        raise InputError(
            "method.pairs.memory",
            f"{memory:g} GB",
            f"{electrons} electrons and {holes} holes on {atoms:,} atoms need {needed:.1f} GB",
            "Take fewer states, raise it, or choose interaction: first order",
        )
