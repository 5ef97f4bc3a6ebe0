"""Everything known about a compound as plain rows for people and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from epidot.materials.compounds import Compound, compound
from epidot.materials.offsets import band_edges
from epidot.materials.store import read
from epidot.materials.tight_binding import SETS, polytype, set_compounds, set_content, two_centre


@final
@dataclass(frozen=True)
class Row:
    """One number: `quantity` is its readable name, `key` its name in the API, `value` is in `unit`.

    `phase` is zb or wz, `temperature` is in K; `where` and `note` may be left out of a narrow table.
    """

    quantity: str
    key: str
    phase: str
    value: float
    unit: str
    temperature: float
    confidence: str
    source: str
    where: str
    note: str = ""


@final
@dataclass(frozen=True)
class SetTable:
    """One tight-binding set: its parameters (zb: two-centre, wz: polytype terms) and the bulk it gives."""

    name: str
    temperature: float
    source: str
    confidence: str
    parameters: tuple[Row, ...]
    computed: tuple[Row, ...]


@final
@dataclass(frozen=True)
class Table:
    """All rows of one compound: measured and recommended numbers, then the tight-binding sets."""

    name: str
    parameters: tuple[Row, ...]
    sets: tuple[SetTable, ...]


def _bulk_rows(entry: Compound) -> tuple[Row, ...]:
    labels = read("quantities")["parameters"]
    return tuple(
        Row(
            quantity=labels[key],
            key=key,
            phase=phase,
            value=item.value,
            unit=item.unit,
            temperature=item.temperature,
            confidence=item.confidence,
            source=item.source,
            where=item.where,
            note=item.note,
        )
        for phase, block in entry.phases.items()
        for key, item in block.items()
    )


def figure_unit(key: str) -> str:
    """Unit of a quantity of a tight-binding set: masses, weights of orbitals, else energies."""
    if key.startswith(("VBM_", "CBM_")):
        return "1"
    return "m0" if key.startswith("m") else "eV"


def figure_labels() -> dict[str, str]:
    """Readable name of each figure of bulk zinc blende that a tight-binding set gives."""
    return dict(read("quantities")["computed"])


def _set_table(name: str, set: str) -> SetTable:
    bulk, terms, labels = two_centre(name, set), polytype(name, set), read("quantities")
    present = set_content(set)["compounds"][name]["two_centre"]

    def rows(values: Mapping[str, float], block: str, phase: str) -> tuple[Row, ...]:
        made = bulk if phase == "zb" else terms
        return tuple(
            Row(
                quantity=label,
                key=key,
                phase=phase,
                value=float(values[key]),
                unit=figure_unit(key),
                temperature=bulk.temperature,
                confidence=made.confidence,
                source=made.source,
                where="computed",
            )
            for key, label in labels[block].items()
            if key in values
        )

    wurtzite = {"vs_c": terms.vs_c, "vp_a": terms.vp_a, "delta_a": terms.delta_a} if terms.sourced else {}
    return SetTable(
        name=set,
        temperature=bulk.temperature,
        source=bulk.source,
        confidence=bulk.confidence,
        parameters=rows(present, "two_centre", "zb") + rows(wurtzite, "polytype", "wz"),
        computed=rows(bulk.computed, "computed", "zb") + rows(terms.computed, "polytype_computed", "wz"),
    )


def table(name: str) -> Table:
    """Rows of one compound, for a person.

    Raises
    ------
    InputError
        Unknown compound; the message names those that exist.
    """
    return Table(
        name,
        _bulk_rows(compound(name)),
        tuple(_set_table(name, set) for set in SETS if name in set_compounds(set)),
    )


def _plain(rows: tuple[Row, ...], phase: str) -> dict[str, dict[str, Any]]:
    return {
        row.key: {
            "quantity": row.quantity,
            "value": row.value,
            "unit": row.unit,
            "temperature_K": row.temperature,
            "source": row.source,
            "where": row.where,
            "confidence": row.confidence,
            "note": row.note,
        }
        for row in rows
        if row.phase == phase
    }


def _plain_set(item: SetTable, name: str) -> dict[str, Any]:
    return {
        "set": item.name,
        "temperature_K": item.temperature,
        "source": item.source,
        "confidence": item.confidence,
        "phases": {
            phase: {
                "parameters": {row.key: row.value for row in item.parameters if row.phase == phase},
                "computed": {
                    row.key: {"value": row.value, "unit": row.unit}
                    for row in item.computed
                    if row.phase == phase
                },
                "edges_eV": list(band_edges(name, phase, item.name)),
            }
            for phase in ("zb", "wz")
        },
        "polytype_sourced": polytype(name, item.name).sourced,
    }


def summary(name: str) -> dict[str, Any]:
    """The same as plain data: ``{"name", "phases": {phase: {key: {...}}}, "tight_binding": [...]}``.

    Values of ``phases`` are in their stated ``unit``; parameters of the sets are in eV.

    Raises
    ------
    InputError
        Unknown compound; the message names those that exist.
    """
    whole = table(name)
    return {
        "name": name,
        "phases": {phase: _plain(whole.parameters, phase) for phase in ("zb", "wz")},
        "tight_binding": [_plain_set(item, name) for item in whole.sets],
    }
