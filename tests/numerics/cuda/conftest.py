"""A card that is none: the text of the kernel compiled as C++ and run thread after thread, arrays that
refuse to meet host arrays as those of a card do."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest

from epidot.errors import InputError
from epidot.numerics.cuda.card import find_card, kernel_options, kernel_source

COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
BEFORE = """
#include <cstddef>
#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(n)
struct Index { int x; };
static Index blockIdx, threadIdx;
"""
AFTER = """
extern "C" void launch(int grid, int block, const Four* entries, const int* neighbours,
                       const REAL* excluded, const signed char* missing, const Four* weights,
                       const Four* x, Four* out, const Four* y, const Four* z, int terms, int atoms) {
    for (blockIdx.x = 0; blockIdx.x < grid; ++blockIdx.x)
        for (threadIdx.x = 0; threadIdx.x < block; ++threadIdx.x)
            block_step(entries, neighbours, excluded, missing, weights, x, out, y, z, terms, atoms);
}
"""


class DeviceArray(np.ndarray):
    """Meets numbers and its own kind only."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        refuse_host_arrays(ufunc, (inputs, out))
        if out:
            options["out"] = tuple(a.view(np.ndarray) for a in out)
        found = getattr(ufunc, method)(*(plain(a) for a in inputs), **options)
        return out[0] if out else as_device(found)

    def __array_function__(self, function, types, args, kwargs):
        refuse_host_arrays(function, (args, kwargs))
        found = super().__array_function__(function, types, args, kwargs)
        return as_device(found) if isinstance(found, np.ndarray) else found

    def __setitem__(self, key, value):
        refuse_host_arrays(np.copyto, value)
        self.view(np.ndarray)[key] = plain(value)


def on_device(array):
    return isinstance(array, DeviceArray)


def plain(value):
    return value.view(np.ndarray) if isinstance(value, np.ndarray) else value


def refuse_host_arrays(function, values):
    if isinstance(values, list | tuple):
        for value in values:
            refuse_host_arrays(function, value)
    elif isinstance(values, dict):
        refuse_host_arrays(function, list(values.values()))
    elif isinstance(values, np.ndarray) and not on_device(values) and values.ndim:
        raise TypeError(f"{function.__name__} of a host array and an array of the card")


def as_device(value):
    return np.asarray(value).view(DeviceArray)


def as_host(array):
    if not on_device(array):
        raise TypeError("asnumpy of a host array")
    return array.view(np.ndarray).copy()


class EmulatedCard:
    """`epidot.numerics.cuda.card.Card` on the processor, with as much memory as it is told."""

    name = "emulated card"

    def __init__(self, folder, total=10**9):
        self.folder, self.total, self.launches = folder, total, 0
        self.arrays = SimpleNamespace(
            zeros=lambda shape, dtype: np.zeros(shape, dtype).view(DeviceArray),
            asarray=lambda values: np.array(values).view(DeviceArray),
            asnumpy=as_host,
        )

    def kernel(self, orbitals, dtype, two_centre):
        options = kernel_options(orbitals, dtype, two_centre)
        library = self.folder / f"step{''.join(options)}.so"
        if not library.exists():
            source = library.with_suffix(".cpp")
            source.write_text(BEFORE + kernel_source() + AFTER)
            # Signed zeros, unknown pragmas and the like are CUDA's own affair; errors are not.
            flags = ["-O1", "-w", "-shared", "-fPIC", *options]
            subprocess.run([COMPILER, *flags, source, "-o", library], check=True)
        launch = ctypes.CDLL(str(library)).launch

        def run(grid, block, arguments):
            self.launches += 1
            arrays = [a for a in arguments if isinstance(a, np.ndarray)]
            assert all(on_device(a) and a.flags.c_contiguous for a in arrays)
            pointers = [ctypes.c_void_p(a.ctypes.data) for a in arrays]
            numbers = [ctypes.c_int(int(a)) for a in arguments[len(arrays) :]]
            launch(ctypes.c_int(grid), ctypes.c_int(block), *pointers, *numbers)

        return run

    def memory(self):
        return self.total, self.total

    def synchronise(self):
        """Threads have run one after the other."""

    @contextlib.contextmanager
    def refusing_when_full(self):
        try:
            yield
        except MemoryError as error:
            raise InputError("device", self.name, "ran out of memory", "Use a larger card") from error


@pytest.fixture(scope="session")
def emulated_card(tmp_path_factory):
    if COMPILER is None:
        pytest.skip("no C++ compiler: the text of the kernel cannot be run")
    return EmulatedCard(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="session")
def real_card():
    """A CUDA device; without one the test is skipped and says why."""
    try:
        return find_card()
    except InputError as error:
        pytest.skip(f"no GPU: {error.rule}")


@pytest.fixture(params=["emulated", "real"])
def card(request):
    """Both in turn."""
    return request.getfixturevalue(f"{request.param}_card")
