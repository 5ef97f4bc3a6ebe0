"""Orbitals of an atom: which shells a model has, in which order, and how they point.

The order is s, p_x, p_y, p_z, s*, then d_xy, d_yz, d_zx, d_x²-y², d_z²: the p shell is always 1, 2, 3, where
the operator expects it, and sp3s* is the first half of sp3d5s*.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SHELLS: Final = {
    "sp3s*": {"s": slice(0, 1), "p": slice(1, 4), "S": slice(4, 5)},
    "sp3d5s*": {"s": slice(0, 1), "p": slice(1, 4), "S": slice(4, 5), "d": slice(5, 10)},
}
"""Shells of each basis with their places; S is s*."""
MOMENTUM: Final = {"s": 0, "p": 1, "S": 0, "d": 2}
_ORBITALS: Final = ("s", "px", "py", "pz", "s*", "dxy", "dyz", "dzx", "dx2-y2", "dz2")


def orbitals(basis: str) -> tuple[str, ...]:
    """Names of the orbitals of an atom, in order."""
    return _ORBITALS[: max(place.stop for place in SHELLS[basis].values())]


def along(momentum: int, direction: NDArray[Any]) -> NDArray[Any]:
    """The m = 0 orbital about unit vectors [..., 3] in the real orbitals of a shell, [..., orbital]."""
    if momentum == 0:
        return np.ones((*direction.shape[:-1], 1))
    if momentum == 1:
        return direction
    x, y, z = np.moveaxis(direction, -1, 0)
    root = np.sqrt(3.0)
    return np.stack(
        [root * x * y, root * y * z, root * z * x, root / 2.0 * (x * x - y * y), (3.0 * z * z - 1.0) / 2.0],
        axis=-1,
    )


def across(momentum: int, direction: NDArray[Any]) -> NDArray[Any]:
    """The m = ±1 orbitals about unit vectors, [..., orbital, 3]: one for each Cartesian tangent.

    They are the gradient of `along` on the sphere over √(momentum (momentum + 1)/2), so that the sum over the
    last axis of a product of two shells is the sum over both orbitals of m = ±1, whatever frame they are
    taken in.
    """
    tangent = np.eye(3) - direction[..., :, None] * direction[..., None, :]
    if momentum == 1:
        return tangent
    x, y, z = np.moveaxis(direction, -1, 0)
    nothing = np.zeros_like(x)
    gradient = [[y, x, nothing], [nothing, z, y], [z, nothing, x], [x, -y, nothing]]
    rows = [np.stack(row, axis=-1) for row in gradient]
    rows.append(np.sqrt(3.0) * np.stack([nothing, nothing, z], axis=-1))
    return np.stack(rows, axis=-2) @ tangent
