"""Potential of fixed charges, and of an applied field, in a dielectric body inside another medium.

∇·(ε ∇φ) = −4πρ with ε = ε1 in the body and ε2 outside is solved by the charge that appears on the
boundary (`boundary`): inside, φ is that of the fixed charges divided by ε1, or of the applied field, and
of the boundary's charge, which follows from the flux of that field through each panel. Panels are
covered with points that carry their charge, and everything is summed by `tree`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from epidot.errors import ConvergenceError
from epidot.numerics import boundary
from epidot.numerics.tree import flux, potential, tree

Array = NDArray[Any]

_FINEST: Final = 12
"""Most cuts of the side of a panel."""
_SAMPLES: Final = 300_000
"""Most points on the whole surface."""
_FACTORISED: Final = 2200
"""Most panels whose equation is factorised."""
_TOLERANCE: Final = 1e-4
_THIN: Final = 0.4
"""Width of the charge on the boundary in that of the charges inside: the field jumps there, and must not
be smeared into the body."""


@final
@dataclass(frozen=True, eq=False)
class Body:
    """A body between two media, prepared for any number of charges and fields."""

    surface: boundary.Surface
    inside: float
    outside: float
    """Relative permittivities."""
    response: boundary.Response | None
    """The equation of the boundary, factorised; None if it is solved anew for each charge."""
    samples: Array
    """(panel, sample, 3) points of equal weight on each panel, length."""
    width: float
    """Standard deviation of the Gaussians that stand for charges, length."""
    blur: float
    """The same of the charge on the boundary."""


def body(surface: boundary.Surface, inside: float, outside: float, *, width: float) -> Body:
    """Prepare a body.

    Up to about 2,000 panels the equation of the boundary is factorised, in a time that grows as panels³;
    beyond, it is solved by iteration for each charge.

    Parameters
    ----------
    surface : closed, outward-oriented; length.
    inside, outside : relative permittivities.
    width : of the Gaussian that stands for each charge, length; the potential is smooth on this scale.
    """
    edges = np.linalg.norm(surface.corners - np.roll(surface.corners, 1, axis=1), axis=2)
    panels, longest = len(surface.areas), float(edges.max())
    most = int(np.sqrt(_SAMPLES / panels))
    cuts = max(1, min(_FINEST, most, int(np.ceil(longest / (1.5 * _THIN * width)))))
    blur = max(_THIN * width, longest / cuts / 1.5)
    response = boundary.factorise(surface, inside, outside) if panels <= _FACTORISED else None
    return Body(surface, inside, outside, response, _samples(surface.corners, cuts), width, blur)


def _samples(corners: Array, cuts: int) -> Array:
    """Centroids of the cuts² equal triangles that each panel is cut into, (panel, cuts², 3)."""
    thirds = 3 * cuts
    upright = [(3 * i + 1, 3 * j + 1) for i in range(cuts) for j in range(cuts - i)]
    turned = [(3 * i + 2, 3 * j + 2) for i in range(cuts - 1) for j in range(cuts - 1 - i)]
    shares = np.array([(i, j, thirds - i - j) for i, j in upright + turned]) / thirds
    return np.einsum("sc,kcx->ksx", shares, corners)


def potential_of_charges(shape: Body, places: Array, charges: Array, targets: Array) -> Array:
    """Potential (target,) in charge per length of charges in the body.

    They meet the boundary as points, and the targets as Gaussians.

    Parameters
    ----------
    shape : the body.
    places, charges : (source, 3) length, and (source,).
    targets : (target, 3) inside the body, length.
    """
    inside, surface = shape.inside, shape.surface
    sources = tree(places, charges)
    found = potential(sources, targets, width=shape.width) / inside
    if inside == shape.outside:
        return found
    through = flux(sources, surface.corners)
    # Gauss's law, which far nodes keep only nearly.
    through += (4.0 * np.pi * charges.sum() - through.sum()) * surface.areas / surface.area
    return found + _potential_of_boundary(shape, through / inside, targets)


def potential_of_field(shape: Body, applied: Array, targets: Array) -> Array:
    """Potential (target,) in field times length where a uniform field is applied far away.

    Parameters
    ----------
    shape : the body.
    applied : (3,), any unit of field.
    targets : (target, 3) inside the body, length; the potential is zero at the origin without the body.
    """
    surface = shape.surface
    return (
        _potential_of_boundary(shape, (surface.normals @ applied) * surface.areas, targets)
        - targets @ applied
    )


def fields_inside(shape: Body, targets: Array) -> tuple[Array, Array]:
    """Potentials (axis applied, target) of a field of 1 along each axis far away, and the mean field.

    The mean field over the body, (axis applied, axis of the field), is 4π ε2 Σ Q r/((ε1 − ε2) V) with the
    charge Q that appears on the boundary, by Gauss's law; it is symmetric.

    Parameters
    ----------
    shape : a body whose permittivities differ.
    targets : (target, 3) inside the body, length.
    """
    surface, mean = shape.surface, np.empty((3, 3))
    middle = surface.corners.mean(axis=(0, 1))
    potentials = np.empty((3, len(targets)))
    for axis in range(3):
        charge = _induced(shape, surface.normals[:, axis] * surface.areas)
        potentials[axis] = _potential_of_induced(shape, charge, targets) - targets[:, axis]
        neutral = charge - charge.sum() * surface.areas / surface.area
        mean[axis] = neutral @ (surface.centres - middle)
    mean *= 4.0 * np.pi * shape.outside / ((shape.inside - shape.outside) * surface.volume)
    return potentials, 0.5 * (mean + mean.T)


def _potential_of_boundary(shape: Body, through: Array, targets: Array) -> Array:
    """Potential of the charge that a flux (panel,) through the boundary induces on it, (target,)."""
    return _potential_of_induced(shape, _induced(shape, through), targets)


def _potential_of_induced(shape: Body, induced: Array, targets: Array) -> Array:
    """Potential of the charge (panel,) on the boundary, (target,)."""
    count = shape.samples.shape[1]
    laid = tree(shape.samples.reshape(-1, 3), np.repeat(induced / count, count))
    return potential(laid, targets, width=shape.blur)


def _induced(shape: Body, through: Array) -> Array:
    """Charge (panel,) that solves Q − (f/2π) ω Q = (f/2π) × flux."""
    from scipy.sparse.linalg import LinearOperator, gmres

    if shape.response is not None:
        return boundary.induced(shape.response, through)
    share = (shape.inside - shape.outside) / (shape.inside + shape.outside) / (2.0 * np.pi)
    panels, samples = len(shape.samples), _samples(shape.surface.corners, 2)
    count = samples.shape[1]
    owners, points = np.repeat(np.arange(panels), count), samples.reshape(-1, 3)

    def rest(charge: Array) -> Array:
        laid = tree(points, np.repeat(charge / count, count))
        return charge - share * flux(laid, shape.surface.corners, owners=owners)

    operator: Any = LinearOperator((panels, panels), matvec=rest, dtype=float)  # pyright: ignore[reportCallIssue]
    found, left = gmres(operator, share * through, rtol=_TOLERANCE, atol=0.0, restart=40, maxiter=2)
    if left:
        error = np.linalg.norm(rest(found) - share * through) / np.linalg.norm(share * through)
        goal, cure = (
            f"a relative error of {_TOLERANCE:g}",
            "Use a solvent of a constant nearer to the particle's",
        )
        raise ConvergenceError("charge on the dielectric boundary", f"{error:.1g}", goal, cure)
    return found
