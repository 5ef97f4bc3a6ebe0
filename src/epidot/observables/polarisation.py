"""Linear polarisation of the emission of one particle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def emission_tensor(dipole: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Σ_x w_x Re d_x d_x†: how much is emitted along each direction of polarisation; (3, 3).

    Parameters
    ----------
    dipole : (exciton, 3), complex.
    weights : (exciton,), population times what the rate has besides |d|².
    """
    return np.einsum("x,xi,xj->ij", weights, dipole, dipole.conj()).real


def degree(tensor: NDArray[Any]) -> float:
    """(I∥ − I⊥)/(I∥ + I⊥), 0 to 1, along the principal axis of strongest emission.

    I⊥ is the mean of the other two principal values, as seen on a particle that lies with its axis
    in the plane of the sample but with any rotation about it. The dielectric anisotropy of the
    particle's shape, which polarises the field itself, is left out.
    """
    values = np.linalg.eigvalsh(tensor)
    across = 0.5 * (values[0] + values[1])
    total = values[2] + across
    return float((values[2] - across) / total) if total > 0.0 else 0.0
