"""The benchmark of pair states at its smallest size: what its JSON holds and what its numbers must obey."""

import importlib
import json

import pytest

from epidot.errors import InputError
from epidot.pipeline import dump_json

bench = importlib.import_module("epidot.pipeline.bench")


def test_bench_of_excitons(monkeypatch):
    # Measuring the machine takes seconds, and so do more states; what is compiled is compiled by the first.
    monkeypatch.setattr(bench, "machine", lambda _device: {"cores": 1})
    monkeypatch.setattr(bench, "ELECTRONS", 2)
    monkeypatch.setattr(bench, "HOLES", 4)
    calls = []
    timed, chosen = bench._paired, bench.BENCHES["excitons"]

    def counted(states, device):
        calls.append(timed(states, device))
        return calls[-1]

    monkeypatch.setitem(bench.BENCHES, "excitons", bench.Bench(chosen.particle, chosen.prepare, counted))
    found = json.loads(dump_json(bench.bench("excitons", bench.LIMITS[0])))
    assert (found["name"], found["exponent"], found["ratios"]) == ("excitons", None, {})
    (row,) = found["rows"]
    stages = [*bench.PARTS.values(), "light_s"]
    assert len(set(stages)) > 2 and all(name.endswith("_s") for name in stages)
    counted_too = {"atoms", "seconds", "electrons", "holes", "pairs", "peak_memory_GB"}
    assert set(row) == counted_too | set(stages)
    assert (row["electrons"], row["holes"], row["pairs"]) == (2, 4, 8)
    assert 500 < row["atoms"] < 1500
    parts = [row[name] for name in stages]
    assert min(parts) > 0.0 and 0.5 * row["seconds"] < sum(parts) <= row["seconds"] * (1.0 + 1e-9)
    # States are made off the clock, and the first particle only compiles.
    assert len(calls) == 2 and row["seconds"] == calls[1]["seconds"]
    assert 0.05 < row["peak_memory_GB"] < 5.0


def test_sizes_and_places_that_make_no_sense():
    with pytest.raises(InputError, match="must be 200"):
        bench.bench("excitons", 10)
    with pytest.raises(InputError, match="not a benchmark"):
        bench.bench("exciton")
