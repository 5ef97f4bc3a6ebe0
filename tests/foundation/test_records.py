"""Records: what is written comes back, damage is noticed, shapes and immutability hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from epidot.errors import InputError, InternalError
from epidot.records import Record, array, content_hash, load, parent, record, save


@record
class Source(Record):
    weights: Any = array("atom", "1")
    name: str


@record
class Derived(Record):
    source: Source = parent()
    vectors: Any = array("atom 3 3", "Å")
    counts: Any = array("atom", "1", "i4")
    path: tuple[tuple[str, float], ...]


def derived(vectors, path=(("α", 1.5),)):
    source = Source(weights=np.ones(len(vectors)), name="parent")
    return Derived(source=source, vectors=vectors, counts=np.arange(len(vectors)), path=path)


@given(
    vectors=hnp.arrays(
        float, st.tuples(st.integers(1, 5), st.just(3), st.just(3)), elements=st.floats(-1e6, 1e6)
    )
)
def test_what_is_saved_comes_back(vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "item.nc"
    item = derived(vectors)
    save(item, path)
    back = load(Derived, path, {"source": item.source})
    assert np.array_equal(back.vectors, item.vectors)
    assert back.path == item.path and back.source is item.source
    assert content_hash(back) == content_hash(item)


def test_the_hash_sees_every_change():
    item = derived(np.zeros((2, 3, 3)))
    changed = np.zeros((2, 3, 3))
    changed[1, 2, 0] = 1e-300
    assert content_hash(derived(changed)) != content_hash(item)
    assert content_hash(derived(np.zeros((2, 3, 3)), (("β", 1.5),))) != content_hash(item)


def test_damage_is_noticed(tmp_path):
    path = tmp_path / "item.nc"
    item = derived(np.random.default_rng(0).normal(size=(40, 3, 3)))
    save(item, path)
    raw = bytearray(path.read_bytes())
    where = raw.find(item.vectors.tobytes())
    assert where > 0
    raw[where + 8] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(InputError):
        load(Derived, path, {"source": item.source})
    path.write_bytes(bytes(raw[: len(raw) // 2]))
    with pytest.raises(InputError):
        load(Derived, path, {"source": item.source})
    with pytest.raises(InputError):
        load(Source, Path("nowhere.nc"))


def test_another_kind_of_record_is_refused(tmp_path):
    item = derived(np.zeros((1, 3, 3)))
    save(item, tmp_path / "item.nc")
    with pytest.raises(InputError, match="Source"):
        load(Source, tmp_path / "item.nc")


def test_arrays_are_frozen_and_shapes_agree():
    given = np.zeros((2, 3, 3))
    item = derived(given)
    given[0] = 1.0
    assert item.vectors.max() == 0.0
    with pytest.raises(ValueError, match="read-only"):
        item.vectors[0] = 1.0
    with pytest.raises(InternalError, match="atom"):
        Derived(source=item.source, vectors=np.zeros((2, 3, 3)), counts=np.zeros(3), path=())
    with pytest.raises(InternalError, match="dimension 3"):
        Derived(source=item.source, vectors=np.zeros((2, 3, 2)), counts=np.zeros(2), path=())


def test_writing_is_whole_or_not_at_all(tmp_path, monkeypatch):
    import xarray

    path = tmp_path / "item.nc"

    def broken(self, target, **_options):
        Path(target).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(xarray.Dataset, "to_netcdf", broken)
    with pytest.raises(OSError, match="disk full"):
        save(derived(np.zeros((1, 3, 3))), path)
    assert list(tmp_path.iterdir()) == []
