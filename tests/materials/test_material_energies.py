"""Tight-binding sets, polytype terms and offsets: bands and alignments that the literature knows."""

import math

import numpy as np
import pytest

from epidot import materials
from epidot.materials.store import read

COMPOUNDS = ("CdS", "CdSe", "CdTe", "ZnS", "ZnSe", "ZnTe")
SOURCED = ("CdS", "CdSe", "CdTe", "ZnS")
SETS = ("sp3s_star_T300", "sp3s_star_T0")
FITTED = [(name, set) for set in materials.SETS for name in materials.set_compounds(set)]
GAP = {300.0: "Eg_300K", 0.0: "Eg_0K"}


def gamma_levels(p, vs_c=0.0, vp_a=0.0, delta_a=0.0):
    """Γ levels from the parameters alone, in zinc blende or, with the terms, in ideal wurtzite.

    The four bonds of an ideal tetrahedron couple s to s with 4 V_ss and p to p with 4/3 (V_pps + 2 V_ppp),
    and s to p not at all. The band edges of ideal wurtzite are even under its screw axis, so that each
    atom has the same neighbours as in zinc blende. Returns conduction edge and the three valence levels:
    A (m_j = 3/2), then the two with m_j = 1/2 in the basis (p+ down, p_z up) of anion and cation.
    """
    s = np.array([[p.Esa, 4 * p.V_ss], [4 * p.V_ss, p.Esc + vs_c]])
    hop = 4 / 3 * (p.V_pps + 2 * p.V_ppp)
    across, along = vp_a + delta_a / 3, vp_a - 2 * delta_a / 3
    heavy = np.array([[p.Epa + across + p.lama, hop], [hop, p.Epc + p.lamc]])

    def atom(energy, across, along, strength):
        mix = math.sqrt(2) * strength
        return np.array([[energy + across - strength, mix], [mix, energy + along]])

    light = np.block(
        [
            [atom(p.Epa, across, along, p.lama), hop * np.eye(2)],
            [hop * np.eye(2), atom(p.Epc, 0.0, 0.0, p.lamc)],
        ]
    )
    pair = np.linalg.eigvalsh(light)[:2]
    return np.linalg.eigvalsh(s)[1], np.linalg.eigvalsh(heavy)[0], pair[1], pair[0]


@pytest.mark.parametrize("set", SETS)
@pytest.mark.parametrize("name", COMPOUNDS)
def test_two_centre_parameters_give_the_computed_band_edges(name, set):
    parameters = materials.two_centre(name, set)
    cbm, heavy, light, split = gamma_levels(parameters)
    assert light == pytest.approx(heavy, abs=1e-10)
    assert heavy == pytest.approx(parameters.computed["VBM"], abs=1e-3)
    assert cbm - heavy == pytest.approx(parameters.computed["Eg"], abs=1e-3)
    assert heavy - split == pytest.approx(parameters.computed["Dso"], abs=1e-3)


@pytest.mark.parametrize("set", SETS)
@pytest.mark.parametrize("name", SOURCED)
def test_polytype_terms_give_the_computed_edges_of_ideal_wurtzite(name, set):
    terms = materials.polytype(name, set, "ideal")
    cbm, *valence = gamma_levels(materials.two_centre(name, set), terms.vs_c, terms.vp_a, terms.delta_a)
    top, second, third = sorted(valence, reverse=True)
    assert top == pytest.approx(terms.computed["VBM"], abs=1e-3)
    assert cbm - top == pytest.approx(terms.computed["Eg"], abs=1e-3)
    assert top - second == pytest.approx(terms.computed["AB"], abs=1e-3)
    assert top - third == pytest.approx(terms.computed["AC"], abs=1e-3)
    assert top == valence[0]  # A is the heavy hole, as measured


@pytest.mark.parametrize(("name", "set"), FITTED)
def test_band_edges_stand_on_the_scale_with_the_measured_gap(name, set):
    vbm, cbm = materials.band_edges(name, "zb", set)
    scale = read("band_offsets")["scale"]
    assert vbm == pytest.approx(scale["vbm"][name]["value"], abs=1e-3)
    assert vbm == pytest.approx(materials.two_centre(name, set).vbm, abs=1e-3)
    assert cbm - vbm == pytest.approx(
        materials.number(name, GAP[materials.two_centre(name, set).temperature]), abs=1e-3
    )
    row = "cbm_300K" if set.endswith("T300") else "cbm_0K"
    assert cbm == pytest.approx(scale[row][name]["value"], abs=1e-3)


