"""The command as people and scripts meet it: statuses, messages, JSON alone on standard output."""

import json
import os
import subprocess
import sys

import pytest

from epidot import materials

COMMAND = [sys.executable, "-m", "epidot.cli"]
DOT = """\
schema: epidot-design/1
name: small <dot> & friends
root: {kind: dot, material: CdSe, diameter: 1.8 nm}
"""
FEW = ["--electrons", "2", "--holes", "4"]
# Ctrl-C at a chosen moment, whatever the machine's speed: when a stage has told that it begins. A test run
# in the background of a shell hands its ignored SIGINT down; a person's terminal does not.
INTERRUPTED = """
import importlib, os, signal, sys
from epidot import cli
run = importlib.import_module("epidot.pipeline.run")  # the package exports the verb of the same name
signal.signal(signal.SIGINT, signal.default_int_handler)
stage, tell = sys.argv.pop(1), run._event
def event(folder, **facts):
    tell(folder, **facts)
    if facts["event"] == "started" and facts["stage"] == stage:
        os.kill(os.getpid(), signal.SIGINT)
run._event = event
cli.main()
"""

# The same in the second particle of an ensemble.
INTERRUPTED_MEMBER = INTERRUPTED.replace(
    'facts["stage"] == stage', "f\"{folder.name}.{facts['stage']}\" == stage"
)


def epidot(*words, cwd=None, **options):
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, cwd=cwd, check=False, **options
    )


def only_json(finished):
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("\n") == 1
    return json.loads(finished.stdout)


@pytest.fixture
def dot(tmp_path):
    path = tmp_path / "dot.yaml"
    path.write_text(DOT)
    return path


def test_new_build_and_its_contract(tmp_path):
    made = only_json(epidot("new", "heterorod", "-o", "rod.yaml", "--json", cwd=tmp_path))
    assert made["file"] == "rod.yaml"
    facts = only_json(epidot("build", "rod.yaml", "-o", "rod.cif", "--json", cwd=tmp_path))
    assert facts["undercoordinated_interior"] == 0 and facts["file"] == "rod.cif" and facts["seconds"] > 0
    assert all({"asked", "realised"} <= set(pair) for pair in facts["realised"].values())
    refused = epidot("new", "heterorod", "-o", "rod.yaml", cwd=tmp_path)
    assert refused.returncode == 2 and "--force" in refused.stderr


@pytest.mark.parametrize("ending", ["extxyz", "xyz", "cif", "pdb", "lammps"])
def test_exports_read_back(tmp_path, dot, ending):
    from ase.io import read

    facts = only_json(epidot("build", dot, "-o", tmp_path / f"dot.{ending}", "--json"))
    kind = {"lammps": "lammps-data"}.get(ending)
    options = {"atom_style": "atomic"} if ending == "lammps" else {}
    atoms = read(tmp_path / f"dot.{ending}", format=kind, **options)
    assert len(atoms) == facts["atoms"]
    near = sorted(atoms.get_all_distances()[0])[1]
    assert near == pytest.approx(2.62, abs=0.01)


def test_run_twice(tmp_path, dot):
    first = only_json(epidot("run", dot, "-o", tmp_path / "out", "--json", *FEW))
    names = {"report.html", "summary.json", "results.nc", "structure.extxyz", "figures", "provenance.json"}
    assert names <= {path.name for path in (tmp_path / "out").iterdir()}
    assert {path.suffix for path in (tmp_path / "out" / "figures").iterdir()} >= {".svg", ".png"}
    second = epidot("run", dot, "-o", tmp_path / "out", "--json", *FEW)
    assert only_json(second)["optics"] == first["optics"]
    assert second.stderr.count("kept from before") == 5
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["states"] == first["states"]


def test_a_set_is_checked_and_one_that_cannot_be_used_is_refused(tmp_path):
    found = only_json(epidot("materials", "--check", "sp3d5s_star_T0", "--json"))
    assert found["ok"] and found["problems"] == []
    assert found["compounds"]["CdTe"]["Dso"] == {
        "value": pytest.approx(0.93, abs=1e-3),
        "target": 0.93,
        "unit": "eV",
    }
    plain = json.loads(json.dumps(dict(materials.set_content("sp3s_star_T0"))))
    plain["compounds"] = {"CdSe": plain["compounds"]["CdSe"] | {"vbm_scale": 0.0}}
    (tmp_path / "mine.yaml").write_text(json.dumps(plain))
    refused = epidot("materials", "--check", "mine.yaml", cwd=tmp_path)
    assert refused.returncode == 2 and "add -0.6000 eV to every on-site energy" in refused.stderr
    assert "1.766 (1.766)" in refused.stdout


