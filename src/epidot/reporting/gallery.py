"""The gallery of the documentation: every template of the catalogue built, drawn and listed.

``make gallery`` writes ``docs/gallery.md`` and ``docs/images/gallery/NAME.png``.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design import catalogue
from epidot.design.catalogue import Template
from epidot.reporting.cutaway import inner_segments, uncovered
from epidot.reporting.frame import display_frame
from epidot.reporting.picture import balls, group_colours
from epidot.reporting.shading import shaded
from epidot.reporting.style import INK, PHASE_NAMES, PHASES, hexadecimal, house_style
from epidot.structure import build
from epidot.structure.attached import TIP
from epidot.structure.structure import ZINC_BLENDE, Structure

Array = NDArray[Any]

WIDTH: Final = 700
"""Pixels of every picture."""
_TALLEST: Final = 0.8
_STRIP: Final = 34
"""Pixels below the atoms for scale bar and names."""
_COLOURS: Final = 96
"""Colours of the palette: with these no picture is larger than 120 kB."""
_REFINED: Final = 2
"""Rounds in which the palette is fitted to the picture."""
_BARS: Final = (20.0, 10.0, 5.0, 2.0, 1.0)
"""Lengths of scale bars, nm: the longest that is at most a fifth of the picture."""
_FAMILIES: Final = {
    "N": "Nanocrystals of one material",
    "Q": "Core/shell dots",
    "S": "Rods and tetrapods of one material",
    "L": "Linear heterorods",
    "B": "Branched rods",
    "T": "Tetrapods of several materials",
    "D": "Dendrimers and other numbers of arms",
    "R": "Seeded, knobbed and metal-tipped rods and tetrapods",
    "M": "Fused dots",
    "P": "Platelets",
}
_OPENING: Final = """\
# Gallery

<!-- Written by `make gallery`; do not edit. -->

Every template of the catalogue at its default sizes, as `epidot build` makes it, before relaxation. Atoms
have the colour of their compound, anions are drawn larger than cations; in the rod with faults colours tell
the crystal phase. Where something lies inside another material, a piece of what covers it is left out.
`epidot new NAME` writes the commented text of a template (the same is in `examples/`);
[the design file](design.md) explains every key.
"""


@dataclass(frozen=True)
class Exhibit:
    """A template and what the builder makes of it."""

    template: Template
    structure: Structure
    by_phase: bool
    """Whether colours tell the crystal phase."""


def exhibits() -> list[Exhibit]:
    """Every template, built; in the order of the catalogue."""
    found: list[Exhibit] = []
    for name in catalogue.names():
        design = catalogue.design(name)
        found.append(Exhibit(catalogue.template(name), build(design), bool(design.defects)))
    return found


def write_gallery(folder: Path) -> None:
    """Write ``gallery.md`` and ``images/gallery/NAME.png`` into the folder of the documentation."""
    shown = exhibits()
    pictures = Path(folder) / "images" / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    for exhibit in shown:
        (pictures / f"{exhibit.template.name}.png").write_bytes(drawing(exhibit))
    (Path(folder) / "gallery.md").write_text(page(shown), encoding="utf-8")


def page(shown: list[Exhibit]) -> str:
    """The text of the page, Markdown."""
    parts = [_OPENING]
    family = ""
    for exhibit in shown:
        letter = exhibit.template.id[0]
        if letter != family:
            family = letter
            parts.append(f"## {_FAMILIES[letter]}\n")
        parts.append(_entry(exhibit))
    return "\n".join(parts)


def _entry(exhibit: Exhibit) -> str:
    template, structure = exhibit.template, exhibit.structure
    count = len(structure.segments)
    words = f"{len(structure.numbers):,} atoms, {count} segment{'s' if count > 1 else ''}"
    beside = structure.attached_group
    for number, group in enumerate(structure.attached_groups):
        words += f"; {int((beside == number).sum()):,} attached atoms of {group.removeprefix(TIP)}"
    cut = ", cut open" if inner_segments(structure).any() else ""
    return (
        f"### {template.id} {template.title}\n\n"
        f"`{template.name}`: {template.description}. {words}.\n\n"
        f"![{template.title}: all atoms{cut}](images/gallery/{template.name}.png)\n\n"
        f"```sh\nepidot new {template.name}\n```\n"
    )


def drawing(exhibit: Exhibit) -> bytes:
    """The picture as a PNG whose text fields say of which design and of how many atoms it is."""
    from PIL import Image, PngImagePlugin

    pixels = np.rint(255.0 * _labelled(exhibit)).astype(np.uint8)
    image = Image.fromarray(pixels).quantize(
        _COLOURS, Image.Quantize.MEDIANCUT, _REFINED, dither=Image.Dither.NONE
    )
    stamp = PngImagePlugin.PngInfo()
    stamp.add_text("Design", exhibit.structure.design_hash)
    stamp.add_text("Atoms", str(len(exhibit.structure.numbers)))
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True, pnginfo=stamp)
    return stream.getvalue()


def _labelled(exhibit: Exhibit) -> Array:
    """Atoms, scale bar and names (row, column, 3), from 0 to 1."""
    structure = exhibit.structure
    names = _key(exhibit)
    frame = display_frame(structure)
    atoms = balls(structure, structure.positions, _tints(exhibit, names))
    drawn = np.ones(len(atoms.radii), dtype=bool)
    drawn[: len(structure.positions)] = uncovered(structure, frame)
    image, scale = shaded(atoms.keep(drawn), frame, WIDTH, _TALLEST)
    beside = {group.removeprefix(TIP): tint for group, tint in group_colours(structure).items()}
    return np.concatenate([image, _strip(names | beside, scale)])


def _key(exhibit: Exhibit) -> dict[str, str]:
    """Name to colour of what the colours of the network tell."""
    if exhibit.by_phase:
        return {PHASE_NAMES[name]: colour for name, colour in PHASES.items()}
    return {name: materials.colour(name) for name in exhibit.structure.materials}


def _tints(exhibit: Exhibit, names: dict[str, str]) -> Array:
    """Colours (atom, 3) in the order of the key: zinc blende before wurtzite, or the compounds."""
    structure = exhibit.structure
    table = np.array([hexadecimal(colour) for colour in names.values()])
    return table[(structure.phase != ZINC_BLENDE).astype(int) if exhibit.by_phase else structure.material]


def _strip(names: dict[str, str], scale: float) -> Array:
    """Scale bar and names (row, column, 3) on white, from 0 to 1."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    nm = 0.1 * scale * WIDTH
    length = next((bar for bar in _BARS if bar <= 0.2 * nm), _BARS[-1])
    with house_style():
        figure = Figure(figsize=(WIDTH / 100.0, _STRIP / 100.0), dpi=100)
        canvas = FigureCanvasAgg(figure)
        left, right = 0.015, 0.015 + length / nm
        bar = Line2D((left, right), (0.5, 0.5), color=INK, linewidth=3.0, solid_capstyle="butt")
        figure.add_artist(bar)
        figure.text(right + 0.012, 0.47, f"{length:g} nm", va="center", fontsize=10.5)
        balls_shown = [
            Line2D((), (), marker="o", linestyle="none", markersize=8.5, color=colour, markeredgewidth=0)
            for colour in names.values()
        ]
        figure.legend(
            balls_shown,
            list(names),
            loc="center right",
            ncols=len(names),
            fontsize=10.5,
            handletextpad=0.0,
            columnspacing=1.2,
            borderaxespad=0.0,
        )
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3] / 255.0
