"""What a parameter set makes of bulk: its figures, and whether particles can be computed with it.

Everything above the Hamiltonian takes the band edges to be at Γ with a gap between them, on the common scale
of energies. A set from a file is asked for that whenever it is used; `check_set` shows the figures as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.errors import InputError
from epidot.hamiltonian.tight_binding.bulk import GAMMA, STEP, bloch, bulk_bands, bulk_gap, unit_cell
from epidot.hamiltonian.tight_binding.deformation import VALENCE, deformation_potentials
from epidot.hamiltonian.tight_binding.method import TightBindingMethod
from epidot.hamiltonian.tight_binding.parameters import LATTICE, parameters
from epidot.units import HBAR2_OVER_2M

_POINTS: Final = 8
"""Points of the k grid along each reciprocal vector; X and L are among them."""
_SCALE: Final = 0.01
"""eV by which the valence edge may miss `vbm_scale`."""
_LATTICE: Final = 0.01
"""Share by which the lattice constant of a set may miss that of the table, which particles relax to."""
_DIRECTIONS: Final = {"001": (0.0, 0.0, 1.0), "111": (1.0, 1.0, 1.0), "110": (1.0, 1.0, 0.0)}


@final
@dataclass(frozen=True)
class SetCheck:
    """What a set gives in bulk zinc blende and what is wrong with it.

    `figures[compound][key]` has the keys of `TwoCentre.computed` (eV, m0, weights), `targets[compound]` those
    of them that the set names. `problems` are sentences; none if the set is usable.
    """

    name: str
    figures: dict[str, dict[str, float]]
    targets: dict[str, dict[str, float]]
    problems: tuple[str, ...]

    def summary(self) -> dict[str, Any]:
        """The same as plain data: ``{"set", "ok", "problems", "compounds": {name: {key: {...}}}}``."""
        compounds = {
            name: {
                key: {
                    "value": value,
                    "target": self.targets[name].get(key),
                    "unit": materials.figure_unit(key),
                }
                for key, value in figures.items()
            }
            for name, figures in self.figures.items()
        }
        return {
            "set": self.name,
            "ok": not self.problems,
            "problems": list(self.problems),
            "compounds": compounds,
        }


def check_set(parameter_set: str | materials.ParameterSet) -> SetCheck:
    """All bulk checks of a set.

    Raises
    ------
    InputError
        Unknown set.
    """
    method = TightBindingMethod(parameter_set)
    names = materials.set_compounds(parameter_set)
    problems = [text for name in names for text in _problems(name, method)]
    figures = {name: bulk_figures(name, method=method) for name in names}
    problems += [text for name in names for text in _misprints(name, figures[name], method)]
    targets = {name: dict(materials.two_centre(name, parameter_set).targets) for name in names}
    return SetCheck(materials.set_name(parameter_set), figures, targets, tuple(problems))


@cache
def ensure_usable(name: str, method: TightBindingMethod) -> None:
    """Check one compound of a set from a file; packaged sets are checked by the tests.

    Raises
    ------
    InputError
        The first problem.
    """
    if isinstance(method.parameters, str):
        return
    for text in _problems(name, method):
        place = f"tight_binding.parameters ({method.parameters.name})"
        raise InputError(place, name, text, "Correct the set; epidot materials --check FILE shows all")


def _problems(name: str, method: TightBindingMethod) -> Iterator[str]:
    values = materials.two_centre(name, method.parameters)
    lattice = values.bond * 4.0 / np.sqrt(3.0)
    if abs(lattice / materials.lattice_constant(name) - 1.0) > _LATTICE:
        wanted = materials.lattice_constant(name)
        yield f"{name}: a_ref is {lattice:.4f} Å, but particles relax to {wanted:.4f} Å and would be strained"
    edges = bulk_bands(name, "zb", np.array([GAMMA]), method=method)[0, VALENCE - 1 : VALENCE + 1]
    if edges[1] - edges[0] <= 0.0 or np.ptp(edges) < 1e-6:
        yield f"{name}: there is no gap at Γ"
        return
    k = _grid() * 2.0 * np.pi / lattice
    bands = bulk_bands(name, "zb", k, method=method)[:, VALENCE - 1 : VALENCE + 1]
    for band, sign, what in ((0, 1.0, "valence maximum"), (1, -1.0, "conduction minimum")):
        beyond = sign * (bands[:, band] - edges[band])
        if beyond.max() > 1e-6:
            place = ", ".join(f"{value:.3g}" for value in k[beyond.argmax()] * lattice / (2.0 * np.pi))
            yield f"{name}: the {what} is not at Γ but {beyond.max():.3f} eV beyond it at k = ({place}) 2π/a"
    wrong = [key for key, mass in _masses(name, method).items() if mass <= 0.0]
    if wrong:
        yield f"{name}: the bands bend the wrong way at Γ ({', '.join(wrong)} negative)"
    shift = materials.offset_set(method.offsets).shifts[name]
    miss = edges[0] - shift - values.vbm
    if abs(miss) > _SCALE:
        yield (
            f"{name}: the valence edge is {edges[0] - shift:.3f} eV, but vbm_scale says {values.vbm:.3f} eV "
            f"(add {-miss:.4f} eV to every on-site energy)"
        )
    given = materials.set_content(method.parameters)["compounds"][name].get("wurtzite", {})
    if given and LATTICE not in given:
        yield f"{name}: has wurtzite terms, but none for the {LATTICE} lattice, which particles have"
    gap = bulk_gap(name, "wz", method=method)
    if LATTICE in given and gap < 0.5 * (edges[1] - edges[0]):
        # Sorted levels: a conduction edge among the valence bands leaves the distance of two of these.
        yield f"{name}: the wurtzite terms leave a gap of {gap:.3f} eV of {edges[1] - edges[0]:.3f} eV"


def _grid() -> NDArray[Any]:
    """Wave vectors [point, 3] in 2π/a over the zone of zinc blende; of k and −k one is enough."""
    steps = np.arange(_POINTS) / _POINTS
    along = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    along = along[along[:, 0] <= 0.5]
    return along @ np.array([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])


def _misprints(name: str, figures: dict[str, float], method: TightBindingMethod) -> Iterator[str]:
    """What the set itself says it gives, and does not."""
    stated = materials.two_centre(name, method.parameters).computed
    missed = [
        f"{key} {figures[key]:.4g} ({value:g})"
        for key, value in stated.items()
        if abs(figures[key] - value) > max(5e-3, 0.02 * abs(value))
    ]
    if missed:
        more = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
        yield f"{name}: parameters do not give what the set says in brackets: {', '.join(missed[:3])}{more}"


def bulk_figures(compound: str, *, method: TightBindingMethod | None = None) -> dict[str, float]:
    """Levels at Γ, X, L against the valence edge (eV), masses (m0), weights, a_g (eV) of zinc blende.

    Keys are those of `TwoCentre.computed`.

    Raises
    ------
    InputError
        Unknown compound or set.
    """
    method = method or TightBindingMethod()
    lattice = materials.two_centre(compound, method.parameters).bond * 4.0 / np.sqrt(3.0)
    points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.5]]) * 2.0 * np.pi / lattice
    at_gamma, at_x, at_l = bulk_bands(compound, "zb", points, method=method)[:, ::2]
    edge = at_gamma[3]
    levels = {
        "G6v": at_gamma[0], "G7c": at_gamma[5], "G8c": at_gamma[6],
        "X6c": at_x[4], "X7c": at_x[5], "X7v": at_x[3], "X6v": at_x[2], "X6v3": at_x[1],
        "L6c": at_l[4], "L45v": at_l[3], "L6v": at_l[2], "L6v3": at_l[1],
    }  # fmt: skip
    return {
        "VBM": float(edge) - materials.offset_set(method.offsets).shifts[compound],
        "Eg": float(at_gamma[4] - edge),
        "Dso": float(edge - at_gamma[1]),
        **{key: float(level - edge) for key, level in levels.items()},
        **_masses(compound, method),
        **_weights(compound, method),
        "a_g": deformation_potentials(compound, method=method).a_g,
    }


def _masses(compound: str, method: TightBindingMethod) -> dict[str, float]:
    found: dict[str, float] = {}
    for label, direction in _DIRECTIONS.items():
        k = np.array([GAMMA, np.array(direction) / np.linalg.norm(direction) * STEP])
        pairs = bulk_bands(compound, "zb", k, method=method).reshape(2, -1, 2).mean(axis=2)
        with np.errstate(divide="ignore"):
            masses = HBAR2_OVER_2M * STEP**2 / (pairs[1] - pairs[0])
        for key, band, sign in (("me", 4, 1.0), ("mhh", 3, -1.0), ("mlh", 2, -1.0), ("mso", 1, -1.0)):
            found[f"{key}{label}"] = float(sign * masses[band])
    return found


def _weights(compound: str, method: TightBindingMethod) -> dict[str, float]:
    """Share of anion p in the valence edge, of s and s* in the conduction edge."""
    cell, table = unit_cell(compound, "zb", method=method), parameters((compound,), method)
    _, states = np.linalg.eigh(bloch(cell, table, np.array([GAMMA]))[0])
    share = (np.abs(states) ** 2).reshape(2, len(table.orbitals), 2, -1).sum(axis=2)
    top, bottom = (
        share[:, :, VALENCE - 4 : VALENCE].mean(axis=2),
        share[:, :, VALENCE : VALENCE + 2].mean(axis=2),
    )
    return {
        "VBM_anion_p": float(top[0, 1:4].sum()),
        "CBM_cation_s": float(bottom[1, 0]),
        "CBM_anion_s": float(bottom[0, 0]),
        "CBM_S": float(bottom[:, 4].sum()),
    }
