"""How long light takes when electron and hole live apart: ns in one piece, µs across a barrier.

A CdSe piece and a CdTe piece end to end in one rod: the electron sits in CdSe, the hole in CdTe (type
II). With CdS between them both have to tunnel through it to meet. The overlap of their wave functions
falls exponentially with the width of the barrier and the radiative lifetime rises by orders of magnitude,
while the photon energy rises by no more than 0.2 eV, as the attraction of the two falls. A model without
tunnelling tails has no light at all here, and one that fixes the overlap has no change.

Measured: some 10 to 20 ns in CdSe dots, 57 ns in CdTe/CdSe core/shell dots (Kim, Fisher, Eisler and
Bawendi, JACS 125, 11466 (2003), recalled).

    python examples/trends/type_two_lifetime.py [FOLDER]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import epidot as ed
from epidot.excitons.method import Complexes
from epidot.reporting.style import COLUMN, EMISSION, INK, house_style

BARRIERS = (0.0, 0.7, 1.4, 2.1, 2.8, 3.5)


@dataclass(frozen=True)
class Rod:
    """One rod: barrier (nm; None for CdSe alone), lifetime (ns), photon energy (eV), overlap, type."""

    barrier: float | None
    atoms: int
    lifetime: float
    energy: float
    overlap: float
    alignment: str


def rod(barrier: float | None, piece: float, diameter: float) -> Rod:
    """CdSe, CdS and CdTe end to end, or CdSe alone, from its atoms to its light at 300 K."""
    between = [("CdS", f"{barrier} nm")] if barrier else []
    second = "CdSe" if barrier is None else "CdTe"
    pieces = [("CdSe", f"{piece} nm"), *between, (second, f"{piece} nm")]
    design = ed.catalogue.heterorod(pieces, f"{diameter} nm")
    states = ed.solve(ed.tight_binding(ed.relax(ed.build(design))), electrons=4, holes=8)
    light = ed.absorption(ed.excite(states, method=ed.PairMethod(complexes=Complexes(electrons=0))))
    atoms = len(states.relaxed.positions)
    return Rod(
        barrier, atoms, light.radiative_lifetime, light.emission_energy, light.overlap, light.alignment
    )


def main(folder: Path = Path(), quick: bool = False) -> None:
    """Print the table, check the rise, draw the figure; `quick`: three of the rods."""
    barriers, piece, diameter = (0.0, 1.4) if quick else BARRIERS, 3.0, 2.4
    print(f"CdSe–CdS–CdTe rods {diameter} nm thick, 300 K")
    print("CdS (nm)   atoms   lifetime (ns)   photon (eV)   overlap   type")
    rods: list[Rod] = []
    for barrier in (None, *barriers):
        rods.append(rod(barrier, piece, diameter))
        one = rods[-1]
        name = "CdSe only" if barrier is None else f"{barrier:.1f}"
        numbers = f"{one.lifetime:15.1f} {one.energy:13.3f} {one.overlap:9.3f}"
        print(f"{name:9}{one.atoms:7d} {numbers}   {one.alignment}")
    alone, *apart = rods
    assert alone.alignment == "type I" and all(one.alignment == "type II" for one in apart)
    assert all(a.lifetime < b.lifetime for a, b in zip(rods, apart, strict=False)), "it only rises"
    assert apart[-1].lifetime > (30.0 if quick else 100.0) * alone.lifetime, "by orders of magnitude"
    draw(folder / "type_two_lifetime", rods)


def draw(target: Path, rods: list[Rod]) -> None:
    """Lifetime and photon energy against the width of the barrier."""
    from matplotlib.figure import Figure

    alone, *apart = rods
    widths = np.array([one.barrier for one in apart])
    lifetimes = np.array([one.lifetime for one in apart])
    slope, start = np.polyfit(widths, np.log(lifetimes), 1)
    with house_style():
        figure = Figure(figsize=(COLUMN, 2.6), layout="constrained")
        axes = figure.subplots()
        axes.axhline(alone.lifetime, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        axes.text(widths[-1], 1.15 * alone.lifetime, "CdSe rod", ha="right", fontsize=7, color=INK)
        axes.semilogy(widths, np.exp(start + slope * widths), color=EMISSION, linewidth=0.8)
        axes.semilogy(widths, lifetimes, "o", color=EMISSION, markersize=4.5)
        axes.text(0.05, 0.9, f"×{np.exp(slope):.1f} for each nm", transform=axes.transAxes, color=EMISSION)
        axes.set(xlabel="CdS between CdSe and CdTe (nm)", ylabel="radiative lifetime (ns)")
        for ending in ("png", "svg"):
            figure.savefig(target.with_suffix(f".{ending}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
