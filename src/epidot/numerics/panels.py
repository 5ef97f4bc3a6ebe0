"""Compiled dense algebra of panels: Gram matrices and combinations, 16 lanes wide.

A panel is a real array [row, lane] with 16 lanes; a basis is an array [panel, row, lane] of them. Libraries
are built for square matrices; here one side has 16 to 400 columns and the other is as long as the particle.
As in `rows`, the inner step is written as vector instructions: sixteen accumulators of 16 lanes stay in
registers, one number of a row is broadcast against a row of the other panel.

Sums over rows run in the arrays' own precision for `_SUM` of them and beyond in float64, in an order that
does not depend on the number of threads.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from epidot.numerics.rows import LANES

_SUM: Final = 128
"""Rows that are summed in the arrays' own precision: the orthogonality of a long chain hangs on it."""
_TILE: Final = 256
"""Rows of all panels that stay in the cache."""
_GROUPS: Final = 64
"""Parts of a sum over rows that are added up separately."""
_CONTRACT: Final = ("contract",)
_WORD: Final = ir.IntType(64)


class _Lanes:
    """Emits loads, stores and products of rows of contiguous [row, lane] arrays."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self.builder = builder
        arrays = [
            context.make_array(kind)(context, builder, value).data
            for kind, value in zip(signature.args, args, strict=True)
            if isinstance(kind, types.Array)
        ]
        self.data = arrays
        self.real = context.get_data_type(signature.args[0].dtype)
        self.vector = ir.VectorType(self.real, LANES)
        self.align = 4 if isinstance(self.real, ir.FloatType) else 8
        # Registers: 32 of 16 float32 lanes, half as many of float64.
        self.group = LANES if self.align == 4 else LANES // 2

    def _place(self, which: int, row: Any, lane: int) -> Any:
        start = self.builder.mul(row, ir.Constant(_WORD, LANES))
        return self.builder.gep(self.data[which], [self.builder.add(start, ir.Constant(_WORD, lane))])

    def row(self, which: int, row: Any) -> Any:
        place = self.builder.bitcast(self._place(which, row, 0), self.vector.as_pointer())
        return self.builder.load(place, align=self.align)

    def store(self, vector: Any, which: int, row: Any) -> None:
        place = self.builder.bitcast(self._place(which, row, 0), self.vector.as_pointer())
        self.builder.store(vector, place, align=self.align)

    def spread(self, which: int, row: Any, lane: int) -> Any:
        """One number in every lane."""
        empty = ir.Constant(self.vector, ir.Undefined)
        number = self.builder.load(self._place(which, row, lane))
        first = self.builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.builder.shuffle_vector(first, empty, zeros)

    def fused(self, factor: Any, vector: Any, total: Any) -> Any:
        product = self.builder.fmul(factor, vector, flags=_CONTRACT)
        return self.builder.fadd(product, total, flags=_CONTRACT)

    def constant(self, number: int) -> Any:
        return ir.Constant(_WORD, number)


def _emit_outer(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """total[i, :] = Σ_row left[row, i] right[row, :]."""
    emit = _Lanes(context, builder, signature, args)
    first, last = args[3:]
    for start in range(0, LANES, emit.group):
        entry = builder.basic_block
        loop, after = builder.append_basic_block("rows"), builder.append_basic_block("after")
        builder.branch(loop)
        builder.position_at_end(loop)
        row = builder.phi(_WORD)
        sums = [builder.phi(emit.vector) for _ in range(emit.group)]
        right = emit.row(2, row)
        added = [emit.fused(emit.spread(1, row, start + i), right, sums[i]) for i in range(emit.group)]
        following = builder.add(row, emit.constant(1))
        builder.cbranch(builder.icmp_signed("<", following, last), loop, after)
        zero = ir.Constant(emit.vector, [0.0] * LANES)
        row.add_incoming(first, entry)
        row.add_incoming(following, loop)
        for total, new in zip(sums, added, strict=True):
            total.add_incoming(zero, entry)
            total.add_incoming(new, loop)
        builder.position_at_end(after)
        for i, new in enumerate(added):
            emit.store(new, 0, emit.constant(start + i))
    return context.get_dummy_value()


def _emit_combination(context: Any, builder: Any, signature: Any, args: Any, at_once: int) -> Any:
    """out[row, :] += Σ_i left[row, i] matrix[i, :]; `at_once` rows share what is loaded of the matrix."""
    emit = _Lanes(context, builder, signature, args)
    first, last = args[3:]
    entry = builder.basic_block
    loop, after = builder.append_basic_block("rows"), builder.append_basic_block("after")
    builder.cbranch(builder.icmp_signed("<", first, last), loop, after)
    builder.position_at_end(loop)
    row = builder.phi(_WORD)
    rows = [builder.add(row, emit.constant(k)) for k in range(at_once)]
    sums = [emit.row(0, each) for each in rows]
    for i in range(LANES):
        factor = emit.row(2, emit.constant(i))
        sums = [emit.fused(emit.spread(1, each, i), factor, s) for each, s in zip(rows, sums, strict=True)]
    for each, new in zip(rows, sums, strict=True):
        emit.store(new, 0, each)
    following = builder.add(row, emit.constant(at_once))
    row.add_incoming(first, entry)
    row.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", following, last), loop, after)
    builder.position_at_end(after)
    return context.get_dummy_value()


@intrinsic
def _outer_rows(_typing: Any, total: Any, left: Any, right: Any, first: Any, last: Any) -> Any:
    return types.void(total, left, right, first, last), _emit_outer


@intrinsic
def _eight_rows(_typing: Any, out: Any, left: Any, matrix: Any, first: Any, last: Any) -> Any:
    signature = types.void(out, left, matrix, first, last)
    return signature, lambda c, b, s, a: _emit_combination(c, b, s, a, at_once=8)


@intrinsic
def _one_row(_typing: Any, out: Any, left: Any, matrix: Any, first: Any, last: Any) -> Any:
    signature = types.void(out, left, matrix, first, last)
    return signature, lambda c, b, s, a: _emit_combination(c, b, s, a, at_once=1)


_outer: Any = _outer_rows
_eight: Any = _eight_rows
_one: Any = _one_row
"""The same for callers: numba supplies the typing context, which a type checker would ask for."""


@njit(parallel=True, cache=True, error_model="numpy")
def _inner(left: Any, right: Any, parts: Any) -> None:
    rows, groups = left.shape[1], parts.shape[0]
    for group in prange(groups):
        begin, end = group * rows // groups, (group + 1) * rows // groups
        block = np.empty((LANES, LANES), left.dtype)
        for start in range(begin, end, _SUM):
            stop = min(start + _SUM, end)
            for p in range(left.shape[0]):
                for q in range(right.shape[0]):
                    _outer(block, left[p], right[q], start, stop)
                    for i in range(LANES):
                        for j in range(LANES):
                            parts[group, p, i, q, j] += block[i, j]


@njit(parallel=True, cache=True, error_model="numpy")
def _combine(out: Any, left: Any, matrix: Any) -> None:
    rows = left.shape[1]
    for chunk in prange((rows + _TILE - 1) // _TILE):
        start, stop = chunk * _TILE, min((chunk + 1) * _TILE, rows)
        whole = start + (stop - start) // 8 * 8
        for q in range(out.shape[0]):
            for p in range(left.shape[0]):
                _eight(out[q], left[p], matrix[p, q], start, whole)
                _one(out[q], left[p], matrix[p, q], whole, stop)


def inner(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    """leftᵀ right, float64 [panel × lane, panel × lane], of two arrays [panel, row, lane]."""
    groups = max(1, min(_GROUPS, left.shape[1] // _SUM))
    parts = np.zeros((groups, len(left), LANES, len(right), LANES))
    _inner(left, right, parts)
    return parts.sum(axis=0).reshape(LANES * len(left), LANES * len(right))


def add_combination(out: NDArray[Any], left: NDArray[Any], matrix: NDArray[Any]) -> None:
    """out += left · matrix, in place, for [panel, row, lane] arrays and [panel × lane, panel × lane]."""
    split = matrix.reshape(len(left), LANES, len(out), LANES).transpose(0, 2, 1, 3)
    _combine(out, left, np.ascontiguousarray(split, left.dtype))


@njit(parallel=True, cache=True, error_model="numpy")
def _dots(left: Any, right: Any, parts: Any) -> None:
    rows, groups = left.shape[0], parts.shape[0]
    for group in prange(groups):
        sums = np.zeros(LANES)
        for row in range(group * rows // groups, (group + 1) * rows // groups):
            for lane in range(LANES):
                sums[lane] += np.float64(left[row, lane]) * right[row, lane]
        parts[group] = sums


def column_dots(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    """Σ_row left · right of each lane, float64, of two panels [row, lane]."""
    parts = np.empty((max(1, min(_GROUPS, len(left) // _SUM)), LANES))
    _dots(left, right, parts)
    return parts.sum(axis=0)
