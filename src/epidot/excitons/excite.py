"""The verb of the stage: from single-particle states to pair states.

E = E_e − E_h + J + I + S_e + S_h: direct attraction, attraction through the surface, and the energies
of both charges in the surface charge that they induce themselves (`medium`), of populations of atoms
(charges −q_e and +q_h).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.excitons.charges import multiplet_charges, multiplets, overlap
from epidot.excitons.excitons import Excitons
from epidot.excitons.medium import medium_of
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
    """Pair states of all electrons and holes in `states`, in first order of their interaction.

    Parameters
    ----------
    states : at least one electron and one hole.
    solvent : a name from `materials.solvents()`; its optical dielectric constant is ε_out.
    method : screening and numerical choices.

    Raises
    ------
    InputError
        Unknown solvent, or no electrons or no holes.
    """
    if not (len(states.electron_energies) and len(states.hole_energies)):
        raise InputError(
            "states", "electrons or holes are missing", "a pair needs one of each", "Solve for both"
        )
    electron_groups = multiplets(states.electron_energies, method.multiplet)
    hole_groups = multiplets(states.hole_energies, method.multiplet)
    electrons = multiplet_charges(states.electron_coefficients, electron_groups)
    holes = multiplet_charges(states.hole_coefficients, hole_groups)
    progress(0.1, "Surface of the particle")
    medium = medium_of(states, materials.solvent(solvent).dielectric, method)
    progress(0.3, "Coulomb attraction")
    attraction = -medium.direct(electrons, holes)
    progress(0.5, "Surface polarisation")
    through = -medium.through(electrons, holes)
    electron_self, hole_self = medium.self_energy(electrons), medium.self_energy(holes)
    shown = np.ix_(electron_groups, hole_groups)
    selves = electron_self[electron_groups], hole_self[hole_groups]
    free = np.subtract.outer(states.electron_energies + selves[0], states.hole_energies - selves[1])
    energies, amplitudes = _unmixed(free + (attraction + through)[shown])
    progress(1.0, "Pair states")
    return Excitons(
        states=states,
        energies=energies,
        amplitudes=amplitudes,
        coulomb=attraction[shown],
        surface_interaction=through[shown],
        electron_self_energy=selves[0],
        hole_self_energy=selves[1],
        overlap=overlap(electrons, holes)[shown],
        dielectric_inside=medium.inside,
        dielectric_outside=medium.outside,
        screening=method.screening.name,
    )


def _unmixed(energies: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Energies of pairs that do not mix, lowest first, and their amplitudes."""
    order = np.argsort(energies.ravel(), kind="stable")
    amplitudes = np.zeros((energies.size, *energies.shape, 2), np.float32)
    electron, hole = np.divmod(order, energies.shape[1])
    amplitudes[np.arange(energies.size), electron, hole, 0] = 1.0
    return energies.ravel()[order], amplitudes
