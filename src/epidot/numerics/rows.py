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
BOND: Final = 10
"""Numbers of a bond in two-centre form: direction (3), s s, s p, s* p, p s, p s*, p pπ, p pσ − p pπ."""
SITE: Final = 8
"""Numbers of an on-site block in that form: s, s*, and xx, yy, zz, xy, xz, yz of the p shell."""
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

    def lanes(self, data: Any, index: int) -> Any:
        """The vector of lanes ``data[index, :]``."""
        start = self.builder.gep(data, [ir.Constant(self.word, index * LANES)])
        return self.builder.load(self.builder.bitcast(start, self.vector.as_pointer()), align=self._align)

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

    def two_centre(self, bond: Any, base: Any, row: list[Any], totals: list[Any]) -> list[Any]:
        """totals + the block of a bond in two-centre form · row: 15 multiply–adds instead of 25."""
        lx, ly, lz, ss, sp, xp, ps, px, pi, excess = (self.scalar(bond, base, k) for k in range(BOND))
        s, *p, x = row
        along = self.fused(lz, p[2], self.fused(ly, p[1], self.fused(lx, p[0], None)))
        back = self.fused(excess, along, self.fused(px, x, self.fused(ps, s, None)))
        first = self.fused(sp, along, self.fused(ss, s, totals[0]))
        last = self.fused(xp, along, totals[4])
        middle = [
            self.fused(cosine, back, self.fused(pi, own, total))
            for cosine, own, total in zip((lx, ly, lz), p, totals[1:4], strict=True)
        ]
        return [first, *middle, last]

    def site(self, block: Any, base: Any, row: list[Any]) -> list[Any]:
        """On-site block without coupling between s, p and s* · row."""
        s, x, xx, yy, zz, xy, xz, yz = (self.scalar(block, base, k) for k in range(SITE))
        shell = ((xx, xy, xz), (xy, yy, yz), (xz, yz, zz))
        totals = [self.fused(s, row[0], None)]
        for entries in shell:
            total = None
            for entry, vector in zip(entries, row[1:4], strict=True):
                total = self.fused(entry, vector, total)
            totals.append(total)
        return [*totals, self.fused(x, row[4], None)]

    def spin_orbit(self, strength: Any, row: list[Any], totals: list[Any]) -> list[Any]:
        """totals + strength (L·σ) row."""
        result = list(totals)
        strengths: dict[tuple[int, ...], Any] = {}
        for target, source, components, signs in _SPIN_ORBIT:
            lanes = [component * COLUMNS + k for component in components for k in range(COLUMNS)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), lanes)
            turned = self.builder.shuffle_vector(row[source], row[source], mask)
            leading = tuple(signs[0] * sign for sign in signs)
            if leading not in strengths:
                pattern = ir.Constant(self.vector, [float(s) for s in leading for _ in range(COLUMNS)])
                strengths[leading] = self.builder.fmul(strength, pattern)
            signed = strengths[leading] if signs[0] > 0 else self.builder.fneg(strengths[leading])
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
    x, out, *more = data(3)
    atom = args[4]
    emit = _Emitter(builder, context.get_data_type(signature.args[2].dtype), orbitals)

    def at(stride: int) -> Any:
        return builder.mul(atom, ir.Constant(emit.word, stride))

    own = emit.load(x, atom)
    compact = signature.args[1][1].ndim == 3
    totals: list[Any] = (
        emit.site(onsite, at(SITE), own)
        if compact
        else emit.multiply(onsite, at(orbitals**2), own, [None] * orbitals)
    )
    for slot in range(4):
        place = builder.add(at(4), ir.Constant(emit.word, slot))
        near = emit.load(x, builder.sext(builder.load(builder.gep(neighbours, [place])), emit.word))
        width = BOND if compact else orbitals**2
        base = builder.add(at(4 * width), ir.Constant(emit.word, slot * width))
        totals = (emit.two_centre if compact else emit.multiply)(hopping, base, near, totals)
    totals = emit.spin_orbit(emit.scalar(coupling, atom, 0), own, totals)
    addends = [own, *(emit.load(panel, atom) for panel in (([out] if more else []) + more))]
    row = [builder.fmul(emit.lanes(weights, 0), total, flags=_CONTRACT) for total in totals]
    for place, addend in enumerate(addends):
        factor = emit.lanes(weights, place + 1)
        row = [emit.fused(factor, vector, value) for vector, value in zip(addend, row, strict=True)]
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


