"""One- and two-body integrals of a particle's states: from coefficients and a medium to an active space."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, final

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

Array = NDArray[Any]

_GB: Final = 1e9
_PER_PANEL: Final = 28.0
"""Bytes per panel²: the factors of the boundary's equation, and their inverse while it is made."""
_VIEWED: Final = 2048
"""Points that see the panels at a time."""


@final
@dataclass(frozen=True, eq=False)
class Terms:
    """Energies of single states and pairs of them, eV: the diagonal of the integrals, part by part."""

    direct: Array
    """(electron, hole) attraction in the particle's media, positive."""
    through: Array
    """(electron, hole) attraction through the charge induced at interfaces."""
    electrons: Array
    """(electron,) with the charge that each induces itself."""
    holes: Array


def active_space(
    states: States, medium: Medium, method: PairMethod, complexes: tuple[int, int], progress: Progress
) -> tuple[ActiveSpace, Terms]:
    """All integrals between the electrons and the holes of `states`, and what single pairs have of them.

    Parameters
    ----------
    complexes : how many of the first electrons and holes also repel their like.

    Raises
    ------
    InputError
        The integrals and matrices would need more than ``method.memory``.
    """
    sizes = len(states.electron_energies), len(states.hole_energies)
    panels = len(medium.shape.surface.areas) if method.surface else 0
    check_memory(len(medium.positions), sizes, method.memory, complexes, panels)
    progress(0.3, "Transition densities")
    densities, (electrons, holes, across), (first, second, third) = _densities(states)
    few = electrons.among(complexes[0]), holes.among(complexes[1])
    alike = first[few[0]], second[few[1]]
    pairs = [(first, second), (alike[0], alike[0]), (alike[1], alike[1])]
    # Envelopes of different bands have no transition charge.
    exchanged = method.exchange if len(across.charges) else "none"
    if exchanged == "screened":
        pairs.append((third, third))
    progress(0.4, "Coulomb sums")
    direct = medium.direct(densities, pairs)
    progress(0.55, "Charge induced at the interfaces")
    through = medium.through(densities, pairs)
    both = [one + other for one, other in zip(direct, through.between, strict=True)]
    progress(0.7, "Exchange")
    own = electrons.total(through.alone[first]), holes.total(through.alone[second])
    space = ActiveSpace(
        electron=np.diag(states.electron_energies) + own[0],
        hole=np.diag(-states.hole_energies) + own[1],
        attraction=electrons.between(holes, both[0]).transpose(0, 2, 1, 3),
        exchange=_exchange(states, across, medium, exchanged, both[3:]),
        electron_repulsion=_repulsion(electrons, few[0], complexes[0], both[1]),
        hole_repulsion=_repulsion(holes, few[1], complexes[1], both[2]),
    )
    return space, Terms(
        electrons.diagonal @ direct[0] @ holes.diagonal.T,
        electrons.diagonal @ through.between[0] @ holes.diagonal.T,
        np.real(np.diag(own[0])),
        np.real(np.diag(own[1])),
    )


def _densities(states: States) -> tuple[Array, list[Transitions], list[Array]]:
    """Independent charges, (r, atom): of electrons, of holes and between them, with the rows of each kind."""
    valence = transitions(states.hole_coefficients)
    found = [
        transitions(states.electron_coefficients),
        # A hole's wave function is the complex conjugate of the state that the electron left.
        Transitions(valence.charges, valence.coefficients.conj()),
        transitions(states.electron_coefficients, states.hole_coefficients),
    ]
    densities = np.concatenate([each.charges for each in found])
    ends = np.cumsum([len(each.charges) for each in found])[:-1]
    parts = np.split(densities, ends)
    found = [replace(each, charges=part) for each, part in zip(found, parts, strict=True)]
    return densities, found, np.split(np.arange(len(densities)), ends)


def _exchange(states: States, across: Transitions, medium: Medium, kind: str, screened: list[Array]) -> Array:
    """K; `screened` has the interaction of the independent charges if it is known already."""
    if kind == "none":
        size = (len(states.electron_energies), len(states.hole_energies))
        return np.zeros(size * 2, complex)
    every = np.arange(len(across.charges))
    mutual = screened or medium.bare(across.charges, [(every, every)])
    return exchange(states, across, mutual[0], medium, kind)


def _repulsion(like: Transitions, used: Array, count: int, matrix: Array) -> Array:
    """V among the first `count` states, from the `matrix` of the charges that they use."""
    few = Transitions(like.charges[used], like.coefficients[:count, :count, used])
    return few.between(few, matrix)


def check_memory(
    atoms: int, states: tuple[int, int], memory: float, complexes: tuple[int, int], panels: int = 0
) -> None:
    """Refuse before starting what would not fit.

    Parameters
    ----------
    states : numbers of electrons and of holes.
    memory : GB that may be taken.
    complexes : how many of the first electrons and holes also repel their like.
    panels : triangles of the interfaces, where they are known.

    Raises
    ------
    InputError
        The integrals and matrices would need more.
    """
    electrons, holes = states
    pairs = electrons * holes
    # Time reversal makes half of the densities combinations of the others.
    densities = (electrons**2 + holes**2) / 2 + pairs
    potentials = (electrons**2 + min(complexes[1], holes) ** 2) / 2 + pairs
    found = 8.0 * atoms * (2.0 * densities + 1.5 * potentials)
    surface = _PER_PANEL * panels**2 + 8.0 * panels * (_VIEWED * 5.0 + 3.0 * densities)
    matrices = 16.0 * 8.0 * pairs**2 + 16.0 * 3.0 * max(complexes) ** 4
    needed = (found + surface + matrices) / _GB
    if needed > memory:
        raise InputError(
            "method.pairs.memory",
            f"{memory:g} GB",
            f"{electrons} electrons and {holes} holes on {atoms:,} atoms need {needed:.1f} GB",
            "Take fewer states, raise it, or choose interaction: first order",
        )
