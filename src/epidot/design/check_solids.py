"""Rules of dots, polyhedra, dimers and platelets; see `epidot.design.check`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from epidot.design.design import BranchPoint, Core, Design, Dimer, Dot, Monomer
from epidot.design.problems import Place, Problem, about, show
from epidot.design.quantities import nanometres

HEXAGONAL: Final = frozenset({"hexagonal_prism", "hexagonal_bipyramid"})
"""Shapes of wurtzite crystals."""
CUBIC: Final = frozenset(
    {"cube", "tetrahedron", "truncated_tetrahedron", "octahedron", "truncated_octahedron", "cuboctahedron"}
)
"""Shapes of zinc-blende crystals."""
WULFF_FACETS: Final = {
    "zb": ("(111)", "(-1-1-1)", "{100}", "{110}"),
    "wz": ("(0001)", "(000-1)", "{10-10}", "{11-20}", "{10-11}", "{10-1-1}"),
}
"""Facets that a Wulff shape may have: (111) is the A side, (-1-1-1) the B side."""


def shapes_suit_the_phase(design: Design) -> Iterator[Problem]:
    """Cubic shapes are of zinc blende, hexagonal ones of wurtzite; a height is that of a prism."""
    for place, solid, phase in _solids(design):
        wrong = HEXAGONAL if phase == "zb" else CUBIC
        if solid.shape in wrong:
            other = "wz" if phase == "zb" else "zb"
            rule = f"is not a shape of a {phase} crystal"
            cure = f"Use phase: {other} or another shape (sphere and wulff exist in both)"
            yield Problem((*place, "shape"), solid.shape, rule, cure)
        if isinstance(solid, Dot | Monomer) and solid.height is not None and solid.shape != "hexagonal_prism":
            rule = f"only a hexagonal_prism has a height; this is a {solid.shape}"
            yield Problem((*place, "height"), nanometres(solid.height), rule, "Remove height")
        if solid.shape == "wulff" and not isinstance(solid, Dot):
            rule, cure = "a wulff shape needs surface energies, which only a dot has", "Choose another shape"
            yield Problem((*place, "shape"), "wulff", rule, cure)


def wulff_has_facets(design: Design) -> Iterator[Problem]:
    """A Wulff shape has surface energies, and no other shape has."""
    root = design.root
    if not isinstance(root, Dot):
        return
    known = WULFF_FACETS[root.phase]
    place = ("root", "facets")
    if root.facets is None:
        if root.shape == "wulff":
            cure = f'Add e.g. facets: {{"{known[0]}": 0.3, "{known[2]}": 0.35}}'
            yield Problem(place, "nothing", "shape wulff needs surface energies", cure)
        return
    if root.shape != "wulff":
        rule = f"surface energies shape a wulff particle, this is a {root.shape}"
        yield Problem(place, show(root.facets), rule, "Use shape: wulff or remove facets")
    for name, energy in root.facets.items():
        if re.sub(r"\s", "", name) not in known:
            rule = f"is not a facet that Epidot cuts in {root.phase}"
            yield Problem((*place, name), show(energy), rule, f"Facets: {', '.join(known)} (in quotes)")
        elif not 0.0 < energy < 1e6:
            yield Problem((*place, name), show(energy), "an energy must be positive", "Give e.g. 0.3")


def cores_fit(design: Design) -> Iterator[Problem]:
    """The core of a dot is smaller than the dot."""
    found: list[tuple[Place, Dot | Monomer]] = []
    if isinstance(design.root, Dot):
        found = [(("root",), design.root)]
    elif isinstance(design.root, Dimer):
        found = [(("root", "dots", index), dot) for index, dot in enumerate(design.root.dots)]
    for place, dot in found:
        if dot.core is None:
            continue
        most = min(dot.diameter, dot.height or dot.diameter)
        if dot.core.diameter >= most:
            rule = f"must be less than the dot, {nanometres(most)}"
            cure = "Choose a smaller core or a larger dot"
            yield Problem((*place, "core", "diameter"), nanometres(dot.core.diameter), rule, cure)


def attachment_suits_the_phase(design: Design) -> Iterator[Problem]:
    """The facets that join two dots are facets of their crystal."""
    root = design.root
    if not isinstance(root, Dimer):
        return
    cubic = root.attach in ("{111}", "{100}")
    if cubic != (root.phase == "zb"):
        choices = "{111} or {100}" if root.phase == "zb" else "(0001), {10-10} or {11-20}"
        rule = f"is not a facet of a {root.phase} crystal"
        yield Problem(("root", "attach"), root.attach, rule, f"Choose {choices} (in quotes)")


def neck_is_narrower(design: Design) -> Iterator[Problem]:
    """A neck is not wider than the dots, and joins them."""
    root = design.root
    if not isinstance(root, Dimer):
        return
    widest = min(outer_diameter(dot) for dot in root.dots)
    if root.neck.diameter > widest:
        rule = f"must not be wider than the smaller dot with its shells, {about(widest)}"
        cure = f"Give at most {about(widest)} or larger dots"
        yield Problem(("root", "neck", "diameter"), nanometres(root.neck.diameter), rule, cure)
    if root.neck.gap is not None and root.neck.gap > widest:
        rule = f"dots farther apart than they are wide ({about(widest)}) are not fused"
        yield Problem(("root", "neck", "gap"), nanometres(root.neck.gap), rule, "Give a smaller gap")


def outer_diameter(dot: Monomer) -> float:
    """Diameter of a dot of a dimer with its shells, Å."""
    return dot.diameter + 2.0 * sum(shell.thickness for shell in dot.shells)


def _solids(design: Design) -> Iterator[tuple[Place, Dot | Monomer | Core, str]]:
    root = design.root
    if isinstance(root, Dot):
        yield ("root",), root, root.phase
        if root.core is not None:
            yield ("root", "core"), root.core, root.phase
    elif isinstance(root, BranchPoint) and root.core is not None:
        yield ("root", "core"), root.core, "zb"
    elif isinstance(root, Dimer):
        for index, dot in enumerate(root.dots):
            yield ("root", "dots", index), dot, root.phase
            if dot.core is not None:
                yield ("root", "dots", index, "core"), dot.core, root.phase


SOLID_RULES: Final[tuple[Callable[[Design], Iterator[Problem]], ...]] = (
    shapes_suit_the_phase,
    wulff_has_facets,
    cores_fit,
    attachment_suits_the_phase,
    neck_is_narrower,
)
"""Every rule of this module."""
