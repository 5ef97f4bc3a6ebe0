"""Metal tips: face-centred cubic clusters on the ends of rods and arms.

Orientation (111) ∥ (0001) and ⟨1-10⟩ ∥ ⟨11-20⟩: close-packed layers go on as close-packed layers, as seen
for Pt, Co and Au on rods of II-VI compounds. The cluster is cut flat where it sits and put down along the
axis until its first atom is a sum of radii (metallic and covalent) away from an atom of the particle.
The force field and the electronic problem do not see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from epidot import materials
from epidot.errors import InputError
from epidot.structure.attached import TIP, Attached
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]

SHAPES: Final = ("sphere", "truncated octahedron")
FEWEST: Final = 13
"""Atoms of the smallest closed cluster: one and its twelve neighbours."""
_WIDEST: Final = 4.0
"""Widths of the end: a thicker ball is no tip of this rod."""
_SEATED: Final = 0.8
"""Contact over diameter where none is given."""
_END: Final = 4.0
"""Å: atoms this far below the end belong to it; a bilayer is 3.4 to 3.8 Å high."""
_GAP: Final = 5.0
"""Å across: whatever is separated by more than this from the atoms of the end is another limb."""


@final
@dataclass(frozen=True, eq=False)
class Seat:
    """Where a tip goes: a point on the end's axis (Å), the outward axis, a ⟨11-20⟩ direction; each (3,)."""

    foot: Array
    axis: Array
    in_plane: Array


def seat(structure: Structure, limb: str, *, at_foot: bool = False) -> Seat:
    """The end of a limb, or its foot (the base of a rod), as a place for a tip.

    Raises
    ------
    InputError
        No limb of this name.
    """
    ends = {name: (np.array(foot), np.array(end)) for name, foot, end in structure.limbs}
    if limb not in ends:
        known = ", ".join(ends) or "none"
        raise InputError("limb", limb, "is not among the limbs of the particle", f"There are: {known}")
    foot, end = ends[limb][::-1] if at_foot else ends[limb]
    axis = (end - foot) / np.linalg.norm(end - foot)
    nearest = int(KDTree(structure.positions).query(end)[1])
    bonds = structure.bond_directions[nearest]
    lateral = bonds - (bonds @ axis)[:, None] * axis
    # Slanted bonds run along ⟨10-10⟩ seen from above; ⟨11-20⟩ is across them.
    slanted = lateral[np.linalg.norm(lateral, axis=1).argmax()]
    across = np.cross(axis, slanted)
    return Seat(end, axis, across / np.linalg.norm(across))


def metal_tip(
    structure: Structure,
    place: Seat,
    element: str,
    diameter: float,
    contact: float | None = None,
    shape: str = "sphere",
) -> Attached:
    """A metal cluster on an end of a particle.

    Parameters
    ----------
    structure : the particle, with whatever it carries already.
    place : where (see `seat`).
    element : chemical symbol of a metal of the table.
    diameter : Å; of the sphere that is cut, or of the sphere of equal volume.
    contact : diameter of the contact, Å; by default 0.8 of `diameter`, at most the width of the end.
    shape : ``sphere`` or ``truncated octahedron`` (regular, a {111} face down).

    Returns
    -------
    Attached
        One group, ``tip Pt``; the report gives atoms, width, height and distance to the particle (Å).

    Raises
    ------
    InputError
        Unknown metal or shape, fewer than 13 atoms, wider than the end can carry, no end at the seat, or
        the cluster meets another part of the particle.
    """
    metal = materials.metal(element)
    if shape not in SHAPES:
        raise InputError("shape", shape, "is no shape of a tip", f"Use one of {', '.join(SHAPES)}")
    width = _width_of_end(structure, place)
    _check_width(diameter, contact, width)
    flat = contact if contact is not None else min(_SEATED * diameter, width)
    local = _cluster(metal.lattice_constant, diameter, flat, shape)
    if len(local) < FEWEST:
        least = np.ceil(2.2 * metal.lattice_constant) / 10.0
        rule = f"holds {len(local)} atoms of {element}, a cluster needs {FEWEST}"
        raise InputError("diameter", f"{diameter / 10:.3g} nm", rule, f"Make it at least {least:.1f} nm")
    positions, nearest = _put_down(structure, place, local, metal.radius)
    name = f"{TIP}{element}"
    return Attached(
        positions=positions,
        numbers=np.full(len(local), _number(element)),
        anchor=_anchors(structure, positions, local[:, 2] < 1e-6),
        group=np.zeros(len(local), dtype=np.int64),
        groups=(name,),
        report={
            name: {
                "atoms": len(local),
                "width_A": float(2.0 * (np.linalg.norm(local[:, :2], axis=1).max() + metal.radius)),
                "height_A": float(local[:, 2].max() + 2.0 * metal.radius),
                "distance_A": nearest,
            }
        },
    )


def _number(element: str) -> int:
    from ase.data import atomic_numbers

    return int(atomic_numbers[element])


def _check_width(diameter: float, contact: float | None, width: float) -> None:
    if diameter > _WIDEST * width:
        raise InputError(
            "diameter",
            f"{diameter / 10:.3g} nm",
            f"is more than {_WIDEST:g} times the width of the end, {width / 10:.2f} nm",
            f"Make it at most {_WIDEST * width / 10:.1f} nm",
        )
    if contact is not None and not 0.0 < contact <= min(diameter, width):
        raise InputError(
            "contact",
            f"{contact / 10:.3g} nm",
            "must be positive and no wider than the tip and the end that it sits on",
            f"Make it at most {min(diameter, width) / 10:.2f} nm",
        )


