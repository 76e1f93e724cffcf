"""How a replay's document is made small: strings once, columns of differences, deflate, base64."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# more does not make it smaller; the 32 KiB window of deflate is the limit
_LEVEL = 9
_RAW = -15  # negative: neither zlib's header nor its checksum, RFC 1951; what browsers call deflate-raw


class Strings:
    """A table of strings: each stands in it once and is meant by its place. The first is empty."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {"": 0}

    def place(self, text: str) -> int:
        """Return where a string stands, from now on if it is new."""
        return self._places.setdefault(text, len(self._places))

    def __iter__(self) -> Any:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def deltas(values: Iterable[int]) -> list[int]:
    """Return each value less the one before it, the first less 0."""
    found, last = [], 0
    for value in values:
        found.append(value - last)
        last = value
    return found


def text_of(document: Mapping[str, Any]) -> str:
    """Return a document as JSON without a superfluous space."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def deflated(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON in raw deflate (RFC 1951).

    The same document gives the same bytes with the same zlib.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return packer.compress(text_of(document).encode()) + packer.flush()


def inflated(packed: bytes) -> dict[str, Any]:
    """Return the document again."""
    document: dict[str, Any] = json.loads(zlib.decompress(packed, _RAW))
    return document


def base64(packed: bytes) -> str:
    """Return bytes as letters that may stand anywhere in HTML."""
    return b64encode(packed).decode("ascii")
