"""Bands of known numbers; variants that are whole runs; what is reused, fails, or has no rival."""

import dataclasses
import math

import numpy as np
import pytest

from epidot import materials
from epidot.design import from_dict
from epidot.errors import ConvergenceError, InputError
from epidot.excitons import PairMethod
from epidot.excitons.method import Complexes
from epidot.hamiltonian.tight_binding import TightBindingMethod
from epidot.hamiltonian.tight_binding.deformation import deformation_potentials
from epidot.observables import Light
from epidot.observables.auger import auger_lifetime
from epidot.pipeline import Method, Watcher, run, uncertain, with_uncertainty, write_results
from epidot.pipeline.bands import USED, band
from epidot.pipeline.variants import variants

FAST = Method(
    electrons=2, holes=4, pairs=PairMethod(panels=250, interaction="first order", complexes=Complexes(0, 0))
)
DOT = {
    "schema": "epidot-design/1",
    "name": "dot",
    "root": {"kind": "dot", "material": "CdSe", "diameter": "1.2 nm"},
    "shells": [{"material": "CdS", "thickness": "0.34 nm"}],
}


def test_rivals_make_an_envelope_and_ranges_add_in_quadrature():
    found = band(
        1.0, {"a": 0.8, "b": 1.1}, {"p": {"p-": 0.97, "p+": 1.03}, "q": {"q+": 1.04}, "r": {"r": 1.0}}
    )
    assert found.envelope == pytest.approx((0.8, 1.1))
    assert (found.low, found.high) == pytest.approx((0.77, 1.1 + math.hypot(0.03, 0.04)))
    assert (found.low_by, found.high_by) == ("a", "b")
    alone = band(1.0, {}, {"p": {"p-": 0.97, "p+": 1.03}, "q": {"q+": 1.04}})
    assert (alone.low, alone.high) == pytest.approx((0.97, 1.05))
    assert (alone.low_by, alone.high_by) == ("p-", "q+")


def test_lifetimes_combine_as_logarithms_and_shares_stay_shares():
    found = band(10.0, {"dark": math.inf}, {"p": {"p-": 1.0}, "q": {"q-": 1.0}}, "logarithm")
    assert found.low == pytest.approx(10.0 ** (1.0 - math.sqrt(2.0)))
    assert found.high == math.inf and found.high_by == "dark"
    found = band(0.98, {"a": 0.99}, {"p": {"p": 1.0}, "q": {"q": 0.1}}, "share")
    assert found.high == 1.0 and found.low == pytest.approx(0.1)


def test_nothing_that_moves_is_no_band():
    found = band(2.0, {"a": 2.0}, {"p": {"p": 2.0}})
    assert not found.open and found.low_by == USED
    assert band(2.0, {"a": 2.001}, {}).open


def test_variants_of_two_compounds():
    found = variants(("CdSe", "CdS"), Method())
    assert [one.name for one in found if not one.parameter] == ["offsets rabani-sepm"]
    assert found[0].method.tight_binding.offsets == "rabani-sepm"
    constants = [one for one in found if one.parameter == "CdSe ε∞"]
    # The value of the table is an end of what is quoted: only the other end is a variant.
    assert [one.name for one in constants] == ["CdSe ε∞ 5.8"]
    assert constants[0].method.pairs.moved.inside("CdSe", "epsinf") == 5.8
    assert len({one.folder for one in found}) == len(found)
    assert not any("CdTe" in one.name for one in found)


def test_the_set_of_the_method_is_the_value_and_the_others_are_its_rivals():
    method = Method(tight_binding=TightBindingMethod(offsets="rabani-sepm"))
    names = [one.name for one in variants(("CdSe", "CdS"), method) if not one.parameter]
    assert names == ["offsets wei-zunger-1998"]
    # The sets place these two alike.
    assert not [one for one in variants(("CdSe", "CdTe"), Method()) if not one.parameter]


