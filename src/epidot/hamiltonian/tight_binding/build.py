"""The verb: from a relaxed particle to its tight-binding Hamiltonian."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding.bulk import bulk_edges
from epidot.hamiltonian.tight_binding.check import ensure_usable
from epidot.hamiltonian.tight_binding.dangling import dangling
from epidot.hamiltonian.tight_binding.deformation import with_strain_terms
from epidot.hamiltonian.tight_binding.edges import PHASES, Bulk, gap_edges
from epidot.hamiltonian.tight_binding.electrostatics import TERMS, Surroundings, potentials
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.model import TightBinding
from epidot.hamiltonian.tight_binding.network import Network, network
from epidot.hamiltonian.tight_binding.onsite import onsite
from epidot.hamiltonian.tight_binding.onsite_strain import onsite_strain
from epidot.hamiltonian.tight_binding.parameters import Parameters, parameters
from epidot.hamiltonian.tight_binding.polytype import polytype
from epidot.hamiltonian.tight_binding.spin_orbit import spin_orbit
from epidot.hamiltonian.tight_binding.two_centre import two_centre
from epidot.relaxation.relaxed import Relaxed

LENGTH_TOLERANCE = 0.25


def tight_binding(
    relaxed: Relaxed, *, method: TightBindingMethod | None = None, around: Surroundings | None = None
) -> TightBinding:
    """Blocks (eV) of the nearest-neighbour Hamiltonian of a relaxed particle.

    Parameters
    ----------
    relaxed : the particle.
    method : parameters and which potentials act.
    around : applied field and solvent; by default no field, in toluene.

    Raises
    ------
    InputError
        Positions that are not finite, atoms with fewer than two bonds, bonds of unknown pairs
        of elements or of one sublattice, bonds more than 25 % off their compound's own length,
        unknown parameter or offset set, compounds that the set does not hold, a set
        from a file whose bands cannot be used; unknown solvent; potentials that close the gap.
    """
    method, around = method or TightBindingMethod(), around or Surroundings()
    bonds = network(relaxed)
    for name in bonds.names:
        ensure_usable(name, method)
    table = with_strain_terms(parameters(bonds.names, method), bonds.names, method)
    _check_lengths(bonds, table)
    hybrids = dangling(bonds, len(table.orbitals))
    blocks = onsite(bonds, table) + polytype(bonds, table)
    blocks[:, 1:4, 1:4] += onsite_strain(bonds, table)
    potential = potentials(relaxed, bonds, hybrids, method, around)
    # Added on the diagonal in place: a block of its own would cost 200 bytes per atom.
    np.einsum("aoo->ao", blocks)[...] += potential.sum(axis=0)[:, None]
    bulk: Bulk = {
        name: {phase: list(bulk_edges(name, phase, method=method)) for phase in PHASES}
        for name in bonds.names
    }
    return TightBinding(
        relaxed=relaxed,
        onsite=_frozen(blocks),
        hopping=_frozen(two_centre(bonds, table)),
        neighbours=bonds.neighbours,
        spin_orbit=spin_orbit(bonds, table),
        dangling=_frozen(hybrids),
        potential=_frozen(potential),
        potential_terms=TERMS,
        edges=gap_edges(bonds, relaxed.structure.phase, potential, bulk, around),
        bulk_edges=bulk,
        orbitals=table.orbitals,
        parameters=materials.set_name(method.parameters),
        offsets=method.offsets,
    )


def _check_lengths(bonds: Network, table: Parameters) -> None:
    ratio = np.where(bonds.exists, bonds.lengths / table.bond[bonds.compound], 1.0)
    atom, bond = np.unravel_index(np.argmax(np.abs(ratio - 1.0)), ratio.shape)
    if abs(ratio[atom, bond] - 1.0) > LENGTH_TOLERANCE:
        name = bonds.names[bonds.compound[atom, bond]]
        raise InputError(
            f"bond of atoms {int(atom)} and {int(bonds.neighbours[atom, bond])}",
            f"{bonds.lengths[atom, bond]:.3f} Å",
            f"must be within 25 % of {table.bond[bonds.compound[atom, bond]]:.3f} Å, the bond of {name}",
            "Relax the particle, or mend the structure",
        )


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    """The same array, read-only: the record then need not copy it (hopping: 0.8 GB per million atoms)."""
    values.flags.writeable = False
    return values
