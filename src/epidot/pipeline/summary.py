"""The numbers of a run under stable names (`summary.json`)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from epidot.design import design_hash
from epidot.design.design import Design
from epidot.excitons import Excitons, dark_bright, together
from epidot.excitons.excitons import COLUMNS
from epidot.hamiltonian.tight_binding.electrostatics import V_PER_A
from epidot.observables import Optics, uncertainty
from epidot.observables.complexes import Complex, complexes
from epidot.observables.lifetime import populations
from epidot.observables.reach import states_needed
from epidot.relaxation import Relaxed, by_segment, interfaces, stacking_energy
from epidot.states import States
from epidot.structure.inspect import bond_lengths, describe
from epidot.units import HC, N_PER_M


def summarise(design: Design, level: str, optics: Optics) -> dict[str, Any]:
    """Everything of ``summary.json`` but timings and versions; units are in the key names."""
    excitons = optics.excitons
    states = excitons.states
    return {
        "design": {"name": design.name, "hash": design_hash(design)},
        "level": level,
        "structure": describe(states.relaxed.structure) | {"realised": states.relaxed.structure.realised},
        "strain": _strain(states.relaxed),
        "states": _states(states),
        "fields": _fields(design, states),
        "excitons": _excitons(optics),
        "optics": _optics(optics),
        "uncertainty": {key: list(band) for key, band in uncertainty(optics).items()},
    }


def _strain(relaxed: Relaxed) -> dict[str, Any]:
    bonds = bond_lengths(relaxed.structure, relaxed.positions)
    return {
        "energy_eV": relaxed.energy,
        "max_force_eV_per_A": relaxed.max_force,
        "min_bond_A": float(bonds.min()),
        "max_bond_A": float(bonds.max()),
        "by_segment": by_segment(relaxed),
        "stacking_energy_eV": stacking_energy(relaxed.structure),
        "interfaces": [
            {
                "between": list(interface.segments),
                "materials": list(interface.materials),
                "misfit": interface.misfit,
                "area_A2": interface.area,
                "energy_eV": interface.energy,
                "energy_eV_per_A2": interface.energy_density,
                "energy_mJ_per_m2": 1e3 * interface.energy_density / N_PER_M,
                "dislocation_gain": interface.dislocation_gain,
                "critical_thickness_A": _finite(interface.critical_thickness),
            }
            for interface in interfaces(relaxed)
        ],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _states(states: States) -> dict[str, Any]:
    segments = list(states.relaxed.structure.segments)
    return {
        "electron_eV": states.electron_energies.tolist(),
        "hole_eV": states.hole_energies.tolist(),
        "gap_eV": float(states.electron_energies[0] - states.hole_energies[0]),
        "max_residual_eV": float(max(states.electron_residuals.max(), states.hole_residuals.max())),
        "segments": segments,
        "electron_in_segment": states.electron_in_segment.tolist(),
        "hole_in_segment": states.hole_in_segment.tolist(),
    }


def _fields(design: Design, states: States) -> dict[str, Any]:
    """Applied field, the mean that is left of it inside, and the span of each potential over the atoms."""
    field = design.environment.field
    acting = {
        term: row for term, row in zip(states.potential_terms, states.potential, strict=True) if row.any()
    }
    found: dict[str, Any] = {f"{term}_span_eV": float(np.ptp(row)) for term, row in acting.items()}
    if field is None or "field" not in acting:
        return found
    places = states.relaxed.positions - states.relaxed.positions.mean(axis=0)
    inside = np.linalg.lstsq(places, acting["field"] - acting["field"].mean(), rcond=None)[0] / V_PER_A
    return {
        "applied_kV_per_cm": field.strength,
        "inside_kV_per_cm": float(np.linalg.norm(inside)),
        "inside_vector_kV_per_cm": inside.tolist(),
    } | found


def _excitons(optics: Optics) -> dict[str, Any]:
    excitons = optics.excitons
    energies = excitons.energies
    found: dict[str, Any] = {
        "energies_eV": energies.tolist(),
        "ground_eV": float(energies[0]),
        "binding_eV": excitons.charged_gap - float(energies[0]),
        "quasiparticle_gap_eV": excitons.charged_gap,
        "dielectric_inside": excitons.dielectric_inside,
        "dielectric_outside": excitons.dielectric_outside,
        "interaction": excitons.interaction,
    }
    if excitons.interaction == "first order":
        return found
    return found | _correlated(excitons) | _fine_structure(optics)


def _correlated(excitons: Excitons) -> dict[str, Any]:
    """What only configuration interaction gives; trions and biexcitons of the largest space that has them."""
    found: dict[str, Any] = {
        "correlation_eV": float(excitons.first_order.min() - excitons.energies[0]),
        "convergence": {
            "electrons": excitons.active_spaces[:, 0].tolist(),
            "holes": excitons.active_spaces[:, 1].tolist(),
            **{
                f"{name}_eV": [_finite(value) for value in column]
                for name, column in zip(COLUMNS, excitons.convergence.T.tolist(), strict=True)
            },
        },
    }
    known = np.flatnonzero(np.isfinite(excitons.bindings).any(axis=1))
    if not len(known):
        return found
    last = int(known[-1])
    size = excitons.active_spaces[last].tolist()
    names = "trion_negative", "trion_positive", "biexciton"
    bindings = zip(names, excitons.bindings[last].tolist(), strict=True)
    return (
        found
        | {f"{name}_binding_meV": _finite(1e3 * value) for name, value in bindings}
        | {
            "active_space": {"electrons": size[0], "holes": size[1]},
            "trion_negative_eV": excitons.negative_trion.tolist(),
            "trion_positive_eV": excitons.positive_trion.tolist(),
            "biexciton_eV": excitons.biexciton.tolist(),
        }
    )


def _fine_structure(optics: Optics) -> dict[str, Any]:
    excitons = optics.excitons
    both = together(excitons, populations(excitons.energies, optics.temperature))
    splitting = dark_bright(excitons, optics.oscillator_strength)
    return {
        "dark_bright_meV": _finite(1e3 * splitting),
        "complexes": [_complex(one) for one in complexes(excitons, splitting)],
        "correlation_in_segments": {
            "same_segment": both.same,
            "same_segment_by_chance": both.same_by_chance,
            "hole_segments": both.hole_segments,
            "hole_segments_given_electron": both.hole_segments_given_electron,
        },
    }


def _complex(found: Complex) -> dict[str, Any]:
    return {
        "name": found.name,
        "energy_eV": found.energy,
        "binding_meV": 1e3 * found.binding,
        "verdict": found.verdict,
        "emission_shift_meV": _finite(1e3 * found.shift),
        "electrons": found.electrons,
        "holes": found.holes,
        "last_change_meV": _finite(1e3 * found.change),
        "converged": found.settled,
    }


def _optics(optics: Optics) -> dict[str, Any]:
    return {
        "absorption_edge_eV": optics.absorption_edge,
        "first_peak_eV": optics.first_peak,
        "emission_eV": optics.emission_energy,
        "radiative_lifetime_ns": optics.radiative_lifetime,
        "overlap": optics.overlap,
        "polarisation": optics.polarisation,
        "emission_axis": optics.emission_axis.tolist(),
        "emission_tensor": optics.emission_tensor.tolist(),
        "alignment": optics.alignment,
        "temperature_K": optics.temperature,
        "broadening_eV": optics.broadening,
        "emission_peak_eV": optics.emission_peak,
        "stokes_shift_eV": optics.stokes_shift,
        "electronic_stokes_shift_eV": optics.electronic_stokes_shift,
        "huang_rhys": optics.huang_rhys,
        "gap_shift_eV": optics.gap_shift,
        "local_field": np.diag(optics.local_field).tolist(),
        "depolarisation": optics.depolarisation.tolist(),
        "complete_to_eV": optics.complete_to,
        "states_for_whole_spectrum": _whole_spectrum(optics),
        "f_sum": optics.f_sum,
        "f_sum_share": optics.f_sum_share,
        "first_peak_extinction_per_M_cm": optics.first_peak_extinction,
        "at_400_nm": _excited(optics, HC / 400.0),
        "lifetimes": {
            "temperature_K": optics.lifetime_temperature.tolist(),
            "radiative_lifetime_ns": [_finite(value) for value in optics.lifetime.tolist()],
        },
        "levels": _levels(optics),
        "auger_volume_nm3": _finite(1e-3 * optics.auger_volume),
        "auger_lifetime_ps": _finite(optics.auger_lifetime),
        "biexciton_shift_meV": _finite(1e3 * optics.biexciton_shift),
        "gain_threshold_pairs": optics.gain_threshold,
    } | _magnetic(optics)


def _whole_spectrum(optics: Optics) -> dict[str, Any] | None:
    """About how many states would make the spectrum complete to its end; None if it is."""
    end = float(optics.energy_axis[-1])
    if optics.complete_to >= end:
        return None
    electrons, holes = states_needed(optics.excitons, end, optics.gap_shift)
    return {"to_eV": end, "electrons": electrons, "holes": holes}


def _magnetic(optics: Optics) -> dict[str, Any]:
    """What a magnetic field shows; nothing without one."""
    if optics.magnetic_field == 0.0:
        return {}
    return {
        "magnetic_field_T": optics.magnetic_field,
        "electron_g": optics.electron_g.tolist(),
        "hole_g": optics.hole_g.tolist(),
        "circular_polarisation": optics.circular_polarisation.tolist(),
    }


def _excited(optics: Optics, energy: float) -> dict[str, Any] | None:
    """What an excitation at an energy (eV) finds; None beyond the spectrum."""
    axis = optics.energy_axis
    if not axis[0] <= energy <= axis[-1]:
        return None
    columns = {
        "cross_section_nm2": optics.cross_section,
        "extinction_per_M_cm": optics.extinction,
        "absorption_polarisation": optics.absorption_polarisation,
        "anisotropy": optics.anisotropy,
    }
    return {key: float(np.interp(energy, axis, column)) for key, column in columns.items()}


def _levels(optics: Optics) -> list[dict[str, Any]]:
    """Emission from each place, of what emits or is populated at all."""
    rows = zip(
        optics.level_energy.tolist(),
        optics.level_electron,
        optics.level_hole,
        optics.level_population.tolist(),
        optics.level_lifetime.tolist(),
        optics.level_share.tolist(),
        strict=True,
    )
    return [
        {
            "energy_eV": energy,
            "electron": electron,
            "hole": hole,
            "population": population,
            "radiative_lifetime_ns": _finite(lifetime),
            "share": share,
        }
        for energy, electron, hole, population, lifetime, share in rows
        if max(population, share) > 1e-3
    ]
