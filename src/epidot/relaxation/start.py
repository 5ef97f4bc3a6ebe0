"""Where relaxation starts: start positions, with wurtzite given its measured shape.

A structure is built on regular tetrahedra. Measured wurtzite is up to half a per cent longer or wider.
On a long arm that is a uniform strain, which pulls at no atom but those at its ends: a minimiser that
looks at forces would leave it there. So it is put in beforehand, everywhere at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.numerics.network import TwoLevel, displacements
from epidot.relaxation.keating import Bonds
from epidot.relaxation.strain import bonds_at_rest, regular_bonds
from epidot.structure.structure import NO_ATOM, Structure


def start_positions(structure: Structure, network: Bonds, levels: TwoLevel) -> NDArray[Any]:
    """Positions (atom, 3), Å, in which the bonds of wurtzite have the change of shape that they ask for.

    Each bond asks for the difference of its vectors in measured and in regular wurtzite, the mean of what
    its two atoms say; the displacements follow by least squares. The positions of a particle without
    wurtzite are those of the structure.
    """
    change = bonds_at_rest(structure, network) - regular_bonds(structure, network)
    if not change.any():
        return np.array(structure.positions)
    there = (structure.neighbours != NO_ATOM)[:, :, None]
    wanted = np.where(there, 0.5 * (change - change[structure.neighbours, network.back]), 0.0)
    moves, _ = displacements(levels, wanted)
    return structure.positions + moves
