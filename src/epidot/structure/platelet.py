"""Zinc-blende platelets of whole monolayers between {100} faces of cations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Design, Platelet
from epidot.structure.assembly import Assembly, Blend, covered
from epidot.structure.lattice import cubic_sites, root_lattice

Array = NDArray[Any]
MONOLAYER = 0.5
"""Units of a: from one layer of cations to the next along ⟨100⟩."""


def put_platelet(design: Design, root: Platelet, assembly: Assembly) -> None:
    """A platelet whose faces are normal to z and whose edges are along x and y."""
    constant = materials.lattice_constant(root.material)
    ring = 0.0 if root.crown is None else root.crown.width
    # With an even number of monolayers the middle is a cation layer, else an anion layer; the fourfold
    # rotoinversion axis runs through an atom of it.
    middle = 0.25 * (root.monolayers % 2)
    half = np.array([_edge(size / constant, middle) for size in (root.length, root.width)])
    wide = np.array([_edge((size + 2.0 * ring) / constant, middle) for size in (root.length, root.width)])
    grown = [(0.0, 0)]
    for shell in design.shells:
        own = materials.lattice_constant(shell.material)
        layers = 0 if shell.over == "sides" else round((shell.axial or shell.thickness) / (MONOLAYER * own))
        lateral = 0.0 if shell.over == "ends" else 0.5 * round(shell.thickness / (0.5 * own))
        grown.append((grown[-1][0] + lateral, grown[-1][1] + layers))
    top = 0.5 * MONOLAYER * root.monolayers
    reach = np.array([*(wide + grown[-1][0] + 0.3), top + MONOLAYER * grown[-1][1] + 0.5])
    sites = cubic_sites(root_lattice(), np.array([-reach, reach]))
    position = sites.position - middle
    level = np.full(len(position), len(grown))
    for number in reversed(range(len(grown))):
        lateral, layers = grown[number]
        within = (np.abs(position[:, :2]) <= wide + lateral + 1e-6).all(axis=1)
        level[within & (np.abs(position[:, 2]) <= top + MONOLAYER * layers + 1e-6)] = number
    kept = level < len(grown)
    sites, position, level = sites.keep(kept), position[kept], level[kept]
    inside = (np.abs(position[:, :2]) <= half + 1e-6).all(axis=1)
    segment = np.full(len(position), assembly.name("plate", root.material))
    label = np.full(len(position), assembly.label(root.material))
    if root.crown is not None:
        segment = np.where(inside, segment, assembly.name("crown", root.crown.material))
        label = np.where(inside, label, assembly.label(root.crown.material))
    blend = Blend.pure(label)
    if design.shells:
        segment, blend = covered(design.shells, level, segment, blend, assembly)
    assembly.add("root", sites, _start(design, root, position, top), segment, blend)
    for key, value, edge in zip(("length", "width"), (root.length, root.width), half, strict=True):
        assembly.realise(f"root.{key}", value, 2.0 * float(edge) * constant)
    tip = float(wide[0] + grown[-1][0]) * constant
    assembly.paths.append(("the length of the platelet", ((-tip, 0.0, 0.0), (tip, 0.0, 0.0))))


def _edge(size: float, middle: float) -> float:
    """Half a side, units of a, so that the outermost layer is of cations and cut a quarter layer above."""
    return max(round(size - 2.0 * middle - 0.125), 2) * 0.5 + middle + 0.0625


def _start(design: Design, root: Platelet, position: Array, top: float) -> Array:
    """Each layer at its own height; laterally all at the mean lattice constant by volume."""
    constants = [materials.lattice_constant(root.material)]
    constants += [materials.lattice_constant(shell.material) for shell in design.shells]
    mean = float(np.mean(constants[: 1 + bool(design.shells)]))
    height = np.abs(position[:, 2])
    inner = np.minimum(height, top) * constants[0]
    outer = np.clip(height - top, 0.0, None) * constants[-1]
    return np.column_stack([position[:, :2] * mean, np.sign(position[:, 2]) * (inner + outer)])
