"""Segments of a particle whose design nobody wrote down: connected regions of one composition.

An atom belongs to the compound of its own element and of the partners that its like neighbours have. Small
regions are islands of an alloy and join what surrounds them. Regions that penetrate each other are the
halves of an alloy in which both elements hang together. They are known as follows: where the elements of a
sublattice are sorted into layers or cores, a plane tells them apart around every atom; where they are mixed
at random, none does. The variance that the best plane leaves among an atom and its twelve next-nearest
neighbours, averaged over their surroundings, is x(1 − x) in a random alloy, 0 in a compound and at most about
0.07 at a sharp interface. So an alloy is told from a compound beside it if it has more than about a third
of each element; a more dilute one only if the compound is that of its minority.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.structure.periodic import parts
from epidot.structure.species import symbol
from epidot.structure.structure import NO_ATOM

Array = NDArray[Any]

LEAST_REGION: Final = 30
"""Atoms. Smaller regions are islands of an alloy and belong to what surrounds them."""
MIXED: Final = 0.16
"""Mean unexplained variance from which on a region is one half of an alloy: with 20 % of one element or more
(beyond the site percolation threshold of an fcc sublattice, 0.199) both halves hang together."""
STILL_MIXED: Final = 0.08
"""Unexplained variance around an atom from which on it may belong to an alloy; above sharp interfaces."""
PURE: Final = 0.01
"""Unexplained variance of a compound with noise."""
ALIKE: Final = 0.15
"""Regions that touch are one if no element's share of its sublattice differs by more: a dilute alloy has
pockets without any of its minority."""
_THIN: Final = 2
"""Bonds from its border that an alloy must reach inwards; a thinner one is a rough or graded interface."""
_MATCH: Final = 5.0
"""How many bonds to a region count as much as one to a region that holds the atom's own element."""
_ENCLOSED: Final = 0.05
"""Part of the atoms at the surface below which a region is inside others."""


@dataclass(frozen=True)
class Regions:
    """Segments, from the inside out."""

    segment: Array
    """(atom,) index into `names`."""
    names: tuple[str, ...]
    labels: tuple[str, ...]
    """Composition of each."""


@dataclass(frozen=True)
class _Elements:
    """Elements as small integers, the commonest first."""

    numbers: Array
    """(element,) atomic numbers."""
    own: Array
    """(atom,) index of each atom's element."""
    partners: Array
    """(atom, element) how many bonds of an atom end at each element."""
    second: Array
    """(atom, 16) next-nearest neighbours, `NO_ATOM` where there is none."""
    cation: Array
    """(atom,) bool"""


