"""The bench on which a particle is put together, and the site network that leaves it.

Parts are added while a design is walked through; `Assembly.network` freezes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from epidot import materials
from epidot.design.design import Design, Interface, MetalTip, Shell
from epidot.errors import InputError
from epidot.structure.lattice import BILAYER, Sites, joined

Array = NDArray[Any]
Point = tuple[float, float, float]
Paths = tuple[tuple[str, tuple[Point, ...]], ...]

ANION, CATION = 1, 2
SUBLATTICES = {"anion": ANION, "cation": CATION, "both": ANION | CATION}


@dataclass(frozen=True)
class Blend:
    """Composition of sites: of `label`, but of `other` with probability `share`; one entry per site.

    Invariant: `share` is 0 where there is no other; `sublattice` says with a bit each (`ANION`,
    `CATION`) which species may differ from `label`.
    """

    label: Array
    other: Array
    share: Array
    sublattice: Array

    @staticmethod
    def pure(label: Array) -> Blend:
        """Every site of its label alone."""
        return Blend(label, label, np.zeros(len(label), np.float32), np.full(len(label), 3, np.int8))


@dataclass(frozen=True)
class PendingTip:
    """A metal cluster to be put on once the atoms are there."""

    path: str
    limb: str
    foot: Array
    axis: Array
    in_plane: Array
    tip: MetalTip


@dataclass(frozen=True)
class Network:
    """Sites with owner, composition and start position."""

    sites: Sites
    part: Array
    """(site,) index into `parts`."""
    segment: Array
    """(site,) index into `segments`."""
    blend: Blend
    """Labels are indices into `labels`."""
    start: Array
    """(site, 3) Å"""
    parts: tuple[str, ...]
    """Paths in the design of the pieces that were added, for messages."""
    segments: tuple[str, ...]
    segment_materials: tuple[str, ...]
    labels: tuple[str, ...]
    """Materials, alloys included."""
    limbs: tuple[tuple[str, Point, Point], ...]
    paths: Paths
    realised: dict[str, dict[str, float]]
    tips: tuple[PendingTip, ...]
    seam: bool
    """Whether its parts meet in a boundary where bonds must be found by distance."""


@dataclass
class Assembly:
    """A particle in the making."""

    design: Design
    sites: list[Sites] = field(default_factory=list[Sites])
    start: list[Array] = field(default_factory=list[Array])
    segment: list[Array] = field(default_factory=list[Array])
    blend: list[Blend] = field(default_factory=list[Blend])
    parts: list[str] = field(default_factory=list[str])
    segments: dict[str, str] = field(default_factory=dict[str, str])
    labels: list[str] = field(default_factory=list[str])
    limbs: list[tuple[str, Point, Point]] = field(default_factory=list[tuple[str, Point, Point]])
    paths: list[tuple[str, tuple[Point, ...]]] = field(default_factory=list[tuple[str, tuple[Point, ...]]])
    realised: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    tips: list[PendingTip] = field(default_factory=list[PendingTip])
    seam: bool = False
    """Whether its parts meet in a boundary where bonds must be found by distance."""

    def name(self, segment: str, material: str) -> int:
        """Index of a segment; a new name is entered with its material."""
        self.segments.setdefault(segment, material)
        return list(self.segments).index(segment)

    def label(self, material: str) -> int:
        """Index of a material among the labels."""
        if material not in self.labels:
            self.labels.append(material)
        return self.labels.index(material)

    def add(self, path: str, sites: Sites, start: Array, segment: Array, blend: Blend) -> None:
        """Put down a part; arrays have one entry per site."""
        self.parts.append(path)
        self.sites.append(sites)
        self.start.append(start)
        self.segment.append(segment.astype(np.int16))
        self.blend.append(blend)

    def realise(self, path: str, asked: float, found: float) -> None:
        """Note what became of a length (Å)."""
        self.realised[path] = {"asked": float(asked), "realised": float(found)}

    def network(self) -> Network:
        """What has been put down."""
        owner = np.repeat(np.arange(len(self.sites)), [len(part.position) for part in self.sites])
        merged = [
            np.concatenate([getattr(part, name) for part in self.blend])
            for name in ("label", "other", "share", "sublattice")
        ]
        return Network(
            joined(self.sites),
            owner.astype(np.int16),
            np.concatenate(self.segment),
            Blend(*merged),
            np.concatenate(self.start),
            tuple(self.parts),
            tuple(self.segments),
            tuple(self.segments.values()),
            tuple(self.labels),
            tuple(self.limbs),
            tuple(self.paths),
            self.realised,
            tuple(self.tips),
            self.seam,
        )


def point(vector: Array) -> Point:
    """A position as plain numbers."""
    x, y, z = (float(value) for value in vector)
    return x, y, z


def bilayers(length: float, material: str, path: str) -> int:
    """Whole bilayers nearest to a length (Å); refuses a segment too thin to hold an atom."""
    height = BILAYER * materials.lattice_constant(material)
    count = round(length / height)
    if count < 1:
        raise InputError(
            path,
            f"{length / 10:.3g} nm",
            f"is thinner than half a bilayer of {material} ({height / 10:.3f} nm), so it holds no atom",
            f"Make it at least {height / 10:.2f} nm or leave the segment out",
        )
    return count


def covered(
    shells: tuple[Shell, ...], level: Array, segment: Array, blend: Blend, assembly: Assembly
) -> tuple[Array, Blend]:
    """Segments and composition of sites with the shells that lie over them.

    Parameters
    ----------
    level : (site,) 0 inside, else the number of the shell counted from 1.
    segment, blend : what lies inside.
    """
    owners = [assembly.name(f"shell{number + 1}", shell.material) for number, shell in enumerate(shells)]
    labels = [assembly.label(shell.material) for shell in shells]
    outside, which = level > 0, np.maximum(level - 1, 0)
    return np.where(outside, np.array(owners)[which], segment), Blend(
        np.where(outside, np.array(labels)[which], blend.label),
        blend.other,
        np.where(outside, 0.0, blend.share).astype(np.float32),
        blend.sublattice,
    )


def interface_share(depth: Array, interface: Interface) -> Array:
    """Share of the far side's composition at distance `depth` (Å, positive) from an interface."""
    if interface.profile == "erf":
        # 16 % and 84 % lie one standard deviation on either side.
        return 0.5 * erfc(depth / (0.5 * interface.width) / np.sqrt(2.0))
    return np.clip(0.5 - depth / interface.width, 0.0, 0.5)


def blended(inner: Array, depth: Array, labels: tuple[int, int], interface: Interface | None) -> Blend:
    """Composition on the two sides of one interface.

    Parameters
    ----------
    inner : (site,) bool, on which side.
    depth : (site,) distance from the interface, Å.
    labels : of the inner and the outer side.
    interface : None for an abrupt one.
    """
    label = np.where(inner, labels[0], labels[1])
    if interface is None or labels[0] == labels[1]:
        return Blend.pure(label)
    share = interface_share(np.abs(depth), interface).astype(np.float32)
    other = np.where(inner, labels[1], labels[0])
    return Blend(label, other, share, np.full(len(label), SUBLATTICES[interface.sublattice], np.int8))
