"""What a design puts on a finished network: metal tips, then ligands, and what was reached of them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np

from epidot.design.design import Design
from epidot.errors import InputError
from epidot.structure.assembly import PendingTip
from epidot.structure.attached import Attached
from epidot.structure.ligands import ligand_shell
from epidot.structure.metal import Seat, metal_tip
from epidot.structure.structure import Structure

_KEYS: Final = ("diameter", "coverage")
"""What the errors of tips and ligands name that is a key of the design; all else is the part as a whole."""


def dressed(structure: Structure, design: Design, tips: Sequence[PendingTip] = ()) -> Structure:
    """The structure with the metal tips and ligands of its design.

    `realised` notes for the diameter of each tip its width, atoms included (Å), with the keys ``atoms``,
    ``height_A`` and ``distance_A`` (of the nearest pair of metal and particle), and for each kind of ligand
    the share of the sites that were filled, with ``ligands`` and ``sites``.

    Parameters
    ----------
    structure : the network.
    design : whose ligands are put on.
    tips : places for the metal.

    Raises
    ------
    InputError
        A tip or ligands that do not fit, with the path in the design.
    """
    for pending in tips:
        place = Seat(pending.foot, pending.axis, pending.in_plane / np.linalg.norm(pending.in_plane))
        tip = pending.tip
        with _called(pending.path):
            added = metal_tip(structure, place, tip.element, tip.diameter)
        structure = _with(structure, added, f"{pending.path}.diameter", tip.diameter, "width_A")
    for index, entry in enumerate(design.surface.ligands):
        path = f"surface.ligands[{index}]"
        with _called(path):
            added = ligand_shell(structure, entry.name, entry.coverage, design.seed)
        structure = _with(structure, added, f"{path}.coverage", entry.coverage, "coverage")
    return structure


def _with(structure: Structure, added: Attached, path: str, asked: float, measure: str) -> Structure:
    """The structure with these atoms, all of one group, and a note of what was reached of a measure."""
    (report,) = added.report.values()
    rest = {key: float(value) for key, value in report.items() if key != measure}
    entry = {"asked": float(asked), "realised": float(report[measure]), **rest}
    return replace(added.on(structure), realised=structure.realised | {path: entry})


@contextmanager
def _called(path: str) -> Generator[None]:
    """Gives errors the path of the part of the design that they are about."""
    try:
        yield
    except InputError as error:
        name = f"{path}.{error.name}" if error.name in _KEYS else path
        raise InputError(name, error.value, error.rule, error.cure) from error
