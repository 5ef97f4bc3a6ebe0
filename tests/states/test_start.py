"""A solution that begins with known states: less work, the same states."""

from __future__ import annotations

import numpy as np
import pytest

import epidot as ed
from epidot.design import from_dict
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding import TightBindingMethod, tight_binding
from epidot.pipeline.means import Means
from epidot.states import solve, start_from


def hamiltonian(diameter, **method):
    root = {"kind": "dot", "material": "CdSe", "diameter": f"{diameter} nm"}
    structure = ed.build(from_dict({"schema": "epidot-design/1", "name": "dot", "root": root}))
    return tight_binding(ed.relax(structure), method=TightBindingMethod(**method))


def counted(h, **options):
    texts = []
    found = solve(h, electrons=4, holes=4, progress=lambda _part, text: texts.append(text), **options)
    return found, sum("blocks" in text or "looking" in text for text in texts)


def test_states_of_a_smaller_dot_start_those_of_a_larger(monkeypatch):
    monkeypatch.setattr("epidot.numerics.filtered.FilteredLanczos.dense_below", 0, raising=False)
    small, large = hamiltonian(2.6), hamiltonian(2.7)
    assert len(small.onsite) != len(large.onsite)
    known, _ = counted(small)
    start = start_from(known, large)
    # Most of each state is there already.
    weights = np.square(start.above.astype(float)).sum(axis=(1, 2, 3))
    assert (weights > 0.9).all() and (weights < 1.0 + 1e-6).all()
    plain, _ = counted(large)
    begun, _ = counted(large, start=start)
    assert np.abs(begun.electron_energies - plain.electron_energies).max() < 1e-8
    assert np.abs(begun.hole_energies - plain.hole_energies).max() < 1e-8


def test_states_of_another_basis_are_refused():
    known, _ = counted(hamiltonian(2.0))
    with pytest.raises(InputError, match="orbitals"):
        start_from(known, hamiltonian(2.0, parameters="sp3d5s_star_T0"))


def test_partial_work_comes_back_and_damage_is_nothing(tmp_path):
    h = hamiltonian(2.0)
    known, _ = counted(h)
    start = start_from(known, h)
    means = Means(partial=tmp_path / "states.npz")
    assert means.read_partial() is None
    means.write_partial(start)
    back = means.read_partial()
    assert back.gap == start.gap and np.array_equal(back.above, start.above)
    (tmp_path / "states.npz").write_bytes((tmp_path / "states.npz").read_bytes()[:100])
    assert means.read_partial() is None
