"""A dot emits in all directions, a rod along itself: the switch as a CdSe particle grows longer.

In wurtzite CdSe the topmost hole of a short particle is made of p orbitals across the c axis, and it
emits light polarised across. Confinement along c grows weaker as the particle grows longer, and the hole
of p_z comes up until it is the topmost one: at room temperature the emission then turns to the axis. The
antenna effect of the shape (its optical field is weaker across than along) comes on top; the table has
both.

Measured on single rods at room temperature: not polarised at an aspect ratio of 1, linearly along c above
about 2 (Hu et al., Science 292, 2060 (2001), who find the crossing of the holes at 1.25 with
pseudopotentials). The ratio is not universal: it depends on the diameter.

    python examples/trends/rod_polarisation.py [FOLDER]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import epidot as ed
from epidot.excitons.method import Complexes
from epidot.reporting.style import COLUMN, EMISSION, FAINT, INK, house_style

RATIOS = (0.7, 0.85, 1.0, 1.15, 1.3, 1.6, 2.0, 3.0)


@dataclass(frozen=True)
class Rod:
    """What one rod of an aspect ratio emits; degrees along c against across, −1 to 1."""

    ratio: float
    atoms: int
    degree: float
    """(I_c − I_across)/(I_c + I_across) at 300 K."""
    without_antenna: float
    """The same with the optical field outside equal to that inside."""


def rod(diameter: float, ratio: float) -> Rod:
    """One rod, from its atoms to its light."""
    design = ed.catalogue.wz_rod("CdSe", f"{diameter * ratio:.2f} nm", f"{diameter} nm")
    states = ed.solve(ed.tight_binding(ed.relax(ed.build(design))), electrons=4, holes=12)
    excitons = ed.excite(states, method=ed.PairMethod(complexes=Complexes(electrons=0)))
    light = ed.absorption(excitons, temperature=300.0)
    bare = ed.absorption(excitons, temperature=300.0, method=ed.Light(local_field="none"))
    atoms = len(states.relaxed.positions)
    return Rod(ratio, atoms, along(light), along(bare))


def along(light: ed.Optics) -> float:
    """Degree of polarisation along c: negative where the emission lies across."""
    x, y, z = (float(light.emission_tensor[axis, axis]) for axis in range(3))
    across = 0.5 * (x + y)
    return (z - across) / (z + across)


def main(folder: Path = Path(), quick: bool = False) -> None:
    """Print the table, check the switch, draw the figure; `quick`: two thinner rods."""
    diameter, ratios = (2.4, (0.7, 2.0)) if quick else (3.0, RATIOS)
    print(f"CdSe rods {diameter} nm thick, 300 K: polarisation of the emission along c")
    print("aspect ratio   atoms   degree   without antenna")
    rods: list[Rod] = []
    for ratio in ratios:
        rods.append(rod(diameter, ratio))
        one = rods[-1]
        print(f"{one.ratio:12.2f} {one.atoms:7d} {one.degree:8.2f} {one.without_antenna:17.2f}")
    assert rods[0].degree < 0.1 and rods[0].without_antenna < 0.0, "a short one emits across c or evenly"
    assert all(one.degree > 0.7 and one.without_antenna > 0.5 for one in rods if one.ratio >= 2.0)
    assert all(a.without_antenna < b.without_antenna for a, b in pairwise(rods))
    draw(folder / "rod_polarisation", rods)


def draw(target: Path, rods: list[Rod]) -> None:
    """Degree of polarisation against the aspect ratio."""
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(COLUMN, 2.6), layout="constrained")
        axes = figure.subplots()
        ratios = [one.ratio for one in rods]
        axes.axhline(0.0, color=FAINT, linewidth=0.8)
        axes.axvline(2.0, color=FAINT, linewidth=0.8, linestyle=(0, (3, 2)))
        axes.text(2.05, -0.12, "Hu 2001: along c above", fontsize=6.5, color=FAINT)
        axes.plot(ratios, [one.degree for one in rods], "o-", color=EMISSION, markersize=4, label="emission")
        bare = [one.without_antenna for one in rods]
        axes.plot(ratios, bare, "o--", color=INK, markersize=3, label="without antenna effect")
        axes.set(xlabel="aspect ratio", ylabel="polarisation along c", ylim=(-1.0, 1.0))
        axes.legend(loc="lower right")
        for ending in ("png", "svg"):
            figure.savefig(target.with_suffix(f".{ending}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
