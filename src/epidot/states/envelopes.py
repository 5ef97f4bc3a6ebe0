"""From the Hamiltonian of envelopes to states.

Masses and the condition at the surface depend on the energy, H(E) ψ = E ψ. It is solved at an energy E0 and
once more at the lowest level found; other levels follow with their own slope, E = λ + (E − E0) ⟨dH/dE⟩
(Hellmann and Feynman), which is exact where dH/dE is constant.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from epidot.errors import InputError
from epidot.hamiltonian.envelope.model import BANDS, Carrier, Envelope
from epidot.numerics.lowest import lowest
from epidot.numerics.progress import Progress, silent
from epidot.states.states import States

Array = NDArray[Any]
_Band: TypeAlias = tuple[int, Array, Array, Array]

_FIRST: Final = 0.2
"""eV above the lowest edge, where the first solution begins."""
_BELOW: Final = 0.05
"""eV from the shift to the lowest level: near, because levels of long rods are only meV apart."""
_ROUGH: Final = 1e-2
_TOLERANCE: Final = 1e-5
"""eV, of residuals on the coarser and on the own grid."""


def solve_envelopes(
    hamiltonian: Envelope, *, electrons: int = 8, holes: int = 12, progress: Progress = silent
) -> States:
    """The lowest electrons and highest holes, as envelopes on the atoms.

    Coefficients have the orbitals ``c``, ``A`` and ``B``: the envelope of that band times the root of the
    atom's volume. Spins of holes stand for the two states of a band.

    Raises
    ------
    InputError
        A number that is odd; a carrier that the particle does not hold; potentials that close the gap.
    ConvergenceError
        The eigensolver did not converge.
    """
    for name, count in (("electrons", electrons), ("holes", holes)):
        if count < 2 or count % 2:
            rule = "must be even and at least 2: states come in Kramers pairs"
            raise InputError(name, count, rule, f"Ask for {max(2, count + 1)}")
    progress(0.2, "Electrons and holes")
    above, below = _bands(hamiltonian, electrons // 2, holes // 2)
    electron, hole = _sorted(hamiltonian, above, electrons), _sorted(hamiltonian, below, holes)
    _check_gap(float(electron[0][0]), -float(hole[0][0]))
    structure = hamiltonian.relaxed.structure
    segments = structure.segment, len(structure.segments)
    progress(1.0, "States")
    return States(
        relaxed=hamiltonian.relaxed,
        electron_energies=electron[0],
        hole_energies=-hole[0],
        electron_coefficients=electron[2],
        hole_coefficients=hole[2],
        electron_residuals=electron[1],
        hole_residuals=hole[1],
        electron_in_segment=segment_weights(electron[2], *segments),
        hole_in_segment=segment_weights(hole[2], *segments),
        potential=hamiltonian.potential,
        potential_terms=hamiltonian.potential_terms,
        bulk_edges=hamiltonian.bulk_edges,
        orbitals=BANDS,
        parameters=hamiltonian.parameters,
        offsets=hamiltonian.offsets,
        level="envelope",
    )


def _bands(hamiltonian: Envelope, electrons: int, holes: int) -> tuple[list[_Band], list[_Band]]:
    """Band number, energies, residuals and node values of electrons and of holes, each band in a thread."""
    wanted = [(0, electrons, "electron")]
    if hamiltonian.split:
        wanted += [(1, holes, "hole"), (2, holes, "hole")]
    else:
        wanted += [(1, (holes + 1) // 2, "hole")]

    def solved(number: int, count: int, name: str) -> _Band:
        band = BANDS[number]
        return (number, *_levels(hamiltonian.rough[band], hamiltonian.carriers[band], count, name))

    # The factorisation, which most of the time goes into, runs on one core and lets other threads run.
    with ThreadPoolExecutor(len(wanted)) as pool:
        found = list(pool.map(lambda one: solved(*one), wanted))
    below = found[1:] if hamiltonian.split else [found[1], (2, *found[1][1:])]
    return found[:1], below


def _check_gap(electron: float, hole: float) -> None:
    if electron <= hole:
        rule = f"puts the first electron at {electron:.2f} eV, below the first hole at {hole:.2f} eV"
        cure = "Apply a weaker field, or set envelope.polarisation: false if it is the polarisation"
        raise InputError("potential", "of this particle", rule, cure)


def _levels(rough: Carrier, carrier: Carrier, count: int, name: str) -> tuple[Array, Array, Array]:
    """Energies (state,), residuals (state,) and node values (node, state), upwards.

    `rough` is the carrier on a coarser grid. There the energy to solve at comes from; and as errors are of
    second order in the spacing (the surface is as blurred as the parts of cells are large), what they do to
    each level is known from the two and taken out (Richardson).
    """
    at = rough.floor + _FIRST
    at = float(_solved(rough, 1, at, rough.floor - _BELOW, _ROUGH)[0][0])
    before = _solved(rough, count, at, at - _BELOW, _TOLERANCE)[0]
    at = float(before[0])
    _check_held(carrier, at, name)
    energies, residuals, vectors = _solved(carrier, count, at, at - _BELOW, _TOLERANCE)
    ratio = rough.filling.grid.spacing / carrier.filling.grid.spacing
    return energies + (energies - before) / (ratio**2 - 1.0), residuals, vectors


def _solved(
    carrier: Carrier, count: int, at: float, below: float, tolerance: float
) -> tuple[Array, Array, Array]:
    """The same for H at one energy, each level with its own slope; `below` is the shift."""
    grid = carrier.filling.grid
    mass, matrix = grid.assembled(carrier.mass), grid.assembled(carrier.matrix(at))
    found = lowest(matrix, mass, count, below, tolerance=tolerance)
    slopes = grid.expectation(carrier.slope(at), found.vectors)
    return (found.energies - at * slopes) / (1.0 - slopes), found.residuals, found.vectors


def _check_held(carrier: Carrier, lowest_level: float, name: str) -> None:
    if lowest_level >= carrier.outside.level:
        level = carrier.outside.level
        raise InputError(
            "states",
            f"no bound {name}",
            f"has its lowest level ({lowest_level:.2f} eV) beyond the outside ({level:.2f} eV)",
            "Make the particle larger, the field weaker, or the outside higher (envelope.outer_conduction, "
            "envelope.outer_valence)",
        )


def _sorted(hamiltonian: Envelope, parts: list[_Band], count: int) -> tuple[Array, Array, Array]:
    """Energies, residuals and coefficients of the lowest `count` states of all bands, both spins."""
    positions, root = hamiltonian.relaxed.positions, np.sqrt(hamiltonian.volumes)[:, None]
    grid = hamiltonian.carriers["c"].filling.grid
    band = np.concatenate([np.full(len(energies), number) for number, energies, _, _ in parts])
    energies, residuals = (np.concatenate([part[place] for part in parts]) for place in (1, 2))
    order = np.argsort(np.round(energies, 9), kind="stable")[: count // 2]
    vectors = np.concatenate([part[3] for part in parts], axis=1)[:, order]
    values = root * grid.at(positions, vectors)
    values /= np.linalg.norm(values, axis=0)
    coefficients = np.zeros((len(order), 2, len(positions), len(BANDS), 2, 2), np.float32)
    for place, number in enumerate(band[order]):
        for spin in (0, 1):
            coefficients[place, spin, :, number, spin, 0] = values[:, place]
    shape = (2 * len(order), *coefficients.shape[2:])
    return np.repeat(energies[order], 2), np.repeat(residuals[order], 2), coefficients.reshape(shape)


def segment_weights(states: Array, segment: Array, count: int) -> Array:
    """Share of each state in each segment, [state, segment]; sums to one."""
    on_atom = np.square(states.astype(np.float64)).sum(axis=(2, 3, 4))
    weights = np.array([np.bincount(segment, row, minlength=count) for row in on_atom])
    return weights / weights.sum(axis=1, keepdims=True)
