"""Synthetic runs: lattice pieces with made-up densities whose answers are known by construction."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

from epidot import materials
from epidot.design.design import Design
from epidot.excitons.excitons import Excitons
from epidot.observables.band_diagram import BandDiagram
from epidot.observables.optics import Optics
from epidot.pipeline import Compared, Ensemble, Uncertainty
from epidot.relaxation.relaxed import Relaxed
from epidot.reporting import write_report
from epidot.states.states import States
from epidot.structure.structure import NO_ATOM, Structure

FLAGS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
HOSTILE = '<script>alert("x")</script> & "dot"'
LATTICE = 6.2
ARMS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3.0)
ORBITALS = ("s", "px", "py", "pz", "s*")


@dataclass(frozen=True)
class FakeRun:
    design: Design
    structure: Structure
    relaxed: Relaxed
    states: States
    excitons: Excitons
    optics: Optics
    summary: dict[str, Any]
    provenance: dict[str, Any]
    level: str = "atomistic"
    compared: Compared | None = None
    ensemble: Ensemble | None = None
    uncertainty: Uncertainty | None = None
    band_diagram: BandDiagram | None = None


def lattice(reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Zinc-blende sites within `reach` (Å) and whether each is a cation."""
    cells = np.arange(-int(reach / LATTICE) - 1, int(reach / LATTICE) + 2)
    corners = np.stack(np.meshgrid(cells, cells, cells, indexing="ij"), axis=-1).reshape(-1, 3)
    face = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    cations = (corners[:, None, :] + face).reshape(-1, 3)
    sites = LATTICE * np.concatenate([cations, cations + 0.25])
    kind = np.repeat([1, 0], len(cations))
    inside = np.linalg.norm(sites, axis=1) <= reach
    return sites[inside], kind[inside]


def make_structure(positions, cation, segment, segments, segment_materials, paths) -> Structure:
    bond = LATTICE * np.sqrt(3.0) / 4.0
    distance, found = cKDTree(positions).query(positions, k=5)
    neighbours = np.where(distance[:, 1:] < 1.1 * bond, found[:, 1:], NO_ATOM)
    names = tuple(dict.fromkeys(segment_materials))
    anions = {"CdSe": 34, "CdTe": 52, "CdS": 16}
    owner = np.array([names.index(name) for name in segment_materials])[segment]
    numbers = np.where(cation == 1, 48, np.array([anions[name] for name in names])[owner])
    vectors = positions[np.where(neighbours == NO_ATOM, 0, neighbours)] - positions[:, None, :]
    return Structure(
        positions=positions,
        numbers=numbers,
        neighbours=neighbours,
        bond_directions=vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-9),
        eclipsed=np.zeros((len(positions), 4)),
        cation=cation,
        material=owner,
        segment=segment,
        phase=np.where(segment > 0, 1, 0) if len(segments) > 3 else np.zeros(len(positions)),
        materials=names,
        segments=tuple(segments),
        segment_materials=tuple(segment_materials),
        paths=paths,
        realised={},
        design_hash="0" * 64,
    )


def make_run(
    design: dict[str, Any], structure: Structure, electrons, holes, optics: dict[str, Any]
) -> FakeRun:
    """`electrons`, `holes`: lists of (energy in eV, weight on each atom)."""
    count = len(structure.numbers)
    radial = np.linalg.norm(structure.positions, axis=1) / np.linalg.norm(structure.positions, axis=1).max()
    strain = np.zeros((count, 3, 3))
    strain[:, 0, 0] = strain[:, 1, 1] = 0.01 * (radial - 0.5)
    strain[:, 2, 2] = 0.02 * (radial - 0.5)
    relaxed = Relaxed(
        structure=structure,
        positions=structure.positions,
        strain=strain,
        atom_energy=np.full(count, 1e-3),
        energy=1e-3 * count,
        max_force=1e-4,
        steps=50,
    )
    states = States(
        relaxed=relaxed,
        electron_energies=[energy for energy, _ in electrons],
        hole_energies=[energy for energy, _ in holes],
        electron_coefficients=coefficients(electrons, 0),
        hole_coefficients=coefficients(holes, 2),
        electron_residuals=np.full(len(electrons), 1e-7),
        hole_residuals=np.full(len(holes), 1e-7),
        electron_in_segment=shares(structure, electrons),
        hole_in_segment=shares(structure, holes),
        potential=np.zeros((1, count)),
        potential_terms=("ligands",),
        orbitals=ORBITALS,
        bulk_edges={
            name: {phase: list(materials.band_edges(name, phase)) for phase in ("zb", "wz")}
            for name in materials.names()
        },
        parameters=materials.DEFAULT_SET,
        offsets=materials.DEFAULT_OFFSETS,
        level="atomistic",
    )
    excitons = make_excitons(states)
    light = make_optics(excitons, optics)
    return FakeRun(
        Design.model_validate(design),
        structure,
        relaxed,
        states,
        excitons,
        light,
        make_summary(design, structure, states, excitons, light),
        make_provenance(),
    )


