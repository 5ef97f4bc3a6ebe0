"""Which way each bilayer of an arm or rod is stacked: polytypes, faults, twins and insertions.

Jagodzinski's notation: a layer is h if the layers on its two sides are alike, c if not. In Hägg's
steps, bilayer j repeats the step of the bilayer before it where the layer between them is c and
reverses it where it is h. Faults of wurtzite (all h) are runs of c: I1 one, I2 two, E three (Hirth
and Lothe, Theory of Dislocations, 1982, ch. 10); those of zinc blende (all c): twin h, intrinsic hh,
extrinsic hch.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.design.design import Arm, Defect, Stack
from epidot.design.quantities import RAMSDELL
from epidot.errors import InputError
from epidot.seeds import uniform

Array = NDArray[Any]

_FAULTS: Final = {"I1": "c", "I2": "cc", "E": "ccc", "twin": "h", "ISF": "hh", "ESF": "hch"}
_HOSTS: Final = {"I1": "h", "I2": "h", "E": "h", "twin": "c", "ISF": "c", "ESF": "c"}


def key_of(name: str) -> int:
    """A number that stands for a name in keyed randomness."""
    return zlib.crc32(name.encode())


def hexagonal(part: Arm | Stack, counts: tuple[int, ...]) -> Array:
    """Whether each bilayer reverses the step before it (h); (bilayer,) bool, from the foot.

    Parameters
    ----------
    part : with phase or stacking, and the phases of its segments.
    counts : bilayers of each segment.
    """
    default = "h" if part.phase == "wz" else "c"
    word = default if part.stacking is None else RAMSDELL.get(part.stacking, part.stacking)
    total = sum(counts)
    letters = np.array(list(word))[np.arange(total) % len(word)]
    start = 0
    for segment, count in zip(part.segments, counts, strict=True):
        if segment.phase is not None:
            letters[start : start + count] = "h" if segment.phase == "wz" else "c"
        start += count
    return letters == "h"


def with_faults(
    flags: Array, limb: str, defects: tuple[Defect, ...], seed: int, heights: Array
) -> tuple[Array, tuple[str, ...]]:
    """The stacking with its faults, and what was put in, e.g. ``("I1 at bilayer 12",)``.

    Parameters
    ----------
    flags : (bilayer,) bool of `hexagonal`.
    limb : name of the arm or rod.
    defects, seed : of the design.
    heights : (bilayer,) thickness of each, Å.

    Raises
    ------
    InputError
        A fault beyond the end, or one that the crystal there cannot have.
    """
    changed = flags.copy()
    done: list[str] = []
    for index, defect in enumerate(defects):
        if defect.type == "vacancy" or defect.limb not in ("all", limb):
            continue
        if defect.layer is not None:
            places = [_placed(flags, limb, index, defect)]
        else:
            keys = np.arange(len(flags)) + 4096 * (key_of(limb) + 7919 * index)
            drawn = uniform(seed, keys) < heights / (defect.spacing or np.inf)
            places = [int(place) for place in np.flatnonzero(drawn) if _fits(flags, int(place), defect)]
        for place in places:
            word = _word(flags, place, defect)
            changed[place : place + len(word)] = np.array(list(word)) == "h"
            done.append(f"{defect.type} at bilayer {place + 1}")
    return changed, tuple(done)


def _word(flags: Array, place: int, defect: Defect) -> str:
    if defect.type == "insertion":
        return ("c" if flags[place] else "h") * (defect.layers or 1)
    return _FAULTS[defect.type]


def _fits(flags: Array, place: int, defect: Defect) -> bool:
    word = _word(flags, place, defect)
    if place + len(word) > len(flags):
        return False
    host = flags[place : place + len(word)]
    if defect.type == "insertion":
        return bool((host == host[0]).all())
    return bool((host == (_HOSTS[defect.type] == "h")).all())


def _placed(flags: Array, limb: str, index: int, defect: Defect) -> int:
    layer = defect.layer or 1
    path = f"defects[{index}].layer"
    length = (defect.layers or 1) if defect.type == "insertion" else len(_FAULTS[defect.type])
    if layer + length - 1 > len(flags):
        rule = f"lies beyond the end of {limb}, which has {len(flags)} bilayers"
        raise InputError(path, layer, rule, f"Give at most {max(len(flags) - length + 1, 1)}")
    if not _fits(flags, layer - 1, defect):
        if defect.type == "insertion":
            rule = f"the stacking of {limb} changes within these bilayers"
            raise InputError(path, layer, rule, "Choose a place inside one phase")
        host, other = ("wurtzite", "twin, ISF or ESF")
        if _HOSTS[defect.type] == "c":
            host, other = ("zinc blende", "I1, I2 or E")
        rule = f"{defect.type} is a fault of {host}, which {limb} is not there"
        raise InputError(path, layer, rule, f"Choose another bilayer, or {other}")
    return layer - 1


def steps(flags: Array) -> Array:
    """Hägg's steps (bilayer,) of ±1; what lies below the first bilayer counts as +1."""
    return np.cumprod(np.where(flags, -1, 1))
