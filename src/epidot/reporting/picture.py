"""A still picture of the atoms, drawn as shaded spheres with true depth (no graphics card needed)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.relaxation.relaxed import Relaxed
from epidot.reporting import style
from epidot.reporting.frame import Frame
from epidot.structure.attached import attached_positions, tip_element
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]

_LARGEST = 40.0
"""Pixels: largest radius of an atom; small particles give small pictures."""
_THIN: Final = 0.7
"""Å: drawn radius of the atoms of ligands, a little less than half a C–C bond."""
_BEFORE, _BESIDE = 0.15, 0.8
"""How much a ligand covers before the particle, and beside it."""
TAIL: Final = "#9aa0a8"
"""Colour of the tails of ligands."""
ATTACHED: Final = {
    "H": "#d5d8dc",
    "C": TAIL,
    "N": "#3c63c8",
    "O": "#c8503c",
    "P": "#d08a2c",
    "S": "#c9b02c",
    "Cl": "#4ca64c",
}
"""Colours of the elements of ligands, near those of Corey, Pauling and Koltun."""
_LIGHT = np.array([-0.35, 0.52, 0.78])


def radii(relaxed: Relaxed) -> Array:
    """Drawn radius (atom,) Å of each atom at rest; see `bond_radii`."""
    return bond_radii(relaxed.structure, relaxed.positions)


def bond_radii(structure: Structure, positions: Array) -> Array:
    """Drawn radius (atom,) of each atom, Å: 0.95 of its mean bond for anions, 0.60 for cations.

    Large enough that no line of sight passes through the lattice: the widest channels, along
    [0001] of wurtzite and ⟨110⟩ of zinc blende, have radii of 0.943 and 0.866 bonds.
    """
    there = structure.neighbours != NO_ATOM
    reach = np.linalg.norm(positions[structure.neighbours] - positions[:, None, :], axis=2)
    bond = np.where(there, reach, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return bond * np.where(structure.cation == 1, 0.60, 0.95)


@dataclass(frozen=True)
class Look:
    """Attached atoms as they are drawn; a veil lets through what is behind it."""

    radii: Array
    """(attached,) Å."""
    colours: Array
    """(attached, 3) red, green, blue from 0 to 1."""
    veil: Array
    """(attached,) bool: atoms of ligands, which would hide the particle."""


def group_colours(structure: Structure) -> dict[str, str]:
    """``#rrggbb`` of each group of attached atoms: of its metal, or of tails."""
    elements = {group: tip_element(group) for group in structure.attached_groups}
    return {group: TAIL if element is None else _metal(element)[0] for group, element in elements.items()}


def _metal(element: str) -> tuple[str, float]:
    """Colour and drawn radius (Å) of a metal, of the table or from a file."""
    from ase.data import atomic_numbers, covalent_radii

    if element not in materials.metals():
        return style.FAINT, float(covalent_radii[atomic_numbers[element]])
    metal = materials.metal(element)
    return metal.colour, metal.radius


def attached_look(structure: Structure) -> Look:
    """Metal tips as touching spheres in the colour of the metal, ligands as thin chains by element."""
    from ase.data import chemical_symbols

    metals = [tip_element(group) for group in structure.attached_groups]
    group = structure.attached_group
    present, places = np.unique(structure.attached_numbers, return_inverse=True)
    tints = [style.hexadecimal(ATTACHED.get(chemical_symbols[number], TAIL)) for number in present]
    colours = np.array(tints).reshape(-1, 3)[places]
    size = np.full(len(group), _THIN)
    for index, element in enumerate(metals):
        if element is not None:
            tint, radius = _metal(element)
            colours[group == index], size[group == index] = style.hexadecimal(tint), radius
    veil = np.array([element is None for element in metals], dtype=bool)
    return Look(size, colours, veil[group] if len(group) else np.zeros(0, dtype=bool))


@dataclass(frozen=True)
class Balls:
    """Spheres to be drawn: the atoms of a network and those attached to it."""

    positions: Array
    """(ball, 3) Å."""
    radii: Array
    """(ball,) Å."""
    colours: Array
    """(ball, 3) red, green, blue from 0 to 1."""
    veil: Array
    """(ball,) bool: lets through what is behind it."""

    def keep(self, mask: Array) -> Balls:
        """The spheres where `mask` (ball,) is true."""
        return Balls(self.positions[mask], self.radii[mask], self.colours[mask], self.veil[mask])


def balls(structure: Structure, positions: Array, colours: Array) -> Balls:
    """The atoms of a network at `positions` (atom, 3) in `colours` (atom, 3), then the attached atoms."""
    look = attached_look(structure)
    return Balls(
        np.concatenate([positions, attached_positions(structure, positions)]),
        np.concatenate([bond_radii(structure, positions), look.radii]),
        np.concatenate([colours, look.colours]),
        np.concatenate([np.zeros(len(positions), dtype=bool), look.veil]),
    )


