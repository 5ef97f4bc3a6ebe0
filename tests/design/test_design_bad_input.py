"""Bad input: one clear message with path, line, value, rule and cure, and never a traceback."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot.design import Design, from_dict, load, loads, to_dict
from epidot.errors import InputError

SOME = settings(max_examples=80, deadline=None)
TETRAPOD = """\
schema: epidot-design/1
name: tetrapod
root:
  kind: branch_point
  phase: zb
  material: CdSe
  core:
    material: CdSe
    diameter: 4 nm
  arms:
    - facet: 0
      phase: wz
      cross_section:
        shape: hexagon
        diameter: 4 nm
      segments:
        - material: CdSe
          length: 7 nm
        - {material: CdTe, length: 4 nm}
    - cross_section: {diameter: 3 nm}
      segments: [{material: CdSe, length: 9 nm}]
environment:
  solvent: toluene
  temperature: 300 K
"""
ROD = """\
schema: epidot-design/1
name: dot in rod
root:
  kind: stack
  cross_section: {diameter: 4.4 nm}
  segments: [{material: CdS, length: 25 nm}]
  core:
    material: CdSe
    diameter: 3 nm
    position: 8 nm
"""
DOT = """\
schema: epidot-design/1
name: core/shell
root:
  kind: dot
  material: CdSe
  diameter: 4 nm
shells:
  - {material: CdS, thickness: 1 nm}
