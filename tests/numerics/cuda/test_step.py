"""The kernel against the operator of the processor, term by term, in both precisions and sizes."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from epidot.errors import InternalError
from epidot.numerics.cuda import Gpu
from epidot.numerics.cuda.card import kernel_options, kernel_source
from epidot.numerics.cuda.layout import GROUP, compact_order, grouped_order, renumbered
from epidot.numerics.operator import block_tetrahedral
from epidot.numerics.rows import LANES

CLOSE = {np.float64: 1e-12, np.float32: 1e-5}


def general(particle, orbitals):
    """Random blocks on the particle's network, its hybrids among the first orbitals."""
    rng = np.random.default_rng(1)
    atoms = len(particle.neighbours)
    onsite = rng.normal(size=(atoms, orbitals, orbitals))
    excluded = np.zeros((atoms, 2, orbitals))
    excluded[:, :, :5] = particle.dangling
    hopping = rng.normal(size=(atoms, 4, orbitals, orbitals))
    return onsite + onsite.swapaxes(1, 2), hopping, particle.neighbours, rng.normal(size=atoms), excluded


def strained(particle):
    """The particle's two-centre bonds, and p shells without any symmetry."""
    shell = np.random.default_rng(1).normal(size=(len(particle.neighbours), 3, 3))
    onsite = particle.onsite.copy()
    onsite[:, 1:4, 1:4] += shell + shell.swapaxes(1, 2)
    return onsite, *particle.blocks[1:]


@pytest.fixture(params=["two-centre blocks", "5 orbitals", "10 orbitals"])
def operator(request, particles):
    """A dot with surface atoms of one and of two missing bonds."""
    particle = particles["disordered dot"]
    kind = request.param.split()[0]
    made = block_tetrahedral(*(general(particle, int(kind)) if kind.isdigit() else strained(particle)))
    assert set(made.missing) == {0, 1, 2}
    assert made.atoms % GROUP != 0  # the last block of threads is not full
    return made


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def both(request, operator, card):
    """The operator in one precision: on the processor, on the card, and the card."""
    gpu = Gpu(card)
    return operator.cast(request.param), gpu.place(operator).cast(request.param), gpu


