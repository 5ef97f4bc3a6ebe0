"""Nearest-neighbour tight binding (sp3s*, sp3d5s*) with spin–orbit on the relaxed atoms.

Takes: `Relaxed`.
Gives: `TightBinding`, on-site and hopping blocks (eV) with the dangling hybrids to project out.
Method: Slater–Koster two-centre integrals along the actual bonds, scaled as (d/d0)^-eta;
on-site energies averaged over an atom's bonds; polytype terms of wurtzite stacking.
One file per term; `bulk` sums the same terms with Bloch phases.
Sources: Slater and Koster, Phys. Rev. 94, 1498 (1954); Vogl, Hjalmarson and Dow,
J. Phys. Chem. Solids 44, 365 (1983); Chadi, Phys. Rev. B 16, 790 (1977); fitted sets of
`epidot.materials`.
Checked by: the laws that every term obeys, a dense matrix built in another way, and the bulk
gaps, splittings and masses that come with the fitted sets (`tests/hamiltonian`).
"""

from epidot.hamiltonian.tight_binding.build import tight_binding
from epidot.hamiltonian.tight_binding.electrostatics import Surroundings, surroundings
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.model import TightBinding

__all__ = ["Surroundings", "TightBinding", "TightBindingMethod", "surroundings", "tight_binding"]
