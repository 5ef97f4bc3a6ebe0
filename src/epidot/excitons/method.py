"""How pair states are computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, final

from epidot.errors import InputError
from epidot.excitons.screening import Penn, Screening
from epidot.materials import NOTHING_MOVED, Moved

_CHOICES: Final = {
    "dielectric": ("segments", "uniform"),
    "interaction": ("configurations", "first order"),
    "exchange": ("screened", "bare", "none"),
}


@final
@dataclass(frozen=True)
class Complexes:
    """Active space of trions and biexcitons: the first states of each kind, in whole multiplets."""

    electrons: int = 8
    """At most; Kramers partners counted. 0 leaves trions and biexcitons out."""
    holes: int = 16
    levels: int = 6
    """Lowest energies kept of each complex, Kramers partners counted."""

    def __post_init__(self) -> None:
        for name in ("electrons", "holes", "levels"):
            lowest = 1 if name == "levels" else 0
            if getattr(self, name) < lowest:
                rule = f"must be at least {lowest}"
                raise InputError(f"method.complexes.{name}", getattr(self, name), rule, "Leave it out")


@final
@dataclass(frozen=True)
class PairMethod:
    """How pair states are computed.

    Lengths are Å, energies eV. The dielectric interface lies `interface` outside the smooth surface
    that encloses the volume of the atoms, and no nearer to any atom: half a bond, where the outermost
    bonds end. A finite distance keeps the self-energy finite, which diverges at a sharp interface
    (Bolcatto and Proetto, J. Phys. Condens. Matter 13, 319 (2001), widen the interface instead).
    """

    screening: Screening = field(default_factory=Penn)
    dielectric: Literal["segments", "uniform"] = "segments"
    """Whether segments of different ε are regions of their own, with the charge induced at their
    interfaces, or the whole particle has the mean over its volume."""
    surface: bool = True
    """False leaves out all induced charge, at the surface and at interfaces inside: the particle, with the
    mean over its volume, lies in a medium of its own ε."""
    interface: float = 1.3
    smoothing: float = 2.5
    """Width of the Gaussian that makes a body of the atoms; about a bond."""
    panels: int = 2000
    """Triangles aimed at, on the surface and on interfaces inside."""
    multiplet: float = 1e-4
    """States closer in energy than this share their charge density."""
    dropped: float = 1e-6
    """Part of a density left out of the direct sum; error below 2 × dropped × e²/(ε_in r_bond)."""
    dropped_surface: float = 1e-4
    """Part of a density left out of the surface terms."""
    interaction: Literal["configurations", "first order"] = "configurations"
    """Full configuration interaction in all states given, or energies of pairs that do not mix."""
    exchange: Literal["screened", "bare", "none"] = "screened"
    """Of electron and hole, between atoms; on one atom it is never screened. First order has none."""
    complexes: Complexes = field(default_factory=Complexes)
    memory: float = 5.0
    """GB that integrals and matrices may take."""
    moved: Moved = NOTHING_MOVED
    """A dielectric constant (``epsinf``) at an end of what is published."""

    def __post_init__(self) -> None:
        self.moved.only("pairs", ("epsinf",))
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                rule, cure = f"must be {' or '.join(choices)}", f"Leave it out for {choices[0]}"
                raise InputError(f"method.{name}", getattr(self, name), rule, cure)
        for name in ("interface", "smoothing", "panels", "multiplet", "memory"):
            if not getattr(self, name) > 0:
                raise InputError(f"method.{name}", getattr(self, name), "must be positive", "Leave it out")
        for name in ("dropped", "dropped_surface"):
            if not 0 <= getattr(self, name) < 0.1:
                raise InputError(
                    f"method.{name}", getattr(self, name), "must be from 0 to 0.1", "Leave it out"
                )
