"""The verb of the stage: walk downhill in the valence-force-field energy until the forces are small."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final, final

import numba
import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.minimise import LimitedMemoryBFGS, Minimum, minimise
from epidot.numerics.network import TwoLevel
from epidot.numerics.progress import Progress, silent
from epidot.numerics.vectors import products
from epidot.relaxation.keating import Bonds, bonds, energy_and_gradient
from epidot.relaxation.relaxed import Relaxed
from epidot.relaxation.start import start_positions
from epidot.relaxation.strain import local_strain
from epidot.structure.structure import Structure

ATOMS_PER_THREAD: Final = 30_000
LONGEST_MOVE: Final = 0.15
"""Å an atom may move in one step: far less than would carry it past a neighbour."""


@final
@dataclass(frozen=True)
class ForceField:
    """Keating's force field, relaxed until no force exceeds `force_tolerance`, in at most `max_steps`."""

    force_tolerance: float = 0.005
    """eV/Å."""
    max_steps: int = 2000

    def __post_init__(self) -> None:
        for name, value in {"force_tolerance": self.force_tolerance, "max_steps": self.max_steps}.items():
            if not value > 0:
                raise InputError(f"ForceField.{name}", value, "must be positive", "Give another value")


def relax(structure: Structure, *, method: ForceField = ForceField(), progress: Progress = silent) -> Relaxed:
    """Positions at rest, energy and local strain of a structure.

    Raises
    ------
    InputError
        A position that is not a number, an atom without a bond, a bond without a compound.
    ConvergenceError
        Forces above the tolerance after `max_steps`; `reached` is the `Relaxed` so far.
    """
    bad = np.flatnonzero(~np.isfinite(structure.positions).all(axis=1))
    if bad.size:
        value = structure.positions[bad[0]]
        raise InputError(
            f"structure.positions[{bad[0]}]", value, "must be finite", "Build the structure again"
        )
    with _threads_for(len(structure.positions)):
        return _at_rest(structure, method, progress)


def _at_rest(structure: Structure, method: ForceField, progress: Progress) -> Relaxed:
    network = bonds(structure)

    def objective(positions: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        atom_energy, gradient = energy_and_gradient(network, positions)
        return float(atom_energy.sum()), gradient

    walk = LimitedMemoryBFGS(method.force_tolerance, method.max_steps, max_step=LONGEST_MOVE)
    levels = TwoLevel(network.neighbours)
    start = start_positions(structure, network, levels)
    try:
        minimum = minimise(objective, start, method=walk, precondition=levels.correct, progress=progress)
    except ConvergenceError as error:
        reached = _pack(structure, network, error.reached)
        goal = f"forces below {method.force_tolerance:g} eV/Å"
        raise ConvergenceError("relax", reached, goal, "Allow more steps or larger forces") from error
    return _pack(structure, network, minimum)


@contextlib.contextmanager
def _threads_for(atoms: int) -> Generator[None]:
    """Fewer threads for small particles: to wait for each other would cost more than they help."""
    before = numba.get_num_threads()
    numba.set_num_threads(min(before, 1 + atoms // ATOMS_PER_THREAD))
    try:
        yield
    finally:
        numba.set_num_threads(before)


def _pack(structure: Structure, network: Bonds, minimum: Minimum) -> Relaxed:
    positions = _laid_over(minimum.x, np.asarray(structure.positions))
    atom_energy, _ = energy_and_gradient(network, positions)
    return Relaxed(
        structure=structure,
        positions=positions,
        strain=local_strain(structure, network, positions),
        atom_energy=atom_energy,
        energy=minimum.value,
        max_force=minimum.gradient_norm,
        steps=minimum.steps,
    )


def _laid_over(positions: NDArray[Any], reference: NDArray[Any]) -> NDArray[Any]:
    """Positions (atom, 3) moved and turned as a whole so that they lie over the reference.

    Kabsch, Acta Cryst. A 32, 922 (1976). The force field holds a free particle neither in place nor in
    direction.
    """
    centres = positions.mean(axis=0), reference.mean(axis=0)
    moved, fixed = positions - centres[0], reference - centres[1]
    covariance = products(np.ascontiguousarray(moved.T), list(np.ascontiguousarray(fixed.T)))
    left, _, right = np.linalg.svd(covariance)
    left[:, -1] *= np.sign(np.linalg.det(left @ right))
    return np.einsum("ax,xy->ay", moved, left @ right) + centres[1]
