"""Particles with states made by hand: zinc-blende spheres with envelope states on the atoms."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from epidot.relaxation.relaxed import Relaxed
from epidot.states.states import States
from epidot.structure.structure import Structure

LATTICE = 6.052
BASIS = np.array([(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)])
TO_ANION = np.array((0.25, 0.25, 0.25))


def zinc_blende(inside, reach, lattice=LATTICE):
    """Positions (Å) and cation flags of the atoms for which `inside` (of positions) is true."""
    count = int(reach / lattice) + 2
    line = np.arange(-count, count + 1)
    cells = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1).reshape(-1, 1, 3)
    atoms = np.concatenate([BASIS, BASIS + TO_ANION])
    positions = ((cells + atoms - TO_ANION / 2) * lattice).reshape(-1, 3)
    cation = np.tile(np.repeat([1, 0], 4), len(cells))
    kept = inside(positions)
    return positions[kept], cation[kept]


def sphere(radius, lattice=LATTICE):
    return zinc_blende(lambda r: np.linalg.norm(r, axis=1) < radius, radius, lattice)


def particle(positions, cation, material=None, materials=("CdSe",)):
    """A relaxed particle of given atoms; one segment per material, bonds not needed here."""
    n = len(positions)
    material = np.zeros(n, int) if material is None else material
    structure = Structure(
        positions=positions,
        numbers=np.where(cation == 1, 48, 34),
        neighbours=np.full((n, 4), -1),
        bond_directions=np.zeros((n, 4, 3)),
        eclipsed=np.zeros((n, 4)),
        cation=cation,
        material=material,
        segment=material,
        phase=np.zeros(n),
        materials=materials,
        segments=tuple(f"part{k}" for k in range(len(materials))),
        segment_materials=materials,
        paths=(),
        realised={},
        design_hash="0" * 64,
    )
    return Relaxed(
        structure=structure,
        positions=positions,
        strain=np.zeros((n, 3, 3)),
        atom_energy=np.zeros(n),
        energy=0.0,
        max_force=0.0,
        steps=0,
    )


def states(relaxed, electron_energies, hole_energies, electrons, holes, orbitals=None):
    """States from complex amplitudes (state, atom, orbital, spin); they need not be normalised."""
    structure = relaxed.structure
    parts = []
    weights = []
    for amplitude in (electrons, holes):
        normal = amplitude / np.sqrt((abs(amplitude) ** 2).sum(axis=(1, 2, 3), keepdims=True))
        parts.append(np.stack([normal.real, normal.imag], axis=-1))
        charge = (abs(normal) ** 2).sum(axis=(2, 3))
        weights.append(charge @ np.eye(len(structure.segments))[structure.segment])
    return States(
        relaxed=relaxed,
        electron_energies=electron_energies,
        hole_energies=hole_energies,
        electron_coefficients=parts[0],
        hole_coefficients=parts[1],
        electron_residuals=np.zeros(len(electron_energies)),
        hole_residuals=np.zeros(len(hole_energies)),
        electron_in_segment=weights[0],
        hole_in_segment=weights[1],
        potential=np.zeros((1, len(structure.numbers))),
        potential_terms=("ligands",),
        orbitals=orbitals or ("s",) * electrons.shape[2],
        bulk_edges={},
        parameters="sp3s_star_T300",
        offsets="wei-zunger-1998",
        level="atomistic",
    )


def kramers(envelope):
    """Amplitudes of a Kramers pair (up, down) with a real envelope (atom,): (2, atom, 1, 2)."""
    pair = np.zeros((2, len(envelope), 1, 2), complex)
    pair[0, :, 0, 0] = envelope
    pair[1, :, 0, 1] = envelope
    return pair


@pytest.fixture(scope="session")
def make():
    """The builders of this file, for tests that need a particle of their own."""
    builders = (zinc_blende, sphere, particle, states, kramers)
    return SimpleNamespace(lattice=LATTICE, **{builder.__name__: builder for builder in builders})


@pytest.fixture(scope="session")
def dot():
    """A CdSe sphere of 20 Å with an s electron and an s hole, two spins each."""
    positions, cation = sphere(20.0)
    radius = (3 * len(positions) * LATTICE**3 / 8 / (4 * np.pi)) ** (1 / 3)
    envelope = np.sinc(np.minimum(np.linalg.norm(positions, axis=1) / radius, 1.0))
    relaxed = particle(positions, cation)
    return states(relaxed, [2.6, 2.6], [0.5, 0.5], kramers(envelope), kramers(envelope))


@pytest.fixture(scope="session")
def induced_potentials():
    """Function of points, radii and constants: charge induced in concentric spheres."""
    path = Path(__file__).parent.parent / "numerics" / "dielectrics.py"
    spec = importlib.util.spec_from_file_location("dielectrics", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.induced_potentials
