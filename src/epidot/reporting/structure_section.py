"""What the particle is, in lines for people: the terminal prints them, the report sets them as a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from epidot.reporting.numbers import fixed, percent, significant

_RUNS: Final = 8
"""Runs of stacking letters shown; all are in the JSON."""
_NAMES: Final = 4


@dataclass(frozen=True)
class Line:
    """A quantity and its value in words, with unit; the value may have several lines."""

    what: str
    value: str


def structure_lines(facts: dict[str, Any]) -> list[Line]:
    """The ``structure`` block of ``summary.json`` for a chemist; blocks that are not there are left out."""
    parts = (
        _atoms(facts),
        _sizes(facts.get("sizes")),
        _made_of(facts.get("composition")),
        _crystal(facts),
        _bonds(facts),
        _arms(facts.get("arms") or [], facts.get("branch_angles") or []),
        _asked(facts.get("realised") or {}),
    )
    return [line for part in parts for line in part]


def _atoms(facts: dict[str, Any]) -> Iterator[Line]:
    if "atoms" in facts:
        yield Line("atoms", f"{facts['atoms']:,}: {_counts(facts.get('by_element') or {})}")
    if facts.get("by_segment"):
        yield Line("segments", _segments(facts["by_segment"]))


def kind_of(segment: str) -> str:
    """Name of a segment without the numbers of its arms and dots: ``arm*.s1``."""
    return re.sub(r"(arm|dot)\d+", r"\1*", segment)


def _segments(counts: dict[str, int]) -> str:
    """Atoms of each segment; equal ones of several arms once."""
    alike = Counter((kind_of(name), count) for name, count in counts.items())
    many = {key for key, number in alike.items() if number > 1}
    told: dict[str, None] = {}
    for name, count in counts.items():
        key = (kind_of(name), count)
        told[f"{alike[key]} × {key[0]} {count:,}" if key in many else f"{name} {count:,}"] = None
    return ", ".join(told)


def _sizes(sizes: dict[str, Any] | None) -> Iterator[Line]:
    if not sizes:
        return
    lengths = " × ".join(significant(length, 3) for length in sizes["bounding_lengths_nm"])
    yield Line("size", f"{lengths} nm along its principal axes")
    yield Line("TEM diameter", f"{significant(sizes['tem_diameter_nm'], 3)} nm, mean over all views")
    yield Line("radius of gyration", f"{significant(sizes['radius_of_gyration_nm'], 3)} nm")
    parts = ", ".join(f"{name} {significant(v, 4)}" for name, v in sizes["volume_nm3"].items())
    yield Line("volume", f"{significant(sizes['total_volume_nm3'], 4)} nm³: {parts}")
    ratio = significant(sizes["surface_to_volume_per_nm"], 3)
    yield Line("surface", f"{significant(sizes['surface_area_nm2'], 4)} nm²; surface/volume {ratio} nm⁻¹")


def _made_of(made: dict[str, Any] | None) -> Iterator[Line]:
    if not made:
        return
    yield Line("mass", f"{significant(made['mass_kDa'], 4)} kDa, {significant(made['mass_ag'], 3)} ag")
    ratios = made["cation_ratios"] | made["anion_ratios"]
    yield Line("stoichiometry", ", ".join(f"{name} = {value:.3f}" for name, value in ratios.items()))
    if made["ligands"]:
        yield Line("ligands", _counts(made["ligands"]))
    if made["metal_atoms"]:
        yield Line("metal atoms", _counts(made["metal_atoms"]))


def _crystal(facts: dict[str, Any]) -> Iterator[Line]:
    if "wurtzite_fraction" in facts:
        share = facts["wurtzite_fraction"]
        yield Line("crystal phase", f"{_share(share)} wurtzite, {_share(1.0 - share)} zinc blende")
    if facts.get("facets"):
        yield Line("facets", "\n".join(_facets(facts["facets"])))


def _facets(table: dict[str, dict[str, float]]) -> Iterator[str]:
    """Largest first, edges and rough places last."""
    whole = sum(entry["area_nm2"] for entry in table.values())
    for name, entry in table.items():
        told = name.replace("edge/rough", "edges and rough places")
        area, share = significant(entry["area_nm2"], 3), _share(entry["area_nm2"] / whole)
        yield f"{told}: {area} nm² ({share}), {entry['atoms']:,} atoms"


def _bonds(facts: dict[str, Any]) -> Iterator[Line]:
    if facts.get("bonds"):
        yield Line("bonds unrelaxed", "\n".join(_bond(name, entry) for name, entry in facts["bonds"].items()))
    if "closest_pair_in_bonds" in facts:
        yield Line("closest two atoms", f"{facts['closest_pair_in_bonds']:.3f} bonds apart")
    if facts.get("coordination"):
        listed = sorted(facts["coordination"].items(), reverse=True)
        yield Line("bonds per atom", ", ".join(f"{number}: {count:,} atoms" for number, count in listed))
    if facts.get("dangling_bonds"):
        charge = facts["formal_charge"]["from_ions_e"]
        sign = "+" if charge > 0.0 else ""
        text = f"{_counts(facts['dangling_bonds'])}; formal charge {sign}{fixed(charge, 0)} e"
        yield Line("missing bonds", text)
    if "undercoordinated_interior" in facts:
        yield Line("inside with a missing bond", f"{facts['undercoordinated_interior']:,} atoms")


def _bond(name: str, entry: dict[str, float]) -> str:
    ends = f"{entry['min_A']:.3f} to {entry['max_A']:.3f}"
    return f"{name} {entry['mean_A']:.3f} ± {entry['sd_A']:.3f} Å ({ends}), {entry['count']:,} bonds"


def _arms(arms: list[dict[str, Any]], angles: list[dict[str, Any]]) -> Iterator[Line]:
    alike: dict[str, list[str]] = {}
    for arm in arms:
        alike.setdefault(_arm(arm), []).append(arm["name"])
    for text, names in alike.items():
        yield Line(_listed(names), text)
    counts = Counter(f"{entry['angle_deg']:.2f}°" for entry in angles)
    if counts:
        yield Line("angles at branch points", ", ".join(f"{n} × {angle}" for angle, n in counts.items()))


def _arm(arm: dict[str, Any]) -> str:
    thin, thick = f"{arm['min_diameter_nm']:.2f}", f"{arm['max_diameter_nm']:.2f}"
    spread = f" ({thin} to {thick})" if thin != thick else ""
    runs = arm["stacking"].split()
    stacking = " ".join(runs[:_RUNS]) + (f" … ({len(runs)} runs)" if len(runs) > _RUNS else "")
    return (
        f"{arm['length_nm']:.2f} nm long, {arm['diameter_nm']:.2f} nm thick{spread}, "
        f"{arm['bilayers']} bilayers, stacking {stacking or '–'}"
    )


def _asked(realised: dict[str, dict[str, float]]) -> Iterator[Line]:
    """What was asked for and what came out; what all arms share is said once."""
    for what, kind in (("sizes of the design", _size), ("attached", _attached), ("imported", _read)):
        alike: dict[tuple[str, str], list[str]] = {}
        for path, entry in realised.items():
            if text := kind(path, entry):
                general = re.sub(r"(arms|dots)\[\d+\]", r"\1[*]", path)
                alike.setdefault((general, text), []).append(path)
        if alike:
            told = (f"{key[0] if len(paths) > 1 else paths[0]}: {key[1]}" for key, paths in alike.items())
            yield Line(what, "\n".join(told).removeprefix("root.file: "))


def _size(path: str, entry: dict[str, float]) -> str:
    if path.endswith("coverage") or path == "root.file":
        return ""
    return f"asked {entry['asked'] / 10:.2f}, realised {entry['realised'] / 10:.2f} nm"


def _attached(path: str, entry: dict[str, float]) -> str:
    if "ligands" in entry:
        asked, reached = _share(entry["asked"]), _share(entry["realised"])
        return f"{entry['ligands']:,.0f} on {entry['sites']:,.0f} sites, {reached} (asked {asked})"
    if "distance_A" in entry:
        high, near = entry["height_A"] / 10, entry["distance_A"]
        return f"{entry['atoms']:,.0f} metal atoms, {high:.2f} nm high, {near:.2f} Å from the nearest atom"
    return ""


def _read(path: str, entry: dict[str, float]) -> str:
    if path != "root.file":
        return ""
    left = [(entry["hydrogens"], "hydrogens"), (entry["pruned"], "atoms with fewer than two bonds")]
    told = " and ".join(f"{count:,.0f} {name}" for count, name in left if count)
    read = f"{entry['realised']:,.0f} of {entry['asked']:,.0f} atoms"
    return f"{read}; left out: {told}" if told else read


def _counts(table: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in table.items())


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    if len(found) <= _NAMES:
        return ", ".join(found)
    return f"{found[0]} … {found[-1]} ({len(found)})"


def _share(value: float) -> str:
    """A percentage with an ordinary space, for terminals."""
    return percent(value).replace("\u202f", " ")
