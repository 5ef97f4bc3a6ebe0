"""Templates, examples and documentation say the same as the functions and the models."""

import math
import re
from pathlib import Path

import pytest

from epidot import materials
from epidot.design import Design, catalogue, loads
from epidot.design.check import RULES, bilayer
from epidot.design.design import FLAT_TO_FLAT, Part
from epidot.errors import InputError
from epidot.structure import build

REPOSITORY = Path(__file__).parents[2]
FLAGSHIP = {
    "core_diameter": "3 nm",
    "arm_diameter": "4 nm",
    "arm_length": "3 nm",
    "extension": ("CdTe", "5 nm"),
}
DESIGNS = {
    "zb_dot": catalogue.zb_dot(),
    "wz_dot": catalogue.wz_dot(),
    "core_shell_dot": catalogue.core_shell_dot(),
    "wz_rod": catalogue.wz_rod(),
    "dot_in_rod": catalogue.dot_in_rod(),
    "heterorod": catalogue.heterorod(),
    "tetrapod": catalogue.tetrapod(**FLAGSHIP),
}
"""Templates that are functions, too."""


def test_every_template_is_tried_here():
    assert set(DESIGNS) <= set(catalogue.names())
    assert len({catalogue.template(name).id for name in catalogue.names()}) == len(catalogue.names())


@pytest.mark.parametrize("name", DESIGNS)
def test_text_and_function_give_one_design(name):
    assert loads(catalogue.template(name).yaml_text) == DESIGNS[name]


@pytest.mark.parametrize("name", catalogue.names())
def test_example_is_the_text_of_the_template(name):
    text = (REPOSITORY / "examples" / f"{name}.yaml").read_text(encoding="utf-8")
    assert text == catalogue.template(name).yaml_text


@pytest.mark.parametrize("name", catalogue.names())
def test_text_explains_itself(name):
    lines = catalogue.template(name).yaml_text.splitlines()
    assert max(map(len, lines)) <= 110
    code = [(line.split("#")[0], "#" in line) for line in lines]
    explained = {key for text, comment in code if comment for key in re.findall(r"(\w+):(?: |$)", text)}
    assert explained
    used = {key for text, _ in code for key in re.findall(r"(\w+):(?: |$)", text)}
    assert used <= explained


def test_text_lists_all_materials_and_solvents():
    text = catalogue.template("tetrapod").yaml_text
    assert set(materials.names()) == set(re.findall(r"\b(?:Cd|Zn)(?:Se|S|Te)\b", text))
    for name in materials.solvents():
        assert name in text


def test_the_flagship_has_more_than_ten_thousand_atoms():
    atoms = len(build(DESIGNS["tetrapod"]).numbers)
    assert 10_000 < atoms < 20_000


def test_arguments_are_text_or_angstrom():
    assert catalogue.zb_dot(diameter=40.0) == catalogue.zb_dot(diameter="4 nm") == catalogue.zb_dot()
    assert catalogue.wz_rod(length=250, diameter="40 Å") == catalogue.wz_rod()


def test_a_tetrapod_of_any_segments():
    design = catalogue.tetrapod(segments=[("CdS", "10 nm"), ("CdSe", "5 nm"), ("CdTe", 40.0)])
    assert [[part.material for part in arm.segments] for arm in design.root.arms] == [
        ["CdS", "CdSe", "CdTe"]
    ] * 4
    assert (design.root.core.material, design.root.material) == ("CdSe", "CdS")
    assert [arm.facet for arm in design.root.arms] == [0, 1, 2, 3]


def test_a_tetrapod_of_core_and_arm():
    design = catalogue.tetrapod(core="CdSe", arm="CdS", core_diameter="4 nm", arm_length="25 nm")
    assert {(part.material, part.length) for arm in design.root.arms for part in arm.segments} == {
        ("CdS", 250.0)
    }
    assert design.name == "CdSe–CdS tetrapod"


def test_more_than_one_shell():
    design = catalogue.core_shell_dot(outer=("ZnS", "0.7 nm"))
    assert [(shell.material, shell.thickness) for shell in design.shells] == [("CdS", 14.0), ("ZnS", 7.0)]


BAD = [
    (lambda: catalogue.zb_dot("CdX"), r"root\.material = CdX: .*mean CdS"),
    (lambda: catalogue.zb_dot(diameter="4"), r"root\.diameter = 4: a length needs a unit"),
    (lambda: catalogue.zb_dot(diameter=4), r"root\.diameter = 4\.0 Å: must be 1 nm to 30 nm"),
    (lambda: catalogue.zb_dot(diameter=None), "diameter = None: must be text with a unit or a number in Å"),
    (lambda: catalogue.zb_dot(diameter=math.nan), r"root\.diameter"),
    (lambda: catalogue.zb_dot(diameter=1e300), r"root\.diameter"),
    (lambda: catalogue.heterorod(()), r"root\.segments = a list of 0: must have at least one entry"),
    (lambda: catalogue.heterorod(["CdSe"]), "segments = CdSe: must be material and length"),
    (lambda: catalogue.tetrapod(segments=[]), r"root\.arms\[0\]\.segments = a list of 0"),
    (lambda: catalogue.tetrapod(arm="CdS", segments=[("CdS", "9 nm")]), "segments .* Give one or the other"),
    (lambda: catalogue.tetrapod(extension=("CdTe",)), "extension = .*must be material and length"),
    (lambda: catalogue.tetrapod(arm_length="4 km"), r"root\.arms\[0\]\.segments\[0\]\.length = 4 km"),
    (lambda: catalogue.dot_in_rod(position="1 nm"), r"root\.core\.position = 1 nm: must leave"),
    (lambda: catalogue.template("tetrapot"), r'template = tetrapot: .*"tetrapod".*wz_rod'),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_arguments(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_hexagon_flat_to_flat():
    # Area of a hexagon of width w: w² √3/2.
    assert math.isclose(math.pi / 4.0, FLAT_TO_FLAT**2 * math.sqrt(3.0) / 2.0, rel_tol=1e-4)


@pytest.mark.parametrize(("material", "half_c"), [("CdS", 3.357), ("CdSe", 3.505), ("CdTe", 3.75)])
def test_bilayer_is_half_of_c(material, half_c):
    # c of wurtzite 6.714, 7.010 and 7.50 Å (CdTe films): measured, so equal to ideal ones within 1 %.
    assert bilayer(material) == pytest.approx(half_c, rel=0.01)


def test_reference_page_names_every_key_and_its_examples_are_read():
    page = (REPOSITORY / "docs" / "design.md").read_text(encoding="utf-8")
    keys = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    assert keys == {
        entry.alias or name for model in Part.__subclasses__() for name, entry in model.model_fields.items()
    }
    examples = [
        block for block in re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL) if "schema:" in block
    ]
    assert examples
    for text in examples:
        assert isinstance(loads(text), Design)
    for name in catalogue.names():
        assert f"`{name}`" in page
    assert len(RULES) == len(re.findall(r"^\d+\. ", page, flags=re.MULTILINE))
