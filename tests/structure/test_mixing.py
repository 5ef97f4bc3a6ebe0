"""Alloys, graded interfaces and gradients: shares as chance has them, draws keyed by seed and site."""

import numpy as np
import pytest
from ase.data import atomic_numbers
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree
from scipy.special import erf

from epidot import materials
from epidot.structure.structure import NO_ATOM

FEW = settings(max_examples=10, deadline=None)
SE, S, CD, ZN = (atomic_numbers[symbol] for symbol in ("Se", "S", "Cd", "Zn"))


def rod(*segments, diameter="3 nm", **rest):
    return {
        "kind": "stack",
        "cross_section": {"diameter": diameter},
        "segments": [{"material": name, "length": length, **more} for name, length, more in segments],
        **rest,
    }


def dot(material="CdSe", diameter="3.4 nm", **rest):
    return {"kind": "dot", "material": material, "diameter": diameter, **rest}


def arm(material, length="3 nm"):
    return {
        "cross_section": {"diameter": "1.6 nm"},
        "segments": [{"material": material, "length": length}],
    }


def check_shares(found, expected, bins, blur=0.0):
    """Shares of `found` (atom,) bool agree with `expected` (atom,) in every bin, and chi-square in all.

    `blur` is what uncertain positions of boundaries may add to the standard error of a share.
    """
    squares, used = 0.0, 0
    for number in np.unique(bins):
        mine = bins == number
        if mine.sum() < 40:
            continue
        chance = expected[mine]
        sigma = np.sqrt((chance * (1.0 - chance)).sum()) + 0.7 + blur * mine.sum()
        deviation = (found[mine].sum() - chance.sum()) / sigma
        assert abs(deviation) < 4.0
        squares, used = squares + deviation**2, used + 1
    assert used >= 5
    assert squares < used + 4.0 * np.sqrt(2.0 * used)


COMPOSITIONS = st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 0.95)).map(
    lambda x: f"Cd{x[0]:.2f}Zn{1 - round(x[0], 2):.2f}Se{x[1]:.2f}S{1 - round(x[1], 2):.2f}"
)
KINDS = {
    "dot": dot,
    "wz dot": lambda name: dot(name, phase="wz"),
    "rod": lambda name: rod((name, "6 nm", {})),
    "tetrapod": lambda name: {"kind": "branch_point", "material": name, "arms": [arm(name)] * 4},
    "platelet": lambda name: {
        "kind": "platelet", "material": name, "monolayers": 5, "length": "6 nm", "width": "5 nm",
    },
}  # fmt: skip


@FEW
@given(name=COMPOSITIONS, kind=st.sampled_from(tuple(KINDS)), seed=st.integers(0, 10**6))
def test_alloys_have_their_shares_on_both_sublattices(made, name, kind, seed):
    structure = made(KINDS[kind](name), seed=seed)
    asked = materials.composition(name)
    for side, shares in ((1, asked.cations), (0, asked.anions)):
        mine = structure.numbers[structure.cation == side]
        for symbol, share in shares.items():
            sigma = np.sqrt(len(mine) * share * (1.0 - share))
            assert abs((mine == atomic_numbers[symbol]).sum() - share * len(mine)) < 4.5 * sigma + 1.0
    assert set(structure.segment_materials) == {asked.name}


def test_neighbours_in_an_alloy_know_nothing_of_each_other(made):
    """Pairs of anions around one cation are both Se with probability x², and cations follow on their own."""
    structure = made(dot("Cd0.5Zn0.5Se0.3S0.7", "4.4 nm"), seed=5)
    around = structure.neighbours[(structure.cation == 1) & (structure.neighbours != NO_ATOM).all(axis=1)]
    selenium = structure.numbers[around] == SE
    both = sum((selenium[:, i] & selenium[:, j]).sum() for i in range(4) for j in range(i))
    pairs = 6 * len(around)
    # A pair shares its anions with others: the error is that of about the number of anions.
    assert both / pairs == pytest.approx(0.09, abs=4.0 * 2.0 * 0.3 * np.sqrt(0.21 / len(around)))
    zinc = structure.numbers[structure.cation == 1] == ZN
    mean = (structure.numbers[structure.neighbours] == SE)[structure.cation == 1].mean(axis=1)
    assert abs(np.corrcoef(zinc, mean)[0, 1]) < 4.0 / np.sqrt(len(zinc))


