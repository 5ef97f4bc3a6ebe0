"""The envelope level through the whole pipeline, beside the atomistic one."""

from dataclasses import replace

import numpy as np
import pytest

from epidot.design import catalogue
from epidot.errors import InputError
from epidot.excitons import PairMethod
from epidot.hamiltonian.envelope import EnvelopeMethod, envelope
from epidot.hamiltonian.tight_binding import Surroundings
from epidot.pipeline import compare_levels, read_method, run
from epidot.relaxation import relax
from epidot.states import solve_envelopes
from epidot.structure import build


@pytest.fixture(scope="module")
def dot():
    """A run of a small zinc-blende dot."""
    return run(catalogue.zb_dot(diameter="2.4 nm"), method=read_method(None, {"level": "envelope"}))


def test_a_run_has_the_level_its_states_and_light(dot):
    summary = dot.summary
    assert summary["level"] == dot.states.level == "envelope"
    assert len(summary["states"]["electron_eV"]) == 6 and len(summary["states"]["hole_eV"]) == 12
    assert summary["optics"]["overlap"] > 0.95 and summary["optics"]["alignment"] == "type I"
    assert 0.5 < summary["optics"]["radiative_lifetime_ns"] < 30.0
    assert summary["states"]["max_residual_eV"] < 1e-4


def test_states_are_orthonormal_and_levels_those_of_a_sphere(dot):
    states = dot.states
    flat = states.electron_coefficients[..., 0].reshape(6, -1).astype(float)
    assert np.abs(flat @ flat.T - np.eye(6)).max() < 0.02
    levels = states.electron_energies[::2]
    assert levels[2] - levels[1] < 0.02 < levels[1] - levels[0]


def test_a_finer_grid_moves_levels_by_no_more_than_a_millielectronvolt(dot):
    finer = solve_envelopes(envelope(dot.relaxed, method=EnvelopeMethod(spacing=1.8)), electrons=2, holes=2)
    assert finer.electron_energies[0] == pytest.approx(dot.states.electron_energies[0], abs=2e-3)
    assert finer.hole_energies[0] == pytest.approx(dot.states.hole_energies[0], abs=2e-3)


def test_odd_numbers_and_a_hole_that_is_not_held_are_refused():
    relaxed = relax(build(catalogue.zb_dot(diameter="1.5 nm")))
    with pytest.raises(InputError, match="even"):
        solve_envelopes(envelope(relaxed), electrons=3)
    shallow = EnvelopeMethod(outer_valence=-6.7)
    with pytest.raises(InputError, match="no bound hole"):
        solve_envelopes(envelope(relaxed, method=shallow), electrons=2, holes=2)


def test_a_field_that_closes_the_gap_is_refused():
    relaxed = relax(build(catalogue.zb_dot(diameter="2.4 nm")))
    strong = Surroundings(field=(0.0, 0.0, 1.0))
    with pytest.raises(InputError, match="below the first hole"):
        solve_envelopes(envelope(relaxed, around=strong), electrons=2, holes=2)


def test_both_levels_of_a_small_dot_agree_as_documented():
    method = replace(
        read_method(None, {"electrons": 4, "holes": 4}), pairs=PairMethod(interaction="first order")
    )
    found = compare_levels(catalogue.zb_dot(diameter="2.4 nm"), method=method)
    apart = found["difference"]
    assert found["atomistic"]["level"] == "atomistic" and found["envelope"]["level"] == "envelope"
    assert apart["states.gap_eV"] == pytest.approx(
        found["envelope"]["states"]["gap_eV"] - found["atomistic"]["states"]["gap_eV"]
    )
    assert 1e-4 < abs(apart["states.gap_eV"]) < 0.25
    assert apart["optics.alignment"] is True
    assert len(apart["states.electron_eV"]) == 4 and apart["states.electron_in_segment"] == pytest.approx(
        [0.0]
    )
