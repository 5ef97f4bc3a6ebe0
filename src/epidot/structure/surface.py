"""What is taken away from an ideal cut: loose atoms, roughness, vacancies, a chosen termination.

Every function takes the link table and the mask of living sites and returns a new mask; sites with
fewer than two bonds never survive (`bonds.prune`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from epidot.design.design import Defect, Roughness, Surface
from epidot.errors import InputError
from epidot.seeds import normal, uniform
from epidot.structure.bonds import coordination, largest_piece, prune
from epidot.structure.boundary import depths
from epidot.structure.lattice import BOND, Sites
from epidot.structure.occupation import site_keys

Array = NDArray[Any]

_DEEPEST: Final = 4.0
"""In standard deviations: deeper losses are not looked for."""


def shaped(sites: Sites, table: Array, surface: Surface, defects: tuple[Defect, ...], seed: int) -> Array:
    """The sites (site,) bool that are left of an ideal cut.

    Raises
    ------
    InputError
        A ratio of cations to anions that the surface cannot reach.
    """
    alive = prune(table, np.ones(len(table), dtype=np.bool_))
    if surface.roughness is not None:
        alive = _roughened(sites, table, alive, surface.roughness, seed)
    alive = _with_vacancies(sites, table, alive, defects, seed)
    if surface.fewest_bonds == 3:
        alive = prune(table, alive & (coordination(table, alive) >= 3))
    if surface.termination != "natural":
        lost = sites.cation != (surface.termination == "cation")
        alive = prune(table, alive & ~(lost & (coordination(table, alive) == 2)))
    if surface.cation_per_anion is not None:
        alive = _balanced(sites, table, alive, surface.cation_per_anion, seed)
    return largest_piece(table, alive)


def _roughened(sites: Sites, table: Array, alive: Array, rough: Roughness, seed: int) -> Array:
    """Remove sites nearer to the surface than a smooth random depth, drawn on the surface."""
    # Both lengths in units of a, for the lattice of this family (5.4 to 6.5 Å) near enough.
    scale = 6.0
    site, slot = np.nonzero((table < 0) | ~alive[table])
    outer = alive[site]
    site, slot = site[outer], slot[outer]
    begin = sites.position[site]
    end = begin + BOND * sites.tetrahedra[sites.tetrahedron[site], slot]
    living = np.flatnonzero(alive)
    found = depths(sites.position[living], site, (begin, end), _DEEPEST * rough.depth / scale + BOND)
    noise = smooth_noise(0.5 * (begin + end), rough.correlation / scale, seed)
    lost = np.abs(noise[found.nearest]) * rough.depth / scale
    rest = alive.copy()
    rest[living[found.point[-found.depth < lost]]] = False
    return prune(table, rest)


def smooth_noise(points: Array, length: float, seed: int) -> Array:
    """A random field (point,) of mean 0 and variance 1 everywhere that varies over `length`.

    Keyed normal numbers on a cubic grid, interpolated linearly and brought back to unit variance.
    """
    cell = np.floor(points / length).astype(np.int64)
    part = points / length - cell
    total, square = np.zeros(len(points)), np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(np.array(corner) == 1, part, 1.0 - part), axis=1)
        where = cell + np.array(corner)
        keys = (where[:, 0] * 1_000_003 + where[:, 1]) * 1_000_003 + where[:, 2]
        total += weight * normal(7 * seed + 5, keys)
        square += weight**2
    return total / np.sqrt(square)


def _with_vacancies(
    sites: Sites, table: Array, alive: Array, defects: tuple[Defect, ...], seed: int
) -> Array:
    for index, defect in enumerate(defects):
        if defect.type != "vacancy":
            continue
        inside = alive & (coordination(table, alive) == 4)
        candidates = np.flatnonzero(inside & (sites.cation == (defect.species == "cation")))
        drawn = uniform(7 * seed + 11 + index, site_keys(sites.position[candidates])) < (
            defect.fraction or 0.0
        )
        alive = alive.copy()
        alive[candidates[drawn]] = False
        alive = prune(table, alive)
    return alive


def _balanced(sites: Sites, table: Array, alive: Array, wanted: float, seed: int) -> Array:
    """Remove surface atoms of the species in excess, those with fewest bonds first, until the ratio holds."""
    cations = int((alive & sites.cation).sum())
    anions = int(alive.sum()) - cations
    too_many_anions = cations < wanted * anions
    excess = round(anions - cations / wanted) if too_many_anions else round(cations - wanted * anions)
    if excess <= 0:
        return alive
    counts = coordination(table, alive)
    lost = alive & (sites.cation != too_many_anions) & (counts < 4)
    candidates = np.flatnonzero(lost)
    keys = uniform(7 * seed + 3, site_keys(sites.position[candidates]))
    order = candidates[np.lexsort((keys, counts[candidates]))]
    rest = alive.copy()
    removed = _remove(table, rest, counts.astype(np.int64), order, excess)
    if removed < excess:
        reached = cations / (anions - removed) if too_many_anions else (cations - removed) / anions
        rule = "cannot be reached by removing surface atoms that leave two bonds to each of the others"
        cure = f"Give at most {reached:.2f}" if too_many_anions else f"Give at least {reached:.2f}"
        raise InputError("surface.cation_per_anion", f"{wanted:g}", rule, cure)
    return rest


@njit(cache=True)
def _remove(table: Any, alive: Any, counts: Any, order: Any, most: int) -> int:
    removed = 0
    for i in order:
        if removed == most:
            break
        safe = True
        for slot in range(4):
            j = table[i, slot]
            if j >= 0 and alive[j] and counts[j] <= 2:
                safe = False
        if not safe:
            continue
        alive[i] = False
        removed += 1
        for slot in range(4):
            j = table[i, slot]
            if j >= 0 and alive[j]:
                counts[j] -= 1
    return removed