def _upon(place: Seat, points: Array) -> Array:
    """Points (point, 3) in the frame of the seat: along ⟨11-20⟩, across, along the axis."""
    return (points - place.foot) @ _frame(place).T


def _frame(place: Seat) -> Array:
    axis = place.axis / np.linalg.norm(place.axis)
    along = place.in_plane - (place.in_plane @ axis) * axis
    along = along / np.linalg.norm(along)
    return np.array([along, np.cross(axis, along), axis])


def _width_of_end(structure: Structure, place: Seat) -> float:
    """Diameter (Å) of the smallest circle about the axis that holds the atoms of the end."""
    local = _upon(place, structure.positions)
    lateral = np.sort(np.linalg.norm(local[local[:, 2] > -_END, :2], axis=1))
    lateral = np.concatenate([[0.0], lateral])
    gaps = np.flatnonzero(np.diff(lateral) > _GAP)
    own = lateral[1 : gaps[0] + 1] if len(gaps) else lateral[1:]
    if len(own) == 0:
        raise InputError(
            "foot", np.round(place.foot, 1), "there is no end of the particle here", "Give the end of a limb"
        )
    return float(2.0 * own[-1])


def _cluster(constant: float, diameter: float, contact: float, shape: str) -> Array:
    """Sites (atom, 3), Å: x ∥ ⟨1-10⟩, z ∥ [111], the contact layer at z = 0 with an atom on the axis."""
    edge = (np.pi / (48.0 * np.sqrt(2.0))) ** (1.0 / 3.0) * diameter
    to_face = np.sqrt(1.5) * edge
    centre = 0.5 * np.sqrt(max(diameter**2 - contact**2, 0.0))
    if shape != "sphere":
        centre = min(centre, to_face)
    reach = int(np.ceil(2.5 * diameter / constant)) + 2
    grid = np.arange(-reach, reach + 1)
    cubic = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    cubic = 0.5 * constant * cubic[cubic.sum(axis=1) % 2 == 0]
    turn = np.array([[1, -1, 0], [1, 1, -2], [1, 1, 1]]) / np.sqrt([[2.0], [6.0], [3.0]])
    local = cubic @ turn.T
    from_centre = cubic - centre * turn[2]
    if shape == "sphere":
        inside = np.linalg.norm(from_centre, axis=1) <= 0.5 * diameter + 1e-6
    else:
        signs = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]]) / np.sqrt(3.0)
        inside = np.abs(from_centre @ signs.T).max(axis=1) <= to_face + 1e-6
        inside &= np.abs(from_centre).max(axis=1) <= np.sqrt(2.0) * edge + 1e-6
    return local[inside & (local[:, 2] > -1e-6)]


def _put_down(structure: Structure, place: Seat, local: Array, radius: float) -> tuple[Array, float]:
    """Positions (atom, 3), Å, of the cluster on its seat, and the distance of the nearest pair."""
    from ase.data import covalent_radii

    sums = radius + covalent_radii[structure.numbers]
    below = _upon(place, structure.positions)
    spread = np.linalg.norm(local[:, :2], axis=1).max() + sums.max()
    near = (below[:, 2] > -_END - 2.0 * sums.max()) & (np.linalg.norm(below[:, :2], axis=1) < spread)
    below, reach = below[near], sums[near]
    pairs = KDTree(below[:, :2]).sparse_distance_matrix(
        KDTree(local[:, :2]), float(sums.max()), output_type="ndarray"
    )
    first, second = pairs["i"], pairs["j"]
    meet = pairs["v"] < reach[first]
    if not meet.any():
        raise InputError(
            "foot", np.round(place.foot, 1), "no atom of the particle lies under the tip", "Move it"
        )
    first, second, apart = first[meet], second[meet], pairs["v"][meet]
    height = (below[first, 2] + np.sqrt(reach[first] ** 2 - apart**2) - local[second, 2]).max()
    positions = place.foot + (local + np.array([0.0, 0.0, height])) @ _frame(place)
    return positions, _clear_distance(structure, positions, sums)


def _clear_distance(structure: Structure, positions: Array, sums: Array) -> float:
    """Least distance (Å) between tip and particle. Raises `InputError` if it meets what is not under it."""
    tree = KDTree(positions)
    distance = tree.query(structure.positions)[0]
    carried = structure.attached_positions
    other = tree.query(carried)[0] if len(carried) else np.array([np.inf])
    if (distance < sums - 1e-6).any() or other.min() < sums.min():
        raise InputError("tip", "this cluster", "meets another part of the particle", "Make it smaller")
    return float(distance.min())


def _anchors(structure: Structure, positions: Array, contact: Array) -> Array:
    """Nearest network atom for the atoms of the contact; that of its middle for all others."""
    surface = np.flatnonzero((structure.neighbours == NO_ATOM).any(axis=1))
    tree = KDTree(structure.positions[surface])
    anchor = np.full(len(positions), surface[tree.query(positions[contact].mean(axis=0))[1]])
    anchor[contact] = surface[tree.query(positions[contact])[1]]
    return anchor