def coefficients(states, orbital: int) -> np.ndarray:
    weights = np.array([weight / weight.sum() for _, weight in states])
    made = np.zeros((*weights.shape, 5, 2, 2), np.float32)
    made[:, :, orbital, 0, 0] = np.sqrt(weights)
    return made


def shares(structure: Structure, states) -> np.ndarray:
    rows = [np.bincount(structure.segment, weight, len(structure.segments)) for _, weight in states]
    return np.array([row / row.sum() for row in rows])


def make_excitons(states: States) -> Excitons:
    grid = states.electron_energies[:, None] - states.hole_energies[None, :] - 0.06
    order = np.argsort(grid, axis=None)
    amplitudes = np.zeros((grid.size, *grid.shape, 2), np.float32)
    amplitudes.reshape(grid.size, grid.size, 2)[np.arange(grid.size), order, 0] = 1.0
    return Excitons(
        states=states,
        energies=grid.ravel()[order],
        amplitudes=amplitudes,
        coulomb=np.full(grid.shape, -0.05),
        surface_interaction=np.full(grid.shape, -0.01),
        electron_self_energy=np.full(grid.shape[0], 0.02),
        hole_self_energy=np.full(grid.shape[1], 0.02),
        overlap=np.full(grid.shape, 0.3),
        dielectric_inside=6.2,
        dielectric_outside=2.24,
        screening="thomas-fermi",
    )


