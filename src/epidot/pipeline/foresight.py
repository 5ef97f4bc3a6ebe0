"""Refuses what is known to fail later, before hours go into it."""

from __future__ import annotations

from epidot.excitons.integrals import check_memory
from epidot.observables.reach import check_reach
from epidot.pipeline.method import Method
from epidot.records import Record
from epidot.states import States
from epidot.structure import Structure


def foresee(record: Record, method: Method) -> None:
    """Look at what a stage gave with what is still to come.

    Raises
    ------
    InputError
        Pair states of the states asked for would not fit into memory; states that are too few for the
        spectrum asked for.
    """
    if isinstance(record, Structure):
        pairs = method.pairs
        if pairs.interaction == "configurations":
            few = min(pairs.complexes.electrons, method.electrons), min(pairs.complexes.holes, method.holes)
            check_memory(len(record.numbers), (method.electrons, method.holes), pairs.memory, few)
    if isinstance(record, States):
        check_reach(record, method.light.complete)
