"""The catalogue with what each template becomes."""

from __future__ import annotations

from typing import Any

from epidot.design import catalogue, loads
from epidot.structure import build


def template_rows() -> list[dict[str, Any]]:
    """One row per template: id, name, title, atoms, segments and materials at its default sizes."""
    rows: list[dict[str, Any]] = []
    for name in catalogue.names():
        template = catalogue.template(name)
        structure = build(loads(template.yaml_text, name))
        rows.append(
            {
                "id": template.id,
                "name": template.name,
                "title": template.title,
                "atoms": len(structure.positions),
                "segments": list(structure.segments),
                "materials": list(structure.materials),
            }
        )
    return rows
