"""Electron and hole states next to the gap.

Takes: a `Hamiltonian` record (`hamiltonian.tight_binding.TightBinding`).
Gives: `States`: energies (eV), coefficients, residuals, share of each state in each segment.
Method: Chebyshev-filtered block Krylov on Kramers pairs (`numerics.filtered`), float32 search and
float64 Rayleigh–Ritz; dense diagonalisation below a dimension of 600.
Sources: Zhou, Saad, Tiago and Chelikowsky, J. Comput. Phys. 219, 172 (2006); Wang and Zunger,
J. Chem. Phys. 100, 2394 (1994).
Checked by: dense matrices built independently, exact Kramers degeneracy, residuals in float64.
"""

from epidot.states.envelopes import solve_envelopes
from epidot.states.solve import Solver, block_operator, solve
from epidot.states.start import start_from
from epidot.states.states import States

__all__ = ["Solver", "States", "block_operator", "solve", "solve_envelopes", "start_from"]
