"""Many particles about one design: what `epidot run --ensemble` adds.

Each member runs in a folder of its own, ``ensemble/NNN``, with its checkpoints, so that an interrupted
ensemble goes on where it was; its eigensolver starts from the states of the design itself. Spectra are means
over the members: every particle absorbs with its own cross-section and emits as many photons as any other.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.device import CPU, Device
from epidot.observables import Optics
from epidot.observables.comparison import peak
from epidot.pipeline.distribution import Distribution, Member, design_of, members
from epidot.pipeline.run import Run, Watcher, run

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[Any]

_STEP: Final = 0.0025
"""eV, of the common axis: a tenth of the narrowest line."""
_FWHM: Final = float(np.sqrt(8.0 * np.log(2.0)))
_KEYS: Final = {
    "emission_eV": "emission_energy",
    "first_peak_eV": "first_peak",
    "radiative_lifetime_ns": "radiative_lifetime",
    "polarisation": "polarisation",
    "overlap": "overlap",
}
"""Key of a row, and the field of `Optics` that it is."""
_UNITS: Final = {"emission_eV": "eV", "first_peak_eV": "eV", "radiative_lifetime_ns": "ns"}


@final
@dataclass(frozen=True, eq=False)
class Ensemble:
    """Mean spectra and the table of the members.

    Attributes
    ----------
    distribution : what was drawn from.
    rows : one for each finished member: number, factors, atoms, energies, lifetime, alignment.
    failed : number and reason of each member that could not be computed.
    energy : (energy,), eV.
    extinction, cross_section, emission : (energy,), means; 1/(M cm), nm², 1/eV.
    each : (member, energy) emission, 1/eV.
    complete_to : eV: above it some member lacks computed states.
    broadening : eV, width of the lines of one particle.
    """

    distribution: Distribution
    rows: tuple[dict[str, Any], ...]
    failed: tuple[dict[str, Any], ...]
    energy: Array
    extinction: Array
    cross_section: Array
    emission: Array
    each: Array
    complete_to: float
    broadening: float

    def column(self, key: str) -> Array:
        """One column of `rows`, (member,)."""
        return np.array([row[key] for row in self.rows])

    @property
    def inhomogeneous(self) -> float:
        """Full width (eV) of the Gaussian with the spread of the members' emission energies."""
        return _FWHM * float(self.column("emission_eV").std())

    @property
    def total(self) -> float:
        """Full width (eV) of the emission of all: that of one particle and the spread, added as Gaussians."""
        return float(np.hypot(self.broadening, self.inhomogeneous))


def with_ensemble(
    base: Run,
    distribution: Distribution,
    folder: Path,
    *,
    watcher: Watcher | None = None,
    device: Device = CPU,
) -> Run:
    """Run the members of an ensemble about `base`; adds `Run.ensemble` and ``summary["ensemble"]``.

    Parameters
    ----------
    base : the run of the design itself.
    distribution : members and spreads.
    folder : of the run; members lie in ``ensemble/NNN`` inside.
    watcher : told how far it is, and of members that failed.

    Raises
    ------
    InputError
        The design has nothing of what is to vary, or no member could be computed.
    """
    watcher = watcher or Watcher()
    rows: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    spectra: list[Optics] = []
    keys: list[str] = []
    drawn = members(base.design, distribution)
    for place, member in enumerate(drawn):
        watcher.progress(place / len(drawn), f"particle {member.number} of {len(drawn)}")
        try:
            done = run(
                design_of(member),
                folder / "ensemble" / f"{member.number:03d}",
                method=base.method,
                device=device,
                similar=base.states,
            )
        except (InputError, ConvergenceError) as error:
            failed.append({"member": member.number, "diameter": member.diameter, "error": str(error)})
            watcher.warning(f"Particle {member.number} of {len(drawn)} could not be computed: {error}")
            continue
        rows.append(_row(member, done))
        keys.append(done.provenance["stage_keys"]["optics"])
        # The rest of a member's records would fill the memory.
        spectra.append(done.optics)
    if not spectra:
        raise InputError("ensemble", f"{len(drawn)} members", "none could be computed", failed[0]["error"])
    found = _mean(distribution, rows, failed, spectra)
    return dataclasses.replace(
        base,
        ensemble=found,
        summary=base.summary | {"ensemble": _summary(found)},
        provenance=base.provenance
        | {"ensemble": {"distribution": distribution.to_dict(), "optics_keys": keys}},
    )


