"""One house style for every figure: sizes of a journal column, sober axes, colour-blind-safe colours.

Colours of compounds: `epidot.materials.colour`. Electron blue and hole orange, as the field draws
them; the pair stays apart for the colour-blind (Okabe and Ito, "Color universal design", 2008).
Strain ramp: ColorBrewer RdBu.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

COLUMN: Final = 3.35
"""Width of one journal column, inches (85 mm)."""
PAGE: Final = 6.9
"""Width of a journal page, inches (175 mm)."""
INK: Final = "#222222"
FAINT: Final = "#8a8f98"
ELECTRON: Final = "#1f5fd1"
HOLE: Final = "#e4570f"
EMISSION: Final = "#cc3d3d"
PHASES: Final = {"zb": "#56b4e9", "wz": "#e69f00"}
PHASE_NAMES: Final = {"zb": "zinc blende", "wz": "wurtzite"}
ELEMENTS: Final = {"Zn": "#5b7fa6", "Cd": "#9aa3ad", "S": "#e3c22f", "Se": "#d9782d", "Te": "#7a4b82"}
STRAIN_RAMP: Final = ((33, 102, 172), (146, 197, 222), (247, 247, 247), (244, 165, 130), (178, 24, 43))
ELECTRON_RAMP: Final = ((225, 228, 232), (158, 190, 240), (50, 110, 220), (5, 40, 120))
HOLE_RAMP: Final = ((225, 228, 232), (250, 190, 140), (230, 100, 25), (125, 40, 0))

_RULES: Final[dict[Any, Any]] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.dpi": 300,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.03,
    "svg.fonttype": "path",
    "svg.hashsalt": "epidot",
    "mathtext.default": "regular",
}


@contextmanager
def house_style() -> Generator[None]:
    """Matplotlib in the house style, without a display; what was set before comes back after."""
    import matplotlib as mpl

    with mpl.rc_context({"backend": "agg", **_RULES}):
        yield


def hexadecimal(colour: str, tint: float = 0.0) -> tuple[float, float, float]:
    """``#rrggbb`` as three fractions, mixed with white by `tint` (0 to 1)."""
    channels = (int(colour[place : place + 2], 16) / 255.0 for place in (1, 3, 5))
    red, green, blue = (channel + (1.0 - channel) * tint for channel in channels)
    return red, green, blue
