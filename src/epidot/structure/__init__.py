"""Atoms of a particle.

Takes a `Design`; gives a `Structure`: start positions, bonds, segments, phases.
Method: a site network of bilayer stacks (pure geometry) is cut to shape, each site gets the
material of its segment, sites with fewer than two bonds are pruned, and bonds are read off
the ideal network. Sources: Hägg notation of close-packed polytypes; collar rule of branch
points (see docs/structure.md).
Checked by: tests/structure (coordination, angles, sizes, spglib-free symmetry counts).
"""

from epidot.structure.build import build
from epidot.structure.structure import Structure

__all__ = ["Structure", "build"]
