"""Spherical dots with any number of shells, zinc blende or wurtzite."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot import materials
from epidot.design.design import Dot, Shell
from epidot.structure.lattice import BILAYER, Sites, columns, cubic_sites, letters, rod_frame, stack_sites
from epidot.structure.network import Network, RadialScale

Array = NDArray[Any]


def dot_network(root: Dot, shells: tuple[Shell, ...]) -> Network:
    """A sphere centred on a cation (zinc blende) or on the wurtzite channel, with concentric shells."""
    owners = (root.material, *(shell.material for shell in shells))
    constants = np.array([materials.lattice_constant(name) for name in owners])
    thicknesses = np.array([0.5 * root.diameter, *(shell.thickness for shell in shells)])
    bounds = np.cumsum(thicknesses / constants)
    ball = _zinc_blende(bounds[-1]) if root.phase == "zb" else _wurtzite(bounds[-1])
    segment = np.searchsorted(bounds, np.linalg.norm(ball.position, axis=1) - 1e-9)
    start = RadialScale(bounds, constants)(ball.position)
    reach = float(thicknesses.sum())
    x, y, z = reach * (np.array([0.0, 0.0, 1.0]) if root.phase == "wz" else np.ones(3) / np.sqrt(3.0))
    path = ("a diameter", ((-float(x), -float(y), -float(z)), (float(x), float(y), float(z))))
    names = ("core", *(f"shell{place + 1}" for place in range(len(shells))))
    realised = {"root.diameter": {"asked": root.diameter, "realised": root.diameter}}
    return Network(ball, segment, start, names, owners, (path,), realised)


def _zinc_blende(radius: float) -> Sites:
    sites = cubic_sites(radius)
    return sites.keep(np.linalg.norm(sites.position, axis=1) <= radius)


def _wurtzite(radius: float) -> Sites:
    frame = rod_frame()
    reach = int(np.ceil(radius / BILAYER)) + 1
    sequence = letters("wz", np.arange(-reach - 1, reach + 1), 2)
    sites = stack_sites(frame, sequence, -reach, columns(frame, radius + 1e-9))
    return sites.keep(np.linalg.norm(sites.position, axis=1) <= radius)
