"""Deformation potentials of bulk zinc blende, from strained cells, and what the shear ones lack.

The displacement of the sublattices under shear is that of the force field that relaxes the particles:
Kleinman's parameter of Keating's model is ζ = (α − β)/(α + β) (Martin, Phys. Rev. B 1, 4005 (1970)). The
slope of the Hamiltonian with the strain, taken between the states at the valence edge with their spin–orbit
coupling, is compared with the Hamiltonian of Bir and Pikus, a_v tr ε + 3 b (ε_ii − tr ε/3) on and √3 d ε_ij
off the diagonal of the p triplet: a shear moves states in proportion to their share of the p orbital along
its axis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding.bulk import GAMMA, bloch, unit_cell
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.parameters import Parameters, parameters

STEP: Final = 1e-4
"""Strain at which slopes are read."""
VALENCE: Final = 8
"""Valence states of a cell of zinc blende."""
_SAME: Final = 1e-6
"""eV between states of one level: with spin–orbit coupling the quartet, without it all six."""
_SHEAR: Final = np.diag([-0.5, -0.5, 1.0])
_TURNED: Final = np.ones((3, 3)) - np.eye(3)


@final
@dataclass(frozen=True)
class Deformation:
    """Deformation potentials of zinc blende, eV: gap, valence and conduction edge per tr ε, shear b and d."""

    a_g: float
    a_v: float
    a_c: float
    b: float
    d: float


def internal_displacement(compound: str) -> float:
    """Kleinman's ζ of the force field: 0 leaves bonds where the strain puts them, 1 keeps their lengths."""
    field = materials.keating(compound)
    return (field.alpha - field.beta) / (field.alpha + field.beta)


def strained(cell: Network, strain: NDArray[Any], displacement: float) -> Network:
    """A unit cell of zinc blende (cubic axes) under a homogeneous strain tensor [3, 3].

    The bonds of the anion are those of `unit_cell`, towards (1, 1, 1) and so on.
    """
    quarter = np.abs(cell.vectors[0, 0, 0])
    shift = -2.0 * displacement * quarter * np.array([strain[1, 2], strain[2, 0], strain[0, 1]])
    outward = cell.vectors[0] @ (np.eye(3) + strain) + shift
    return replace(
        cell,
        vectors=np.stack([outward, -outward]),
        strain=np.broadcast_to(strain, (2, 3, 3)),
    )


def deformation_potentials(compound: str, *, method: TightBindingMethod | None = None) -> Deformation:
    """What the Hamiltonian of particles gives for strained bulk zinc blende.

    Raises
    ------
    InputError
        Unknown compound or set.
    """
    method = method or TightBindingMethod()
    return _slopes(compound, with_strain_terms(parameters((compound,), method), (compound,), method), method)


def with_strain_terms(table: Parameters, names: tuple[str, ...], method: TightBindingMethod) -> Parameters:
    """The table with Δb and Δd that make b and d those of `materials`; as it is if they are switched off.

    The valence edge is not all p where there are d orbitals: the response to the terms is measured like the
    deformation potentials themselves.
    """
    if not method.onsite_strain:
        return table
    missing = [_missing(name, method) for name in names]
    return replace(table, strain=np.array([missing, missing]))


@cache
def _missing(name: str, method: TightBindingMethod) -> tuple[float, float]:
    """Δb and Δd, eV."""
    table = parameters((name,), method)
    without = _slopes(name, table, method)
    unit = _slopes(name, replace(table, strain=np.ones_like(table.strain)), method)
    b = materials.number(name, "b")
    d = method.moved.inside(name, "d") or materials.number(name, "d")
    return (b - without.b) / (unit.b - without.b), (d - without.d) / (unit.d - without.d)


def _slopes(compound: str, table: Parameters, method: TightBindingMethod) -> Deformation:
    cell, displacement = unit_cell(compound, "zb", method=method), internal_displacement(compound)

    def matrix(strain: NDArray[Any]) -> NDArray[Any]:
        return bloch(strained(cell, strain, displacement), table, np.array([GAMMA]))[0]

    levels, states = np.linalg.eigh(matrix(np.zeros((3, 3))))
    top = np.abs(levels - levels[VALENCE - 1]) < _SAME
    valence, conduction = states[:, top], states[:, VALENCE : VALENCE + 2]

    def slope(strain: NDArray[Any], among: NDArray[Any]) -> NDArray[Any]:
        change = matrix(STEP * strain) - matrix(-STEP * strain)
        return among.conj().T @ change @ among / (2.0 * STEP)

    def shear(strain: NDArray[Any], axis: NDArray[Any]) -> float:
        """Energy of a pure p orbital along the axis less that of one across it, per strain."""
        along, whole = _share(valence, axis, table), _share(valence, np.eye(3), table)
        spread = along - np.trace(along) / len(along) * np.eye(len(along))
        size = float(np.trace(whole).real) / len(along)
        part = np.trace(slope(strain, valence) @ spread) / np.trace(spread @ spread)
        return size * float(part.real)

    a_v, a_c = (
        float(np.trace(slope(np.eye(3) / 3.0, among)).real) / among.shape[1]
        for among in (valence, conduction)
    )
    b = shear(_SHEAR, np.diag([0.0, 0.0, 1.0])) / 4.5
    d = shear(_TURNED, np.full((3, 3), 1.0 / 3.0)) / (3.0 * np.sqrt(3.0))
    return Deformation(a_c - a_v, a_v, a_c, b, d)


def _share(states: NDArray[Any], projector: NDArray[Any], table: Parameters) -> NDArray[Any]:
    """The projector [3, 3] on p of both atoms, between states [row, state]."""
    p = states.reshape(2, len(table.orbitals), 2, -1)[:, 1:4]
    return np.einsum("aisn,ij,ajsm->nm", p.conj(), projector, p)
