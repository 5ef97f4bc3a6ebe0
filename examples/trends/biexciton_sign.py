"""Do two excitons in one particle attract or repel? First order does not know; correlation decides.

Two electrons and two holes in a plain dot lie on top of each other: their charge densities nearly cancel,
and so do repulsion and attraction. What is left is correlation, as of two neutral atoms: each pair
polarises the other (s → p of an electron with s → p of a hole), and the biexciton is bound by some 20
meV. It comes out only in a space that holds whole shells of both: with p electrons but few holes, or the
other way round, the sign is left to chance.

In CdTe/CdSe, and in CdSe/CdS with a core so small that the electron leaves it, the densities differ. Like
charges sit together and repel by tens of meV, and correlation only lessens it.

Measured: attraction by 30–40 meV in 2.4–4 nm CdSe dots (Bonati et al., PRB 71, 205317 (2005)); repulsion
in CdSe/CdS with much shell (Polovitsyn et al., ACS Photonics (2018)) and in type-II particles.

    python examples/trends/biexciton_sign.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import epidot as ed
from epidot.design import Design
from epidot.excitons.method import Complexes
from epidot.reporting.style import FAINT, INK, PAGE, house_style

DOTS = {
    "CdSe, zinc blende, 2.6 nm": ed.catalogue.zb_dot("CdSe", "2.6 nm"),
    "CdSe, wurtzite, 2.6 nm": ed.catalogue.wz_dot("CdSe", "2.6 nm"),
}
CORE_SHELLS = {
    "CdSe/CdS, 2 nm + 0.6 nm": ed.catalogue.core_shell_dot("CdSe", "CdS", "2 nm", "0.6 nm"),
    "CdSe/CdS, 2 nm + 1.2 nm": ed.catalogue.core_shell_dot("CdSe", "CdS", "2 nm", "1.2 nm"),
    "CdTe/CdSe, 2 nm + 0.6 nm": ed.catalogue.core_shell_dot("CdTe", "CdSe", "2 nm", "0.6 nm"),
    "CdTe/CdSe, 2.4 nm + 1 nm": ed.catalogue.core_shell_dot("CdTe", "CdSe", "2.4 nm", "1 nm"),
}
SPACES = ((2, 4), (2, 24), (8, 4), (8, 8), (8, 16), (8, 24))
"""Electrons and holes. 8 electrons are the s and p shells."""


def bindings(design: Design, spaces: tuple[tuple[int, int], ...]) -> list[float]:
    """2 E(X) − E(XX) in each space, meV; positive is attractive."""
    electrons, holes = spaces[-1]
    states = ed.solve(ed.tight_binding(ed.relax(ed.build(design))), electrons=electrons, holes=holes)
    found: list[float] = []
    for space in spaces:
        excitons = ed.excite(states, method=ed.PairMethod(complexes=Complexes(*space, levels=1)))
        # The last row may be the space of the excitons alone, without biexcitons.
        known = excitons.bindings[:, 2][excitons.convergence[:, 5] < float("inf")]
        found.append(1e3 * float(known[-1]))
    return found


def main(folder: Path = Path(), quick: bool = False) -> None:
    """Print the table, check the signs, draw the figure; `quick`: one of each kind, a smaller space."""
    spaces = ((2, 4), (8, 16)) if quick else SPACES
    dots = dict(list(DOTS.items())[: 1 if quick else None])
    core_shells = dict(list(CORE_SHELLS.items())[2:3]) if quick else CORE_SHELLS
    print("Binding of the biexciton (meV); electrons × holes in the active space")
    print(" " * 27 + "".join(f"{f'{e} × {h}':>9}" for e, h in spaces))
    table: dict[str, list[float]] = {}
    for name, design in (dots | core_shells).items():
        table[name] = bindings(design, spaces)
        print(f"{name:27}" + "".join(f"{value:9.1f}" for value in table[name]))
    assert all(table[name][-1] > 5.0 for name in dots), "plain dots attract"
    assert all(table[name][-1] < -5.0 for name in core_shells), "separated carriers repel"
    assert all(abs(table[name][0]) < 15.0 for name in dots), "first order is close to nothing"
    draw(folder / "biexciton_sign", table, spaces)


def draw(target: Path, table: dict[str, list[float]], spaces: tuple[tuple[int, int], ...]) -> None:
    """Binding against the active space, for all particles."""
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(0.75 * PAGE, 3.0), layout="constrained")
        axes = figure.subplots()
        axes.axhline(0.0, color=FAINT, linewidth=0.8)
        for name, values in table.items():
            colour = ed.materials.colour(name[:4])
            plain = name in DOTS
            filled = colour if "wurtzite" not in name and "+ 1" not in name else "white"
            mark = "o" if plain else "s" if "CdS," in name else "D"
            line = "-" if plain else (0, (4, 1.5)) if "CdS," in name else (0, (1.5, 1))
            axes.plot(values, mark, linestyle=line, color=colour, markerfacecolor=filled, label=name)
        axes.set_xticks(range(len(spaces)), [f"{e} × {h}" for e, h in spaces])
        axes.set(xlabel="electrons × holes in the active space", ylabel="biexciton binding (meV)")
        axes.text(0.01, 0.98, "attractive", transform=axes.transAxes, va="top", color=INK)
        axes.text(0.01, 0.02, "repulsive", transform=axes.transAxes, color=INK)
        axes.set_ylim(-60.0, 32.0)
        figure.legend(loc="outside right upper", fontsize=6.5, handlelength=2.6)
        for ending in ("png", "svg"):
            figure.savefig(target.with_suffix(f".{ending}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
