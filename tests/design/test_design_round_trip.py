"""Random designs: YAML and JSON give the same design back; the hash says which particle it is."""

import json
import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot.design import Design, design_hash, from_dict, json_schema, loads, to_dict, to_yaml
from epidot.design.catalogue import names, template

SOME = settings(max_examples=30, deadline=None)
MATERIALS = ("CdS", "CdSe", "CdTe", "ZnS", "ZnSe", "ZnTe")
SWAPS = {
    "toluene": "water",
    "hexane": "water",
    "hexagon": "circle",
    "circle": "hexagon",
    "wz": "zb",
    "zb": "wz",
}
SWAPS |= {name: MATERIALS[place - 1] for place, name in enumerate(MATERIALS)}
UNITS = {"nm": 0.1, "Å": 1.0, "\u212b": 1.0, "angstrom": 1.0, "pm": 100.0, "um": 1e-4}


def sizes(low, high):
    """Lengths in Å, as text in any unit."""
    return st.builds(
        lambda value, unit: f"{value * UNITS[unit]!r} {unit}",
        st.floats(low, high),
        st.sampled_from(list(UNITS)),
    )


materials = st.sampled_from(MATERIALS)
sections = st.fixed_dictionaries(
    {"diameter": sizes(10, 100)}, optional={"shape": st.sampled_from(["hexagon", "circle"])}
)
segments = st.lists(
    st.fixed_dictionaries({"material": materials, "length": sizes(4, 500)}), min_size=1, max_size=4
)
arm_parts = st.fixed_dictionaries(
    {"cross_section": sections, "segments": segments},
    optional={"phase": st.sampled_from(["wz", "zb"]), "polarity": st.just("A")},
)


@st.composite
def arms(draw):
    facets = draw(st.permutations(range(4)))
    found = []
    for facet in facets[: draw(st.integers(1, 4))]:
        part = draw(arm_parts)
        found.append({**part, "facet": facet} if draw(st.booleans()) else part)
    return found


dots = st.fixed_dictionaries(
    {"kind": st.just("dot"), "material": materials, "diameter": sizes(10, 150)},
    optional={"phase": st.sampled_from(["wz", "zb"]), "shape": st.just("sphere")},
)
stacks = st.fixed_dictionaries(
    {"kind": st.just("stack"), "cross_section": sections, "segments": segments},
    optional={"phase": st.sampled_from(["wz", "zb"])},
)
cored = st.builds(
    lambda material, size: {
        "kind": "stack",
        "cross_section": {"diameter": "8 nm"},
        "segments": [{"material": "CdS", "length": "30 nm"}],
        "core": {"material": material, "diameter": size},
    },
    materials,
    sizes(10, 70),
)
branch_points = st.fixed_dictionaries(
    {"kind": st.just("branch_point"), "material": materials, "arms": arms()},
    optional={"core": st.fixed_dictionaries({"material": materials, "diameter": sizes(10, 150)})},
)
titles = st.text(min_size=1, max_size=30).filter(lambda text: bool(text.strip()) and text.isprintable())


@st.composite
def designs(draw):
    root = draw(st.one_of(dots, stacks, cored, branch_points))
    data = {"schema": "epidot-design/1", "name": draw(titles), "root": root}
    if root["kind"] == "dot":
        shell = st.fixed_dictionaries({"material": materials, "thickness": sizes(4, 30)})
        data["shells"] = draw(st.lists(shell, max_size=3))
    if draw(st.booleans()):
        kelvin = draw(st.floats(1, 400))
        data["environment"] = {"solvent": "hexane", "temperature": f"{kelvin!r} K"}
    return from_dict(data)


@SOME
@given(designs())
def test_yaml_and_json_give_the_same_design_back(design):
    assert loads(to_yaml(design)) == design
    assert from_dict(json.loads(json.dumps(to_dict(design)))) == design
    assert Design.model_validate_json(design.model_dump_json(by_alias=True)) == design


@SOME
@given(designs(), st.integers(0, 1000))
def test_hash_ignores_order_of_keys_and_spelling_of_units(design, seed):
    rewritten = _respelled(to_dict(design), random.Random(seed))
    assert design_hash(from_dict(rewritten)) == design_hash(design)


@SOME
@given(designs())
def test_hash_ignores_the_name_and_nothing_else(design):
    data = to_dict(design)
    assert design_hash(from_dict({**data, "name": "another"})) == design_hash(design)
    seen = {design_hash(design)}
    variants = list(_changes(data))
    assert variants
    for variant in variants:
        seen.add(design_hash(from_dict(variant)))
    assert len(seen) == len(variants) + 1


def test_hash_ignores_anchors_comments_and_written_defaults():
    text = template("tetrapod").yaml_text
    design = loads(text)
    assert design_hash(loads(to_yaml(design))) == design_hash(design)
    assert "&" in text and "&" not in to_yaml(design).replace("&id", "&")


def test_hash_is_stable():
    # A cache on disk lives as long as this number: change it only with the version of the format.
    text = "{schema: epidot-design/1, name: x, root: {kind: dot, material: CdSe, diameter: 4 nm}}"
    assert design_hash(loads(text)) == "1dc59202600f497597259abda842be7adc1bccb5143df2374df4762238d95167"


