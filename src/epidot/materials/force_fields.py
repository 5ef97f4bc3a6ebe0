"""Force fields besides Keating: what Stillinger–Weber gives in bulk, and an ionic pair potential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from epidot.materials.compounds import compound
from epidot.materials.parameter import Parameter
from epidot.materials.store import choose, parameter, parameters, read
from epidot.units import BOLTZMANN


@final
@dataclass(frozen=True)
class Ion:
    """One ion of the pair potential q_i q_j/r + 4 ε [(σ/r)^12 − (σ/r)^6], Lorentz–Berthelot mixing.

    `charge` in e, `sigma` in Å, `epsilon` in eV. Rabani, JCP 116, 258 (2002); Grünwald et al.,
    JCP 136, 234111 (2012).
    """

    symbol: str
    charge: float
    sigma: float
    epsilon: float


def stillinger_weber(name: str) -> Mapping[str, Parameter]:
    """Bulk lattice constants (`a_zb`, `a_wz`, `c_wz`), energies and elastic constants of a compound.

    From the potential of Zhou et al., PRB 88, 085309 (2013): independent numbers to compare a relaxation
    with. Its two polytypes are degenerate.

    Raises
    ------
    InputError
        Unknown compound; the message names those that exist.
    """
    data = read("force_fields")
    return parameters(data["stillinger_weber"][compound(name).name], data["sources"])


def ion(symbol: str) -> Ion:
    """Cd, Zn, S or Se in the ionic pair potential.

    Raises
    ------
    InputError
        No such ion (the potential has no Te); the message names those that exist.
    """
    data = read("force_fields")
    table = {key: entry for key, entry in data["pair_potential"].items() if key != "charge"}
    entry = parameters(choose(table, symbol, "element", "ions of the pair potential"), data["sources"])
    charge = parameter(data["pair_potential"]["charge"], data["sources"]).value
    sign = 1.0 if symbol in ("Cd", "Zn") else -1.0
    return Ion(symbol, sign * charge, entry["sigma"].value, entry["epsilon_over_k"].value * BOLTZMANN)
