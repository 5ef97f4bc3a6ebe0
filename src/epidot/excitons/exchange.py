"""Electron–hole exchange K between tight-binding states.

K_(ai)(bj) = ∫∫ τ_ai V τ_bj*, with the transition density τ_ai = ψ_a* ψ_i of electron a and valence state i.

* Between atoms: the charges T_ai of τ on the atoms, through the particle's medium or bare.
* On one atom: all multipoles of products of its s and p orbitals, unscreened, as in Leung, Pokrant and
  Whaley, Phys. Rev. B 57, 12291 (1998): with the dipole P_k = Σ_σ (s* p_k + p_k* s), the symmetric
  product S_kl of the p orbitals and its trace,

    F⁰ |T|² + (F¹/3) Σ_k |P_k|² + (6 F²/25) (Σ_kl |S_kl|² − |tr S|²/3)

  (s* and d orbitals count in T only).

Screening: at the distance of a bond the response of a semiconductor is nearly complete, within an atom it is
small (Resta, Phys. Rev. B 16, 2717 (1977)). ``screened`` therefore takes ε_in and the induced surface
charge between atoms and nothing on them: Franceschetti, Wang, Fu and Zunger, Phys. Rev. B 58, R13367 (1998),
find that exchange of long range is screened and that of short range is not. ``bare`` screens nothing.
Left out: the fields of the atoms' transition dipoles on other atoms.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.excitons.medium import Medium
from epidot.excitons.one_centre import slater_integral
from epidot.excitons.transitions import Transitions, on_atoms
from epidot.states.states import States
from epidot.units import COULOMB

_CHUNK: Final = 2**18
"""Pairs of states times atoms at a time."""
_P: Final = ("px", "py", "pz")
_PLANES: Final = ((0, 1), (1, 2), (2, 0))


def exchange(
    states: States, across: Transitions, mutual: NDArray[Any], medium: Medium, kind: str
) -> NDArray[Any]:
    """K of all pairs, (electron, hole, electron, hole), complex, eV.

    Parameters
    ----------
    across : τ of electrons (bra) and holes (ket).
    mutual : interaction of its independent charges, (r, r) eV: in the medium if `kind` is ``screened``, in
        vacuum if it is ``bare``.
    kind : ``screened`` or ``bare``.

    Raises
    ------
    InputError
        An element without one-centre integrals.
    """
    electrons, holes = len(states.electron_energies), len(states.hole_energies)
    charges = across.charges
    # The medium has a charge's own atom in its sums; what stands for it here is unscreened.
    screened = medium.constants[medium.regions] if kind == "screened" else 1.0
    integrals = one_centre_integrals(states.relaxed.structure.numbers)
    own = integrals[0] - COULOMB * medium.onsite / screened
    mutual = mutual + (charges * own) @ charges.T
    flat = across.coefficients.reshape(electrons * holes, -1)
    found = flat @ mutual @ flat.conj().T
    found += _multipoles(states, integrals[1:])
    return found.reshape(electrons, holes, electrons, holes)


def one_centre_integrals(numbers: NDArray[Any]) -> NDArray[Any]:
    """F⁰, F¹ and F² of each atom, (3, atom), eV; `numbers` are atomic numbers."""
    found, place = np.unique(numbers, return_inverse=True)
    table = np.array([[slater_integral(order, int(number)) for number in found] for order in range(3)])
    return table[:, place]


def _multipoles(states: States, integrals: NDArray[Any]) -> NDArray[Any]:
    """Dipoles and quadrupoles on one atom, (pair, pair), eV."""
    pairs = len(states.electron_energies) * len(states.hole_energies)
    total = np.zeros((pairs, pairs), np.complex64)
    if not set(_P) <= set(states.orbitals):
        return total
    chunk = max(1, _CHUNK // pairs)
    for start in range(0, integrals.shape[1], chunk):
        piece = slice(start, start + chunk)
        moments = _moments(states, piece, integrals[:, piece])
        flat = np.ascontiguousarray(moments.reshape(pairs, -1), dtype=np.complex64)
        total += flat @ flat.conj().T
    return total


def _moments(states: States, piece: slice, integrals: NDArray[Any]) -> NDArray[Any]:
    """Multipoles of τ, each times the root of its integral; (electron, hole, atom, 9)."""
    s, p = states.orbitals.index("s"), states.orbitals.index(_P[0])
    local = states.electron_coefficients[:, piece], states.hole_coefficients[:, piece]
    electron, hole = (
        on_atoms(each).reshape(each.shape[1], len(each), len(states.orbitals), 2) for each in local
    )
    bra_s, bra_p = electron[:, :, s].conj(), electron[:, :, p : p + 3].conj()
    ket_s, ket_p = hole[:, :, s], hole[:, :, p : p + 3]
    dipole = np.einsum("nas,nhks->ahnk", bra_s, ket_p) + np.einsum("naks,nhs->ahnk", bra_p, ket_s)
    product = np.einsum("naks,nhls->ahnkl", bra_p, ket_p, optimize=True)
    # Five components of the traceless symmetric tensor with Σ|·|² = Σ_kl |S_kl|² − |tr S|²/3.
    root = np.sqrt(0.5)
    xy, yz, zx = (root * (product[..., k, m] + product[..., m, k]) for k, m in _PLANES)
    xx, yy, zz = (product[..., k, k] for k in range(3))
    tensor = [xy, yz, zx, root * (xx - yy), (2.0 * zz - xx - yy) / np.sqrt(6.0)]
    first, second = np.sqrt(integrals[0] / 3.0), np.sqrt(6.0 * integrals[1] / 25.0)
    scaled = [dipole * first[:, None], np.stack(tensor, axis=-1) * second[:, None]]
    return np.concatenate(scaled, axis=-1)