def profile(depth, kind, width):
    """Share of the outer material at a signed distance from an interface."""
    if kind == "erf":
        return 0.5 + 0.5 * erf(depth / (0.5 * width) / np.sqrt(2.0))
    return np.clip(0.5 + depth / width, 0.0, 1.0)


@pytest.mark.parametrize("kind", ["erf", "linear"])
@pytest.mark.parametrize("sublattice", ["anion", "cation", "both"])
def test_interface_along_a_rod(made, kind, sublattice):
    width = 20.0
    interface = {"profile": kind, "width": f"{width / 10} nm", "sublattice": sublattice}
    outer, depth, cation = [], [], []
    for seed in range(3):
        structure = made(rod(("CdSe", "5 nm", {}), ("ZnS", "5 nm", {"interface": interface})), seed=seed)
        z = structure.positions[:, 2]
        sides = [z[structure.segment == segment] for segment in (0, 1)]
        depth.append(z - 0.5 * (sides[0].max() + sides[1].min()))
        outer.append(np.isin(structure.numbers, (ZN, S)))
        cation.append(structure.cation == 1)
    outer, depth, cation = (np.concatenate(part) for part in (outer, depth, cation))
    for side, name in ((True, "cation"), (False, "anion")):
        mine = cation == side
        expected = profile(depth, kind, width) if sublattice in (name, "both") else 1.0 * (depth > 0.0)
        check_shares(outer[mine], expected[mine], np.round(depth[mine], 0))


@pytest.mark.parametrize("kind", ["erf", "linear"])
@pytest.mark.parametrize("phase", ["zb", "wz"])
def test_interface_around_a_core(made, kind, phase):
    width = 12.0
    shell = {"material": "CdS", "thickness": "1.5 nm"}
    shell["interface"] = {"profile": kind, "width": "1.2 nm", "sublattice": "anion"}
    sulphur, radius = [], []
    for seed in range(3):
        structure = made(dot("CdSe", "3.2 nm", phase=phase), shells=[shell], seed=seed)
        anion = structure.cation == 0
        sulphur.append(structure.numbers[anion] == S)
        radius.append(np.linalg.norm(structure.positions[anion], axis=1))
        core = structure.segment[anion] == structure.segments.index("core")
    sulphur, radius = np.concatenate(sulphur), np.concatenate(radius)
    # Start positions are those of a coherent dot: the boundary is where core and shell part.
    border = 0.5 * (radius[-len(core) :][core].max() + radius[-len(core) :][~core].min())
    check_shares(sulphur, profile(radius - border, kind, width), np.round(radius, 0))


@pytest.mark.parametrize("kind", ["erf", "linear"])
def test_interface_around_a_rod(made, kind):
    """On each of the six sides, away from the edges, whose cuts alternate by a third of a row."""
    width = 10.0
    shell = {"material": "CdS", "thickness": "1.2 nm", "over": "sides"}
    shell["interface"] = {"profile": kind, "width": "1 nm", "sublattice": "anion"}
    sulphur, depth = [], []
    for seed in range(3):
        structure = made(rod(("CdSe", "12 nm", {}), diameter="3 nm"), shells=[shell], seed=seed)
        lateral, anion = structure.positions[:, :2], structure.cation == 0
        inner = structure.segment == structure.segments.index("s1")
        for angle in np.pi / 6.0 + np.pi / 3.0 * np.arange(6):
            out = lateral @ [np.cos(angle), np.sin(angle)]
            beside = np.abs(lateral @ [-np.sin(angle), np.cos(angle)])
            sector = (out > 0.0) & (beside < 0.25 * out)
            border = 0.5 * (out[sector & inner].max() + out[sector & ~inner].min())
            depth.append(out[sector & anion] - border)
            sulphur.append(structure.numbers[sector & anion] == S)
    sulphur, depth = np.concatenate(sulphur), np.concatenate(depth)
    check_shares(sulphur, profile(depth, kind, width), np.round(depth / 2.0), blur=0.01)


