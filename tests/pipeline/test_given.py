"""Structure files instead of designs: the same particle, wherever its file lies; folders that stand alone."""

import json
import shutil

import numpy as np
import pytest

from epidot.design import from_dict, load
from epidot.errors import InputError
from epidot.pipeline import Method, Watcher, given, outputs_are_current, portable, remember_outputs, run
from epidot.pipeline.checkpoints import stage_keys
from epidot.pipeline.results import write_results
from epidot.structure import build
from epidot.structure.export import export

METHOD = Method(electrons=2, holes=4)
DOT = {
    "schema": "epidot-design/1",
    "name": "small dot",
    "root": {"kind": "dot", "material": "CdSe", "diameter": "1.8 nm"},
}


@pytest.fixture(scope="module")
def particle(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "my dot.xyz"
    export(build(from_dict(DOT)), path)
    return path


def test_a_structure_file_becomes_a_design(particle):
    found = given(particle)
    assert (found.root.kind, found.name) == ("imported", "my dot")
    assert found.root.file == str(particle) and len(found.root.sha256) == 64
    assert len(build(found).positions) == len(build(from_dict(DOT)).positions)


def test_other_files_are_designs(tmp_path):
    (tmp_path / "dot.yaml").write_text(json.dumps(DOT))
    assert given(tmp_path / "dot.yaml") == load(tmp_path / "dot.yaml")


@pytest.mark.parametrize(("name", "value"), [("missing.cif", "no such file"), ("folder.xyz", "a folder")])
def test_what_is_no_file_is_refused(tmp_path, name, value):
    (tmp_path / "folder.xyz").mkdir()
    with pytest.raises(InputError) as caught:
        given(tmp_path / name)
    assert (caught.value.name, caught.value.value) == (str(tmp_path / name), value)


def test_a_particle_is_the_same_wherever_its_file_lies(particle, tmp_path):
    elsewhere = tmp_path / "other name.xyz"
    shutil.copyfile(particle, elsewhere)
    assert stage_keys(given(particle), METHOD) == stage_keys(given(elsewhere), METHOD)
    elsewhere.write_text(elsewhere.read_text().replace("Cd", "Zn"))
    assert stage_keys(given(particle), METHOD) != stage_keys(given(elsewhere), METHOD)


@pytest.fixture(scope="module")
def finished(particle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    plan = given(particle)
    result = run(plan, folder, method=METHOD)
    write_results(result, folder)
    (folder / "report.html").write_text("stands for the report")
    remember_outputs(result, folder)
    return folder, result


def test_the_folder_of_a_run_stands_alone(finished, particle, tmp_path):
    folder, first = finished
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    text = (moved / "design.yaml").read_text()
    assert "imported.xyz" in text and str(particle.parent) not in text
    assert str(particle.parent) not in (moved / "provenance.json").read_text()
    assert (moved / "imported.xyz").read_bytes() == particle.read_bytes()
    again = load(moved / "design.yaml")
    computed = []
    watcher = Watcher(stage_done=lambda name, _seconds, reused: computed.append(name) if not reused else None)
    second = run(again, moved, method=METHOD, watcher=watcher)
    assert computed == []
    assert np.array_equal(first.relaxed.positions, second.relaxed.positions)
    assert outputs_are_current(second, moved)
    write_results(second, moved)


def test_the_copy_counts_among_the_outputs(finished, tmp_path):
    folder, result = finished
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert outputs_are_current(result, copy)
    (copy / "imported.xyz").unlink()
    assert not outputs_are_current(result, copy)


def test_a_file_that_changed_on_the_way_is_refused(particle, tmp_path):
    changing = tmp_path / "dot.xyz"
    shutil.copyfile(particle, changing)
    plan = given(changing)
    result = run(plan, None, method=METHOD)
    changing.write_text(changing.read_text() + "\n")
    with pytest.raises(InputError, match="has changed"):
        write_results(result, tmp_path)
    assert not list(tmp_path.glob("imported*"))


def test_portable_leaves_other_designs_alone():
    plan = from_dict(DOT)
    assert portable(plan) is plan
