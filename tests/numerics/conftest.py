"""Synthetic zinc-blende particles with two-centre blocks: input for the operator and its solver."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

# CdSe, fitted sp3s* set at 0 K: s, p, s* of anion and cation; the eight two-centre energies; λ (eV).
ANION, CATION = (-10.4343, 1.4845, 9.1090), (1.0974, 6.7251, 6.1346)
SS, SP_AC, SP_CA, PPS, PPP, XP_AC, XP_CA = -1.0074, 1.3940, 2.4697, 3.1222, -0.6111, 0.7790, 0.9165
LAMBDA = (0.1501, 0.0779)
BOND = 2.62


@dataclass(frozen=True)
class Particle:
    """Blocks as `block_tetrahedral` takes them, with bulk edges (eV) and positions (Å)."""

    onsite: np.ndarray
    hopping: np.ndarray
    neighbours: np.ndarray
    spin_orbit: np.ndarray
    dangling: np.ndarray
    positions: np.ndarray
    edges: tuple[float, float] = (0.6, 2.366)

    @property
    def blocks(self):
        return self.onsite, self.hopping, self.neighbours, self.spin_orbit, self.dangling


DIRECTIONS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)


def lattice(inside, extent):
    """Positions [atom, 3], is-cation [atom], neighbours [atom, 4] (−1 missing), directions [atom, 4, 3]."""
    a = 4 * BOND / np.sqrt(3)
    grid = np.array(np.meshgrid(*[np.arange(-extent, extent + 1)] * 3, indexing="ij")).reshape(3, -1).T
    fcc = grid[grid.sum(axis=1) % 2 == 0] * (a / 2)
    positions = np.concatenate([fcc, fcc + BOND * DIRECTIONS[0]])
    cation = np.repeat([0, 1], len(fcc))
    keep = np.flatnonzero(inside(positions))
    while True:
        index = {tuple(np.round(p, 3) + 0.0): k for k, p in enumerate(positions[keep])}
        toward = np.where(cation[keep, None, None] == 1, -DIRECTIONS, DIRECTIONS)
        ends = np.round(positions[keep, None] + BOND * toward, 3) + 0.0
        near = np.array([[index.get(tuple(end), -1) for end in row] for row in ends])
        good = (near >= 0).sum(axis=1) >= 2
        if good.all():
            return positions[keep], cation[keep], near, toward
        keep = keep[good]


def two_centre(cosines, source_cation):
    """Block of an atom (rows) with its neighbour (columns) along unit vectors `cosines` [..., 3]."""
    block = np.zeros((*cosines.shape[:-1], 5, 5))
    sp, ps = (SP_CA, SP_AC) if source_cation else (SP_AC, SP_CA)
    xp, px = (XP_CA, XP_AC) if source_cation else (XP_AC, XP_CA)
    block[..., 0, 0] = SS
    block[..., 0, 1:4], block[..., 1:4, 0] = sp * cosines, -ps * cosines
    block[..., 4, 1:4], block[..., 1:4, 4] = xp * cosines, -px * cosines
    outer = cosines[..., :, None] * cosines[..., None, :]
    block[..., 1:4, 1:4] = PPS * outer + PPP * (np.eye(3) - outer)
    return block


def make_particle(inside, extent, disorder=0.0):
    """CdSe-like particle of the sites where `inside(positions)`; `disorder` (eV) on the diagonal."""
    positions, cation, near, toward = lattice(inside, extent)
    atoms = len(positions)
    energies = np.array([ANION, CATION])[cation]
    onsite = np.zeros((atoms, 5, 5))
    onsite[:, range(5), range(5)] = energies[:, [0, 1, 1, 1, 2]]
    noise = np.random.default_rng(3).normal(size=(atoms, 5))
    onsite[:, range(5), range(5)] += disorder * noise
    hopping = (
        np.where(cation[:, None, None, None] == 1, two_centre(toward, True), two_centre(toward, False))
        * (near >= 0)[..., None, None]
    )
    dangling = np.zeros((atoms, 2, 5))
    filled = np.zeros(atoms, int)
    for atom, slot in np.argwhere(near < 0):
        dangling[atom, filled[atom], :4] = [0.5, *(np.sqrt(3) / 2 * toward[atom, slot])]
        filled[atom] += 1
    return Particle(onsite, hopping, near, np.array(LAMBDA)[cation], dangling, positions)


def sphere(radius, disorder=0.0):
    """A dot of `radius` Å about an anion."""
    return make_particle(lambda p: (p**2).sum(axis=1) < radius**2, int(radius / 3) + 2, disorder)


@pytest.fixture(scope="session")
def make_sphere():
    return sphere


@pytest.fixture(scope="session")
def particles():
    """Three shapes that fit a dense diagonalisation: a dot, a brick, a dot with disorder."""
    return {
        "dot": sphere(7.8),
        "brick": make_particle(lambda p: (np.abs(p + 0.1) < (3.5, 5.0, 9.0)).all(axis=1), 6),
        "disordered dot": sphere(7.6, disorder=0.2),
    }


@pytest.fixture(scope="session")
def induced_potentials():
    """Function of points, radii and constants: charge induced in concentric spheres (dielectrics.py)."""
    spec = importlib.util.spec_from_file_location("dielectrics", Path(__file__).with_name("dielectrics.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.induced_potentials
