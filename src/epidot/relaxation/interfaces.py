"""Interfaces between segments of different material: area, strain energy, and whether they stay coherent.

Area. On each sublattice the twelve second-neighbour vectors v obey Σ v v' = 2 a² 1, in zinc blende and in
wurtzite. So a plane of normal n, whatever its orientation, is crossed by pairs with Σ n·v = 4 A/a: the
vectors of the pairs that join the two sides add up to the area vector, (a/4) Σ v. Its direction is
averaged over the neighbours at the interface, which smooths the steps of the network. At the rim, where
the particle ends, pairs are missing: a small interface comes out smaller by some per cent.

Energy. Every atom's strain energy counts for the interface that is nearest along the bonds.

Coherence. A first misfit dislocation of Burgers vector b in the interface relieves the strain over the
width b: per length it gains b γ/f, with γ the coherent energy per area and f the misfit (γ ∝ f² in two
directions), and costs its own field G b²/(4π (1 − ν)) (ln(R/b) + 1). This is the balance of Matthews
and Blakeslee, J. Cryst. Growth 27, 118 (1974), with the strain energy of this particle in place of that
of a film, as Glas, Phys. Rev. B 74, 121302 (2006) and Ertekin et al., J. Appl. Phys. 97, 114325 (2005) do
for wires, whose free sides take up much of the strain. R is the least of how deep both sides reach and of
the radius of a disc of that area. Where the gain exceeds the cost a dislocated interface has the lower
energy; kinetics may keep it coherent, so this is a warning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from epidot import materials
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import NO_ATOM, Structure
from epidot.units import N_PER_M

Array = NDArray[Any]

_SLOPE: Final = np.sqrt(2.0) / 4.0
"""a/4 over the length a/√2 of a second-neighbour vector."""
_STRIDE: Final = 0.32
"""Progress of a step from atom to atom in units of a: 0.29 along ⟨111⟩, 0.35 along ⟨110⟩."""


@final
@dataclass(frozen=True)
class Interface:
    """The boundary of two segments of different material."""

    segments: tuple[str, str]
    """From the seed out."""
    materials: tuple[str, str]
    misfit: float
    """Difference of the lattice constants of zinc blende over their mean; positive: the second is larger."""
    area: float
    """Å²."""
    energy: float
    """Strain energy of the atoms that are nearest to it, eV."""
    dislocation_gain: float
    """Energy that a first misfit dislocation would relieve over what it costs; above 1 it pays."""
    critical_thickness: float
    """Of a flat film of one of the two on the other (Matthews and Blakeslee), Å."""

    @property
    def energy_density(self) -> float:
        """Strain energy per area, eV/Å²."""
        return self.energy / self.area

    @property
    def dislocations_expected(self) -> bool:
        """Whether a dislocated interface would have the lower energy."""
        return self.dislocation_gain > 1.0


def interfaces(relaxed: Relaxed) -> tuple[Interface, ...]:
    """All interfaces between segments of different material, in the order of the segments."""
    structure = relaxed.structure
    pairs = _joined(structure)
    if not pairs:
        return ()
    nearest, depth = _nearest_interface(structure, pairs)
    energies = np.bincount(nearest, relaxed.atom_energy, minlength=len(pairs))
    areas = _areas(structure, relaxed.positions, pairs)
    found: list[Interface] = []
    for place, (first, second) in enumerate(pairs):
        names = structure.segment_materials[first], structure.segment_materials[second]
        constants = [materials.lattice_constant(name) for name in names]
        misfit = 2.0 * (constants[1] - constants[0]) / sum(constants)
        area, energy = float(areas[place]), float(energies[place])
        size = min(math.sqrt(area / math.pi), depth[first], depth[second])
        found.append(
            Interface(
                segments=(structure.segments[first], structure.segments[second]),
                materials=names,
                misfit=misfit,
                area=area,
                energy=energy,
                dislocation_gain=_gain(names, misfit, energy / area, size),
                critical_thickness=critical_thickness(*names),
            )
        )
    return tuple(found)


def _joined(structure: Structure) -> list[tuple[int, int]]:
    """Pairs of segments of different material that share a bond."""
    other = structure.segment[structure.neighbours]
    crossing = (structure.neighbours != NO_ATOM) & (other > structure.segment[:, None])
    atoms, slots = np.nonzero(crossing)
    found = np.unique(np.stack([structure.segment[atoms], other[atoms, slots]], axis=1), axis=0)
    names = structure.segment_materials
    return [(first, second) for first, second in found.tolist() if names[first] != names[second]]


def _numbered(structure: Structure, pairs: list[tuple[int, int]]) -> Array:
    """Number of the interface of two segments (segment, segment), -1 where there is none."""
    count = len(structure.segments)
    table = np.full((count, count), -1, dtype=np.int32)
    for place, (first, second) in enumerate(pairs):
        table[first, second] = table[second, first] = place
    return table


def _nearest_interface(structure: Structure, pairs: list[tuple[int, int]]) -> tuple[Array, Array]:
    """The interface (atom,) that is the fewest bonds away, the first of them where several are; and how
    deep each segment reaches from its interfaces (segment,), Å.

    An atom that no chain of bonds joins to an interface has the number after the last.
    """
    table = _numbered(structure, pairs)
    there = structure.neighbours != NO_ATOM
    own = np.where(there, table[structure.segment[:, None], structure.segment[structure.neighbours]], -1)
    label = own.max(axis=1).astype(np.int32)
    steps = np.zeros(len(label), dtype=np.int32)
    _flood(structure.neighbours, label, steps)
    deepest = np.zeros(len(structure.segments))
    np.maximum.at(deepest, structure.segment, steps + 1)
    constants = np.array([materials.lattice_constant(name) for name in structure.segment_materials])
    return np.where(label < 0, len(pairs), label), _STRIDE * constants * deepest


@njit(cache=True)
def _flood(neighbours: Any, label: Any, steps: Any) -> None:
    queue = np.empty(len(label), dtype=np.int64)
    last = 0
    for i in range(len(label)):
        if label[i] >= 0:
            queue[last] = i
            last += 1
    first = 0
    while first < last:
        i = queue[first]
        first += 1
        for s in range(4):
            j = neighbours[i, s]
            if j >= 0 and label[j] < 0:
                label[j], steps[j] = label[i], steps[i] + 1
                queue[last] = j
                last += 1


def _areas(structure: Structure, positions: Array, pairs: list[tuple[int, int]]) -> Array:
    """Area of each interface (interface,), Å²."""
    atoms, others = _second_neighbours(structure)
    segment = structure.segment.astype(np.int64)
    table = _numbered(structure, pairs)
    across = table[segment[atoms], segment[others]]
    crossing = across >= 0
    # A side is an atom together with an interface that it is at.
    sides, side = np.unique(atoms[crossing] * len(pairs) + across[crossing], return_inverse=True)
    vectors = positions[others[crossing]] - positions[atoms[crossing]]
    vectors *= _SLOPE * np.linalg.norm(vectors, axis=1)[:, None]
    area = np.stack([np.bincount(side, column, minlength=len(sides)) for column in vectors.T], axis=1)
    owner, place = np.divmod(sides, len(pairs))
    smooth = area.copy()
    within = segment[atoms] == segment[others]
    for number in range(len(pairs)):
        row = np.full(len(segment), -1)
        row[owner[place == number]] = np.flatnonzero(place == number)
        near = within & (row[atoms] >= 0) & (row[others] >= 0)
        np.add.at(smooth, row[atoms[near]], area[row[others[near]]])
    normal = smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-300)
    # Each part of it is seen by two sublattices from two sides.
    return np.bincount(place, 0.25 * np.einsum("ax,ax->a", area, normal), minlength=len(pairs))


def _second_neighbours(structure: Structure) -> tuple[Array, Array]:
    """All ordered pairs of second neighbours of which one has a neighbour, or a neighbour of it, across."""
    neighbours, segment = structure.neighbours, structure.segment
    there = neighbours != NO_ATOM
    near = (there & (segment[neighbours] != segment[:, None])).any(axis=1)
    for _ in range(2):
        near |= (there & near[neighbours]).any(axis=1)
    middle = np.flatnonzero(near)
    first, second = (slots.ravel() for slots in np.indices((4, 4)))
    atoms, others = neighbours[middle][:, first], neighbours[middle][:, second]
    good = (atoms != NO_ATOM) & (others != NO_ATOM) & (atoms != others)
    return atoms[good].astype(np.int64), others[good].astype(np.int64)


def moduli(name: str) -> tuple[float, float]:
    """Isotropic shear modulus (eV/Å³) and Poisson ratio of the Keating crystal; of an alloy the mean.

    Voigt–Reuss–Hill mean of the shear moduli (Hill, Proc. Phys. Soc. A 65, 349 (1952)).
    """
    shear = bulk = 0.0
    for compound, share in materials.fractions(name).items():
        field, a = materials.keating(compound), materials.lattice_constant(compound)
        along, across = (
            2.0 * field.beta / a,
            4.0 * field.alpha * field.beta / (a * (field.alpha + field.beta)),
        )
        voigt = (2.0 * along + 3.0 * across) / 5.0
        reuss = 5.0 * along * across / (2.0 * across + 3.0 * along)
        shear += share * 0.5 * (voigt + reuss)
        bulk += share * (3.0 * field.alpha + field.beta) / (3.0 * a)
    return shear, (3.0 * bulk - 2.0 * shear) / (6.0 * bulk + 2.0 * shear)


def _pair(names: tuple[str, str]) -> tuple[float, float, float]:
    """Mean shear modulus and Poisson ratio of two materials, and their mean Burgers vector a/√2, Å."""
    one, other = (moduli(name) for name in names)
    burgers = sum(materials.lattice_constant(name) for name in names) / (2.0 * math.sqrt(2.0))
    return 0.5 * (one[0] + other[0]), 0.5 * (one[1] + other[1]), burgers


def _gain(names: tuple[str, str], misfit: float, density: float, size: float) -> float:
    shear, poisson, burgers = _pair(names)
    if not misfit:
        return 0.0
    cost = shear * burgers**2 / (4.0 * math.pi * (1.0 - poisson))
    return density * burgers / abs(misfit) / (cost * (math.log(max(size / burgers, 1.0)) + 1.0))


def critical_thickness(film: str, substrate: str) -> float:
    """Critical thickness (Å) of a flat film on a thick substrate; inf without misfit, 0 if any is beyond it.

    h = b (1 − ν/4)/(4π f (1 + ν)) (ln(h/b) + 1): Matthews and Blakeslee (1974), 60° dislocations.
    """
    one, other = materials.lattice_constant(film), materials.lattice_constant(substrate)
    misfit = 2.0 * abs(one - other) / (one + other)
    if misfit < 1e-9:
        return math.inf
    _, poisson, burgers = _pair((film, substrate))
    scale = burgers * (1.0 - 0.25 * poisson) / (4.0 * math.pi * misfit * (1.0 + poisson))
    # h/scale − ln(h/b) − 1 is least at h = scale; there is a solution beyond it if it is negative there.
    if scale < burgers:
        return 0.0
    thickness = 2.0 * scale
    for _ in range(200):
        thickness = scale * (math.log(thickness / burgers) + 1.0)
    return thickness


def misfit_warnings(found: tuple[Interface, ...]) -> list[str]:
    """A sentence with the numbers for each kind of interface where dislocations would pay."""
    told: dict[tuple[str, str], list[Interface]] = {}
    for interface in found:
        if interface.dislocations_expected:
            told.setdefault(interface.materials, []).append(interface)
    return [_warning(group) for group in told.values()]


def _warning(group: list[Interface]) -> str:
    worst = max(group, key=lambda interface: interface.dislocation_gain)
    names = ", ".join("–".join(interface.segments) for interface in group)
    thickness = worst.critical_thickness
    film = f"up to {0.1 * thickness:.1f} nm" if thickness > 0.0 else "at no thickness"
    energy = 1e3 * worst.energy_density / N_PER_M
    return (
        f"Misfit dislocations are to be expected between {' and '.join(worst.materials)} ({names}): the "
        f"misfit is {100.0 * abs(worst.misfit):.1f} %, the coherent interface holds {energy:.0f} mJ/m² of "
        f"strain energy, and a first dislocation would relieve {worst.dislocation_gain:.1f} times what it "
        f"costs (a flat film is coherent {film}). The atoms are relaxed as a coherent crystal all the "
        f"same."
    )
