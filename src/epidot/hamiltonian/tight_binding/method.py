"""The choices of the tight-binding level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, final

from epidot.errors import InputError
from epidot.materials import DEFAULT_SET, NOTHING_MOVED, Moved, ParameterSet


@final
@dataclass(frozen=True)
class TightBindingMethod:
    """Parameter set, offset set, distance law of the two-centre integrals, potentials.

    Raises
    ------
    InputError
        `eta` is negative or not finite; `surface_charge` is bare without polarisation. Unknown sets are
        refused when they are looked up.
    """

    parameters: str | ParameterSet = DEFAULT_SET
    """Name of a fitted set of `epidot.materials`, or a set from a file (`epidot.materials.read_set`)."""
    offsets: str = "wei-zunger-1998"
    """Name of an offset set of `epidot.materials`."""
    eta: float = 2.0
    """Every two-centre integral scales as (d/d0)^-eta (Harrison); the sets were fitted with 2."""

    onsite_strain: bool = True
    """Whether on-site energies of p follow the strain, so that the shear deformation potentials come out."""
    ligand_potential: bool = True
    """Whether the dipoles of ligands move the levels."""
    polarisation: Literal["wurtzite", "all", "none"] = "wurtzite"
    """Which particles feel their piezoelectric and spontaneous polarisation: those with wurtzite; all."""
    surface_charge: Literal["screened", "bare"] = "screened"
    """Whether the bound charge of the polarisation on the surface is compensated there, or acts."""
    moved: Moved = NOTHING_MOVED
    """A shear deformation potential (``d``) at an end of what is published."""

    def __post_init__(self) -> None:
        self.moved.only("tight_binding", ("d",))
        if self.moved.parameter and not self.onsite_strain:
            rule = "acts through the on-site strain terms, which are switched off"
            raise InputError("tight_binding.moved", self.moved.parameter, rule, "Leave one of them out")
        if not (math.isfinite(self.eta) and self.eta >= 0.0):
            raise InputError("eta", self.eta, "must be finite and not negative", "Use 2.0, Harrison's law")
        if self.surface_charge == "bare" and self.polarisation == "none":
            rule = "there is no surface charge without polarisation"
            raise InputError("surface_charge", self.surface_charge, rule, "Leave it out, or set polarisation")
