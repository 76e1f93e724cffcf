"""Puts a new scenario together: parts of a shipped one, with a sentence before each that says what it is."""

from __future__ import annotations

import fnmatch
import re
import textwrap
from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError
from statesim.experiment.loading import Settable
from statesim.scaffold.faults import FAULTS
from statesim.scaffold.starters import STARTERS
from statesim.scenario.words import did_you_mean
from statesim.scenario.written import to_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from statesim.scaffold.faults import Fault

_EMPTY_DIR = re.compile(r"^[^#\n]*\bemptyDir:", re.MULTILINE)
_IMAGE = re.compile(r"""\bimage: ["']?([^"'\s,}]+)""")
_HEAD = """\
# A scenario of your own; it runs as it is. Change one thing, run it again, and see what that was worth.
#   statesim validate {name}.yaml
#   statesim run {name}.yaml --out out/{name}
#   statesim explain out/{name} Client/{client} --at 2m
# Everything that may stand here: docs/reference/scenario.md, and `statesim schema` for your editor.
apiVersion: statesim/v1
kind: Scenario
metadata:
  name: {name}
  title: "{title}"
  description: |
    What it shows, in a sentence or two: say what you expect before you run it.

# The same file and seed leave the same bytes; another seed is another day with other luck.
seed: 7
# Durations as Kubernetes writes them: 300ms, 90s, 5m, 1h30m, 2d.
duration: 10m
"""
_SAYS = {
    "cluster": (
        "The machines. `kubernetes` (1.20 to 1.34) chooses timings and features; `timings` overrides some."
    ),
    "images": (
        "statesim cannot run an image: here stands how it behaves. Try `crashAfter: 90s`, or `ready: never`."
    ),
    "manifests": (
        "Genuine Kubernetes objects, as kubectl takes them. `- file: pg.yaml` reads a file beside this one."
    ),
    "systems": "What runs inside the pods, with its own settings. `statesim states` tells of all kinds.",
    "clients": "Who uses it. `timeouts` are the client's own; `recording: flow` counts only, for long runs.",
    "timeline": "What goes wrong, and what people do, in the order of time.",
    "expect": "What must hold, or `statesim run` exits with 1. Names of metrics: docs/reference/metrics.md.",
}
_VARIANTS = """\
# The same world with differences, to compare: each a merge patch over what stands above (it replaces lists).
# Take the # away, and `statesim run` shows both, one below the other.
# variants:
#   - name: as-it-is
#     title: "As above"
#   - name: calm
#     title: "Nothing goes wrong"
#     patch: {timeline: []}
"""


def scaffold(name: str, system: str, fault: str) -> str:
    """Return a scenario as text.

    Parameters
    ----------
    name
        What it is called: a word of small letters, digits and dashes.
    system
        One of `STARTERS`.
    fault
        One of `FAULTS`, or ``none``.

    Raises
    ------
    StatesimError
        If there is no such system or fault, or they do not go together.
    """
    starter = STARTERS[_known(system, STARTERS, "system")]
    known = Settable.of(starter.scenario)
    document = known.document(starter.variant)
    inside = bool(document.get("manifests"))
    objects = _manifests(document["manifests"], known.folder) if inside else ""
    possible = {word: each for word, each in FAULTS.items() if inside or not each.pods}
    node, _ = known.loaded.variant(starter.variant).nodes[0]
    rows = {word: _aimed(each, document, starter.led, node) for word, each in possible.items()}
    if "drain" in rows and _EMPTY_DIR.search(objects):
        label = rows["drain"].pop("label")  # without the flag kubectl refuses to take such pods
        rows["drain"] |= {"deleteEmptyDirData": True, "label": label}
    timeline = _timeline(rows, fault)
    title = f"{starter.says[0].upper()}{starter.says[1:]}"
    client = document["clients"][0]
    systems = [_with(system, starter.parameters) for system in document.get("systems", ())]
    parts = [
        _HEAD.format(name=name, client=client["name"], title=title),
        _part("cluster", document["cluster"]),
        _images(document["images"], objects) if inside else "",
        objects,
        _part("systems", systems) if systems else "",
        _part("clients", [client]),
        timeline,
        _VARIANTS,
        _expectations(client, starter.found.get(fault)),
    ]
    return "\n".join(part for part in parts if part)


