"""Runs: the contract of their files, reuse, damage, interruption."""

import dataclasses
import json
import math

import numpy as np
import pytest
import xarray as xr

from epidot.design import from_dict
from epidot.errors import InputError
from epidot.excitons import PairMethod
from epidot.observables import Light
from epidot.pipeline import (
    STAGES,
    Method,
    Watcher,
    outputs_are_current,
    read_method,
    remember_outputs,
    run,
    write_results,
)

SMALL = {
    "schema": "epidot-design/1",
    "name": "small dot",
    "root": {"kind": "dot", "material": "CdSe", "diameter": "1.8 nm"},
}
METHOD = Method(electrons=2, holes=4)


def small(**changes):
    return from_dict(SMALL | changes)


class Log:
    """Which stages were computed and which were kept."""

    def __init__(self):
        self.computed, self.kept, self.warnings = [], [], []
        self.watcher = Watcher(stage_done=self._done, warning=self.warnings.append)

    def _done(self, name, _seconds, reused):
        (self.kept if reused else self.computed).append(name)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    result = run(small(), folder, method=METHOD)
    write_results(result, folder)
    return folder, result


def rerun(design, folder, method=METHOD):
    log = Log()
    return run(design, folder, method=method, watcher=log.watcher), log


def test_summary_has_the_contract(finished):
    folder, _ = finished
    found = json.loads((folder / "summary.json").read_text())
    contract = {
        "design": ["name", "hash"],
        "structure": [
            "atoms", "by_element", "by_segment", "min_bond_A", "max_bond_A", "undercoordinated_interior",
            "arm_angles_deg",
        ],
        "strain": ["energy_eV", "max_force_eV_per_A", "by_segment", "stacking_energy_eV", "interfaces"],
        "states": ["electron_eV", "hole_eV", "max_residual_eV", "electron_in_segment", "hole_in_segment"],
        "excitons": ["energies_eV", "ground_eV", "binding_eV"],
        "optics": [
            "absorption_edge_eV", "first_peak_eV", "emission_eV", "radiative_lifetime_ns", "overlap",
            "polarisation", "alignment",
        ],
        "timings_s": [stage.name for stage in STAGES],
        "versions": ["epidot", "python", "numpy"],
    }  # fmt: skip
    for block, keys in contract.items():
        assert set(keys) <= set(found[block]), block
    assert found["level"] == "atomistic" and isinstance(found["uncertainty"], dict)
    states = found["states"]
    assert len(states["electron_eV"]) == 2 and len(states["hole_eV"]) == 4
    assert states["electron_eV"] == sorted(states["electron_eV"])
    assert states["hole_eV"] == sorted(states["hole_eV"], reverse=True)
    assert np.allclose(np.sum(states["hole_in_segment"], axis=1), 1.0)
    assert found["excitons"]["ground_eV"] == min(found["excitons"]["energies_eV"])
    assert found["excitons"]["binding_eV"] > 0.0
    assert found["structure"]["atoms"] == sum(found["structure"]["by_element"].values())


def test_results_open_with_plain_xarray_and_every_variable_has_a_unit(finished):
    folder, result = finished
    tree = xr.open_datatree(folder / "results.nc", engine="h5netcdf")
    assert {"structure", "relaxed", "states", "excitons", "optics"} <= set(tree.children)
    for node in tree.subtree:
        for name, variable in node.data_vars.items():
            assert "units" in variable.attrs, name
    density = tree["states/electron_density"]
    assert np.allclose(density.sum("atom"), 1.0, atol=1e-5)
    assert tree["relaxed/positions"].attrs["units"] == "Å"
    assert np.array_equal(tree["relaxed/positions"].values, result.relaxed.positions)


def test_provenance_names_every_source(finished):
    folder, _ = finished
    found = json.loads((folder / "provenance.json").read_text())
    assert found["device"] == "cpu"
    assert found["method"]["electrons"] == 2 and found["design"]["root"]["diameter"] == "1.8 nm"
    assert found["parameters"] and all(row["source"] for row in found["parameters"])
    assert any("Pair states are correlated" in text for text in found["warnings"])


def test_no_number_escapes_json(finished):
    from epidot.pipeline import dump_json

    assert json.loads(dump_json({"a": math.inf, "b": [math.nan, np.float64(1.5)], "c": (np.int64(2),)})) == {
        "a": None,
        "b": [None, 1.5],
        "c": [2],
    }


def test_second_run_computes_nothing_and_agrees(finished):
    folder, first = finished
    second, log = rerun(small(), folder)
    assert log.computed == [] and len(log.kept) == len(STAGES)
    drop = {"timings_s"}
    assert {k: v for k, v in second.summary.items() if k not in drop} == {
        k: v for k, v in first.summary.items() if k not in drop
    }


@pytest.mark.parametrize(
    ("changes", "method", "expected"),
    [
        ({"name": "another name"}, METHOD, []),
        ({"environment": {"temperature": "250 K"}}, METHOD, ["optics"]),
        ({"environment": {"solvent": "hexane"}}, METHOD, ["states", "excitons", "optics"]),
        ({}, dataclasses.replace(METHOD, holes=6), ["states", "excitons", "optics"]),
        ({"root": SMALL["root"] | {"diameter": "1.9 nm"}}, METHOD, [stage.name for stage in STAGES]),
        ({"seed": 3}, METHOD, [stage.name for stage in STAGES]),
        (
            {"defects": [{"type": "vacancy", "species": "anion", "fraction": 0.02}]},
            METHOD,
            [stage.name for stage in STAGES],
        ),
    ],
)
def test_only_what_depends_on_a_change_is_computed_again(tmp_path, changes, method, expected):
    run(small(), tmp_path, method=METHOD)
    _, log = rerun(small(**changes), tmp_path, method)
    assert log.computed == expected