def ensemble_dataset(found: Ensemble) -> xr.Dataset:
    """Mean spectra, the emission of each member and the table of members, with units.

    Means and standard deviations of the columns are attributes ``mean`` and ``sd`` of them; what was drawn
    from and which members failed are JSON in the attributes ``distribution`` and ``failed``.
    """
    import xarray as xr

    data: dict[str, Any] = {
        "extinction": ("energy", found.extinction, {"units": "1/(M cm)"}),
        "cross_section": ("energy", found.cross_section, {"units": "nm^2"}),
        "emission": ("energy", found.emission, {"units": "1/eV"}),
        "member_emission": (("member", "energy"), found.each, {"units": "1/eV"}),
        "alignment": ("member", np.array([row["alignment"] for row in found.rows], dtype=object)),
    }
    for key in ("diameter_factor", "length_factor", "atoms", *_KEYS):
        values = found.column(key)
        spread = {"mean": float(values.mean()), "sd": float(values.std())}
        data[key] = ("member", values, {"units": _UNITS.get(key, "1")} | spread)
    return xr.Dataset(
        data,
        {"energy": ("energy", found.energy, {"units": "eV"}), "member": found.column("member")},
        {
            "distribution": json.dumps(found.distribution.to_dict()),
            "failed": json.dumps(found.failed),
            "complete_to_eV": found.complete_to,
            "homogeneous_fwhm_eV": found.broadening,
            "inhomogeneous_fwhm_eV": found.inhomogeneous,
            "emission_fwhm_eV": found.total,
        },
    )


def _row(member: Member, done: Run) -> dict[str, Any]:
    return {
        "member": member.number,
        "diameter_factor": member.diameter,
        "length_factor": member.length,
        "atoms": len(done.structure.numbers),
        **{key: float(getattr(done.optics, name)) for key, name in _KEYS.items()},
        "alignment": done.optics.alignment,
    }


def _mean(
    distribution: Distribution,
    rows: list[dict[str, Any]],
    failed: list[dict[str, Any]],
    spectra: list[Optics],
) -> Ensemble:
    low = min(float(one.energy_axis[0]) for one in spectra)
    # Above the end of one member's axis the mean would lack it.
    high = min(float(one.energy_axis[-1]) for one in spectra)
    top = max(float(one.emission_peak) + 3.0 * one.broadening for one in spectra)
    energy = np.arange(low, max(high, top), _STEP)
    each = np.array(
        [np.interp(energy, one.energy_axis, one.emission, left=0.0, right=0.0) for one in spectra]
    )

    def mean(name: str) -> Array:
        found = [np.interp(energy, one.energy_axis, getattr(one, name), left=0.0) for one in spectra]
        return np.mean(found, axis=0)

    return Ensemble(
        distribution,
        tuple(rows),
        tuple(failed),
        energy,
        mean("extinction"),
        mean("cross_section"),
        each.mean(axis=0),
        each,
        min(float(one.complete_to) for one in spectra),
        float(np.mean([one.broadening for one in spectra])),
    )


def _summary(found: Ensemble) -> dict[str, Any]:
    columns = {key: found.column(key) for key in ("atoms", "diameter_factor", "length_factor", *_KEYS)}
    first, emitted = (
        peak(found.energy, found.cross_section, first=True),
        peak(found.energy, found.emission, first=False),
    )
    return {
        "distribution": found.distribution.to_dict(),
        "done": len(found.rows),
        "failed": list(found.failed),
        **{key: {"mean": float(values.mean()), "sd": float(values.std())} for key, values in columns.items()},
        "alignment": dict(Counter(row["alignment"] for row in found.rows)),
        "mean_first_peak_eV": first.energy if first else None,
        "mean_emission_peak_eV": emitted.energy if emitted else None,
        "emission_fwhm_meV": 1e3 * found.total,
        "homogeneous_fwhm_meV": 1e3 * found.broadening,
        "inhomogeneous_fwhm_meV": 1e3 * found.inhomogeneous,
        "members": list(found.rows),
    }
