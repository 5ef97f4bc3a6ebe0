"""Charges, numbers and sizes over random designs and every template, against geometry worked out by hand."""

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from epidot import materials
from epidot.design import catalogue, from_dict
from epidot.design.walk import limbs
from epidot.structure import build
from epidot.structure.extent import sizes
from epidot.structure.facets import facet_table, facets
from epidot.structure.measure_arms import measure_arms
from epidot.structure.structure import NO_ATOM

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COMPOUNDS = st.sampled_from(materials.names())
BILAYER, ROW = 1.0 / np.sqrt(3.0), np.sqrt(3.0 / 8.0)
"""Units of a: height of a bilayer, distance between {10-10} rows."""
AREA_OF_FLATS = np.sqrt(2.0 * np.sqrt(3.0) / np.pi)
"""Diameter of the circle of equal area over the width from flat to flat of a hexagon."""
LENGTHS = ("length", "diameter", "thickness", "height", "width", "position", "axial", "taper_to")
OWN_SHAPE = ("imperfect_rod", "cds_rod", "rod_in_rod", "core_shell_tetrapod")
"""Rough, with a pyramid, with shells: their limbs are no plain prisms; other tests judge them."""


def nm(low, high):
    return st.floats(low, high).map(lambda value: f"{value:.3f} nm")


def rod(diameter, length, material="CdSe", **rest):
    section = rest.pop("cross_section", {})
    return {
        "kind": "stack",
        "cross_section": {"diameter": diameter, **section},
        "segments": [{"material": material, "length": length}],
        **rest,
    }


def scaled(part, factor):
    """All lengths of a design times a factor."""
    if isinstance(part, list):
        return [scaled(value, factor) for value in part]
    if not isinstance(part, dict):
        return part
    found = {}
    for key, value in part.items():
        found[key] = scaled(value, factor)
        if key in LENGTHS and isinstance(value, str):
            least = 1.0 if key in ("diameter", "taper_to") else 0.4
            found[key] = f"{max(float(value.split()[0]) * factor, least):.3f} nm"
    return found


def identity(structure):
    """2 (N_cat - N_an) and (D_cat - D_an)/2, D the dangling bonds: every bond has one cation, one anion."""
    cation = structure.cation == 1
    missing = (structure.neighbours == NO_ATOM).sum(axis=1)
    ions = 2 * (int(cation.sum()) - int((~cation).sum()))
    return ions, 0.5 * float(missing[cation].sum() - missing[~cation].sum())


def step(key, material):
    """How much a realised length of a limb may differ from the one asked for, Å."""
    a = materials.lattice_constant(material)
    # Lengths: half a bilayer. Diameters: half the way between equivalent cuts, two rows apart across.
    return 0.5 * BILAYER * a if key == "length" else ROW * a * AREA_OF_FLATS


@pytest.mark.parametrize("name", catalogue.names())
def test_templates_of_random_size_have_the_sizes_asked_for(name):
    data = yaml.safe_load(catalogue.template(name).yaml_text)
    factor = np.random.default_rng(sum(name.encode())).uniform(0.55, 0.8)
    data["root"] = scaled(data["root"], factor)
    for defect in data.get("defects", []):
        defect.pop("layer", None) and defect.update(spacing="20 nm")
    design = from_dict(data)
    structure = build(design)
    ions, dangling = identity(structure)
    assert ions == dangling
    arms = {arm.name: arm for arm in measure_arms(structure, structure.positions)}
    for limb in limbs(design):
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in limb.place)[1:]
        told = {
            key[len(path) + 1 :]: value for key, value in structure.realised.items() if key.startswith(path)
        }
        length = 0.0
        for place, segment in enumerate(limb.part.segments):
            entry = told[f"segments[{place}].length"]
            length += entry["realised"]
            spread = 4.0 * (design.disorder.arm_length or 0.0)
            assert abs(entry["realised"] - segment.length) <= step("length", segment.material) + spread + 1e-6
            for key in ("diameter", "taper_to"):
                if getattr(segment, key) is not None:
                    entry = told[f"segments[{place}].{key}"]
                    assert abs(entry["realised"] - getattr(segment, key)) <= step(key, segment.material)
        if name in OWN_SHAPE:
            continue
        arm = arms[limb.name]
        assert abs(arm.length - length) < 1.0
        if all(segment.diameter is None for segment in limb.part.segments):
            first = limb.part.segments[0].material
            entry = told["cross_section.diameter"]
            spread = 4.0 * (design.disorder.arm_diameter or 0.0)
            assert abs(entry["realised"] - entry["asked"]) <= step("diameter", first) + spread
            # Segments of a larger lattice constant continue the same rows, so are wider.
            ratio = [
                materials.lattice_constant(s.material) / materials.lattice_constant(first)
                for s in limb.part.segments
            ]
            assert min(ratio) - 0.06 < arm.diameter / entry["realised"] < max(ratio) + 0.06


