"""The structure report as people read it: in the terminal at 80 columns, and in the HTML page."""

import dataclasses
import io
import re
import textwrap

import pytest
from rich.console import Console

from epidot.design import from_dict
from epidot.reporting.structure_section import structure_lines
from epidot.reporting.tables import structure_table
from epidot.structure import build
from epidot.structure.inspect import describe


def arm(diameter, length, **options):
    section = {"diameter": diameter}
    return {"cross_section": section, "segments": [{"material": "CdS", "length": length}], **options}


@pytest.fixture(scope="module")
def facts():
    node = {"kind": "branch_point", "material": "CdTe", "arms": [arm("2 nm", "3 nm")], "repeat": 3}
    root = {"kind": "branch_point", "material": "CdSe", "arms": [arm("2.6 nm", "5 nm", tip=node)] * 4}
    structure = build(from_dict({"schema": "epidot-design/1", "name": "dendrimer", "root": root}))
    return describe(structure) | {"file": "structure.cif", "seconds": 1.234, "realised": structure.realised}


def printed(facts, width=80):
    stream = io.StringIO()
    Console(file=stream, width=width).print(structure_table(facts))
    return stream.getvalue()


def test_table_fits_eighty_columns(facts):
    text = printed(facts)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "structure.cif in 1.23 s" in text
    words = " ".join(text.split())
    assert f"{facts['atoms']:,}:" in words
    assert f"TEM diameter {facts['sizes']['tem_diameter_nm']:.3g} nm" in words
    assert "30 × 109.47°" in words
    for charge in (facts["formal_charge"]["from_ions_e"], 54.0):
        charged = facts | {"formal_charge": {"from_ions_e": charge}}
        assert f"formal charge {charge:+.0f} e".replace("-", "−") in " ".join(printed(charged).split())


def test_equal_arms_are_told_once(facts):
    lines = {line.what: line.value for line in structure_lines(facts)}
    assert "arm1.arm1 … arm4.arm3 (12)" in lines
    length, bilayers = facts["arms"][0]["length_nm"], facts["arms"][0]["bilayers"]
    assert lines["arm1, arm2, arm3, arm4"].startswith(f"{length:.2f} nm long")
    assert f"{bilayers} bilayers, stacking {bilayers}h" in lines["arm1, arm2, arm3, arm4"]
    assert "12 × arm*.arm*.s1" in lines["segments"]
    assert "root.arms[*].tip.arms[*].segments[0].length: asked 3.00" in lines["sizes of the design"]


def test_every_facet_and_compound_has_a_line(facts):
    lines = {line.what: line.value.splitlines() for line in structure_lines(facts)}
    assert len(lines["facets"]) == len(facts["facets"])
    for told, (name, entry) in zip(lines["facets"], facts["facets"].items(), strict=True):
        assert told.startswith(name.replace("edge/rough", "edges and rough places"))
        area = re.search(r": ([\d.,]+) nm²", told)
        assert float(area[1].replace(",", "")) == pytest.approx(entry["area_nm2"], rel=6e-3)
    assert [line.split()[0] for line in lines["bonds unrelaxed"]] == list(facts["bonds"])


def test_long_stackings_are_cut_short(facts):
    many = " ".join(["2h 1c"] * 20)
    arms = [facts["arms"][0] | {"stacking": many}]
    lines = {line.what: line.value for line in structure_lines(facts | {"arms": arms})}
    assert lines["arm1"].endswith("stacking 2h 1c 2h 1c 2h 1c 2h 1c … (40 runs)")


def test_an_older_summary_gives_what_it_has():
    facts = {"atoms": 8, "by_element": {"Cd": 4, "Se": 4}, "undercoordinated_interior": 0}
    assert [line.what for line in structure_lines(facts)] == ["atoms", "inside with a missing bond"]
    assert structure_lines({}) == []


def test_page_shows_the_same_lines(facts):
    from jinja2 import Environment, PackageLoader

    source = PackageLoader("epidot.reporting", "templates").get_source(Environment(), "report.html.j2")[0]
    section = source[
        source.index("{% if structure %}") : source.index('<section class="wide" aria-labelledby="res')
    ]
    lines = structure_lines(facts)
    html = Environment(autoescape=True, trim_blocks=True).from_string(section).render(structure=lines)
    assert html.count('<tr><th scope="row">') == len(lines)
    assert all(part in html for line in lines for part in textwrap.dedent(line.value).splitlines())
    hostile = [dataclasses.replace(lines[0], value="<script>")]
    assert "<script>" not in Environment(autoescape=True).from_string(section).render(structure=hostile)
    assert Environment().from_string(section).render(structure=[]).strip() == ""
