"""YAML as plain data, together with the place where every value stands.

The text is composed once (by libyaml where it is there) and walked once. Scalars are read as YAML 1.2 reads
them, so that ``on``, ``yes`` and ``no`` are words; a leading zero makes a number octal, as Kubernetes' modes
expect (``defaultMode: 0644``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from statesim.errors import Finding
from statesim.scenario.where import Spot

if TYPE_CHECKING:
    from statesim.scenario.where import Path

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_MOST_NODES = 200_000


class Document:
    """One YAML document: its `data`, the places of its values and keys, and the texts of numbers."""

    __slots__ = ("_keys", "_texts", "_values", "data", "file")

    def __init__(self, data: Any, file: str, walker: _Walker) -> None:
        self.data = data
        self.file = file
        self._values = walker.values
        self._keys = walker.keys
        self._texts = walker.texts

    def spot(self, path: Path, *, key: bool = False) -> Spot:
        """Return the place of the value at `path` (of its key if `key`), or of what encloses it."""
        if key and path in self._keys:
            line, column = self._keys[path]
            return Spot(self.file, line, column)
        while path and path not in self._values:
            path = path[:-1]
        line, column = self._values.get(path, (1, 1))
        return Spot(self.file, line, column)

    def written(self, path: Path) -> str | None:
        """Return the text of the number at `path`, if Python writes it otherwise: ``1.30``, ``0644``."""
        return self._texts.get(path)


class _Loader(_BASE):  # type: ignore[misc]  # the base is chosen at import
    """Reads scalars as YAML 1.2's core schema does."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


_Loader.add_implicit_resolver(
    f"{_TAG}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(
    f"{_TAG}int",
    re.compile(r"^[-+]?(?:0|[1-9][0-9]*|0[0-7]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
    list("-+0123456789"),
)
_Loader.add_implicit_resolver(
    f"{_TAG}float",
    re.compile(
        r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?:inf|Inf)$|^\.(?:nan|NaN)$"
    ),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver(f"{_TAG}merge", re.compile(r"^(?:<<)$"), ["<"])


RESOLVERS = _Loader.yaml_implicit_resolvers  # what a plain scalar is read as


def read_yaml(text: str, file: str, findings: list[Finding]) -> list[Document]:
    """Return the documents of `text`; what is wrong with its form goes to `findings`.

    Parameters
    ----------
    text
        One or more YAML documents. Empty ones are left out.
    file
        Its name, as findings shall show it.
    """
    loader = _Loader(text)
    documents = []
    try:
        while loader.check_node():
            walker = _Walker(file, findings)
            data = walker.value(loader.get_node(), ())
            if data is not None:
                documents.append(Document(data, file, walker))
    except yaml.MarkedYAMLError as error:
        findings.append(_syntax(error, text, file))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        findings.append(Finding("not valid YAML: a character that no text file may hold", file, line, 1))
    except _TooMuch as error:
        findings.append(Finding(str(error), file))
    finally:
        loader.dispose()
    return documents


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Finding:
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or "it cannot be read"
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    hint = "indent with spaces: YAML takes no tabs" if here.lstrip(" ").startswith("\t") else None
    return Finding(f"not valid YAML: {said}", file, line, mark.column + 1 if mark else 1, hint)


class _TooMuch(Exception):  # noqa: N818 - carries a sentence to `read_yaml`
    """Aliases expand without end, or nearly so."""


class _Walker:
    """Turns composed nodes into plain data and notes where they stood."""

    __slots__ = ("_file", "_findings", "_open", "_seen", "keys", "texts", "values")

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self._file = file
        self._findings = findings
        self._open: set[int] = set()
        self._seen = 0
        self.values: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self.texts: dict[Path, str] = {}

    def value(self, node: Any, path: Path) -> Any:
        mark = node.start_mark
        self.values[path] = (mark.line + 1, mark.column + 1)
        self._seen += 1
        if type(node) is yaml.ScalarNode:
            scalar = _scalar(node)
            if type(scalar) in (int, float) and str(scalar) != node.value:
                self.texts[path] = node.value
            return scalar
        if self._seen > _MOST_NODES:
            raise _TooMuch("this file is too large once its aliases are expanded")
        if id(node) in self._open:
            raise _TooMuch("an alias contains itself")
        self._open.add(id(node))
        if type(node) is yaml.SequenceNode:
            found: Any = [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        else:
            found = self._mapping(node, path)
        self._open.discard(id(node))
        return found

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[Any] = []
        for key_node, value_node in node.value:
            if key_node.tag == f"{_TAG}merge":
                merged.extend(value_node.value if type(value_node) is yaml.SequenceNode else [value_node])
                continue
            mark = key_node.start_mark
            place = (mark.line + 1, mark.column + 1)
            if type(key_node) is not yaml.ScalarNode:
                self._findings.append(Finding("a key must be a word", self._file, *place))
                continue
            key = key_node.value
            inner = (*path, key)
            if key in data:
                first = self.keys[inner][0]
                message = f"{key} is written twice; the first one is in line {first}"
                self._findings.append(Finding(message, self._file, *place))
                continue
            self.keys[inner] = place
            data[key] = self.value(value_node, inner)
        for other in merged:
            if type(other) is yaml.MappingNode:
                self._merge(other, path, data)
        return data

    def _merge(self, other: Any, path: Path, data: dict[str, Any]) -> None:
        """Add what ``<<`` brings in and the mapping does not say itself."""
        inner = _Walker(self._file, self._findings)
        inner._open = self._open
        extra = inner.value(other, path)
        for key, value in extra.items():
            if key not in data:
                data[key] = value
                self._take_over(inner, (*path, key))

    def _take_over(self, inner: _Walker, path: Path) -> None:
        """Add what another walker noted at and below `path`."""
        depth = len(path)
        self.values.update({p: place for p, place in inner.values.items() if p[:depth] == path})
        self.keys.update({p: place for p, place in inner.keys.items() if p[:depth] == path})
        self.texts.update({p: text for p, text in inner.texts.items() if p[:depth] == path})


def _scalar(node: Any) -> Any:
    """Return what a scalar means."""
    text: str = node.value
    match node.tag:
        case "tag:yaml.org,2002:str":
            return text
        case "tag:yaml.org,2002:int":
            sign = -1 if text[0] == "-" else 1
            digits = text.lstrip("+-")
            base = 16 if digits[:2] == "0x" else 8 if digits[0] == "0" and len(digits) > 1 else 10
            return sign * int(digits, base)
        case "tag:yaml.org,2002:float":
            return float(
                text.replace(".inf", "inf")
                .replace(".Inf", "inf")
                .replace(".nan", "nan")
                .replace(".NaN", "nan")
            )
        case "tag:yaml.org,2002:bool":
            return text[0] in "tT"
        case "tag:yaml.org,2002:null":
            return None
        case _:
            return text
