"""Atoms as in a printed figure: shaded spheres with ambient occlusion and outlines, on white.

Ambient occlusion: how much of the sky over a pixel its surroundings hide, from the steepest rise of the
drawn surface in each direction (L. Bavoil, M. Sainz, R. Dimitrov, "Image-space horizon-based ambient
occlusion", SIGGRAPH 2008). Outlines where the surface drops steeply (T. Saito, T. Takahashi, "Comprehensible
rendering of 3-D shapes", SIGGRAPH 1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from epidot.reporting.frame import Frame
from epidot.reporting.picture import Balls, nearest_spheres

Array = NDArray[Any]

_FINER: Final = 2
"""Pixels drawn for each pixel of the picture, along each side: smooths edges."""
_MARGIN: Final = 8
"""Pixels left free around the atoms."""
_LARGEST: Final = 15.0
"""Pixels: largest radius of an atom, so that small particles look small."""
_LIGHT: Final = np.array([-0.36, 0.53, 0.77])
"""Unit vector to the lamp: over the left shoulder."""
_AMBIENT, _DIFFUSE, _GLOSS, _SHARPNESS = 0.66, 0.52, 0.16, 40
"""Shares of light from everywhere, from the lamp and mirrored; exponent of the highlight (Blinn)."""
_DARKEST: Final = 0.30
"""Light that is left where all of the sky is hidden."""
_STEPS: Final = (1.5, 3.0, 5.0, 9.0, 16.0, 28.0, 45.0)
"""Å from a pixel at which rises are looked for: from the gaps between atoms to those between arms."""
_FADE: Final = 40.0
"""Å over which what rises stops to shade."""
_DIRECTIONS: Final = 12
_DROP: Final = 6.0
"""Å of a drop from which on it is outlined: two atoms."""
_INK: Final = 0.55
"""Darkness of outlines."""
_FOG, _FULL_FOG = 0.35, 150.0
"""White mixed in at the back of the particle, and the depth (Å) from which on it is all of that."""
_FAR: Final = -200.0
"""Å: height of the empty ground."""
_VEILED, _BESIDE = 0.18, 0.75
"""How much a veil covers before the particle, and beside it."""


@dataclass(frozen=True)
class _Surface:
    """What is seen first in each pixel (row, column): colour, whether there is anything, height in Å."""

    colour: Array
    hit: Array
    height: Array


def shaded(atoms: Balls, frame: Frame, width: int, tallest: float) -> tuple[Array, float]:
    """Draw spheres as in a printed figure.

    Parameters
    ----------
    atoms : what to draw.
    frame : from where.
    width : pixels.
    tallest : largest ratio of height to width.

    Returns
    -------
    (row, column, 3) red, green, blue from 0 to 1, top row first; and Å per pixel.
    """
    seen = atoms.positions @ frame.rows.T
    low = (seen - atoms.radii[:, None]).min(axis=0)
    size = (seen + atoms.radii[:, None]).max(axis=0) - low
    free = _FINER * (np.array([width, tallest * width]) - 2 * _MARGIN)
    scale = float(max(*(size[:2] / free), atoms.radii.max() / (_FINER * _LARGEST)))
    margin = _FINER * _MARGIN * scale
    shape = (_FINER * int(np.ceil((size[1] + 2.0 * margin) / scale / _FINER)), _FINER * width)
    aside = np.array([0.5 * (shape[1] * scale - size[0]), margin, 0.0])
    placed = Balls(seen - low + aside, atoms.radii, atoms.colours, atoms.veil)
    image = _solid(_surface(placed.keep(~placed.veil), scale, shape), scale)
    if placed.veil.any():
        image = _under(image, _surface(placed.keep(placed.veil), scale, shape))
    coarse = image.colour.reshape(shape[0] // _FINER, _FINER, width, _FINER, 3).mean(axis=(1, 3))
    return np.clip(coarse[::-1], 0.0, 1.0), scale * _FINER


def _surface(atoms: Balls, scale: float, shape: tuple[int, int]) -> _Surface:
    owner, normals = nearest_spheres(atoms.positions, atoms.radii, scale, shape)
    hit = owner >= 0
    own, normal = owner[hit], normals[hit]
    halfway = _LIGHT + np.array([0.0, 0.0, 1.0])
    halfway = halfway / np.linalg.norm(halfway)
    light = _AMBIENT + _DIFFUSE * np.clip(normal @ _LIGHT, 0.0, None)
    gloss = _GLOSS * np.clip(normal @ halfway, 0.0, None) ** _SHARPNESS
    colour = np.ones((*shape, 3))
    colour[hit] = atoms.colours[own] * light[:, None] + gloss[:, None]
    height = np.full(shape, _FAR)
    height[hit] = atoms.positions[own, 2] + atoms.radii[own] * normal[:, 2]
    return _Surface(colour, hit, height)


def _solid(bare: _Surface, scale: float) -> _Surface:
    """The surface with shade, outlines and haze."""
    hit, height = bare.hit, bare.height
    if not hit.any():
        return bare
    shade = _DARKEST + (1.0 - _DARKEST) * occlusion(height, scale)[hit]
    shade *= 1.0 - _INK * outlines(height, scale)[hit]
    span = float(np.ptp(height[hit]))
    haze = _FOG * min(1.0, span / _FULL_FOG) * (height[hit].max() - height[hit]) / max(span, 1e-9)
    lit = bare.colour[hit] * shade[:, None]
    colour = bare.colour.copy()
    colour[hit] = lit + (1.0 - lit) * haze[:, None]
    return _Surface(colour, hit, height)


def _under(solid: _Surface, veil: _Surface) -> _Surface:
    """The solid with the veil before and beside it."""
    over = veil.hit & (veil.height > solid.height)
    share = np.where(solid.hit, _VEILED, _BESIDE)[over][:, None]
    colour = solid.colour.copy()
    colour[over] += share * (veil.colour[over] - colour[over])
    return _Surface(colour, solid.hit | veil.hit, np.maximum(solid.height, veil.height))


def occlusion(height: Array, scale: float) -> Array:
    """Share of the sky (row, column) that is seen from each pixel: 1 on a plain, towards 0 in a pit.

    Parameters
    ----------
    height : (row, column) of the surface, Å.
    scale : Å per pixel.
    """
    hidden = np.zeros_like(height)
    for angle in 2.0 * np.pi * (np.arange(_DIRECTIONS) + 0.5) / _DIRECTIONS:
        steepest = np.zeros_like(height)
        for step in _STEPS:
            across, up = round(step * np.cos(angle) / scale), round(step * np.sin(angle) / scale)
            if (across, up) != (0, 0):
                rise = np.maximum(_shifted(height, up, across) - height, 0.0)
                np.maximum(steepest, rise / np.hypot(rise, step) / (1.0 + (step / _FADE) ** 2), out=steepest)
        hidden += steepest
    return 1.0 - hidden / _DIRECTIONS


def _shifted(height: Array, up: int, across: int) -> Array:
    """The map as seen from `up` rows and `across` columns further on; the empty ground beyond its edges."""
    rows, columns = height.shape
    moved = np.full_like(height, _FAR)
    if abs(up) < rows and abs(across) < columns:
        moved[max(0, -up) : rows - max(0, up), max(0, -across) : columns - max(0, across)] = height[
            max(0, up) : rows - max(0, -up), max(0, across) : columns - max(0, -across)
        ]
    return moved


def outlines(height: Array, scale: float) -> Array:
    """Darkness (row, column), 0 to 1, of the lines along which the surface drops by two atoms or more."""
    wide = max(3, round(1.6 / scale) | 1)
    return np.clip((maximum_filter(height, wide) - height - _DROP) / _DROP, 0.0, 1.0)