def test_what_is_switched_off_is_not_varied():
    method = Method(tight_binding=TightBindingMethod(onsite_strain=False), light=Light(phonons=False))
    names = [one.parameter for one in variants(("CdTe",), method)]
    assert names and not any("shear" in name or "Huang" in name for name in names)
    assert any("shear" in one.parameter for one in variants(("CdTe",), Method()))


def test_a_method_that_moves_a_parameter_is_refused():
    method = Method(pairs=PairMethod(moved=materials.Moved("CdSe", "epsinf", "low")))
    with pytest.raises(InputError, match="moved by the method"):
        variants(("CdSe",), method)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: materials.Moved("CdSe", "epsinv", "low"), "epsinf"),
        (lambda: materials.Moved("CdSe", "epsinf", "lowest"), "low, high"),
        (lambda: materials.Moved("ZnS", "epsinf", "low"), "no range"),
        (lambda: materials.Moved("CdZe", "epsinf", "low"), "CdZe"),
        (lambda: PairMethod(moved=materials.Moved("CdTe", "d", "low")), "not read there"),
        (
            lambda: TightBindingMethod(onsite_strain=False, moved=materials.Moved("CdTe", "d", "low")),
            "switched off",
        ),
    ],
)
def test_parameters_that_cannot_be_moved(make, hint):
    with pytest.raises(InputError, match=hint):
        make()


def test_moved_parameters_reach_what_they_act_on():
    low = materials.Moved("CdTe", "d", "low")
    found = deformation_potentials("CdTe", method=TightBindingMethod(moved=low))
    usual = deformation_potentials("CdTe")
    assert found.d == pytest.approx(-5.45, abs=1e-3) and usual.d == pytest.approx(-2.8, abs=1e-3)
    assert found.b == pytest.approx(usual.b)
    slow = materials.Moved("CdSe", "auger", "high")
    assert auger_lifetime(1000.0, slow) / auger_lifetime(1000.0) == pytest.approx(1.3 / 1.05)
    assert materials.huang_rhys("CdS", materials.Moved("CdS", "huang_rhys", "low")) == 0.1
    assert materials.huang_rhys("CdSe", materials.Moved("CdS", "huang_rhys", "low")) == 0.3


