"""Which device a person means: the word after ``--device`` becomes a value here."""

from __future__ import annotations

from typing import Final

from epidot.errors import InputError
from epidot.numerics.cuda import Gpu, find_card
from epidot.numerics.device import CPU, Device

DEVICES: Final = ("cpu", "gpu", "auto")


def choose_device(name: str) -> tuple[Device, str]:
    """The device, and a sentence to tell the person (empty if there is nothing to tell).

    Parameters
    ----------
    name : ``cpu``; ``gpu``, a CUDA card or an error; ``auto``, a card if there is one, else the processor.

    Raises
    ------
    InputError
        Another word, or ``gpu`` without CuPy or without a device that answers.
    """
    if name not in DEVICES:
        raise InputError("device", name, f"must be one of {', '.join(DEVICES)}", "Leave it out for cpu")
    if name == "cpu":
        return CPU, ""
    try:
        return Gpu(find_card()), ""
    except InputError as error:
        if name == "gpu":
            raise
        return CPU, f"No graphics card is used: it {error.rule}. The processor computes."
