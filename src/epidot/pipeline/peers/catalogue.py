"""The peers: what each is, how to get it, and what kind of work it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, final


@final
@dataclass(frozen=True)
class Peer:
    """A solver to compare with; `driver.PEERS` has its function under the same name."""

    title: str
    kind: Literal["direct", "iterative"]
    """Direct ones factorise H − σ: their memory grows faster than the atoms."""
    install: str
    threads: Literal["one", "all"]
    """One where threads only hinder: many small BLAS calls, or a product that SciPy does on one."""


PEERS: Final = {
    "superlu": Peer("SciPy: ARPACK on SuperLU", "direct", "pip install scipy", "one"),
    "pardiso": Peer("MKL PARDISO, block Lanczos", "direct", "pip install pypardiso", "all"),
    "mumps": Peer("python-mumps, block Lanczos", "direct", "pip install python-mumps", "all"),
    "kwant": Peer("Kwant's MUMPS, block Lanczos", "direct", "pip install kwant", "all"),
    "slepc": Peer("SLEPc: Krylov–Schur on MUMPS", "direct", "apt install python3-slepc4py-complex", "all"),
    "primme": Peer("PRIMME", "iterative", "pip install primme", "one"),
    "folded": Peer("folded spectrum, ARPACK", "iterative", "pip install scipy", "one"),
}
