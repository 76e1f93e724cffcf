"""A scenario as YAML for people: what belongs together on one line, long texts as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from statesim.scenario.positions import RESOLVERS

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 120
_DEEPEST = 3  # how much may be nested in what stands on one line


def to_yaml(scenario: Mapping[str, Any]) -> str:
    """Return plain data (as of `Scenario.to_dict`) as the text of a file, keys in their order."""
    text: str = yaml.dump(dict(scenario), Dumper=_Dumper, sort_keys=False, width=10**6, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    """Writes lists inside of their key, small things on one line, and texts of several lines as such."""

    yaml_implicit_resolvers = RESOLVERS  # a text has quotes where it would be read as something else

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - everything is written where it stands
        return True


def _mapping(dumper: _Dumper, data: dict[str, Any]) -> yaml.Node:
    return _on_one_line(dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False))


def _sequence(dumper: _Dumper, data: list[Any] | tuple[Any, ...]) -> yaml.Node:
    return _on_one_line(dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=False))


def _number(dumper: _Dumper, data: float) -> yaml.Node:
    return dumper.represent_data(int(data)) if data.is_integer() else dumper.represent_float(data)


def _text(dumper: _Dumper, data: str) -> yaml.Node:
    style = "|" if "\n" in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(tuple, _sequence)
_Dumper.add_representer(float, _number)
_Dumper.add_representer(str, _text)


def _on_one_line(node: yaml.CollectionNode) -> yaml.Node:
    """Let a mapping or a list stand on one line if it fits; a list of mappings stands below each other."""
    below = isinstance(node, yaml.SequenceNode) and any(isinstance(v, yaml.MappingNode) for v in node.value)
    size, depth = _size(node)
    node.flow_style = size <= WIDTH and depth <= _DEEPEST and not (below and size > WIDTH // 3)
    return node


def _size(node: Any) -> tuple[int, int]:
    """Return how long a node is on one line, and how deeply it is nested."""
    if isinstance(node, yaml.ScalarNode):
        return (WIDTH + 1 if "\n" in node.value else len(node.value)), 0
    pairs = [child for pair in node.value for child in (pair if isinstance(pair, tuple) else (pair,))]
    inside = [_size(child) for child in pairs]
    return sum(size + 2 for size, _ in inside) + 2, 1 + max((depth for _, depth in inside), default=0)
