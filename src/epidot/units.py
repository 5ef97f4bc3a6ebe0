"""Constants and unit parsing. Inside: Å, eV, K, elementary charge, ps (as ASE).

Constants: CODATA 2018 (https://physics.nist.gov/constants).
"""

from __future__ import annotations

import math
import re
from functools import cache
from tokenize import TokenError
from typing import Any, Final

from epidot.errors import InputError

COULOMB: Final = 14.399645478
"""e²/(4π ε0) in eV Å."""
HBAR2_OVER_2M: Final = 3.809982110
"""ħ²/(2 m0) in eV Å²."""
HBAR: Final = 6.582119569e-4
"""ħ in eV ps."""
BOLTZMANN: Final = 8.617333262e-5
"""k_B in eV/K."""
SPEED_OF_LIGHT: Final = 2.99792458e6
"""c in Å/ps."""
HC: Final = 1239.841984
"""h c in eV nm: wavelength (nm) = HC / energy (eV)."""
N_PER_M: Final = 1.0 / 16.02176634
"""1 N/m in eV/Å²."""
GPA: Final = 1.0 / 160.2176634
"""1 GPa in eV/Å³."""

_INSIDE: Final = {
    "length": "angstrom",
    "energy": "eV",
    "temperature": "kelvin",
    "field": "kV/cm",
    "angle": "degree",
}
_EXAMPLE: Final = {
    "length": "4 nm",
    "energy": "200 keV",
    "temperature": "300 K",
    "field": "10 kV/cm",
    "angle": "15 deg",
}

_NUMBER_AND_UNIT: Final = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\W\d][^\s\d]*)\s*")


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


def parse(text: object, dimension: str, name: str) -> float:
    """Read a quantity such as ``"4 nm"`` and return its value inside.

    Parameters
    ----------
    text : number and unit in one string.
    dimension : ``length`` (Å), ``energy`` (eV), ``temperature`` (K), ``field`` (kV/cm) or
        ``angle`` (degrees).
    name : how the error names the argument.

    Raises
    ------
    InputError
        A bare number, an unknown unit, or a unit of another dimension.
    """
    example = _EXAMPLE[dimension]
    cure = f'Write number and unit together, e.g. "{example}"'
    if not isinstance(text, str):
        raise InputError(name, text, f"a {dimension} needs a unit", cure)
    parts = _NUMBER_AND_UNIT.fullmatch(text)
    if parts is None:
        raise InputError(name, text, f"is not a {dimension} with its unit", cure)
    import pint

    try:
        value = float(_registry().Quantity(float(parts[1]), parts[2]).to(_INSIDE[dimension]).magnitude)
    except pint.DimensionalityError as error:
        raise InputError(name, text, f"must be a {dimension}", cure) from error
    except (pint.PintError, AttributeError, ValueError, TokenError) as error:
        raise InputError(name, text, f"has a unit that is not known for a {dimension}", cure) from error
    if not math.isfinite(value):
        raise InputError(name, text, "must be a finite number", cure)
    return value
