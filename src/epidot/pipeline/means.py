"""With what a stage works: a device, and what is known from before."""

from __future__ import annotations

import contextlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from epidot.numerics.device import CPU, Device
from epidot.numerics.eigenpairs import Start
from epidot.states import States


@final
@dataclass(frozen=True)
class Means:
    """What a stage may use; nothing of it changes a result beyond rounding."""

    device: Device = CPU
    """Where the eigensolver works."""
    similar: States | None = None
    """States of a similar particle, to start from."""
    partial: Path | None = None
    """File for the work of an interrupted stage; None keeps none."""

    def read_partial(self) -> Start | None:
        """What an interrupted solution left; None if there is nothing that can be read."""
        if self.partial is None or not self.partial.exists():
            return None
        try:
            with np.load(self.partial, allow_pickle=False) as data:
                gap = float(data["gap"][0]), float(data["gap"][1])
                above, below = data["above"], data["below"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return Start(gap, above if above.size else None, below if below.size else None)

    def write_partial(self, start: Start) -> None:
        """Keep what an interrupted solution could go on from; a full disk is no reason to stop."""
        if self.partial is None:
            return
        none = np.empty(0, np.float32)
        draft = self.partial.with_name(f".partial-{self.partial.name}")
        above = none if start.above is None else start.above
        below = none if start.below is None else start.below
        with contextlib.suppress(OSError):
            with draft.open("wb") as stream:
                np.savez(stream, gap=np.array(start.gap), above=above, below=below)
            os.replace(draft, self.partial)
