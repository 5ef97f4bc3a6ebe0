"""A still picture of the atoms, drawn as shaded spheres with true depth (no graphics card needed)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.relaxation.relaxed import Relaxed
from epidot.reporting.frame import Frame
from epidot.structure.structure import NO_ATOM

Array = NDArray[Any]

_LARGEST = 40.0
"""Pixels: largest radius of an atom; small particles give small pictures."""
_LIGHT = np.array([-0.35, 0.52, 0.78])


def radii(relaxed: Relaxed) -> Array:
    """Drawn radius of each atom, Å: 0.95 of its mean bond for anions, 0.60 for cations.

    Large enough that no line of sight passes through the lattice: the widest channels, along
    [0001] of wurtzite and ⟨110⟩ of zinc blende, have radii of 0.943 and 0.866 bonds.
    """
    structure = relaxed.structure
    there = structure.neighbours != NO_ATOM
    reach = np.linalg.norm(relaxed.positions[structure.neighbours] - relaxed.positions[:, None, :], axis=2)
    bond = np.where(there, reach, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return bond * np.where(structure.cation == 1, 0.60, 0.95)


def picture(
    relaxed: Relaxed, colours: Array, frame: Frame, width: int = 1200, tallest: float = 1.0
) -> tuple[Array, float]:
    """Draw the atoms.

    Parameters
    ----------
    relaxed : the atoms at rest.
    colours : (atom, 3) red, green, blue from 0 to 1.
    frame : from where.
    width : pixels, at most.
    tallest : largest ratio of height to width.

    Returns
    -------
    (row, column, 4) red, green, blue, alpha from 0 to 1, top row first; and Å per pixel.
    """
    seen = relaxed.positions @ frame.rows.T
    size = radii(relaxed)
    low, high = (seen - size[:, None]).min(axis=0), (seen + size[:, None]).max(axis=0)
    scale = max((high[0] - low[0]) / width, (high[1] - low[1]) / (tallest * width), size.max() / _LARGEST)
    shape = (int(np.ceil((high[1] - low[1]) / scale)) + 1, int(np.ceil((high[0] - low[0]) / scale)) + 1)
    owner, normals = _nearest(seen - low, size, scale, shape)
    image = np.zeros((*shape, 4))
    hit = owner >= 0
    light = 0.42 + 0.66 * np.clip(normals[hit] @ _LIGHT, 0.0, None)
    rim = 0.62 + 0.38 * np.clip(normals[hit][:, 2] / 0.55, 0.0, 1.0)
    depth = (high[2] - seen[owner[hit], 2]) / max(high[2] - low[2], 1e-9)
    shaded = np.clip(colours[owner[hit]] * (light * rim)[:, None], 0.0, 1.0)
    image[hit, :3] = shaded + (1.0 - shaded) * (0.4 * depth)[:, None]
    image[hit, 3] = 1.0
    return image[::-1], float(scale)


def _nearest(places: Array, size: Array, scale: float, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Owner (row, column) of each pixel, −1 where there is none, and the normal of its sphere there."""
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
