"""The whole eigensolver with its vectors on a card: the same states as on the processor."""

from __future__ import annotations

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.numerics.cuda import Gpu
from epidot.numerics.eigenpairs import Start, Target
from epidot.numerics.filtered import FilteredLanczos
from epidot.numerics.operator import block_tetrahedral
from epidot.numerics.rows import COLUMNS
from epidot.pipeline.bench import machine

ITERATIVE = FilteredLanczos(dense_below=0)


@pytest.fixture(scope="module")
def dot(make_sphere):
    """Its operator, and what is asked for."""
    particle = make_sphere(12.0)
    return block_tetrahedral(*particle.blocks), Target(particle.edges, 3, 3)


@pytest.fixture(scope="module")
def on_processor(dot):
    return ITERATIVE.solve(*dot)


def residuals(operator, band):
    """‖H v − E v‖ by the processor."""
    panel = np.zeros((operator.atoms, operator.orbitals, 4, COLUMNS))
    panel[..., : len(band.energies)] = np.moveaxis(band.vectors[:, operator.order], 0, -1)
    image = operator.apply(panel.reshape(operator.atoms, operator.orbitals, -1)).reshape(panel.shape)
    energies = np.pad(band.energies, (0, COLUMNS - len(band.energies)))
    return np.linalg.norm((image - panel * energies).reshape(-1, COLUMNS), axis=0)[: len(band.energies)]


def test_states_are_those_of_the_processor(dot, on_processor, card):
    operator, target = dot
    found = ITERATIVE.solve(operator, target, device=Gpu(card))
    for here, there in ((on_processor.above, found.above), (on_processor.below, found.below)):
        assert np.abs(here.energies - there.energies).max() < 1e-10
        assert there.residuals.max() < ITERATIVE.tolerance
        assert np.abs(residuals(operator, there) - there.residuals).max() < 1e-10


def test_nothing_else_runs_on_the_processor(dot, emulated_card):
    operator, target = dot
    before = emulated_card.launches
    found = ITERATIVE.solve(operator, target, device=Gpu(emulated_card))
    # Each launch serves four columns; projections and measured residuals come on top.
    assert emulated_card.launches - before >= found.applications // 4


def test_known_states_are_begun_with(dot, on_processor, emulated_card):
    """Vectors found on the processor go to the card in the order of its atoms."""
    operator, target = dot
    gap = float(on_processor.below.energies[0]), float(on_processor.above.energies[0])
    known = (band.vectors.astype(np.float32) for band in (on_processor.above, on_processor.below))
    found = ITERATIVE.solve(operator, target, device=Gpu(emulated_card), start=Start(gap, *known))
    assert np.abs(found.above.energies - on_processor.above.energies).max() < 1e-10
    assert np.abs(found.below.energies - on_processor.below.energies).max() < 1e-10


def test_too_small_a_card_is_told_before_starting(dot, emulated_card, monkeypatch):
    operator, target = dot
    monkeypatch.setattr(emulated_card, "total", 10**6)
    before = emulated_card.launches
    with pytest.raises(InputError, match=r"needs 0\.\d+ GB on emulated card, where 0\.00 GB are free"):
        ITERATIVE.solve(operator, target, device=Gpu(emulated_card))
    assert emulated_card.launches == before


def test_a_card_that_runs_full_is_an_input_error(dot, emulated_card, monkeypatch):
    def full(*_arguments):
        raise MemoryError

    monkeypatch.setattr(emulated_card.arrays, "zeros", full)
    with pytest.raises(InputError, match="memory"):
        ITERATIVE.solve(*dot, device=Gpu(emulated_card))


def test_the_bench_names_the_card(emulated_card, monkeypatch):
    monkeypatch.setattr(emulated_card, "total", 10**8)
    found = machine(Gpu(emulated_card))["gpu"]
    assert found["name"] == emulated_card.name and found["memory_GB"] == 0.1
    assert found["copy_GBps"] > 0.0
