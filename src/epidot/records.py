"""Frozen records: what crosses from one stage to the next.

A record is a frozen dataclass whose arrays state dimensions and unit on the line where
they are named (`array`). Fields made with `parent` refer to the record it was made from;
they are not written with it. Everything else must be plain JSON data (`meta`).

Invariant: arrays are contiguous, read-only, and their shapes agree dimension by dimension.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

import numpy as np

from epidot.errors import InputError, InternalError

if TYPE_CHECKING:
    import xarray as xr

T = TypeVar("T")
R = TypeVar("R", bound="Record")


def array(dims: str, unit: str, kind: str = "f8", *, default: tuple[()] | None = None) -> Any:
    """Declare an array field: names of its dimensions (space-separated), unit, dtype.

    A dimension that is a number, such as ``"3"`` in ``"atom 3"``, has that length. An array
    with the default ``()`` is empty if it is not given; such fields come last.
    """
    metadata = {"dims": tuple(dims.split()), "unit": unit, "kind": kind}
    if default is None:
        return dataclasses.field(metadata=metadata)
    shape = [int(dim) if dim.isdigit() else 0 for dim in dims.split()]
    return dataclasses.field(metadata=metadata, default_factory=lambda: np.zeros(shape, dtype=kind))


def parent() -> Any:
    """Declare a field that refers to the record this one was made from."""
    return dataclasses.field(metadata={"parent": True})


@dataclass_transform(frozen_default=True, field_specifiers=(array, parent, dataclasses.field))
def record(cls: type[T]) -> type[T]:
    """Class decorator: a frozen dataclass compared by identity."""
    return dataclasses.dataclass(frozen=True, eq=False)(cls)


class Record:
    """Abstract base of all records; subclasses are final and decorated with `record`."""

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        for field in _array_fields(type(self)):
            given = getattr(self, field.name)
            values = np.ascontiguousarray(given, dtype=field.metadata["kind"])
            if values is given and values.flags.writeable:
                values = values.copy()
            _check_shape(type(self).__name__, field, values.shape, sizes)
            values.flags.writeable = False
            object.__setattr__(self, field.name, values)


def _fields(cls: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cls)


def _array_fields(cls: type[Any]) -> list[dataclasses.Field[Any]]:
    return [field for field in _fields(cls) if "dims" in field.metadata]


def _meta_fields(cls: type[Any]) -> list[dataclasses.Field[Any]]:
    return [field for field in _fields(cls) if not field.metadata]


def _check_shape(
    owner: str, field: dataclasses.Field[Any], shape: tuple[int, ...], sizes: dict[str, int]
) -> None:
    dims = field.metadata["dims"]
    if len(shape) != len(dims):
        raise InternalError(f"{owner}.{field.name} has shape {shape}, dimensions are {dims}")
    for dim, length in zip(dims, shape, strict=True):
        expected = int(dim) if dim.isdigit() else sizes.setdefault(dim, length)
        if length != expected:
            raise InternalError(f"{owner}.{field.name}: dimension {dim} is {length}, not {expected}")


def content_hash(item: Record) -> str:
    """SHA-256 over the record's own arrays and plain data (hexadecimal, 64 characters)."""
    digest = hashlib.sha256(type(item).__name__.encode())
    digest.update(_meta_json(item).encode())
    for field in _array_fields(type(item)):
        values = getattr(item, field.name)
        digest.update(f"{field.name}{values.shape}{values.dtype.str}".encode())
        digest.update(values.data)
    return digest.hexdigest()


def _meta_json(item: Record) -> str:
    plain = {field.name: getattr(item, field.name) for field in _meta_fields(type(item))}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, np.generic):
        return value.item()
    raise InternalError(f"{type(value).__name__} is not plain data; a record cannot hold it")


def to_dataset(item: Record) -> xr.Dataset:
    """The record as an xarray dataset with units on every variable."""
    import xarray as xr

    variables: dict[str, Any] = {}
    for field in _array_fields(type(item)):
        dims = [f"axis{dim}" if dim.isdigit() else dim for dim in field.metadata["dims"]]
        attributes = {"units": field.metadata["unit"]}
        variables[field.name] = (_distinct(dims), getattr(item, field.name), attributes)
    return xr.Dataset(
        variables,
        attrs={"record": type(item).__name__, "meta": _meta_json(item), "hash": content_hash(item)},
    )


def _distinct(dims: list[str]) -> list[str]:
    seen = [dims[:place].count(dim) for place, dim in enumerate(dims)]
    return [f"{dim}_{count + 1}" if count else dim for dim, count in zip(dims, seen, strict=True)]


def from_dataset(cls: type[R], data: xr.Dataset, parents: Mapping[str, Record]) -> R:
    """The record that `to_dataset` made; `parents` supplies its parent fields.

    Raises
    ------
    InputError
        The data are of another kind of record or do not match their own hash.
    """
    if data.attrs.get("record") != cls.__name__:
        raise InputError("record", data.attrs.get("record"), f"must be a {cls.__name__}", "Give another file")
    plain = json.loads(data.attrs["meta"])
    arrays = {field.name: data[field.name].values for field in _array_fields(cls)}
    item = cls(**arrays, **{key: _frozen(value) for key, value in plain.items()}, **parents)
    if content_hash(item) != data.attrs["hash"]:
        raise InputError(cls.__name__, data.attrs["hash"], "content differs from its hash", "Delete the file")
    return item


def _frozen(value: Any) -> Any:
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value


@contextlib.contextmanager
def whole(path: Path) -> Generator[Path]:
    """A file beside `path` to write to; it takes the place of `path` if all went well, else it is removed."""
    # The ending stays, because writers choose formats by it.
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def save(item: Record, path: Path) -> None:
    """Write the record to a netCDF4 file; the file appears whole or not at all."""
    with whole(path) as partial:
        to_dataset(item).to_netcdf(partial, engine="h5netcdf")


def load(cls: type[R], path: Path, parents: Mapping[str, Record] | None = None) -> R:
    """Read what `save` wrote. Raises `InputError` on a file that is damaged or of another kind."""
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf") as data:
            return from_dataset(cls, data.load(), parents or {})
    except (OSError, KeyError, ValueError, TypeError, InternalError) as error:
        raise InputError(str(path), "this file", "cannot be read as a record", "Delete the file") from error
