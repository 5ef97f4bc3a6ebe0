"""Every kind of particle goes through all stages; no state sits on a surface, fault, seam or vacancy."""

import dataclasses
import json

import numpy as np
import pytest
from scipy.linalg import ldl

from epidot.design import catalogue, from_dict
from epidot.design.design import SCHEMA
from epidot.hamiltonian.tight_binding import TightBindingMethod, tight_binding
from epidot.pipeline import STAGES, Method, given, run, write_results
from epidot.relaxation import relax
from epidot.states import solve
from epidot.structure import build
from epidot.structure.export import export
from epidot.structure.structure import NO_ATOM

METHOD = Method(electrons=2, holes=4)
LEAST_SPREAD = 40
"""Atoms that a state of these particles covers; one that is bound to a missing bond covers a few."""


@pytest.fixture(scope="module")
def solved(small):
    """Function: Hamiltonian and states of a small particle by the name of its template."""
    kept = {}

    def find(name):
        if name not in kept:
            hamiltonian = tight_binding(relax(build(small(name))))
            kept[name] = hamiltonian, solve(hamiltonian, electrons=2, holes=4)
        return kept[name]

    return find


def on_atoms(coefficients):
    """Population of each atom, (state, atom)."""
    return np.square(coefficients, dtype=float).sum(axis=(2, 3, 4))


@pytest.mark.parametrize("name", catalogue.names())
def test_states_of_every_template_are_confined_and_clean(solved, name):
    hamiltonian, states = solved(name)
    structure = states.relaxed.structure
    valence, conduction = hamiltonian.edges
    # The edges are those of the unstrained bulk of the best compound for each carrier. Confinement in
    # a few nm moves both levels by more than the strain of any coherent junction could take back.
    assert states.electron_energies[0] > conduction + 0.1
    assert states.hole_energies[0] < valence - 0.1
    assert max(states.electron_residuals.max(), states.hole_residuals.max()) <= 1e-6
    assert states.relaxed.max_force < 6e-3
    missing = (structure.neighbours == NO_ATOM).any(axis=1)
    for coefficients, shares in (
        (states.electron_coefficients, states.electron_in_segment),
        (states.hole_coefficients, states.hole_in_segment),
    ):
        assert shares.sum(axis=1) == pytest.approx(1.0)
        assert (shares >= 0.0).all() and shares.shape[1] == len(structure.segments)
        there = on_atoms(coefficients)
        assert there.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
        assert (1.0 / np.square(there).sum(axis=1)).min() > LEAST_SPREAD
        assert (there[:, missing].sum(axis=1) < 1.2 * missing.mean()).all()


COUNTED = (
    "zb_dot",
    "octahedron",
    "wulff_dot",
    "cds_rod",
    "superlattice_rod",
    "nanobarbell",
    "cdte_tetrapod",
    "fused_dimer",
    "platelet",
)


def below(hamiltonian, energy):
    """Number of levels without spin below an energy (eV): negative signs of an LDL decomposition."""
    count = len(hamiltonian.onsite)
    matrix = np.zeros((count, 5, count, 5))
    matrix[np.arange(count), :, np.arange(count)] = hamiltonian.onsite
    atom, slot = np.nonzero(hamiltonian.neighbours >= 0)
    matrix[atom, :, hamiltonian.neighbours[atom, slot]] = hamiltonian.hopping[atom, slot]
    hybrids = np.zeros((count, 5, count, 5))
    own = np.einsum("adi,adj->aij", hamiltonian.dangling, hamiltonian.dangling)
    hybrids[np.arange(count), :, np.arange(count)] = own
    size = 5 * count
    matrix, hybrids = matrix.reshape(size, size), hybrids.reshape(size, size)
    rest = np.eye(size) - hybrids
    # What is projected out goes far above.
    shifted = rest @ matrix @ rest + 100.0 * hybrids - energy * np.eye(size)
    diagonal = ldl(shifted)[1]
    beside = np.abs(np.diag(diagonal, -1)) > 0.0
    twos = np.flatnonzero(beside)
    ones = np.setdiff1d(np.arange(size), np.concatenate([twos, twos + 1]))
    pairs = np.array([np.linalg.eigvalsh(diagonal[k : k + 2, k : k + 2]) for k in twos])
    return int((np.diag(diagonal)[ones] < 0.0).sum() + (pairs < 0.0).sum())


@pytest.mark.parametrize("name", COUNTED)
def test_one_level_for_each_bond_lies_below_the_gap(solved, name):
    hamiltonian, states = solved(name)
    middle = 0.5 * (states.electron_energies[0] + states.hole_energies[0])
    bonds = int((states.relaxed.structure.neighbours != NO_ATOM).sum()) // 2
    assert below(hamiltonian, middle) == bonds


