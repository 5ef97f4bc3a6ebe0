"""Structure files in place of designs, and every template from `new` to `build`, as people type it."""

import json
import subprocess
import sys

import pytest
from ase.io import read

from epidot.cli import main
from epidot.design import catalogue

COMMAND = [sys.executable, "-m", "epidot.cli"]
FEW = ["--electrons", "2", "--holes", "4"]
ROD = """\
schema: epidot-design/1
name: small rod
root:
  kind: stack
  cross_section: {diameter: 1.8 nm}
  segments: [{material: CdSe, length: 1.5 nm}, {material: CdTe, length: 1.5 nm}]
  tip: {kind: metal, element: Pt, diameter: 1.3 nm}
surface: {ligands: [{name: chloride, coverage: 0.3}]}
"""


def epidot(*words, cwd):
    return subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True, cwd=cwd, check=False)


def only_json(finished):
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("\n") == 1
    return json.loads(finished.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a rod has been built as `rod.xyz` and `rod.cif`."""
    place = tmp_path_factory.mktemp("structures")
    (place / "rod.yaml").write_text(ROD)
    for ending in ("xyz", "cif"):
        only_json(epidot("build", "rod.yaml", "-o", f"rod.{ending}", "--json", cwd=place))
    return place


def test_every_template_is_written_and_built(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def said(*words):
        monkeypatch.setattr(sys, "argv", ["epidot", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        output, messages = capsys.readouterr()
        assert ended.value.code == 0, messages
        assert output.count("\n") == 1
        return json.loads(output)

    for name in catalogue.names():
        assert said("new", name, "-o", f"{name}.yaml", "--json")["file"] == f"{name}.yaml"
        facts = said("build", f"{name}.yaml", "-o", f"{name}.extxyz", "--json")
        assert facts["file"] == f"{name}.extxyz" and facts["seconds"] > 0.0
        assert facts["atoms"] == sum(facts["by_segment"].values()) == sum(facts["by_element"].values())
        assert facts["realised"], name
        for path, entry in facts["realised"].items():
            assert {"asked", "realised"} <= set(entry), path
        if name != "imperfect_rod":
            assert facts["undercoordinated_interior"] == 0, name
            assert facts["closest_pair_in_bonds"] > 0.85, name
        carried = sum(facts["composition"]["attached"].values())
        assert len(read(f"{name}.extxyz")) == facts["atoms"] + carried


def test_a_structure_is_converted_and_reported(folder):
    facts = only_json(epidot("build", "rod.cif", "-o", "other.extxyz", "--json", cwd=folder))
    first = only_json(epidot("build", "rod.yaml", "-o", "again.xyz", "--json", cwd=folder))
    for key in ("atoms", "by_element", "coordination", "dangling_bonds", "phases"):
        assert facts[key] == first[key], key
    assert facts["composition"]["metal_atoms"] == {
        "metal Pt": first["realised"]["root.tip.diameter"]["atoms"]
    }
    entry = facts["realised"]["root.file"]
    assert entry["realised"] == facts["atoms"] + sum(facts["composition"]["attached"].values())
    assert entry["asked"] == entry["realised"] and entry["hydrogens"] == 0
    assert len(read(folder / "other.extxyz")) == entry["realised"]
    text = epidot("build", "rod.cif", "-o", "other.extxyz", cwd=folder)
    assert text.returncode == 0
    assert f"{entry['realised']:,.0f} of {entry['asked']:,.0f} atoms" in text.stderr


def test_a_structure_runs_from_the_command_line(folder):
    found = only_json(epidot("run", "rod.xyz", "-o", "out", "--json", *FEW, cwd=folder))
    names = {path.name for path in (folder / "out").iterdir()}
    assert {"report.html", "summary.json", "results.nc", "structure.extxyz", "imported.xyz"} <= names
    assert found["design"]["name"] == "rod" and found["optics"]["alignment"]
    assert found["structure"]["composition"]["metal_atoms"]
    report = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "nanocrystal of" in report and "with Pt and" in report
    assert "What the imported ligands are is not known" in report
    assert str(folder) not in report
    # What lies in the folder is a run of its own: its design is found there and nothing is computed again.
    again = epidot("run", "out/design.yaml", "-o", "out", "--json", *FEW, cwd=folder)
    assert again.stderr.count("kept from before") == 5
    assert only_json(again)["states"] == found["states"]


def swapped(lines, old, new):
    return [line.replace(old, new, 1) for line in lines]


BAD = {
    "no such file": (None, "missing.cif"),
    "other elements": (lambda lines: swapped(lines, "Cd ", "Fe "), "Fe"),
    "cut short": (lambda lines: lines[:-30], "cut short"),
    "no atoms": (lambda _lines: ["0", "nothing"], "atoms"),
    "two in one place": (lambda lines: [str(int(lines[0]) + 1), *lines[1:], lines[2]], "must not overlap"),
    "no crystal": (
        lambda lines: ["2", "", "Cd 0 0 0", "Se 0 0 2.6"],
        "x.xyz",
    ),
    "text": (lambda _lines: ["dear reader"], "number of atoms"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("verb", ["run", "build"])
def test_what_is_no_particle_is_refused_in_one_message(folder, tmp_path, verb, case):
    change, hint = BAD[case]
    name = "missing.cif"
    if change is not None:
        name = "x.xyz"
        lines = change((folder / "rod.xyz").read_text().splitlines())
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    finished = epidot(verb, name, "-o", "out" if verb == "run" else "y.xyz", cwd=tmp_path)
    assert finished.returncode == 2, finished.stderr
    assert finished.stderr.count("Error:") == 1 and "Traceback" not in finished.stderr
    assert hint in finished.stderr and finished.stdout == ""
    assert not list(tmp_path.rglob("summary.json")) and not (tmp_path / "y.xyz").exists()


def test_the_terminal_counts_what_sits_on_a_particle(folder):
    finished = epidot("run", "rod.xyz", "-o", "out", *FEW, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    (line,) = [line for line in finished.stderr.splitlines() if "on it" in line]
    assert " ligands, metal Pt (" in line
