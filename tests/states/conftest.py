"""The synthetic particles of the numerics tests, packed as the records that the states stage eats."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from epidot.hamiltonian.tight_binding.model import TightBinding
from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import Structure

SOURCE = Path(__file__).parents[1] / "numerics" / "conftest.py"


def hamiltonian_of(particle):
    """A two-segment particle: the half with x < 0 and the rest."""
    atoms = len(particle.positions)
    cation = particle.spin_orbit == particle.spin_orbit.min()
    structure = Structure(
        positions=particle.positions,
        numbers=np.where(cation, 48, 34),
        neighbours=particle.neighbours,
        bond_directions=np.zeros((atoms, 4, 3)),
        eclipsed=np.zeros((atoms, 4)),
        cation=cation,
        material=np.zeros(atoms),
        segment=particle.positions[:, 0] >= 0,
        phase=np.zeros(atoms),
        materials=("CdSe",),
        segments=("left", "right"),
        segment_materials=("CdSe", "CdSe"),
        paths=(),
        realised={},
        design_hash="",
    )
    relaxed = Relaxed(
        structure=structure,
        positions=particle.positions,
        strain=np.zeros((atoms, 3, 3)),
        atom_energy=np.zeros(atoms),
        energy=0.0,
        max_force=0.0,
        steps=0,
    )
    return TightBinding(
        relaxed=relaxed,
        onsite=particle.onsite,
        hopping=particle.hopping,
        neighbours=particle.neighbours,
        spin_orbit=particle.spin_orbit,
        dangling=particle.dangling,
        potential=np.zeros((0, len(particle.onsite))),
        potential_terms=(),
        edges=particle.edges,
        orbitals=("s", "px", "py", "pz", "s*"),
        bulk_edges={},
        parameters="synthetic",
        offsets="none",
    )


@pytest.fixture(scope="session")
def dot():
    """The Hamiltonian of a disordered dot of a radius (Å): no degeneracy but Kramers'."""
    sphere = runpy.run_path(str(SOURCE), run_name="synthetic_particles")["sphere"]
    return lambda radius: hamiltonian_of(sphere(radius, disorder=0.1))


@pytest.fixture(scope="session")
def hamiltonian(dot):
    """About a hundred atoms."""
    return dot(8.6)
