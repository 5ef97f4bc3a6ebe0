"""Band edges of a run along its main path and along one that is named, and where they are kept."""

import pytest

from epidot.design import from_dict
from epidot.errors import InputError
from epidot.excitons import PairMethod
from epidot.excitons.method import Complexes
from epidot.pipeline import Method, check_path, run, with_path, write_results

FAST = Method(
    electrons=2, holes=4, pairs=PairMethod(panels=250, interaction="first order", complexes=Complexes(0, 0))
)
DOT = {
    "schema": "epidot-design/1",
    "name": "dot",
    "root": {"kind": "dot", "material": "CdSe", "diameter": "1.2 nm"},
    "shells": [{"material": "CdTe", "thickness": "0.7 nm"}],
}


@pytest.fixture(scope="module")
def dot():
    return run(from_dict(DOT), method=FAST)


def test_a_diameter_meets_both_interfaces_and_a_radius_one(dot, tmp_path):
    import xarray as xr

    told = dot.summary["band_alignment"]
    assert told["path"] == "a diameter"
    assert [one["between"] for one in told["interfaces"]] == [["CdTe", "CdSe"], ["CdSe", "CdTe"]]
    assert {one["type"] for one in told["interfaces"]} == {"type II"}
    half = with_path(dot, "core > shell1")
    (one,) = half.summary["band_alignment"]["interfaces"]
    assert one["between"] == ["CdSe", "CdTe"] and one["valence_step_eV"] > 0.3
    assert half.provenance["path"] == "core > shell1" and "path" not in dot.provenance
    write_results(half, tmp_path)
    with xr.open_datatree(tmp_path / "results.nc", engine="h5netcdf") as data:
        kept = data["alignment"].to_dataset()
        assert kept.attrs["path"] == "the path core – shell1"
        assert kept["conduction_edge"].values == pytest.approx(half.band_diagram.conduction)
        assert list(kept["interface_type"].values) == ["type II"]
        assert kept["valence_bands"].attrs["units"] == "eV"
        # A state is somewhere along the path, and no more of it than there is.
        width = float(kept["bin_place"][1] - kept["bin_place"][0])
        assert 0.05 < float(kept["electron_line_density"][0].sum()) * width <= 1.0


def test_the_core_is_squeezed_by_a_strained_shell_as_the_edges_show(dot):
    found = dot.band_diagram
    names = [found.course.strips[number].material for number in found.strip]
    core = [place for place, name in enumerate(names) if name == "CdSe"]
    # CdTe is larger: it stretches the core, which lowers its conduction edge.
    assert found.strain[core].mean() > 0.0
    moved = (found.conduction - found.rest_conduction - found.potential)[core]
    assert moved.mean() < -0.01


def test_an_unknown_place_is_told_before_anything_is_computed(dot):
    for ask in (lambda: check_path(dot.design, "core > arm1"), lambda: with_path(dot, "core > arm1")):
        with pytest.raises(InputError, match="There are: core, shell1"):
            ask()
    check_path(dot.design, None)
    assert with_path(dot, None) is dot
