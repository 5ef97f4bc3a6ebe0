"""What a compound is to envelopes: edges and masses, read off the bulk bands of the atomistic level.

Edges and masses are those of the tight-binding set at Γ, so that both levels mean the same bulk; only Kane's
energy Ep, which the electron's mass follows with its energy, is taken from the literature.

* Electron: 1/m(E) = 1/m* + (Ep/3) [2/(E_g + ε) + 1/(E_g + Δ + ε) − 2/E_g − 1/(E_g + Δ)], ε = E − E_c
  (Kane, J. Phys. Chem. Solids 1, 249 (1957)).
* Holes in wurtzite: bands A and B without the terms that mix them (diagonal of Luttinger's Hamiltonian about
  the c axis in the quasi-cubic model): A has γ1 − 2γ3 along c and γ1 + γ3 across, B has γ1 + 2γ3 and γ1 − γ3,
  γ of zinc blende with c as [111].
* Holes in zinc blende: the mixing is of the order of the levels themselves; a quartet has the mass that puts
  the ground level of a sphere where the four-band Hamiltonian puts it, m_h (π/φ)² with the first root φ of
  j0(φ) j2(√β φ) + j2(φ) j0(√β φ) = 0, β = m_l/m_h (Xia, Phys. Rev. B 40, 8500 (1989)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.hamiltonian.tight_binding.bulk import (
    bulk_edges,
    effective_masses,
    spin_orbit_splitting,
    valence_splittings,
)
from epidot.hamiltonian.tight_binding.deformation import deformation_potentials


@final
@dataclass(frozen=True)
class Bands:
    """One compound in one phase; edges in eV on the common scale, inverse masses in 1/m0."""

    conduction: float
    valence: float
    """The highest edge, that of A."""
    second: float
    """Of B; that of A in zinc blende."""
    spin_orbit: float
    kane: float
    """Ep, eV."""
    electron: float
    gamma1: float
    gamma3: float
    """Of zinc blende about [111]; 0 where the masses are those of the quartet, which `gamma1` then is."""
    conduction_shift: float
    """a_c, eV per tr ε."""
    valence_shift: float
    """a_v, eV per tr ε."""
    shear: float
    """d/(2√3), eV per tr ε − 3 ε_cc: moves A; B moves against it (Bir and Pikus). 0 for the quartet."""

    def electron_at(self, energy: float) -> tuple[float, float]:
        """1/m of the electron at an energy (eV), and its derivative."""
        gap = self.conduction - self.valence
        # Below its edge, in a barrier, the mass of a band cannot follow to the middle of the gap.
        step = max(energy - self.conduction, -0.5 * gap)
        whole = gap + self.spin_orbit
        change = 2.0 / (gap + step) + 1.0 / (whole + step) - 2.0 / gap - 1.0 / whole
        slope = -2.0 / (gap + step) ** 2 - 1.0 / (whole + step) ** 2
        third = self.kane / 3.0
        inverse = self.electron + third * change
        return inverse, third * slope


@cache
def bands(compound: str, phase: str, method: TightBindingMethod) -> Bands:
    """Edges and masses of a compound in a phase (``zb`` or ``wz``).

    Raises
    ------
    InputError
        Unknown compound or set, or a compound without Kane energy.
    """
    valence, conduction = bulk_edges(compound, phase, method=method)
    along, across = (effective_masses(compound, "zb", way, method=method) for way in ((1, 1, 1), (0, 0, 1)))
    gamma1 = 0.5 * (1.0 / along.heavy_hole + 1.0 / along.light_hole)
    gamma3 = 0.25 * (1.0 / along.light_hole - 1.0 / along.heavy_hole)
    gamma2 = 0.25 * (1.0 / across.light_hole - 1.0 / across.heavy_hole)
    if phase == "zb":
        spherical = 0.4 * gamma2 + 0.6 * gamma3
        gamma1, gamma3 = quartet(gamma1 - 2.0 * spherical, gamma1 + 2.0 * spherical), 0.0
    masses = (effective_masses(compound, phase, way, method=method) for way in ((1, 0, 0), (0, 0, 1)))
    lateral, axial = (1.0 / mass.electron for mass in masses)
    moved = deformation_potentials(compound, method=method)
    split = valence_splittings(compound, phase, method=method)[0] if phase == "wz" else 0.0
    return Bands(
        conduction=conduction,
        valence=valence,
        second=valence - split,
        spin_orbit=spin_orbit_splitting(compound, method=method),
        kane=materials.number(compound, "Ep"),
        electron=(2.0 * lateral + axial) / 3.0,
        gamma1=gamma1,
        gamma3=gamma3,
        conduction_shift=moved.a_c,
        valence_shift=moved.a_v,
        shear=moved.d / (2.0 * np.sqrt(3.0)) if phase == "wz" else 0.0,
    )


def quartet(heavy: float, light: float) -> float:
    """Inverse mass with which one band gives the ground level of the four-band sphere.

    Parameters
    ----------
    heavy, light : inverse masses.
    """
    root = np.sqrt(heavy / light)
    from scipy.optimize import brentq
    from scipy.special import spherical_jn

    def condition(x: float) -> float:
        first, second = (spherical_jn(order, np.array([x, root * x])) for order in (0, 2))
        return float(first[0] * second[1] + second[0] * first[1])

    steps: NDArray[Any] = np.linspace(3.0, 6.5, 200)
    signs = np.sign([condition(float(step)) for step in steps])
    place = int(np.flatnonzero(signs[1:] != signs[:-1])[0])
    found: Any = brentq(condition, float(steps[place]), float(steps[place + 1]))
    return heavy * float(found / np.pi) ** 2
