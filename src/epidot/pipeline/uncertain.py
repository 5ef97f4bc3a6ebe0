"""How sure a run is: what `epidot run --uncertainty` adds.

The particle is computed again with every other named set of band offsets, and with every parameter that has
a range of published values at the ends of it (`variants`). Each variant keeps its stages in a folder of its
own, ``uncertainty/NAME``, so that an interrupted run goes on where it was; stages before the one that the
parameter enters are those of the run itself, whose states the eigensolver begins with. `bands` combines them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.device import CPU, Device
from epidot.pipeline.bands import Band, Scale, band
from epidot.pipeline.run import Run, Watcher, run
from epidot.pipeline.variants import Variant, variants
from epidot.records import Record

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[Any]

COMBINED: Final = (
    "lowest to highest over the named sets of band offsets, from there on by each range of published values, "
    "one parameter at a time, in quadrature; lifetimes and rates as logarithms"
)


@dataclass(frozen=True)
class Quantity:
    """A number of the summary that gets a band."""

    path: str
    """Dotted, in ``summary.json``; of a list the first entry counts."""
    title: str
    unit: str
    scale: Scale = "linear"


QUANTITIES: Final = (
    Quantity("states.electron_eV", "Lowest electron level", "eV"),
    Quantity("states.hole_eV", "Highest hole level", "eV"),
    Quantity("states.gap_eV", "Single-particle gap", "eV"),
    Quantity("excitons.ground_eV", "Lowest pair state", "eV"),
    Quantity("excitons.quasiparticle_gap_eV", "Quasiparticle gap", "eV"),
    Quantity("excitons.binding_eV", "Binding energy of the pair", "eV"),
    Quantity("excitons.correlation_eV", "Energy of correlation", "eV"),
    Quantity("excitons.dark_bright_meV", "Bright–dark splitting", "meV"),
    Quantity("excitons.trion_negative_binding_meV", "Binding of the negative trion", "meV"),
    Quantity("excitons.trion_positive_binding_meV", "Binding of the positive trion", "meV"),
    Quantity("excitons.biexciton_binding_meV", "Binding of the biexciton", "meV"),
    Quantity("optics.absorption_edge_eV", "Absorption edge", "eV"),
    Quantity("optics.first_peak_eV", "First absorption peak", "eV"),
    Quantity("optics.emission_eV", "Emission energy", "eV"),
    Quantity("optics.emission_peak_eV", "Emission peak, with phonons", "eV"),
    Quantity("optics.stokes_shift_eV", "Stokes shift", "eV"),
    Quantity("optics.electronic_stokes_shift_eV", "Stokes shift without phonons", "eV"),
    Quantity("optics.overlap", "Electron–hole overlap", "", "share"),
    Quantity("optics.polarisation", "Linear polarisation of the emission", "", "share"),
    Quantity("optics.radiative_lifetime_ns", "Radiative lifetime", "ns", "logarithm"),
    Quantity("optics.auger_lifetime_ps", "Auger lifetime of a biexciton", "ps", "logarithm"),
    Quantity(
        "optics.first_peak_extinction_per_M_cm", "Extinction at the first peak", "1/(M cm)", "logarithm"
    ),
    Quantity("optics.gain_threshold_pairs", "Threshold of gain", "pairs", "logarithm"),
)


@final
@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The variants of a run and the bands that they make.

    Attributes
    ----------
    names, parameters : of the variants that could be computed; the parameter of an offset set is empty.
    values : (variant,) each, by path of `QUANTITIES`.
    alignment : label of each variant.
    bands : by path, those that are open.
    failed : name and reason of each variant that could not be computed.
    notes : sentences on what the bands do not hold.
    energy : (energy,), eV.
    extinction, emission : (variant, energy), 1/(M cm) and 1/eV; NaN beyond a variant's own axis.
    temperature : (temperature,), K.
    lifetime : (variant, temperature), ns.
    lifetime_band : (end, temperature), ns, lowest and highest.
    electron_energies, hole_energies : (variant, state), eV.
    """

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    values: dict[str, Array]
    alignment: tuple[str, ...]
    bands: dict[str, Band]
    failed: tuple[dict[str, str], ...]
    notes: tuple[str, ...]
    energy: Array
    extinction: Array
    emission: Array
    temperature: Array
    lifetime: Array
    lifetime_band: Array
    electron_energies: Array
    hole_energies: Array


@dataclass(frozen=True, eq=False)
class _Done:
    """What is kept of a variant; the rest of its records would fill the memory."""

    variant: Variant
    summary: dict[str, Any]
    curves: tuple[Array, Array, Array]
    """Energy, extinction, emission."""
    lifetime: Array
    levels: tuple[Array, Array]
    key: str


