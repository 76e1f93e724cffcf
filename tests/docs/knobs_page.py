"""The page that tells what turning each parameter does, made of the rows that tests run."""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING, Any

from statesim.systems.catalogue import SHIPPED
from tests.systems.knobs.every import knobs

if TYPE_CHECKING:
    from tests.systems.knobs.table import Knob

HEAD = """# What each parameter moves

For each kind of system and each of its parameters: values from low to high, and what rises or falls with
them. Each row is a test (`tests/systems/test_knobs.py`), which runs the system once with each value, in a
laboratory without a cluster. A number after a value is what comes out of it, about; of *whether*, 0 is no
and 1 yes; how long is told in seconds. What each parameter
means, with its unit, default and source, is told in [the page of its system](systems.md).

This page is made: `python -m tests.docs.pages`.
"""


def outcome(knob: Knob) -> str:
    """Return what is counted or measured, in words."""
    told = (getdoc(knob.outcome) or "").split("\n\n")[0].replace("\n", " ").rstrip(".")
    for opening, rest in (("Return ", ""), ("Tell whether ", "whether "), ("Tell ", "")):
        if told.startswith(opening):
            return rest + told.removeprefix(opening)
    words = knob.outcome.__name__.replace("_", " ")
    return f"{words[:-2]} (seconds)" if words.endswith(" s") else words


def written(value: Any) -> str:
    """Return a value as YAML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {each}" for key, each in value.items()) + "}"
    return '""' if value == "" else str(value)


def values(knob: Knob) -> str:
    """Return the values from low to high, with what is known of the outcome of each."""
    found = []
    for value in knob.values:
        plain, about = value if isinstance(value, tuple) else (value, None)
        found.append(f"`{written(plain)}`" + ("" if about is None else f" ({about:g})"))
    return ", ".join(found)


def row(knob: Knob, names: set[str]) -> str:
    """Return a line of the table."""
    beside = ", ".join(f"`{name}: {written(value)}`" for name, value in knob.beside.items() if name in names)
    told = f"{outcome(knob)}, with {beside}" if beside else outcome(knob)
    return f"| `{knob.parameter}` | {values(knob)} | {knob.direction} | {told} |"


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    for driver in SHIPPED:
        names = set(driver.takes.__dataclass_fields__)
        rows = [row(knob, names) for knob in knobs() if knob.kind == driver.kind]
        if rows:
            head = ["| parameter | from low to high | | of what |", "| --- | --- | --- | --- |"]
            parts.append("\n".join([f"## {driver.kind}", "", *head, *rows, ""]))
    return "\n".join(parts)
