"""The three families of errors, one format: name, value, rule, cure.

`InputError` is the person's to mend (exit status 2), `ConvergenceError` says what was
reached (3), `InternalError` is our bug (1).
"""

from __future__ import annotations

from typing import Any, final


class EpidotError(Exception):
    """Abstract root of every error that Epidot raises on purpose."""

    exit_status = 1


class InputError(EpidotError):
    """Something the person gave cannot be used.

    Parameters
    ----------
    name : the argument, option or path in the design, e.g. ``root.arms[2].diameter``.
    value : what was given.
    rule : what must hold, as a phrase that follows "must" or a full statement.
    cure : what to do about it.
    """

    exit_status = 2

    def __init__(self, name: str, value: Any, rule: str, cure: str) -> None:
        self.name, self.value, self.rule, self.cure = name, value, rule, cure
        Exception.__init__(self, f"{name} = {value!s}: {rule}. {cure}")


@final
class ConvergenceError(EpidotError):
    """An iteration stopped before its goal; `reached` holds what it got to."""

    exit_status = 3

    def __init__(self, name: str, reached: Any, goal: str, cure: str) -> None:
        self.name, self.reached, self.goal, self.cure = name, reached, goal, cure
        Exception.__init__(self, f"{name} reached {reached!s}, not {goal}. {cure}")


@final
class InternalError(EpidotError):
    """An invariant of the program does not hold: our bug."""

    exit_status = 1