def with_uncertainty(
    base: Run,
    folder: Path | None = None,
    *,
    watcher: Watcher | None = None,
    device: Device = CPU,
) -> Run:
    """Compute the variants of `base`; adds `Run.uncertainty`, ``summary["variants"]`` and bands.

    ``summary["uncertainty"]`` then holds the bands of all `QUANTITIES` that the variants move; it stays as it
    was if every variant failed.

    Parameters
    ----------
    base : the run; its own parameters give the values.
    folder : of the run; variants lie in ``uncertainty/NAME`` inside. None keeps nothing.
    watcher : told how far it is, and of variants that failed.

    Raises
    ------
    InputError
        The method moves a parameter itself.
    """
    watcher = watcher or Watcher()
    planned = variants(base.structure.materials, base.method)
    stages: list[Record] = [base.structure, base.relaxed, base.states, base.excitons, base.optics]
    known = dict(zip(base.provenance["stage_keys"].values(), stages, strict=True))
    done: list[_Done] = []
    failed: list[dict[str, str]] = []
    for place, variant in enumerate(planned):
        watcher.progress(place / len(planned), variant.name)
        try:
            found = run(
                base.design,
                None if folder is None else folder / "uncertainty" / variant.folder,
                method=variant.method,
                device=device,
                similar=base.states,
                known=known,
            )
        except (InputError, ConvergenceError) as error:
            failed.append({"name": variant.name, "error": str(error)})
            watcher.warning(f"{variant.name} could not be computed: {error}")
            continue
        done.append(_kept(variant, found))
    found = _combined(base, done, failed)
    bands = {path: [one.low, one.high] for path, one in found.bands.items()}
    return dataclasses.replace(
        base,
        uncertainty=found,
        summary=base.summary
        | {"variants": _summary(found, base)}
        | ({} if failed and not done else {"uncertainty": bands}),
        provenance=base.provenance
        | {
            "uncertainty": {"optics_keys": {one.variant.name: one.key for one in done}, "failed": failed},
        },
    )


def _kept(variant: Variant, found: Run) -> _Done:
    optics = found.optics
    return _Done(
        variant,
        found.summary,
        (optics.energy_axis, optics.extinction, optics.emission),
        optics.lifetime,
        (found.states.electron_energies, found.states.hole_energies),
        found.provenance["stage_keys"]["optics"],
    )


def number_at(summary: dict[str, Any], path: str) -> float:
    """The number at a dotted path of a summary, the first of a list; NaN where there is none."""
    found: Any = summary
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    found = found[0] if isinstance(found, list) and found else found
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else float("nan")


def _combined(base: Run, done: list[_Done], failed: list[dict[str, str]]) -> Uncertainty:
    optics = base.optics
    values = {one.path: np.array([number_at(each.summary, one.path) for each in done]) for one in QUANTITIES}
    made = {
        one.path: _band(done, number_at(base.summary, one.path), values[one.path], one.scale)
        for one in QUANTITIES
    }
    every = [one.curves for one in done]
    energy = _axis([optics.energy_axis, *(axis for axis, _, _ in every)])
    temperature = optics.lifetime_temperature
    lifetime = _rows([one.lifetime for one in done], temperature)
    edges = [
        _band(done, value, column, "logarithm")
        for value, column in zip(optics.lifetime.tolist(), lifetime.T, strict=True)
    ]
    return Uncertainty(
        names=tuple(one.variant.name for one in done),
        parameters=tuple(one.variant.parameter for one in done),
        values=values,
        alignment=tuple(str(one.summary["optics"]["alignment"]) for one in done),
        bands={path: found for path, found in made.items() if found is not None and found.open},
        failed=tuple(failed),
        notes=_notes(base, done, failed),
        energy=energy,
        extinction=_curves(energy, [(axis, curve) for axis, curve, _ in every]),
        emission=_curves(energy, [(axis, curve) for axis, _, curve in every]),
        temperature=temperature,
        lifetime=lifetime,
        lifetime_band=np.array(
            [
                [end(one) if one else value for one, value in zip(edges, optics.lifetime, strict=True)]
                for end in _ENDS
            ]
        ),
        electron_energies=_rows([one.levels[0] for one in done], base.states.electron_energies),
        hole_energies=_rows([one.levels[1] for one in done], base.states.hole_energies),
    )


_ENDS: Final[tuple[Callable[[Band], float], Callable[[Band], float]]] = (
    lambda band: band.low,
    lambda band: band.high,
)


