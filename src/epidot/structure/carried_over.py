"""What our own files say beside species and positions: segments, materials, groups of attached atoms.

It counts only where it is there and fits the atoms; anything else is left to be found from the atoms.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.structure.regions import Regions, composition_of

Array = NDArray[Any]


def carried_segments(
    atoms: Any, kept: Array, numbers: Array, cation: Array
) -> tuple[Regions, Array, tuple[str, ...]] | None:
    """Segments, material (kept,) of each atom and names of the materials; None if the file has none that fit.

    They fit if all indices have names and every atom's element is part of its compound.

    Parameters
    ----------
    atoms : `ase.Atoms` of the file.
    kept : (kept,) indices of the atoms of the network.
    numbers, cation : (kept,) of these.
    """
    segments, compounds = (_words(atoms, key) for key in ("segments", "materials"))
    segment, material = (_column(atoms, key, kept) for key in ("segment", "material"))
    if segment is None or material is None:
        return None
    distinct = len(set(segments)) == len(segments) and len(set(compounds)) == len(compounds)
    if not distinct or not (_indexes(segment, segments) and _indexes(material, compounds)):
        return None
    if not set(compounds) <= set(materials.names()) or not _holds(compounds, material, numbers, cation):
        return None
    used, segment = np.unique(segment, return_inverse=True)
    given = _labels(atoms, len(segments))
    labels = tuple(
        given[index] if given else composition_of(numbers[segment == place], cation[segment == place])
        for place, index in enumerate(used)
    )
    return Regions(segment, tuple(segments[index] for index in used), labels), material, compounds


def carried_groups(atoms: Any, attached: Array) -> tuple[Array, tuple[str, ...]] | None:
    """Groups (attached,) of the attached atoms (indices), and their names; None if none of the file fit."""
    group = _column(atoms, "attached", attached)
    text = atoms.info.get("attached_groups")
    try:
        names = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return None
    if group is None or not len(group) or not isinstance(names, list | tuple | np.ndarray):
        return None
    labels = tuple(str(entry) for entry in names)
    return (group - 1, labels) if _indexes(group - 1, labels) else None


def _words(atoms: Any, key: str) -> tuple[str, ...]:
    text = atoms.info.get(key)
    return tuple(text.split()) if isinstance(text, str) else ()


def _column(atoms: Any, key: str, chosen: Array) -> Array | None:
    values = atoms.arrays.get(key)
    if values is None or values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
        return None
    return np.asarray(values[chosen], dtype=np.int64)


def _indexes(values: Array, names: tuple[str, ...]) -> bool:
    return bool(values.min() >= 0 and values.max() < len(names))


def _holds(compounds: tuple[str, ...], material: Array, numbers: Array, cation: Array) -> bool:
    from ase.data import atomic_numbers

    pairs = [materials.compound(entry) for entry in compounds]
    table = np.array([[atomic_numbers[entry.anion], atomic_numbers[entry.cation]] for entry in pairs])
    return bool((table[material, cation.astype(int)] == numbers).all())


def _labels(atoms: Any, count: int) -> tuple[str, ...]:
    """What the segments are made of, if the file says it in names that exist; else nothing."""
    labels = _words(atoms, "segment_materials")
    try:
        names = tuple(materials.composition(label).name for label in labels)
    except InputError:
        return ()
    return names if len(names) == count else ()
