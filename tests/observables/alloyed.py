"""Random alloys by hand: dots whose anions are exchanged at random."""

import dataclasses

import numpy as np

from epidot.design import catalogue
from epidot.structure import build


def alloyed(sulphur, seed=1, diameter="2.6 nm"):
    """A zinc-blende CdSe dot with this fraction of its anions exchanged for S; cations likewise in name."""
    structure = build(catalogue.zb_dot(diameter=diameter))
    draw = np.random.default_rng(seed)
    numbers, material = structure.numbers.copy(), structure.material.copy()
    for kind in (0, 1):
        atoms = draw.permutation(np.flatnonzero(structure.cation == kind))
        chosen = atoms[: round(sulphur * len(atoms))]
        material[chosen] = 1
        if kind == 0:
            numbers[chosen] = 16
    return dataclasses.replace(
        structure,
        numbers=numbers,
        material=material,
        materials=("CdSe", "CdS"),
        segment_materials=(f"CdSe{1 - sulphur:g}S{sulphur:g}",),
    )
