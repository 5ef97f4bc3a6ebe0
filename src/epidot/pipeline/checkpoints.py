"""Stage results on disk, found again by content: same inputs, same code, same key."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from epidot.design import to_dict as design_to_dict
from epidot.design.design import Design
from epidot.errors import InputError, InternalError
from epidot.pipeline.given import portable
from epidot.pipeline.method import Method, canonical
from epidot.pipeline.stages import STAGES, Stage
from epidot.records import Record, load, save
from epidot.states import States


def stage_keys(design: Design, method: Method) -> dict[str, str]:
    """SHA-256 key of each stage: its inputs, its method, the code it runs, and the key before it."""
    # An imported particle is its bytes, wherever they lie.
    plain = design_to_dict(portable(design))
    keys: dict[str, str] = {}
    previous = ""
    for stage in STAGES:
        parts = [previous, stage.name, *(source_hash(package) for package in stage.packages)]
        parts += [canonical(_lookup(plain, path)) for path in stage.design]
        parts += [canonical(getattr(method, name)) for name in stage.method]
        previous = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        keys[stage.name] = previous
    return keys


def _lookup(plain: dict[str, Any], path: str) -> Any:
    value: Any = plain
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


@cache
def source_hash(package: str) -> str:
    """SHA-256 over the sources and data of one package of Epidot."""
    digest = hashlib.sha256()
    root = Path(str(files("epidot"))) / package
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def checkpoint_path(folder: Path, stage: Stage, key: str) -> Path:
    """Where the result of a stage is kept."""
    return folder / f"{stage.name}-{key[:20]}.nc"


def partial_path(folder: Path, stage: Stage, key: str) -> Path:
    """Where the work of an interrupted stage is kept; it goes when the stage is done."""
    return folder / f"{stage.name}-{key[:20]}.npz"


def read_states(folder: Path | str) -> States:
    """The states that a run left in its folder.

    Raises
    ------
    InputError
        No such folder, a run that did not come as far, a file that is damaged.
    """
    kept, record = Path(folder) / "checkpoints", None
    for stage in STAGES:
        files_of = sorted(kept.glob(f"{stage.name}-*.nc"))
        if not files_of:
            rule = f"has no kept result of stage {stage.name}"
            raise InputError("run folder", str(folder), rule, "Name the folder of a finished run")
        parents = {} if stage.parent is None or record is None else {stage.parent: record}
        record = load(stage.gives, files_of[-1], parents)
        if isinstance(record, States):
            return record
    raise InternalError("no stage gives states")


def read_checkpoint(folder: Path, stage: Stage, key: str, parent: Record | None) -> tuple[Record | None, str]:
    """The kept result, or None; and a sentence if something was there that could not be used."""
    path = checkpoint_path(folder, stage, key)
    if not path.exists():
        return None, ""
    parents = {} if stage.parent is None or parent is None else {stage.parent: parent}
    try:
        return load(stage.gives, path, parents), ""
    except InputError:
        return None, f"The kept result of stage {stage.name} ({path.name}) is damaged; it is computed again."


def write_checkpoint(folder: Path, stage: Stage, key: str, result: Record) -> None:
    """Keep a result and drop older ones of the same stage."""
    path = checkpoint_path(folder, stage, key)
    save(result, path)
    for old in folder.glob(f"{stage.name}-*"):
        if old != path:
            old.unlink(missing_ok=True)
