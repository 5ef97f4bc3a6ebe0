"""The hand-made particles of tests/excitons, shared, and random alloys."""

import importlib.util
from pathlib import Path

import pytest


def _module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_here = Path(__file__).parent
_particles = _module(_here.parent / "excitons" / "conftest.py")

make, dot = _particles.make, _particles.dot


@pytest.fixture(scope="session")
def alloyed():
    """Function of a fraction of S and a seed: the structure of a CdSe-CdS dot."""
    return _module(_here / "alloyed.py").alloyed
