"""Electron–hole pair states of a particle, in first order.

Takes: `States`, the name of a solvent, a `PairMethod`.
Gives: `Excitons`.
Method: single-particle energies plus the screened direct attraction of atomic charges, and the
energies of both charges in the surface charge that they induce (boundary elements, any shape).
Sources: Brus, J. Chem. Phys. 80, 4403 (1984); Lannoo, Delerue and Allan, Phys. Rev. Lett. 74,
3415 (1995); Franceschetti, Williamson and Zunger, J. Phys. Chem. B 104, 3398 (2000); Penn, Phys.
Rev. 128, 2093 (1962); Tsu and Babic, Appl. Phys. Lett. 64, 1806 (1994).
Checked by: the infinite sphere (1.786 e²/εR), the series of the dielectric sphere, direct sums,
rotations of the basis within a multiplet.
"""

from epidot.excitons.excite import excite
from epidot.excitons.excitons import Excitons
from epidot.excitons.medium import Medium, medium_of
from epidot.excitons.method import Complexes, PairMethod

__all__ = ["Complexes", "Excitons", "Medium", "PairMethod", "excite", "medium_of"]
