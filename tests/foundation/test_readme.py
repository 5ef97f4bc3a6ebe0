"""The README's Python example runs."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_python_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    # The same lines on a smaller particle.
    small = code.replace('"3 nm"', '"1.5 nm"').replace('"4 nm"', '"1.5 nm"')
    assert small != code
    exec(compile(small, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("type")
    assert (tmp_path / "out" / "report.html").stat().st_size > 100_000


def test_every_linked_file_exists():
    for target in re.findall(r"\]\(([^)]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).exists(), target