@njit(cache=True, error_model="numpy")
def _rows(shape: Any, blocks: Any, missing: Any, weights: Any, panels: Any, first: int, last: int) -> None:
    for i in range(first, last):
        if missing[i] == 0:
            _inner(shape, blocks, weights, panels, i)
        else:
            _surface(shape, blocks, weights, panels, i)


@njit(parallel=True, cache=True, error_model="numpy")
def step(shape: Any, blocks: Any, missing: Any, weights: Any, panels: Any) -> None:
    """out = P (w0 H x + w1 x), or P (w0 H x + w1 x + w2 out + w3 y + …), in one pass over memory.

    `panels` is (x, out) or (x, out, y, …): what is not asked for is not read. `weights` [term, lane].
    `shape` is any tuple as long as there are orbitals: its type fixes their number at compile time.
    `blocks` is (onsite, hopping, neighbours, coupling, excluded); all arrays are contiguous and all
    reals of one type; see `operator` for their meaning.
    """
    atoms = missing.shape[0]
    for chunk in prange((atoms + _CHUNK - 1) // _CHUNK):
        _rows(shape, blocks, missing, weights, panels, chunk * _CHUNK, min(atoms, (chunk + 1) * _CHUNK))


@njit(cache=True, error_model="numpy")
def _substep(  # noqa: PLR0913, PLR0917 - compiled: what is in tuples is copied at each call
    shape: Any, blocks: Any, missing: Any, weights: Any, panels: Any, source: Any, which: int, ends: Any
) -> None:
    """Half a step of `recur` on the atoms between the `ends`."""
    inner, even, odd = panels
    once, twice = weights
    k = which // 2
    if which % 4 == 0:
        _rows(shape, blocks, missing, once, (odd, inner), ends[0], ends[1])
    elif which % 4 == 1:
        _rows(shape, blocks, missing, twice[k], (inner, even, odd, *source), ends[0], ends[1])
    elif which % 4 == 2:
        _rows(shape, blocks, missing, once, (even, inner), ends[0], ends[1])
    else:
        _rows(shape, blocks, missing, twice[k], (inner, odd, even, *source), ends[0], ends[1])


@njit(parallel=True, cache=True, error_model="numpy")
def recur(shape: Any, blocks: Any, missing: Any, weights: Any, panels: Any, source: Any, tiling: Any) -> None:
    """Steps of a three-term recursion in (H − σ)², in place, several to one pass over memory.

    At each: inner = first·(H now, now); before = second[k]·(H inner, inner, before, now, *source); then `now`
    and `before` change roles. `weights` is (first, second), `panels` is (inner, before, now); after an odd
    number of steps the newest is in `before`.

    `tiling` is (chunk, depth, domains). A chunk of atoms has neighbours only in the chunks next to it, so
    that substep s of chunk c needs substep s − 1 of c − 1, c and c + 1. Each domain, a run of chunks, is
    swept once for `depth` substeps, which follow each other at a distance of one chunk and find their
    panels in the cache; at the ends towards other domains each substep stops one chunk earlier. What is
    missing there, a triangle at each border, follows when all domains are done. Every row is made by the
    same operations in any tiling.
    """
    chunk, depth, domains = tiling
    atoms, substeps = missing.shape[0], 2 * weights[1].shape[0]
    chunks = (atoms + chunk - 1) // chunk
    for start in range(0, substeps, depth):
        count = min(depth, substeps - start)
        for domain in prange(domains):
            left, right = domain * chunks // domains, (domain + 1) * chunks // domains
            for front in range(left, right + count):
                for s in range(count):
                    c = front - s
                    low = left + s if domain > 0 else left
                    high = right - s if domain < domains - 1 else right
                    if low <= c < high:
                        ends = c * chunk, min(atoms, (c + 1) * chunk)
                        _substep(shape, blocks, missing, weights, panels, source, start + s, ends)
        for border in prange(1, domains):
            middle = border * chunks // domains
            for s in range(1, count):
                ends = (middle - s) * chunk, min(atoms, (middle + s) * chunk)
                _substep(shape, blocks, missing, weights, panels, source, start + s, ends)
