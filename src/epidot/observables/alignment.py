"""Type I, quasi-type II or type II, from where electron and hole are.

Rule: p_e(m) and p_h(m) are the populations of material m, thermal means over the pair states. The
shared part s = Σ_m min(p_e, p_h) is 1 if both carriers are spread alike over the materials, 0 if
they are in different ones. Type I: s ≥ 2/3; type II: s ≤ 1/3; quasi-type II between.

The words follow the carriers, not the band edges, as in Eshet, Grünwald and Rabani, Nano Lett. 13,
5880 (2013): a small core of a type I pair of materials may be type II, because confinement decides.
Materials are compounds. What is in an alloyed segment is shared out among its compounds by their atoms, so
that an alloy counts as a material of its own, whichever of its atoms the carriers prefer.
Carriers apart in two pieces of one material are type I here; the overlap tells them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.excitons import Excitons
from epidot.structure.structure import Structure

_TYPE_I: Final = 2.0 / 3.0
_TYPE_II: Final = 1.0 / 3.0


def in_materials(
    excitons: Excitons, weights: NDArray[Any]
) -> tuple[tuple[str, ...], NDArray[Any], NDArray[Any]]:
    """Where the electron and the hole are: names of materials, and two populations (material,).

    Parameters
    ----------
    weights : (exciton,), 1 in all.
    """
    states = excitons.states
    structure = states.relaxed.structure
    member = _member(structure)
    pairs = np.einsum("x,xeh->eh", weights, excitons.weights)
    electron = pairs.sum(axis=1) @ states.electron_in_segment @ member
    hole = pairs.sum(axis=0) @ states.hole_in_segment @ member
    return structure.materials, electron, hole


def _member(structure: Structure) -> NDArray[Any]:
    """Fraction of each segment's atoms that belong to each compound, (segment, material)."""
    counts = np.zeros((len(structure.segments), len(structure.materials)))
    np.add.at(counts, (structure.segment, structure.material), 1.0)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)


def alignment(excitons: Excitons, weights: NDArray[Any]) -> str:
    """``type I``, ``quasi-type II`` or ``type II`` by the rule of this module; `weights` (exciton,)."""
    _, electron, hole = in_materials(excitons, weights)
    shared = float(np.minimum(electron / electron.sum(), hole / hole.sum()).sum())
    if shared >= _TYPE_I:
        return "type I"
    return "type II" if shared <= _TYPE_II else "quasi-type II"
