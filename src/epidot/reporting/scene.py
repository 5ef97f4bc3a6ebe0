"""What the 3D viewer is given: a JSON header and one block of bytes.

Positions are 16-bit fractions of the bounding box (error below 0.01 Å in a 100 nm box: under a
hundredth of a drawn pixel), categories and shades are 8-bit. ``viewer/src/scene.ts`` reads it.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, KDTree

from epidot import materials
from epidot.reporting import carriers, style
from epidot.reporting.carriers import Carrier
from epidot.reporting.density import ENCLOSED, isosurface
from epidot.reporting.frame import view_frame
from epidot.reporting.numbers import significant
from epidot.reporting.picture import ATTACHED, TAIL, attached_look, group_colours, radii
from epidot.reporting.reading import Reading
from epidot.structure.attached import attached_positions
from epidot.structure.per_atom import own_volumes
from epidot.structure.structure import NO_ATOM, Structure

Array = NDArray[Any]

RADIUS_STEP: Final = 0.02
"""Å per step of the drawn radius."""
DEPTH_STEP: Final = 0.25
"""Å per step of the depth below the surface."""
HIDDEN_BELOW: Final = 12.0
"""Å: atoms deeper than this lie behind four bilayers of spheres that leave no gaps (`picture.radii`)."""
MOST_BONDED: Final = 40_000
"""Above this number of atoms bonds are neither sent nor offered."""
_FULL: Final = 0.7
"""Share of its convex hull that a particle fills if a cut amputates nothing."""
THIN: Final = 0.5
"""Atoms of ligands are drawn at this part of their size in pictures, for the viewer has no veil."""


@dataclass(frozen=True)
class Scene:
    """`header` is JSON data, `data` the bytes of all arrays, each aligned to 4 bytes."""

    header: dict[str, Any]
    data: bytes

    def header_json(self) -> str:
        """JSON that is safe inside a script element."""
        text = json.dumps(self.header, ensure_ascii=True, separators=(",", ":"))
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

    def data_text(self) -> str:
        """The bytes as base64."""
        return base64.b64encode(self.data).decode("ascii")


def depth_below_surface(positions: Array, neighbours: Array) -> Array:
    """Distance (Å) of each atom from the nearest atom with a missing bond; (atom, 3), (atom, 4)."""
    surface = (neighbours == NO_ATOM).any(axis=1)
    if not surface.any():
        return np.zeros(len(positions))
    return np.asarray(KDTree(positions[surface]).query(positions)[0])


def fill(structure: Structure) -> float:
    """Volume of a particle over that of its convex hull (of atoms): with arms below 0.65, else above 0.8."""
    hull = ConvexHull(structure.positions[(structure.neighbours == NO_ATOM).any(axis=1)])
    return float(own_volumes(structure).sum() / hull.volume)


def scene(reading: Reading) -> Scene:
    """Everything that the viewer draws: atoms with those attached, colour modes, bonds, isosurfaces."""
    structure = reading.structure
    look = attached_look(structure)
    beside_radii = np.where(look.veil, THIN, 1.0) * look.radii
    beside = attached_positions(structure, reading.positions)
    positions = np.concatenate([reading.positions, beside])
    middle = 0.5 * (positions.min(axis=0) + positions.max(axis=0))
    surfaces = {
        carrier.name: isosurface(reading.positions, carrier.mean)
        for carrier in (reading.electron, reading.hole)
    }
    reach = np.concatenate([positions, *(surface.vertices for surface in surfaces.values())])
    box = (reach.min(axis=0), np.maximum(reach.max(axis=0) - reach.min(axis=0), 1e-6))
    depth = depth_below_surface(reading.positions, structure.neighbours)
    names = [*structure.segments, *structure.attached_groups]
    segment = _joined(structure.segment, len(structure.segments) + structure.attached_group)
    arrays: dict[str, Array] = {
        "positions": _fractions(positions, box),
        "radius": _bytes(_joined(radii(reading.run.relaxed), beside_radii) / RADIUS_STEP),
        "depth": _bytes(np.floor(_joined(depth, np.zeros(len(beside))) / DEPTH_STEP)),
        "segment": segment.astype(np.uint8 if len(names) <= 256 else np.uint16),
    }
    modes = _modes(reading, arrays)
    if len(positions) <= MOST_BONDED:
        arrays["bonds"] = _bonds(structure.neighbours, len(positions))
    for name, surface in surfaces.items():
        arrays[f"{name}.vertices"] = _fractions(surface.vertices, box)
        kind = np.uint16 if len(surface.vertices) < 65536 else np.uint32
        arrays[f"{name}.triangles"] = surface.triangles.astype(kind)
    frame, normal = view_frame(structure), reading.frame.rows[2]
    header = {
        "atoms": len(positions),
        "corner": (box[0] - middle).tolist(),
        "edges": box[1].tolist(),
        "radiusStep": RADIUS_STEP,
        "depthStep": DEPTH_STEP,
        "hiddenBelow": HIDDEN_BELOW,
        "orientation": frame.rows.tolist(),
        "cut": [*normal.tolist(), float(reading.depth - normal @ middle)],
        "show": "x-ray" if frame.branched or fill(structure) < _FULL else "cut",
        "modes": modes,
        "surfaces": [_surface(name) for name in surfaces],
        "bonds": len(arrays["bonds"]) if "bonds" in arrays else 0,
        "names": names,
    }
    return _packed(header, arrays)


def _joined(network: Array, attached: Array) -> Array:
    """Values of the network's atoms, then of the attached ones."""
    return np.concatenate([network, attached])


