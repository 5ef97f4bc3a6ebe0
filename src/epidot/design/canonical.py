"""One spelling for each design: canonical data, YAML, JSON Schema and the content hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import yaml

from epidot.design.design import Design


def to_dict(design: Design) -> dict[str, Any]:
    """Plain JSON data with every default written out; lengths are strings in nm.

    `read.from_dict` gives the same design back, exactly.
    """
    return design.model_dump(mode="json", by_alias=True, exclude_none=True)


def to_yaml(design: Design) -> str:
    """The design as YAML without comments; `read.loads` gives the same design back, exactly."""
    return yaml.safe_dump(to_dict(design), sort_keys=False, allow_unicode=True, width=110)


def design_hash(design: Design) -> str:
    """SHA-256 (64 hexadecimal digits) of the canonical JSON, without the name.

    The same for every order of keys, spelling of units ("4 nm", "40 Å"), comment and anchor:
    it says which particle this is. The name is left out because it changes no atom.
    """
    content = to_dict(design)
    del content["name"]
    # An imported particle is its bytes, wherever they lie.
    content["root"].pop("file", None)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a design file, for editors and forms."""
    schema = Design.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
