"""Design: says what the particle is, never how it is computed.

Takes: YAML text, plain data or the arguments of a catalogue function. Gives: `Design`.
Method: pydantic models for each key, one function per geometry rule, SHA-256 of canonical JSON.
Sources: the topologies of Milliron et al., Nature 430, 190 (2004) and of its successors.
Checked by: tests/design (round trips, a table of bad inputs, fuzzing, the examples).
"""

from epidot.design.canonical import design_hash, json_schema, to_dict, to_yaml
from epidot.design.design import Design
from epidot.design.read import from_dict, load, loads

__all__ = ["Design", "design_hash", "from_dict", "json_schema", "load", "loads", "to_dict", "to_yaml"]
