"""Tapers, steps, bulbs, pyramids and round ends: the profile asked for is measured back from the atoms."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epidot import materials
from epidot.structure.facets import facet_table, facets
from epidot.structure.inspect import describe
from epidot.structure.measure_arms import measure_arms

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
A = materials.lattice_constant("CdSe")
ROW, BILAYER = np.sqrt(3.0 / 8.0) * A, A / np.sqrt(3.0)
"""Å"""
STEP = 2.0 * ROW / np.sqrt(np.pi / (2.0 * np.sqrt(3.0)))
"""Å in diameter between equivalent cuts of a hexagon, one row more on each side."""
SLOPE = np.tan(np.arctan(np.sqrt(8.0 / 3.0) * 2.0 / np.sqrt(3.0)))
"""Of a {10-11} face against (0001), ideal c/a: height per inradius."""


def segment(length, material="CdSe", **rest):
    sizes = {key: f"{value:.3f} nm" for key, value in rest.items() if isinstance(value, float)}
    return {"material": material, "length": f"{length:.3f} nm", **{**rest, **sizes}}


def rod(*segments, diameter=3.0, shape="hexagon", **rest):
    section = {"diameter": f"{diameter:.3f} nm", "shape": shape}
    return {"kind": "stack", "cross_section": section, "segments": list(segments), **rest}


def profile(structure, name="rod"):
    """Heights (bilayer,) above the foot and diameters, Å."""
    arm = next(arm for arm in measure_arms(structure, structure.positions) if arm.name == name)
    count = arm.bilayers
    return (np.arange(count) + 0.5) * arm.length / count, arm.profile


@FEW
@given(first=st.floats(1.6, 4.5), last=st.floats(1.6, 4.5), length=st.floats(5.0, 12.0))
def test_tapers(made, check_network, first, last, length):
    structure = made(rod(segment(length, diameter=first, taper_to=last)))
    check_network(structure)
    height, found = profile(structure)
    asked = 10.0 * (first + (last - first) * height / height.max())
    assert np.abs(found - asked).max() < 0.6 * STEP + 10.0 * abs(last - first) / len(height)
    assert np.abs((found - asked).mean()) < 0.3 * STEP
    told = structure.realised
    assert told["root.segments[0].diameter"]["realised"] == pytest.approx(10.0 * first, abs=0.55 * STEP)
    assert told["root.segments[0].taper_to"]["realised"] == pytest.approx(10.0 * last, abs=0.6 * STEP)


@pytest.mark.parametrize("end", ["arm1", "arm2"])
def test_conical_arms_do_not_meet_at_their_feet(made, check_network, end):
    thick, thin = (3.4, 1.5) if end == "arm1" else (1.5, 3.4)
    section = {"cross_section": {"diameter": f"{thick} nm"}}
    arms = [{**section, "segments": [segment(5.0, taper_to=thin)]}] * 4
    structure = made({"kind": "branch_point", "material": "CdSe", "arms": arms})
    check_network(structure)
    height, found = profile(structure, end)
    asked = 10.0 * (thick + (thin - thick) * height / height.max())
    assert np.abs(found - asked).max() < 0.8 * STEP


@FEW
@given(
    sizes=st.lists(st.floats(1.8, 4.0), min_size=2, max_size=3), shape=st.sampled_from(["hexagon", "circle"])
)
def test_steps(made, check_network, sizes, shape):
    structure = made(rod(*(segment(3.0, diameter=size) for size in sizes), shape=shape))
    check_network(structure)
    _, found = profile(structure)
    per_segment = np.split(found, len(sizes))
    for number, (size, part) in enumerate(zip(sizes, per_segment, strict=True)):
        asked = 10.0 * size
        # The first and last bilayer of a piece may lose or gain a rim.
        assert np.abs(part[1:-1] - asked).max() < 0.6 * STEP
        told = structure.realised[f"root.segments[{number}].diameter"]["realised"]
        assert part[2:-2].mean() == pytest.approx(told, abs=0.25 * STEP)


@pytest.mark.parametrize(("thick", "thin"), [("CdTe", "CdS"), ("ZnS", "CdSe")])
def test_steps_between_materials(made, thick, thin):
    """Diameters are lengths in each material: a barbell of CdTe on CdS is as thick as asked."""
    structure = made(
        rod(
            segment(3.0, thick, diameter=4.4),
            segment(8.0, thin),
            segment(3.0, thick, diameter=4.4),
            diameter=2.6,
        )
    )
    _, found = profile(structure)
    for place in (0, 2):
        told = structure.realised[f"root.segments[{place}].diameter"]["realised"]
        assert told == pytest.approx(44.0, abs=0.6 * STEP)
        assert found[0 if place == 0 else -1] == pytest.approx(told, rel=0.05)
    assert structure.realised["root.cross_section.diameter"]["asked"] == 26.0


@FEW
@given(bulb=st.floats(3.2, 4.5), length=st.floats(3.0, 6.0), place=st.floats(4.0, 8.0))
def test_bulbs(made, check_network, bulb, length, place):
    given_bulb = {"diameter": f"{bulb:.3f} nm", "length": f"{length:.3f} nm", "position": f"{place:.3f} nm"}
    structure = made(rod(segment(12.0), diameter=2.2, bulb=given_bulb))
    check_network(structure)
    height, found = profile(structure)
    away = np.clip(np.abs(height - 10.0 * place) / (5.0 * length), 0.0, 1.0)
    asked = 22.0 + 10.0 * (bulb - 2.2) * np.cos(0.5 * np.pi * away) ** 2
    assert np.abs(found - asked).max() < 0.75 * STEP
    assert abs(height[found > 22.0 + 4.0 * (bulb - 2.2)].mean() - 10.0 * place) < 2.0 * BILAYER


def test_a_bulb_grows_around_the_core(made):
    core = {"material": "CdSe", "diameter": "2.4 nm", "position": "4 nm"}
    given_bulb = {"diameter": "3.8 nm", "length": "5 nm"}
    structure = made(rod(segment(11.0, "CdS"), diameter=2.4, core=core, bulb=given_bulb))
    height, found = profile(structure)
    assert height[found.argmax()] == pytest.approx(40.0, abs=10.0)
    core_atoms = structure.segment == structure.segments.index("core")
    assert not ((structure.neighbours < 0).any(axis=1) & core_atoms).any()


@pytest.mark.parametrize("polarity", ["A", "B"])
@pytest.mark.parametrize("ends", [("tip",), ("base",), ("tip", "base")])
def test_pyramids_have_their_facets_and_slope(made, check_network, polarity, ends):
    structure = made(
        rod(segment(9.0), diameter=4.0, polarity=polarity, **{end: {"kind": "pyramid"} for end in ends})
    )
    check_network(structure)
    found = facet_table(facets(structure))
    flat = {"tip": "wz (0001)", "base": "wz (000-1)"}
    if polarity == "B":
        flat = {"tip": flat["base"], "base": flat["tip"]}
    for end, family in flat.items():
        area = found.get(family, {"area_nm2": 0.0})["area_nm2"]
        assert (area < 1.5) if end in ends else (area > 8.0)
    # The mantle of a hexagonal pyramid of inradius R: 2√3 R² over cos of the slope.
    inradius = (
        0.05
        * structure.realised["root.cross_section.diameter"]["realised"]
        * np.sqrt(np.pi / (2 * np.sqrt(3)))
    )
    mantle = 2.0 * np.sqrt(3.0) * inradius**2 * np.sqrt(1.0 + SLOPE**2)
    assert 0.5 * len(ends) * mantle < found["wz {10-11}"]["area_nm2"] < 1.1 * len(ends) * mantle
    height, wide = profile(structure)
    if "tip" in ends:
        height, wide = height[::-1].max() - height[::-1], wide[::-1]
    slant = slice(1, 8)
    rise = np.polyfit(0.5 * wide[slant] * np.sqrt(np.pi / (2.0 * np.sqrt(3.0))), height[slant], 1)[0]
    assert rise == pytest.approx(SLOPE, rel=0.15)


def test_a_pyramid_on_an_arm(made, check_network):
    arm = {"cross_section": {"diameter": "3 nm"}, "segments": [segment(5.0)]}
    arms = [{**arm, "tip": {"kind": "pyramid"}}, arm, arm]
    structure = made({"kind": "branch_point", "material": "CdSe", "arms": arms})
    check_network(structure)
    widest = [profile(structure, f"arm{number}")[1] for number in (1, 2)]
    assert widest[0][-1] < 0.5 * widest[1][-1]
    assert np.allclose(widest[0][:6], widest[1][:6], atol=0.2)


@pytest.mark.parametrize("shape", ["hexagon", "circle"])
def test_round_ends_are_half_spheres(made, check_network, shape):
    structure = made(
        rod(segment(9.0), diameter=4.0, shape=shape, tip={"kind": "round"}, base={"kind": "round"})
    )
    check_network(structure)
    height, wide = profile(structure)
    radius = 0.5 * wide.max()
    long = height.max() + 0.5 * BILAYER
    from_end = np.minimum(height, long - height)
    inradius = radius if shape == "circle" else radius * np.sqrt(np.pi / (2.0 * np.sqrt(3.0)))
    share = np.clip(from_end / inradius, 0.0, 1.0)
    asked = 2.0 * radius * np.sqrt(1.0 - (1.0 - share) ** 2)
    assert np.abs(wide - asked).max() < 0.8 * STEP
    assert np.abs(wide - asked).mean() < 0.25 * STEP


def test_sizes_step_but_segments_of_another_material_keep_the_rows(made):
    """A coherent rod has as many rows in CdTe as in CdS, unless a segment has its own diameter."""
    plain = made(rod(segment(4.0, "CdS"), segment(4.0, "CdTe"), diameter=4.0))
    own = made(rod(segment(4.0, "CdS"), segment(4.0, "CdTe", diameter=4.0), diameter=4.0))
    counts = []
    for structure in (plain, own):
        inner = [structure.segment == number for number in (0, 1)]
        per_bilayer = [
            np.unique(structure.positions[mine, 2].round(1), return_counts=True)[1].max() for mine in inner
        ]
        counts.append(per_bilayer)
    assert counts[0][0] == counts[0][1]
    assert counts[1][0] > counts[1][1]
    assert describe(own)["arms"][0]["max_diameter_nm"] < describe(plain)["arms"][0]["max_diameter_nm"]