def kept_panels(operator, count):
    """Panels of the kept space in the outer order, float64."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(count):
        x = operator.project(
            rng.normal(size=(operator.atoms, operator.orbitals, LANES)).astype(operator.dtype)
        )
        found.append(np.empty(x.shape))
        found[-1][operator.order] = x
    return found


def sent(operator, panel, gpu=None):
    inner = panel[operator.order].astype(operator.dtype)
    return inner if gpu is None else gpu.put(inner)


def outer(operator, panel):
    found = np.empty(panel.shape)
    found[operator.order] = panel
    return found


def agree(found, expected, dtype):
    size = np.abs(expected).max()
    assert size > 0.1
    assert np.abs(found - expected).max() < CLOSE[np.dtype(dtype).type] * size


def test_product_and_projection(both):
    cpu, cuda, gpu = both
    x = np.random.default_rng(0).normal(size=(cpu.atoms, cpu.orbitals, LANES))
    for name in ("apply", "project"):
        found = outer(cuda, gpu.take(getattr(cuda, name)(sent(cuda, x, gpu))))
        agree(found, outer(cpu, getattr(cpu, name)(sent(cpu, x))), cpu.dtype)
    assert cuda.dimension == cpu.dimension


@pytest.mark.parametrize("terms", [2, 4, 5])
def test_step_is_the_sum_of_its_terms(both, terms):
    cpu, cuda, gpu = both
    x, out, y, z = kept_panels(cpu, 4)
    lanes = np.linspace(-1.0, 1.0, LANES)
    weights = (0.7 + 0.1 * lanes, -0.3, -2.0, 1.1, 0.4 * lanes)[:terms]
    image = outer(cpu, cpu.apply(sent(cpu, x)))
    addends = (image, x, out, y, z)[:terms]
    expected = sum(weight * addend for weight, addend in zip(weights, addends, strict=True))
    target = sent(cuda, out, gpu)
    read = [sent(cuda, panel, gpu) for panel in (x, y, z)[: max(1, terms - 2)]]
    returned = cuda.step(target, read[0], weights, *read[1:])
    assert returned is target
    agree(outer(cuda, gpu.take(target)), expected, cpu.dtype)


@pytest.mark.parametrize("sources", [0, 1])
def test_recursion_is_made_of_steps(both, sources):
    _, cuda, gpu = both
    before, now, source = (sent(cuda, 1e-2 * panel, gpu) for panel in kept_panels(both[0], 3))
    first = (1.0, -0.4)
    second = np.stack(
        [cuda.lanes(*(0.2, -0.1, -1.0, -0.9, 0.5)[: 4 + sources]) * (1 + 0.1 * k) for k in range(3)]
    )
    panels = [gpu.put(gpu.take(panel)) for panel in (before, now)]
    for weights in second:
        inner = cuda.step(cuda.zeros(), panels[1], first)
        panels = [panels[1], cuda.step(panels[0], inner, weights, panels[1], *[source][:sources])]
    inner = cuda.zeros()
    cuda.recur(first, second, (inner, before, now), *[source][:sources])
    assert np.array_equal(gpu.take(before), gpu.take(panels[1]))  # after an odd number of steps
    assert np.array_equal(gpu.take(now), gpu.take(panels[0]))


def test_wrong_panels_are_refused(emulated_card, operator):
    gpu = Gpu(emulated_card)
    cuda = gpu.place(operator)
    x, out = cuda.zeros(), cuda.zeros()
    for bad in (
        lambda: cuda.step(x, x, (1.0, 0.0)),
        lambda: cuda.step(out, x, (1.0, 0.0, 1.0)),
        lambda: cuda.step(out, x.astype(np.float32), (1.0, 0.0)),
        lambda: cuda.step(out, x[:-1], (1.0, 0.0)),
        lambda: cuda.step(out, x[:, :, ::-1], (1.0, 0.0)),
    ):
        with pytest.raises(InternalError):
            bad()


def test_memory_is_known_in_advance(emulated_card, operator):
    gpu = Gpu(emulated_card)
    for dtype in (np.float32, np.float64):
        placed = gpu.place(operator).cast(dtype)
        held = sum(
            part.nbytes for part in (placed.entries, placed.neighbours, placed.excluded, placed.missing)
        )
        assert gpu.operator_bytes(operator, dtype) == held


def gathered(neighbours, size):
    """Rows that groups of consecutive atoms read, for each atom."""
    atoms = len(neighbours)
    starts = range(0, atoms, size)
    read = [np.union1d(neighbours[k : k + size], np.arange(k, min(k + size, atoms))) for k in starts]
    return sum(len(rows) for rows in read) / atoms


def test_groups_keep_bonds_inside(make_sphere):
    """Both sizes of groups read fewer rows beyond their own than the order of the processor makes them."""
    operator = block_tetrahedral(*make_sphere(26.0).blocks)
    order = compact_order(operator.neighbours)
    assert np.array_equal(np.sort(order), np.arange(operator.atoms))
    assert gathered(renumbered(operator.neighbours, order), GROUP) < 0.75 * gathered(
        operator.neighbours, GROUP
    )
    large = renumbered(operator.neighbours, grouped_order(operator.neighbours, 250))
    assert gathered(large, 250) < 0.9 * gathered(operator.neighbours, 250)


@pytest.mark.parametrize(("orbitals", "two_centre"), [(5, True), (5, False), (10, False)])
def test_the_text_is_cuda_and_spills_no_register(tmp_path, orbitals, two_centre):
    compiler = shutil.which("nvcc")
    if compiler is None:
        pytest.skip("no nvcc: the text cannot be compiled for a card")
    (tmp_path / "step.cu").write_text(kernel_source())
    command = [
        compiler,
        *kernel_options(orbitals, np.float32, two_centre),
        "-arch=sm_90",
        "-Xptxas=-v",
        "-cubin",
    ]
    command += ["-o", "step.cubin", "step.cu"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stderr
    assert "0 bytes spill stores, 0 bytes spill loads" in told