def test_every_range_holds_its_value():
    for compound in materials.names():
        for name, key in materials.ranges((compound,)):
            number = materials.movable(name, key)
            low, high = number.quoted
            assert low <= number.value <= high and low < high


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The folder of a dot with its variants, and the run."""
    folder = tmp_path_factory.mktemp("uncertain")
    base = run(from_dict(DOT), folder, method=FAST)
    return folder, with_uncertainty(base, folder)


def test_a_variant_is_the_run_with_that_parameter(small):
    _, found = small
    place = found.uncertainty.names.index("offsets rabani-sepm")
    alone = run(
        from_dict(DOT),
        method=dataclasses.replace(FAST, tight_binding=TightBindingMethod(offsets="rabani-sepm")),
    )
    for path, name in (
        ("optics.emission_eV", "emission_energy"),
        ("optics.radiative_lifetime_ns", "radiative_lifetime"),
        ("optics.overlap", "overlap"),
    ):
        assert found.uncertainty.values[path][place] == pytest.approx(getattr(alone.optics, name), rel=1e-4)
    one = found.uncertainty.bands["states.gap_eV"]
    gap = alone.states.electron_energies[0] - alone.states.hole_energies[0]
    assert sorted((one.value, gap)) == pytest.approx([one.low, one.high], abs=1e-5)
    assert found.uncertainty.electron_energies[place] == pytest.approx(
        alone.states.electron_energies, abs=1e-5
    )


def test_bands_are_told_in_the_summary_and_kept_in_the_results(small, tmp_path):
    import xarray as xr

    _, found = small
    told = found.summary["variants"]
    for path, one in found.uncertainty.bands.items():
        assert found.summary["uncertainty"][path] == [one.low, one.high]
        assert one.low <= one.value <= one.high
    assert {"optics.emission_eV", "optics.radiative_lifetime_ns", "optics.overlap"} <= set(told["bands"])
    assert told["bands"]["states.gap_eV"]["low_by"] in (USED, "offsets rabani-sepm")
    # Of Huang-Rhys factors only what phonons make depends.
    assert "huang" not in str(told["bands"]["excitons.ground_eV"]).lower()
    assert "Huang–Rhys" in str(told["bands"]["optics.stokes_shift_eV"])
    assert sum(len(names) for names in told["alignment"]["possible"].values()) == 1 + len(told["rows"])
    low, high = found.uncertainty.lifetime_band
    assert (low <= found.optics.lifetime).all() and (found.optics.lifetime <= high).all()
    write_results(found, tmp_path)
    with xr.open_datatree(tmp_path / "results.nc", engine="h5netcdf") as data:
        kept = data["uncertainty"].to_dataset()
        assert kept["optics_emission_eV"].attrs["units"] == "eV"
        assert kept["optics_emission_eV"].attrs["low"] == told["bands"]["optics.emission_eV"]["low"]
        assert list(kept["variant"].values) == list(found.uncertainty.names)


def test_stages_before_the_parameter_are_those_of_the_run(small):
    folder, _ = small
    kept = {
        path.name: {one.name.split("-")[0] for one in (path / "checkpoints").glob("*.nc")}
        for path in (folder / "uncertainty").iterdir()
    }
    assert kept["offsets-rabani-sepm"] == {"states", "excitons", "optics"}
    assert kept["CdSe-epsinf-low"] == {"excitons", "optics"}
    assert kept["CdS-huang_rhys-high"] == {"optics"}


def test_an_interrupted_run_goes_on(small, monkeypatch):
    folder, found = small
    base = dataclasses.replace(found, uncertainty=None)

    def never(*_given, **_named):
        raise AssertionError("computed again")

    monkeypatch.setattr("epidot.pipeline.stages.solve", never)
    monkeypatch.setattr("epidot.pipeline.stages.excite", never)
    again = with_uncertainty(base, folder)
    assert again.uncertainty.bands == found.uncertainty.bands


def test_a_variant_that_fails_is_told_and_left_out(small, monkeypatch):
    folder, found = small
    real = uncertain.run

    def run_but_one(design, where, **given):
        if where.name == "offsets-rabani-sepm":
            raise ConvergenceError("solver", 1.0, "0.1", "Try again")
        return real(design, where, **given)

    monkeypatch.setattr(uncertain, "run", run_but_one)
    told = []
    again = with_uncertainty(found, folder, watcher=Watcher(warning=told.append))
    assert "offsets rabani-sepm could not be computed" in told[0]
    assert again.summary["variants"]["failed"][0]["name"] == "offsets rabani-sepm"
    assert any("because it failed" in note for note in again.uncertainty.notes)
    assert "states.gap_eV" not in again.uncertainty.bands
    assert "optics.emission_eV" in again.uncertainty.bands


def test_without_rivals_there_is_no_band_that_pretends(small, monkeypatch):
    _, found = small
    monkeypatch.setattr(uncertain, "variants", lambda *_given: [])
    again = with_uncertainty(dataclasses.replace(found, summary=found.summary | {"uncertainty": {}}))
    assert again.uncertainty.bands == {} and again.summary["uncertainty"] == {}
    assert any("there is no band" in note for note in again.uncertainty.notes)
    monkeypatch.setattr(
        uncertain,
        "variants",
        lambda *_given: [one for one in variants(("CdSe",), FAST) if "Auger" in one.name],
    )
    again = with_uncertainty(found)
    assert set(again.uncertainty.bands) == {"optics.auger_lifetime_ps"}
    assert any("no band says how sure offsets are" in note for note in again.uncertainty.notes)
    assert np.isfinite(again.uncertainty.bands["optics.auger_lifetime_ps"].low)
