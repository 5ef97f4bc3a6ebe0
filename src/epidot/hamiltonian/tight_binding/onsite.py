"""On-site energies, averaged over the bonds of each atom.

An anion between a CdSe and a CdTe bond belongs to both, so it gets the mean of what it would
have in each; the natural-offset scale of the sets makes the energies of two compounds
comparable.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.hamiltonian.tight_binding.basis import SHELLS
from epidot.hamiltonian.tight_binding.network import Network
from epidot.hamiltonian.tight_binding.parameters import Parameters


def onsite(bonds: Network, table: Parameters) -> NDArray[Any]:
    """On-site blocks in eV, [atom, orbital, orbital], diagonal."""
    energies = bonds.mean(table.onsite)
    size = len(table.orbitals)
    blocks = np.zeros((len(energies), size, size))
    for kind, place in enumerate(SHELLS[table.basis].values()):
        for orbital in range(place.start, place.stop):
            blocks[:, orbital, orbital] = energies[:, kind]
    return blocks
