"""Kernels that know no physics.

Takes and gives arrays. Block-tetrahedral operator and filtered block-Krylov eigensolver (`operator`,
`filtered`), boundary elements and direct sums (`boundary`, `coulomb`), minimiser (`minimise`), progress.
Sources: in each module. Checked by: tests/numerics.
"""