def make_optics(excitons: Excitons, given: dict[str, Any]) -> Optics:
    energies = excitons.energies
    strength = 0.2 + np.sin(np.arange(len(energies))) ** 2
    axis = np.linspace(energies[0] - 0.3, energies[-1] + 0.2, 600)
    sigma = 0.04 / 2.355
    lines = np.exp(-0.5 * ((axis[:, None] - energies) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    thermal = strength * np.exp(-(energies - energies[0]) / 0.0259)
    kelvin = np.array([2.0, 20.0, 100.0, 300.0, 400.0])
    bulk = 0.02 * np.maximum(axis - energies[0], 0.0) ** 0.5
    beyond = axis > energies[-len(energies) // 4]
    cross_section = np.where(beyond, bulk, 1e-3 * (lines @ strength))
    return Optics(
        excitons=excitons,
        energies=energies,
        dipole=np.ones((len(energies), 3, 2)),
        seen_dipole=0.6 * np.ones((len(energies), 3, 2)),
        local_field=0.63 * np.eye(3),
        depolarisation=np.full(3, 1 / 3),
        cross_section=cross_section,
        bulk_cross_section=bulk,
        extinction=2.615e6 * cross_section,
        absorption_polarisation=np.linspace(0.3, 0.0, 600),
        anisotropy=np.linspace(0.2, 0.0, 600),
        first_peak_extinction=2e5,
        emission_peak=float(energies[0]) - 0.01,
        stokes_shift=0.02,
        electronic_stokes_shift=0.0,
        lifetime_temperature=kelvin,
        lifetime=given["lifetime"] * (1.0 + 20.0 / kelvin),
        emission_tensor=np.diag([0.3, 0.3, 0.4]),
        emission_axis=np.array([0.0, 0.0, 1.0]),
        level_energy=energies[[0, -1]],
        level_population=np.array([0.9, 0.1]),
        level_share=np.array([0.8, 0.2]),
        level_lifetime=np.full(2, given["lifetime"]),
        level_electron=excitons.states.relaxed.structure.segments[:1] * 2,
        level_hole=excitons.states.relaxed.structure.segments[:1] * 2,
        huang_rhys=0.3,
        gap_shift=0.0,
        f_sum=4.2 * len(excitons.states.relaxed.positions),
        f_sum_share=0.01,
        auger_volume=3e4,
        auger_lifetime=31.0,
        biexciton_shift=float("nan"),
        gain_threshold=1.2,
        oscillator_strength=strength,
        energy_axis=axis,
        absorption=lines @ strength,
        emission=lines @ (thermal / thermal.sum()),
        complete_to=float(energies[-len(energies) // 4]),
        absorption_edge=float(energies[0]),
        first_peak=float(energies[0]) + 0.01,
        emission_energy=float(energies[0]),
        radiative_lifetime=given["lifetime"],
        overlap=given["overlap"],
        polarisation=0.1,
        alignment=given["alignment"],
        broadening=0.04,
        temperature=300.0,
    )


def make_summary(
    design, structure: Structure, states: States, excitons: Excitons, light: Optics
) -> dict[str, Any]:
    segments = structure.segments
    return {
        "design": {"name": design["name"], "hash": "0" * 64},
        "level": "atomistic",
        "structure": {
            "atoms": len(structure.numbers),
            "by_element": {"Cd": int(structure.cation.sum())},
            "by_segment": {
                name: int((structure.segment == place).sum()) for place, name in enumerate(segments)
            },
            "min_bond_A": 2.61,
            "max_bond_A": 2.81,
            "undercoordinated_interior": 0,
            "arm_angles_deg": [109.47] * 6,
        },
        "strain": {
            "energy_eV": 16.2,
            "max_force_eV_per_A": 1e-4,
            "by_segment": {name: {"hydrostatic": 0.01, "axial": 0.005} for name in segments},
        },
        "states": {
            "electron_eV": states.electron_energies.tolist(),
            "hole_eV": states.hole_energies.tolist(),
            "max_residual_eV": 1e-7,
            "electron_in_segment": states.electron_in_segment.tolist(),
            "hole_in_segment": states.hole_in_segment.tolist(),
        },
        "excitons": {
            "energies_eV": excitons.energies.tolist(),
            "ground_eV": float(excitons.energies[0]),
            "binding_eV": 0.06,
            "dark_bright_meV": 0.0,
        },
        "optics": {
            "absorption_edge_eV": light.absorption_edge,
            "first_peak_eV": light.first_peak,
            "emission_eV": light.emission_energy,
            "radiative_lifetime_ns": light.radiative_lifetime,
            "overlap": light.overlap,
            "polarisation": light.polarisation,
            "alignment": light.alignment,
        },
        "uncertainty": {"optics.emission_eV": [light.emission_energy - 0.05, light.emission_energy + 0.08]},
        "timings_s": {"structure": 0.8, "relax": 12.0},
        "versions": {"epidot": "0.1.0", "python": "3.11.9"},
    }


def make_provenance() -> dict[str, Any]:
    return {
        "design_hash": "0" * 64,
        "method": {"relax": {"force": 1e-4}, "states": {"electrons": 8, "holes": 8}},
        "versions": {"epidot": "0.1.0", "numpy": "2.4.6"},
        "parameters": [
            {"name": "CdSe lattice constant", "value": 6.05, "unit": "Å", "source": "Madelung 2004"}
        ],
        "timings_s": {"structure": 0.8, "relax": 12.0},
        "warnings": ["Ligands are not atoms: dangling bonds are removed."],
    }


def gaussian(positions: np.ndarray, centre: np.ndarray, width: float) -> np.ndarray:
    return np.exp(-np.sum((positions - centre) ** 2, axis=1) / (2.0 * width**2))


def tetrapod(
    arm: float = 112.0, radius: float = 17.5, core: float = 23.0, extension: float = 52.0, **optics: Any
) -> FakeRun:
    """CdSe core and arms with CdTe extensions; electron in CdSe, hole in CdTe."""
    sites, cation = lattice(arm + radius)
    heights = sites @ ARMS.T
    across = np.sqrt(np.maximum(np.sum(sites**2, axis=1)[:, None] - heights**2, 0.0))
    on_arm = (heights > 0.0) & (heights <= arm) & (across <= radius)
    keep = on_arm.any(axis=1) | (np.linalg.norm(sites, axis=1) <= core)
    sites, cation, heights, on_arm = sites[keep], cation[keep], heights[keep], on_arm[keep]
    along = np.where(on_arm, heights, -1.0)
    number, height = along.argmax(axis=1), along.max(axis=1)
    inside = np.linalg.norm(sites, axis=1) <= core
    segment = np.where(inside, 0, 1 + 2 * number + (height > arm - extension))
    names = ["core", *(f"arm{n}.s{k}" for n in range(1, 5) for k in (1, 2))]
    owners = ["CdSe", *("CdSe", "CdTe") * 4]
    tips = [tuple(float(x) for x in arm * axis) for axis in ARMS]
    paths = tuple((f"arm1 – core – arm{n + 1}", (tips[0], (0.0, 0.0, 0.0), tips[n])) for n in range(1, 4))
    structure = make_structure(sites, cation, segment, names, owners, paths)
    electrons = [
        (2.55 + 0.08 * n, gaussian(sites, ARMS[n] * 8.0 * n, 15.0 + 3.0 * n))
        for n in range(4)
        for _ in (0, 1)
    ]
    holes = [
        (1.05 - 0.002 * n, gaussian(sites, ARMS[n % 4] * (arm - 0.55 * extension), 9.0))
        for n in range(4)
        for _ in (0, 1)
    ]
    arms = [
        {
            "cross_section": {"diameter": "3.5 nm"},
            "segments": [{"material": "CdSe", "length": "4 nm"}, {"material": "CdTe", "length": "5.2 nm"}],
        }
    ] * 4
    design = {
        "schema": "epidot-design/1",
        "name": "CdSe/CdTe tetrapod",
        "root": {"kind": "branch_point", "material": "CdSe", "arms": arms},
    }
    given = {"lifetime": 2130.0, "overlap": 0.12, "alignment": "type II"} | optics
    return make_run(design, structure, electrons, holes, given)


def dot(radius: float = 16.0, core: float = 9.0, name: str = "CdSe/CdS dot") -> FakeRun:
    """CdSe core in a CdS shell; both carriers in the core."""
    sites, cation = lattice(radius)
    segment = (np.linalg.norm(sites, axis=1) > core).astype(int)
    ends = tuple(tuple(float(x) for x in sign * radius * ARMS[0]) for sign in (-1.0, 1.0))
    structure = make_structure(
        sites, cation, segment, ["core", "shell1"], ["CdSe", "CdS"], (("diameter", ends),)
    )
    electrons = [(2.75 + 0.2 * n, gaussian(sites, np.zeros(3), 4.5 + n)) for n in (0, 1) for _ in (0, 1)]
    holes = [(0.45 - 0.05 * n, gaussian(sites, np.zeros(3), 3.0 + n)) for n in (0, 1) for _ in (0, 1)]
    design = {
        "schema": "epidot-design/1",
        "name": name,
        "root": {"kind": "dot", "material": "CdSe", "diameter": "1.8 nm"},
        "shells": [{"material": "CdS", "thickness": "0.7 nm"}],
    }
    return make_run(
        design, structure, electrons, holes, {"lifetime": 17.4, "overlap": 0.93, "alignment": "type I"}
    )


def rod(length: float = 120.0, radius: float = 15.0) -> FakeRun:
    """CdSe/CdTe rod: electron in the CdSe half, hole in the CdTe half."""
    sites, cation = lattice(0.5 * length + radius)
    axis = ARMS[0]
    height = sites @ axis
    across = np.sqrt(np.maximum(np.sum(sites**2, axis=1) - height**2, 0.0))
    keep = (np.abs(height) <= 0.5 * length) & (across <= radius)
    sites, cation, height = sites[keep], cation[keep], height[keep]
    segment = (height > 0.0).astype(int)
    ends = tuple(tuple(float(x) for x in sign * 0.5 * length * axis) for sign in (-1.0, 1.0))
    structure = make_structure(sites, cation, segment, ["s1", "s2"], ["CdSe", "CdTe"], (("rod axis", ends),))
    electrons = [
        (2.6 + 0.1 * n, gaussian(sites, -(25.0 + 5 * n) * axis, 9.0)) for n in (0, 1) for _ in (0, 1)
    ]
    holes = [(0.98 - 0.04 * n, gaussian(sites, (25.0 + 5 * n) * axis, 9.0)) for n in (0, 1) for _ in (0, 1)]
    design = {
        "schema": "epidot-design/1",
        "name": "CdSe/CdTe rod",
        "root": {
            "kind": "stack",
            "cross_section": {"diameter": "3 nm"},
            "segments": [{"material": "CdSe", "length": "6 nm"}, {"material": "CdTe", "length": "6 nm"}],
        },
    }
    return make_run(
        design, structure, electrons, holes, {"lifetime": 480.0, "overlap": 0.2, "alignment": "type II"}
    )


@pytest.fixture(scope="session")
def tetrapod_run() -> FakeRun:
    return tetrapod()


@pytest.fixture(scope="session")
def small_tetrapod() -> FakeRun:
    return tetrapod(arm=56.0, radius=17.0, core=24.0, extension=24.0)


@pytest.fixture(scope="session")
def dot_run() -> FakeRun:
    return dot()


@pytest.fixture(scope="session")
def tetrapod_report(small_tetrapod, tmp_path_factory) -> Path:
    return write_report(small_tetrapod, tmp_path_factory.mktemp("tetrapod"))


@pytest.fixture(scope="session")
def bare_dot_report(tmp_path_factory) -> Path:
    """A dot with a hostile name and without any optional key."""
    run = dataclasses.replace(dot(name=HOSTILE), summary={}, provenance={})
    return write_report(run, tmp_path_factory.mktemp("dot"))


@pytest.fixture(scope="session")
def rod_run() -> FakeRun:
    return rod()


@pytest.fixture(scope="session")
def chromium():
    """A browser that cannot reach any host."""
    from playwright.sync_api import sync_playwright

    paths = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    found = next((path for path in paths if path), None)
    assert found, "Chromium is not installed; `make test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()
