"""Spherical dots with any number of shells, zinc blende or wurtzite."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Dot, Shell
from epidot.errors import InputError
from epidot.structure.lattice import BILAYER, Sites, columns, cubic_sites, letters, rod_frame, stack_sites
from epidot.structure.network import Network, RadialScale

Array = NDArray[Any]


def dot_network(root: Dot, shells: tuple[Shell, ...]) -> Network:
    """A sphere centred on a cation (zinc blende) or on the wurtzite channel, with concentric shells."""
    owners = (root.material, *(shell.material for shell in shells))
    constants = np.array([materials.lattice_constant(name) for name in owners])
    thicknesses = np.array([0.5 * root.diameter, *(shell.thickness for shell in shells)])
    bounds = np.cumsum(thicknesses / constants)
    _check_shells(shells)
    ball = _zinc_blende(bounds[-1]) if root.phase == "zb" else _wurtzite(bounds[-1])
    segment = np.searchsorted(bounds, np.linalg.norm(ball.position, axis=1) - 1e-9)
    if not (segment == 0).any():
        raise InputError(
            "root.diameter", f"{root.diameter / 10:.3g} nm", "holds no atom", "Make it at least 1 nm"
        )
    start = RadialScale(bounds, constants)(ball.position)
    reach = float(thicknesses.sum())
    axis = np.array([0.0, 0.0, 1.0]) if root.phase == "wz" else np.ones(3) / np.sqrt(3.0)
    ends = tuple(tuple(float(x) for x in sign * reach * axis) for sign in (-1.0, 1.0))
    names = ("core", *(f"shell{place + 1}" for place in range(len(shells))))
    realised = {"root.diameter": {"asked": root.diameter, "realised": root.diameter}}
    return Network(ball, segment, start, names, owners, (("diameter", ends),), realised)  # type: ignore[arg-type]


def _check_shells(shells: tuple[Shell, ...]) -> None:
    for place, shell in enumerate(shells):
        layer = BILAYER * materials.lattice_constant(shell.material)
        if shell.thickness < 0.5 * layer:
            raise InputError(
                f"shells[{place}].thickness",
                f"{shell.thickness / 10:.3g} nm",
                f"is less than half a monolayer of {shell.material} ({layer / 10:.3f} nm)",
                f"Make it at least {layer / 10:.2f} nm or leave the shell out",
            )


def _zinc_blende(radius: float) -> Sites:
    sites = cubic_sites(radius)
    return sites.keep(np.linalg.norm(sites.position, axis=1) <= radius)


def _wurtzite(radius: float) -> Sites:
    frame = rod_frame()
    reach = int(np.ceil(radius / BILAYER)) + 1
    sequence = letters("wz", np.arange(-reach - 1, reach + 1), 2)
    sites = stack_sites(frame, sequence, -reach, columns(frame, radius + 1e-9))
    return sites.keep(np.linalg.norm(sites.position, axis=1) <= radius)
