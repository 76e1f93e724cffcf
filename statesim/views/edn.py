"""A history as EDN, in the form that Jepsen's checkers and Elle read (jepsen-io/history, README).

One map a line, ``:time`` in nanoseconds. The last read becomes an ordinary read of a process of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.record import FINAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_MICRO = frozenset({"append", "r"})


def edn_lines(history: Sequence[tuple[Any, ...]], client: str) -> Iterator[str]:
    """Yield one client's operations in order, line ends included.

    Parameters
    ----------
    history
        (t_us, process, client, type, f, value, error), as a run records them.
    """
    rows = [row for row in history if row[2] == client]
    last = 1 + max((row[1] for row in rows if isinstance(row[1], int)), default=0)
    index = 0
    for t_us, process, _, type_, f, value, error in rows:
        if process == FINAL:
            for told, read in _last_read(rows, value):
                asked = _map({"type": "invoke", "process": last, "time": t_us * 1000, "index": index, **told})
                index += 1
                given = _map({"type": "ok", "process": last, "time": t_us * 1000, "index": index, **read})
                index += 1
                yield f"{asked}\n{given}\n"
            continue
        row = {"type": type_, "process": process, "time": t_us * 1000, "index": index, "f": f, "value": value}
        index += 1
        yield _map({**row, "error": error} if error else row) + "\n"


def _last_read(
    rows: Sequence[tuple[Any, ...]], value: Any
) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the last read as (what is asked, what is read) in the words of its workload."""
    fs = {row[4] for row in rows}
    if "txn" in fs:
        asked = [["r", key, None] for key in value]
        return [
            ({"f": "txn", "value": asked}, {"f": "txn", "value": [["r", *each] for each in value.items()]})
        ]
    if isinstance(value, dict) and "transfer" not in fs:
        return [
            ({"f": "read", "value": [key, None]}, {"f": "read", "value": [key, held[-1]]})
            for key, held in value.items()
        ]
    return [({"f": "read", "value": None}, {"f": "read", "value": value})]


def _map(row: Mapping[str, Any]) -> str:
    words = {"type", "f"}
    parts = (f":{name} {f':{value}' if name in words else _encoded(value)}" for name, value in row.items())
    return "{" + ", ".join(parts) + "}"


def _encoded(value: Any) -> str:
    """Return a value as EDN; the first word of a micro-operation is a keyword."""
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + "".join(_ESCAPES.get(letter, letter) for letter in value) + '"'
        case dict():
            return "{" + ", ".join(f"{_encoded(k)} {_encoded(v)}" for k, v in value.items()) + "}"
        case [str() as word, *rest] if word in _MICRO:
            return "[" + " ".join([f":{word}", *map(_encoded, rest)]) + "]"
        case list() | tuple():
            return "[" + " ".join(map(_encoded, value)) + "]"
    return repr(value)
