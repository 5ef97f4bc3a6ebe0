"""Small particles of every kind: the templates of the catalogue at sizes that take a second."""

import pytest
import yaml

from epidot.design import catalogue, from_dict

ACROSS, ALONG = 0.5, 0.25
"""Factors of diameters and of lengths that suit most templates."""
FACTORS = {
    "zb_dot": (0.7, 1.0),
    "wz_dot": (0.7, 1.0),
    "octahedron": (0.8, 1.0),
    "wulff_dot": (0.6, 1.0),
    "core_shell_dot": (0.5, 1.0),
    "fused_dimer": (0.5, 1.0),
    "platelet": (1.0, 0.3),
    "branched_rod": (0.36, 0.2),
    "branched_tetrapod": (0.36, 0.15),
    "dendrimer": (0.36, 0.12),
    "core_shell_tetrapod": (0.4, 0.15),
    "cds_cdte_tetrapod": (0.4, 0.2),
    "cds_tetrapod": (0.4, 0.2),
    "cdse_tetrapod": (0.4, 0.2),
    "cdte_tetrapod": (0.4, 0.2),
    "dot_with_rods": (0.4, 0.15),
    "tipped_tetrapod": (0.4, 0.2),
    "metal_tipped_tetrapod": (0.4, 0.25),
    "octapod": (0.4, 0.2),
    "platelet_dimer": (0.42, 0.6),
}
CHANGES = {
    "imperfect_rod": {
        "diameter": "2.4 nm",
        "length": "7 nm",
        "defects": [
            {"type": "I1", "limb": "all", "spacing": "2.5 nm"},
            {"type": "insertion", "layer": 12, "layers": 3},
            {"type": "vacancy", "species": "anion", "fraction": 0.02},
        ],
    },
    "core_shell_dot": {"thickness": "0.7 nm"},
    "core_shell_tetrapod": {"thickness": "0.5 nm"},
    "fused_dimer": {"thickness": "0.5 nm", "twist": "6 deg"},
    "rod_in_rod": {"thickness": "0.5 nm"},
    "dendrimer": {"repeat": 2},
}
LEAST_ACROSS, LEAST_ALONG = 1.2, 0.7
"""nm"""
ARMS = {"dendrimer": 2}
"""How many arms of the root are kept."""


def shrunk(part, factors, changes, key=""):
    """A design (plain data) with its lengths multiplied, but for the keys with a value of their own."""
    if key in changes:
        return changes[key]
    if isinstance(part, dict):
        return {name: shrunk(value, factors, changes, name) for name, value in part.items()}
    if isinstance(part, list):
        return [shrunk(value, factors, changes) for value in part]
    across, along = factors
    if key == "diameter":
        return f"{max(across * float(part.split()[0]), LEAST_ACROSS):.2f} nm"
    if key in ("length", "height", "axial") or (key == "width" and float(part.split()[0]) > 1.0):
        return f"{max(along * float(part.split()[0]), LEAST_ALONG):.2f} nm"
    return part


@pytest.fixture(scope="session")
def small():
    """Function: the design of a template by its name, shrunk."""

    def build(name):
        data = yaml.safe_load(catalogue.template(name).yaml_text)
        if name in ARMS:
            data["root"]["arms"] = data["root"]["arms"][: ARMS[name]]
        factors = FACTORS.get(name, (ACROSS, ALONG))
        return from_dict(shrunk(data, factors, CHANGES.get(name, {})), name)

    return build
