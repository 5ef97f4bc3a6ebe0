"""What a person hears when a card, its driver or CuPy is missing, or its memory runs out."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.numerics.cuda.card import CupyCard, find_card, kernel_options, kernel_source


class CudaError(RuntimeError):
    """As CuPy's."""


class OutOfMemory(MemoryError):
    """As CuPy's."""


def raising():
    raise CudaError("driver version is insufficient")


class FakeCupy(SimpleNamespace):
    """The part of CuPy that a card is found with; a device of 8 GB, 1 free and 2 kept by the pool."""

    def __init__(self, count):
        self.compiled, self.launched, self.emptied = [], [], 0
        properties = {"name": b"Test Card 8"}
        device = SimpleNamespace(id=0, mem_info=(10**9, 8 * 10**9), synchronize=lambda: None)
        self.cuda = SimpleNamespace(
            runtime=SimpleNamespace(
                CUDARuntimeError=CudaError,
                getDeviceCount=count,
                getDeviceProperties=lambda _device: properties,
            ),
            Device=lambda: device,
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemory),
        )
        pool = SimpleNamespace(free_bytes=lambda: 2 * 10**9, free_all_blocks=self.empty)
        self.get_default_memory_pool = lambda: pool

    def empty(self):
        self.emptied += 1

    def RawModule(self, code, options):
        self.compiled.append((code, options))
        return SimpleNamespace(get_function=lambda name: lambda *call: self.launched.append((name, *call)))


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (None, ("CuPy", "epidot[gpu]")),
        (FakeCupy(raising), ("no CUDA device answers", "driver version is insufficient")),
        (FakeCupy(lambda: 0), ("no CUDA device is visible",)),
    ],
)
def test_no_card(monkeypatch, module, words):
    monkeypatch.setitem(sys.modules, "cupy", module)
    with pytest.raises(InputError) as caught:
        find_card()
    assert caught.value.name == "device" and "--device cpu" in caught.value.cure
    assert all(word in str(caught.value) for word in words)


def test_a_card_is_named_and_compiles_each_kernel_once(monkeypatch):
    module = FakeCupy(lambda: 1)
    monkeypatch.setitem(sys.modules, "cupy", module)
    card = find_card()
    assert card.name == "Test Card 8"
    assert card.memory() == (3 * 10**9, 8 * 10**9)
    for _ in range(2):
        card.kernel(5, np.float32, True)(7, 256, ("arguments",))
    card.kernel(10, np.float64, False)
    assert module.compiled == [
        (kernel_source(), kernel_options(5, np.float32, True)),
        (kernel_source(), kernel_options(10, np.float64, False)),
    ]
    assert module.launched == [("block_step", (7,), (256,), ("arguments",))] * 2


def test_a_full_card_is_told_and_given_back():
    module = FakeCupy(lambda: 1)
    card = CupyCard(module)
    with pytest.raises(InputError) as caught, card.refusing_when_full():
        raise OutOfMemory("wanted 9 GB")
    assert "3.0 of 8.0 GB" in caught.value.rule and "wanted 9 GB" in caught.value.rule
    with pytest.raises(ZeroDivisionError), card.refusing_when_full():
        raise ZeroDivisionError
    assert module.emptied == 2