def compounds(neighbours: Array, numbers: Array, cation: Array) -> tuple[Array, tuple[str, ...]]:
    """Compound of the majority of each atom's bonds (atom,), an index into the names returned.

    Compounds are in the order of their bonds, the commonest first; if an atom has as many bonds of
    one as of another, the commoner counts.

    Raises
    ------
    InputError
        A bond of two elements that no known compound is made of.
    """
    held = neighbours != NO_ATOM
    other = numbers[neighbours]
    c, a = (np.where(cation[:, None] == side, numbers[:, None], other) for side in (True, False))
    code = np.where(held, 256 * c + a, -1)
    kinds, counts = np.unique(code[held], return_counts=True)
    kinds = kinds[np.argsort(-counts, kind="stable")]
    names = tuple(materials.compound_of(int(kind) // 256, int(kind) % 256) for kind in kinds)
    bonds = np.stack([(code == kind).sum(axis=1) for kind in kinds], axis=1)
    return bonds.argmax(axis=1), names


def regions(positions: Array, neighbours: Array, numbers: Array, cation: Array) -> Regions:
    """Segments by composition: ``core`` is the innermost, others are called by composition and number.

    Parameters
    ----------
    positions, neighbours : (atom, 3) Å and (atom, 4), one connected network.
    numbers, cation : (atom,) atomic numbers and bool.
    """
    elements = _elements(neighbours, numbers, cation)
    atom, slot = np.nonzero(neighbours != NO_ATOM)
    bonds = np.stack([atom, neighbours[atom, slot]])
    kinds = _kinds(elements)
    label = _connected(kinds, bonds, elements)
    if label.any():
        kinds = _with_alloys(kinds, label, positions, neighbours, elements)
        label = _merged(_connected(kinds, bonds, elements), bonds, elements)
    return _named(label, positions, (neighbours == NO_ATOM).any(axis=1), elements)


def _elements(neighbours: Array, numbers: Array, cation: Array) -> _Elements:
    kinds, counts = np.unique(numbers, return_counts=True)
    kinds = kinds[np.argsort(-counts, kind="stable")]
    own = (numbers[:, None] == kinds).argmax(axis=1)
    held = neighbours != NO_ATOM
    partners = np.zeros((len(numbers), len(kinds)))
    for slot in range(4):
        atom = np.flatnonzero(held[:, slot])
        partners[atom, own[neighbours[atom, slot]]] += 1.0
    second = np.where(held[:, :, None], neighbours[neighbours], NO_ATOM).reshape(-1, 16)
    second[second == np.arange(len(numbers))[:, None]] = NO_ATOM
    return _Elements(kinds, own, partners, second, cation)


def _kinds(elements: _Elements) -> Array:
    """Cation and anion (2, atom) of the compound that each atom belongs to."""
    votes = elements.partners.copy()
    for column in elements.second.T:
        like = np.flatnonzero((column != NO_ATOM) & (elements.own[column] == elements.own))
        votes[like] += elements.partners[column[like]]
    partner = votes.argmax(axis=1)
    return np.stack([np.where(elements.cation == side, elements.own, partner) for side in (True, False)])


def _connected(kinds: Array, bonds: Array, elements: _Elements) -> Array:
    """Region (atom,) of each atom, from 0: connected atoms of one kind, islands joined to what is around."""
    same = (kinds[:, bonds[0]] == kinds[:, bonds[1]]).all(axis=0)
    _, label = parts(bonds[0][same], bonds[1][same], len(elements.own))
    return np.unique(_without_islands(label, kinds, bonds, elements), return_inverse=True)[1]


def _with_alloys(
    kinds: Array, label: Array, positions: Array, neighbours: Array, elements: _Elements
) -> Array:
    """The kinds (2, atom), with the number of elements in the place of one that is mixed."""
    found = kinds.copy()
    for place, side in enumerate((True, False)):
        members = elements.cation == side
        if len(np.unique(elements.own[members])) > 1:
            found[place][_alloyed(label, positions, neighbours, members, elements)] = len(elements.numbers)
    return found


def _alloyed(label: Array, positions: Array, neighbours: Array, members: Array, elements: _Elements) -> Array:
    """Mask (atom,) of both sublattices: where the elements of the sublattice `members` (bool) are mixed."""
    held = neighbours != NO_ATOM
    plain, freedom = np.zeros(len(members)), np.zeros(len(members))
    chosen = np.flatnonzero(members)
    plain[chosen], freedom[chosen] = _left_by_a_plane(positions, chosen, elements)
    left = plain
    for _ in range(2):
        left, freedom = (_with_second(values, elements.second) for values in (left, freedom))
    # The other sublattice takes what its neighbours have.
    plain, left, freedom = (
        np.where(members, values, np.where(held, values[neighbours], 0.0).sum(axis=1))
        for values in (plain, left, freedom)
    )
    variance = np.divide(left, freedom, out=np.zeros(len(left)), where=freedom > 0.0)
    half = np.bincount(label, variance) > MIXED * np.bincount(label)
    mixed = _holding(neighbours, variance > STILL_MIXED, half[label])
    # The mean over the surroundings reaches into whatever compound lies beside an alloy: it is given back.
    pure = _holding(neighbours, (variance < PURE) | (plain < 1e-9), variance < PURE)
    for column in elements.second.T:
        pure = pure | ((column != NO_ATOM) & pure[column] & (plain[column] < 1e-9))
    mixed &= ~np.where(members, pure, 2 * (held & pure[neighbours]).sum(axis=1) > held.sum(axis=1))
    inner = mixed
    for _ in range(_THIN):
        inner = inner & (~held | inner[neighbours]).all(axis=1)
    return _holding(neighbours, mixed, inner)


def _holding(neighbours: Array, mask: Array, seeds: Array) -> Array:
    """The connected parts of a mask (atom,) that hold one of the seeds (atom,)."""
    atom, slot = np.nonzero((neighbours != NO_ATOM) & mask[:, None] & mask[neighbours])
    number, label = parts(atom, neighbours[atom, slot], len(mask))
    return mask & (np.bincount(label, seeds & mask, minlength=number) > 0)[label]


def _with_second(values: Array, second: Array) -> Array:
    total = values.copy()
    for column in second.T:
        total += np.where(column != NO_ATOM, values[column], 0.0)
    return total


def _left_by_a_plane(positions: Array, atoms: Array, elements: _Elements) -> tuple[Array, Array]:
    """Squares left and degrees of freedom (atoms,) of a linear fit of the element to the place.

    The fit is over an atom and its next-nearest neighbours; for two elements the squares of one
    indicator count, of which both have the same.
    """
    group = np.column_stack([atoms, elements.second[atoms]])
    weight = (group != NO_ATOM).astype(float)
    number = weight.sum(axis=1)
    place = (positions[group] - positions[atoms][:, None, :]) * weight[:, :, None]
    place = (place - (place.sum(axis=1) / number[:, None])[:, None, :]) * weight[:, :, None]
    spread = np.einsum("agi,agj->aij", place, place)
    # A little of the identity: around a surface atom all places may lie in one plane.
    spread += 1e-6 * (1.0 + np.trace(spread, axis1=1, axis2=2))[:, None, None] * np.eye(3)
    left = np.zeros(len(atoms))
    for element in np.unique(elements.own[atoms]):
        here = (elements.own[group] == element) * weight
        here = (here - (here.sum(axis=1) / number)[:, None]) * weight
        slope = np.einsum("agi,ag->ai", place, here)
        explained = np.einsum("ai,ai->a", slope, np.linalg.solve(spread, slope[:, :, None])[:, :, 0])
        left += 0.5 * np.maximum(np.square(here).sum(axis=1) - explained, 0.0)
    return left, np.maximum(number - 4.0, 0.0)


def _without_islands(label: Array, kinds: Array, bonds: Array, elements: _Elements) -> Array:
    """Labels (atom,) after small regions have joined the large ones to which most of their bonds go."""
    size = np.bincount(label)
    large = size >= LEAST_REGION
    if not large.any():
        large[size.argmax()] = True
    nature = np.zeros((2, len(size)), dtype=np.int64)
    nature[:, label] = kinds
    while not large[label].all():
        crossing = bonds[:, ~large[label[bonds[0]]] & large[label[bonds[1]]]]
        source, target = label[crossing]
        wanted = np.where(elements.cation[crossing[0]], *nature[:, target])
        match = (wanted == elements.own[crossing[0]]) | (wanted == len(elements.numbers))
        pair, place = np.unique(source * len(size) + target, return_inverse=True)
        weight = np.bincount(place, np.where(match, _MATCH, 1.0))
        small, into = np.divmod(pair, len(size))
        order = np.lexsort((size[into], weight))
        joining = np.arange(len(size))
        # The last assignment wins: the heaviest.
        joining[small[order]] = into[order]
        label = joining[label]
    return label


def _merged(label: Array, bonds: Array, elements: _Elements) -> Array:
    """Labels (atom,) after regions that touch and are nearly of one composition have become one."""
    while True:
        _, label = np.unique(label, return_inverse=True)
        count = int(label.max()) + 1
        shares = np.zeros((count, 2 * len(elements.numbers)))
        np.add.at(shares, (label, elements.own + len(elements.numbers) * elements.cation), 1.0)
        size = shares.sum(axis=1)
        shares = np.concatenate(
            [half / np.maximum(half.sum(axis=1), 1.0)[:, None] for half in np.split(shares, 2, axis=1)],
            axis=1,
        )
        pairs = np.unique(label[bonds], axis=1)
        # Only ever into the larger one, so that nothing goes round in circles.
        grows = (size[pairs[1]] > size[pairs[0]]) | (
            (size[pairs[1]] == size[pairs[0]]) & (pairs[1] > pairs[0])
        )
        pairs = pairs[:, grows]
        apart = np.abs(shares[pairs[0]] - shares[pairs[1]]).max(axis=1, initial=0.0)
        pairs, apart = pairs[:, apart < ALIKE], apart[apart < ALIKE]
        if len(apart) == 0:
            return label
        joining = np.arange(count)
        order = np.argsort(-apart, kind="stable")
        # The last assignment wins: the most alike.
        joining[pairs[0][order]] = pairs[1][order]
        label = joining[label]


def _named(label: Array, positions: Array, surface: Array, elements: _Elements) -> Regions:
    count = int(label.max()) + 1
    size = np.bincount(label, minlength=count)
    depth = np.linalg.norm(positions - positions.mean(axis=0), axis=1)
    depth = np.bincount(label, depth, minlength=count) / size
    exposed = np.bincount(label, surface, minlength=count) / size > _ENCLOSED
    centre = np.stack([np.bincount(label, axis, minlength=count) / size for axis in positions.T])
    # Rounded, so that the places decide between equals, not the last digits.
    outward = np.lexsort((*np.round(centre, 1), np.round(depth, 1)))
    core = outward[np.argmin(exposed[outward])]
    order = [int(core), *(int(entry) for entry in outward if entry != core)]
    labels = [_composition(label == entry, elements) for entry in order]
    names = ["core"]
    for entry in labels[1:]:
        plain = re.sub(r"[\d.]", "", entry)
        names.append(f"{plain}{sum(name.rstrip('0123456789') == plain for name in names) + 1}")
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    return Regions(rank[label], tuple(names), tuple(labels))


def composition_of(numbers: Array, cation: Array) -> str:
    """Composition of some atoms with two decimals, such as ``CdSe0.52S0.48``."""
    text, plain = "", ""
    for side in (True, False):
        kinds, counts = np.unique(numbers[cation == side], return_counts=True)
        order = np.argsort(-counts, kind="stable")
        shares = np.round(counts[order] / counts.sum(), 2)
        shares[:1] += 1.0 - shares.sum()
        names = [symbol(kind) for kind in kinds[order]]
        plain += "".join(names[:1])
        text += "".join(
            f"{name}{share:.2f}" for name, share in zip(names, shares, strict=True) if share > 0.0
        )
    try:
        return materials.composition(text).name
    except InputError:
        # Elements that meet at an interface need not have a compound of their own.
        return plain


def _composition(members: Array, elements: _Elements) -> str:
    return composition_of(elements.numbers[elements.own[members]], elements.cation[members])