"""

ARM = "root.arms[0]"
T, R, D = TETRAPOD, ROD, DOT
NEXT = "root.arms[1]"
SECTION = f"{ARM}.cross_section"
LENGTH = f"{ARM}.segments[0].length"
FIELD = "environment.field"
ALONG, STRENGTH = f"{FIELD}.along", f"{FIELD}.strength"
K5 = "300 K\n  field: "
NINE = "[{material: CdSe, length: 9 nm}]"
SHELLS = "shells: [{material: CdS, thickness: 0.1 nm}]\nenvironment:"
CASES = [
    # text, what to replace, by what, path, line, value, words of rule and cure
    (T, "7 nm", "7", LENGTH, 18, "7", ["needs a unit", "4 nm"]),
    (T, "7 nm", "7.5", LENGTH, 18, "7.5", ["needs a unit", "4 nm"]),
    (T, "7 nm", "'7'", LENGTH, 18, "7", ["needs a unit", "4 nm"]),
    (T, "7 nm", "7 K", LENGTH, 18, "7 K", ["must be a length", "4 nm"]),
    (T, "7 nm", "7 furlings", LENGTH, 18, "7 furlings", ["not known", "4 nm"]),
    (T, "7 nm", "7 A", LENGTH, 18, "7 A", ["ampere", "Å"]),
    (T, "7 nm", "7,5 nm", LENGTH, 18, "7,5 nm", ["one unit", "point"]),
    (T, "7 nm", "-7 nm", LENGTH, 18, "-7 nm", ["more than 0", "unit"]),
    (T, "7 nm", "0 nm", LENGTH, 18, "0 nm", ["more than 0", "unit"]),
    (T, "7 nm", "7 mm", LENGTH, 18, "7 mm", ["500 nm", "unit"]),
    (T, "7 nm", "1e999 nm", LENGTH, 18, "1e999 nm", ["finite", "4 nm"]),
    (T, "7 nm", "9**9**9 nm", LENGTH, 18, "9**9**9 nm", ["one number", "4 nm"]),
    (T, "7 nm", "nan nm", LENGTH, 18, "nan nm", ["one number", "4 nm"]),
    (T, "7 nm", "1 Å", LENGTH, 18, "0.1 nm", ["bilayer of CdSe", "0.35"]),
    (T, "length: 7 nm", "", LENGTH, 17, "nothing", ["needs", "length: 10 nm"]),
    (T, "length: 7", "lenght: 7", f"{ARM}.segments[0].lenght", 18, "7 nm", ["a segment", '"length"']),
    (T, "- material: CdSe\n         ", "-", f"{ARM}.segments[0].material", 17, "nothing", ["Add material"]),
    (T, "CdTe", "CdTi", f"{ARM}.segments[1].material", 19, "CdTi", ["mean CdTe", "ZnS"]),
    (T, "CdTe", "cdte", f"{ARM}.segments[1].material", 19, "cdte", ["mean CdTe", "ZnS"]),
    (T, "CdTe", "5", f"{ARM}.segments[1].material", 19, "5", ["text", "quotes"]),
    (T, "facet: 0", "facet: 4", f"{ARM}.facet", 11, "4", ["0, 1, 2 or 3"]),
    (T, "facet: 0", "facet: yes", f"{ARM}.facet", 11, "True", ["0, 1, 2 or 3"]),
    (T, "facet: 0", "facte: 0", f"{ARM}.facte", 11, "0", ["of an arm", '"facet"', "polarity"]),
    (T, "phase: wz", "phase: WZ", f"{ARM}.phase", 12, "WZ", ["wz or zb", "wz"]),
    (T, "hexagon", "square", f"{SECTION}.shape", 14, "square", ["hexagon or circle"]),
    (T, "diameter: 4 nm\n      ", "radius: 4 nm\n      ", f"{SECTION}.radius", 15, "4 nm", ["twice"]),
    (T, "{diameter: 3 nm}", "3 nm", f"{NEXT}.cross_section", 20, "3 nm", ["keys", "{diameter"]),
    (T, "{diameter: 3 nm}", "{}", f"{NEXT}.cross_section.diameter", 20, "nothing", ["cross-section needs"]),
    (T, NINE, "[]", f"{NEXT}.segments", 21, "a list of 0", ["one entry"]),
    (T, NINE, "", f"{NEXT}.segments", 21, "nothing", ["list", "dash"]),
    (T, "- cross", "- facet: 0\n      cross", f"{NEXT}.facet", 20, "0", ["root.arms[0]", "own facet"]),
    (T, "4 nm\n  arms", "8 Å\n  arms", "root.core.diameter", 9, "8 Å", ["1 nm to 30 nm"]),
    (T, "branch_point", "tetrapod", "root.kind", 4, "tetrapod", ["platelet, dimer or imported"]),
    (T, "  kind: branch_point\n", "", "root.kind", 3, "nothing", ["kind", "branch_point"]),
    (T, "phase: zb", "phase: wz", "root.phase", 5, "wz", ["must be zb"]),
    (T, "toluene", "tolune", "environment.solvent", 23, "tolune", ['"toluene"', "water"]),
    (T, "300 K", "300", "environment.temperature", 24, "300", ["temperature needs a unit", "300 K"]),
    (T, "300 K", "0 K", "environment.temperature", 24, "0 K", ["1 K to 400 K", "kelvin"]),
    (T, "300 K", "500 K", "environment.temperature", 24, "500 K", ["1 K to 400 K", "kelvin"]),
    (T, "300 K", "4 nm", "environment.temperature", 24, "4 nm", ["must be a temperature", "300 K"]),
    (T, "300 K", K5 + "{strength: 5 kV/cm}", ALONG, 25, "nothing", ["a field needs", "z"]),
    (T, "300 K", K5 + "{along: z}", STRENGTH, 25, "nothing", ["strength: 100 kV/cm"]),
    (T, "300 K", K5 + "5 kV/cm", FIELD, 25, "5 kV/cm", ["keys", "{strength: 100 kV/cm, along: z}"]),
    (T, "300 K", K5 + "{strength: 5, along: z}", STRENGTH, 25, "5", ["unit", "kV/cm"]),
    (T, "300 K", K5 + "{strength: 5 kV, along: z}", STRENGTH, 25, "5 kV", ["one unit"]),
    (T, "300 K", K5 + "{strength: 5 nm/s, along: z}", STRENGTH, 25, "5 nm/s", ["a field"]),
    (T, "300 K", K5 + "{strength: 2 V/nm, along: z}", STRENGTH, 25, "2 V/nm", ["10000"]),
    (T, "300 K", K5 + "{strength: 5 kV/cm, along: arm3}", ALONG, 25, "arm3", ["arm1, arm2"]),
    (T, "300 K", K5 + "{strength: 5 kV/cm, along: [0, 0, 0]}", ALONG, 25, "a list of 3",
     ["not all zero"]),
    (T, "300 K", K5 + "{strength: 5 kV/cm, along: [0, 1]}", ALONG, 25, "a list of 2",
     ["three numbers"]),
    (T, "schema: epidot-design/1\n", "", "schema", 1, "nothing", ["needs", "schema: epidot-design/1"]),
    (T, "design/1", "design/9", "schema", 1, "epidot-design/9", ["epidot-design/1", "version"]),
    (T, "name: tetrapod\n", "", "name", 1, "nothing", ["a design needs", "name:"]),
    (T, "name: tetrapod", "name: 12", "name", 2, "12", ["text", "quotes"]),
    (T, "name: tetrapod", "name: 2004-07-08", "name", 2, "2004-07-08", ["timestamp", "quotes"]),
    (T, "name: tetrapod", "name: ''", "name", 2, "", ["1 to 200", "name"]),
    (T, "name: tetrapod", "name: a\nname: b", "name", 3, "a second value", ["twice", "Keep one"]),
    (T, "root:", "rot:", "rot", 3, "a mapping", ["a design", '"root"']),
    (T, "environment:", SHELLS, "shells[0].thickness", 22, "0.1 nm", ["monolayer", "thicker"]),
    (R, "diameter: 3 nm", "diameter: 4.3 nm", "root.core.diameter", 9, "4.3 nm", ["4.19 nm flat to flat"]),
    (R, "position: 8 nm", "position: 1 nm", "root.core.position", 10, "1 nm", ["1.5 nm to 23.5 nm"]),
    (R, "position: 8 nm", "position: 24 nm", "root.core.position", 10, "24 nm", ["1.5 nm to 23.5 nm"]),
    (R, "25 nm", "25", "root.segments[0].length", 6, "25", ["needs a unit"]),
    (R, "25 nm", "2 nm", "root.core.diameter", 9, "3 nm", ["longer than the rod, 2 nm"]),
    (D, "4 nm", "40 nm", "root.diameter", 6, "40 nm", ["1 nm to 30 nm", "unit"]),
    (D, "1 nm", "0.2 nm", "shells[0].thickness", 8, "0.2 nm", ["monolayer of CdS", "0.336 nm", "thicker"]),
    (D, "1 nm", "11 nm", "shells[0].thickness", 8, "11 nm", ["at most 10 nm"]),
    (D, "  diameter: 4 nm\n", "", "root.diameter", 3, "nothing", ["a dot needs", "diameter: 4 nm"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "path", "line", "value", "words"), CASES)
def test_one_fault_is_one_sentence(text, old, new, path, line, value, words):
    assert old in text
    loads(text)
    with pytest.raises(InputError) as caught:
        loads(text.replace(old, new, 1), "mine.yaml")
    error = caught.value
    assert (error.name, error.value) == (path, value)
    assert f"(mine.yaml, line {line})" in error.rule
    assert "\n" not in str(error)
    for word in words:
        assert any(choice in str(error) for choice in word.split("|")), str(error)


def test_a_core_sits_at_a_third_of_the_rod_by_default():
    text = ROD.replace("    position: 8 nm\n", "").replace("25 nm", "4.6 nm")
    loads(text)
    with pytest.raises(
        InputError, match=r"position = 1\.466.* nm \(a third of the rod, the default\): must leave"
    ):
        loads(text.replace("4.6 nm", "4.4 nm"))


def test_five_arms_are_one_too_many():
    arm = "    - {cross_section: {diameter: 3 nm}, segments: [{material: CdSe, length: 9 nm}]}\n"
    with pytest.raises(InputError, match=r"root\.arms = 5 arms of polarity A: .*four .*Remove arms"):
        loads(TETRAPOD.replace("environment:", 3 * arm + "environment:"))


def test_all_faults_are_told_at_once_in_order_of_lines():
    text = TETRAPOD.replace("300 K", "900 K").replace("CdTe", "CdTi").replace("  phase: zb", "  fase: zb")
    with pytest.raises(InputError) as caught:
        loads(text, "mine.yaml")
    rows = str(caught.value).splitlines()
    assert rows[0].startswith("mine.yaml = 3 problems")
    assert [row.split(":")[0].strip() for row in rows[1:]] == ["line 5", "line 19", "line 24"]
    assert ["root.fase", "root.arms[0].segments[1].material", "environment.temperature"] == [
        row.split(": ")[1].split(" = ")[0] for row in rows[1:]
    ]


def test_a_fault_in_an_anchored_part_is_told_once():
    text = TETRAPOD.replace("- facet: 0", "- &arm\n      facet: 0").replace("7 nm", "7")
    text = text.replace("environment:", "    - {<<: *arm, facet: 2}\nenvironment:")
    with pytest.raises(InputError) as caught:
        loads(text)
    assert caught.value.name == "root.arms[0].segments[0].length"
    assert "line 19, also root.arms[2].segments[0].length" in caught.value.rule


LINKS = list(zip("abcdefgh", "bcdefghi", strict=True))
NINE_TIMES = [(new, ",".join([f"*{old}"] * 9)) for old, new in LINKS]
LAUGHS = "a: &a [x,x,x]\n" + "".join(f"{new}: &{new} [{old}]\n" for new, old in NINE_TIMES)
MERGED_LAUGHS = "a: &a {x: 1}\n" + "".join(f"{new}: &{new} {{<<: [{old}]}}\n" for new, old in NINE_TIMES)
NOT_DESIGNS = {
    "empty": ("", "empty file"),
    "comment": ("# nothing\n", "empty file"),
    "null": ("null", "empty file"),
    "list": ("- a\n- b\n", "a list of 2"),
    "number": ("5", "keys and values"),
    "text": ("just text", "keys and values"),
    "empty mapping": ("{}", "3 problems"),
    "open bracket": ("name: [1, 2\n", "line 2, column 1"),
    "tab": ("root:\n\tkind: dot\n", "spaces"),
    "two documents": ("a: 1\n---\nb: 2\n", "line 2, column 1"),
    "unknown alias": ("a: *b\n", "line 1, column 4"),
    "python object": ("!!python/object/apply:os.system ['true']", "keys and values|python"),
    "set": ("name: !!set {a, b}", "YAML type set"),
    "own tag": ("name: !mine x", "YAML type !mine"),
    "bad float": ("name: !!float x", "YAML type float"),
    "control": ("name: \x00", "not YAML text"),
    "escape": ('name: "\\UFFFFFFFF"', "not YAML text"),
    "list as key": ("? [a, b]\n: 1\n", "a key must be text"),
    "merge of a number": ("<<: 5\n", "alias of a mapping"),
    "deep": ("[" * 3000, "nested"),
    "deep and closed": ("a: " + "[" * 60 + "]" * 60, "nested"),
    "own child": ("a: &a [*a]", "contain itself"),
    "own merge": ("a: &a {<<: *a}", "contain itself"),
    "laughs": (LAUGHS, "20000 parts"),
    "merged laughs": (MERGED_LAUGHS, "20000 parts"),
    "huge": ("name: " + "x" * 300_000, "65536"),
}


@pytest.mark.parametrize("case", NOT_DESIGNS)
def test_what_is_no_design_at_all(case):
    text, words = NOT_DESIGNS[case]
    with pytest.raises(InputError) as caught:
        loads(text, "mine.yaml")
    assert any(choice in str(caught.value) for choice in words.split("|")), str(caught.value)


def test_a_hostile_file_costs_little_time():
    start = time.process_time()
    for text in ["[" * 60_000, "- " * 30_000, LAUGHS, MERGED_LAUGHS]:
        with pytest.raises(InputError):
            loads(text)
    assert time.process_time() - start < 5.0


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"no such file.*epidot new tetrapod"):
        load(tmp_path / "missing.yaml")
    with pytest.raises(InputError, match="a folder"):
        load(tmp_path)
    with pytest.raises(InputError, match="must be readable"):
        load("a\0b")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=r"must be UTF-8 text .byte 128"):
        load(binary)
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * 300_000)
    with pytest.raises(InputError, match="at most 65536 bytes"):
        load(huge)


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path):
    file = tmp_path / "windows.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + TETRAPOD.replace("\n", "\r\n").encode())
    assert load(file) == loads(TETRAPOD)
    with pytest.raises(InputError, match="line 18"):
        file.write_bytes(file.read_bytes().replace(b"7 nm", b"7"))
        load(file)


def test_a_file_names_itself(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(TETRAPOD.replace("7 nm", "7"))
    with pytest.raises(InputError, match=r"mine\.yaml, line 18"):
        load(file)


def test_more_faults_than_fit_are_counted():
    keys = "".join(f"extra{number}: 1\n" for number in range(40))
    with pytest.raises(InputError, match="40 problems") as caught:
        loads(TETRAPOD + keys)
    assert "… and 28 more" in str(caught.value)


@SOME
@given(st.text(max_size=200))
def test_random_text_is_refused_politely(text):
    with pytest.raises(InputError):
        loads(text)


@SOME
@given(data=st.binary(max_size=200))
def test_random_bytes_are_refused_politely(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("bytes", numbered=True) / "design.yaml"
    file.write_bytes(data)
    with pytest.raises(InputError):
        load(file)


SCRAPS = "{ } [ ] : *a &a <<: ' \" | > ? ! !!map %YAML --- ... null ~ -1 0x1f 1:30".split()
SCRAPS += [".inf", ".nan", "true", "Å", "0b1", "=", "@", "1_0"]
SCRAPS += ["\n", "\t", " ", "- ", "\x85", "\ufeff", "\ud7ff", "1e400 nm", "4 nm nm", "4 %", "4 °C", "4 degC"]
SCRAPS += ["9" * 5000, "9" * 5000 + " nm", "%YAML 9\n"]


@SOME
@given(st.sampled_from([TETRAPOD, ROD, DOT]), st.integers(0, 10**6))
def test_random_damage_is_survived_or_refused(text, seed):
    dice = random.Random(seed)
    for _ in range(dice.randint(1, 3)):
        start = dice.randrange(len(text))
        end = start + dice.choice([0, 0, 1, 5, 30])
        text = text[:start] + dice.choice(["", *SCRAPS]) + text[end:]
    _only_input_error(lambda: loads(text))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["4 nm", "CdSe"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@SOME
@given(st.sampled_from([TETRAPOD, ROD, DOT]), st.integers(0, 10**6), JSON)
def test_any_value_anywhere_is_survived_or_refused(text, seed, value):
    data = to_dict(loads(text))
    dice = random.Random(seed)
    part = data
    while True:
        step = dice.choice(list(part) if isinstance(part, dict) else range(len(part)))
        if not isinstance(part[step], dict | list) or not part[step] or dice.random() < 0.3:
            break
        part = part[step]
    part[step] = value
    _only_input_error(lambda: from_dict(data))


def _only_input_error(read):
    try:
        design = read()
    except InputError as error:
        assert str(error) and len(str(error)) < 8000
    else:
        assert isinstance(design, Design)
