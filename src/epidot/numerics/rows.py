"""The compiled inner step of the block-tetrahedral operator: one row of blocks, in SIMD registers.

Left to itself the compiler finds the vector loop in one version of the code and misses it in the
next, at a tenth of the speed. So the row is written as vector instructions (LLVM IR through
`numba.extending.intrinsic`): the accumulators of one atom, 16 lanes for each orbital, stay in
registers while every block entry is broadcast once. Nothing but rows of contiguous arrays is
assumed, and LLVM lowers the 16-lane vectors to what the machine has.

A panel is a real array [atom, orbital, lane]; lane = (up re, up im, down re, down im) × column.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import njit, prange, types
from numba.extending import intrinsic

COLUMNS: Final = 4
"""Complex columns of a panel."""
LANES: Final = 4 * COLUMNS
"""Real numbers of a panel per atom and orbital."""
_CHUNK: Final = 128
_CONTRACT: Final = ("contract",)

_SPIN_ORBIT: Final = (
    (1, 2, (1, 0, 3, 2), (1, -1, -1, 1)),
    (1, 3, (2, 3, 0, 1), (1, 1, -1, -1)),
    (2, 3, (3, 2, 1, 0), (1, -1, 1, -1)),
    (2, 1, (1, 0, 3, 2), (-1, 1, 1, -1)),
    (3, 1, (2, 3, 0, 1), (-1, -1, 1, 1)),
    (3, 2, (3, 2, 1, 0), (-1, 1, -1, 1)),
)
"""L·σ in components (up re, up im, down re, down im): target and source orbital, which source
component feeds each target component, and its sign; −i ε_abc σ_c written out."""


class _Emitter:
    """Emits vector arithmetic on one row; holds what every instruction needs."""

    def __init__(self, builder: Any, real: Any, orbitals: int) -> None:
        self.builder, self.real, self.orbitals = builder, real, orbitals
        self.vector = ir.VectorType(real, LANES)
        self.word = ir.IntType(64)

    def scalar(self, data: Any, base: Any, offset: int) -> Any:
        """The number ``data[base + offset]`` in every lane."""
        place = self.builder.add(base, ir.Constant(self.word, offset))
        return self.splat(self.builder.load(self.builder.gep(data, [place])))

    def splat(self, number: Any) -> Any:
        empty = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.builder.shuffle_vector(first, empty, zeros)

    def _pointer(self, data: Any, atom: Any, orbital: int) -> Any:
        start = self.builder.mul(atom, ir.Constant(self.word, self.orbitals * LANES))
        place = self.builder.add(start, ir.Constant(self.word, orbital * LANES))
        return self.builder.bitcast(self.builder.gep(data, [place]), self.vector.as_pointer())

    def load(self, data: Any, atom: Any) -> list[Any]:
        """The vectors of all orbitals of `atom`; arrays are aligned to their element only."""
        pointers = [self._pointer(data, atom, orbital) for orbital in range(self.orbitals)]
        return [self.builder.load(pointer, align=self._align) for pointer in pointers]

    def store(self, data: Any, atom: Any, row: list[Any]) -> None:
        for orbital, vector in enumerate(row):
            self.builder.store(vector, self._pointer(data, atom, orbital), align=self._align)

    @property
    def _align(self) -> int:
        return 4 if isinstance(self.real, ir.FloatType) else 8

    def fused(self, factor: Any, vector: Any, total: Any) -> Any:
        """factor · vector + total; `total` may be absent."""
        product = self.builder.fmul(factor, vector, flags=_CONTRACT)
        return product if total is None else self.builder.fadd(product, total, flags=_CONTRACT)

    def multiply(self, block: Any, base: Any, row: list[Any], totals: list[Any]) -> list[Any]:
        """totals + block · row, for the real block that starts at ``block[base]``."""
        for q, vector in enumerate(row):
            entries = [self.scalar(block, base, p * self.orbitals + q) for p in range(self.orbitals)]
            totals = [self.fused(e, vector, t) for e, t in zip(entries, totals, strict=True)]
        return totals

    def spin_orbit(self, strength: Any, row: list[Any], totals: list[Any]) -> list[Any]:
        """totals + strength (L·σ) row."""
        result = list(totals)
        for target, source, components, signs in _SPIN_ORBIT:
            lanes = [component * COLUMNS + k for component in components for k in range(COLUMNS)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), lanes)
            turned = self.builder.shuffle_vector(row[source], row[source], mask)
            sign = ir.Constant(self.vector, [float(s) for s in signs for _ in range(COLUMNS)])
            signed = self.builder.fmul(strength, sign)
            result[target] = self.fused(signed, turned, result[target])
        return result

    def exclude(self, vectors: Any, base: Any, row: list[Any]) -> list[Any]:
        """Remove the two on-site vectors that start at ``vectors[base]`` from a row."""
        for offset in (0, self.orbitals):
            entries = [self.scalar(vectors, base, offset + p) for p in range(self.orbitals)]
            part = None
            for entry, vector in zip(entries, row, strict=True):
                part = self.fused(entry, vector, part)
            minus = self.builder.fneg(part)
            row = [self.fused(e, minus, v) for e, v in zip(entries, row, strict=True)]
        return row


def _emit_row(context: Any, builder: Any, signature: Any, args: Any, surface: bool) -> Any:
    def data(which: int) -> list[Any]:
        kinds = signature.args[which]
        values = [builder.extract_value(args[which], k) for k in range(len(kinds))]
        return [context.make_array(t)(context, builder, v).data for t, v in zip(kinds, values, strict=True)]

    orbitals = len(signature.args[0])
    onsite, hopping, neighbours, coupling, excluded = data(1)
    weights = context.make_array(signature.args[2])(context, builder, args[2]).data
    x, y, out = data(3)
    atom = args[4]
    emit = _Emitter(builder, context.get_data_type(signature.args[2].dtype), orbitals)

    def at(stride: int) -> Any:
        return builder.mul(atom, ir.Constant(emit.word, stride))

    own = emit.load(x, atom)
    totals: list[Any] = emit.multiply(onsite, at(orbitals**2), own, [None] * orbitals)
    for slot in range(4):
        place = builder.add(at(4), ir.Constant(emit.word, slot))
        near = builder.sext(builder.load(builder.gep(neighbours, [place])), emit.word)
        base = builder.add(at(4 * orbitals**2), ir.Constant(emit.word, slot * orbitals**2))
        totals = emit.multiply(hopping, base, emit.load(x, near), totals)
    source = emit.exclude(excluded, at(2 * orbitals), own) if surface else own
    totals = emit.spin_orbit(emit.scalar(coupling, atom, 0), source, totals)
    factors = [emit.scalar(weights, ir.Constant(emit.word, 0), k) for k in range(4)]
    rest = zip(own, emit.load(y, atom), emit.load(out, atom), strict=True)
    row: list[Any] = []
    for total, vectors in zip(totals, rest, strict=True):
        value = builder.fmul(factors[0], total, flags=_CONTRACT)
        for factor, vector in zip(factors[1:], vectors, strict=True):
            value = emit.fused(factor, vector, value)
        row.append(value)
    row = emit.exclude(excluded, at(2 * orbitals), row) if surface else row
    emit.store(out, atom, row)
    return context.get_dummy_value()


@intrinsic
def _inner_row(_typing: Any, shape: Any, blocks: Any, weights: Any, panels: Any, atom: Any) -> Any:
    """Row of an atom with nothing excluded."""
    kinds = shape, blocks, weights, panels, atom
    return types.void(*kinds), lambda c, b, s, a: _emit_row(c, b, s, a, surface=False)


@intrinsic
def _surface_row(_typing: Any, shape: Any, blocks: Any, weights: Any, panels: Any, atom: Any) -> Any:
    """Row of an atom with excluded vectors."""
    kinds = shape, blocks, weights, panels, atom
    return types.void(*kinds), lambda c, b, s, a: _emit_row(c, b, s, a, surface=True)


_inner: Any = _inner_row
_surface: Any = _surface_row
"""The same for callers: numba supplies the typing context, which a type checker would ask for."""


@njit(parallel=True, cache=True, error_model="numpy")
def step(shape: Any, blocks: Any, missing: Any, weights: Any, panels: Any) -> None:
    """out = P (w0 H x + w1 x + w2 y + w3 out) for panels (x, y, out).

    `shape` is any tuple as long as there are orbitals: its type fixes their number at compile time.
    `blocks` is (onsite, hopping, neighbours, coupling, excluded); all arrays are contiguous and all
    reals of one type; see `operator` for their meaning.
    """
    atoms = missing.shape[0]
    for chunk in prange((atoms + _CHUNK - 1) // _CHUNK):
        for i in range(chunk * _CHUNK, min(atoms, (chunk + 1) * _CHUNK)):
            if missing[i] == 0:
                _inner(shape, blocks, weights, panels, i)
            else:
                _surface(shape, blocks, weights, panels, i)
