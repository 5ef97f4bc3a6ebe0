"""Alignment along a path: where the band edges lie at each place, and the type of each interface.

Edges are those of the bulk of the material there (`band_edges`), strained as the atoms near the axis are and
shifted by what field, polarisation and ligands do to an electron. They jump at interfaces; strain and
potential are local-linear averages (Gaussian, 0.35 nm) over the atoms of one piece: a uniform field is a
straight line.

Type of an interface, by its steps of the conduction edge ΔE_c and the valence edge ΔE_v: type I if one side
has the lower conduction edge and the higher valence edge; type II if they are staggered; type III if the
valence edge of one side lies above the conduction edge of the other; quasi-type II if either step is below
0.1 eV, which confinement in a few nanometres makes good. The carriers may settle otherwise: `alignment` is
their label.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.observables.band_edges import BulkBands, Deformed, bulk_bands_of, edges, shear_parts
from epidot.states.states import States
from epidot.structure.along import Along, Piece, bins, near_axis
from epidot.structure.course import Course
from epidot.structure.structure import WURTZITE

Array = NDArray[Any]

WEAK: Final = 0.1
"""eV: a smaller step holds no carrier against the confinement of a few nanometres."""
_BLUR: Final = 3.5
"""Å, standard deviation of the averages."""
_LEVEL: Final = 1e-6
"""Share of its usual size below which the spread of places is too small for a slope."""


@final
@dataclass(frozen=True)
class Interface:
    """Where two pieces of a path meet; steps (eV) are the second side less the first, strained."""

    place: float
    """Å along the path."""
    materials: tuple[str, str]
    phases: tuple[str, str]
    conduction_step: float
    valence_step: float
    type: str


@final
@dataclass(frozen=True, eq=False)
class BandDiagram:
    """Band edges along a path, from point to point; where strips meet there are two points.

    Attributes
    ----------
    path, course : the path and what it leads through.
    strip : (point,) index into ``course.strips``.
    place : (point,), Å.
    conduction : (point,), eV, strained, with the potential.
    valence : (band=3, point), eV, highest first: heavy and light holes and the split-off band of zinc blende,
        A, B and C of wurtzite, where strain has not mixed them.
    rest_conduction, rest_valence : (point,), eV: of the unstrained bulk without potential.
    potential : (point,), eV of an electron by field, polarisation and ligands.
    strain : (point,), tr ε.
    interfaces : in order.
    """

    path: Along
    course: Course
    strip: Array
    place: Array
    conduction: Array
    valence: Array
    rest_conduction: Array
    rest_valence: Array
    potential: Array
    strain: Array
    interfaces: tuple[Interface, ...]

    @property
    def jump(self) -> float:
        """eV, by which strain moves an edge at most."""
        moved = self.conduction - self.potential - self.rest_conduction
        moved_valence = self.valence[0] - self.potential - self.rest_valence
        return float(max(np.abs(moved).max(), np.abs(moved_valence).max()))


def band_diagram(
    states: States, path: Along, runs: Course, method: TightBindingMethod | None = None
) -> BandDiagram:
    """Edges along a path through a particle.

    Parameters
    ----------
    states : with the strain and the potentials of the particle.
    path, runs : the path and what it leads through (`structure.course`).
    method : of the Hamiltonian; None for the sets that the states name.

    Raises
    ------
    InputError
        The states name a set that is not packaged, and no method is given.
    """
    method = method or TightBindingMethod(parameters=states.parameters, offsets=states.offsets)
    local = _Local(states, path)
    known: dict[tuple[str, str], BulkBands] = {}
    parts: list[dict[str, Array]] = []
    for number, strip in enumerate(runs.strips):
        key = strip.material, strip.phase
        if key not in known:
            known[key] = bulk_bands_of(*key, states.bulk_edges, method)
        whole = next(piece for piece in runs.pieces if piece.start <= strip.start and strip.end <= piece.end)
        parts.append(_strip(known[key], local, _points(path, strip, runs.sloped[number]), whole, number))
    joined = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    found = BandDiagram(path=path, course=runs, interfaces=(), **joined)
    return dataclasses.replace(found, interfaces=_interfaces(found))


def _points(path: Along, strip: Piece, sloped: bool) -> Array:
    """Places (point,) of a strip, Å: its ends and the bins between; of a sloped one its middle."""
    if sloped:
        return np.array([0.5 * (strip.start + strip.end)])
    middles = bins(path)
    inner = middles[(middles > strip.start) & (middles < strip.end)]
    return np.concatenate([[strip.start], inner, [strip.end]])


def _strip(bulk: BulkBands, local: _Local, place: Array, whole: Piece, number: int) -> dict[str, Array]:
    deformed, potential = local.at(place, whole)
    conduction, valence = edges(bulk, deformed)
    return {
        "strip": np.full(len(place), number),
        "place": place,
        "conduction": conduction + potential,
        "valence": valence + potential,
        "rest_conduction": np.full(len(place), bulk.conduction),
        "rest_valence": np.full(len(place), bulk.valence),
        "potential": potential,
        "strain": deformed.volume,
    }


@final
class _Local:
    """Strain and potential of the atoms near the axis of a path."""

    def __init__(self, states: States, path: Along) -> None:
        relaxed, structure = states.relaxed, states.relaxed.structure
        atoms, self._place = path.atoms[near_axis(path)], path.place[near_axis(path)]
        strain = relaxed.strain[atoms]
        on, off = shear_parts(strain, structure.bond_directions[atoms])
        eclipsed = (structure.eclipsed[atoms] == 1) & (structure.phase[atoms] == WURTZITE)[:, None]
        directions = structure.bond_directions[atoms]
        axes = np.einsum("abi,abj,ab->aij", directions, directions, eclipsed.astype(float))
        self._has_axis = eclipsed.any(axis=1)
        # A column for each number that is averaged.
        self._fields = np.concatenate(
            [
                np.trace(strain, axis1=1, axis2=2)[:, None],
                states.potential.sum(axis=0)[atoms][:, None],
                on.reshape(len(atoms), 9),
                off.reshape(len(atoms), 9),
            ],
            axis=1,
        )
        self._axes = axes.reshape(len(atoms), 9)

    def at(self, place: Array, whole: Piece) -> tuple[Deformed, Array]:
        """Strain and potential (eV, (point,)) at places (Å) of a piece, from the atoms of that piece."""
        mine = (self._place >= whole.start) & (self._place <= whole.end)
        mine = mine if mine.any() else np.ones_like(mine)
        found = averages(place, self._place[mine], self._fields[mine])
        axis = np.zeros((len(place), 9))
        with_axis = mine & self._has_axis
        if whole.phase == "wz" and with_axis.any():
            # All of a piece stands on one axis: its mean needs no weights.
            axis[:] = self._axes[with_axis].mean(axis=0)
            axis /= axis[:, [0, 4, 8]].sum(axis=1, keepdims=True)
        shape = (len(place), 3, 3)
        on, off = found[:, 2:11].reshape(shape), found[:, 11:].reshape(shape)
        return Deformed(found[:, 0], on, off, axis.reshape(shape)), found[:, 1]


def averages(points: Array, places: Array, values: Array) -> Array:
    """Local-linear averages (point, column) of values (atom, column) at places (atom,); lines stay lines."""
    away = places - points[:, None]
    # The nearest atom counts as a whole, however far it is.
    exponent = np.square(away / _BLUR) / 2.0
    weights = np.exp(exponent.min(axis=1, keepdims=True) - exponent)
    total = weights.sum(axis=1, keepdims=True)
    first = (weights * away).sum(axis=1, keepdims=True)
    second = (weights * away**2).sum(axis=1, keepdims=True)
    spread = total * second - first**2
    level = spread <= _LEVEL * (total * _BLUR) ** 2
    slope = weights * (second - first * away) / np.where(level, 1.0, spread)
    return np.where(level, weights / total, slope) @ values


def _interfaces(found: BandDiagram) -> tuple[Interface, ...]:
    """Steps where two pieces meet; the sides of a graded one are its own first and last strip."""
    strips = found.course.strips
    made: list[Interface] = []
    for number in range(len(strips) - 1):
        first, second = strips[number], strips[number + 1]
        if first.segment >= 0 and first.segment == second.segment:
            continue
        left = int(np.flatnonzero(found.strip == number)[-1])
        right = int(np.flatnonzero(found.strip == number + 1)[0])
        conduction = float(found.conduction[right] - found.conduction[left])
        valence = float(found.valence[0, right] - found.valence[0, left])
        sides = [(float(found.valence[0, side]), float(found.conduction[side])) for side in (left, right)]
        made.append(
            Interface(
                float(first.end),
                (first.material, second.material),
                (first.phase, second.phase),
                conduction,
                valence,
                interface_type(sides[0], sides[1]),
            )
        )
    return tuple(made)


def interface_type(first: tuple[float, float], second: tuple[float, float]) -> str:
    """Type by valence and conduction edge (eV) on both sides; the rule of this module."""
    valence, conduction = second[0] - first[0], second[1] - first[1]
    if first[0] > second[1] or second[0] > first[1]:
        return "type III"
    if min(abs(valence), abs(conduction)) < WEAK:
        return "quasi-type II"
    return "type I" if valence * conduction < 0.0 else "type II"
