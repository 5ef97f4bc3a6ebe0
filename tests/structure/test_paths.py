"""The lines along which profiles are drawn: through limbs and centres of branch points, in a plane."""

from itertools import pairwise

import numpy as np
import pytest

from epidot.design import from_dict
from epidot.structure import build


def limb(length="2 nm", **keys):
    return {
        "cross_section": {"diameter": "1.8 nm"},
        "segments": [{"material": "CdTe", "length": length}],
        **keys,
    }


def node(*arms, **keys):
    return {"kind": "branch_point", "material": "CdTe", "arms": list(arms), **keys}


def structure(root):
    return build(from_dict({"schema": "epidot-design/1", "name": "paths", "root": root}))


DENDRIMER = node(*[limb("4 nm", tip=node(limb("3 nm", tip=node(limb(), repeat=3)), repeat=3))] * 2)
TETRAPOD = node(*[limb(tip=node(limb(), repeat=3))] * 4)
ROCKET = {"kind": "stack", **limb("4 nm", tip=node(limb(), repeat=3), base=node(limb(), repeat=3))}
BENT = node(limb(), limb(tip=node(limb())), limb())


def distance(point, line):
    """Of a point from a polyline, Å."""
    best = np.inf
    for start, end in pairwise(line):
        share = np.clip((point - start) @ (end - start) / ((end - start) @ (end - start)), 0.0, 1.0)
        best = min(best, np.linalg.norm(point - start - share * (end - start)))
    return best


@pytest.mark.parametrize(
    ("root", "limbs"),
    [(DENDRIMER, 6), (TETRAPOD, 4), (ROCKET, 3), (BENT, 3)],
    ids=["dendrimer", "tetrapod", "rocket", "bent"],
)
def test_a_path_follows_limbs_from_end_to_end(root, limbs):
    made = structure(root)
    line = max((np.array(corners) for _, corners in made.paths), key=len)
    on = [name for name, *ends in made.limbs if max(distance(np.array(end), line) for end in ends) < 1e-6]
    assert len(on) == limbs
    # The outermost ends are those of limbs that carry nothing.
    ends = {name: np.array(end) for name, _, end in made.limbs}
    for corner in (line[0], line[-1]):
        (name,) = [name for name, end in ends.items() if np.allclose(end, corner, atol=1e-6)]
        assert not any(other.startswith(f"{name}.") for other in ends)


@pytest.mark.parametrize("root", [DENDRIMER, TETRAPOD], ids=["dendrimer", "tetrapod"])
def test_paths_of_branched_arms_are_flat(root):
    # Opposite of each neighbour arm there is a {111} facet of the node: two arms and these lie in a plane.
    for _, corners in structure(root).paths:
        away = np.array(corners) - np.mean(corners, axis=0)
        assert np.linalg.svd(away, compute_uv=False)[2] < 0.5


def test_the_path_of_a_platelet_goes_through_its_crown():
    root = {"kind": "platelet", "material": "CdSe", "monolayers": 3, "length": "3 nm", "width": "3 nm"}
    made = structure(root | {"crown": {"material": "CdS", "width": "1 nm"}})
    ((_, (start, end)),) = made.paths
    reach = np.abs(made.positions[:, 0]).max()
    assert start[0] == pytest.approx(-end[0])
    assert reach <= end[0] < reach + 1.0
