"""What is taken away from ideal cuts, and how arms differ: amounts as asked, within the errors of chance."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epidot import materials
from epidot.errors import InputError
from epidot.structure.structure import NO_ATOM

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
A = materials.lattice_constant("CdSe")
SITE = A**3 / 8.0
"""Å³"""
BILAYER = A / np.sqrt(3.0)


def rod(diameter=2.4, length=4.0, **rest):
    section = {"diameter": f"{diameter:.2f} nm"}
    segments = [{"material": "CdSe", "length": f"{length:.2f} nm"}]
    return {"kind": "stack", "cross_section": section, "segments": segments, **rest}


def dot(diameter=2.8, **rest):
    return {"kind": "dot", "material": "CdSe", "diameter": f"{diameter:.2f} nm", **rest}


def tetrapod(length=3.0, diameter=1.6):
    section = {"diameter": f"{diameter} nm"}
    arm = {"cross_section": section, "segments": [{"material": "CdSe", "length": f"{length} nm"}]}
    return {"kind": "branch_point", "material": "CdSe", "arms": [arm] * 4}


ROOTS = {
    "dot": dot(),
    "wz dot": dot(phase="wz"),
    "rod": rod(),
    "tetrapod": tetrapod(),
    "cube": dot(3.4, shape="cube"),
}


def coordination(structure):
    return (structure.neighbours != NO_ATOM).sum(axis=1)


def places(structure):
    return {tuple(row) for row in structure.positions.round(2).tolist()}


def gone(structure, reference):
    """Which atoms (atom,) of the reference are missing."""
    left = places(structure)
    return np.array([tuple(row) not in left for row in reference.positions.round(2).tolist()])


@pytest.mark.parametrize("name", ROOTS)
def test_fewest_bonds_removes_those_with_two_once(made, check_network, name):
    plain, cleaned = (made(ROOTS[name], surface={"fewest_bonds": fewest}) for fewest in (2, 3))
    check_network(cleaned)
    lost = gone(cleaned, plain)
    few = coordination(plain) == 2
    assert lost[few].all()
    # Beyond them only what they leave with a single bond, never layer after layer.
    assert lost.sum() <= 2 * few.sum()
    assert len(cleaned.positions) + lost.sum() == len(plain.positions)


@pytest.mark.parametrize("name", ["dot", "wz dot", "rod", "tetrapod"])
@pytest.mark.parametrize("species", ["cation", "anion"])
def test_termination(made, check_network, name, species):
    structure = made(ROOTS[name], surface={"termination": species})
    check_network(structure)
    other = structure.cation != (species == "cation")
    plain = made(ROOTS[name])
    assert gone(structure, plain)[(coordination(plain) == 2) & (plain.cation != (species == "cation"))].all()
    ratio = structure.cation.sum() / (structure.cation == 0).sum()
    before = plain.cation.sum() / (plain.cation == 0).sum()
    assert (ratio >= before) if species == "cation" else (ratio <= before)
    assert (coordination(structure)[other] >= 2).all()


@FEW
@given(
    name=st.sampled_from(["dot", "wz dot", "rod", "tetrapod"]),
    wanted=st.floats(0.92, 1.15),
    seed=st.integers(0, 99),
)
def test_stoichiometry_is_reached_to_the_atom(made, check_network, name, wanted, seed):
    ratio = round(wanted, 3)
    try:
        structure = made(ROOTS[name], seed=seed, surface={"cation_per_anion": ratio})
    except InputError as refusal:
        assert refusal.name == "surface.cation_per_anion"
        best = float(refusal.cure.split()[-1])
        made(
            ROOTS[name],
            seed=seed,
            surface={"cation_per_anion": best + (0.01 if "least" in refusal.cure else -0.01)},
        )
        return
    check_network(structure)
    cations, anions = int(structure.cation.sum()), int((structure.cation == 0).sum())
    # One atom more or less would be farther off.
    off = abs(cations - ratio * anions)
    assert off <= 0.5 * max(1.0, ratio) + 1e-9
    plain = made(ROOTS[name])
    lost = gone(structure, plain)
    assert len({bool(value) for value in plain.cation[lost]}) <= 1, "atoms of one species are taken"
    assert (coordination(plain)[lost] < 4).all(), "from the surface"


def losses(made, root, rough, seeds, choose):
    """Sums over seeds of the sites that are lost, and of twice their depths (Å) under the chosen surface."""
    plain = made(root)
    depth = choose(plain.positions)
    count = moment = 0.0
    for seed in range(seeds):
        lost = gone(made(root, seed=seed, surface={"roughness": rough}), plain) & np.isfinite(depth)
        count, moment = count + lost.sum(), moment + 2.0 * depth[lost].sum()
    return count, moment


PLATE = {"kind": "platelet", "material": "CdSe", "monolayers": 10, "length": "8 nm", "width": "8 nm"}


@pytest.mark.parametrize("depth", [0.15, 0.25])
@pytest.mark.parametrize("correlation", [0.6, 1.2])
def test_roughness_on_flat_faces(made, depth, correlation):
    """A normal depth h: the mean of |h| is √(2/π) of its root mean square, and both are what is lost."""
    rough, seeds, half = {"depth": f"{depth} nm", "correlation": f"{correlation} nm"}, 3, 26.0
    top = made(PLATE).positions[:, 2].max() + A / 8.0

    def under(points):
        inside = (np.abs(points[:, :2]) < half).all(axis=1)
        return np.where(inside, top - np.abs(points[:, 2]), np.inf)

    count, moment = losses(made, PLATE, rough, seeds, under)
    area = seeds * 2.0 * (2.0 * half) ** 2
    patches = area / (10.0 * correlation) ** 2
    error = 4.0 / np.sqrt(2.0 * patches) + 0.12
    assert 0.1 * count * SITE / area == pytest.approx(np.sqrt(2.0 / np.pi) * depth, rel=error)
    assert 0.1 * np.sqrt(moment * SITE / area) == pytest.approx(depth, rel=error)


def test_roughness_on_a_sphere_and_its_seeds(made):
    root, depth = dot(4.4), 0.2
    rough = {"depth": f"{depth} nm", "correlation": "0.8 nm"}
    count, _ = losses(made, root, rough, 4, lambda points: 22.0 - np.linalg.norm(points, axis=1))
    area = 4.0 * 4.0 * np.pi * 22.0**2
    assert 0.1 * count * SITE / area == pytest.approx(np.sqrt(2.0 / np.pi) * depth, rel=0.25)
    first, again, other = (places(made(root, seed=seed, surface={"roughness": rough})) for seed in (4, 4, 5))
    assert first == again != other


def test_correlation_is_the_size_of_the_patches(made):
    """Neighbouring sites share their fate more often the wider the noise."""
    together = []
    for correlation in (0.4, 1.5):
        plain = made(PLATE)
        rough = {"depth": "0.2 nm", "correlation": f"{correlation} nm"}
        lost = gone(made(PLATE, seed=2, surface={"roughness": rough}), plain)
        top = np.flatnonzero(plain.positions[:, 2] > plain.positions[:, 2].max() - 0.1)
        apart = np.linalg.norm(plain.positions[top][:, None] - plain.positions[top][None], axis=2)
        first, second = np.nonzero((apart > 0.1) & (apart < 0.75 * A))
        together.append((lost[top][first] == lost[top][second]).mean())
    assert together[1] > together[0] + 0.1


@pytest.mark.parametrize("species", ["cation", "anion"])
def test_vacancies(made, species):
    fraction, seeds = 0.05, 8
    plain = made(dot(3.6))
    inside = (coordination(plain) == 4) & (plain.cation == (species == "cation"))
    total = 0
    for seed in range(seeds):
        structure = made(
            dot(3.6), seed=seed, defects=[{"type": "vacancy", "species": species, "fraction": fraction}]
        )
        lost = gone(structure, plain)
        total += (lost & inside).sum()
        assert coordination(structure).min() >= 2
    trials = seeds * inside.sum()
    # Beside those drawn, an atom is lost where vacancies meet.
    assert abs(total - fraction * trials) < 4.0 * np.sqrt(fraction * trials) + 0.03 * fraction * trials


def test_vacancies_stay_where_they_are_in_a_longer_rod(made):
    defects = [{"type": "vacancy", "species": "anion", "fraction": 0.03}]

    def empty(length):
        plain, holed = made(rod(2.4, length)), made(rod(2.4, length), seed=3, defects=defects)
        low = plain.positions[:, 2].min()
        lost = plain.positions[gone(holed, plain)] - [0.0, 0.0, low]
        return {tuple(row) for row in lost[lost[:, 2] < 30.0].round(1).tolist()}

    assert empty(4.0) == empty(6.0) != set()


@pytest.mark.parametrize("key", ["arm_length", "arm_diameter"])
def test_disorder_between_arms_has_its_standard_deviation(made, key):
    asked = 8.0 if key == "arm_length" else 4.0
    found = []
    for seed in range(100):
        root = tetrapod(6.0, 1.2) if key == "arm_length" else tetrapod(1.0, 3.0)
        structure = made(root, seed=seed, disorder={key: f"{asked / 10} nm"})
        if key == "arm_length":
            found.append([np.linalg.norm(np.subtract(end, foot)) for _, foot, end in structure.limbs])
        else:
            told = structure.realised
            found.append([told[f"root.arms[{n}].cross_section.diameter"]["realised"] for n in range(4)])
    found = np.array(found)
    step = BILAYER if key == "arm_length" else 3.9
    sigma = np.sqrt(asked**2 + step**2 / 12.0)
    count = found.size
    assert found.std() == pytest.approx(sigma, rel=4.0 / np.sqrt(2.0 * count) + 0.03)
    mean = 60.0 if key == "arm_length" else 30.0
    assert found.mean() == pytest.approx(mean, abs=4.0 * sigma / np.sqrt(count) + 0.5 * step)
    # Arms of one particle know nothing of each other.
    deviation = found - found.mean()
    pairs = [np.corrcoef(deviation[:, i], deviation[:, j])[0, 1] for i in range(4) for j in range(i)]
    assert np.abs(pairs).max() < 0.4
