"""A boundary between two lattices that do not continue each other: bonds are found by distance."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.structure.bonds import Links
from epidot.structure.lattice import BOND, Sites

Array = NDArray[Any]

TOO_CLOSE: Final = 0.85
"""In bonds: of two sites nearer than this, one is left out."""
LIKE_TOO_CLOSE: Final = 1.25
"""The same for two sites of one species: they would repel."""
LONGEST: Final = 1.25
"""In bonds: the longest bond across a boundary; the force field pulls it in."""
BENT: Final = 0.6
"""Cosine between a bond across the boundary and the ideal direction whose place it takes."""


def mended(sites: Sites, found: Links) -> tuple[Links, Array]:
    """Bonds across the boundary where they fit, and the sites (site,) bool that are left.

    Pairs are taken from the shortest on; each needs a free ideal direction on both sides. A site of
    the second part goes where two would be in each other's way.
    """
    pairs = found.clashes
    vectors = sites.position[pairs[:, 1]] - sites.position[pairs[:, 0]]
    lengths = np.linalg.norm(vectors, axis=1) / BOND
    like = sites.cation[pairs[:, 0]] == sites.cation[pairs[:, 1]]
    crowded = lengths < np.where(like, LIKE_TOO_CLOSE, TOO_CLOSE)
    alive = np.ones(len(sites.position), dtype=np.bool_)
    # Sites of the second part have the higher numbers.
    for i, j in pairs[crowded][np.argsort(lengths[crowded], kind="stable")]:
        if alive[i] and alive[j]:
            alive[max(i, j)] = False
    table = found.table.copy()
    table[~alive] = -1
    table[(table >= 0) & ~alive[table]] = -1
    for place in np.argsort(lengths, kind="stable"):
        i, j = (int(site) for site in pairs[place])
        if like[place] or lengths[place] > LONGEST or not (alive[i] and alive[j]):
            continue
        unit = vectors[place] / (lengths[place] * BOND)
        mine = _free(sites, table, i, unit)
        theirs = _free(sites, table, j, -unit)
        if mine >= 0 and theirs >= 0:
            table[i, mine], table[j, theirs] = j, i
    return Links(table, np.zeros((0, 2), dtype=np.int32)), alive


def _free(sites: Sites, table: Array, site: int, direction: Array) -> int:
    """The free ideal direction of a site nearest to a unit vector, or -1 if none is near."""
    cosines = sites.tetrahedra[sites.tetrahedron[site]] @ direction
    cosines = np.where(table[site] < 0, cosines, -1.0)
    slot = int(cosines.argmax())
    return slot if cosines[slot] > BENT else -1