def _with(system: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a system's row with more parameters."""
    parameters = {**system.get("parameters", {}), **more}
    return {**system, "parameters": parameters} if parameters else dict(system)


def _known(word: str, known: Mapping[str, Any], kind: str) -> str:
    if word not in known:
        told = did_you_mean(word, known) or f"there are {', '.join(known)}"
        raise StatesimError(f"there is no {kind} {word!r} to begin with; {told}")
    return word


def _part(name: str, value: Any) -> str:
    text = to_yaml({name: value})
    if text.startswith("{"):  # what is short stands on one line, and its key is one of the file's
        text = text.rstrip("\n")[1:-1] + "\n"
    return f"# {_SAYS[name]}\n{text}"


def _images(images: Mapping[str, Any], objects: str) -> str:
    """Return how those images behave that the objects have."""
    had = [match[1] for match in _IMAGE.finditer(objects)]
    return _part("images", {name: how for name, how in images.items() if fnmatch.filter(had, name)})


def _manifests(rows: list[dict[str, Any]], folder: Path) -> str:
    """Return the objects with their files' own words, each an item of a list."""
    items = []
    for row in rows:
        text = (folder / row["file"]).read_text(encoding="utf-8") if "file" in row else to_yaml(row)
        for document in filter(str.strip, text.split("\n---\n")):
            comments, body = _apart(document)
            items.append(textwrap.indent(comments, "  ") + _item(body))
    return f"# {_SAYS['manifests']}\nmanifests:\n" + "".join(items)


def _apart(document: str) -> tuple[str, str]:
    """Return the comments before an object, and the object."""
    lines = document.strip("\n").removeprefix("---\n").splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if not line.startswith("#"))
    return "".join(lines[:first]), "".join(lines[first:])


def _item(body: str) -> str:
    lines = body.rstrip("\n").splitlines()
    return "".join(
        f"{'  - ' if at == 0 else '    ' if line else ''}{line}\n" for at, line in enumerate(lines)
    )


def _aimed(fault: Fault, document: Mapping[str, Any], led: bool, node: str) -> dict[str, Any]:
    """Return a fault's row, aimed at one: the primary where there is one, else a machine, or a pod by lot.

    ``anyPod`` is one pod for what happens to pods; for what happens to machines it is those of all such pods.
    """
    on: Any = f"Node/{node}"
    if led:
        on = {"primaryOf": document["systems"][0]["name"]}
    elif not fault.machine:
        on = {"anyPod": {"app": document["clients"][0]["target"].partition("/")[2]}}
    more = {key: value for key, value in fault.row.items() if key != "do"}
    return {"at": "2m", "do": fault.row["do"], "on": on, **more, "label": fault.says}


def _timeline(rows: Mapping[str, Mapping[str, Any]], fault: str) -> str:
    """Return the timeline with one fault, and the others as comments."""
    if fault != "none" and _known(fault, FAULTS, "fault") not in rows:
        raise StatesimError(
            f"{fault} needs pods of the cluster, and this system has none; choose {', '.join(rows)}"
        )
    others = [_row(row) for word, row in rows.items() if word != fault]
    chosen = [_row(rows[fault])] if fault != "none" else []
    listed = "".join(f"  {line}\n" for line in chosen)
    commented = "".join(f"  # {line}\n" for line in others)
    head = f"# {_SAYS['timeline']}\n" + ("timeline:\n" if chosen else "timeline: []\n")
    more = "  # others to try, one or several (docs/reference/scenario.md has all):\n" if commented else ""
    return f"{head}{listed}{more}{commented}"


def _row(row: Mapping[str, Any]) -> str:
    fields = ", ".join(f"{key}: {_flow(value)}" for key, value in row.items())
    return f"- {{{fields}}}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if " " in value else str(value)


def _expectations(client: Mapping[str, Any], found: tuple[str, str] | None) -> str:
    """Return what must hold: what is found (nothing, or what it shows), and that somebody is served."""
    name = client["name"]
    nothing = "{metric: findings.total, equals: 0}"
    first = f"  - {nothing}\n"
    if found is not None:
        finding, why = found
        first = (
            f"  # What this shows is a finding: {why}.\n"
            f"  - {{metric: findings.{finding}, atLeast: 1}}\n"
            f"  # when you have mended it, instead: {nothing}\n"
        )
    return (
        f"# {_SAYS['expect']}\nexpect:\n{first}"
        f"  # Somebody is served: where nobody is nothing can be found, or lost, and all else holds.\n"
        f"  - {{metric: clients.{name}.acked, atLeast: 1}}\n"
        f"  # - {{metric: clients.{name}.unavailable_s, atMost: 60}}\n"
        f"  # - {{metric: clients.{name}.availability, atLeast: 0.9}}\n"
    )
