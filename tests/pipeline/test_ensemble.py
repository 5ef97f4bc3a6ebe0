"""Ensembles: keyed draws, means of known spectra, members that fail, work that is reused."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from epidot.design import from_dict, to_dict
from epidot.errors import ConvergenceError, InputError
from epidot.pipeline import Method, Watcher, ensemble, read_distribution, read_measured, with_ensemble
from epidot.pipeline.distribution import Distribution, design_of, members
from epidot.pipeline.run import Run
from epidot.pipeline.spectra import write_ensemble_spectra

DOT = {
    "schema": "epidot-design/1",
    "name": "dot",
    "root": {"kind": "dot", "material": "CdSe", "diameter": "2 nm"},
    "shells": [{"material": "CdS", "thickness": "0.5 nm"}],
}
ARM = {"cross_section": {"diameter": "2 nm"}, "segments": [{"material": "CdSe", "length": "4 nm"}]}
TETRAPOD = {
    "schema": "epidot-design/1",
    "name": "tetrapod",
    "root": {"kind": "branch_point", "material": "CdSe", "arms": [ARM] * 4},
}


def test_each_member_is_its_own_draw_whatever_the_number_of_members():
    few, many = (members(from_dict(DOT), Distribution(n, 0.08, seed=4)) for n in (3, 400))
    assert [one.diameter for one in few] == [one.diameter for one in many[:3]]
    factors = np.array([one.diameter for one in many])
    assert factors.std() == pytest.approx(0.08, rel=0.1)
    assert np.abs(factors - 1.0).max() <= 2.5 * 0.08 + 1e-12
    assert len({one.plain["seed"] for one in many}) == 400
    assert [one.diameter for one in members(from_dict(DOT), Distribution(3, 0.08, seed=5))] != [
        one.diameter for one in few
    ]


def test_sizes_are_multiplied_and_nothing_else():
    (first, *_) = members(from_dict(DOT), Distribution(2, 0.08))
    found = design_of(first)
    assert found.root.diameter == pytest.approx(20.0 * first.diameter, abs=1e-4)
    assert found.shells[0].thickness == pytest.approx(5.0 * first.diameter, abs=1e-4)
    design = from_dict(TETRAPOD)
    (first, *_) = members(design, Distribution(2, 2.0, 0.1, 3.0, absolute=("diameter",)))
    found = design_of(first)
    arm = found.root.arms[2]
    assert arm.cross_section.diameter == pytest.approx(20.0 * first.diameter, abs=1e-4)
    assert arm.segments[0].length == pytest.approx(40.0 * first.length, abs=1e-4)
    assert found.disorder.arm_length == pytest.approx(3.0)
    assert found.environment == design.environment
    assert (first.diameter - 1.0) / 0.1 == pytest.approx(
        (members(design, Distribution(2, 0.1))[0].diameter - 1.0) / 0.1
    )


def test_statements(tmp_path):
    assert read_distribution("12", "8 %") == Distribution(12, 0.08, 0.08)
    path = tmp_path / "spread.yaml"
    path.write_text('ensemble: {members: 6, diameter: "0.3 nm", arms: "0.3 nm", seed: 9}\n')
    assert read_distribution(str(path)) == Distribution(6, 3.0, None, 3.0, 9, ("diameter",))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{members: 6, diamater: "8 %"}', "diamater"),
        ("{members: 6}", "says of nothing"),
        ('{members: 1, diameter: "8 %"}', "whole number"),
        ("{members: 6, diameter: 8}", "percentage"),
        ('{members: 6, diameter: "80 %"}', "at most 40 %"),
        ('{members: 6, arms: "8 %"}', "must be a length"),
        ('{members: 6, diameter: "3 eV"}', "must be a length"),
    ],
)
def test_statements_that_are_none(tmp_path, text, hint):
    path = tmp_path / "spread.yaml"
    path.write_text(f"ensemble: {text}\n")
    with pytest.raises(InputError, match=hint):
        read_distribution(str(path))


def test_words_that_are_none(tmp_path):
    for words, sigma, hint in (("1", None, "whole number"), ("none.yaml", None, "cannot be read")):
        with pytest.raises(InputError, match=hint):
            read_distribution(words, sigma)
    with pytest.raises(InputError, match="no length to vary"):
        members(from_dict(DOT), Distribution(2, 0.08, 0.1))
    with pytest.raises(InputError, match="no arms"):
        members(from_dict(DOT), Distribution(2, 0.08, None, 3.0))


def line(design):
    """A made-up run: emission at 2 eV for 2 nm, falling by 1 eV per nm, lines of 50 meV."""
    place = 2.0 - 0.1 * (design.root.diameter - 20.0)
    axis = np.linspace(place - 0.3, place + 0.3, 400)
    curve = np.exp(-4.0 * np.log(2.0) * ((axis - place) / 0.05) ** 2)
    optics = SimpleNamespace(
        energy_axis=axis, emission=curve, extinction=3.0 * curve, cross_section=6.0 * curve,
        emission_peak=place, emission_energy=place, first_peak=place, radiative_lifetime=10.0,
        polarisation=0.1, overlap=0.5,
        alignment="type I", complete_to=place + 0.2, broadening=0.05,
    )  # fmt: skip
    return SimpleNamespace(
        optics=optics,
        structure=SimpleNamespace(numbers=np.zeros(100)),
        provenance={"stage_keys": {"optics": f"{place}"}},
    )


def made(monkeypatch, tmp_path, count, fails=()):
    folders = []

    def run(design, folder, **given):
        assert given["similar"] == "states"
        folders.append(folder.name)
        if int(folder.name) in fails:
            raise ConvergenceError("solver", 1.0, "0.1", "Try again")
        return line(design)

    monkeypatch.setattr(ensemble, "run", run)
    base = Run(from_dict(DOT), Method(), *[None] * 2, "states", *[None] * 2, {}, {})
    told = []
    found = with_ensemble(base, Distribution(count, 0.05), tmp_path, watcher=Watcher(warning=told.append))
    return found, folders, told


def test_widths_and_means_of_known_lines(monkeypatch, tmp_path):
    found, folders, _ = made(monkeypatch, tmp_path, 60)
    many, summary = found.ensemble, found.summary["ensemble"]
    assert folders == [f"{number:03d}" for number in range(1, 61)]
    energies = many.column("emission_eV")
    assert np.trapezoid(many.emission, many.energy) == pytest.approx(
        0.05 * np.sqrt(np.pi / np.log(2.0)) / 2.0, rel=1e-3
    )
    mean = np.trapezoid(many.energy * many.emission, many.energy) / np.trapezoid(many.emission, many.energy)
    assert mean == pytest.approx(energies.mean(), abs=1e-4)
    variance = np.trapezoid((many.energy - mean) ** 2 * many.emission, many.energy)
    variance /= np.trapezoid(many.emission, many.energy)
    assert many.total == pytest.approx(np.sqrt(8.0 * np.log(2.0) * variance), rel=1e-3)
    assert many.inhomogeneous == pytest.approx(2.3548 * energies.std(), rel=1e-4)
    assert summary["emission_eV"]["mean"] == pytest.approx(energies.mean())
    assert summary["alignment"] == {"type I": 60}
    assert many.complete_to == pytest.approx(energies.min() + 0.2)
    assert many.cross_section == pytest.approx(2.0 * many.extinction)


def test_a_member_that_fails_is_told_and_left_out(monkeypatch, tmp_path):
    found, _, told = made(monkeypatch, tmp_path, 4, fails=(2,))
    assert [row["member"] for row in found.ensemble.rows] == [1, 3, 4]
    assert found.summary["ensemble"]["failed"][0]["member"] == 2
    assert "Particle 2 of 4" in told[0]
    assert len(found.provenance["ensemble"]["optics_keys"]) == 3
    with pytest.raises(InputError, match="none could be computed"):
        made(monkeypatch, tmp_path, 2, fails=(1, 2))


def test_files_hold_means_spreads_and_members(monkeypatch, tmp_path):
    many = made(monkeypatch, tmp_path, 5, fails=(2,))[0].ensemble
    data = ensemble.ensemble_dataset(many)
    assert data["member"].values.tolist() == [1, 3, 4, 5]
    energies = many.column("emission_eV")
    assert data["emission_eV"].attrs == {
        "units": "eV", "mean": pytest.approx(energies.mean()), "sd": pytest.approx(energies.std())
    }  # fmt: skip
    assert data["member_emission"].mean("member").values == pytest.approx(data["emission"].values)
    assert json.loads(data.attrs["distribution"])["diameter"] == 0.05
    assert json.loads(data.attrs["failed"])[0]["member"] == 2
    path = tmp_path / "back.nc"
    data.to_netcdf(path, engine="h5netcdf")
    with xr.open_dataset(path) as back:
        assert back["alignment"].values.tolist() == ["type I"] * 4
    write_ensemble_spectra(many, "a dot", tmp_path)
    spectrum = read_measured(tmp_path / "spectra" / "ensemble-emission.csv").spectra[0]
    assert np.interp(spectrum.energy, many.energy, many.emission) == pytest.approx(spectrum.value, rel=1e-6)
    assert "mean of 4 particles" in (tmp_path / "spectra" / "ensemble-absorption.jdx").read_text()
    # A later run without an ensemble does not leave the old one lying beside its own.
    (tmp_path / "spectra" / "emission.csv").write_text("")
    assert write_ensemble_spectra(None, "a dot", tmp_path) == []
    assert [left.name for left in (tmp_path / "spectra").iterdir()] == ["emission.csv"]


def test_the_design_itself_stays_as_it_is():
    design = from_dict(TETRAPOD)
    before = to_dict(design)
    members(design, Distribution(3, 0.1, 0.1))
    assert to_dict(design) == before
