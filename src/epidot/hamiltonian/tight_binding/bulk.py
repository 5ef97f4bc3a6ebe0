"""Bulk bands from the very terms that do the particles, summed with Bloch phases.

A unit cell is a `Network` whose bond vectors lead to periodic images: zinc blende with 2 atoms
(cubic axes) at the bond length that the set was fitted at; wurtzite with 4 (z along c), ideal with
the same bond length, or real with a, c and u of the material. Wave vectors are Cartesian, in 1/Å.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.onsite import onsite
from epidot.hamiltonian.tight_binding.onsite_strain import onsite_strain
from epidot.hamiltonian.tight_binding.parameters import LATTICE, Parameters, parameters
from epidot.hamiltonian.tight_binding.polytype import polytype
from epidot.hamiltonian.tight_binding.spin_orbit import coupling, spin_orbit
from epidot.hamiltonian.tight_binding.two_centre import two_centre
from epidot.units import HBAR2_OVER_2M

GAMMA: Final = (0.0, 0.0, 0.0)
STEP: Final = 0.01
"""Wave vector, 1/Å, at which masses are read."""


@final
@dataclass(frozen=True)
class Masses:
    """Effective masses along one direction in units of m0; those of holes are positive."""

    electron: float
    heavy_hole: float
    light_hole: float


def unit_cell(compound: str, phase: str, *, method: TightBindingMethod | None = None) -> Network:
    """Atoms and bonds of one bulk unit cell: anions even, cations odd.

    Raises
    ------
    InputError
        Unknown compound or set; a phase other than ``zb``, ``wz``, ``wz-ideal``, ``wz-real``.
    """
    length = materials.two_centre(compound, (method or TightBindingMethod()).parameters).bond
    if phase == "zb":
        return _zinc_blende(compound, length)
    lattice = _lattice(phase)
    if lattice == "ideal":
        return _wurtzite(compound, length, length / 3.0)
    a, c, u = (materials.number(compound, key, "wz") for key in ("a", "c", "u"))
    return _wurtzite(compound, u * c, (0.5 - u) * c, a)


def _lattice(phase: str) -> str:
    """Lattice of wurtzite that a phase stands for; that of relaxed particles where it says nothing."""
    lattices = {"zb": LATTICE, "wz": LATTICE, "wz-ideal": "ideal", "wz-real": "real"}
    if phase not in lattices:
        rule = "must be zb (zinc blende), wz (wurtzite), wz-ideal or wz-real"
        raise InputError("phase", phase, rule, "Use zb or wz")
    return lattices[phase]


def _zinc_blende(compound: str, length: float) -> Network:
    outward = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * length / np.sqrt(3.0)
    return Network(
        neighbours=np.array([[1] * 4, [0] * 4]),
        vectors=np.stack([outward, -outward]),
        compound=np.zeros((2, 4), dtype=np.int64),
        cation=np.array([0, 1]),
        eclipsed=np.zeros((2, 4), dtype=bool),
        directions=np.stack([outward, -outward]) / length,
        strain=np.zeros((2, 3, 3)),
        names=(compound,),
    )


def _wurtzite(compound: str, axial: float, rise: float, a: float | None = None) -> Network:
    """Anion 0 below cation 1, whose slanted bonds rise to anion 2 below cation 3, and so on.

    `axial` is the bond along c, `rise` the height of the others, Å; a is √(8/3) times the bond if ideal.
    """
    width = (np.sqrt(8.0 / 3.0) * axial if a is None else a) / np.sqrt(3.0)
    bonds, regular = _stacked(axial, width, rise), _stacked(1.0, np.sqrt(8.0) / 3.0, 1.0 / 3.0)
    return Network(
        neighbours=np.array([[1, 3, 3, 3], [0, 2, 2, 2], [3, 1, 1, 1], [2, 0, 0, 0]]),
        vectors=bonds,
        compound=np.zeros((4, 4), dtype=np.int64),
        cation=np.array([0, 1, 0, 1]),
        eclipsed=np.array([[True, False, False, False]] * 4),
        directions=regular,
        strain=np.zeros((4, 3, 3)),
        names=(compound,),
    )


def _stacked(axial: float, width: float, rise: float) -> NDArray[Any]:
    """Bond vectors of the four atoms, [atom, 4, 3]: along the axis, and across it by `width`."""
    angles = np.deg2rad([0.0, 120.0, 240.0])
    slanted = np.stack([width * np.cos(angles), width * np.sin(angles), np.full(3, rise)], axis=1)
    turned = slanted * [-1.0, -1.0, 1.0]
    axis = np.array([[0.0, 0.0, axial]])
    four = ((axis, -turned), (-axis, slanted), (axis, -slanted), (-axis, turned))
    return np.stack([np.vstack(pair) for pair in four])


def bulk_bands(
    compound: str, phase: str, k: NDArray[Any], *, method: TightBindingMethod | None = None
) -> NDArray[Any]:
    """Band energies, [point, band] in eV on the common scale, upwards; k is [point, 3] in 1/Å.

    Raises
    ------
    InputError
        Unknown compound, phase or set.
    """
    method = method or TightBindingMethod()
    cell = unit_cell(compound, phase, method=method)
    table = parameters(cell.names, method, _lattice(phase))
    return np.linalg.eigvalsh(bloch(cell, table, np.atleast_2d(k)))


def bloch(cell: Network, table: Parameters, k: NDArray[Any]) -> NDArray[Any]:
    """Matrices of a unit cell, [point, row, row] in eV; row is (atom, orbital, spin), k [point, 3] in 1/Å."""
    hopping = two_centre(cell, table)
    phases = np.exp(1j * np.einsum("kx,abx->kab", k, cell.vectors))
    size, orbitals = len(cell.cation), len(table.orbitals)
    matrix = np.zeros((len(phases), size, orbitals, size, orbitals), dtype=complex)
    sites = onsite(cell, table) + polytype(cell, table)
    sites[:, 1:4, 1:4] += onsite_strain(cell, table)
    for atom in range(size):
        matrix[:, atom, :, atom, :] += sites[atom]
        for bond, neighbour in enumerate(cell.neighbours[atom]):
            matrix[:, atom, :, neighbour, :] += phases[:, atom, bond, None, None] * hopping[atom, bond]
    both_spins = np.kron(matrix.reshape(-1, orbitals * size, orbitals * size), np.eye(2))
    return both_spins + np.kron(np.diag(spin_orbit(cell, table)), coupling(orbitals))


def bulk_edges(compound: str, phase: str, *, method: TightBindingMethod | None = None) -> tuple[float, float]:
    """Valence-band maximum and conduction-band minimum in eV on the common scale, both at Γ."""
    bands, top = _at_gamma(compound, phase, method)
    return float(bands[top]), float(bands[top + 1])


def bulk_gap(compound: str, phase: str = "zb", *, method: TightBindingMethod | None = None) -> float:
    """Band gap at Γ in eV."""
    vbm, cbm = bulk_edges(compound, phase, method=method)
    return cbm - vbm


def valence_splittings(
    compound: str, phase: str, *, method: TightBindingMethod | None = None
) -> tuple[float, float]:
    """Distances in eV from the top valence pair to the second and third pair at Γ (A–B and A–C in wz)."""
    bands, top = _at_gamma(compound, phase, method)
    return float(bands[top] - bands[top - 2]), float(bands[top] - bands[top - 4])


def spin_orbit_splitting(compound: str, *, method: TightBindingMethod | None = None) -> float:
    """Γ8 - Γ7 of the zinc-blende valence band in eV."""
    return valence_splittings(compound, "zb", method=method)[1]


def _at_gamma(compound: str, phase: str, method: TightBindingMethod | None) -> tuple[NDArray[Any], int]:
    """Bands at Γ and the index of the highest full one: 8 electrons for each pair of ions."""
    bands = bulk_bands(compound, phase, np.array([GAMMA]), method=method)[0]
    return bands, (8 if phase == "zb" else 16) - 1


def effective_masses(
    compound: str,
    phase: str,
    direction: tuple[float, float, float],
    *,
    method: TightBindingMethod | None = None,
) -> Masses:
    """Masses at Γ along a direction, from E(k) - E(0) at |k| = `STEP`, mean of each pair of spins.

    Raises
    ------
    InputError
        A direction without length; unknown compound, phase or set.
    """
    length = float(np.linalg.norm(direction))
    if not 0.0 < length < np.inf:
        raise InputError("direction", direction, "must be a finite vector, not zero", "Use e.g. (0, 0, 1)")
    k = np.array([GAMMA, np.asarray(direction) / length * STEP])
    bands = bulk_bands(compound, phase, k, method=method)
    _, top = _at_gamma(compound, phase, method)
    pairs = bands.reshape(2, -1, 2).mean(axis=2)
    inverse = (pairs[1] - pairs[0]) / (HBAR2_OVER_2M * STEP**2)
    hole = top // 2
    return Masses(
        electron=float(1.0 / inverse[hole + 1]),
        heavy_hole=float(-1.0 / inverse[hole]),
        light_hole=float(-1.0 / inverse[hole - 1]),
    )
