"""Linear polarisation of what one particle emits and absorbs, and of an ensemble of them.

In an isotropic ensemble that is excited along z, with absorption ûᵀAû and emission ûᵀMû of one particle,
⟨A_zz M_zz⟩ = (tr A tr M + 2 A:M)/15 and ⟨A_zz M_xx⟩ = (2 tr A tr M − A:M)/15, so that

    r = (I∥ − I⊥)/(I∥ + 2 I⊥) = (3 A:M/(tr A tr M) − 1)/5,

between −1/5 and 2/5, and for two dipoles (3 cos² − 1)/5 (Perrin, J. Phys. Radium 7, 390 (1926)). No
particle turns, and no excitation moves to another, while it lives.
"""

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
    """(I∥ − I⊥)/(I∥ + I⊥), 0 to 1, along the principal axis of the largest value of a tensor (3, 3).

    I⊥ is the mean of the other two principal values, as seen on a particle that lies with its axis
    in the plane of the sample but with any rotation about it.
    """
    return float(degrees(tensor[None])[0])


def degrees(tensors: NDArray[Any]) -> NDArray[Any]:
    """The same of many tensors (n, 3, 3): (n,)."""
    values = np.linalg.eigvalsh(tensors)
    across = 0.5 * (values[:, 0] + values[:, 1])
    total = values[:, 2] + across
    return np.where(total > 0.0, (values[:, 2] - across) / np.where(total > 0.0, total, 1.0), 0.0)


def principal_axis(tensor: NDArray[Any]) -> NDArray[Any]:
    """Unit vector (3,) of the largest principal value, its largest component positive."""
    axis = np.linalg.eigh(tensor)[1][:, 2]
    return axis * np.sign(axis[np.argmax(np.abs(axis))])


def anisotropy(absorbed: NDArray[Any], emitted: NDArray[Any]) -> NDArray[Any]:
    """Fluorescence anisotropy r of an isotropic ensemble, (n,); 0 where nothing is absorbed.

    Parameters
    ----------
    absorbed : (n, 3, 3), symmetric tensor of absorption at each excitation.
    emitted : (3, 3), symmetric tensor of the emission.
    """
    traces = np.trace(absorbed, axis1=1, axis2=2) * np.trace(emitted)
    both = np.einsum("nij,ij->n", absorbed, emitted)
    return np.where(traces > 0.0, (3.0 * both / np.where(traces > 0.0, traces, 1.0) - 1.0) / 5.0, 0.0)
