"""Compositions: compounds and their random alloys, by name.

A name lists elements, each with its fraction of its own sublattice: ``CdSe0.6S0.4``,
``Cd0.5Zn0.5Se0.3S0.7``. A missing number is 1. An alloy holds its compounds with the product of the
fractions of their elements, as random occupation of both sublattices does.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Final, final

from epidot.errors import InputError
from epidot.materials.store import read

ATOMIC_NUMBERS: Final[Mapping[str, int]] = {"S": 16, "Zn": 30, "Se": 34, "Cd": 48, "Te": 52}

_TOLERANCE: Final = Decimal("0.001")
_ELEMENT: Final = re.compile(r"([A-Z][a-z]?)(\d+\.?\d*|\.\d+)?")
_Shares = dict[str, Decimal]


@final
@dataclass(frozen=True)
class Composition:
    """A compound or an alloy; `cations` and `anions` map element to fraction, each summing to 1.

    `name` is canonical: cations before anions, the heavier element first, fractions in the shortest
    decimals and left out where they are 1. Compositions of equal names are equal.
    """

    name: str
    cations: Mapping[str, float] = field(compare=False)
    anions: Mapping[str, float] = field(compare=False)

    @property
    def mixed(self) -> bool:
        """Whether it is an alloy, not a compound."""
        return len(self.cations) + len(self.anions) > 2


@cache
def composition(name: str) -> Composition:
    """The composition that a name such as ``CdSe`` or ``Cd0.5Zn0.5Se0.3S0.7`` stands for.

    Elements may come in any order; a fraction of 0 leaves its element out; sums are brought to 1.

    Raises
    ------
    InputError
        Not a list of elements with fractions, an element that no compound holds, an element given
        twice, a sublattice without an element or whose fractions do not add up to 1 within 0.001, or
        a compound missing from the table.
    """
    shares = _parsed(name)
    cations, anions = (
        {element: shares[element] for element in part if element in shares} for part in _sublattices()
    )
    for kind, part, known in zip(("cation", "anion"), (cations, anions), _sublattices(), strict=True):
        if not part:
            raise _refused(name, f"holds no {kind}", f"Add one of {', '.join(known)}.")
    sums = [sum(part.values(), Decimal(0)) for part in (cations, anions)]
    for kind, part, total in zip(("cations", "anions"), (cations, anions), sums, strict=True):
        if abs(total - 1) > _TOLERANCE:
            rule = f"the fractions of its {kind} must add up to 1, not {total.normalize():f}"
            raise _refused(name, rule, meant=_completed(part, cations, anions))
    made = Composition(
        _spelled(cations) + _spelled(anions),
        MappingProxyType({element: float(share / sums[0]) for element, share in cations.items()}),
        MappingProxyType({element: float(share / sums[1]) for element, share in anions.items()}),
    )
    _check_compounds(name, made)
    return made


@cache
def fractions(name: str) -> Mapping[str, float]:
    """Share of each compound in a composition, summing to 1; ``{"CdSe": 0.6, "CdS": 0.4}``.

    The product of the fractions on both sublattices: the share of the bonds that each compound has
    where both are occupied at random.

    Raises
    ------
    InputError
        No composition; see `composition`.
    """
    made, table = composition(name), _pairs()
    return MappingProxyType(
        {
            table[cation, anion]: share * part
            for cation, share in made.cations.items()
            for anion, part in made.anions.items()
        }
    )


@cache
def _pairs() -> Mapping[tuple[str, str], str]:
    """Name of the compound of each pair (cation, anion) in the table."""
    compounds = read("compounds")["compounds"]
    return {(entry["cation"], entry["anion"]): name for name, entry in compounds.items()}


@cache
def _sublattices() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The cations and the anions of the table, the heaviest first."""
    columns = ({pair[place] for pair in _pairs()} for place in (0, 1))
    cations, anions = (
        tuple(sorted(column, key=lambda element: -ATOMIC_NUMBERS[element])) for column in columns
    )
    return cations, anions


def _parsed(name: str) -> _Shares:
    """Elements with their fractions as written, without those that are 0."""
    if re.search(r"[A-Z][a-z]?\s*[-−]\s*\.?\d", name):
        raise _refused(name, "fractions must not be negative")
    if not re.fullmatch(f"(?:{_ELEMENT.pattern})+", name):
        raise _refused(name, "is no composition")
    found = _ELEMENT.findall(name)
    elements = [element for element, _ in found]
    known = {element for part in _sublattices() for element in part}
    strange = [element for element in elements if element not in known]
    if strange:
        cations, anions = (", ".join(part) for part in _sublattices())
        rule = f"holds {', '.join(dict.fromkeys(strange))}, which no known compound does"
        raise _refused(name, rule, f"Cations are {cations}, anions {anions}.")
    twice = next((element for element in elements if elements.count(element) > 1), None)
    if twice:
        raise _refused(name, f"names {twice} twice", f"Give {twice} one fraction.")
    shares = {element: Decimal(share or "1") for element, share in found}
    return {element: share for element, share in shares.items() if share > 0}


def _check_compounds(name: str, made: Composition) -> None:
    for cation in made.cations:
        for anion in made.anions:
            if (cation, anion) not in _pairs():
                raise _refused(name, f"needs {cation}{anion}, which is not in the table")


def _refused(name: str, rule: str, cure: str = "", meant: str = "") -> InputError:
    """The error, with what was probably meant (the nearest compound if not given) and what exists."""
    lower = {known.lower(): known for known in _pairs().values()}
    near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
    meant = meant or (lower[near[0]] if near else "")
    listed = f"There are: {', '.join(_pairs().values())}, and their alloys, e.g. CdSe0.6S0.4"
    cures = (f"Did you mean {meant}?" if meant else "", cure, listed)
    return InputError("material", name, rule, " ".join(part for part in cures if part))


def _completed(bad: _Shares, cations: _Shares, anions: _Shares) -> str:
    """The nearest composition to one whose fractions on sublattice `bad` do not add up."""
    total = sum(bad.values(), Decimal(0))
    if len(bad) == 1 and total < 1:
        partners = next(part for part in _sublattices() if set(bad) <= set(part))
        other = next(element for element in reversed(partners) if element not in bad)
        mended = {**bad, other: 1 - total}
    else:
        mended = {element: round(share / total, 3) for element, share in bad.items()}
        last = list(mended)[-1]
        mended[last] += 1 - sum(mended.values())
    parts = [mended if part is bad else part for part in (cations, anions)]
    return "".join(_spelled(part) for part in parts)


def _spelled(shares: _Shares) -> str:
    """Elements with their fractions in the shortest decimals; one element alone without."""
    if len(shares) == 1:
        return next(iter(shares))
    return "".join(f"{element}{share.normalize():f}" for element, share in shares.items())
