"""YAML text to plain data with the line of every key.

Safe: only mappings, lists, text, numbers, true/false and null are built. Anchors and merge
keys (``<<``) work; duplicate keys, anchors that contain themselves and files that expand
beyond measure are refused. YAML 1.1 as PyYAML reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, final

import yaml

from epidot.design.problems import Place, Problem, path, show
from epidot.errors import InputError

MAX_BYTES: Final = 65_536
"""Longest file that is read."""
_MAX_NODES: Final = 20_000
_MAX_DEPTH: Final = 32
_TAG: Final = "tag:yaml.org,2002:"
_SPLIT: Final = "Use anchors for parts that repeat, or give a smaller design"
_QUOTE: Final = "Put the text in quotes"
_SCALARS: Final = frozenset(_TAG + kind for kind in ("str", "int", "float", "bool", "null"))


@dataclass(frozen=True)
class Source:
    """What the text says: data, the line (from 1) of each place, and what is wrong with its form."""

    data: Any
    lines: dict[Place, int]
    problems: tuple[Problem, ...]


@final
class _ShallowLoader(yaml.SafeLoader):
    """Stops at the first node that is too deep: PyYAML's time grows with the square of the depth."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise RecursionError
        node = yaml.SafeLoader.compose_node(self, parent, index)
        self.depth -= 1
        return node


def parse_yaml(text: str, source: str) -> Source:
    """Read YAML.

    Raises
    ------
    InputError
        Not YAML at all, too large, nested too deeply, or an anchor that contains itself.
        Everything else that is wrong is in `Source.problems`.
    """
    if len(text) > MAX_BYTES:
        raise InputError(source, f"{len(text)} characters", f"must be at most {MAX_BYTES} characters", _SPLIT)
    try:
        node = yaml.compose(text, Loader=_ShallowLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, source) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        rule = f"is not YAML text ({' '.join(str(error).split())[:120]})"
        cure = "Give a design in YAML; epidot new tetrapod writes one"
        raise InputError(source, "this text", rule, cure) from error
    except RecursionError as error:
        raise _too_deep(source) from error
    walk = _Walk(source)
    data = None if node is None else walk.value(node, (), ())
    return Source(data, walk.lines, tuple(walk.problems))


def _too_deep(source: str) -> InputError:
    rule = f"must not be nested deeper than {_MAX_DEPTH} levels"
    return InputError(source, "this text", rule, "Check brackets and indentation")


def _syntax(error: yaml.MarkedYAMLError, source: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "this text"
    reason = " ".join(part for part in (error.context, error.problem) if part)
    tab = "'\\t'" in reason
    cure = (
        "Indent with spaces; YAML does not allow tabs"
        if tab
        else "Check indentation, colons and quotes there and on the line before"
    )
    return InputError(source, where, f"is not valid YAML ({reason})", cure)


@final
@dataclass
class _Walk:
    """Builds data from the node graph; `nodes` counts what aliases and merges expand to."""

    source: str
    lines: dict[Place, int] = field(default_factory=dict[Place, int])
    problems: list[Problem] = field(default_factory=list[Problem])
    nodes: int = 0

    def value(self, node: yaml.Node, place: Place, above: tuple[int, ...]) -> Any:
        self._count(node, place, above)
        self.lines.setdefault(place, node.start_mark.line + 1)
        inside = (*above, id(node))
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            built: dict[str, Any] = {}
            for key, (key_node, child) in self._pairs(node, place, above).items():
                # A key given twice has its second line already: that is where the fault is.
                self.lines.setdefault((*place, key), key_node.start_mark.line + 1)
                built[key] = self.value(child, (*place, key), inside)
            return built
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(child, (*place, index), inside) for index, child in enumerate(node.value)]
        return self._scalar(node, place)

    def _count(self, node: yaml.Node, place: Place, above: tuple[int, ...]) -> None:
        self.nodes += 1
        where = f"line {node.start_mark.line + 1}"
        if id(node) in above:
            rule = f"an anchor must not contain itself ({self.source}, {where})"
            raise InputError(path(place), "an alias", rule, "Write the part out")
        if self.nodes > _MAX_NODES:
            raise InputError(self.source, where, f"must not expand to more than {_MAX_NODES} parts", _SPLIT)
        if len(place) > _MAX_DEPTH or len(above) > 2 * _MAX_DEPTH:
            raise _too_deep(self.source)

    def _pairs(
        self, node: yaml.MappingNode, place: Place, above: tuple[int, ...]
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain((*place, "?"), "a list or mapping", "a key must be text", "Check the brackets")
            elif key_node.value in own:
                again = (*place, key_node.value)
                self.lines[again] = key_node.start_mark.line + 1
                self._complain(again, "a second value", "the key is given twice", "Keep one of the two")
            else:
                own[key_node.value] = (key_node, child)
        merged = own.pop("<<", None)
        if merged is not None:
            for part in self._merged(merged[1], place, above):
                for key, pair in self._pairs(part, place, (*above, id(node))).items():
                    own.setdefault(key, pair)
        return own

    def _merged(self, node: yaml.Node, place: Place, above: tuple[int, ...]) -> Iterator[yaml.MappingNode]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for part in parts:
            self._count(part, (*place, "<<"), above)
            if isinstance(part, yaml.MappingNode):
                yield part
            else:
                self._complain(
                    (*place, "<<"), "no mapping", "<< takes an alias of a mapping", "Write e.g. <<: *arm"
                )

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        scalar = isinstance(node, yaml.ScalarNode)
        if scalar and node.tag in _SCALARS:
            try:
                return yaml.constructor.SafeConstructor().construct_object(node)
            except (yaml.YAMLError, ValueError, OverflowError):
                pass
        kind = node.tag.removeprefix(_TAG)
        text = show(node.value) if scalar else "a collection"
        self._complain(place, text, f"reads as YAML type {kind}, which designs do not use", _QUOTE)
        return None

    def _complain(self, place: Place, value: str, rule: str, cure: str) -> None:
        self.problems.append(Problem(place, value, rule, cure))
