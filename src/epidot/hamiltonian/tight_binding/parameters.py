"""The numbers that the terms use, as arrays over sublattice (anion, cation) and compound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.hamiltonian.tight_binding.basis import SHELLS, orbitals
from epidot.hamiltonian.tight_binding.method import TightBindingMethod

_FROM_ANION: Final = {
    ("s", "s", 0): "V_ss",
    ("s", "p", 0): "V_sapc",
    ("p", "s", 0): "V_pasc",
    ("p", "p", 0): "V_pps",
    ("p", "p", 1): "V_ppp",
    ("S", "p", 0): "V_Sapc",
    ("p", "S", 0): "V_paSc",
    ("S", "S", 0): "V_SS",
    ("s", "S", 0): "V_saSc",
    ("S", "s", 0): "V_Sasc",
    ("s", "d", 0): "V_sadc",
    ("d", "s", 0): "V_dasc",
    ("S", "d", 0): "V_Sadc",
    ("d", "S", 0): "V_daSc",
    ("p", "d", 0): "V_pads",
    ("d", "p", 0): "V_dapcs",
    ("p", "d", 1): "V_padp",
    ("d", "p", 1): "V_dapcp",
    ("d", "d", 0): "V_dds",
    ("d", "d", 1): "V_ddp",
    ("d", "d", 2): "V_ddd",
}
CHANNELS: Final = tuple(_FROM_ANION)
"""Own shell, neighbour's shell and |m| about the bond of each two-centre integral."""

LATTICE: Final = "real"
"""The wurtzite that relaxation gives, of `materials.LATTICES`: polytype terms and geometry must match."""


@final
@dataclass(frozen=True)
class Parameters:
    """Tables indexed [sublattice, compound] or [compound]; sublattice 0 is the anion, 1 the cation."""

    basis: str
    onsite: NDArray[Any]
    """[2, compound, shell] energies in the order of `SHELLS`, eV, on the common scale with the offset set's
    shift."""
    spin_orbit: NDArray[Any]
    """[2, compound] λ, eV."""
    integrals: NDArray[Any]
    """[2, compound, channel] at the reference bond, eV, seen from an atom of that sublattice, in the order of
    `CHANNELS`."""
    bond: NDArray[Any]
    """[compound] reference bond d0, Å."""
    polytype: NDArray[Any]
    """[2, compound, 3] shift of s, shift of p, crystal-field δ of p at an eclipsed bond, eV."""
    strain: NDArray[Any]
    """[2, compound, 2] Δb and Δd of p, eV; zero until `deformation.with_strain_terms` finds them."""
    eta: float

    @property
    def orbitals(self) -> tuple[str, ...]:
        """Names of the orbitals of an atom."""
        return orbitals(self.basis)


def parameters(names: tuple[str, ...], method: TightBindingMethod, lattice: str = LATTICE) -> Parameters:
    """Tables for these compounds, with the polytype terms of that lattice of wurtzite.

    Raises
    ------
    InputError
        Unknown compound, parameter set or offset set, or a compound that the set does not hold (from
        `epidot.materials`).
    """
    shifts = materials.offset_set(method.offsets).shifts
    sets = [materials.two_centre(name, method.parameters) for name in names]
    stacking = [materials.polytype(name, method.parameters, lattice) for name in names]
    shift = np.array([shifts[name] for name in names])[None, :, None]
    basis = sets[0].basis
    levels = [[[getattr(t, f"E{shell}{side}") for shell in SHELLS[basis]] for t in sets] for side in "ac"]
    return Parameters(
        basis=basis,
        onsite=np.array(levels) + shift,
        spin_orbit=np.array([[t.lama for t in sets], [t.lamc for t in sets]]),
        integrals=np.array([[_outward(t, side) for t in sets] for side in "ac"]),
        bond=np.array([t.bond for t in sets]),
        polytype=np.array(
            [[(0.0, t.vp_a, t.delta_a) for t in stacking], [(t.vs_c, 0.0, 0.0) for t in stacking]]
        ),
        strain=np.zeros((2, len(names), 2)),
        eta=method.eta,
    )


def _outward(values: materials.TwoCentre, side: str) -> list[float]:
    """Integrals in the order of `CHANNELS`; from the cation the two shells change places."""
    return [
        getattr(values, _FROM_ANION[(first, second, m) if side == "a" else (second, first, m)])
        for first, second, m in CHANNELS
    ]