@pytest.mark.parametrize(
    "spelling", ["4 nm", "40 Å", "40 \u212b", "40 angstrom", "4000 pm", "4e-9 m", "4.0nm", "+4 nm"]
)
def test_one_length_has_many_spellings(spelling):
    text = f"{{schema: epidot-design/1, name: x, root: {{kind: dot, material: CdSe, diameter: {spelling}}}}}"
    assert loads(text).root.diameter == 40.0


def test_merge_keys_override_and_repeat():
    design = loads(template("tetrapod").yaml_text)
    assert [arm.facet for arm in design.root.arms] == [0, 1, 2, 3]
    assert len({arm.segments for arm in design.root.arms}) == 1
    text = template("tetrapod").yaml_text.replace(
        "{<<: *arm, facet: 3}", "{<<: [{phase: zb, facet: 1}, *arm], facet: 3}"
    )
    assert [arm.phase for arm in loads(text).root.arms] == ["wz", "wz", "wz", "zb"]


def test_schema_describes_the_examples():
    schema = json_schema()
    for name in names():
        _follows(to_dict(loads(template(name).yaml_text)), schema, schema["$defs"])
    with pytest.raises(AssertionError):
        _follows({"schema": "epidot-design/1", "name": "x", "rot": {}}, schema, schema["$defs"])


def test_reading_is_quick():
    text = template("tetrapod").yaml_text
    loads(text)
    times = []
    for _ in range(5):
        start = time.process_time()
        loads(text)
        times.append(time.process_time() - start)
    assert min(times) < 0.05


def _respelled(node, dice):
    if isinstance(node, dict):
        keys = list(node)
        dice.shuffle(keys)
        return {key: _respelled(node[key], dice) for key in keys}
    if isinstance(node, list):
        return [_respelled(entry, dice) for entry in node]
    if isinstance(node, str) and node.endswith(" nm"):
        unit = dice.choice(list(UNITS))
        return f"{float(node[:-3]) * 10.0 * UNITS[unit]!r} {unit}"
    return node


def _changes(data):
    """The same design with one quantity, material or choice changed, for each of these."""
    text = json.dumps(data)
    for place, value in _leaves(data):
        new = SWAPS.get(value)
        if value == "zb" and place == ["root", "phase"] and "arms" in data["root"]:
            new = None
        if str(value).endswith(" nm") and place[-1] != "position" and "core" not in place:
            number = float(value[:-3])
            # Small enough to stay in range on either side, larger than what is kept of a length.
            new = f"{number + (-1e-5 if number > 5.0 else 1e-5)!r} nm"
        if new is not None:
            copy = json.loads(text)
            part = copy
            for step in place[:-1]:
                part = part[step]
            part[place[-1]] = new
            yield copy


def _leaves(node, place=()):
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    if not isinstance(node, dict | list):
        yield list(place), node
    for key, value in items:
        yield from _leaves(value, (*place, key))


def _follows(value, schema, definitions):
    """The few words of JSON Schema that ours uses."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    choices = schema.get("anyOf", schema.get("oneOf"))
    assert choices is None or any(_holds(value, choice, definitions) for choice in choices)
    assert value == schema.get("const", value)
    assert value in schema.get("enum", [value])
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", [])) <= set(value) <= set(schema["properties"])
        for key, entry in value.items():
            _follows(entry, schema["properties"][key], definitions)
    elif isinstance(value, list):
        assert schema["type"] == "array"
        for entry in value:
            _follows(entry, schema["items"], definitions)
    elif isinstance(value, str):
        assert schema.get("type", "string") == "string"
        assert re.search(schema.get("pattern", ""), value)


def _holds(value, schema, definitions):
    try:
        _follows(value, schema, definitions)
    except (AssertionError, KeyError):
        return False
    return True


def with_field(**field):
    root = {"kind": "dot", "material": "CdSe", "diameter": "3 nm"}
    return from_dict(
        {"schema": "epidot-design/1", "name": "dot", "root": root, "environment": {"field": field}}
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"strength": "0.01 V/nm", "along": "z"}, {"strength": "100 kV/cm", "along": "z"}),
        ({"strength": "-3.5 MV/m", "along": [2, -1, 0]}, {"strength": "-35 kV/cm", "along": (1.0, -0.5, 0)}),
    ],
)
def test_a_field_has_one_spelling(one, other):
    first, second = with_field(**one), with_field(**other)
    assert first == second and design_hash(first) == design_hash(second)
    assert loads(to_yaml(first)) == first
    assert to_dict(first)["environment"]["field"]["strength"].endswith(" kV/cm")
    assert design_hash(first) != design_hash(with_field(strength="99 kV/cm", along=one["along"]))
    assert design_hash(first) != design_hash(with_field(strength=one["strength"], along="x"))


def test_no_field_leaves_no_trace():
    root = {"kind": "dot", "material": "CdSe", "diameter": "3 nm"}
    plain = from_dict({"schema": "epidot-design/1", "name": "dot", "root": root})
    assert "field" not in to_dict(plain)["environment"]
