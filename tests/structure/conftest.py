"""What several test files of the builder share: short ways to a particle and judges that know the answer."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from epidot.design import from_dict
from epidot.structure import build


def _module(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def design():
    """Function of a root and further keys: the design."""

    def make(root, **rest):
        return from_dict({"schema": "epidot-design/1", "name": "particle", "root": root, **rest})

    return make


@pytest.fixture(scope="session")
def made(design):
    """Function of a root and further keys: the structure."""
    return lambda root, **rest: build(design(root, **rest))


@pytest.fixture(scope="session")
def check_network():
    """One network, cation–anion bonds only, ideal angles, nothing missing inside, nothing too close."""
    return _module("test_network_laws").check_network


@pytest.fixture(scope="session")
def space_group():
    """Function of a structure and a cell, `cubic` or `hexagonal`: what spglib finds."""
    return _module("test_judges").space_group


@pytest.fixture(scope="session")
def atoms_of():
    """Function of a structure and segment names: mask (atom,) of the atoms in them."""

    def mask(structure, *names):
        return np.isin(structure.segment, [structure.segments.index(name) for name in names])

    return mask
