"""Pair states, trions and biexcitons of a particle by configuration interaction, and their convergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.charges import multiplets
from epidot.excitons.configurations import ActiveSpace, Configurations
from epidot.excitons.integrals import Terms, active_space
from epidot.excitons.medium import Medium
from epidot.excitons.method import PairMethod
from epidot.numerics.progress import Progress
from epidot.states.states import States

_PARTS: Final = (0.25, 0.5, 0.75, 1.0)
"""Nested active spaces, as parts of the numbers of electrons and holes."""
_SEVERAL: Final = ((2, 1), (1, 2), (2, 2))
"""Electrons and holes of X−, X+ and XX."""


@final
@dataclass(frozen=True, eq=False)
class Correlated:
    """What configuration interaction gives; energies in eV."""

    energies: NDArray[Any]
    """(exciton,)"""
    amplitudes: NDArray[Any]
    """(exciton, electron, hole), complex."""
    negative_trion: NDArray[Any]
    positive_trion: NDArray[Any]
    biexciton: NDArray[Any]
    sizes: NDArray[Any]
    """(size, 2): electrons and holes of nested active spaces."""
    convergence: NDArray[Any]
    """(size, 6): lowest electron, hole, X, X−, X+ and XX in them; NaN where not computed."""
    terms: Terms


def correlate(states: States, medium: Medium, method: PairMethod, progress: Progress) -> Correlated:
    """Pair states of all electrons and holes; trions and biexcitons of ``method.complexes``.

    Raises
    ------
    InputError
        Too large for ``method.memory``.
    ConvergenceError
        The iteration for trions or biexcitons did not converge.
    """
    from threadpoolctl import threadpool_limits

    groups = (
        multiplets(states.electron_energies, method.multiplet),
        multiplets(states.hole_energies, method.multiplet),
    )
    limits = whole(groups[0], method.complexes.electrons), whole(groups[1], method.complexes.holes)
    if 0 in limits:
        limits = (0, 0)
    space, terms = active_space(states, medium, method, limits, progress)
    # Thousands of small products: threads of BLAS cost more than they give, on a busy machine hundreds of
    # times the time.
    with threadpool_limits(1, user_api="blas"):
        return _correlated(space, terms, groups, limits, method, progress)


def _correlated(
    space: ActiveSpace,
    terms: Terms,
    groups: tuple[NDArray[Any], NDArray[Any]],
    limits: tuple[int, int],
    method: PairMethod,
    progress: Progress,
) -> Correlated:
    progress(0.8, "Pair states")
    pairs = Configurations(space, 1, 1)
    energies, vectors = pairs.lowest(pairs.size)
    progress(0.85, "Trions and biexcitons")
    sizes = nested(groups, limits if limits[0] else space.sizes)
    found = [_lowest(space.first(*size), limits[0] > 0, 1) for size in sizes[:-1]]
    several = _lowest(space.first(*sizes[-1]), limits[0] > 0, method.complexes.levels)
    table = [[energies[0] if len(energies) else np.nan for energies in row] for row in [*found, several]]
    if tuple(sizes[-1]) != space.sizes:
        sizes = np.concatenate([sizes, [space.sizes]])
        levels = [_level(space.electron), _level(space.hole)]
        table.append([*levels, float(energies[0]), np.nan, np.nan, np.nan])
    negative, positive, double = several[3:]
    amplitudes = vectors.T.reshape(-1, *space.sizes)
    return Correlated(energies, amplitudes, negative, positive, double, sizes, np.array(table), terms)


def whole(groups: NDArray[Any], count: int) -> int:
    """The largest number of states up to `count` that cuts no multiplet; the first one if none fits.

    Parameters
    ----------
    groups : number of the multiplet of each state, from 0 upwards.
    """
    if count <= 0:
        return 0
    ends = np.flatnonzero(np.diff(groups, append=groups[-1] + 1)) + 1
    return int(max(ends[ends <= count], default=ends[0]))


def nested(groups: tuple[NDArray[Any], NDArray[Any]], limits: tuple[int, int]) -> NDArray[Any]:
    """Growing active spaces of whole multiplets, (size, 2), up to `limits`."""
    numbers = [
        [min(whole(group, round(part * limit)), limit) for part in _PARTS]
        for group, limit in zip(groups, limits, strict=True)
    ]
    return np.array(sorted({size for size in zip(*numbers, strict=True) if min(size) > 0}))


def _lowest(space: ActiveSpace, complexes: bool, count: int) -> list[NDArray[Any]]:
    """The lowest electron, hole and X, and the lowest `count` of X−, X+ and XX if they are wanted."""
    found = [np.array([_level(matrix)]) for matrix in (space.electron, space.hole)]
    found.append(Configurations(space, 1, 1).lowest(1)[0])
    for particles in _SEVERAL:
        fits = complexes and all(size >= number for size, number in zip(space.sizes, particles, strict=True))
        found.append(Configurations(space, *particles).lowest(count)[0] if fits else np.zeros(0))
    return found


def _level(matrix: NDArray[Any]) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])
