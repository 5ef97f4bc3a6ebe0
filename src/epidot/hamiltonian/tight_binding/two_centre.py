"""Hopping: nearest-neighbour two-centre integrals along the actual bonds.

Slater and Koster, Phys. Rev. 94, 1498 (1954), table I; signs of Vogl, Hjalmarson and Dow,
J. Phys. Chem. Solids 44, 365 (1983); distance law of Harrison.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.parameters import Parameters


def two_centre(bonds: Network, table: Parameters) -> NDArray[Any]:
    """Hopping blocks in eV, [atom, 4, own orbital, neighbour's orbital]; zero where there is no bond.

    Seen outward from either end the formula is the same: <s|H|p_x> = +l (s pσ) and
    <p_x|H|s> = -l (p sσ) with l towards the neighbour; `Parameters.integrals` exchanges
    (s pσ) and (p sσ) between the sublattices, which is what makes H symmetric.
    """
    lengths = bonds.lengths
    law = np.where(bonds.exists, (table.bond[bonds.compound] / lengths) ** table.eta, 0.0)
    own = np.broadcast_to(bonds.cation[:, None].astype(np.int64), law.shape)
    ss, sp, ps, sigma, pi, rp, pr = np.moveaxis(table.integrals[own, bonds.compound], -1, 0) * law
    cosines = bonds.vectors / lengths[..., None]
    blocks = np.zeros((*law.shape, 5, 5))
    blocks[..., 0, 0] = ss
    for i in range(3):
        blocks[..., 0, 1 + i] = sp * cosines[..., i]
        blocks[..., 1 + i, 0] = -ps * cosines[..., i]
        blocks[..., 4, 1 + i] = rp * cosines[..., i]
        blocks[..., 1 + i, 4] = -pr * cosines[..., i]
        blocks[..., 1 + i, 1 + i] = pi
        for j in range(3):
            blocks[..., 1 + i, 1 + j] += (sigma - pi) * cosines[..., i] * cosines[..., j]
    return blocks
