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
from epidot.hamiltonian.tight_binding.ligands import ligand_dipoles, ligand_potential
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
PHASES = ("zb", "wz")
"""By their number in `Structure.phase`."""


def tight_binding(relaxed: Relaxed, *, method: TightBindingMethod | None = None) -> TightBinding:
    """Blocks (eV) of the nearest-neighbour Hamiltonian of a relaxed particle.

    Raises
    ------
    InputError
        Positions that are not finite, atoms with fewer than two bonds, bonds of unknown pairs
        of elements or of one sublattice, bonds more than 25 % off their compound's own length,
        unknown parameter or offset set, compounds that the set does not hold, a set
        from a file whose bands cannot be used.
    """
    method = method or TightBindingMethod()
    bonds = network(relaxed)
    for name in bonds.names:
        ensure_usable(name, method)
    table = with_strain_terms(parameters(bonds.names, method), bonds.names, method)
    _check_lengths(bonds, table)
    hybrids = dangling(bonds, len(table.orbitals))
    blocks = onsite(bonds, table) + polytype(bonds, table)
    blocks[:, 1:4, 1:4] += onsite_strain(bonds, table)
    potential = _potential(relaxed, hybrids, method)
    # Added on the diagonal in place: a block of its own would cost 200 bytes per atom.
    np.einsum("aoo->ao", blocks)[...] += potential[:, None]
    bulk = {
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
        edges=_edges(bonds, relaxed.structure.phase, potential, bulk),
        bulk_edges=bulk,
        orbitals=table.orbitals,
        parameters=materials.set_name(method.parameters),
        offsets=method.offsets,
    )


def _potential(relaxed: Relaxed, hybrids: NDArray[Any], method: TightBindingMethod) -> NDArray[Any]:
    """Energy of an electron on each atom besides that of its bonds, (atom,), eV."""
    if not method.ligand_potential:
        return np.zeros(len(relaxed.positions))
    return ligand_potential(relaxed.positions, ligand_dipoles(relaxed, hybrids))


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


def _edges(
    bonds: Network,
    phase: NDArray[Any],
    potential: NDArray[Any],
    bulk: dict[str, dict[str, list[float]]],
) -> tuple[float, float]:
    """Highest valence and lowest conduction edge of the bulk compounds and phases present, eV.

    Each moves with the median of the potential on its atoms: the gap is looked for from here.
    """
    codes = 2 * bonds.compound + phase[:, None]
    lowest, highest = np.inf, -np.inf
    for code in np.flatnonzero(np.bincount(codes[bonds.exists])):
        vbm, cbm = bulk[bonds.names[code // 2]][PHASES[code % 2]]
        own = ((codes == code) & bonds.exists).any(axis=1)
        shift = float(np.median(potential[own]))
        highest, lowest = max(highest, vbm + shift), min(lowest, cbm + shift)
    return highest, lowest


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    """The same array, read-only: the record then need not copy it (hopping: 0.8 GB per million atoms)."""
    values.flags.writeable = False
    return values