def _band(done: list[_Done], value: float, column: Array, scale: Scale) -> Band | None:
    """The band of one number over the variants, (variant,); None where it is not known."""
    if np.isnan(value):
        return None
    rivals: dict[str, float] = {}
    ranges: dict[str, dict[str, float]] = {}
    for one, found in zip(done, column.tolist(), strict=True):
        if np.isnan(found):
            continue
        variant = one.variant
        (ranges.setdefault(variant.parameter, {}) if variant.parameter else rivals)[variant.name] = found
    return band(value, rivals, ranges, scale)


def _axis(axes: list[Array]) -> Array:
    """One axis of photon energies (eV) over all, with the step of the first."""
    low, high = min(float(axis[0]) for axis in axes), max(float(axis[-1]) for axis in axes)
    return np.arange(low, high, float(axes[0][1] - axes[0][0]))


def _curves(energy: Array, curves: list[tuple[Array, Array]]) -> Array:
    rows = [np.interp(energy, axis, curve, left=np.nan, right=np.nan) for axis, curve in curves]
    return _rows(rows, energy)


def _rows(rows: list[Array], like: Array) -> Array:
    """(row, n), also where there is no row; `like` is (n,)."""
    return np.array(rows).reshape(len(rows), len(like))


def _notes(base: Run, done: list[_Done], failed: list[dict[str, str]]) -> tuple[str, ...]:
    """What the bands do not hold."""
    found: list[str] = []
    named = ", ".join(dict.fromkeys(base.structure.materials))
    planned = variants(base.structure.materials, base.method)
    if all(one.parameter for one in planned):
        found.append(
            f"All named sets of band offsets place {named} alike: no band says how sure offsets are."
        )
    if not planned:
        found.append(f"No second published value is known of any parameter of {named}: there is no band.")
    elif not done:
        found.append("No variant could be computed: bands are those of first-order theory.")
    if failed:
        found.append(f"Not in the bands, because it failed: {', '.join(one['name'] for one in failed)}.")
    return tuple(found)


def _summary(found: Uncertainty, base: Run) -> dict[str, Any]:
    labels: dict[str, list[str]] = {str(base.optics.alignment): ["this run"]}
    for name, label in zip(found.names, found.alignment, strict=True):
        labels.setdefault(label, []).append(name)
    return {
        "offsets": base.method.tight_binding.offsets,
        "combined": COMBINED,
        "notes": list(found.notes),
        "bands": {path: dataclasses.asdict(one) for path, one in found.bands.items()},
        "alignment": {"value": base.optics.alignment, "possible": labels},
        "rows": [
            {"name": name, "parameter": parameter or "band offsets", "alignment": label}
            | {path: float(column[place]) for path, column in found.values.items()}
            for place, (name, parameter, label) in enumerate(
                zip(found.names, found.parameters, found.alignment, strict=True)
            )
        ],
        "failed": list(found.failed),
    }


def uncertainty_dataset(found: Uncertainty) -> xr.Dataset:
    """All variants with units, dimension ``variant``; each number has its band in ``low`` and ``high``."""
    import xarray as xr

    variables: dict[str, Any] = {
        "parameter": ("variant", [one or "band offsets" for one in found.parameters], {"units": "1"}),
        "alignment": ("variant", list(found.alignment), {"units": "1"}),
        "electron_energies": (("variant", "electron"), found.electron_energies, {"units": "eV"}),
        "hole_energies": (("variant", "hole"), found.hole_energies, {"units": "eV"}),
        "energy_axis": ("energy", found.energy, {"units": "eV"}),
        "extinction": (("variant", "energy"), found.extinction, {"units": "1/(M cm)"}),
        "emission": (("variant", "energy"), found.emission, {"units": "1/eV"}),
        "lifetime_temperature": ("temperature", found.temperature, {"units": "K"}),
        "lifetime": (("variant", "temperature"), found.lifetime, {"units": "ns"}),
        "lifetime_band": (("end", "temperature"), found.lifetime_band, {"units": "ns"}),
    }
    for one in QUANTITIES:
        attributes: dict[str, Any] = {"units": one.unit or "1", "long_name": one.title}
        if one.path in found.bands:
            band = found.bands[one.path]
            attributes |= {"value": band.value, "low": band.low, "high": band.high}
            attributes |= {"low_by": band.low_by, "high_by": band.high_by}
        variables[one.path.replace(".", "_")] = ("variant", found.values[one.path], attributes)
    coordinates = {"variant": list(found.names), "end": ["lowest", "highest"]}
    attributes = {"combined": COMBINED, "notes": " ".join(found.notes)}
    return xr.Dataset(variables, coordinates, attributes)
