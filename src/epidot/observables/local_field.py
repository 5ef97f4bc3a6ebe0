"""The optical field inside the particle, from the field of the medium far away.

``shape``: the particle as atoms have it is a dielectric body in the medium, small against the wavelength.
A uniform field along k gives a potential −Φ_k inside, and a transition dipole d couples to the field of the
medium as D_k = ⟨h|Φ_k|e⟩: Φ takes the place of r, so that each transition feels the field of just that part
of the particle in which it lives (and by reciprocity radiates so). Φ comes from the charge induced on the
surface (`numerics.poisson`). In an ellipsoid Φ = F r exactly, F_k = ε_out/(ε_out + L_k (ε_in − ε_out)) with
its depolarisation factors L: a long rod has F = 1 along and 2 ε_out/(ε_in + ε_out) across, a sphere
3 ε_out/(ε_in + 2 ε_out) (Stratton, Electromagnetic Theory, §3.27; for rods Ruda and Shik, Phys. Rev. B 72,
115308 (2005)). ``sphere`` takes the factor of a sphere for any shape, ``none`` the field of the medium.

The mean of F over the volume follows from the dipole moment of the induced charge Q by Gauss's law, F̄ = 4π
ε_out Σ Q r/((ε_in − ε_out) V). L_k = (1/F̄_k − 1) ε_out/(ε_in − ε_out) then stands for the shape where ε is
complex: exact for ellipsoids, a mean for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons
from epidot.excitons.medium import atomic_volumes
from epidot.numerics import boundary, poisson
from epidot.observables.dipole import Position, position
from epidot.states.states import States

Array = NDArray[Any]

LOCAL_FIELDS: Final = ("shape", "sphere", "none")
_INTERFACE: Final = 1.3
"""Å: half a bond, where the outermost bonds end, as for pair states."""
_SMOOTHING: Final = 2.5
"""Å, about a bond."""
_PANELS: Final = 1500
_COARSEST: Final = 0.5
_TOWARDS_MEAN: Final = 0.1
"""Weight of the mean field against one bond in the field on an atom; few bonds leave some of it open."""


@final
@dataclass(frozen=True, eq=False)
class LocalField:
    """What a uniform field of the medium, along each axis in turn, becomes inside."""

    dipole: Position
    """Takes the place of r in the dipole that the medium sees."""
    mean: Array
    """(axis of the medium, axis inside): mean of the field over the volume."""
    depolarisation: Array
    """(axis,) depolarisation factors L along `axes`; 1/3 each of a sphere, 0 for the field of the medium."""
    axes: Array
    """(axis, 3) principal axes of the mean field, unit vectors."""


def local_field(excitons: Excitons, name: str, dipole: str) -> LocalField:
    """The field inside a particle.

    Parameters
    ----------
    excitons : their particle and its two dielectric constants.
    name : one of `LOCAL_FIELDS`.
    dipole : ``site`` or ``slater``, see `dipole`.
    """
    states, inside, outside = excitons.states, excitons.dielectric_inside, excitons.dielectric_outside
    free = position(states, dipole)
    if name == "shape" and inside != outside:
        return _of_shape(states, free, inside, outside)
    factor = 1.0 if name == "none" else 3.0 * outside / (inside + 2.0 * outside)
    scaled = Position(factor * free.on_atom, None if free.between is None else factor * free.between)
    depolarisation = np.full(3, 0.0 if name == "none" else 1.0 / 3.0)
    return LocalField(scaled, factor * np.eye(3), depolarisation, np.eye(3))


def _of_shape(states: States, free: Position, inside: float, outside: float) -> LocalField:
    places = states.relaxed.positions - states.relaxed.positions.mean(axis=0)
    surface = boundary.enclose(
        places,
        atomic_volumes(states),
        distance=_INTERFACE,
        smoothing=_SMOOTHING,
        panels=_PANELS,
        coarsest=_COARSEST,
    )
    shape = poisson.body(surface, inside, outside, width=_SMOOTHING)
    potentials, mean = poisson.fields_inside(shape, places)
    within = potentials.mean(axis=1, keepdims=True) - potentials
    factors, axes = np.linalg.eigh(mean)
    depolarisation = (1.0 / factors - 1.0) * outside / (inside - outside)
    between = None
    if free.between is not None:
        on_atoms = _on_atoms(states, within, mean)
        between = np.einsum("kal,lam->kam", on_atoms, free.between)
    return LocalField(Position(within, between), mean, depolarisation, axes.T)


def _on_atoms(states: States, within: Array, mean: Array) -> Array:
    """Gradient of Φ on each atom from its bonds, (axis of the medium, atom, axis inside)."""
    neighbours = states.relaxed.structure.neighbours
    there = np.where(neighbours >= 0, neighbours, np.arange(len(neighbours))[:, None])
    bonds = states.relaxed.positions[there] - states.relaxed.positions[:, None]
    weight = _TOWARDS_MEAN * (bonds**2).sum(axis=2).max(axis=1, initial=1.0)[:, None, None] * np.eye(3)
    normal = np.einsum("abx,aby->axy", bonds, bonds) + weight
    steps = within[:, there] - within[:, :, None]
    right = np.einsum("kab,abx->akx", steps, bonds) + np.einsum("axy,ky->akx", weight, mean)
    return np.moveaxis(np.linalg.solve(normal, np.moveaxis(right, 1, 2)), 2, 0)