@pytest.mark.parametrize("damage", ["truncated", "garbage", "bit"])
def test_a_damaged_checkpoint_is_told_and_computed_again(tmp_path, damage):
    first = run(small(), tmp_path, method=METHOD)
    (path,) = (tmp_path / "checkpoints").glob("relaxed-*.nc")
    raw = bytearray(path.read_bytes())
    if damage == "truncated":
        raw = raw[: len(raw) // 3]
    elif damage == "garbage":
        raw = bytearray(b"not a netCDF file")
    else:
        raw[raw.find(first.relaxed.positions.tobytes()) + 5] ^= 4
    path.write_bytes(bytes(raw))
    second, log = rerun(small(), tmp_path)
    assert log.computed == ["relaxed"]
    assert any("damaged" in text for text in log.warnings)
    assert second.summary["optics"] == first.summary["optics"]


@pytest.mark.parametrize("place", range(len(STAGES)))
def test_interruption_in_each_stage_leaves_a_run_that_continues(tmp_path, monkeypatch, place):
    from epidot.pipeline import run as verb

    module = __import__(verb.__module__, fromlist=["STAGES"])
    broken = STAGES[place]

    def interrupt(*_given):
        raise KeyboardInterrupt

    table = tuple(dataclasses.replace(s, run=interrupt) if s is broken else s for s in STAGES)
    monkeypatch.setattr(module, "STAGES", table)
    with pytest.raises(KeyboardInterrupt):
        run(small(), tmp_path, method=METHOD)
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert events[-1] == {"time": events[-1]["time"], "stage": broken.name, "event": "interrupted"}
    assert not list(tmp_path.rglob(".partial-*"))
    monkeypatch.setattr(module, "STAGES", STAGES)
    _, log = rerun(small(), tmp_path)
    assert log.kept == [stage.name for stage in STAGES[:place]]


@pytest.mark.parametrize(
    ("method", "name", "done"),
    [
        (Method(electrons=2, holes=4, pairs=PairMethod(memory=1e-6)), "method.pairs.memory", ["structure"]),
        (
            Method(electrons=2, holes=4, light=Light(complete=3.0)),
            "method.light.complete",
            ["structure", "relaxed", "states"],
        ),
    ],
)
def test_what_will_fail_is_refused_before_the_stages_that_take_time(finished, method, name, done):
    folder, _ = finished
    log = Log()
    with pytest.raises(InputError) as caught:
        run(small(), folder, method=method, watcher=log.watcher)
    assert (caught.value.name, log.kept, log.computed) == (name, done, [])


def test_the_page_says_where_the_spectrum_ends(finished):
    _, result = finished
    optics = result.summary["optics"]
    whole = optics["states_for_whole_spectrum"]
    assert whole["to_eV"] > optics["complete_to_eV"]
    assert whole["electrons"] > 2 or whole["holes"] > 4


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written") as caught:
        run(small(), tmp_path / "file" / "out", method=METHOD)
    assert caught.value.name == "output"


@pytest.mark.parametrize(
    ("text", "name", "hint"),
    [
        ("electrons: three", "method.electrons", "int"),
        ("electrons: 3", "electrons", "even"),
        ("elektrons: 4", "method.elektrons", "electrons"),
        ("solver: {tolerance: small}", "method.solver.tolerance", "float"),
        ("solver: {tolerence: 1e-6}", "method.solver.tolerence", "tolerance"),
        ("[1, 2]", "method", "key"),
        ("level: dft", "level", "atomistic"),
        ("a: [", "method", "YAML"),
        ("holes: true", "method.holes", "int"),
    ],
)
def test_bad_method_files(tmp_path, text, name, hint):
    path = tmp_path / "method.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_method(path)
    assert caught.value.name == name
    assert hint in str(caught.value)


def test_method_files_and_options(tmp_path):
    path = tmp_path / "method.yaml"
    path.write_text("electrons: 4\nsolver: {tolerance: 1.0e-7}\nforce_field: {force_tolerance: 1}\n")
    found = read_method(path, {"electrons": 6, "holes": None})
    assert found.electrons == 6 and found.holes == Method().holes
    assert found.solver.tolerance == 1e-7 and found.force_field.force_tolerance == 1.0


def test_outputs_are_made_again_only_when_they_are_missing_or_harmed(tmp_path):
    result = run(small(), tmp_path, method=METHOD)
    assert not outputs_are_current(result, tmp_path)
    write_results(result, tmp_path)
    (tmp_path / "report.html").write_text("stands for the report")
    remember_outputs(result, tmp_path)
    (tmp_path / "notes.txt").write_text("somebody's own file in the same folder")
    again = run(small(), tmp_path, method=METHOD)
    assert outputs_are_current(again, tmp_path)
    assert not outputs_are_current(run(small(name="other"), tmp_path, method=METHOD), tmp_path)
    text = (tmp_path / "summary.json").read_text()
    (tmp_path / "summary.json").write_text(text.replace("1", "2", 1))
    assert not outputs_are_current(again, tmp_path)
    (tmp_path / "summary.json").unlink()
    assert not outputs_are_current(again, tmp_path)
