"""The still picture of the atoms as a figure: materials, scale bar."""

from __future__ import annotations

import numpy as np

from epidot.reporting.frame import view_frame
from epidot.reporting.picture import group_colours, picture
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import INK, hexadecimal
from epidot.structure.attached import attached_positions


def portrait(reading: Reading) -> Sheet:
    """All atoms coloured by material, seen as the viewer first shows them."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    structure = reading.structure
    tints = np.array([hexadecimal(reading.colours[name]) for name in structure.materials])
    frame = view_frame(structure)
    image, scale = picture(reading.run.relaxed, tints[structure.material], frame, tallest=0.85)
    image = np.concatenate([image, np.zeros((image.shape[1] // 16, image.shape[1], 4))])
    rows, columns = image.shape[:2]
    figure = Figure(figsize=(4.6, 4.6 * rows / columns + 0.45))
    axes = figure.add_axes((0.0, 0.0, 1.0, rows / columns / (rows / columns + 0.45 / 4.6)))
    axes.imshow(image, interpolation="antialiased")
    axes.set_axis_off()
    nm = 0.1 * scale * columns
    length = next(step for step in (50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5) if step <= 0.25 * nm or step == 0.5)
    pixels = length / (0.1 * scale)
    base = rows - 0.008 * columns
    axes.plot(
        (0.02 * columns, 0.02 * columns + pixels),
        (base, base),
        color=INK,
        linewidth=2.5,
        solid_capstyle="butt",
    )
    axes.text(
        0.02 * columns + 0.5 * pixels,
        base - 0.012 * columns,
        f"{length:g} nm",
        ha="center",
        va="bottom",
        fontsize=8,
    )
    shown = {**reading.colours, **group_colours(structure)}
    handles = [Patch(color=tint, label=name) for name, tint in shown.items()]
    figure.legend(handles=handles, loc="upper center", ncols=min(6, len(handles)), handlelength=1.0)
    caption = f"All {len(structure.numbers):,} atoms at rest, coloured by material."
    if structure.attached_groups:
        groups = ", ".join(structure.attached_groups)
        caption += f" With them {len(structure.attached_numbers):,} attached atoms: {groups}."
    beside = attached_positions(structure, reading.positions)
    seen = 0.1 * np.concatenate([reading.positions, beside]) @ frame.rows.T
    kinds = [structure.materials[number] for number in structure.material]
    kinds += [structure.attached_groups[number] for number in structure.attached_group]
    data = {
        "across (nm)": seen[:, 0],
        "up (nm)": seen[:, 1],
        "towards the viewer (nm)": seen[:, 2],
        "material": kinds,
    }
    return Sheet("atoms", "Atoms", caption, figure, data)
