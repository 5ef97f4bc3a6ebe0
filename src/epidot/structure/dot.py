"""Dots of any shape with core and shells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Core, Design, Dot, Interface, Monomer, Shell
from epidot.structure.assembly import SUBLATTICES, Assembly, Blend, interface_share, point
from epidot.structure.lattice import (
    BILAYER,
    Frame,
    Sites,
    columns,
    cubic_sites,
    rod_frame,
    root_lattice,
    stack_sites,
)
from epidot.structure.shapes import HEXAGON_INRADIUS, Polyhedron, Solid, solid
from epidot.structure.start import RaySpace, coherent

Array = NDArray[Any]


@dataclass(frozen=True)
class Layers:
    """Nested solids of a dot, from inside out, with what fills each."""

    solids: tuple[Solid, ...]
    names: tuple[str, ...]
    materials: tuple[str, ...]
    interfaces: tuple[Interface | None, ...]
    """Of each solid with the one outside it; the last is None."""

    @property
    def outer(self) -> Solid:
        """The whole dot."""
        return self.solids[-1]

    @property
    def space(self) -> RaySpace:
        """Start positions: each layer at its own lattice constant."""
        constants = np.array([materials.lattice_constant(name) for name in self.materials])
        volumes = np.array([body.tem_diameter**3 for body in self.solids])
        shares = np.diff(volumes, prepend=0.0) / volumes[-1]
        return RaySpace(self.solids[:-1], coherent(constants, shares))


def layers(dot: Dot | Monomer, shells: tuple[Shell, ...], frame: Frame) -> Layers:
    """Core, dot and shells as nested solids."""
    own = materials.lattice_constant(dot.material)
    height = None if dot.height is None else dot.height / own
    energies = (dot.facets or {}) if isinstance(dot, Dot) else {}
    body = solid(dot.shape, dot.diameter / own, frame, height=height, energies=energies)
    solids: list[Solid] = [body]
    names, owners = ["core"], [dot.material]
    interfaces: list[Interface | None] = []
    if dot.core is not None:
        core: Core = dot.core
        size = core.diameter / materials.lattice_constant(core.material)
        solids.insert(0, solid(core.shape, size, frame, height=None, energies={}))
        names, owners = ["core", "body"], [core.material, dot.material]
        interfaces.append(core.interface)
    for number, shell in enumerate(shells):
        constant = materials.lattice_constant(shell.material)
        axial = (shell.thickness if shell.axial is None else shell.axial) / constant
        lateral = shell.thickness / constant
        wider, longer = shell.over != "ends", shell.over != "sides"
        solids.append(solids[-1].grown(lateral if wider else 0.0, axial if longer else 0.0))
        names.append(f"shell{number + 1}")
        owners.append(shell.material)
        interfaces.append(shell.interface)
    return Layers(tuple(solids), tuple(names), tuple(owners), (*interfaces, None))


def crystal(phase: str, box: Array) -> tuple[Sites, Frame]:
    """Sites within a box (half-widths, (3,)) about the origin of a bulk crystal.

    Zinc blende has a cation at the origin; wurtzite has its empty channel along z through it.
    """
    frame = rod_frame()
    if phase == "zb":
        return cubic_sites(root_lattice(), np.array([-box, box])), frame
    reach = int(np.ceil(box[2] / BILAYER)) + 1
    numbers = np.arange(-reach - 1, reach + 1)
    sequence = 2 - (numbers % 2)
    sets = columns(frame, float(np.hypot(box[0], box[1])) + 1e-9)
    kept = [points[(np.abs(points[:, 0]) <= box[0]) & (np.abs(points[:, 1]) <= box[1])] for points in sets]
    lateral = [(kept[a % 3], kept[b % 3]) for a, b in pairwise(sequence.tolist())]
    return stack_sites(frame, sequence, -reach, lateral), frame


def put_dot(design: Design, root: Dot, assembly: Assembly) -> None:
    """A dot centred on a cation (zinc blende) or on the wurtzite channel."""
    nested = layers(root, design.shells, rod_frame())
    sites, _ = crystal(root.phase, nested.outer.box() + 0.5)
    sites = sites.keep(nested.outer.gauge(sites.position) <= 1.0 + 1e-9)
    segment, blend = composition(nested, sites.position, assembly, "")
    start = nested.space(sites.position)
    assembly.add("root", sites, start, segment, blend)
    note_dot(nested, root, "root", assembly)
    axis = np.array([0.0, 0.0, 1.0]) if root.phase == "wz" else np.ones(3) / np.sqrt(3.0)
    end = float((start @ axis).max()) * axis
    assembly.paths.append(("a diameter", (point(-end), point(end))))


def note_dot(nested: Layers, dot: Dot | Monomer, path: str, assembly: Assembly) -> None:
    """Note what became of the diameter and the height of a dot without its shells."""
    body = nested.solids[1 if dot.core is not None else 0]
    constant = materials.lattice_constant(dot.material)
    size = body.tem_diameter
    if isinstance(body, Polyhedron) and dot.shape == "hexagonal_prism":
        size = float(body.distances[~body.axial].min()) / HEXAGON_INRADIUS["area"]
        if dot.height is not None:
            tall = float(body.distances[body.axial].sum())
            assembly.realise(f"{path}.height", dot.height, tall * constant)
    assembly.realise(f"{path}.diameter", dot.diameter, size * constant)


def composition(nested: Layers, local: Array, assembly: Assembly, prefix: str) -> tuple[Array, Blend]:
    """Segment and composition of sites (site, 3), relative to the centre of the dot."""
    gauges = np.stack([body.gauge(local) for body in nested.solids])
    level = np.minimum((gauges[:-1] > 1.0 + 1e-9).sum(axis=0), len(gauges) - 1)
    owners = np.array(
        [
            assembly.name(prefix + name, what)
            for name, what in zip(nested.names, nested.materials, strict=True)
        ]
    )
    labels = np.array([assembly.label(what) for what in nested.materials])
    share, other = np.zeros(len(local), np.float32), labels[level]
    sublattice = np.full(len(local), SUBLATTICES["both"], np.int8)
    radius = np.linalg.norm(local, axis=1)
    for number, interface in enumerate(nested.interfaces[:-1]):
        if interface is None or labels[number] == labels[number + 1]:
            continue
        constant = materials.lattice_constant(nested.materials[number])
        depth = radius * (1.0 - 1.0 / np.maximum(gauges[number], 1e-9)) * constant
        found = np.where(np.abs(level - number - 0.5) < 1.0, interface_share(np.abs(depth), interface), 0.0)
        better = found > share
        share[better] = found[better]
        other = np.where(better, np.where(level == number, labels[number + 1], labels[number]), other)
        sublattice = np.where(better, SUBLATTICES[interface.sublattice], sublattice).astype(np.int8)
    return owners[level], Blend(labels[level], other, share, sublattice)
