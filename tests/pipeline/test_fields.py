"""An applied field and the crystal's polarisation through a whole run."""

import dataclasses

import numpy as np
import pytest

from epidot import run
from epidot.design import from_dict
from epidot.design.design import SCHEMA
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.pipeline import Method
from epidot.pipeline.checkpoints import stage_keys

METHOD = Method(electrons=2, holes=2)
ROD = {
    "kind": "stack",
    "cross_section": {"diameter": "2 nm"},
    "segments": [{"material": "CdS", "length": "2 nm"}, {"material": "CdTe", "length": "2 nm"}],
}


def design(root=ROD, **environment):
    return from_dict({"schema": SCHEMA, "name": "x", "root": root, "environment": environment})


@pytest.fixture(scope="module")
def whole():
    return run(design(field={"strength": "-400 kV/cm", "along": "rod"}), method=METHOD)


def test_summary_says_what_arrives_inside(whole):
    found = whole.summary["fields"]
    assert found["applied_kV_per_cm"] == -400.0
    inside = np.array(found["inside_vector_kV_per_cm"])
    assert np.linalg.norm(inside) == pytest.approx(found["inside_kV_per_cm"])
    assert -400.0 < inside[2] < -100.0 and np.abs(inside[:2]).max() < 20.0
    length = np.ptp(whole.relaxed.positions[:, 2])
    assert found["field_span_eV"] == pytest.approx(-inside[2] * 1e-5 * length, rel=0.1)
    assert 0.01 < found["polarisation_span_eV"] < 0.5
    assert "ligands_span_eV" not in found


def test_levels_follow_the_potential_to_first_order(whole):
    """Electron and hole sit in two halves: the gap moves by the difference of the means there."""
    still = run(
        design(), method=dataclasses.replace(METHOD, tight_binding=TightBindingMethod(polarisation="none"))
    )
    total = whole.states.potential.sum(axis=0)
    means, moved = [], []
    for name in ("electron", "hole"):
        density = np.square(getattr(still.states, f"{name}_coefficients")[0], dtype=float).sum(axis=(1, 2, 3))
        means.append(density @ total)
        moved.append(
            getattr(whole.states, f"{name}_energies")[0] - getattr(still.states, f"{name}_energies")[0]
        )
    assert abs(means[0] - means[1]) > 0.02
    assert moved[0] - moved[1] == pytest.approx(means[0] - means[1], rel=0.25)
    assert still.summary["fields"] == {}


def test_provenance_names_what_was_used_and_what_is_left_out(whole):
    rows = {row["name"]: row for row in whole.provenance["parameters"]}
    assert rows["CdS wz piezoelectric constant e33"]["value"] == 0.44
    assert "Berlincourt" in rows["CdS wz piezoelectric constant e33"]["source"]
    assert "Permittivity" in rows["toluene static dielectric constant"]["source"]
    text = " ".join(whole.provenance["warnings"])
    assert "taken as compensated" in text and "applied field is that in the solvent" in text
    assert "No piezoelectric constants of wurtzite CdTe" in text


def test_states_depend_on_the_field_and_the_solvent():
    plain, other = design(), design(solvent="water")
    pushed = design(field={"strength": "1 kV/cm", "along": "z"})
    harder = design(field={"strength": "2 kV/cm", "along": "z"})
    keys = [stage_keys(one, METHOD) for one in (plain, other, pushed, harder)]
    assert len({one["states"] for one in keys}) == 4
    assert len({one["relaxed"] for one in keys}) == 1
