"""The rule for the type, and the bands from the offset sets."""

import dataclasses

import numpy as np
import pytest

from epidot import materials
from epidot.excitons import PairMethod, excite
from epidot.observables import absorption, uncertainty
from epidot.observables.alignment import in_materials

FAST = PairMethod(panels=250, surface=False, interaction="first order")


def labelled(relaxed):
    """The same particle with each compound listed once, whatever the segments share."""
    structure = relaxed.structure
    names = tuple(dict.fromkeys(structure.materials))
    material = np.array([names.index(name) for name in structure.materials])[structure.segment]
    return dataclasses.replace(
        relaxed, structure=dataclasses.replace(structure, materials=names, material=material)
    )


@pytest.fixture(scope="session")
def split(make):
    """Function: an electron and a hole with given weights in the two halves of a particle."""
    positions, cation = make.sphere(10.0)
    upper = (positions[:, 2] > 0).astype(int)

    def build(materials_of_halves, electron, hole):
        relaxed = labelled(make.particle(positions, cation, upper, materials_of_halves))
        envelopes = []
        for weight in (electron, hole):
            share = np.where(upper == 0, weight / (upper == 0).sum(), (1 - weight) / (upper == 1).sum())
            envelopes.append(make.kramers(np.sqrt(share)))
        return excite(make.states(relaxed, [2.5, 2.5], [0.5, 0.5], *envelopes), method=FAST)

    return build


@pytest.mark.parametrize(
    ("names", "electron", "hole", "expected"),
    [
        (("CdSe", "CdTe"), 0.9, 0.05, "type II"),
        (("CdSe", "CdTe"), 0.75, 0.05, "type II"),
        (("CdSe", "CdS"), 0.95, 0.97, "type I"),
        (("CdSe", "CdS"), 0.5, 0.95, "quasi-type II"),
        (("CdSe", "CdSe"), 0.9, 0.05, "type I"),
    ],
)
def test_type(split, names, electron, hole, expected):
    assert absorption(split(names, electron, hole)).alignment == expected


def test_band_follows_the_weights(split):
    light = absorption(split(("CdSe", "CdS"), 0.6, 0.9))
    shift = materials.offset_set("rabani-sepm").shifts["CdS"]
    assert abs(shift) > 0.05
    for key, value in (
        ("excitons.ground_eV", light.excitons.energies[0]),
        ("optics.emission_eV", light.emission_energy),
        ("optics.absorption_edge_eV", light.absorption_edge),
        ("optics.first_peak_eV", light.first_peak),
    ):
        low, high = uncertainty(light)[key]
        assert [low, high] == pytest.approx(sorted([value, value + (0.4 - 0.1) * shift]), abs=1e-6)


def test_one_material_has_no_band(split):
    light = absorption(split(("CdSe", "CdSe"), 0.6, 0.9))
    low, high = uncertainty(light)["optics.emission_eV"]
    assert low == pytest.approx(light.emission_energy, abs=1e-9)
    assert high - low < 1e-9


def test_an_alloyed_segment_counts_for_its_compounds_by_their_atoms(make):
    positions, cation = make.sphere(10.0)
    upper = (positions[:, 2] > 0).astype(int)
    relaxed = make.particle(positions, cation, upper, ("CdSe", "CdTe"))
    # A quarter of the atoms of the upper half becomes CdSe.
    material = relaxed.structure.material.copy()
    inside = np.flatnonzero(upper == 1)
    material[inside[: len(inside) // 4]] = 0
    quarter = (len(inside) // 4) / len(inside)
    structure = dataclasses.replace(
        relaxed.structure, material=material, segment_materials=("CdSe", "CdTe0.75Se0.25")
    )
    relaxed = dataclasses.replace(relaxed, structure=structure)
    # The hole sits on the few Se-rich atoms of the alloy only: it is in the alloy all the same.
    electron = np.sqrt(np.where(upper == 0, 1.0, 0.0))
    hole = np.zeros(len(upper))
    hole[inside[: len(inside) // 4]] = 1.0
    kramers = [make.kramers(electron), make.kramers(hole)]
    pairs = excite(make.states(relaxed, [2.5, 2.5], [0.5, 0.5], *kramers), method=FAST)
    names, in_e, in_h = in_materials(pairs, np.full(4, 0.25))
    assert names == ("CdSe", "CdTe")
    assert in_e == pytest.approx([1.0, 0.0], abs=1e-6)
    assert in_h == pytest.approx([quarter, 1.0 - quarter], abs=1e-6)
    assert absorption(pairs).alignment == "type II"
