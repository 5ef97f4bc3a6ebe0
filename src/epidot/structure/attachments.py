"""Imported atoms beside the network: what holds them, and with which atom of the network they move."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from epidot.errors import InputError
from epidot.structure.periodic import Contacts
from epidot.structure.species import symbol, told

Array = NDArray[Any]

LIGANDS: Final = "ligands"
METAL: Final = "metal "
"""What the group of a metal is called; its element follows."""


def anchored(
    numbers: Array, network: Array, beside: Array, links: Contacts, name: str
) -> tuple[Array, Array]:
    """The atoms beside the network in order, and the network atom whose displacement each shares.

    Bound atoms that are at most two bonds from each other belong to one ligand or one cluster. It
    moves as a whole with the network atom nearest to it. Any other atom goes with the bound atom
    that it reaches over fewest bonds: tails that touch or cross do not make one ligand of two.

    Parameters
    ----------
    numbers : (atom,) atomic numbers.
    network, beside : (atom,) bool.
    links : bonds between atoms beside the network, and from them to the network.

    Returns
    -------
    atoms, anchors : (attached,) indices. The atoms of one ligand follow each other in the order of the
        file, after the one that is bound.

    Raises
    ------
    InputError
        Atoms that are bound to nothing.
    """
    count = len(numbers)
    within = beside[links.first] & beside[links.second]
    ends = links.first[within], links.second[within]
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(count, count)).tocsr()
    graph = graph + graph.T
    head, anchor = _heads(links, network, beside)
    hops, source = np.full(count, np.inf), np.full(count, -1)
    if len(head):
        hops, _, source = dijkstra(
            graph, indices=head, min_only=True, unweighted=True, return_predecessors=True
        )
    lost = np.flatnonzero(beside & ~np.isfinite(hops))
    if len(lost):
        raise InputError(
            f"{name}: atoms bound to nothing",
            f"{len(lost)}, the first is {told(numbers, lost[:1])} (counted from 0)",
            "must be bonded to the particle or to a ligand on it",
            "Remove solvent and loose molecules",
        )
    return _ordered(np.flatnonzero(beside), source, head, anchor, _molecules(graph, head))


def _heads(links: Contacts, network: Array, beside: Array) -> tuple[Array, Array]:
    """Atoms bound to the network, those nearest to it first, and the nearest network atom of each."""
    outward, inward = network[links.first] & beside[links.second], beside[links.first] & network[links.second]
    head = np.concatenate([links.second[outward], links.first[inward]])
    anchor = np.concatenate([links.first[outward], links.second[inward]])
    order = np.argsort(np.concatenate([links.distance[outward], links.distance[inward]]), kind="stable")
    _, nearest = np.unique(head[order], return_index=True)
    order = order[np.sort(nearest)]
    return head[order], anchor[order]


def _molecules(graph: Any, head: Array) -> Array:
    """Which bound atoms (head,) belong together."""
    rows = graph[head]
    near = (rows + rows @ graph)[:, head]
    return connected_components(near, directed=False)[1]


def _ordered(atoms: Array, source: Array, head: Array, anchor: Array, molecule: Array) -> tuple[Array, Array]:
    place = np.full(len(source), -1)
    place[head] = np.arange(len(head))
    own = molecule[place[source[atoms]]] if len(atoms) else atoms
    # `head` is sorted by distance: the first of a molecule is the one that is bound best.
    _, first = np.unique(molecule, return_index=True)
    best = atoms == head[first][own] if len(atoms) else np.zeros(0, dtype=bool)
    earliest = np.full(len(first), len(source))
    np.minimum.at(earliest, own, atoms)
    order = np.lexsort((atoms, ~best, earliest[own])) if len(atoms) else atoms
    return atoms[order], anchor[first][own[order]] if len(atoms) else atoms


def groups(numbers: Array, metal: Array) -> tuple[Array, tuple[str, ...]]:
    """Index (attached,) into names of groups, ``ligands`` or ``metal Pt``, and these names.

    `numbers` and `metal` (bool) are those of the attached atoms.
    """
    names = np.array(
        [METAL + symbol(n) if is_metal else LIGANDS for n, is_metal in zip(numbers, metal, strict=True)],
        dtype=object,
    )
    present = tuple(dict.fromkeys(names.tolist()))
    return np.array([present.index(entry) for entry in names.tolist()], dtype=np.int64), present
