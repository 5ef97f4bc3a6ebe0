"""How many states a spectrum needs, against levels that are counted, and the errors before the work."""

import dataclasses

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.excitons import PairMethod, excite
from epidot.observables import Light, absorption
from epidot.observables.reach import check_reach, states_needed

WIDE = 30


def box(count, unit):
    """Levels (eV) of a cubic box above the band's edge, spin counted, lowest first."""
    axes = np.arange(1, WIDE) ** 2
    every = np.sort((axes[:, None, None] + axes[:, None] + axes).ravel())
    return unit * np.repeat(every[: count // 2], 2)


@pytest.fixture(scope="module")
def levels(dot):
    """Function: the hand-made dot with the levels of a box."""

    def build(electrons, holes):
        states = dataclasses.replace(
            dot,
            bulk_edges={"CdSe": {"zb": [0.0, 1.7], "wz": [0.0, 1.7]}},
            electron_energies=1.7 + box(electrons, 0.05),
            hole_energies=-box(holes, 0.01),
            electron_coefficients=np.repeat(dot.electron_coefficients[:1], electrons, axis=0),
            hole_coefficients=np.repeat(dot.hole_coefficients[:1], holes, axis=0),
            electron_residuals=np.zeros(electrons),
            hole_residuals=np.zeros(holes),
            electron_in_segment=np.repeat(dot.electron_in_segment[:1], electrons, axis=0),
            hole_in_segment=np.repeat(dot.hole_in_segment[:1], holes, axis=0),
        )
        return excite(states, method=PairMethod(panels=200, interaction="first order"))

    return build


def test_counts_are_those_of_a_box(levels):
    pairs = levels(14, 28)
    valence = pairs.states.hole_energies
    attraction = float(pairs.first_order[0, 0] - pairs.states.electron_energies[0] + valence[0])
    for reach in (0.5, 1.0):
        end = float(pairs.first_order[0, 0]) + reach
        found = states_needed(pairs, end)
        lowest = 3.0 * 0.05, 3.0 * 0.01
        true = [
            int((box(4000, unit) <= low + reach).sum())
            for unit, low in zip((0.05, 0.01), lowest, strict=True)
        ]
        assert all(1 / 1.6 < one / two < 1.6 for one, two in zip(found, true, strict=True)), (found, true)
    assert states_needed(pairs, 1.7 + attraction) == (14, 28)
    assert all(count % 2 == 0 for count in states_needed(pairs, 4.0))
    assert states_needed(pairs, 4.0, shift=0.1) < states_needed(pairs, 4.0)


def test_levels_at_one_energy_still_give_a_number(levels):
    found = states_needed(levels(2, 2), 6.0)
    assert all(2 < count < 10_000 for count in found)


def test_too_few_states_are_refused_with_what_would_do(levels):
    pairs = levels(14, 28)
    check_reach(pairs.states, None)
    check_reach(pairs.states, 0.1)
    with pytest.raises(InputError, match="14 electron and 28 hole states") as early:
        check_reach(pairs.states, 1.0)
    assert "Ask for about" in early.value.cure
    with pytest.raises(InputError, match="up to 0") as late:
        absorption(pairs, method=Light(complete=1.0))
    assert late.value.name == "method.light.complete"
    light = absorption(pairs, method=Light(complete=0.02))
    assert light.complete_to >= light.absorption_edge + 0.02
    with pytest.raises(InputError, match="complete"):
        Light(complete=0.0)