def test_materials_and_catalogue():
    found = only_json(epidot("materials", "CdSe", "--json"))
    assert {"value", "unit", "source", "confidence"} <= set(found["phases"]["zb"]["Eg_300K"])
    text = epidot("materials", "CdSe")
    assert text.returncode == 0 and "lattice" in text.stdout.lower() and "Traceback" not in text.stderr
    rows = only_json(epidot("catalogue", "--json"))["templates"]
    assert {"id", "name", "atoms", "segments", "materials"} <= set(rows[0])
    assert any(row["name"] == "tetrapod" and row["atoms"] > 10_000 for row in rows)


def test_bench_keeps_its_contract():
    found = only_json(epidot("bench", "relax", "--atoms", "1000", "--json"))
    assert {"cores", "triad_GBps", "fma_GFLOPs", "gpu"} <= set(found["machine"])
    assert found["name"] == "relax" and found["exponent"] is None
    (row,) = found["rows"]
    assert row["atoms"] > 500 and row["seconds"] > 0.0 and row["peak_memory_GB"] > 0.0
    refused = epidot("bench", "moon")
    assert refused.returncode == 2 and "eigen" in refused.stderr
    refused = epidot("bench", "relax", "--peers")
    assert refused.returncode == 2 and "Leave --peers out" in refused.stderr
    refused = epidot("bench", "eigen", "--peers", "--peers-python", "/nowhere/python")
    assert refused.returncode == 2 and "/nowhere/python" in refused.stderr
    refused = epidot("bench", "gaps", "--atoms", "1000")
    assert refused.returncode == 2 and "its own particles" in refused.stderr
    refused = epidot("bench", "eigen", "--quick")
    assert refused.returncode == 2 and "belongs to gaps" in refused.stderr


BAD = {
    "unknown key": (DOT.replace("diameter", "diamter"), "root.diamter", "diameter"),
    "wrong unit": (DOT.replace("1.8 nm", "1.8 K"), "root.diameter", "4 nm"),
    "bare number": (DOT.replace("1.8 nm", "1.8"), "root.diameter", "unit"),
    "negative": (DOT.replace("1.8 nm", "-1.8 nm"), "root.diameter", "1 nm"),
    "absurd": (DOT.replace("1.8 nm", "3 m"), "root.diameter", "30 nm"),
    "missing material": (DOT.replace("material: CdSe, ", ""), "root.material", "CdSe"),
    "unknown material": (DOT.replace("CdSe", "CdSs"), "root.material", "CdS"),
    "not YAML": ("root: [", "line", "YAML"),
    "empty": ("", "bad.yaml", "epidot new"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_designs(tmp_path, case):
    text, path, cure = BAD[case]
    (tmp_path / "bad.yaml").write_text(text)
    finished = epidot("run", "bad.yaml", "-o", "out", cwd=tmp_path)
    assert finished.returncode == 2
    assert finished.stdout == "" and "Traceback" not in finished.stderr
    assert path in finished.stderr and cure in finished.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["run"], "DESIGN"),
        (["fly"], "fly"),
        (["run", "dot.yaml", "--electrons", "many"], "--electrons"),
        (["run", "dot.yaml", "--electrons", "3"], "even"),
        (["run", "dot.yaml", "--level", "magic"], "atomistic"),
        (["run", "dot.yaml", "-o", "dot.yaml/out"], "written"),
        (["build", "dot.yaml", "-o", "dot.docx"], ".extxyz"),
        (["build", "dot.yaml", "-o", "missing/dot.xyz"], "missing"),
        (["materials", "Unobtainium"], "CdSe"),
        (["materials", "--check", "none.yaml"], "cannot be read"),
        (["materials", "--check", "sp3s_star"], "sp3s_star_T300"),
        (["materials", "CdSe", "--check", "sp3s_star_T0"], "--check"),
        (["new", "pentapod"], "tetrapod"),
        (["run", "dot.yaml", "--method", "none.yaml"], "none.yaml"),
        (["run", "dot.yaml", "--compare", "none.csv"], "cannot be read"),
        (["run", "dot.yaml", "--path", "core > arm9"], "There are: core"),
        (["run", "dot.yaml", "--compare", "dot.yaml"], "no table of numbers"),
    ],
)
def test_bad_words(tmp_path, dot, words, hint):
    finished = epidot(*words, cwd=tmp_path)
    assert finished.returncode == 2, finished.stderr
    assert hint in finished.stderr
    assert finished.stdout == "" and "Traceback" not in finished.stderr