@pytest.mark.parametrize(
    "root",
    [
        {"kind": "branch_point", "material": "CdSe", "arms": [arm("CdSe")] * 4},
        {"kind": "platelet", "material": "CdSe", "monolayers": 6, "length": "4 nm", "width": "4 nm"},
    ],
    ids=["tetrapod", "platelet"],
)
def test_interface_under_any_shell_goes_from_one_material_to_the_other(made, root):
    shell = {"material": "CdS", "thickness": "1.3 nm"}
    abrupt = made(root, shells=[shell])
    mixed = made(root, shells=[{**shell, "interface": {"width": "0.8 nm"}}])
    assert np.array_equal(abrupt.positions, mixed.positions)
    anion = mixed.cation == 0
    inner = mixed.segment != mixed.segments.index("shell1")
    assert ((abrupt.numbers == S) == (anion & ~inner)).all()
    apart = np.where(
        inner,
        KDTree(mixed.positions[~inner]).query(mixed.positions)[0],
        KDTree(mixed.positions[inner]).query(mixed.positions)[0],
    )
    # Two widths from the boundary nothing is mixed; beside it nearly half, within four standard errors.
    assert (mixed.numbers == abrupt.numbers)[apart > 18.0].all()
    beside = anion & (apart < 5.0)
    foreign = (mixed.numbers != abrupt.numbers)[beside].mean()
    assert 0.2 < foreign < 0.5
    assert beside.sum() > 100


def test_gradients_go_linearly_from_end_to_end(made):
    sulphur, place = [], []
    for seed in range(3):
        structure = made(rod(("CdSe", "12 nm", {"grade_to": "CdS"})), seed=seed)
        anion = structure.cation == 0
        z = structure.positions[:, 2]
        sulphur.append(structure.numbers[anion] == S)
        place.append((z[anion] - z.min()) / np.ptp(z))
    sulphur, place = np.concatenate(sulphur), np.concatenate(place)
    check_shares(sulphur, place, np.round(place * 25.0))
    assert made(rod(("CdSe", "12 nm", {"grade_to": "CdS"}))).segment_materials == ("CdSe0.5S0.5",)


def elements(structure, mask=True, low=0.0):
    """Place (rounded, heights counted from `low`) to element of the chosen atoms."""
    chosen = np.broadcast_to(mask, structure.numbers.shape)
    places = structure.positions[chosen] - np.array([0.0, 0.0, low])
    rows = map(tuple, places.round(2).tolist())
    return dict(zip(rows, structure.numbers[chosen].tolist(), strict=True))


ALLOY = "CdSe0.5S0.5"


def tetrapod(*lengths):
    return {
        "kind": "branch_point",
        "material": ALLOY,
        "arms": [arm(ALLOY, f"{x} nm") for x in lengths],
    }


def test_draws_belong_to_sites(made, atoms_of):
    root = made(tetrapod(2, 2, 2), seed=3)
    longer = made(tetrapod(2, 4, 2), seed=3)
    fewer = made(tetrapod(2, 2), seed=3)
    ones = atoms_of(root, "arm1.s1")
    assert elements(root, ones) == elements(longer, atoms_of(longer, "arm1.s1"))
    assert elements(root, ones) == elements(fewer, atoms_of(fewer, "arm1.s1"))
    second = elements(longer, atoms_of(longer, "arm2.s1"))
    kept = elements(root, atoms_of(root, "arm2.s1") & (coordination(root) == 4))
    assert len(kept) > 50
    assert all(second[place] == number for place, number in kept.items())


def coordination(structure):
    return (structure.neighbours != NO_ATOM).sum(axis=1)


def test_a_longer_rod_and_a_shell_keep_the_draws_inside(made, atoms_of):
    short, long = (made(rod((ALLOY, length, {})), seed=8) for length in ("4 nm", "7 nm"))
    bottoms = [structure.positions[:, 2].min() for structure in (short, long)]
    kept = elements(short, short.positions[:, 2] < 0.0, bottoms[0])
    assert kept.items() <= elements(long, low=bottoms[1]).items()
    bare = elements(made(dot(ALLOY, "2.4 nm"), seed=8))
    shell = {"material": ALLOY, "thickness": "0.7 nm"}
    for count in (1, 2):
        covered = made(dot(ALLOY, "2.4 nm"), seed=8, shells=[shell] * count)
        assert bare.items() <= elements(covered).items()


def test_the_same_seed_gives_the_same_atoms_and_another_others(made):
    shares = []
    for kind, root in KINDS.items():
        first, again, other = (made(root("CdSe0.5S0.5"), seed=seed) for seed in (11, 11, 12))
        assert np.array_equal(first.positions, again.positions), kind
        assert np.array_equal(first.numbers, again.numbers), kind
        anion = first.cation == 0
        shares.append((first.numbers == other.numbers)[anion].mean())
    # Two independent draws of one half agree half of the time.
    assert np.allclose(shares, 0.5, atol=0.08)
