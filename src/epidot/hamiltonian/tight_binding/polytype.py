"""Polytype: what a nearest-neighbour model cannot see of wurtzite, put on the sites.

Across an eclipsed bond the third neighbours are nearer than across a staggered one. Its two
atoms feel that: the cation's s level rises by vs_c; the anion's p shell rises by vp_a and is
split by δ_a (1/3 - c cᵀ), c along the bond. Fitted to the gap and valence splittings of bulk
wurtzite on the lattice that relaxed particles have; zero in zinc blende, where no bond is eclipsed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.parameters import Parameters


def polytype(bonds: Network, table: Parameters) -> NDArray[Any]:
    """On-site blocks in eV, [atom, orbital, orbital]; zero for an atom without an eclipsed bond.

    The terms of several eclipsed bonds add: each brings its own near third neighbours, and to
    first order their potentials superpose. An average would give the same shift to an atom
    with one such bond and to one with four.
    """
    size = len(table.orbitals)
    blocks = np.zeros((len(bonds.cation), size, size))
    atoms = np.flatnonzero(bonds.eclipsed.any(axis=1))
    s_shift, p_shift, delta = bonds.mean(table.polytype)[atoms].T
    eclipsed = bonds.eclipsed[atoms]
    c = bonds.vectors[atoms] / bonds.lengths[atoms][..., None] * eclipsed[..., None]
    count = eclipsed.sum(axis=1)
    along = np.einsum("abi,abj->aij", c, c)
    isotropic = (count * (p_shift + delta / 3.0))[:, None, None] * np.eye(3)
    blocks[atoms, 0, 0] = count * s_shift
    blocks[atoms, 1:4, 1:4] = isotropic - delta[:, None, None] * along
    return blocks
