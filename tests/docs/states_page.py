"""The page of the four kinds of state, and the pictures of the systems' states, made from the drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.catalogue import SHIPPED
from statesim.views.portraits import FOUR, WORDS, need
from statesim.views.state_machine import state_machine
from statesim.views.style import save

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """# The four kinds of state

What makes a service stateful is what its running containers have that their image has not: *storage*, *identity*, *session* and
*cluster role* (Josh Berkus). Each system has its own of each, and somebody provides it: the *application* itself, the
*orchestrator*, or *glue* between them: a label and a Service, an operator, a proxy, a person.

`statesim states` prints this page; `statesim states KIND` tells more of one system. Each driver says it of itself.
"""


LOSSES = """Each of these is a run: a Deployment with emptyDirs, a Service and no pause, whose pods are killed or replaced after two minutes
(`tests/systems/test_naive.py`).
"""

DRIFT = """A container that has just been started is its image. What it has gained since is its *drift*: how much of it there is, and how fast
it can be had again, says what it costs to replace the container. `drift.NAME.*` are its [metrics](../reference/metrics.md), `statesim plot DIR
--drift` its picture, and the scenario `drift` shows four systems side by side.
"""


def portraits() -> list[tuple[str, object]]:
    """Return the kinds of the drivers that ship, and their portraits."""
    return [(driver.kind, driver.portrait) for driver in SHIPPED if driver.portrait is not None]


def page() -> str:
    """Return the page."""
    lines = [
        HEAD,
        "## Who provides what",
        "",
        "| system | " + " | ".join(WORDS.get(k, k) for k in FOUR) + " |",
    ]
    lines.append("| --- " * (1 + len(FOUR)) + "|")
    for kind, portrait in portraits():
        cells = [f"{need(portrait, k).what}: *{', '.join(need(portrait, k).by)}*" for k in FOUR]
        lines.append(f"| `{kind}` | {' | '.join(cells)} |")
    lines += [
        "",
        "## How its containers drift from their image",
        "",
        DRIFT,
        "| system | it moves |",
        "| --- | --- |",
    ]
    lines += [f"| `{kind}` | {portrait.drift} |" for kind, portrait in portraits() if portrait.drift]
    lines += ["", "## What a Deployment without care loses", "", LOSSES]
    lines.append("| system | " + " | ".join(WORDS.get(k, k) for k in FOUR) + " |")
    lines.append("| --- " * (1 + len(FOUR)) + "|")
    for kind, portrait in portraits():
        lines.append(f"| `{kind}` | {' | '.join(need(portrait, k).naive for k in FOUR)} |")
    for kind, portrait in portraits():
        lines += ["", f"## {portrait.title}", "", f"![The states of {kind}]({kind}-states.png)", ""]
        lines += [f"{n}. {a} → {b}: {why}" for n, (a, b, why) in enumerate(portrait.transitions, start=1)]
    return "\n".join(lines) + "\n"


def draw(folder: Path) -> None:
    """Write the pictures."""
    for kind, portrait in portraits():
        save(state_machine(portrait.title, portrait.transitions), folder / f"{kind}-states.png")
