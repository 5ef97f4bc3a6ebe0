// One pass of the block-tetrahedral operator over memory:
//
//     out = P (w0 H x + w1 x)                                  terms = 2
//     out = P (w0 H x + w1 x + w2 out + w3 y + w4 z)           terms = 4 (no z) or 5
//
// with H, P and panels as in numerics/operator.py; x must lie in the kept space. Compiled with
// -DREAL=float|double, -DORBITALS=5|10 and -DTWO_CENTRE=0|1. No header, no intrinsic, no shared memory, no
// barrier: threads never talk, so the same text also compiles as C++ and runs there in a plain loop.
//
// Four threads serve one atom, each the four columns of one component (up re, up im, down re,
// down im), so that every access is one 16-byte vector: rows of panels are read in whole 64-byte
// (float) pieces, and a block entry is fetched once for the 16 lanes. Eight atoms make a tile, the
// share of one warp; entries are stored [tile, four, atom in tile, 4], so that a warp reads whole lines
// of 128 bytes one after the other. An atom's entries are its onsite part, its four hopping parts, its
// spin-orbit coupling and padding. Parts are blocks, column by column, or (TWO_CENTRE) what they are made of.

#define TILE 8
#define BLOCK (ORBITALS * ORBITALS)
#if TWO_CENTRE
#define SITE 8
#define BOND 10
#else
#define SITE BLOCK
#define BOND BLOCK
#endif
#define COUPLING (SITE + 4 * BOND)
#define FOURS ((COUPLING + 1 + 3) / 4)
#define THREADS 256

struct alignas(16) Four {
    REAL of[4];
};

__device__ __forceinline__ void add(Four& sum, REAL factor, Four vector) {
#pragma unroll
    for (int k = 0; k < 4; ++k) sum.of[k] += factor * vector.of[k];
}

__device__ __forceinline__ void add(Four& sum, Four factor, Four vector) {
#pragma unroll
    for (int k = 0; k < 4; ++k) sum.of[k] += factor.of[k] * vector.of[k];
}

// sums += H x without the spin-orbit term; a missing neighbour is the atom itself with zero entries.
#if TWO_CENTRE
// onsite: ss, s*s*, xx, yy, zz, xy, xz, yz. A bond: its direction l, then a, b, c, d, e, pi, sigma - pi of
//     s|V|s = a   s|V|p = b l   s*|V|p = c l   p|V|s = d l   p|V|s* = e l   p|V|p = pi + (sigma - pi) l l^T
__device__ __forceinline__ void multiply(Four* sums, const Four* tile, const int* neighbours, const Four* x,
                                         int atom, int component) {
    REAL part[4 * FOURS];
#pragma unroll
    for (int k = 0; k < FOURS; ++k) {
        const Four four = tile[k * TILE];
#pragma unroll
        for (int r = 0; r < 4; ++r) part[4 * k + r] = four.of[r];
    }
    Four v[5];
#pragma unroll
    for (int p = 0; p < 5; ++p) v[p] = x[(size_t)atom * 20 + 4 * p + component];
    add(sums[0], part[0], v[0]);
    add(sums[4], part[1], v[4]);
#pragma unroll
    for (int i = 0; i < 3; ++i)
#pragma unroll
        for (int j = 0; j < 3; ++j) add(sums[1 + i], part[i == j ? 2 + i : 4 + i + j], v[1 + j]);
#pragma unroll
    for (int slot = 0; slot < 4; ++slot) {
        const REAL* bond = part + SITE + BOND * slot;
        const Four* row = x + (size_t)neighbours[4 * atom + slot] * 20 + component;
#pragma unroll
        for (int p = 0; p < 5; ++p) v[p] = row[4 * p];
        Four along = {{0, 0, 0, 0}}, turned = {{0, 0, 0, 0}};
#pragma unroll
        for (int i = 0; i < 3; ++i) add(along, bond[i], v[1 + i]);
        add(sums[0], bond[3], v[0]);
        add(sums[0], bond[4], along);
        add(sums[4], bond[5], along);
        add(turned, bond[6], v[0]);
        add(turned, bond[7], v[4]);
        add(turned, bond[9], along);
#pragma unroll
        for (int i = 0; i < 3; ++i) {
            add(sums[1 + i], bond[8], v[1 + i]);
            add(sums[1 + i], bond[i], turned);
        }
    }
}
#else
__device__ __forceinline__ void multiply(Four* sums, const Four* tile, const int* neighbours, const Four* x,
                                         int atom, int component) {
    // Odd blocks start anywhere in a four: unrolled, each entry is still a register known by name.
    constexpr int unrolled = BLOCK % 4 == 0 ? 1 : 5;
    Four entry;
#pragma unroll unrolled
    for (int slot = 0; slot < 5; ++slot) {
        const int source = slot == 0 ? atom : neighbours[4 * atom + slot - 1];
        const Four* row = x + (size_t)source * (4 * ORBITALS) + component;
#pragma unroll
        for (int q = 0; q < ORBITALS; ++q) {
            const Four vector = row[4 * q];
#pragma unroll
            for (int p = 0; p < ORBITALS; ++p) {
                const int place = slot * (BLOCK % 4) + q * ORBITALS + p;
                if (place % 4 == 0) entry = tile[(slot * (BLOCK / 4) + place / 4) * TILE];
                add(sums[p], entry.of[place % 4], vector);
            }
        }
    }
}
#endif

