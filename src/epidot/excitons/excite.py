"""The verb of the stage: from single-particle states to pair states.

E = E_e − E_h + J + I + S_e + S_h, with populations q of atoms at r_i (charges −q_e and +q_h):

* direct attraction      J = −(e²/ε_in) [Σ_{i≠j} q_e,i q_h,j / r_ij + Σ_i q_e,i q_h,i u_i]
* through the surface    I = −e² Σ_ij q_e,i q_h,j G(r_i, r_j)
* self-energies          S = (e²/2) Σ_i q_i G(r_i, r_i)

G(r, r') is the potential at r of the surface charge that a unit charge at r' induces
(`numerics.boundary`). All charges sit inside and see ε_in there; the solvent outside has ε_out.

On an atom u = (6/5)/R_a, the mutual energy of two uniform spheres of the atom's own volume a³/8 =
4π R_a³/3: 9.2 eV for CdSe before screening, close to the ionisation potential less the electron
affinity of the free atom (Se: 9.75 − 2.02 eV), Pariser's estimate of the one-centre integral (J.
Chem. Phys. 21, 568 (1953)). It is screened like all else: the screening of Resta (Phys. Rev. B 16,
2717 (1977)) is nearly complete at the mean distance within such a sphere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.excitons.charges import multiplet_charges, multiplets, overlap
from epidot.excitons.excitons import Excitons
from epidot.excitons.screening import Penn, Screening
from epidot.numerics import boundary, coulomb
from epidot.numerics.progress import Progress, silent
from epidot.states.states import States
from epidot.units import COULOMB


@final
@dataclass(frozen=True)
class PairMethod:
    """How pair states are computed.

    Lengths are Å, energies eV. The dielectric interface lies `interface` outside the smooth surface
    that encloses the volume of the atoms, and no nearer to any atom: half a bond, where the outermost
    bonds end. A finite distance keeps the self-energy finite, which diverges at a sharp interface
    (Bolcatto and Proetto, J. Phys. Condens. Matter 13, 319 (2001), widen the interface instead).
    """

    screening: Screening = field(default_factory=Penn)
    surface: bool = True
    """False leaves out all surface polarisation (particle in a medium of its own ε)."""
    interface: float = 1.3
    smoothing: float = 2.5
    """Width of the Gaussian that makes a body of the atoms; about a bond."""
    panels: int = 2000
    """Triangles on the surface aimed at."""
    multiplet: float = 1e-4
    """States closer in energy than this share their charge density."""
    dropped: float = 1e-6
    """Part of a density left out of the direct sum; error below 2 × dropped × e²/(ε_in r_bond)."""
    dropped_surface: float = 1e-4
    """Part of a density left out of the surface terms."""

    def __post_init__(self) -> None:
        for name in ("interface", "smoothing", "panels", "multiplet"):
            if not getattr(self, name) > 0:
                raise InputError(f"method.{name}", getattr(self, name), "must be positive", "Leave it out")
        for name in ("dropped", "dropped_surface"):
            if not 0 <= getattr(self, name) < 0.1:
                raise InputError(
                    f"method.{name}", getattr(self, name), "must be from 0 to 0.1", "Leave it out"
                )


@final
@dataclass(frozen=True, eq=False)
class _Surroundings:
    surface: boundary.Surface
    inside: float
    outside: float


def excite(
    states: States,
    *,
    solvent: str = "toluene",
    method: PairMethod = PairMethod(),
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
    around = _surroundings(states, materials.solvent(solvent).dielectric, method)
    progress(0.3, "Coulomb attraction")
    attraction = _direct(states, electrons, holes, method) / -around.inside
    progress(0.5, "Surface polarisation")
    through, electron_self, hole_self = _polarisation(states, electrons, holes, around, method)
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
        dielectric_inside=around.inside,
        dielectric_outside=around.outside,
        screening=method.screening.name,
    )


def atomic_volumes(states: States) -> NDArray[Any]:
    """Volume a³/8 of each atom in its own zinc-blende material; (atom,), Å³."""
    structure = states.relaxed.structure
    volumes = np.array([materials.lattice_constant(name) ** 3 / 8.0 for name in structure.materials])
    return volumes[structure.material]


def _surroundings(states: States, outside: float, method: PairMethod) -> _Surroundings:
    structure = states.relaxed.structure
    volumes = atomic_volumes(states)
    surface = boundary.enclose(
        states.relaxed.positions,
        volumes,
        distance=method.interface,
        smoothing=method.smoothing,
        panels=method.panels,
    )
    radius = 3.0 * surface.volume / surface.area
    share = np.bincount(structure.material, weights=volumes, minlength=len(structure.materials))
    constants = [method.screening.dielectric(name, radius) for name in structure.materials]
    return _Surroundings(surface, float(share @ constants / share.sum()), outside)


def _direct(states: States, electrons: NDArray[Any], holes: NDArray[Any], method: PairMethod) -> NDArray[Any]:
    radii = (3.0 * atomic_volumes(states) / (4.0 * np.pi)) ** (1.0 / 3.0)
    sums = coulomb.direct(states.relaxed.positions, electrons, holes, 1.2 / radii, method.dropped)
    return COULOMB * sums


def _polarisation(
    states: States, electrons: NDArray[Any], holes: NDArray[Any], around: _Surroundings, method: PairMethod
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    count = len(electrons)
    if not method.surface or around.inside == around.outside:
        return np.zeros((count, len(holes))), np.zeros(count), np.zeros(len(holes))
    densities = np.concatenate([electrons, holes])
    kept = coulomb.heavy(densities, method.dropped_surface)
    response = boundary.factorise(around.surface, around.inside, around.outside)
    weights = densities[:, kept] / densities[:, kept].sum(axis=1, keepdims=True)
    points = boundary.withdrawn(around.surface, states.relaxed.positions[kept], method.interface)
    mutual, own = boundary.reaction(response, points, weights)
    return -COULOMB * mutual[:count, count:], 0.5 * COULOMB * own[:count], 0.5 * COULOMB * own[count:]


def _unmixed(energies: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Energies of pairs that do not mix, lowest first, and their amplitudes."""
    order = np.argsort(energies.ravel(), kind="stable")
    amplitudes = np.zeros((energies.size, *energies.shape, 2), np.float32)
    electron, hole = np.divmod(order, energies.shape[1])
    amplitudes[np.arange(energies.size), electron, hole, 0] = 1.0
    return energies.ravel()[order], amplitudes
