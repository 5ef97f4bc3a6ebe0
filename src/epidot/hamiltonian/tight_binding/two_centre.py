"""Hopping: nearest-neighbour two-centre integrals along the actual bonds.

Slater and Koster, Phys. Rev. 94, 1498 (1954), table I, in closed form: a pair of shells couples through its
orbitals with m = 0 about the bond (σ), m = ±1 (π) and m = ±2 (δ). Signs of Vogl, Hjalmarson and Dow,
J. Phys. Chem. Solids 44, 365 (1983); distance law of Harrison.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.basis import MOMENTUM, SHELLS, across, along
from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.parameters import CHANNELS, Parameters

_ATOMS: Final = 16384
"""Atoms treated at a time: what is needed besides the blocks stays within 100 MB."""


def two_centre(bonds: Network, table: Parameters) -> NDArray[Any]:
    """Hopping blocks in eV, [atom, 4, own orbital, neighbour's orbital]; zero where there is no bond.

    Seen outward from either end the formula is the same: a shell of higher momentum on the own side brings
    the sign (−1)^(l + l'), e.g. <s|H|p_x> = +l (s pσ) and <p_x|H|s> = -l (p sσ) with l towards the
    neighbour; `Parameters.integrals` exchanges (s pσ) and (p sσ) between the sublattices, which is what
    makes H symmetric.
    """
    size = len(table.orbitals)
    blocks = np.zeros((*bonds.neighbours.shape, size, size))
    for start in range(0, len(blocks), _ATOMS):
        part = slice(start, start + _ATOMS)
        _fill(blocks[part], bonds, table, part)
    return blocks


def _fill(blocks: NDArray[Any], bonds: Network, table: Parameters, part: slice) -> None:
    exists, vectors, compound = bonds.exists[part], bonds.vectors[part], bonds.compound[part]
    lengths = np.where(exists, np.linalg.norm(vectors, axis=-1), 1.0)
    law = np.where(exists, (table.bond[compound] / lengths) ** table.eta, 0.0)
    direction = vectors / lengths[..., None]
    own = np.broadcast_to(bonds.cation[part, None].astype(np.int64), law.shape)
    shells = SHELLS[table.basis]
    momenta = {MOMENTUM[shell] for shell in shells}
    straight = {momentum: along(momentum, direction) for momentum in momenta}
    tangent = {2: across(2, direction), 1: across(1, direction)} if 2 in momenta else {}
    for channel, (first, second, m) in enumerate(CHANNELS):
        values = table.integrals[..., channel]
        if not values.any():
            continue
        here, there = MOMENTUM[first], MOMENTUM[second]
        sign = (-1.0) ** (here + there) if here > there else 1.0
        strength = sign * law * values[own, compound]
        shape = _shape((here, there, m), straight, tangent)
        blocks[..., shells[first], shells[second]] += strength[..., None, None] * shape


def _shape(
    channel: tuple[int, int, int], straight: dict[int, NDArray[Any]], tangent: dict[int, NDArray[Any]]
) -> NDArray[Any]:
    """Σ over ±m of one shell's orbital times the other's, [atom, 4, own orbital, neighbour's orbital]."""
    here, there, m = channel
    if here == there == m > 0:
        # The last pair of orbitals of a shell is what the others leave.
        rest = np.eye(2 * m + 1) - _shape((m, m, 0), straight, tangent)
        return rest - _shape((m, m, 1), straight, tangent) if m == 2 else rest
    if m == 0:
        return straight[here][..., :, None] * straight[there][..., None, :]
    return tangent[here] @ np.swapaxes(tangent[there], -1, -2)