@pytest.mark.parametrize("stage", ["structure", "relaxed", "states", "excitons"])
def test_control_c_stops_cleanly_and_the_run_continues(tmp_path, stage):
    (tmp_path / "d.yaml").write_text(DOT)
    words = [*COMMAND, "run", "d.yaml", "-o", "out", "--json", *FEW]
    broken = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, stage, *words[3:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert broken.returncode == 130, broken.stderr
    assert broken.stdout == "" and "Traceback" not in broken.stderr
    assert "run the same command again" in broken.stderr
    assert not (tmp_path / "out" / "summary.json").exists()
    assert not list((tmp_path / "out").rglob(".partial-*"))
    again = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert only_json(again)["structure"]["atoms"] > 50


def test_a_closed_pipe_is_no_error():
    line = f"{sys.executable} -m epidot.cli materials CdSe | head -1"
    finished = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in finished.stderr and "Error" not in finished.stderr


def test_our_bugs_say_so(tmp_path, dot):
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, epidot.structure.build\n"
        "def broken(*_): raise ZeroDivisionError('oops')\n"
        "sys.modules['epidot.structure.build']._network = broken\n"
    )
    finished = epidot("build", dot, "-o", tmp_path / "x.xyz", env=environment)
    assert (
        finished.returncode == 1 and "bug in Epidot" in finished.stderr and "Traceback" not in finished.stderr
    )


def test_an_output_that_cannot_be_replaced_is_named(tmp_path, dot):
    (tmp_path / "out" / "summary.json").mkdir(parents=True)
    finished = epidot("run", dot, "-o", tmp_path / "out", *FEW)
    assert finished.returncode == 2 and "summary.json" in finished.stderr
    assert "Traceback" not in finished.stderr and "bug" not in finished.stderr


def test_the_front_door_opens_fast_and_touches_nothing():
    code = (
        "import sys, time; t = time.process_time(); import epidot; d = time.process_time() - t;"
        "print(d, any(m in sys.modules for m in ('numpy', 'yaml', 'numba', 'pydantic')))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, heavy = finished.stdout.split()
    assert float(seconds) < 0.3 and heavy == "False"


def test_control_c_waits_for_the_compiler():
    # An exception inside the compiler's callbacks crashed the process; the signal comes again after it.
    script = """
import os, signal, time
from epidot import cli
signal.signal(signal.SIGINT, cli._interrupt), signal.signal(signal.SIGALRM, cli._interrupt)
space = {"os": os, "signal": signal}
code = "def build(): os.kill(os.getpid(), signal.SIGINT); return 1"
exec(compile(code, "llvmlite/binding.py", "exec"), space)
print(space["build"](), flush=True)
try:
    time.sleep(5.0)
except KeyboardInterrupt:
    print("stopped")
"""
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.stdout.split() == ["1", "stopped"], finished.stderr


def test_control_c_comes_again_if_a_library_swallows_it():
    script = """
import os, signal, sys, time
from epidot import cli
def swallow():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
    except BaseException:
        pass
    time.sleep(5.0)
cli.app.command("swallow")(swallow)
sys.argv = ["epidot", "swallow"]
cli.main()
"""
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 130 and "Interrupted" in finished.stderr


def test_control_c_in_an_ensemble_keeps_the_particles_that_are_done(tmp_path, dot):
    words = ["run", str(dot), "-o", str(tmp_path), *FEW, "--ensemble", "2", "--sigma", "3 %"]
    stopped = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_MEMBER, "002.excitons", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert stopped.returncode == 130 and "run the same command again" in stopped.stderr, stopped.stderr
    assert not (tmp_path / "report.html").exists()
    found = only_json(epidot(*words, "--json"))["ensemble"]
    assert (found["done"], found["failed"]) == (2, [])
    told = {}
    for member in ("001", "002"):
        lines = (tmp_path / "ensemble" / member / "events.jsonl").read_text().splitlines()
        events = [json.loads(line) for line in lines]
        again = events[1 + max(n for n, one in enumerate(events) if one.get("stage") == "structure"
                               and one["event"] == "started"):]  # fmt: skip
        told[member] = [one["stage"] for one in again if one["event"] == "done" and one["reused"]]
    stages = ["structure", "relaxed", "states", "excitons", "optics"]
    assert told == {"001": stages, "002": stages[:3]}

    import xarray as xr

    data = xr.open_dataset(tmp_path / "results.nc", group="ensemble")
    assert data["emission_eV"].attrs["mean"] == pytest.approx(found["emission_eV"]["mean"])
    assert data["member_emission"].dims == ("member", "energy")
    names = {path.name for path in (tmp_path / "spectra").glob("ensemble-*")}
    assert names == {
        f"ensemble-{kind}.{end}" for kind in ("absorption", "emission") for end in ("csv", "jdx")
    }
