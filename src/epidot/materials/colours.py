"""Colours of materials in figures.

Compounds: the colour-blind-safe palette "muted" of P. Tol, "Colour schemes", SRON technical note
SRON/EPS/TN/09-002 (2021). Alloys lie between their compounds in Oklab (B. Ottosson, "A perceptual
color space for image processing", 2020), where equal steps look equal. Oklab is linear in the cube
roots of the responses of the three cones, so the mean is taken of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from epidot.materials.alloys import fractions

_COLOURS: Final[Mapping[str, str]] = {
    "CdS": "#ddcc77",
    "CdSe": "#882255",
    "CdTe": "#88ccee",
    "ZnS": "#332288",
    "ZnSe": "#44aa99",
    "ZnTe": "#117733",
}
_TO_CONES: Final = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
"""Linear red, green, blue to long, medium, short."""
_FROM_CONES: Final = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


@cache
def colour(name: str) -> str:
    """Colour ``#rrggbb`` of a compound or an alloy in figures.

    Raises
    ------
    InputError
        No composition; the message names the compounds that exist.
    """
    shares = fractions(name)
    if len(shares) == 1:
        return _COLOURS[next(iter(shares))]
    roots = [
        sum(share * _roots(_COLOURS[compound])[cone] for compound, share in shares.items())
        for cone in range(3)
    ]
    return "#" + "".join(
        f"{_encoded(sum(factor * root**3 for factor, root in zip(row, roots, strict=True))):02x}"
        for row in _FROM_CONES
    )


def _roots(shown: str) -> list[float]:
    """Cube roots of the responses of the cones to ``#rrggbb``."""
    linear = [_decoded(int(shown[place : place + 2], 16) / 255.0) for place in (1, 3, 5)]
    return [
        sum(factor * channel for factor, channel in zip(row, linear, strict=True)) ** (1.0 / 3.0)
        for row in _TO_CONES
    ]


def _decoded(channel: float) -> float:
    """Linear light of an sRGB channel from 0 to 1 (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(light: float) -> int:
    """SRGB channel, 0 to 255, of linear light."""
    held = min(max(light, 0.0), 1.0)
    channel = 12.92 * held if held <= 0.0031308 else 1.055 * held ** (1.0 / 2.4) - 0.055
    return round(255.0 * channel)
