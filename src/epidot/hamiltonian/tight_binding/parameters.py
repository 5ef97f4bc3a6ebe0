"""The numbers that the terms use, as arrays over sublattice (anion, cation) and compound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding.method import TightBindingMethod

ORBITALS: Final = ("s", "px", "py", "pz", "s*")


@final
@dataclass(frozen=True)
class Parameters:
    """Tables indexed [sublattice, compound] or [compound]; sublattice 0 is the anion, 1 the cation."""

    onsite: NDArray[Any]
    """[2, compound, 3] energies of s, p and s*, eV, on the common scale with the offset set's shift."""
    spin_orbit: NDArray[Any]
    """[2, compound] λ, eV."""
    integrals: NDArray[Any]
    """[2, compound, 7] at the reference bond, eV, seen from an atom of that sublattice:
    (s s), (s pσ), (p sσ), (p pσ), (p pπ), (s* pσ), (p s*σ); the first orbital is its own."""
    bond: NDArray[Any]
    """[compound] reference bond d0, Å."""
    polytype: NDArray[Any]
    """[2, compound, 3] shift of s, shift of p, crystal-field δ of p at an eclipsed bond, eV."""
    eta: float


def parameters(names: tuple[str, ...], method: TightBindingMethod) -> Parameters:
    """Tables for these compounds.

    Raises
    ------
    InputError
        Unknown compound, parameter set or offset set (from `epidot.materials`).
    """
    shifts = materials.offset_set(method.offsets).shifts
    sets = [materials.two_centre(name, method.parameters) for name in names]
    stacking = [materials.polytype(name, method.parameters) for name in names]
    shift = np.array([shifts[name] for name in names])[None, :, None]
    anion = [(t.V_ss, t.V_sapc, t.V_pasc, t.V_pps, t.V_ppp, t.V_Sapc, t.V_paSc) for t in sets]
    cation = [(t.V_ss, t.V_pasc, t.V_sapc, t.V_pps, t.V_ppp, t.V_paSc, t.V_Sapc) for t in sets]
    levels = [[(t.Esa, t.Epa, t.ESa) for t in sets], [(t.Esc, t.Epc, t.ESc) for t in sets]]
    return Parameters(
        onsite=np.array(levels) + shift,
        spin_orbit=np.array([[t.lama for t in sets], [t.lamc for t in sets]]),
        integrals=np.array([anion, cation]),
        bond=np.array([t.bond for t in sets]),
        polytype=np.array(
            [[(0.0, t.vp_a, t.delta_a) for t in stacking], [(t.vs_c, 0.0, 0.0) for t in stacking]]
        ),
        eta=method.eta,
    )
