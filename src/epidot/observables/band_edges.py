"""Band edges of strained bulk: the conduction edge and three valence bands.

Zone centre, p triplet times spin (G. L. Bir and G. E. Pikus, *Symmetry and Strain-Induced Effects in
Semiconductors* (1974); quasi-cubic for wurtzite, J. J. Hopfield, J. Phys. Chem. Solids 15, 97 (1960)):

    E_c = E_c0 + a_c tr ε
    H_v = E_v0 + a_v tr ε + 3 b ε' + √3 d ε'' − Δ_cf ĉ ĉᵀ + (Δ_so/3) L·σ

ε' is what of the strain is on the diagonal in the cubic axes of a tetrahedron without its trace, ε'' what is
off it; L has the components of a p shell. a_c, a_v, b and d are those of the Hamiltonian of the particle, so
that its levels lie among its own edges: b and d are those of `materials`, to which a_c − a_v was fitted; a_v
alone, of which even the sign is disputed, comes out of the distance law. Δ_so and Δ_cf are those that give
the splittings of its bulk. What shear does to E_c is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.hamiltonian.tight_binding.bulk import spin_orbit_splitting, valence_splittings
from epidot.hamiltonian.tight_binding.deformation import deformation_potentials
from epidot.hamiltonian.tight_binding.edges import Bulk

Array = NDArray[Any]

_SPIN = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


@final
@dataclass(frozen=True)
class BulkBands:
    """What the edges of a material follow from, eV."""

    conduction: float
    valence: float
    """Highest of the three valence bands, unstrained."""
    spin_orbit: float
    crystal_field: float
    a_c: float
    a_v: float
    b: float
    d: float


def bulk_bands_of(composition: str, phase: str, bulk: Bulk, method: TightBindingMethod) -> BulkBands:
    """Of a compound, or the means over the compounds of an alloy, in ``zb`` or ``wz``.

    Parameters
    ----------
    bulk : edges of each compound and phase, as they come with `States`.
    method : of the Hamiltonian.

    Raises
    ------
    InputError
        Unknown composition, phase or set.
    """
    shares = materials.fractions(composition)
    each = [_of_compound(name, phase, bulk[name][phase], method) for name in shares]
    return BulkBands(
        *(
            sum(
                share * float(getattr(one, field.name))
                for share, one in zip(shares.values(), each, strict=True)
            )
            for field in fields(BulkBands)
        )
    )


def _of_compound(name: str, phase: str, bulk: list[float], method: TightBindingMethod) -> BulkBands:
    valence, conduction = bulk
    slopes = deformation_potentials(name, method=method)
    spin_orbit, crystal = _quasi_cubic(
        valence_splittings(name, phase, method=method), spin_orbit_splitting(name, method=method)
    )
    return BulkBands(conduction, valence, spin_orbit, crystal, slopes.a_c, slopes.a_v, slopes.b, slopes.d)


def _quasi_cubic(splittings: tuple[float, float], spin_orbit: float) -> tuple[float, float]:
    """Δ_so and Δ_cf (eV) with E_AB + E_AC = Δ_so + Δ_cf and E_AB E_AC = ⅔ Δ_so Δ_cf.

    Of the two solutions the one whose Δ_so is nearer to that of zinc blende.
    """
    total, product = sum(splittings), 1.5 * splittings[0] * splittings[1]
    root = np.sqrt(max(total**2 - 4.0 * product, 0.0))
    pair = 0.5 * (total + root), 0.5 * (total - root)
    first, second = pair if abs(pair[0] - spin_orbit) <= abs(pair[1] - spin_orbit) else pair[::-1]
    return float(first), float(second)


def shear_parts(strain: Array, directions: Array) -> tuple[Array, Array]:
    """What of a strain is on the diagonal in cubic axes, without its trace, and what is off it.

    Parameters
    ----------
    strain : (atom, 3, 3).
    directions : (atom, 4, 3), unit vectors of the ideal bonds; they say where the cubic axes are.

    Returns
    -------
    Both (atom, 3, 3), in the axes of the particle.
    """
    # Σ b b (b·ε·b) over the four bonds is 4/9 (tr ε + 2 ε''), whichever way the tetrahedron is turned.
    stretch = np.einsum("abi,aij,abj->ab", directions, strain, directions)
    volume = np.trace(strain, axis1=1, axis2=2)[:, None, None] * np.eye(3)
    off = 9.0 / 8.0 * np.einsum("abi,abj,ab->aij", directions, directions, stretch) - volume / 2.0
    return strain - off - volume / 3.0, off


@final
@dataclass(frozen=True, eq=False)
class Deformed:
    """Strain, as band edges feel it, at each point."""

    volume: Array
    """(point,), tr ε."""
    on: Array
    """(point, 3, 3), ε'."""
    off: Array
    """(point, 3, 3), ε''."""
    axis: Array
    """(point, 3, 3), ĉ ĉᵀ of wurtzite; nothing in zinc blende."""


def edges(bulk: BulkBands, deformed: Deformed) -> tuple[Array, Array]:
    """Conduction edge (point,) and the three valence bands (3, point), highest first; eV."""
    field = bulk.crystal_field
    triplet = 3.0 * bulk.b * deformed.on + np.sqrt(3.0) * bulk.d * deformed.off - field * deformed.axis
    matrix = np.einsum("nij,st->nisjt", triplet, np.eye(2)).reshape(-1, 6, 6) + _spin_orbit(bulk.spin_orbit)
    # The zero is where the highest band of the unstrained crystal lies at the valence edge.
    rest = np.kron(-field * np.diag([0.0, 0.0, 1.0]), np.eye(2)) + _spin_orbit(bulk.spin_orbit)
    zero = bulk.valence - float(np.linalg.eigvalsh(rest)[-1])
    bands = np.linalg.eigvalsh(matrix)[:, [5, 3, 1]].T
    return bulk.conduction + bulk.a_c * deformed.volume, zero + bulk.a_v * deformed.volume + bands


def _spin_orbit(splitting: float) -> Array:
    """(Δ/3) L·σ in p (x, y, z) times spin, (6, 6)."""
    levi_civita = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        levi_civita[i, j, k], levi_civita[i, k, j] = 1.0, -1.0
    # (L_i)_jk = −i ε_ijk between the Cartesian components.
    return splitting / 3.0 * np.einsum("ijk,ist->jskt", -1j * levi_civita, _SPIN).reshape(6, 6)
