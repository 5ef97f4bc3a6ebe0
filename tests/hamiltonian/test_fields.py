"""An applied field: the dielectric sphere, Stark shifts, the edges between which the gap is looked for."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.design import from_dict
from epidot.design.design import SCHEMA
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import Surroundings, TightBindingMethod, surroundings, tight_binding
from epidot.states.solve import solve

FIELD_ONLY = TightBindingMethod(ligand_potential=False, polarisation="none")
KV_PER_CM = 1e-5
"""V/Å."""


def levels(relaxed, field=(0.0, 0.0, 0.0), count=2):
    """Electron and hole energies, eV; the field in kV/cm, as it is in vacuum around the particle."""
    around = Surroundings(tuple(KV_PER_CM * np.array(field)), "vacuum")
    states = solve(tight_binding(relaxed, method=FIELD_ONLY, around=around), electrons=count, holes=count)
    return states.electron_energies[0], states.hole_energies[0]


@pytest.fixture(scope="module")
def dot(particle):
    return particle("zb", 26.0, 2.62)


@pytest.mark.parametrize("solvent", ["vacuum", "toluene", "water"])
def test_field_inside_a_dot_is_that_of_the_dielectric_sphere(particle, solvent):
    ball = particle("zb", 36.0, 2.62)
    applied = np.array([1e-3, -2e-3, 3e-3])
    tb = tight_binding(ball, method=FIELD_ONLY, around=Surroundings(tuple(applied), solvent))
    assert tb.potential_terms[0] == "field" and not tb.potential[1:].any()
    inside, outside = materials.static_dielectric("CdSe", "zb"), materials.solvent(solvent).static
    table = np.c_[ball.positions, np.ones(len(ball.positions))]
    slope = np.linalg.lstsq(table, tb.potential[0], rcond=None)[0][:3]
    # An electron is pulled against the field: its energy rises along it.
    assert slope == pytest.approx(3 * outside / (inside + 2 * outside) * applied, rel=0.04)


def test_only_the_diagonal_changes(dot):
    around = Surroundings((0.0, 0.0, 2e-3))
    plain = tight_binding(dot, method=FIELD_ONLY)
    with_it = tight_binding(dot, method=FIELD_ONLY, around=around)
    added = with_it.onsite - plain.onsite
    assert np.abs(added - with_it.potential[0][:, None, None] * np.eye(5)).max() < 1e-13
    assert np.ptp(with_it.potential[0]) > 0.01
    assert np.array_equal(with_it.hopping, plain.hopping)
    assert np.abs(levels(dot)[0] - solve(plain, electrons=2, holes=2).electron_energies[0]) < 1e-6


def test_stark_shift_of_a_symmetric_dot_is_quadratic(dot):
    still, up, down, twice = (levels(dot, (0, 0, one))[0] for one in (0, 4000, -4000, 8000))
    shift = (up + down) / 2 - still
    assert shift < -1e-3, "the ground state of the electron is polarised and comes down"
    assert (twice - still) / shift == pytest.approx(4.0, rel=0.15)
    assert abs(up - down) < 0.1 * abs(shift), "no permanent dipole in a tetrahedral dot"


def test_stark_shift_of_a_heterostructure_is_linear(particle):
    """CdTe on CdSe: the hole in one half, the electron in the other; the pair is a dipole."""
    halves = particle("zb", 30.0, 2.68, anion=lambda sites: np.where(sites[:, 2] > 0.3, "Te", "Se"))
    strengths = np.array([-1000.0, -500.0, 500.0, 1000.0])
    pairs = np.array([np.subtract(*levels(halves, (0, 0, one))) for one in strengths])
    linear, square = np.polyfit(strengths, pairs, 2)[1::-1][0], np.polyfit(strengths, pairs, 2)[0]
    assert abs(linear) * 1000.0 > 5 * abs(square) * 1000.0**2
    # The electron is below (z < 0): along +z it comes down against the hole.
    assert linear < 0
    factor = 3 / (materials.static_dielectric("CdSe", "zb") + 2)
    dipole = -linear / (factor * KV_PER_CM)
    assert 3.0 < dipole < 15.0, "about the distance between the centres of the halves, Å"
    across = np.array([np.subtract(*levels(halves, (one, 0, 0))) for one in (-1000.0, 1000.0)])
    assert abs(across[1] - across[0]) < 0.1 * abs(pairs[3] - pairs[0])


def test_edges_follow_the_field_and_an_absurd_one_is_refused(dot):
    plain = tight_binding(dot, method=FIELD_ONLY).edges
    bent = tight_binding(dot, method=FIELD_ONLY, around=Surroundings((0.0, 0.0, 0.02)))
    reach = bent.potential[0].max()
    assert reach > 0.05
    assert bent.edges == pytest.approx((plain[0] + reach, plain[1] + bent.potential[0].min()), abs=1e-12)
    with pytest.raises(InputError, match=r"^field = 8e\+04 kV/cm: drops \d.*V over the particle") as caught:
        tight_binding(dot, method=FIELD_ONLY, around=Surroundings((0.0, 0.8, 0.0)))
    limit = float(caught.value.cure.split("about ")[1].split(" kV")[0])
    near = Surroundings((0.0, 0.95 * limit * KV_PER_CM, 0.0))
    assert np.diff(tight_binding(dot, method=FIELD_ONLY, around=near).edges)[0] > 0
    over = Surroundings((0.0, 1.1 * limit * KV_PER_CM, 0.0))
    with pytest.raises(InputError, match="field"):
        tight_binding(dot, method=FIELD_ONLY, around=over)


def test_a_polarisation_that_closes_the_gap_is_refused(particle):
    rod = particle("wz", 18.0, 2.63)
    strain = np.broadcast_to(np.diag([-0.6, -0.6, 0.9]), (len(rod.positions), 3, 3))
    bare = TightBindingMethod(surface_charge="bare")
    with pytest.raises(InputError, match=r"polarisation = of this particle: .*closes the gap.*screened"):
        tight_binding(dataclasses.replace(rod, strain=strain), method=bare)


def test_fields_that_are_no_numbers_and_choices_that_do_nothing():
    with pytest.raises(InputError, match="field"):
        Surroundings((0.0, np.nan, 0.0))
    with pytest.raises(InputError, match="surface_charge = bare"):
        TightBindingMethod(polarisation="none", surface_charge="bare")


def environment(field, **root):
    plan = {"schema": SCHEMA, "name": "x", "root": root, "environment": {"field": field, "solvent": "water"}}
    return from_dict(plan).environment


def test_field_of_a_design(dot):
    limbs = (("arm1", (0.0, 0.0, 1.0), (0.0, 3.0, 5.0)),)
    structure = dataclasses.replace(dot.structure, limbs=limbs)
    arm = {"cross_section": {"diameter": "3 nm"}, "segments": [{"material": "CdSe", "length": "5 nm"}]}
    root = {"kind": "branch_point", "material": "CdSe", "arms": [arm]}
    for along, expected in (
        ("y", (0, 1, 0)),
        ("arm1", (0, 0.6, 0.8)),
        ([1, 0, -1], (0.5**0.5, 0, -(0.5**0.5))),
    ):
        found = surroundings(environment({"strength": "-200 kV/cm", "along": along}, **root), structure)
        assert found.solvent == "water"
        assert found.field == pytest.approx(-2e-3 * np.array(expected), abs=1e-9)
    with pytest.raises(InputError, match=r"environment\.field\.along = arm1: is no axis"):
        surroundings(environment({"strength": "1 kV/cm", "along": "arm1"}, **root), dot.structure)
    plain = from_dict({"schema": SCHEMA, "name": "x", "root": root}).environment
    assert surroundings(plain, structure) == Surroundings()
