"""Potentials on the atoms: an applied field, the polarisation of the crystal, the ligands.

An electron on atom i has the energy −e φ(r_i). φ of an applied field F, uniform far away in the solvent,
and of the bound charge of the polarisation are those of a body of one static dielectric constant (the mean
over the atoms of those of their materials) in that of the solvent, closed by the surface that the pair
states use; in a sphere the field is 3 ε_s/(ε + 2 ε_s) F. The charges are Gaussians of about a bond length:
polarisation means nothing on a finer scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import AXES, Environment
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding.ligands import ligand_dipoles, ligand_potential
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.polarisation import bound_charges, polarisation
from epidot.numerics import boundary, poisson
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import WURTZITE, Structure
from epidot.units import COULOMB

Array = NDArray[Any]

TERMS: Final = ("field", "polarisation", "ligands")
_PANELS: Final = (800, 2000)
"""Fewest and most triangles on the surface aimed at; one for 20 atoms in between."""
_WIDTH: Final = 2.5
"""Å, of the Gaussians that stand for charges and that make a body of the atoms."""
_COARSEST: Final = 1.5
"""Longest side of a cell of the surface, in the radius of a rod; a long thin particle gets more triangles."""
_INTERFACE: Final = 1.3
"""Å that the dielectric boundary lies outside the surface of equal volume, as for the pair states."""
V_PER_A: Final = 1e-5
"""One kV/cm in V/Å."""
_NOTHING: Final = 1e-9
"""e; a bound charge below this on every atom is none."""


@final
@dataclass(frozen=True)
class Surroundings:
    """What acts on the particle from outside.

    Raises
    ------
    InputError
        A field that is not finite.
    """

    field: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """V/Å in the particle's axes, far away in the solvent; 1 kV/cm is 1e-5 V/Å."""
    solvent: str = "toluene"
    """A name of `materials.solvents()`."""

    def __post_init__(self) -> None:
        if not np.isfinite(self.field).all():
            raise InputError("field", self.field, "must be finite numbers", "Give V/Å along x, y and z")


def surroundings(environment: Environment, structure: Structure) -> Surroundings:
    """What a design's environment is to this particle.

    Raises
    ------
    InputError
        The field follows a limb that the particle does not have.
    """
    field = environment.field
    if field is None:
        return Surroundings(solvent=environment.solvent)
    limbs = {name: np.subtract(end, foot) for name, foot, end in structure.limbs}
    axes = {axis: np.eye(3)[number] for number, axis in enumerate(AXES)} | limbs
    if isinstance(field.along, str) and field.along not in axes:
        rule, cure = "is no axis or limb of this particle", f"Use one of {', '.join(axes)}"
        raise InputError("environment.field.along", field.along, rule, cure)
    direction = axes[field.along] if isinstance(field.along, str) else np.array(field.along)
    x, y, z = field.strength * V_PER_A * direction / np.linalg.norm(direction)
    return Surroundings((float(x), float(y), float(z)), environment.solvent)


def potentials(
    relaxed: Relaxed, bonds: Network, hybrids: Array, method: TightBindingMethod, around: Surroundings
) -> Array:
    """Energy of an electron on each atom by each of `TERMS`, (term, atom) in eV; zero where a term is off.

    Raises
    ------
    InputError
        Unknown solvent or ligand.
    """
    outside = materials.solvent(around.solvent).static
    energies = np.zeros((len(TERMS), len(relaxed.positions)))
    charges = _bound(relaxed, bonds, method)
    if any(around.field) or charges is not None:
        shape = _body(relaxed, outside)
        if any(around.field):
            energies[0] = -poisson.potential_of_field(shape, np.array(around.field), relaxed.positions)
        if charges is not None:
            energies[1] = -COULOMB * poisson.potential_of_charges(shape, *charges, relaxed.positions)
    if method.ligand_potential:
        energies[2] = ligand_potential(relaxed.positions, ligand_dipoles(relaxed, hybrids))
    return energies


def _bound(relaxed: Relaxed, bonds: Network, method: TightBindingMethod) -> tuple[Array, Array] | None:
    """Places and amounts of the bound charge (Å, e); None where there is none or it is not asked for."""
    has_wurtzite = bool((relaxed.structure.phase == WURTZITE).any())
    if method.polarisation == "none" or (method.polarisation == "wurtzite" and not has_wurtzite):
        return None
    vectors = polarisation(bonds, relaxed)
    places, charges = bound_charges(relaxed, vectors, bare=method.surface_charge == "bare")
    return (places, charges) if np.abs(charges).max() > _NOTHING else None


def _body(relaxed: Relaxed, outside: float) -> poisson.Body:
    volumes, constants = _per_atom(relaxed.structure)
    panels = int(np.clip(len(volumes) / 20, *_PANELS))
    surface = boundary.enclose(
        relaxed.positions,
        volumes,
        distance=_INTERFACE,
        smoothing=_WIDTH,
        panels=panels,
        coarsest=_COARSEST,
    )
    inside = float(volumes @ constants / volumes.sum())
    return poisson.body(surface, inside, outside, width=_WIDTH)


def _per_atom(structure: Structure) -> tuple[Array, Array]:
    """Volume a³/8 (Å³) and static dielectric constant of each atom's own material and phase, (atom,) each."""
    volumes = np.array([materials.lattice_constant(name) ** 3 / 8.0 for name in structure.materials])
    constants = np.array(
        [[materials.static_dielectric(name, phase) for phase in ("zb", "wz")] for name in structure.materials]
    )
    return volumes[structure.material], constants[structure.material, structure.phase]
