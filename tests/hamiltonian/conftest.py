"""A small independent generator of particles, so that the Hamiltonian is judged without `epidot.structure`.

Fixtures give functions, because tests are imported without a package.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial import cKDTree

from epidot.relaxation.relaxed import Relaxed
from epidot.structure.structure import Structure

NUMBERS = {"S": 16, "Zn": 30, "Se": 34, "Cd": 48, "Te": 52}


def _lattice(phase: str, bond: float, reach: float):
    """Positions, cation flags and ideal bond directions of every site within reach; z is ⟨111⟩ or c."""
    angle = np.deg2rad([90.0, 210.0, 330.0])
    up = np.stack([np.cos(angle) * np.sqrt(8), np.sin(angle) * np.sqrt(8), np.ones(3)], axis=1) / 3
    down = up * [-1, -1, 1]
    z = np.array([0.0, 0.0, 1.0])
    a1, a2 = bond * (up[0] - up[1]), bond * (up[0] - up[2])
    layers = int(np.ceil(reach / (bond * 4 / 3))) + 2
    cells = int(np.ceil(reach / bond)) + 2
    sites, cations, directions = [], [], []
    i, j = np.meshgrid(np.arange(-cells, cells + 1), np.arange(-cells, cells + 1), indexing="ij")
    plane = i.reshape(-1, 1) * a1 + j.reshape(-1, 1) * a2
    origin = np.zeros(3)
    starts = {}
    for layer in range(0, layers):
        starts[layer] = origin
        origin = origin + bond * (z + (up[0] if phase == "zb" or layer % 2 == 0 else down[0]))
    origin = np.zeros(3)
    for layer in range(-1, -layers - 1, -1):
        origin = origin - bond * (z + (up[0] if phase == "zb" or layer % 2 == 0 else down[0]))
        starts[layer] = origin
    for layer, start in starts.items():
        above = up if phase == "zb" or layer % 2 == 0 else down
        below = up if phase == "zb" or layer % 2 == 1 else down
        for is_cation, shift, four in (
            (0, 0 * z, np.vstack([z, -below])),
            (1, bond * z, np.vstack([-z, above])),
        ):
            points = plane + start + shift
            sites.append(points)
            cations.append(np.full(len(points), is_cation))
            directions.append(np.broadcast_to(four, (len(points), 4, 3)))
    sites, cations, directions = np.vstack(sites), np.concatenate(cations), np.concatenate(directions)
    near = np.linalg.norm(sites, axis=1) < reach
    return sites[near], cations[near], directions[near]


def _is_eclipsed(one: np.ndarray, other: np.ndarray, axis: np.ndarray) -> bool:
    """Whether some bond of one end lies in the same half plane through the axis as one of the other end."""
    flat = [v - (v @ axis) * axis for v in one if abs(v @ axis) < 0.9]
    facing = [v - (v @ axis) * axis for v in other if abs(v @ axis) < 0.9]
    return any(p @ q > 0.9 * np.linalg.norm(p) * np.linalg.norm(q) for p in flat for q in facing)


def _bonds(sites, directions, bond):
    tree = cKDTree(sites)
    distance, target = tree.query(sites[:, None, :] + bond * directions, distance_upper_bound=0.1 * bond)
    return np.where(np.isfinite(distance), target, -1)


def _particle(
    phase: str,
    diameter: float,
    bond: float,
    *,
    cation: str = "Cd",
    anion: str | Callable[[np.ndarray], np.ndarray] = "Se",
    shake: float = 0.0,
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0),
    seed: int = 0,
) -> Relaxed:
    sites, cations, directions = _lattice(phase, bond, diameter / 2 + np.linalg.norm(centre) + bond)
    inside = np.linalg.norm(sites - np.asarray(centre), axis=1) < diameter / 2
    while True:
        sites, cations, directions = sites[inside], cations[inside], directions[inside]
        neighbours = _bonds(sites, directions, bond)
        inside = (neighbours >= 0).sum(axis=1) >= 2
        if inside.all():
            break
    count = len(sites)
    eclipsed = np.zeros((count, 4), dtype=int)
    for atom in range(count):
        for slot, other in enumerate(neighbours[atom]):
            if other >= 0:
                eclipsed[atom, slot] = _is_eclipsed(
                    directions[atom], directions[other], directions[atom, slot]
                )
    order = np.argsort(neighbours < 0, axis=1, kind="stable")
    kinds = np.full(count, anion) if isinstance(anion, str) else anion(sites)
    symbols = np.where(cations == 1, cation, kinds)
    materials = tuple(sorted({cation + kind for kind in kinds}))
    structure = Structure(
        positions=sites,
        numbers=np.array([NUMBERS[symbol] for symbol in symbols]),
        neighbours=np.take_along_axis(neighbours, order, axis=1),
        bond_directions=np.take_along_axis(directions, order[..., None], axis=1),
        eclipsed=np.take_along_axis(eclipsed, order, axis=1),
        cation=cations,
        material=np.zeros(count),
        segment=np.zeros(count),
        phase=np.full(count, 0 if phase == "zb" else 1),
        materials=materials,
        segments=("core",),
        segment_materials=materials[:1],
        paths=(),
        realised={},
        design_hash="",
    )
    moved = sites + shake * np.random.default_rng(seed).uniform(-1, 1, sites.shape)
    strain = np.random.default_rng(seed).uniform(-0.2, 0.2, (count, 3, 3)) * shake
    return Relaxed(
        structure=structure,
        positions=moved,
        strain=strain + strain.transpose(0, 2, 1),
        atom_energy=np.zeros(count),
        energy=0.0,
        max_force=0.0,
        steps=0,
    )


@pytest.fixture(scope="session")
def particle() -> Callable[..., Relaxed]:
    """Function (phase, diameter Å, bond Å, cation, anion symbol or function of positions, shake Å)."""
    return _particle


@pytest.fixture(scope="session")
def hetero() -> Relaxed:
    """A shaken wurtzite CdSe/CdTe particle: every term, shared atoms, one and two missing bonds."""
    return _particle(
        "wz", 13.0, 2.68, anion=lambda sites: np.where(sites[:, 2] > 1.0, "Te", "Se"), shake=0.08, seed=3
    )


@pytest.fixture(scope="session")
def d_tensors() -> np.ndarray:
    """The d orbitals xy, yz, zx, x²-y², z² as orthonormal traceless symmetric tensors, [orbital, 3, 3]."""
    tensors = np.zeros((5, 3, 3))
    for orbital, (i, j) in enumerate(((0, 1), (1, 2), (2, 0))):
        tensors[orbital, i, j] = tensors[orbital, j, i] = np.sqrt(0.5)
    tensors[3] = np.diag([1.0, -1.0, 0.0]) / np.sqrt(2)
    tensors[4] = np.diag([-1.0, -1.0, 2.0]) / np.sqrt(6)
    return tensors