// sums += strength (L.sigma) x, with -i eps_abc sigma_c written out: between the p orbitals (1, 2), (1, 3) and
// (2, 3) component c is fed by component c^1, c^2 and c^3, with these signs.
__device__ __forceinline__ void spin_orbit(Four* sums, REAL strength, const Four* own, int component) {
    const REAL z = component == 0 || component == 3 ? strength : -strength;
    const REAL y = component < 2 ? strength : -strength;
    const REAL x = component % 2 == 0 ? strength : -strength;
    const Four* by_z = own + (component ^ 1);
    const Four* by_y = own + (component ^ 2);
    const Four* by_x = own + (component ^ 3);
    add(sums[1], z, by_z[4 * 2]);
    add(sums[1], y, by_y[4 * 3]);
    add(sums[2], -z, by_z[4 * 1]);
    add(sums[2], x, by_x[4 * 3]);
    add(sums[3], -y, by_y[4 * 1]);
    add(sums[3], -x, by_x[4 * 2]);
}

__device__ __forceinline__ void exclude(Four* row, const REAL* vector) {
    Four part = {{0, 0, 0, 0}};
#pragma unroll
    for (int p = 0; p < ORBITALS; ++p) add(part, vector[p], row[p]);
#pragma unroll
    for (int p = 0; p < ORBITALS; ++p) add(row[p], -vector[p], part);
}

// entries [tile, four, atom in tile]; neighbours [atom, 4]; excluded [atom, 2, orbital];
// missing [atom]; weights [term, component], over the four columns; panels [atom, orbital, component].
extern "C" __global__ void __launch_bounds__(THREADS)
    block_step(const Four* __restrict__ entries, const int* __restrict__ neighbours, const REAL* __restrict__ excluded,
         const signed char* __restrict__ missing, const Four* __restrict__ weights, const Four* __restrict__ x,
         Four* __restrict__ out, const Four* __restrict__ y, const Four* __restrict__ z, int terms, int atoms) {
    const int thread = blockIdx.x * THREADS + threadIdx.x;
    const int atom = thread / 4, component = thread % 4;
    if (atom >= atoms) return;
    const Four* tile = entries + (size_t)(atom / TILE) * (FOURS * TILE) + atom % TILE;
    const size_t first = (size_t)atom * (4 * ORBITALS);
    Four sums[ORBITALS] = {};
    multiply(sums, tile, neighbours, x, atom, component);
    const REAL strength = tile[COUPLING / 4 * TILE].of[COUPLING % 4];
    spin_orbit(sums, strength, x + first, component);
    const Four w0 = weights[component], w1 = weights[4 + component];
#pragma unroll
    for (int p = 0; p < ORBITALS; ++p) {
        Four value = {{0, 0, 0, 0}};
        add(value, w0, sums[p]);
        add(value, w1, x[first + 4 * p + component]);
        sums[p] = value;
    }
    if (terms > 2) {
        const Four w2 = weights[8 + component], w3 = weights[12 + component];
#pragma unroll
        for (int p = 0; p < ORBITALS; ++p) {
            add(sums[p], w2, out[first + 4 * p + component]);
            add(sums[p], w3, y[first + 4 * p + component]);
        }
    }
    if (terms > 4) {
        const Four w4 = weights[16 + component];
#pragma unroll
        for (int p = 0; p < ORBITALS; ++p) add(sums[p], w4, z[first + 4 * p + component]);
    }
    for (int k = 0; k < missing[atom]; ++k) exclude(sums, excluded + (2 * (size_t)atom + k) * ORBITALS);
#pragma unroll
    for (int p = 0; p < ORBITALS; ++p) out[first + 4 * p + component] = sums[p];
}
