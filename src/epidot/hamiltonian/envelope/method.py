"""The choices of the envelope level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from epidot.errors import InputError


@final
@dataclass(frozen=True)
class EnvelopeMethod:
    """Grid, and what is outside the particle."""

    spacing: float | None = None
    """Å between grid points; None for one chosen by the size of the particle (`grid.usual_spacing`)."""
    outer_conduction: float = 0.0
    """eV against the vacuum: where electrons are free outside. Alkanes, of ligands and solvents, have their
    conduction edge within 0.5 eV of the vacuum (recalled; low confidence)."""
    outer_valence: float = -9.0
    """eV against the vacuum: the highest full level outside, about the ionisation threshold of solid long
    alkanes (recalled; low confidence)."""
    outer_mass: float = 1.0
    """m0, of both outside."""
    polarisation: bool = True
    """Whether particles with wurtzite feel their piezoelectric and spontaneous polarisation."""
    ligand_potential: bool = True
    """Whether the dipoles of ligands move the levels."""

    def __post_init__(self) -> None:
        if self.spacing is not None and not 0.5 <= self.spacing <= 10.0:
            rule = "must be from 0.5 to 10 (Å)"
            raise InputError("envelope.spacing", self.spacing, rule, "Leave it out")
        if not self.outer_mass > 0.0:
            raise InputError("envelope.outer_mass", self.outer_mass, "must be positive", "Use 1.0")
