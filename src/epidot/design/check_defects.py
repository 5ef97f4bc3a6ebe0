"""Rules of defects; see `epidot.design.check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from epidot.design.design import Defect, Design, Imported
from epidot.design.problems import Place, Problem, show
from epidot.design.quantities import near
from epidot.design.walk import limbs


def defects_are_complete(design: Design) -> Iterator[Problem]:
    """A fault is at a layer or at random, a vacancy has a species and a fraction, nothing else is given."""
    for index, defect in enumerate(design.defects):
        place = ("defects", index)
        if isinstance(design.root, Imported):
            rule, cure = "defects do not apply to an imported root", "Make them where the file was made"
            yield Problem(place, defect.type, rule, cure)
        elif defect.type == "vacancy":
            yield from _vacancy(place, defect)
        else:
            yield from _fault(place, defect, design)


def _vacancy(place: Place, defect: Defect) -> Iterator[Problem]:
    for key in ("species", "fraction"):
        if getattr(defect, key) is None:
            example = "cation" if key == "species" else "0.001"
            yield Problem((*place, key), "nothing", "vacancies need this key", f"Add {key}: {example}")
    for key in ("layer", "spacing", "layers"):
        if getattr(defect, key) is not None:
            yield _foreign(place, key, defect)
    if defect.fraction is not None and defect.fraction > 0.1:
        rule = "more than a tenth of the sites missing is no crystal"
        yield Problem((*place, "fraction"), show(defect.fraction), rule, "Give at most 0.1")


def _fault(place: Place, defect: Defect, design: Design) -> Iterator[Problem]:
    if (defect.layer is None) == (defect.spacing is None):
        rule = "needs either the layer where it is or the mean spacing of random ones"
        given = "nothing" if defect.layer is None else "both"
        yield Problem((*place, "layer"), given, rule, "Add layer: 12 or spacing: 20 nm, not both")
    for key in ("species", "fraction"):
        if getattr(defect, key) is not None:
            yield _foreign(place, key, defect)
    if defect.type == "insertion" and defect.layers is None:
        rule = "an insertion needs its number of bilayers"
        yield Problem((*place, "layers"), "nothing", rule, "Add layers: 4")
    if defect.type != "insertion" and defect.layers is not None:
        yield _foreign(place, "layers", defect)
    names = [limb.name for limb in limbs(design)]
    if defect.limb != "all" and defect.limb not in names:
        known = ", ".join(names) or "none"
        rule = "is not an arm or rod of this particle"
        yield Problem((*place, "limb"), defect.limb, rule, f"{near(defect.limb, names)}There are: {known}")
    elif not names:
        rule = f"a root of kind {design.root.kind} has no arm or rod to hold a stacking fault"
        yield Problem(place, defect.type, rule, "Remove it, or use a stack or branch_point")


def _foreign(place: Place, key: str, defect: Defect) -> Problem:
    rule = f"does not belong to a defect of type {defect.type}"
    return Problem((*place, key), show(getattr(defect, key)), rule, "Remove it")


DEFECT_RULES: Final[tuple[Callable[[Design], Iterator[Problem]], ...]] = (defects_are_complete,)
"""Every rule of this module."""
