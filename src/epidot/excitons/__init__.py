"""Excitons, trions and biexcitons of a particle.

Takes: `States`, the name of a solvent, a `PairMethod`.
Gives: `Excitons`.
Method: full configuration interaction of one or two electrons with one or two holes in a stated active
space; screened Coulomb integrals of transition densities on the atoms, with the charge that they induce at
the surface (boundary elements, any shape); exchange with one-centre integrals. First order instead, if asked.
Sources: Brus, J. Chem. Phys. 80, 4403 (1984); Lannoo, Delerue and Allan, Phys. Rev. Lett. 74,
3415 (1995); Franceschetti, Williamson and Zunger, J. Phys. Chem. B 104, 3398 (2000); Penn, Phys.
Rev. 128, 2093 (1962); Tsu and Babic, Appl. Phys. Lett. 64, 1806 (1994); Leung, Pokrant and Whaley, Phys. Rev.
B 57, 12291 (1998); Franceschetti, Wang, Fu and Zunger, Phys. Rev. B 58, R13367 (1998).
Checked by: exact diagonalisation in Fock space, the infinite sphere (1.786 e²/εR), the series of the
dielectric sphere, direct sums, rotations of the basis within a multiplet.
"""

from epidot.excitons.excite import excite
from epidot.excitons.excitons import Excitons
from epidot.excitons.fine_structure import dark_bright
from epidot.excitons.medium import Medium, medium_of
from epidot.excitons.method import Complexes, PairMethod
from epidot.excitons.segments import Together, together

__all__ = [
    "Complexes",
    "Excitons",
    "Medium",
    "PairMethod",
    "Together",
    "dark_bright",
    "excite",
    "medium_of",
    "together",
]
