"""Stacking asked for is the stacking read off the finished atoms; faults are those of the textbooks."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epidot.errors import InputError
from epidot.structure.measure_arms import measure_arms
from epidot.structure.structure import NO_ATOM

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STRINGS = st.text(alphabet="hc", min_size=4, max_size=18)
BILAYER_NM = 0.6052 / np.sqrt(3.0)
FAULTS = {"I1": "c", "I2": "cc", "E": "ccc", "twin": "h", "ISF": "hh", "ESF": "hch"}
"""What each fault puts in: of wurtzite (h) and zinc blende (c); Hirth and Lothe, ch. 10."""


def rod(bilayers, diameter=1.8, **rest):
    return {
        "kind": "stack",
        "cross_section": {"diameter": f"{diameter} nm"},
        "segments": [{"material": "CdSe", "length": f"{bilayers * BILAYER_NM:.4f} nm"}],
        **rest,
    }


def runs(letters):
    return " ".join(f"{len(list(run))}{letter}" for letter, run in groupby(letters))


def reading(structure, name="rod"):
    """The letters of a limb as `measure_arms` reads them; the lowest bilayer of a rod has none."""
    arms = {arm.name: arm for arm in measure_arms(structure, structure.positions)}
    return arms[name].stacking


def letters_by_columns(structure):
    """The same by hand: h where the cation layers on both sides lie over each other (ABA), c if not (ABC).

    Sees positions only. The outermost layers have no letter.
    """
    cations = structure.positions[structure.cation == 1]
    level = np.round(cations[:, 2] / (10.0 * BILAYER_NM) * 2.0).astype(int)
    heights = np.unique(level)
    layers = [cations[level == height] for height in heights]
    found = ""
    for below, above in zip(layers, layers[2:], strict=False):
        centre = above[np.linalg.norm(above[:, :2], axis=1).argmin()]
        beside = np.linalg.norm(below[:, :2] - centre[:2], axis=1).min()
        found += "h" if beside < 0.5 else "c"
    return found


@FEW
@given(word=STRINGS, polarity=st.sampled_from("AB"), diameter=st.floats(1.4, 2.0))
def test_any_string_is_a_perfect_network_and_is_read_back(made, check_network, word, polarity, diameter):
    structure = made(rod(len(word), round(diameter, 2), stacking=word, polarity=polarity))
    check_network(structure)
    assert reading(structure) == runs(word[1:])
    # A letter is that of the axial bonds under a bilayer; their cations are in the one below (A) or in it.
    assert letters_by_columns(structure) == (word[2:] if polarity == "A" else word[1:-1])


@FEW
@given(word=STRINGS)
def test_arms_have_their_strings_too(made, check_network, word):
    arms = [
        {**{key: value for key, value in rod(len(word), 1.5).items() if key != "kind"}, "stacking": string}
        for string in (word, "4H")
    ]
    structure = made({"kind": "branch_point", "material": "CdSe", "arms": arms})
    check_network(structure)
    assert reading(structure, "arm1") == runs(word)
    assert reading(structure, "arm2") == runs(("hc" * 9)[: len(word)])


@pytest.mark.parametrize(("name", "word"), [("2H", "h"), ("3C", "c"), ("4H", "hc"), ("6H", "hcc")])
def test_ramsdell_names_have_their_period(made, name, word):
    """nH repeats after n layers, and after no fewer: Ramsdell, Am. Mineral. 32, 64 (1947)."""
    structure = made(rod(24, stacking=name))
    assert reading(structure) == runs((word * 24)[1:24])
    cations = structure.positions[structure.cation == 1]
    inner = cations[np.linalg.norm(cations[:, :2], axis=1) < 5.0]
    low = inner[np.abs(inner[:, 2] + 20.0) < 35.0 * BILAYER_NM]

    def repeats(layers):
        moved = low + np.array([0.0, 0.0, 10.0 * layers * BILAYER_NM])
        return np.linalg.norm(moved[:, None] - cations[None], axis=2).min(axis=1).max() < 0.01

    period = int(name[0])
    assert repeats(period)
    assert not any(repeats(fewer) for fewer in range(1, period))


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("layer", [3, 9])
def test_faults_sit_where_they_are_asked_for(made, check_network, kind, layer):
    host = "h" if kind in ("I1", "I2", "E") else "c"
    phase = "wz" if host == "h" else "zb"
    structure = made(rod(16, phase=phase), defects=[{"type": kind, "limb": "rod", "layer": layer}])
    check_network(structure)
    word = FAULTS[kind]
    expected = host * (layer - 1) + word + host * (16 - layer + 1 - len(word))
    assert reading(structure) == runs(expected[1:])


@pytest.mark.parametrize("phase", ["wz", "zb"])
def test_insertions_of_the_other_phase(made, phase):
    structure = made(rod(16, phase=phase), defects=[{"type": "insertion", "layer": 6, "layers": 4}])
    host, guest = ("h", "c") if phase == "wz" else ("c", "h")
    assert reading(structure) == runs((host * 5 + guest * 4 + host * 7)[1:])


def test_a_fault_touches_its_limb_only(made):
    arm = {key: value for key, value in rod(12, 1.5).items() if key != "kind"}
    root = {"kind": "branch_point", "material": "CdSe", "arms": [arm] * 3}
    structure = made(root, defects=[{"type": "I1", "limb": "arm2", "layer": 5}])
    assert [reading(structure, f"arm{number}") for number in (1, 2, 3)] == ["12h", "4h 1c 7h", "12h"]


@pytest.mark.parametrize(("kind", "share"), [(None, 1.0), ("I1", 0.5), ("I2", 0.5), ("E", 1.0)])
def test_displacements_of_the_faults_of_wurtzite(made, kind, share):
    """ABAB goes on as ABAB above E, but as CBCB above I1 and CACA above I2 (Frank and Nicholas 1953)."""
    defects = [] if kind is None else [{"type": kind, "limb": "rod", "layer": 9}]
    cations = made(rod(17), defects=defects)
    cations = cations.positions[cations.cation == 1]
    level = np.round(cations[:, 2], 1)
    layers = [cations[level == height][:, :2] for height in np.unique(level)]
    centres = [layer[np.linalg.norm(layer, axis=1).argmin()] for layer in layers[:2]]
    over = [
        any(np.linalg.norm(layer - centre, axis=1).min() < 0.5 for centre in centres) for layer in layers[-4:]
    ]
    assert np.mean(over) == share


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_random_faults_have_the_mean_spacing(made, spacing):
    """Numbers are binomial: n bilayers, each with probability d / spacing."""
    bilayers, total = 40, 0
    for seed in range(30):
        structure = made(rod(bilayers, 1.2), seed=seed, defects=[{"type": "I1", "spacing": f"{spacing} nm"}])
        total += sum(int(part[:-1]) for part in reading(structure).split() if part.endswith("c"))
    # The lowest bilayer has no letter.
    trials, chance = 30 * (bilayers - 1), BILAYER_NM / spacing
    assert abs(total - trials * chance) < 4.0 * np.sqrt(trials * chance * (1.0 - chance))


def test_random_faults_differ_between_arms_and_seeds_and_keep_their_place(made):
    def stackings(seed, bilayers=30, first=30):
        arms = [
            {key: value for key, value in rod(count, 1.2).items() if key != "kind"}
            for count in (first, bilayers)
        ]
        root = {"kind": "branch_point", "material": "CdSe", "arms": arms}
        structure = made(root, seed=seed, defects=[{"type": "I1", "spacing": "2 nm"}])
        expanded = []
        for name in ("arm1", "arm2"):
            parts = reading(structure, name).split()
            expanded.append("".join(part[-1] * int(part[:-1]) for part in parts))
        return expanded

    one, other = stackings(1)
    assert one != other
    assert [one, other] == stackings(1)
    assert [one, other] != stackings(2)
    assert stackings(1, bilayers=40)[1][:30] == other, "a longer arm keeps its faults"
    assert stackings(1, first=35)[1] == other, "what another arm does makes no difference"


@pytest.mark.parametrize(
    ("defect", "cure"),
    [
        ({"type": "I1", "layer": 17}, 16),
        ({"type": "E", "layer": 15}, 14),
        ({"type": "insertion", "layer": 14, "layers": 4}, 13),
        ({"type": "insertion", "layer": 99, "layers": 4}, 13),
    ],
)
def test_beyond_the_end_the_last_place_that_works_is_told(made, defect, cure):
    with pytest.raises(InputError, match=r"defects\[0\].layer") as caught:
        made(rod(16), defects=[defect])
    assert f"Give at most {cure}" in caught.value.cure
    structure = made(rod(16), defects=[{**defect, "layer": cure}])
    assert reading(structure).split()[-1].endswith("c")


def test_a_fault_of_the_other_phase_is_refused(made):
    with pytest.raises(InputError, match="fault of zinc blende"):
        made(rod(16), defects=[{"type": "twin", "layer": 5}])


@FEW
@given(word=STRINGS)
def test_facets_stay_clean_beyond_faults(made, word):
    """Sides are cut anew where the hexagonal stacking shifts: few atoms of the side have two bonds."""
    structure = made(rod(12, 2.6, stacking="h" * 4 + word[:4] + "h" * 8))
    missing = (structure.neighbours == NO_ATOM).sum(axis=1)
    inner = np.abs(structure.positions[:, 2]) < 10.0 * BILAYER_NM * 5.0
    assert np.mean(missing[inner] == 2) < 0.12