@pytest.mark.parametrize("name", ["CdS", "CdTe", "ZnS", "ZnSe", "ZnTe"])
def test_scale_agrees_with_the_spin_orbit_averaged_table(name):
    average = read("band_offsets")["scale"]["check_spin_orbit_average"][name]["value"]
    vbm, _ = materials.band_edges(name)
    assert average + materials.number(name, "Dso") / 3 == pytest.approx(vbm, abs=0.025)


@pytest.mark.parametrize("name", SOURCED)
def test_wurtzite_edges_lie_above_zinc_blende_as_published(name):
    wurtzite, zinc_blende = (materials.band_edges(name, phase, "sp3s_star_T0") for phase in ("wz", "zb"))
    published = read("band_offsets")["wz_minus_zb"][name]
    assert wurtzite[0] - zinc_blende[0] == pytest.approx(published["dEv"]["value"], abs=1e-3)
    assert wurtzite[1] - wurtzite[0] == pytest.approx(materials.number(name, "Eg_0K", "wz"), abs=1e-3)
    # Measured gaps and the calculated dEc - dEv disagree: by +13 meV in CdS, by -16 meV in ZnS.
    assert wurtzite[1] - zinc_blende[1] == pytest.approx(published["dEc"]["value"], abs=0.02)


@pytest.mark.parametrize("name", SOURCED)
def test_wurtzite_valence_splittings_are_the_measured_ones(name):
    computed = materials.polytype(name, "sp3s_star_T0").computed
    assert computed["AB"] == pytest.approx(materials.number(name, "E_AB", "wz"), abs=1e-3)


@pytest.mark.parametrize("name", ["ZnSe", "ZnTe"])
def test_unsourced_wurtzite_terms_are_zero_and_edges_those_of_zinc_blende(name):
    terms = materials.polytype(name)
    assert (terms.vs_c, terms.vp_a, terms.delta_a, terms.sourced) == (0.0, 0.0, 0.0, False)
    assert materials.band_edges(name, "wz") == materials.band_edges(name, "zb")


@pytest.mark.parametrize("offsets", materials.offset_sets())
@pytest.mark.parametrize("phase", ["zb", "wz"])
def test_cdse_and_cdte_make_a_staggered_junction(offsets, phase):
    selenide, telluride = (materials.band_edges(name, phase, offsets=offsets) for name in ("CdSe", "CdTe"))
    assert telluride[0] > selenide[0]
    assert telluride[1] > selenide[1]
    assert telluride[0] - selenide[0] == pytest.approx(0.57 if phase == "zb" else 0.552, abs=1e-3)


def test_default_offsets_shift_nothing():
    assert materials.DEFAULT_OFFSETS == materials.offset_sets()[0]
    assert set(materials.offset_set().shifts.values()) == {0.0}


def test_pseudopotential_offsets_reproduce_their_valence_offset():
    shifts = materials.offset_set("rabani-sepm").shifts
    assert shifts["CdS"] == pytest.approx(0.42 - (6.957 - 6.325))
    assert {name for name, shift in shifts.items() if shift} == {"CdS"}
    selenide, sulphide = (materials.band_edges(name, "zb", offsets="rabani-sepm") for name in ("CdSe", "CdS"))
    assert selenide[0] - sulphide[0] == pytest.approx(0.632, abs=1e-3)
    low, high = (read("band_offsets")["pairs"]["CdSe/CdS"][key]["value"] for key in ("CBO_low", "CBO_high"))
    assert low < sulphide[1] - selenide[1] < high


def test_vacuum_level_gives_the_measured_ionisation_energies():
    # Swank (1967) on cleaved surfaces; the scale is a compromise, 0.18 eV rms.
    measured = read("band_offsets")["ionisation_UHV"]
    misses = [
        materials.vacuum_level() - materials.band_edges(name)[0] - measured[name]["value"]
        for name in measured
    ]
    assert math.sqrt(sum(miss**2 for miss in misses) / len(misses)) == pytest.approx(0.18, abs=0.02)


@pytest.mark.parametrize(("name", "set"), FITTED)
def test_set_is_fitted_to_the_lattice_of_the_table(name, set):
    parameters = materials.two_centre(name, set)
    assert parameters.bond == pytest.approx(materials.bond(name), abs=1e-9)
    assert parameters.temperature == (300.0 if set.endswith("T300") else 0.0)
    assert parameters.computed["me001"] == pytest.approx(parameters.targets["me001"], rel=0.03)