@FEW
@given(
    diameter=nm(1.6, 4.0),
    length=nm(2.0, 8.0),
    material=COMPOUNDS,
    shape=st.sampled_from(["hexagon", "circle"]),
    phase=st.sampled_from(["wz", "zb"]),
    polarity=st.sampled_from("AB"),
)
def test_rods(made, diameter, length, material, shape, phase, polarity):
    structure = made(
        rod(diameter, length, material, cross_section={"shape": shape}, phase=phase, polarity=polarity)
    )
    assert identity(structure)[0] == identity(structure)[1]
    a = materials.lattice_constant(material)
    count = len(np.unique(structure.positions[structure.cation == 1][:, 2].round(3)))
    assert abs(count * BILAYER * a - 10.0 * float(length.split()[0])) <= 0.5 * BILAYER * a + 1e-6
    wide = structure.realised["root.cross_section.diameter"]["realised"]
    assert (
        abs(wide - 10.0 * float(diameter.split()[0]))
        <= (0.5 if phase == "wz" else 1.0) * ROW * a * AREA_OF_FLATS + 1e-6
    )
    # Sites fill the prism at a³/8 each; pruning and the outline of a circle cost or add a rim.
    volume = np.pi / 4.0 * wide**2 * count * BILAYER * a
    assert len(structure.positions) * a**3 / 8.0 == pytest.approx(volume, rel=0.6 * a / wide)


@pytest.mark.parametrize("facet", ["{10-10}", "{11-20}"])
@pytest.mark.parametrize("measure", ["area", "tem", "flats"])
def test_what_a_diameter_means(made, facet, measure):
    """Of a hexagon with flats w apart: area √3/2 w², mean width 2√3 w/π (Cauchy)."""
    structure = made(rod("3.6 nm", "4 nm", cross_section={"facets": facet, "measure": measure}))
    told = structure.realised["root.cross_section.diameter"]["realised"]
    flats = {"area": told / AREA_OF_FLATS, "tem": told * np.pi / (2.0 * np.sqrt(3.0)), "flats": told}[measure]
    a = materials.lattice_constant("CdSe")
    volume = np.sqrt(3.0) / 2.0 * flats**2 * round(40.0 / (BILAYER * a)) * BILAYER * a
    assert len(structure.positions) * a**3 / 8.0 == pytest.approx(volume, rel=0.04)
    assert next(iter(facet_table(facets(structure)))) == f"wz {facet}"


EDGES = {
    "sphere": (0.0, 0.03),
    "octahedron": (0.74, 0.31),
    "cube": (0.70, 0.60),
    "tetrahedron": (1.06, 0.51),
    "truncated_tetrahedron": (0.53, 0.34),
    "truncated_octahedron": (0.45, 0.21),
    "cuboctahedron": (0.45, 0.23),
}
"""Units of a. First: half the way, in diameter, between two cuts of all facets ({111}: a/√3, {100}: a/2).
Second: what sharp edges lose, whatever the size, because atoms there have a single bond."""


@FEW
@given(shape=st.sampled_from(tuple(EDGES)), diameter=st.floats(2.6, 4.5))
def test_polyhedra_have_the_diameter_of_their_shadow(made, shape, diameter):
    """Cauchy: the mean shadow of a convex body is a quarter of its surface."""
    structure = made({"kind": "dot", "material": "CdSe", "shape": shape, "diameter": f"{diameter:.3f} nm"})
    assert identity(structure)[0] == identity(structure)[1]
    a = materials.lattice_constant("CdSe")
    told = structure.realised["root.diameter"]["realised"]
    snap, edge = EDGES[shape]
    assert abs(told - 10.0 * diameter) <= snap * a + 0.01
    surface = facets(structure)
    seen = 10.0 * sizes(structure, surface)["tem_diameter_nm"]
    assert abs(told - edge * a - seen) < 0.15 * a
    hull = ConvexHull(surface.dangling.middle)
    assert seen == pytest.approx(np.sqrt(hull.area / np.pi), abs=0.2 * a)


@FEW
@given(diameter=st.floats(2.0, 4.0), height=st.floats(1.5, 6.0))
def test_hexagonal_prisms(made, diameter, height):
    root = {"kind": "dot", "phase": "wz", "material": "CdS", "shape": "hexagonal_prism"}
    structure = made({**root, "diameter": f"{diameter:.3f} nm", "height": f"{height:.3f} nm"})
    a = materials.lattice_constant("CdS")
    told = structure.realised["root.height"]["realised"]
    assert abs(told - 10.0 * height) <= 0.5 * BILAYER * a + 1e-5
    cations = structure.positions[structure.cation == 1][:, 2]
    assert len(np.unique(cations.round(3))) == round(told / (BILAYER * a))
    wide = structure.realised["root.diameter"]["realised"]
    assert len(structure.positions) * a**3 / 8.0 == pytest.approx(np.pi / 4.0 * wide**2 * told, rel=0.05)


@FEW
@given(
    core=st.floats(1.6, 3.0),
    shell=st.floats(0.4, 1.2),
    names=st.tuples(COMPOUNDS, COMPOUNDS),
    phase=st.sampled_from(["zb", "wz"]),
)
def test_stoichiometry_of_core_shell_dots(made, core, shell, names, phase):
    structure = made(
        {"kind": "dot", "phase": phase, "material": names[0], "diameter": f"{core:.3f} nm"},
        shells=[{"material": names[1], "thickness": f"{shell:.3f} nm"}],
    )
    ions, dangling = identity(structure)
    assert ions == dangling
    # Atoms of the core fill its sphere, a³/8 each.
    inside = int((structure.segment == structure.segments.index("core")).sum())
    volume = np.pi / 6.0 * (10.0 * core) ** 3
    assert inside * materials.lattice_constant(names[0]) ** 3 / 8.0 == pytest.approx(volume, rel=0.15)