def test_vacancies_and_faults_leave_the_count_as_it_is(small):
    plan = small("imperfect_rod")
    root = plan.root.model_copy(
        update={"segments": (plan.root.segments[0].model_copy(update={"length": 40.0}),)}
    )
    faulty = plan.model_copy(
        update={"root": root, "defects": tuple(d for d in plan.defects if d.type != "insertion")}
    )
    hamiltonian = tight_binding(relax(build(faulty)))
    structure = hamiltonian.relaxed.structure
    sound = tuple(defect for defect in faulty.defects if defect.type != "vacancy")
    assert len(structure.numbers) <= len(build(faulty.model_copy(update={"defects": sound})).numbers) - 2
    states = solve(hamiltonian, electrons=2, holes=2)
    middle = 0.5 * (states.electron_energies[0] + states.hole_energies[0])
    assert below(hamiltonian, middle) == int((structure.neighbours != NO_ATOM).sum()) // 2
    assert states.electron_energies[0] > hamiltonian.edges[1] + 0.1


TIPPED = {
    "schema": SCHEMA,
    "name": "tipped rod with ligands",
    "seed": 2,
    "root": {
        "kind": "stack",
        "cross_section": {"diameter": "2.2 nm"},
        "segments": [
            {"material": "CdS", "length": "2 nm"},
            {"material": "CdS", "grade_to": "CdSe", "length": "2 nm"},
        ],
        "tip": {"kind": "metal", "element": "Au", "diameter": "1.6 nm"},
    },
    "surface": {"ligands": [{"name": "octylamine", "coverage": 0.4}]},
}


def checked(result):
    """What every summary says, whatever the particle."""
    found = json.loads(json.dumps(result.summary))
    states = found["states"]
    for kind in ("electron", "hole"):
        assert np.sum(states[f"{kind}_in_segment"], axis=1) == pytest.approx(1.0)
    assert states["max_residual_eV"] <= 1e-6
    assert states["segments"] == list(found["structure"]["by_segment"])
    assert set(found["strain"]["by_segment"]) == set(states["segments"])
    assert found["optics"]["emission_eV"] > 0.0
    assert found["optics"]["alignment"] in ("type I", "quasi-type II", "type II")
    return found


def test_a_branched_particle_from_end_to_end(small, tmp_path):
    result = run(small("rocket"), tmp_path, method=METHOD)
    found = checked(result)
    write_results(result, tmp_path)
    angles = found["structure"]["branch_angles"]
    assert {entry["angle_deg"] for entry in angles} and found["structure"]["arm_angles_deg"] == []
    tips = [entry["angle_deg"] for entry in angles if all("tip.arm" in name for name in entry["between"])]
    assert tips == pytest.approx([109.47] * 3, abs=1.5)


def test_tips_and_ligands_from_end_to_end_and_through_an_interruption(tmp_path, monkeypatch):
    whole = run(from_dict(TIPPED), method=METHOD)
    found = checked(whole)
    tip, ligands = (
        found["structure"]["realised"][path] for path in ("root.tip.diameter", "surface.ligands[0].coverage")
    )
    assert tip["atoms"] == found["structure"]["composition"]["metal_atoms"]["tip Au"]
    assert ligands["ligands"] == found["structure"]["composition"]["ligands"]["octylamine"]
    module = __import__(run.__module__, fromlist=["STAGES"])

    def interrupt(*_given):
        raise KeyboardInterrupt

    table = tuple(dataclasses.replace(s, run=interrupt) if s.name == "excitons" else s for s in STAGES)
    monkeypatch.setattr(module, "STAGES", table)
    with pytest.raises(KeyboardInterrupt):
        run(from_dict(TIPPED), tmp_path, method=METHOD)
    monkeypatch.setattr(module, "STAGES", STAGES)
    again = run(from_dict(TIPPED), tmp_path, method=METHOD)
    assert again.structure.attached_groups == ("tip Au", "octylamine")
    assert again.structure.realised == whole.structure.realised
    same = {key: value for key, value in whole.summary.items() if key not in ("timings_s", "states")}
    assert {key: again.summary[key] for key in same} == same


def test_an_imported_particle_is_computed_as_the_one_that_was_built(small, tmp_path):
    # Which bonds of the junction belong to which side is read off the positions: polarisation would tell.
    method = dataclasses.replace(METHOD, tight_binding=TightBindingMethod(polarisation="none"))
    built = run(small("heterorod"), method=method)
    export(built.structure, tmp_path / "rod.xyz")
    found = run(given(tmp_path / "rod.xyz"), method=method)
    first, second = checked(built), checked(found)
    for key in ("electron_eV", "hole_eV"):
        assert second["states"][key] == pytest.approx(first["states"][key], abs=2e-4)
    assert second["optics"]["emission_eV"] == pytest.approx(first["optics"]["emission_eV"], abs=5e-3)
    assert second["optics"]["alignment"] == first["optics"]["alignment"]
