"""The hand-made particles of tests/excitons, shared."""

import importlib.util
from pathlib import Path

_path = Path(__file__).parents[1] / "excitons" / "conftest.py"
_spec = importlib.util.spec_from_file_location("particles", _path)
_particles = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_particles)

make, dot = _particles.make, _particles.dot
