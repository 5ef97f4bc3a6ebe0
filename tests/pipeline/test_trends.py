"""The examples of trends run on small particles, and what they assert holds."""

import runpy
from pathlib import Path

import pytest

TRENDS = Path(__file__).parents[2] / "examples" / "trends"


@pytest.mark.parametrize("path", sorted(TRENDS.glob("*.py")), ids=lambda path: path.stem)
def test_the_trend_holds(path, tmp_path, capsys):
    # Each prints a table, asserts the trend and draws one figure.
    runpy.run_path(str(path))["main"](tmp_path, quick=True)
    assert capsys.readouterr().out.count("\n") >= 4
    assert (tmp_path / f"{path.stem}.png").stat().st_size > 10_000
    assert (tmp_path / f"{path.stem}.svg").stat().st_size > 5_000
