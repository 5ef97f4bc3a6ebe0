"""How spectra are drawn and rates computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from epidot.errors import InputError
from epidot.materials import NOTHING_MOVED, Moved


@final
@dataclass(frozen=True)
class Light:
    """How spectra are drawn and rates computed."""

    fwhm: float | None = None
    """eV, of every line; None for that of single particles at the temperature (`materials.line_width`)."""
    visible: float = 0.01
    """Part of the strongest strength, or of the highest absorption, that counts as seen."""
    local_field: Literal["shape", "sphere", "none"] = "shape"
    """Optical field inside: of the real shape, of a sphere, or that of the medium."""
    dipole: Literal["site", "slater"] = "site"
    """Position operator: places of the atoms, or with s–p dipoles of free atoms (`dipole`)."""
    gap: Literal["varshni", "fixed"] = "varshni"
    """Whether gaps follow temperature from that of the tight-binding set."""
    phonons: bool = True
    """Replicas of LO phonons."""
    magnetic_field: float = 0.0
    """T, for g-factors and circular polarisation; 0 leaves them out."""
    span: float = 1.5
    """eV above the first transition that the spectrum reaches at least, as far as optical constants go."""
    moved: Moved = NOTHING_MOVED
    """A Huang–Rhys factor (``huang_rhys``) or the Auger constant (``auger``) at an end of its range."""

    complete: float | None = None
    """eV above the first transition up to which every transition must be computed: too few states for that
    are an error. None takes what the states give and marks where they end."""

    def __post_init__(self) -> None:
        self.moved.only("light", ("huang_rhys", "auger"))
        if self.fwhm is not None and not self.fwhm > 0.0:
            raise InputError("method.light.fwhm", self.fwhm, "must be positive (eV)", "Leave it out")
        if not 0.0 <= self.visible <= 1.0:
            raise InputError("method.light.visible", self.visible, "must be from 0 to 1", "Leave it out")
        if not 0.0 <= self.magnetic_field <= 1000.0:
            rule = "must be from 0 to 1000 (T)"
            raise InputError("method.light.magnetic_field", self.magnetic_field, rule, "Leave it out")
        if self.complete is not None and not 0.0 < self.complete <= 5.0:
            raise InputError(
                "method.light.complete", self.complete, "must be from 0 to 5 (eV)", "Leave it out"
            )
        if not 0.0 <= self.span <= 5.0:
            raise InputError("method.light.span", self.span, "must be from 0 to 5 (eV)", "Leave it out")
