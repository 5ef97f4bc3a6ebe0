"""Band edges against the table, the Hamiltonian of strained cells, and potentials that are known."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.design import from_dict
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.hamiltonian.tight_binding.bulk import GAMMA, bloch, bulk_edges, unit_cell, valence_splittings
from epidot.hamiltonian.tight_binding.deformation import (
    VALENCE,
    deformation_potentials,
    internal_displacement,
    strained,
    with_strain_terms,
)
from epidot.hamiltonian.tight_binding.parameters import parameters as tables
from epidot.observables.band_diagram import averages, band_diagram, interface_type
from epidot.observables.band_edges import Deformed, bulk_bands_of, edges, shear_parts
from epidot.relaxation import Relaxed
from epidot.structure import build
from epidot.structure.along import main_path
from epidot.structure.course import course

METHOD = TightBindingMethod()
PHASES = ("zb", "wz")
NAMES = ("CdS", "CdSe", "CdTe")
BULK = {name: {phase: list(bulk_edges(name, phase)) for phase in PHASES} for name in NAMES}
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3.0)


def felt(strain, directions=TETRAHEDRON, axis=None):
    strain = np.asarray(strain, float)[None]
    on, off = shear_parts(strain, np.asarray(directions)[None])
    none = np.zeros((1, 3, 3))
    return Deformed(np.trace(strain, axis1=1, axis2=2), on, off, none if axis is None else axis[None])


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", NAMES)
def test_without_strain_the_edges_and_splittings_are_those_of_the_bulk(name, phase):
    bulk = bulk_bands_of(name, phase, BULK, METHOD)
    axis = np.outer(TETRAHEDRON[0], TETRAHEDRON[0]) if phase == "wz" else None
    conduction, valence = edges(bulk, felt(np.zeros((3, 3)), axis=axis))
    expected = materials.band_edges(name, phase)
    assert (valence[0, 0], conduction[0]) == pytest.approx(expected, abs=2e-3)
    assert (valence[0, 0], conduction[0]) == pytest.approx(BULK[name][phase], abs=1e-9)
    splittings = valence_splittings(name, phase)
    # CdTe: what the Hamiltonian has below B is no quasi-cubic third band.
    assert valence[0, 0] - valence[1, 0] == pytest.approx(splittings[0], abs=2e-4)
    assert valence[0, 0] - valence[2, 0] == pytest.approx(splittings[1], abs=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_hydrostatic_strain_moves_the_edges_by_a_times_the_trace(name):
    slopes, bulk = deformation_potentials(name), bulk_bands_of(name, "zb", BULK, METHOD)
    conduction, valence = edges(bulk, felt(0.01 * np.eye(3)))
    still, deep = edges(bulk, felt(np.zeros((3, 3))))
    assert conduction - still == pytest.approx(0.03 * slopes.a_c, abs=1e-12)
    assert valence - deep == pytest.approx(np.full((3, 1), 0.03 * slopes.a_v), abs=1e-12)


@pytest.mark.parametrize(
    "shape",
    [
        np.diag([-0.5, -0.5, 1.0]),
        np.diag([0.5, 0.5, -1.0]),
        np.ones((3, 3)) - np.eye(3),
        np.array([[0.3, 0.2, -0.5], [0.2, 0.4, 0.6], [-0.5, 0.6, -0.2]]),
    ],
)
@pytest.mark.parametrize("name", ["CdSe", "CdTe"])
def test_strained_bands_are_those_of_the_strained_hamiltonian(name, shape):
    """The other route: a strained unit cell, diagonalised; what is left is of second order in the strain."""
    strain = 5e-4 * shape
    cell = strained(unit_cell(name, "zb"), strain, internal_displacement(name))
    table = with_strain_terms(tables((name,), METHOD), (name,), METHOD)
    levels = np.linalg.eigvalsh(bloch(cell, table, np.array([GAMMA]))[0])
    conduction, valence = edges(bulk_bands_of(name, "zb", BULK, METHOD), felt(strain))
    expected = levels[[VALENCE - 1, VALENCE - 3, VALENCE - 5]]
    heavy, light = BULK[name]["zb"][0], valence[:2, 0]
    assert np.abs(light - heavy).max() > 5e-4
    assert light == pytest.approx(expected[:2], abs=5e-5)
    assert valence[2, 0] == pytest.approx(expected[2], abs=5e-5)
    assert conduction[0] == pytest.approx(levels[VALENCE], abs=5e-5)


def test_edges_do_not_depend_on_how_the_crystal_lies():
    bulk = bulk_bands_of("CdSe", "wz", BULK, METHOD)
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    strain = np.array([[0.01, 0.004, 0.0], [0.004, -0.02, 0.003], [0.0, 0.003, 0.015]])
    axis = np.outer(TETRAHEDRON[0], TETRAHEDRON[0])
    plain = edges(bulk, felt(strain, axis=axis))
    turned = edges(bulk, felt(turn @ strain @ turn.T, TETRAHEDRON @ turn.T, turn @ axis @ turn.T))
    for one, other in zip(plain, turned, strict=True):
        assert one == pytest.approx(other, abs=1e-12)


def test_an_alloy_is_the_mean_of_its_compounds():
    mixed = bulk_bands_of("CdSe0.25S0.75", "zb", BULK, METHOD)
    pure = [bulk_bands_of(name, "zb", BULK, METHOD) for name in ("CdSe", "CdS")]
    assert mixed.conduction == pytest.approx(0.25 * pure[0].conduction + 0.75 * pure[1].conduction)
    assert mixed.spin_orbit == pytest.approx(0.25 * pure[0].spin_orbit + 0.75 * pure[1].spin_orbit)


def test_averages_keep_straight_lines_and_lone_atoms():
    places = np.array([0.0, 1.1, 2.3, 2.9, 5.0, 9.0])
    points = np.linspace(-2.0, 14.0, 9)
    found = averages(points, places, np.stack([3.0 - 0.2 * places, np.ones(6)], axis=1))
    assert found[:, 0] == pytest.approx(3.0 - 0.2 * points, abs=1e-9)
    assert found[:, 1] == pytest.approx(1.0)
    assert averages(points, np.zeros(1), np.full((1, 1), 7.0)) == pytest.approx(np.full((9, 1), 7.0))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0.60, 2.30), (1.17, 2.70), "type II"),
        ((1.17, 2.70), (0.60, 2.30), "type II"),
        ((0.60, 2.30), (0.18, 2.60), "type I"),
        ((0.60, 2.30), (0.00, 2.38), "quasi-type II"),
        ((0.60, 2.30), (2.40, 4.00), "type III"),
    ],
)
def test_type_of_an_interface(first, second, expected):
    assert interface_type(first, second) == expected


@pytest.fixture(scope="module")
def rod(make):
    """Function of two compounds, offsets and potential along z: the diagram of a rod of both, unstrained."""

    def diagram(first, second, offsets="wei-zunger-1998", slope=0.0, strain=0.0, parameters="sp3s_star_T300"):
        segments = [{"material": name, "length": "3 nm"} for name in (first, second)]
        root = {
            "kind": "stack",
            "phase": "zb",
            "cross_section": {"diameter": "1.6 nm"},
            "segments": segments,
        }
        design = from_dict({"schema": "epidot-design/1", "name": "rod", "root": root})
        structure = build(design)
        count = len(structure.numbers)
        relaxed = Relaxed(
            structure=structure,
            positions=structure.positions,
            strain=np.broadcast_to(strain * np.eye(3), (count, 3, 3)),
            atom_energy=np.zeros(count),
            energy=0.0,
            max_force=0.0,
            steps=0,
        )
        pair = make.kramers(np.ones(count))
        method = TightBindingMethod(offsets=offsets)
        states = dataclasses.replace(
            make.states(relaxed, [2.5, 2.5], [0.5, 0.5], pair, pair),
            bulk_edges={
                name: {phase: list(bulk_edges(name, phase, method=method)) for phase in PHASES}
                for name in structure.materials
            },
            offsets=offsets,
            parameters=parameters,
            potential=slope * structure.positions[None, :, 2],
            potential_terms=("field",),
        )
        path = main_path(structure, structure.positions)
        return band_diagram(states, path, course(path, design, structure))

    return diagram


def test_along_a_rod_the_steps_are_the_offsets_of_the_table(rod):
    found = rod("CdSe", "CdTe")
    (one,) = found.interfaces
    selenide, telluride = (materials.band_edges(name) for name in ("CdSe", "CdTe"))
    order = 1.0 if one.materials[0] == "CdSe" else -1.0
    assert one.valence_step == pytest.approx(order * (telluride[0] - selenide[0]), abs=3e-3)
    assert one.conduction_step == pytest.approx(order * (telluride[1] - selenide[1]), abs=3e-3)
    assert one.type == "type II"
    assert one.place == pytest.approx(0.5 * found.path.length, abs=5.0)
    assert found.jump == pytest.approx(0.0, abs=1e-9)
    assert rod("CdSe", "CdS").interfaces[0].type == "type I"
    other = rod("CdSe", "CdS", offsets="rabani-sepm").interfaces[0]
    assert abs(other.valence_step) == pytest.approx(0.632, abs=5e-3)
    assert other.type in ("type I", "quasi-type II")


def test_a_uniform_field_tilts_the_edges_in_a_straight_line(rod):
    plain, found = rod("CdSe", "CdTe"), rod("CdSe", "CdTe", slope=0.004)
    direction = found.path.direction[0, 2]
    for one, other in ((found.conduction, plain.conduction), (found.valence[2], plain.valence[2])):
        moved = one - other
        assert np.diff(moved) == pytest.approx(0.004 * direction * np.diff(found.place), abs=1e-9)
    assert found.potential == pytest.approx(found.conduction - plain.conduction)


def test_even_strain_moves_both_sides_by_their_own_potentials(rod):
    plain, found = rod("CdSe", "CdTe"), rod("CdSe", "CdTe", strain=0.01)
    names = np.array([found.course.strips[number].material for number in found.strip])
    for name in ("CdSe", "CdTe"):
        slopes = deformation_potentials(name)
        moved = (found.conduction - plain.conduction)[names == name]
        assert moved == pytest.approx(np.full(len(moved), 0.03 * slopes.a_c), abs=1e-9)
    assert found.strain == pytest.approx(np.full(len(found.strain), 0.03))
    assert found.jump == pytest.approx(0.03 * abs(deformation_potentials("CdTe").a_c), abs=1e-9)


def test_a_set_that_is_not_packaged_needs_the_method(rod):
    with pytest.raises(InputError, match="my set"):
        rod("CdSe", "CdTe", parameters="my set")
