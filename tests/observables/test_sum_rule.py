"""The f-sum of valence electrons from the bonds against the transitions of the whole Brillouin zone."""

import numpy as np
import pytest

from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.hamiltonian.tight_binding.bulk import bloch, unit_cell
from epidot.hamiltonian.tight_binding.parameters import parameters
from epidot.observables.sum_rule import f_sum, f_sum_per_pair, zone
from epidot.units import HBAR2_OVER_2M


@pytest.mark.parametrize(("compound", "name"), [("CdSe", "sp3s_star_T300"), ("CdTe", "sp3d5s_star_T0")])
def test_all_transitions_of_the_bulk_hold_the_sum(compound, name):
    method = TightBindingMethod(parameters=name)
    cell = unit_cell(compound, "zb", method=method)
    table, points, step = parameters(cell.names, method), zone(compound, method), 1e-4
    energies, vectors = np.linalg.eigh(bloch(cell, table, points))
    strength = 0.0
    for axis in np.eye(3):
        slope = bloch(cell, table, points + step * axis) - bloch(cell, table, points - step * axis)
        moved = vectors.conj().transpose(0, 2, 1) @ (slope / (2 * step)) @ vectors
        gaps = energies[:, 8:, None] - energies[:, None, :8]
        # f = |⟨c|∂H/∂k|v⟩|²/(3 (ħ²/2m) (E_c − E_v)), the velocity form.
        strength += (abs(moved[:, 8:, :8]) ** 2 / gaps).sum(axis=(1, 2)).mean() / (3 * HBAR2_OVER_2M)
    assert 2 < strength < 16
    assert f_sum_per_pair(compound, name) == pytest.approx(strength, rel=1e-3)


def test_particles_have_the_sum_of_their_pairs(make):
    positions, cation = make.sphere(12.0)
    half = (positions[:, 2] > 0).astype(int)
    structure = make.particle(positions, cation, half, ("CdSe", "CdS")).structure
    one, other = (f_sum_per_pair(name, "sp3s_star_T300") for name in ("CdSe", "CdS"))
    expected = 0.5 * ((half == 0).sum() * one + (half == 1).sum() * other)
    assert f_sum(structure, "sp3s_star_T300") == pytest.approx(expected)
    assert one != pytest.approx(other, rel=1e-3)
