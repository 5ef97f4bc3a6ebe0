"""The word after --device: what it means, and what is said where there is no card."""

from __future__ import annotations

import subprocess
import sys

import pytest

from epidot.errors import InputError
from epidot.numerics.cuda import Gpu, find_card
from epidot.numerics.device import CPU
from epidot.pipeline.device import choose_device


def card_is_there():
    try:
        find_card()
    except InputError:
        return False
    return True


without_card = pytest.mark.skipif(card_is_there(), reason="a graphics card answers")


def epidot(*words, cwd):
    command = [sys.executable, "-m", "epidot.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@without_card
def test_no_card_is_an_error_unless_a_fallback_is_asked_for():
    with pytest.raises(InputError, match="auto"):
        choose_device("gpu")
    device, note = choose_device("auto")
    assert device is CPU and "processor" in note
    assert choose_device("cpu") == (CPU, "")


@pytest.mark.skipif(not card_is_there(), reason="no graphics card")
def test_the_card_is_taken():
    assert isinstance(choose_device("gpu")[0], Gpu)
    assert isinstance(choose_device("auto")[0], Gpu)


@without_card
@pytest.mark.parametrize("words", [("run", "dot.yaml", "-o", "out"), ("bench", "eigen", "--atoms", "500")])
def test_the_command_refuses_in_one_message(tmp_path, words):
    text = "schema: epidot-design/1\nname: dot\nroot: {kind: dot, material: CdSe, diameter: 1.8 nm}\n"
    (tmp_path / "dot.yaml").write_text(text)
    for device, word in (("gpu", "--device cpu"), ("moon", "cpu, gpu, auto")):
        refused = epidot(*words, "--device", device, cwd=tmp_path)
        assert refused.returncode == 2 and refused.stdout == ""
        assert word in refused.stderr and "Traceback" not in refused.stderr
        assert not (tmp_path / "out").exists()


def test_what_runs_on_the_processor_only_says_so(monkeypatch):
    from epidot.pipeline.bench import bench

    class Card:
        name = "some card"

    with pytest.raises(InputError, match="build"):
        bench("build", 1000, device=Card())
