"""Electron and hole densities on the plane through two arms, or through the axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.reporting.density import Plane, plane, section
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import ELECTRON, HOLE, INK, PAGE, hexadecimal
from epidot.structure.along import main_name, materials_of_atoms

Array = NDArray[Any]


def density_sections(reading: Reading) -> Sheet:
    """Two panels, electron and hole, over the outline and the materials of the particle."""
    grid = plane(reading.positions, reading.frame, reading.depth)
    figure, panels = two_panels(grid)
    fields: dict[str, Any] = {}
    for axes, carrier, colour in zip(panels, (reading.electron, reading.hole), (ELECTRON, HOLE), strict=True):
        fields[carrier.name] = section(grid, reading.positions, carrier.mean)
        tint(axes, reading, grid)
        cloud(figure, axes, grid, fields[carrier.name], (carrier.name, colour))
    scale_bar(panels[-1], grid)
    for axes in panels:
        axes.set_ylim(*panels[-1].get_ylim())
    caption = (
        f"Probability density on the plane through {main_name(reading.structure)}, thermally averaged at "
        f"{reading.run.optics.temperature:.0f} K; each atom stands for a Gaussian of 0.3 nm standard "
        f"deviation. Outline and shading: particle and materials on the same plane."
    )
    columns_out = _columns(grid, fields)
    return Sheet("densities", "Electron and hole densities", caption, figure, columns_out)


def two_panels(grid: Plane) -> tuple[Any, Any]:
    """A figure and its two panels, above each other for a long plane and side by side for others."""
    from matplotlib.figure import Figure

    wide = grid.shape[1] / grid.shape[0]
    rows, columns = (2, 1) if wide > 1.8 else (1, 2)
    width = 0.78 * PAGE if rows == 2 else PAGE
    figure = Figure(figsize=(width, rows * (width - 0.9) / columns / wide + 0.35), layout="constrained")
    return figure, figure.subplots(rows, columns).ravel()


def _columns(grid: Plane, fields: dict[str, Array]) -> dict[str, Any]:
    every = (slice(None, None, 3), slice(None, None, 3))
    left, _, bottom, _ = grid.extent
    up, across = np.meshgrid(
        bottom + grid.step * (np.arange(grid.shape[0]) + 0.5),
        left + grid.step * (np.arange(grid.shape[1]) + 0.5),
        indexing="ij",
    )
    return {
        "across (nm)": 0.1 * across[every].ravel(),
        "up (nm)": 0.1 * up[every].ravel(),
        "electron density (1/nm^3)": fields["electron"][every].ravel(),
        "hole density (1/nm^3)": fields["hole"][every].ravel(),
    }


def _extent(grid: Plane) -> tuple[float, ...]:
    return tuple(0.1 * edge for edge in grid.extent)


def tint(axes: Any, reading: Reading, grid: Plane) -> None:
    """Outline and materials of the particle on a plane."""
    names, owner = materials_of_atoms(reading.structure)
    shares = np.array(
        [
            section(grid, reading.positions, (owner == number).astype(float), 2.6)
            for number in range(len(names))
        ]
    )
    total = shares.sum(axis=0)
    inside = 0.5 * np.median(total[total > 0.5 * total.max()])
    paper = np.ones((*grid.shape, 4))
    tints = np.array([hexadecimal(materials.colour(name), 0.72) for name in names])
    cover = np.clip((total / inside - 0.85) / 0.3, 0.0, 1.0)[..., None]
    paper[..., :3] = cover * tints[shares.argmax(axis=0)] + (1.0 - cover)
    axes.imshow(paper, origin="lower", extent=_extent(grid), interpolation="bilinear")
    lines = {"extent": _extent(grid), "origin": "lower", "colors": [INK]}
    axes.contour(total, levels=[inside], linewidths=0.7, **lines)
    for share in shares[1:]:
        within = np.where(total > inside, share / np.maximum(total, 1e-12), np.nan)
        if np.nanmin(within) < 0.5 < np.nanmax(within):
            axes.contour(within, levels=[0.5], linewidths=0.5, linestyles="dashed", **lines)


def cloud(figure: Any, axes: Any, grid: Plane, field: Array, kind: tuple[str, str]) -> None:
    """A density (row, column) in 1/nm³ with its scale; `kind` is heading and colour."""
    from matplotlib.colors import LinearSegmentedColormap

    name, colour = kind
    strong = hexadecimal(colour)
    deep = tuple(0.45 * channel for channel in strong)
    stops = [(0.0, (*strong, 0.0)), (0.55, (*strong, 0.9)), (1.0, (*deep, 1.0))]
    ramp = LinearSegmentedColormap.from_list(name, stops)
    shown = axes.imshow(
        field,
        origin="lower",
        extent=_extent(grid),
        cmap=ramp,
        vmin=0.0,
        vmax=float(field.max()),
        interpolation="bilinear",
    )
    axes.set_title(name, color=colour, loc="left")
    axes.set_axis_off()
    bar = figure.colorbar(shown, ax=axes, shrink=0.75, aspect=18, pad=0.02)
    bar.set_label("density (nm$^{-3}$)")
    bar.formatter.set_powerlimits((-4, 4))
    bar.outline.set_linewidth(0.5)


def scale_bar(axes: Any, grid: Plane) -> None:
    """A bar of a round length below the particle."""
    left, right, bottom, top = _extent(grid)
    most = 0.25 * (right - left)
    decade = 10.0 ** np.floor(np.log10(most))
    length = next(step * decade for step in (5.0, 2.0, 1.0) if step * decade <= most)
    # Below the particle, whatever its outline does in the corner.
    x, y = right - 0.02 * (right - left) - length, bottom - 0.07 * (right - left)
    axes.set_ylim(y - 0.02 * (right - left), top)
    axes.plot((x, x + length), (y, y), color=INK, linewidth=2.2, solid_capstyle="butt", zorder=9)
    axes.annotate(
        f"{length:g} nm", (x + 0.5 * length, y), xytext=(0, 2.5), textcoords="offset points", ha="center"
    )
