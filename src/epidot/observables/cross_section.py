"""Absorption in absolute units: transitions near the edge, the bulk in the particle's own local field above.

A transition of energy E whose dipole the medium sees as D (`local_field`) has

    ∫ σ dE = (4π² e²/(4πε0 ħc)) E |û·D|²/n

for light polarised along û, n the refractive index of the medium (Thomas–Reiche–Kuhn, so that f = 1 gives
1.098 × 10⁻¹⁶ cm² eV/n). Where the computed transitions end, the particle is taken as a piece of bulk:

    σ_k = (E/(ħc n)) Σ_c V_c Im ε_c |F_k|²,   F_k = ε_out/(ε_out + L_k (ε̄ − ε_out)),

with V_c the volume of compound c, ε̄ the mean of ε_c over the volume and L the depolarisation factors of the
shape; the quasi-static absorption of small bodies (Bohren and Huffman, §5.3) found to hold for CdSe at 350
nm by Leatherdale et al., J. Phys. Chem. B 106, 7619 (2002). Confinement, which moves bulk absorption
upwards, is left out there: near the edge of a small particle it is too high.

The change is at `complete_to`: lines count with 1 − s(E), the bulk with s(E), s rising from 0 to 1 within a
width.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.observables.local_field import LocalField
from epidot.structure.structure import Structure
from epidot.units import COULOMB, HBAR, SPEED_OF_LIGHT

Array = NDArray[Any]

_HBAR_C: Final = HBAR * SPEED_OF_LIGHT
EXTINCTION: Final = 6.02214076e23 * 1e-14 / (1e3 * np.log(10.0))
"""Decadic molar extinction in 1/(M cm) of 1 nm²."""
NM2: Final = 1e-2
"""1 Å² in nm²."""


def line_tensors(energies: Array, seen: Array, index: float) -> Array:
    """∫ σ dE of each transition for light along û as ûᵀ A û; (exciton, 3, 3), eV Å².

    Parameters
    ----------
    energies : (exciton,), eV.
    seen : (exciton, 3), complex, Å; dipole as the medium sees it.
    index : refractive index of the medium.
    """
    squares = np.einsum("xi,xj->xij", seen, seen.conj()).real
    return 4.0 * np.pi**2 * COULOMB / _HBAR_C / index * energies[:, None, None] * squares


def volumes(structure: Structure) -> Array:
    """Volume of each compound, a³/8 of its zinc blende for each atom; (material,), Å³."""
    each = np.array([materials.lattice_constant(name) ** 3 / 8.0 for name in structure.materials])
    return each * np.bincount(structure.material, minlength=len(each))


def permittivity(compound: str, energies: Array) -> Array:
    """ε = (n + ik)² of the bulk at room temperature, (energy,), complex; linear between tabulated energies.

    Parameters
    ----------
    energies : (energy,), eV.

    Raises
    ------
    InputError
        A compound without optical constants, or an energy beyond them.
    """
    table = materials.optical_constants(compound)
    first, last = table.energy[0], table.energy[-1]
    if energies.size and (energies.min() < first or energies.max() > last):
        rule = f"is beyond the optical constants of {compound}, {first} to {last} eV"
        raise InputError("energy", f"{energies.min():.2f} to {energies.max():.2f} eV", rule, "Stay within")
    values = (np.array(table.n) + 1j * np.array(table.k)) ** 2
    return np.interp(energies, table.energy, values.real) + 1j * np.interp(
        energies, table.energy, values.imag
    )


def bulk_tensors(axis: Array, structure: Structure, field: LocalField, outside: float) -> Array:
    """σ of the particle as a piece of bulk, as a tensor; (energy, 3, 3), Å².

    Parameters
    ----------
    axis : (energy,), eV, within `bulk_range`.
    outside : optical dielectric constant of the medium.

    Raises
    ------
    InputError
        An energy beyond the optical constants.
    """
    shares = volumes(structure)
    found = np.array([permittivity(name, axis) for name in structure.materials])
    mean = shares @ found / shares.sum()
    factor = outside / (outside + field.depolarisation[:, None] * (mean - outside))
    absorbed = axis / (_HBAR_C * np.sqrt(outside)) * (shares @ np.imag(found))
    along = absorbed * np.abs(factor) ** 2
    return np.einsum("ke,ki,kj->eij", along, field.axes, field.axes)


def bulk_range(structure: Structure) -> tuple[float, float]:
    """Energies (eV) at which the optical constants of all compounds of the particle are known."""
    found = [materials.optical_constants(name).energy for name in structure.materials]
    return max(energy[0] for energy in found), min(energy[-1] for energy in found)


def switch(energies: Array, centre: float, width: float) -> Array:
    """s(E), from 0 to 1 about `centre`; 12 % half a `width` below it and 88 % half a width above."""
    return 0.5 * (1.0 + np.tanh(2.0 * (energies - centre) / width))