def _surface(name: str) -> dict[str, Any]:
    colour = style.ELECTRON if name == "electron" else style.HOLE
    return {"key": name, "label": f"{name.capitalize()} ({100 * ENCLOSED:.0f} % inside)", "colour": colour}


def _fractions(points: Array, box: tuple[Array, Array]) -> Array:
    return np.rint(65535.0 * (points - box[0]) / box[1]).astype(np.uint16)


def _bytes(values: Array) -> Array:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _bonds(neighbours: Array, atoms: int) -> Array:
    first, slot = np.nonzero(neighbours > np.arange(len(neighbours))[:, None])
    pairs = np.stack([first, neighbours[first, slot]], axis=1)
    return pairs.astype(np.uint16 if atoms < 65536 else np.uint32)


def _modes(reading: Reading, arrays: dict[str, Array]) -> list[dict[str, Any]]:
    structure, groups = reading.structure, group_colours(reading.structure)
    kinds = len(structure.materials) + structure.attached_group
    arrays["material"] = _joined(structure.material, kinds).astype(np.uint8)
    arrays["phase"] = _joined(structure.phase, np.full(len(kinds), len(style.PHASES))).astype(np.uint8)
    phases = [(style.PHASE_NAMES[key], tint) for key, tint in style.PHASES.items()]
    modes = [
        _categories("material", "material", [*reading.colours.items(), *groups.items()]),
        _categories("element", "element", _elements(structure, arrays)),
        _categories("phase", "phase", phases + ([("attached", TAIL)] if groups else [])),
        _strain(reading, arrays),
    ]
    looks = ((reading.electron, style.ELECTRON_RAMP), (reading.hole, style.HOLE_RAMP))
    return modes + [_shades(reading, carrier, ramp, arrays) for carrier, ramp in looks]


def _elements(structure: Structure, arrays: dict[str, Array]) -> list[tuple[str, str]]:
    """Symbol and colour of every element present, attached ones included."""
    from ase.data import chemical_symbols

    numbers = _joined(structure.numbers, structure.attached_numbers)
    present = np.unique(numbers)
    arrays["element"] = np.searchsorted(present, numbers).astype(np.uint8)
    tints = {**ATTACHED, **style.ELEMENTS}
    known = materials.metals()
    symbols = [chemical_symbols[number] for number in present]
    return [
        (name, materials.metal(name).colour if name in known else tints.get(name, style.FAINT))
        for name in symbols
    ]


def _categories(key: str, label: str, entries: list[tuple[str, str]]) -> dict[str, Any]:
    found = [{"name": name, "colour": colour} for name, colour in entries]
    return {"key": key, "label": label, "array": key, "categories": found}


def _strain(reading: Reading, arrays: dict[str, Array]) -> dict[str, Any]:
    trace = 100.0 * np.trace(reading.run.relaxed.strain, axis1=1, axis2=2)
    most = max(float(np.percentile(np.abs(trace), 98)), 1e-3)
    unstrained = np.zeros(len(reading.structure.attached_numbers))
    arrays["strain"] = _bytes(127.5 * (1.0 + _joined(trace, unstrained) / most))
    end = significant(most, 2)
    ends = {"low": f"−{end} %", "middle": "0", "high": f"+{end} %"}
    return {"key": "strain", "label": "volume strain", "array": "strain", "ramp": style.STRAIN_RAMP, **ends}


def _shades(
    reading: Reading, carrier: Carrier, ramp: tuple[tuple[int, int, int], ...], arrays: dict[str, Array]
) -> dict[str, Any]:
    # The square root shows the tails, where electron and hole meet.
    mean = np.sqrt(np.clip(carriers.smooth(reading.structure, carrier.mean), 0.0, None))
    nothing = np.zeros(len(reading.structure.attached_numbers))
    arrays[carrier.name] = _bytes(_joined(255.0 * mean / max(float(mean.max()), 1e-12), nothing))
    ends = {"low": "0", "middle": "¼", "high": "max"}
    return {
        "key": carrier.name,
        "label": f"{carrier.name} density",
        "array": carrier.name,
        "ramp": ramp,
        **ends,
    }


def _packed(header: dict[str, Any], arrays: dict[str, Array]) -> Scene:
    kinds = {1: "u1", 2: "u2", 4: "u4"}
    data, slots = bytearray(), {}
    for name, values in arrays.items():
        data.extend(b"\0" * (-len(data) % 4))
        flat = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"))).ravel()
        slots[name] = {"kind": kinds[values.dtype.itemsize], "start": len(data), "length": len(flat)}
        data.extend(flat.tobytes())
    return Scene({**header, "arrays": slots}, bytes(data))
