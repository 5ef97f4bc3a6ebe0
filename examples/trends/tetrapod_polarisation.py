"""One arm is a little thicker: a tetrapod that absorbs light of any polarisation and emits it polarised.

An ideal tetrapod has no axis, so neither its absorption nor its emission is polarised. Real arms differ
by a few tenths of a nanometre. That hardly changes what it absorbs well above the edge, where many states
of all arms take part. But the hole of a CdSe/CdTe tetrapod, spread over all arms of an ideal one, moves
to those that are a lattice row thicker, and what it emits from there is polarised. First-order thinking,
from symmetric states with small corrections, misses it: the splitting by 0.3 nm of disorder exceeds the
coupling of the arms, and the states no longer mix.

Measured on single CdSe/CdS tetrapods: pronounced anisotropy of the emission "in contrast to the light
absorption", explained by slight differences between the arm diameters (Mauser et al., PRB 77, 153303
(2008)).

    python examples/trends/tetrapod_polarisation.py [FOLDER]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import epidot as ed
from epidot.design import from_dict, to_dict
from epidot.excitons.method import Complexes
from epidot.reporting.style import EMISSION, FAINT, INK, PAGE, house_style

PARTICLES = (("CdTe", None), ("CdTe", 2), ("CdTe", 4), ("CdS", None), ("CdS", 1), ("CdS", 2))
"""Material of the arms and seed; None: equal arms. Diameters become whole lattice rows."""
EXCITATION = 3.1
"""eV: 400 nm."""


@dataclass(frozen=True)
class Tetrapod:
    """One tetrapod at 300 K; degrees of linear polarisation, 0 to 1."""

    arm: str
    seed: int | None
    atoms: int
    emitted: float
    absorbed: float
    """At `EXCITATION`."""
    hole: NDArray[Any]
    """Share of the topmost hole in each arm; the rest lies in the core and the CdTe around it."""
    axis: NDArray[Any]
    """eV above the first peak."""
    curve: NDArray[Any]
    """Degree of what is absorbed there."""


def tetrapod(arm: str, seed: int | None, arm_length: str, holes: int) -> Tetrapod:
    """A CdSe core with four arms 2.4 nm thick, those of a seed with 0.3 nm of disorder."""
    ideal = ed.catalogue.tetrapod("CdSe", arm, "2.4 nm", arm_length, "2.4 nm")
    disorder = {} if seed is None else {"seed": seed, "disorder": {"arm_diameter": "0.3 nm"}}
    structure = ed.build(from_dict(to_dict(ideal) | disorder))
    states = ed.solve(ed.tight_binding(ed.relax(structure)), electrons=8, holes=holes)
    excitons = ed.excite(states, method=ed.PairMethod(complexes=Complexes(electrons=0)))
    light = ed.absorption(excitons, temperature=300.0)
    energy, degree = light.energy_axis, light.absorption_polarisation
    arms = [place for place, name in enumerate(structure.segments) if name.startswith("arm")]
    return Tetrapod(
        arm,
        seed,
        len(structure.positions),
        light.polarisation,
        float(np.interp(EXCITATION, energy, degree)),
        states.hole_in_segment[0, arms],
        energy - light.first_peak,
        degree,
    )


def main(folder: Path = Path(), quick: bool = False) -> None:
    """Print the table, check the trend, draw the figure; `quick`: two tetrapods with short arms."""
    length, holes, particles = (
        ("1.5 nm", 8, (PARTICLES[0], PARTICLES[2])) if quick else ("3 nm", 24, PARTICLES)
    )
    print("Tetrapods with a CdSe core, 300 K: degree of linear polarisation")
    print("arms                    atoms   emitted   absorbed at 3.1 eV   hole in each arm")
    found: list[Tetrapod] = []
    for arm, seed in particles:
        found.append(tetrapod(arm, seed, length, holes))
        one = found[-1]
        name = f"{arm}, equal" if seed is None else f"{arm}, ± 0.3 nm, seed {seed}"
        shares = " ".join(f"{share:.2f}" for share in one.hole)
        print(f"{name:23}{one.atoms:6d} {one.emitted:9.2f} {one.absorbed:20.2f}   {shares}")
    perfect = [one for one in found if one.seed is None]
    real = [one for one in found if one.seed is not None]
    assert all(one.emitted < 0.05 and one.absorbed < 0.05 for one in perfect), "no axis"
    assert all(one.emitted > (0.3 if one.arm == "CdTe" else 0.15) for one in real), (
        "emission from thicker arms"
    )
    assert all(one.absorbed < 0.2 and one.absorbed < one.emitted / 2.5 for one in real), "absorption of all"
    draw(folder / "tetrapod_polarisation", found)


def draw(target: Path, found: list[Tetrapod]) -> None:
    """Polarisation of the absorption against energy, and of the emission."""
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(PAGE, 2.7), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.6, 1.0), sharey=True)
        looks = (INK, "-"), (EMISSION, "-"), (EMISSION, (0, (3, 1.5)))
        for one, (colour, line) in zip(found, looks, strict=False):
            name = f"{one.arm}, equal arms" if one.seed is None else f"{one.arm}, ± 0.3 nm (seed {one.seed})"
            shown = one.axis > -0.05
            left.plot(one.axis[shown], one.curve[shown], color=colour, linestyle=line, label=name)
        left.set(xlabel="photon energy above the first peak (eV)", ylabel="degree of polarisation")
        left.set_title("absorption", loc="left")
        left.set(ylim=(0.0, 0.75))
        left.legend(loc="upper right")
        names = [f"{one.arm}\n{'equal' if one.seed is None else f'seed {one.seed}'}" for one in found]
        places = np.arange(len(found))
        right.bar(places - 0.2, [one.emitted for one in found], 0.38, color=EMISSION, label="emitted")
        absorbed = [one.absorbed for one in found]
        right.bar(places + 0.2, absorbed, 0.38, color=FAINT, label=f"absorbed at {EXCITATION} eV")
        right.set_xticks(places, names, fontsize=6.5)
        right.set_title("emission and excitation", loc="left")
        right.legend(loc="upper left", fontsize=6.5)
        for ending in ("png", "svg"):
            figure.savefig(target.with_suffix(f".{ending}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
