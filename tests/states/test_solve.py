"""The states stage: order, pairs, gauge, weights, errors."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest

from epidot.design import catalogue
from epidot.errors import ConvergenceError, InputError
from epidot.hamiltonian.tight_binding import tight_binding
from epidot.hamiltonian.tight_binding.model import TightBinding
from epidot.numerics.band import BandSearch
from epidot.numerics.filtered import FilteredLanczos
from epidot.relaxation import relax
from epidot.states import Solver, solve
from epidot.structure import build


@pytest.fixture(scope="module")
def states(hamiltonian):
    return solve(hamiltonian, electrons=6, holes=4)


def spinors(coefficients):
    return coefficients[..., 0].astype(complex) + 1j * coefficients[..., 1]


def test_sorted_from_the_gap_outwards(states):
    assert states.electron_energies.shape == (6,)
    assert states.hole_energies.shape == (4,)
    assert (np.diff(states.electron_energies) >= 0).all()
    assert (np.diff(states.hole_energies) <= 0).all()
    assert states.electron_energies[0] - states.hole_energies[0] > 1.7
    assert states.level == "atomistic"


def test_partners_are_exactly_degenerate_and_time_reversed(states):
    for energies, coefficients in (
        (states.electron_energies, states.electron_coefficients),
        (states.hole_energies, states.hole_coefficients),
    ):
        assert np.array_equal(energies[0::2], energies[1::2])
        assert (np.abs(np.diff(energies[0::2])) > 1e-6).all()
        psi = spinors(coefficients)
        assert np.array_equal(psi[1::2, ..., 0], -psi[0::2, ..., 1].conj())
        assert np.array_equal(psi[1::2, ..., 1], psi[0::2, ..., 0].conj())


def test_orthonormal(states):
    psi = spinors(np.concatenate([states.electron_coefficients, states.hole_coefficients])).reshape(10, -1)
    assert np.abs(psi @ psi.conj().T - np.eye(10)).max() < 1e-6


def test_residuals_are_reported_and_small(states):
    worst = max(states.electron_residuals.max(), states.hole_residuals.max())
    assert 0.0 < worst <= 1e-6


def test_they_solve_the_eigenvalue_equation_away_from_the_surface(states, hamiltonian):
    """On s and s* of an atom without hybrids no spin–orbit term acts: H ψ = E ψ written out by hand."""
    inside = np.flatnonzero((hamiltonian.neighbours >= 0).all(axis=1))
    touched = (hamiltonian.dangling != 0).any(axis=(1, 2))
    deep = next(i for i in inside if not touched[hamiltonian.neighbours[i]].any())
    for energy, psi in zip(states.electron_energies, spinors(states.electron_coefficients), strict=True):
        image = hamiltonian.onsite[deep] @ psi[deep]
        for slot, near in enumerate(hamiltonian.neighbours[deep]):
            image = image + hamiltonian.hopping[deep, slot] @ psi[near]
        assert np.abs(image[[0, 4]]).max() > 1e-3
        assert np.abs(image[[0, 4]] - energy * psi[deep][[0, 4]]).max() < 2e-6


def test_segment_weights(states, hamiltonian):
    right = hamiltonian.relaxed.positions[:, 0] >= 0
    weights = (np.abs(spinors(states.electron_coefficients)) ** 2).sum(axis=(2, 3))
    assert np.allclose(states.electron_in_segment.sum(axis=1), 1.0)
    assert np.allclose(states.electron_in_segment[:, 1], weights[:, right].sum(axis=1), atol=1e-6)
    assert 0.2 < states.hole_in_segment[0, 0] < 0.8


def test_gauge_is_fixed_by_the_largest_site(states):
    for coefficients in (states.electron_coefficients, states.hole_coefficients):
        for psi in coefficients[0::2]:
            flat = psi.reshape(-1, 4)
            largest = flat[np.argmax((flat**2).sum(axis=1))]
            assert largest[0] > 0
            assert np.abs(largest[1:]).max() < 1e-6


def test_two_runs_give_the_same_arrays_and_two_seeds_the_same_states(states, hamiltonian):
    again = solve(hamiltonian, electrons=6, holes=4)
    other = solve(hamiltonian, electrons=6, holes=4, method=Solver(seed=9))
    assert np.array_equal(states.electron_coefficients, again.electron_coefficients)
    assert np.array_equal(states.hole_coefficients, again.hole_coefficients)
    assert np.abs(states.electron_coefficients - other.electron_coefficients).max() < 1e-5


@pytest.mark.parametrize("count", [0, 3, -2])
def test_counts_are_even(hamiltonian, count):
    with pytest.raises(InputError) as caught:
        solve(hamiltonian, holes=count)
    assert caught.value.name == "holes"


def test_blocks_that_are_not_numbers(hamiltonian):
    given = {field.name: getattr(hamiltonian, field.name) for field in fields(TightBinding)}
    onsite = given.pop("onsite").copy()
    onsite[7, 2, 2] = np.nan
    with pytest.raises(InputError, match=r"\(7, 2, 2\)"):
        solve(TightBinding(onsite=onsite, **given), electrons=2, holes=2)


def test_progress_is_passed_on(hamiltonian):
    told = []
    solve(hamiltonian, electrons=2, holes=2, progress=lambda part, _text: told.append(part))
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_many_holes_of_a_small_dot():
    """States whose rough residuals are noise once took the places of those still sought."""
    dot = catalogue.zb_dot(material="CdSe", diameter="3 nm")
    found = solve(tight_binding(relax(build(dot))), electrons=8, holes=32)
    assert max(found.electron_residuals.max(), found.hole_residuals.max()) < 1e-6
    # The top of the valence band in Td: pairs come as Γ8 or alone.
    assert np.abs(found.hole_energies[0] - found.hole_energies[3]) < 1e-5


def test_window_stays_in_the_spectrum(dot, monkeypatch):
    """Sixty pairs fill a space slowly: their window once grew to a thousand million eV, and overflowed."""
    ends: list[float] = []
    place = BandSearch._place

    def watched(search):
        where, degree = place(search)
        low, high = search.work.bounds
        ends.extend([where.centre - where.half - low, high - where.centre - where.half])
        return where, degree

    monkeypatch.setattr(BandSearch, "_place", watched)
    short = partial(FilteredLanczos, restarts=2)
    monkeypatch.setattr(sys.modules[solve.__module__], "FilteredLanczos", short)
    with suppress(ConvergenceError):
        solve(dot(14.0), electrons=4, holes=120)
    assert min(ends) > -1e-6


@pytest.mark.parametrize("pairs", [2, 24])
def test_states_of_open_bonds_are_refused(hamiltonian, pairs):
    """Without the projection the dangling hybrids stand in the gap, as on a bare surface."""
    bare = replace(hamiltonian, dangling=np.zeros_like(hamiltonian.dangling))
    with pytest.raises(
        InputError, match=r"1\.60\d eV has 9\d% .* open bonds: surface states stand in the gap"
    ):
        solve(bare, electrons=2, holes=pairs)


def test_bands_that_overlap(hamiltonian, monkeypatch):
    """What stands where no gap is wide enough is named, and that it is no surface state."""
    demanding = partial(FilteredLanczos, smallest_gap=4.0)
    monkeypatch.setattr(sys.modules[solve.__module__], "FilteredLanczos", demanding)
    with pytest.raises(InputError, match=r"no interval of 4\.0 eV is free of states.*bands that overlap"):
        solve(hamiltonian, electrons=2, holes=2)
