"""What textbooks know of charges in media whose constants jump."""

import numpy as np
from scipy.special import eval_legendre


def induced_potential(r, s, cosine, radii, constants, orders=250):
    """Potential at radius r of the charge that a unit charge at radius s induces in concentric spheres.

    Order by order the induced potential is continuous and the flux of the whole one is (Jackson, Classical
    Electrodynamics, §4.4, for two spheres): radii (R1, R2), constants in the core, the shell and outside.
    """
    (inner, outer), (core, shell, around) = radii, constants
    source, ratio, found = (core if s < inner else shell), inner / outer, 0.0
    for order in range(orders):
        up, down = order, order + 1

        def slope(radius, up=up, down=down):
            if radius < s:
                return up * (radius / s) ** up / (radius * s) / source
            return -down * (s / radius) ** up / radius**2 / source

        # Unknowns: (r/R1)^l in the core, (r/R2)^l and (R1/r)^(l+1) in the shell, (R2/r)^(l+1) outside.
        matrix = [
            [1.0, -(ratio**up), -1.0, 0.0],
            [core * up / inner, -shell * up / inner * ratio**up, shell * down / inner, 0.0],
            [0.0, 1.0, ratio**down, -1.0],
            [0.0, shell * up / outer, -shell * down / outer * ratio**down, around * down / outer],
        ]
        jumps = [0.0, (shell - core) * slope(inner), 0.0, (around - shell) * slope(outer)]
        a, b, c, _ = np.linalg.solve(matrix, jumps)
        radial = a * (r / inner) ** up if r < inner else b * (r / outer) ** up + c * (inner / r) ** down
        found += radial * eval_legendre(order, cosine)
    return found


def induced_potentials(points, radii, constants):
    """The same between all points (point, 3) about the common centre: (felt at, of the charge at)."""
    r = np.linalg.norm(points, axis=1)
    cosines = np.clip(points @ points.T / np.outer(r, r), -1.0, 1.0)
    found = [
        [induced_potential(a, b, cosine, radii, constants) for b, cosine in zip(r, row, strict=True)]
        for a, row in zip(r, cosines, strict=True)
    ]
    return np.array(found)
