"""Small crystals from lattice sums, independent of epidot.structure: they judge the relax stage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from epidot import materials
from epidot.structure.structure import NO_ATOM, Structure

NUMBERS = {"Cd": 48, "Zn": 30, "S": 16, "Se": 34, "Te": 52}
FCC = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])


def measured(name):
    """Cell a, c (Å), u of wurtzite in the table."""
    return tuple(materials.number(name, key, "wz") for key in "acu")


def _lattice(phase, a, half_width, measured_cell):
    """Cations and anions of bulk (n, 3) around the origin and whether each is a cation."""
    if phase == "zb":
        cell, cations = a * np.eye(3), FCC
        anions = FCC + 0.25
    else:
        lateral, height, u = measured_cell or (a / np.sqrt(2.0), a * 2.0 / np.sqrt(3.0), 0.375)
        cell = np.array([[lateral, 0, 0], [-lateral / 2, lateral * np.sqrt(0.75), 0], [0, 0, height]])
        cations = np.array([[1 / 3, 2 / 3, 0.0], [2 / 3, 1 / 3, 0.5]])
        anions = cations + np.array([0, 0, u])
    reach = int(np.ceil((half_width + 2 * a) / min(np.linalg.norm(cell, axis=1)))) + 1
    reach = int(reach * (1.0 if phase == "zb" else 1.25))
    steps = np.arange(-reach, reach + 1)
    corners = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    sites = [(corners[:, None, :] + basis).reshape(-1, 3) @ cell for basis in (cations, anions)]
    is_cation = np.repeat([1, 0], [len(sites[0]), len(sites[1])])
    sites = np.concatenate(sites)
    near = (np.abs(sites) < half_width + 1.5 * a).all(axis=1)
    return sites[near], is_cation[near]


def _table(chosen, bonded):
    """Neighbour rows of the chosen sites, present bonds first, and the order that makes them so."""
    index = np.full(len(bonded), NO_ATOM)
    index[chosen] = np.arange(len(chosen))
    rows = index[bonded[chosen]]
    order = np.argsort(rows == NO_ATOM, axis=1, kind="stable")
    return np.take_along_axis(rows, order, axis=1), order


def build(compounds, inside, which=None, *, phase="zb", half_width=20.0, a=6.0, cell=None, paths=()):
    """Cut a crystal of cubic lattice constant `a` (Å); wurtzite is ideal unless `cell` is its a, c, u.

    `inside(sites)` says which sites exist, `which(sites)` gives the index of the compound of each.
    """
    sites, is_cation = _lattice(phase, a, half_width, cell)
    distance, bonded = cKDTree(sites).query(sites, k=5)
    bonded = bonded[:, 1:]
    keep = inside(sites) & (distance[:, 4] < 0.44 * a)
    while (poor := keep & ((keep[bonded]).sum(axis=1) < 2)).any():
        keep &= ~poor
    chosen = np.flatnonzero(keep)
    rows, order = _table(chosen, bonded)
    vectors = sites[bonded[chosen]] - sites[chosen][:, None, :]
    directions = np.take_along_axis(
        vectors / np.linalg.norm(vectors, axis=2, keepdims=True), order[:, :, None], 1
    )
    material = np.zeros(len(chosen), int) if which is None else which(sites[chosen]).astype(int)
    cuts = [2 if name[:2] in ("Cd", "Zn") else 1 for name in compounds]
    pairs = np.array([(NUMBERS[n[:c]], NUMBERS[n[c:]]) for n, c in zip(compounds, cuts, strict=True)])
    cation = is_cation[chosen]
    return Structure(
        positions=sites[chosen],
        numbers=np.where(cation == 1, pairs[material, 0], pairs[material, 1]),
        neighbours=rows,
        bond_directions=directions,
        eclipsed=(phase == "wz") & (rows != NO_ATOM) & (np.abs(directions[:, :, 2]) > 0.9),
        cation=cation,
        material=material,
        segment=material,
        phase=np.full(len(chosen), phase == "wz"),
        materials=tuple(compounds),
        segments=tuple(f"s{place}" for place in range(len(compounds))),
        segment_materials=tuple(compounds),
        paths=tuple(paths),
        realised={},
        design_hash="",
    )


def _ball(radius):
    return lambda sites: (sites**2).sum(axis=1) < radius**2


@pytest.fixture(scope="session")
def wurtzite_cell():
    return measured


@pytest.fixture(scope="session")
def crystal():
    return build


@pytest.fixture(scope="session")
def ball():
    return _ball
