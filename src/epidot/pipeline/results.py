"""What a run leaves in its folder besides report and figures: JSON, netCDF, atoms."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from epidot.design import to_yaml
from epidot.pipeline.alignment import alignment_dataset
from epidot.pipeline.checkpoints import source_hash
from epidot.pipeline.ensemble import ensemble_dataset
from epidot.pipeline.given import enclosed, portable
from epidot.pipeline.run import Run
from epidot.pipeline.spectra import write_ensemble_spectra, write_spectra
from epidot.pipeline.uncertain import uncertainty_dataset
from epidot.records import to_dataset, whole
from epidot.relaxation import hydrostatic
from epidot.structure.export import export

if TYPE_CHECKING:
    import xarray as xr

OUTPUTS: Final = (
    "design.yaml",
    "summary.json",
    "provenance.json",
    "results.nc",
    "structure.extxyz",
    "report.html",
)
"""Files that a run leaves beside the folders of figures and of spectra."""
BESIDE: Final = ("compare", "ensemble", "offsets", "path", "uncertainty")
"""Keys of the provenance that say what was asked for besides the run itself."""
_COEFFICIENTS = ("electron_coefficients", "hole_coefficients")


def write_results(run: Run, folder: Path) -> None:
    """Write design, ``summary.json``, ``provenance.json``, ``results.nc``, spectra and ``structure.extxyz``.

    Beside the design lies a copy of the structure that it imports. Each file appears whole or not at all.
    """
    enclosed(run.design, folder)
    _write_text(folder / "design.yaml", to_yaml(portable(run.design)))
    _write_text(folder / "summary.json", dump_json(run.summary, indent=2))
    _write_text(folder / "provenance.json", dump_json(run.provenance, indent=2))
    _write_results(run, folder / "results.nc")
    write_spectra(run.optics, run.design.name, folder)
    write_ensemble_spectra(run.ensemble, run.design.name, folder)
    charge = densities(run)
    export(
        run.structure,
        folder / "structure.extxyz",
        run.relaxed.positions,
        {
            "hydrostatic_strain": hydrostatic(run.relaxed),
            "electron_density": charge["electron_density"][0],
            "hole_density": charge["hole_density"][0],
        },
    )


def outputs_are_current(run: Run, folder: Path) -> bool:
    """Whether everything that a run leaves in `folder` is there, unharmed, and made from these results."""
    try:
        listed = json.loads(_manifest(run, folder).read_text(encoding="utf-8"))
        return all(_digest(folder / name) == digest for name, digest in listed.items())
    except (OSError, ValueError, AttributeError):
        return False


def remember_outputs(run: Run, folder: Path) -> None:
    """List the outputs in `folder`, report and figures included, as those of this run."""
    manifest = _manifest(run, folder)
    for old in manifest.parent.glob("outputs-*.json"):
        old.unlink()
    copy = enclosed(run.design, folder)
    paths = [folder / name for name in OUTPUTS] + ([copy] if copy else [])
    paths += sorted((folder / "figures").glob("*")) + sorted((folder / "spectra").glob("*"))
    listed = {path.relative_to(folder).as_posix(): _digest(path) for path in paths}
    _write_text(manifest, json.dumps(listed, indent=1))


def _manifest(run: Run, folder: Path) -> Path:
    last = list(run.provenance["stage_keys"].values())[-1]
    parts = [last, run.design.name, run.level, source_hash("pipeline"), source_hash("reporting")]
    parts += [dump_json(run.provenance.get(key)) for key in BESIDE]
    return (
        folder
        / "checkpoints"
        / f"outputs-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:20]}.json"
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def dump_json(value: Any, indent: int | None = None) -> str:
    """Strict JSON: a number that is not finite becomes null, never ``NaN``."""
    return json.dumps(_finite(value), indent=indent, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(entry) for key, entry in value.items()}  # pyright: ignore
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]  # pyright: ignore
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_text(path: Path, text: str) -> None:
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def densities(run: Run) -> dict[str, Any]:
    """Probability of each state on each atom, (electron, atom) and (hole, atom); rows sum to 1."""
    return {
        "electron_density": np.square(run.states.electron_coefficients, dtype=float).sum(axis=(2, 3, 4)),
        "hole_density": np.square(run.states.hole_coefficients, dtype=float).sum(axis=(2, 3, 4)),
    }


def tree(run: Run) -> xr.DataTree:
    """All records as one xarray tree with units; coefficients are replaced by densities on atoms.

    With a group ``ensemble`` where there is one (`ensemble_dataset`).
    """
    import xarray as xr

    states = to_dataset(run.states).drop_vars(_COEFFICIENTS)
    charge = densities(run)
    states["electron_density"] = (("electron", "atom"), charge["electron_density"], {"units": "1"})
    states["hole_density"] = (("hole", "atom"), charge["hole_density"], {"units": "1"})
    groups = {
        "structure": to_dataset(run.structure),
        "relaxed": to_dataset(run.relaxed),
        "states": states,
        "excitons": to_dataset(run.excitons),
        "optics": to_dataset(run.optics),
    }
    if run.band_diagram is not None:
        groups["alignment"] = alignment_dataset(run.band_diagram, run.states)
    if run.uncertainty is not None:
        groups["uncertainty"] = uncertainty_dataset(run.uncertainty)
    if run.ensemble:
        groups["ensemble"] = ensemble_dataset(run.ensemble)
    whole = xr.DataTree.from_dict(groups, name="epidot")
    whole.attrs = {
        "design": to_yaml(portable(run.design)),
        "summary": dump_json(run.summary),
        "epidot": "results/1",
    }
    return whole


def _write_results(run: Run, path: Path) -> None:
    with whole(path) as partial:
        tree(run).to_netcdf(partial, engine="h5netcdf")
