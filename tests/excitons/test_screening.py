"""Penn's gap and dielectric constant against their own definition and limits."""

import numpy as np
import pytest

from epidot import materials
from epidot.excitons.screening import Bulk, Penn, _free_electrons, penn_gap


@pytest.mark.parametrize("compound", ["CdS", "CdSe", "CdTe", "ZnSe"])
def test_bulk_limit_and_order(compound):
    bulk = Bulk().dielectric(compound, 10.0)
    assert bulk == materials.dielectric(compound) > 4
    sizes = [Penn().dielectric(compound, radius) for radius in (5.0, 10.0, 20.0, 40.0, 1e6)]
    assert (np.diff(sizes) > 0).all()
    assert sizes[-1] == pytest.approx(bulk, rel=1e-9)
    # ε_b − ε(R) falls as 1/R², because the opening of the gap falls as 1/R.
    small, large = bulk - Penn().dielectric(compound, 400.0), bulk - Penn().dielectric(compound, 200.0)
    assert large / small == pytest.approx(4.0, rel=1e-3)


def test_gap_solves_penns_equation():
    _, fermi, plasma = _free_electrons(6.052)
    gap = penn_gap(6.2, fermi, plasma)
    part = gap / (4 * fermi)
    assert 1 + (plasma / gap) ** 2 * (1 - part + part**2 / 3) == pytest.approx(6.2, rel=1e-12)
    # Silicon, Penn's own case: a = 5.431 Å and ε = 12 give a gap of 4.8 eV.
    assert penn_gap(12.0, *_free_electrons(5.431)[1:]) == pytest.approx(4.8, abs=0.1)


def test_free_electrons_of_silicon():
    wave, fermi, plasma = _free_electrons(5.431)
    # 0.2 valence electrons per Å3: ħω_p 16.6 eV, E_F 12.5 eV (Kittel, Introduction to Solid State Physics).
    assert plasma == pytest.approx(16.6, abs=0.05)
    assert fermi == pytest.approx(12.5, abs=0.05)
    assert wave == pytest.approx(1.81, abs=0.01)
