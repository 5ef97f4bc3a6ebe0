"""From a Hamiltonian to the electron and hole states next to its gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.hamiltonian.tight_binding.model import TightBinding
from epidot.numerics.device import CPU, Device
from epidot.numerics.eigenpairs import Band, Eigenpairs, NoGapError, Start, Target
from epidot.numerics.filtered import FilteredLanczos
from epidot.numerics.operator import BlockTetrahedral, block_tetrahedral
from epidot.numerics.progress import Progress, silent
from epidot.numerics.work import Keep
from epidot.states.envelopes import segment_weights
from epidot.states.states import States

_AS_LARGE = 0.999
"""Share of the largest site weight from which a site may fix the gauge: the first such site does."""


@final
@dataclass(frozen=True)
class Solver:
    """How states are found.

    Parameters
    ----------
    tolerance : largest residual ‖H ψ − E ψ‖ of a state, eV.
    seed : of the random start vectors; energies do not depend on it beyond the tolerance.
    """

    tolerance: float = 1e-6
    seed: int = 0


def solve(  # noqa: PLR0913 - one argument for each choice
    hamiltonian: TightBinding,
    *,
    electrons: int = 8,
    holes: int = 8,
    method: Solver | None = None,
    progress: Progress = silent,
    device: Device = CPU,
    start: Start | None = None,
    keep: Keep = lambda _start: None,
) -> States:
    """The lowest `electrons` states above the gap and the highest `holes` below, with residuals.

    `device` holds the long vectors and multiplies them: the processor, or a `numerics.cuda.Gpu`. `start` is
    where to begin, from an interrupted solution or from a similar particle (`start_from`): it changes the
    work, not the states. `keep` is told every half minute what an interrupted solution could go on from.
    Kramers partners count one by one, so both numbers are even. Level sets of higher symmetry are
    found whole, but a number that ends inside one returns a part of it.

    Raises
    ------
    InputError
        A number that is odd or out of range, blocks that are not finite, no gap where the bulk edges say
        or states of open bonds in it, too little memory on the device.
    ConvergenceError
        The residuals stayed above the tolerance; it holds what was reached.
    """
    choice = method if method is not None else Solver()
    target = Target(hamiltonian.edges, _pairs("electrons", electrons), _pairs("holes", holes))
    operator = block_operator(hamiltonian)
    solver = FilteredLanczos(tolerance=choice.tolerance, seed=choice.seed)
    try:
        found = solver.solve(operator, target, progress, device=device, start=start, keep=keep)
    except NoGapError as error:
        raise _in_the_way(error, hamiltonian) from None
    _refuse_surface_states(found, hamiltonian)
    above, below = _spinors(found.above), _spinors(found.below)
    structure = hamiltonian.relaxed.structure
    segments = structure.segment, len(structure.segments)
    return States(
        relaxed=hamiltonian.relaxed,
        electron_energies=np.repeat(found.above.energies, 2),
        hole_energies=np.repeat(found.below.energies, 2),
        electron_coefficients=above,
        hole_coefficients=below,
        electron_residuals=np.repeat(found.above.residuals, 2),
        hole_residuals=np.repeat(found.below.residuals, 2),
        electron_in_segment=segment_weights(above, *segments),
        hole_in_segment=segment_weights(below, *segments),
        potential=hamiltonian.potential,
        potential_terms=hamiltonian.potential_terms,
        bulk_edges=hamiltonian.bulk_edges,
        orbitals=hamiltonian.orbitals,
        parameters=hamiltonian.parameters,
        offsets=hamiltonian.offsets,
        level="atomistic",
        applications=found.applications,
        device=device.name,
    )


def _open_bonds(hamiltonian: TightBinding) -> NDArray[np.bool_]:
    """[atom], whether it misses a neighbour and the hybrid towards it is still there."""
    missing = (hamiltonian.neighbours < 0).sum(axis=1)
    return missing > np.any(hamiltonian.dangling != 0.0, axis=2).sum(axis=1)


def _surface_states(energy: float, share: float, guess: tuple[float, float]) -> InputError:
    where = f"{guess[0]:.3f} to {guess[1]:.3f} eV"
    rule = (
        f"the state at {energy:.3f} eV has {share:.0%} of its weight on atoms with open bonds: surface states"
    )
    return InputError("gap", where, f"{rule} stand in the gap", "Project the hybrids of missing bonds out")


def _in_the_way(error: NoGapError, hamiltonian: TightBinding) -> InputError:
    """What fills the gap: states of open bonds, or bands of different places that overlap."""
    if error.energy is None or error.weights is None:
        return error
    share = float(error.weights[_open_bonds(hamiltonian)].sum())
    if share > 0.5:
        return _surface_states(error.energy, share, error.guess)
    outside = float(error.weights[(hamiltonian.neighbours < 0).any(axis=1)].sum())
    there = f"the one at {error.energy:.3f} eV, {outside:.0%} of it at the surface"
    rule = f"no interval of {error.smallest} eV is free of states: {there}, is of bands that overlap"
    cure = "Use a shorter particle, a smaller field or other offsets, or leave the polarisation out"
    return InputError(error.name, error.value, rule, cure)


def _refuse_surface_states(found: Eigenpairs, hamiltonian: TightBinding) -> None:
    """`InputError` where the states that bound the gap are those of open bonds."""
    open_bonds = _open_bonds(hamiltonian)
    shares = [float(np.square(band.vectors[0][open_bonds]).sum()) for band in (found.above, found.below)]
    worst = int(np.argmax(shares))
    if shares[worst] > 0.5:
        energy = float((found.above, found.below)[worst].energies[0])
        raise _surface_states(energy, shares[worst], hamiltonian.edges)


def block_operator(hamiltonian: TightBinding) -> BlockTetrahedral:
    """The Hamiltonian (eV) as the eigensolver applies it; `InputError` if a block is not finite."""
    return block_tetrahedral(
        hamiltonian.onsite,
        hamiltonian.hopping,
        hamiltonian.neighbours,
        hamiltonian.spin_orbit,
        hamiltonian.dangling,
    )


def _pairs(name: str, count: int) -> int:
    if count < 2 or count % 2:
        rule = "must be even and at least 2: states come in Kramers pairs"
        raise InputError(name, count, rule, f"Ask for {max(2, count + 1)}")
    return count // 2


def _spinors(band: Band) -> NDArray[np.float32]:
    """Coefficients [state, atom, orbital, spin, part], partners next to each other, gauge fixed.

    A pair is fixed up to SU(2). The site and orbital of the largest weight decide: there the first
    partner is (positive, 0) and the second (0, positive).
    """
    vectors = np.array([_fixed(vector) for vector in band.vectors])
    up_re, up_im, down_re, down_im = np.moveaxis(vectors, -1, 0)
    partner = np.stack([-down_re, down_im, up_re, -up_im], axis=-1)
    both = np.stack([vectors, partner], axis=1).astype(np.float32)
    return both.reshape(-1, *vectors.shape[1:3], 2, 2)


def _fixed(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """v α + (T v) β with (α, β) the inverse of the spinor at the largest site; [atom, orbital, 4]."""
    weights = (vector**2).sum(axis=-1)
    site = np.unravel_index(int(np.argmax(weights >= _AS_LARGE * weights.max())), weights.shape)
    up, down = vector[..., 0] + 1j * vector[..., 1], vector[..., 2] + 1j * vector[..., 3]
    size = np.sqrt(weights[site])
    alpha, beta = up[site].conj() / size, -down[site] / size
    new_up, new_down = alpha * up - beta * down.conj(), alpha * down + beta * up.conj()
    return np.stack([new_up.real, new_up.imag, new_down.real, new_down.imag], axis=-1)