def picture(
    relaxed: Relaxed, colours: Array, frame: Frame, width: int = 1200, tallest: float = 1.0
) -> tuple[Array, float]:
    """Draw the atoms, attached ones included.

    Parameters
    ----------
    relaxed : the atoms at rest.
    colours : (atom, 3) red, green, blue from 0 to 1, of the atoms of the network.
    frame : from where.
    width : pixels, at most.
    tallest : largest ratio of height to width.

    Returns
    -------
    (row, column, 4) red, green, blue, alpha from 0 to 1, top row first; and Å per pixel.
    """
    atoms = balls(relaxed.structure, relaxed.positions, colours)
    seen, size, veil = atoms.positions @ frame.rows.T, atoms.radii, atoms.veil
    low, high = (seen - size[:, None]).min(axis=0), (seen + size[:, None]).max(axis=0)
    scale = max((high[0] - low[0]) / width, (high[1] - low[1]) / (tallest * width), size.max() / _LARGEST)
    shape = (int(np.ceil((high[1] - low[1]) / scale)) + 1, int(np.ceil((high[0] - low[0]) / scale)) + 1)
    place = seen - low
    solid = _layer(place[~veil], size[~veil], atoms.colours[~veil], (scale, *shape))
    if veil.any():
        solid = _veiled(solid, _layer(place[veil], size[veil], atoms.colours[veil], (scale, *shape)))
    hit = np.isfinite(solid.height)
    image = np.zeros((*shape, 4))
    depth = (high[2] - low[2] - solid.height[hit]) / max(high[2] - low[2], 1e-9)
    image[hit, :3] = solid.colour[hit] + (1.0 - solid.colour[hit]) * (0.4 * np.clip(depth, 0.0, 1.0))[:, None]
    image[hit, 3] = solid.alpha[hit]
    return image[::-1], float(scale)


@dataclass(frozen=True)
class _Layer:
    """Shaded pixels: colour (row, column, 3), alpha and height towards the viewer (−inf: nothing there)."""

    colour: Array
    alpha: Array
    height: Array


def _layer(places: Array, size: Array, colours: Array, sheet: tuple[float, int, int]) -> _Layer:
    scale, *shape = sheet
    owner, normals = nearest_spheres(places, size, scale, (shape[0], shape[1]))
    hit = owner >= 0
    light = 0.42 + 0.66 * np.clip(normals[hit] @ _LIGHT, 0.0, None)
    rim = 0.62 + 0.38 * np.clip(normals[hit][:, 2] / 0.55, 0.0, 1.0)
    colour = np.zeros((*shape, 3))
    colour[hit] = np.clip(colours[owner[hit]] * (light * rim)[:, None], 0.0, 1.0)
    height = np.full(shape, -np.inf)
    height[hit] = places[owner[hit], 2]
    return _Layer(colour, hit.astype(float), height)


def _veiled(solid: _Layer, veil: _Layer) -> _Layer:
    """The veil before and beside the solid: nearly clear where it would hide something."""
    seen = veil.height > solid.height
    share = np.where(seen, np.where(solid.alpha > 0.0, _BEFORE, 1.0), 0.0)[..., None]
    return _Layer(
        solid.colour + share * (veil.colour - solid.colour),
        np.where(solid.alpha > 0.0, solid.alpha, _BESIDE * veil.alpha),
        np.where(solid.alpha > 0.0, solid.height, veil.height),
    )


def nearest_spheres(places: Array, size: Array, scale: float, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Owner (row, column) of each pixel, −1 where there is none, and the normal of its sphere there.

    Parameters
    ----------
    places : (ball, 3) Å right, up and towards the viewer from the lower left corner of the sheet.
    size : (ball,) radii, Å.
    scale : Å per pixel.
    shape : rows and columns of the sheet; row 0 is the lowest.
    """
    column, row = places[:, 0] / scale, places[:, 1] / scale
    reach = int(np.ceil(size.max() / scale))
    best = np.full(shape[0] * shape[1], -np.inf)
    owner = np.full(shape[0] * shape[1], -1)
    normals = np.zeros((shape[0] * shape[1], 3))
    order = np.argsort(places[:, 2])
    for up in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            y, x = np.floor(row).astype(int) + up, np.floor(column).astype(int) + across
            east, north = (x + 0.5 - column) * scale / size, (y + 0.5 - row) * scale / size
            flat = np.square(east) + np.square(north)
            inside = (flat < 1.0) & (y >= 0) & (y < shape[0]) & (x >= 0) & (x < shape[1])
            atom = order[inside[order]]
            toward = np.sqrt(1.0 - flat[atom])
            height = places[atom, 2] + size[atom] * toward
            # Several atoms may share a pixel: np.maximum.at leaves the highest, which then claims it.
            pixel = y[atom] * shape[1] + x[atom]
            np.maximum.at(best, pixel, height)
            won = best[pixel] == height
            owner[pixel[won]] = atom[won]
            normals[pixel[won]] = np.stack([east[atom[won]], north[atom[won]], toward[won]], axis=1)
    return owner.reshape(shape), normals.reshape((*shape, 3))
