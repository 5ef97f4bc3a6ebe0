"""The verb: what it refuses, what it averages, which edges it states."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot import materials
from epidot.design import from_dict
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import TightBindingMethod, tight_binding
from epidot.hamiltonian.tight_binding.bulk import bulk_edges, unit_cell
from epidot.hamiltonian.tight_binding.dangling import dangling
from epidot.hamiltonian.tight_binding.network import network
from epidot.relaxation import ForceField, relax
from epidot.structure import build

PLAIN = TightBindingMethod(polarisation="none")


def _with(relaxed, **changes):
    return dataclasses.replace(relaxed, structure=dataclasses.replace(relaxed.structure, **changes))


def test_an_interface_atom_has_the_mean_of_its_bonds(hetero):
    tb = tight_binding(hetero, method=TightBindingMethod(onsite_strain=False, polarisation="none"))
    structure = hetero.structure
    kinds = [sorted(int(structure.numbers[j]) for j in row if j >= 0) for row in structure.neighbours]
    shared = next(i for i, kind in enumerate(kinds) if kind == [34, 52, 52, 52])
    assert structure.cation[shared] == 1
    se, te = (materials.two_centre(name, tb.parameters) for name in ("CdSe", "CdTe"))
    assert tb.spin_orbit[shared] == pytest.approx(0.25 * se.lamc + 0.75 * te.lamc, abs=1e-14)
    assert tb.onsite[shared, 2, 2] == pytest.approx(0.25 * se.Epc + 0.75 * te.Epc, abs=1e-13)
    assert tb.onsite[shared, 4, 4] == pytest.approx(0.25 * se.ESc + 0.75 * te.ESc, abs=1e-13)


def test_offset_set_shifts_the_sites_and_the_edges(particle):
    relaxed = particle("zb", 14.0, 2.52, anion="S")
    plain = tight_binding(relaxed)
    for name in materials.offset_sets():
        tb = tight_binding(relaxed, method=TightBindingMethod(offsets=name))
        shift = materials.offset_set(name).shifts["CdS"] - materials.offset_set(plain.offsets).shifts["CdS"]
        assert np.allclose(tb.onsite - plain.onsite, shift * np.eye(5), atol=1e-12)
        assert np.allclose(np.subtract(tb.edges, plain.edges), shift, atol=1e-12)
    assert any(materials.offset_set(name).shifts["CdS"] != 0 for name in materials.offset_sets())


def test_edges_span_the_materials_and_phases_present(hetero, particle):
    edges = tight_binding(hetero, method=PLAIN).edges
    assert edges == pytest.approx((bulk_edges("CdTe", "wz")[0], bulk_edges("CdSe", "wz")[1]), abs=1e-12)
    edges = tight_binding(particle("zb", 14.0, 2.62)).edges
    assert edges == pytest.approx((0.600, 2.275), abs=1e-3)


def test_dangling_hybrids_point_away_from_the_bonds_and_are_orthonormal(hetero):
    tb = tight_binding(hetero)
    missing = (tb.neighbours < 0).sum(axis=1)
    assert {0, 1, 2} == set(missing.tolist())
    gram = np.einsum("aho,ago->ahg", tb.dangling, tb.dangling)
    expected = np.zeros((3, 2, 2))
    expected[1, 0, 0] = expected[2, 0, 0] = expected[2, 1, 1] = 1.0
    assert np.abs(gram - expected[missing]).max() < 1e-13
    for atom in np.flatnonzero(missing):
        bonded = tb.neighbours[atom][tb.neighbours[atom] >= 0]
        away = hetero.positions[bonded] - hetero.positions[atom]
        cosines = (
            tb.dangling[atom, : missing[atom], 1:4] @ away.T / np.linalg.norm(away, axis=1) / np.sqrt(0.75)
        )
        assert (np.abs(cosines + 1 / 3) < 0.1).all()


def test_hybrids_of_directions_that_are_not_tetrahedral_are_made_orthogonal_evenly(particle):
    relaxed = particle("zb", 14.0, 2.62)
    bonds = network(relaxed)
    pair = int(np.flatnonzero(bonds.exists.sum(axis=1) == 2)[0])
    ideal = np.array(relaxed.structure.bond_directions)
    ideal[pair, 2] = ideal[pair, 2] + 0.3 * ideal[pair, 3]
    ideal[pair, 2] /= np.linalg.norm(ideal[pair, 2])
    raw = np.zeros((2, 5))
    raw[:, 0], raw[:, 1:4] = 0.5, np.sqrt(0.75) * ideal[pair, 2:]
    made = dangling(dataclasses.replace(bonds, directions=ideal), 5)[pair]
    assert abs(raw[0] @ raw[1]) > 0.05
    assert np.abs(made @ made.T - np.eye(2)).max() < 1e-14
    assert made[0] @ raw[0] == pytest.approx(made[1] @ raw[1], abs=1e-14)


def test_wurtzite_terms_sit_on_the_eclipsed_atoms_only(particle):
    wz, zb = tight_binding(particle("wz", 16.0, 2.62)), tight_binding(particle("zb", 16.0, 2.62))
    terms = materials.polytype("CdSe", "sp3s_star_T300")
    values = materials.two_centre("CdSe", "sp3s_star_T300")
    cation = wz.relaxed.structure.cation == 1
    eclipsed = wz.relaxed.structure.eclipsed.sum(axis=1)
    assert set(eclipsed.tolist()) == {0, 1}
    assert np.allclose(wz.onsite[cation, 0, 0] - values.Esc, terms.vs_c * eclipsed[cation], atol=1e-13)
    inside = ~cation & (eclipsed == 1)
    along = terms.vp_a - 2 / 3 * terms.delta_a
    across = terms.vp_a + terms.delta_a / 3
    block = np.diag([across, across, along]) + values.Epa * np.eye(3)
    assert np.allclose(wz.onsite[inside, 1:4, 1:4], block, atol=1e-13)
    assert np.allclose(zb.onsite[zb.relaxed.structure.cation == 1, 0, 0], values.Esc, atol=1e-13)


@settings(max_examples=15, deadline=None)
@given(stretch=st.floats(0.8, 1.2), eta=st.floats(0.0, 4.0))
def test_hopping_follows_the_distance_law(particle, stretch, eta):
    bond = materials.two_centre("CdSe", "sp3s_star_T300").bond
    method = TightBindingMethod(eta=eta)
    at_rest = tight_binding(particle("zb", 13.0, bond), method=method)
    relaxed = dataclasses.replace(at_rest.relaxed, positions=stretch * at_rest.relaxed.positions)
    stretched = tight_binding(relaxed, method=method)
    assert np.abs(at_rest.hopping).max() > 1.0
    assert np.allclose(stretched.hopping, stretch**-eta * at_rest.hopping, rtol=1e-12, atol=1e-14)


def test_relaxed_wurtzite_has_the_lattice_that_its_polytype_terms_belong_to():
    """Ideal geometry with terms of the real one, or the reverse, is off by tens of meV."""
    root = {"kind": "dot", "material": "CdS", "phase": "wz", "diameter": "2 nm"}
    made = build(from_dict({"schema": "epidot-design/1", "name": "dot", "root": root}))
    relaxed = relax(made, method=ForceField(force_tolerance=1e-4))
    bonds, bulk = network(relaxed), unit_cell("CdS", "wz")
    inner = bonds.exists.all(axis=1) & bonds.exists[bonds.neighbours].all(axis=(1, 2))
    assert inner.sum() > 10
    for eclipsed in (True, False):
        ours = bonds.lengths[inner][bonds.eclipsed[inner] == eclipsed]
        theirs = bulk.lengths[bulk.eclipsed == eclipsed]
        assert np.abs(ours - theirs[0]).max() < 1e-3
    assert np.ptp(bulk.lengths) > 2e-3
    assert np.abs(relaxed.strain).max() < 1e-3


def test_refusals_name_what_is_wrong(particle):
    relaxed = particle("zb", 12.0, 2.62)
    lost = np.array(relaxed.positions)
    lost[5, 1] = np.nan
    with pytest.raises(InputError, match=r"positions\[5\]"):
        tight_binding(dataclasses.replace(relaxed, positions=lost))
    with pytest.raises(InputError, match=r"must be within 25 % of 2\.621 Å, the bond of CdSe"):
        tight_binding(dataclasses.replace(relaxed, positions=1.26 * relaxed.positions))
    lonely = np.array(relaxed.structure.neighbours)
    lonely[7] = -1
    with pytest.raises(InputError, match=r"fewer than two bonds, the first is \[7\]"):
        tight_binding(_with(relaxed, neighbours=lonely))
    numbers = np.where(relaxed.structure.cation == 1, 82, relaxed.structure.numbers)
    with pytest.raises(InputError, match="CdSe"):
        tight_binding(_with(relaxed, numbers=numbers))
    with pytest.raises(InputError, match="cation and an anion"):
        tight_binding(_with(relaxed, cation=np.ones(len(relaxed.positions))))
    with pytest.raises(InputError, match="sp3s_star_T300"):
        tight_binding(relaxed, method=TightBindingMethod(parameters="sp3d5"))
    with pytest.raises(InputError, match="wei-zunger-1998"):
        tight_binding(relaxed, method=TightBindingMethod(offsets="nobody-1900"))
    for eta in (-1.0, float("nan")):
        with pytest.raises(InputError, match="eta"):
            TightBindingMethod(eta=eta)
