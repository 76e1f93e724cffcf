"""What a search found, as a scenario to show: what it is, where it comes from, what to look at."""

from __future__ import annotations

import re
import textwrap
from fnmatch import fnmatchcase
from itertools import groupby
from typing import TYPE_CHECKING, Any

from statesim.analysis.act_words import act_words
from statesim.analysis.expectations import shown
from statesim.analysis.judge import ANOMALIES, LOST
from statesim.analysis.measure_clients import anomaly_metric
from statesim.kernel.spans import SECOND
from statesim.scenario.inventory import Inventory
from statesim.scenario.model import ALONE
from statesim.scenario.patching import patch_between
from statesim.scenario.rows import WORKLOADS
from statesim.scenario.targets import Ref, Zone, parse_target
from statesim.scenario.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statesim.experiment.search import Found
    from statesim.experiment.search_plans import Row
    from statesim.experiment.search_runs import Question, Tried
    from statesim.kernel.trace import TraceEvent
    from statesim.scenario.load import VariantScenario

WIDTH = 100
FEW_KINDS = 6
FEW = 2  # faults that fit into a title
JUDGED = {"lost", *(anomaly_metric(kind) for kinds in ANOMALIES.values() for kind in kinds if kind != LOST)}
ORDER = ("at", "every", "random", "do", "on", "from", "process", "for")
# as `act_words`, where whom it strikes is no machine but whoever runs there
_UNDER = {
    "node-crash": "power cut under {}",
    "node-pause": "the machine of {} freezes",
    "node-reboot": "the machine of {} reboots",
    "disk-full": "disk full under {}",
    "memory-pressure": "memory runs short under {}",
    "clock-skew": "wrong clock under {}",
}
_SELVES = ("PersistentVolumeClaim", "Node")


def scenario_of(
    found: Found, tried: Tried, name: str, command: str, events: Sequence[TraceEvent]
) -> dict[str, Any]:
    """Return the plain data of the scenario that shows what was found, in the order in which people read it.

    Parameters
    ----------
    tried
        What is shown: the smallest plan.
    name
        What the scenario is called.
    command
        The search, as somebody would type it.
    events
        The trace of the plan's run.
    """
    question = found.question
    whole = _whole(question.base, found, tried)
    about = {
        "name": name,
        "title": _title(found, tried),
        "description": _description(found, tried, command),
        "lookFor": list(_look_for(found, tried, name, events)),
    }
    head = {"apiVersion": "statesim/v1", "kind": "Scenario", "metadata": about}
    return {**head, **whole, **_variants(whole, found, tried), "expect": _expected(question, tried)}


def _whole(variant: VariantScenario, found: Found, tried: Tried) -> dict[str, Any]:
    """Return all of a variant's scenario but what it is called and what is expected of it."""
    base = variant.scenario.to_dict()
    rows = [*base.get("timeline", ()), *(_written(row) for row in tried.plan.rows)]
    changed = {"seed": tried.seed, "duration": format_duration(tried.plan.duration_us)}
    if "images" in base:
        base["images"] = _used(base["images"], found.question)
    left_out = ("apiVersion", "kind", "metadata", *changed, "timeline", "chapters", "variants", "expect")
    rest = {key: value for key, value in base.items() if key not in left_out}
    return {**changed, **rest, "timeline": [_in_order(row) for row in rows]}


def _variants(whole: Mapping[str, Any], found: Found, tried: Tried) -> dict[str, Any]:
    """Return the variants that were run, called as they were; none where there are none."""
    question = found.question
    rows: list[dict[str, Any]] = [_named(question.base, found)]
    if question.other is not None:
        patch = patch_between(dict(whole), _whole(question.other, found, tried))
        rows.append({**_named(question.other, found), "patch": patch})
    return {} if question.base.name == ALONE else {"variants": rows}


def _named(variant: VariantScenario, found: Found) -> dict[str, Any]:
    title = found.titles.get(variant.name)
    return {"name": variant.name, "title": title} if title else {"name": variant.name}


def _expected(question: Question, tried: Tried) -> list[dict[str, Any]]:
    rows = _unlike(question.predicate.witness(tried.values))
    if question.other is None:
        return rows
    others = _unlike(question.predicate.refutation(tried.elsewhere))
    return [_of(question.base, row) for row in rows] + [_of(question.other, row) for row in others]


def _of(variant: VariantScenario, row: dict[str, Any]) -> dict[str, Any]:
    return {"metric": row["metric"], "variant": variant.name, **row}


def _used(images: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """Return the patterns of images that some container's image fits: other variants have others."""
    there: set[str] = set()
    for each in (question.base, question.other):
        if each is not None:
            there |= Inventory(each.scenario, each.manifests, each.storage_classes, each.nodes).images()
    return {
        pattern: behaviour
        for pattern, behaviour in images.items()
        if any(image == pattern or fnmatchcase(image, pattern) for image in there)
    }


def _unlike(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for i, row in enumerate(rows) if row not in rows[:i]]


def _written(row: Row) -> dict[str, Any]:
    times: dict[str, Any] = {key: format_duration(row[key] * SECOND) for key in ("at", "for") if key in row}
    return {**row, **times, "label": label(row)}


def _in_order(row: dict[str, Any]) -> dict[str, Any]:
    first = {key: row[key] for key in ORDER if key in row}
    last = {"label": row["label"]} if "label" in row else {}
    return {**first, **{key: value for key, value in row.items() if key != "label"}, **last}


def label(row: Row) -> str:
    """Return what a fault is called: ``power cut under the primary of pg``."""
    do = "pod-kill" if row["do"] == "delete" and str(row.get("on", "")).startswith("Pod/") else row["do"]
    if "on" not in row:
        return act_words(do, "")
    target = parse_target(row["on"])
    where = (
        target.name if isinstance(target, Ref) else target.zone if isinstance(target, Zone) else str(target)
    )
    where = re.sub(r"^the node of \w+/", "", where)
    alone = isinstance(target, Zone) or (isinstance(target, Ref) and target.kind in _SELVES)
    if do == "network-partition":
        of = f"zone {where}" if isinstance(target, Zone) else where if alone else f"the machine of {where}"
        return f"{act_words(do, of)}{_away_from(row)}"
    if do == "scale":
        return f"{where} scaled to {row['replicas']}"
    if do == "pod-kill" and row.get("grace") in ("0s", 0):
        return f"{where} deleted by force"
    return _UNDER[do].format(where) if do in _UNDER and not alone else act_words(do, where)


def _away_from(row: Row) -> str:
    if "from" not in row:
        return ""
    whom = row["from"]
    known = {"control-plane": "the control plane", "clients": "its clients"}
    return f" from {known.get(whom) or str(parse_target(whom)).partition('/')[2] or parse_target(whom)}"


def _told(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} is {shown(value)}" for path, value in values.items())


def _what(found: Found) -> str:
    """Return what fails, in a few words: the systems, or the workloads where there are none."""
    base = found.question.base
    systems = [row.kind for row in base.scenario.systems]
    names = systems or [manifest.key for manifest in base.manifests if manifest.kind in WORKLOADS]
    return ", ".join(dict.fromkeys(names)) or base.scenario.metadata.name


def _title(found: Found, tried: Tried) -> str:
    rows = tried.plan.rows
    runs = [(name, list(same)) for name, same in groupby(rows, key=label)]
    told = ""
    for number, (name, same) in enumerate(runs):
        beside = number and same[0]["at"] == runs[number - 1][1][-1]["at"]
        told += ("", " and " if beside else ", then ")[number > 0]
        told += name if len(same) == 1 else f"{name}, {_times(len(same))}"
    return f"{_what(found)}: {told if len(runs) <= FEW else _faults(len(rows))}"


def _times(number: int) -> str:
    return "twice" if number == 2 else f"{number} times"


def _description(found: Found, tried: Tried, command: str) -> str:
    count = len(found.violating[0].plan.rows)
    kinds = ", ".join(found.words) if len(found.words) <= FEW_KINDS else f"{len(found.words)} kinds"
    by_whom = [f"Faults were drawn by lot ({kinds}). {_of_plans(found)}, with {_faults(count)}."]
    left = len(tried.plan.rows)
    if found.shrunk is not None and left < count:
        by_whom.append(f"Delta debugging left {left} of them, in {found.shrunk.runs} runs.")
    elif found.shrunk is not None:
        by_whom.append(f"Delta debugging made them simpler, in {found.shrunk.runs} runs.")
    if found.shrunk is not None and found.shrunk.minimal:
        by_whom.append(_needed(tried))
    other = found.question.other
    same = "" if other is None else f" With the same faults {_told(tried.elsewhere)} under {other.name}."
    parts = (
        f"{_told(tried.values)} (looked for: {found.question.predicate}).{same}",
        " ".join(by_whom),
        f"Found by: {command}",
    )
    return "\n".join(textwrap.fill(part, WIDTH, break_on_hyphens=False) for part in parts) + "\n"


def _of_plans(found: Found) -> str:
    first = found.violating[0].seed
    if len(found.violating) > 1:
        return f"Of {found.tried} plans {len(found.violating)} showed it, first that of seed {first}"
    if found.tried == 1:
        return f"The first plan, of seed {first}, showed it"
    return f"Of {found.tried} plans that of seed {first} showed it"


def _faults(count: int) -> str:
    return "1 fault" if count == 1 else f"{count} faults"


def _needed(tried: Tried) -> str:
    if len(tried.plan.rows) == 1:
        return "Without it, the same run shows nothing."
    return "Each of them is needed: without any one, the same run shows nothing."


def _look_for(found: Found, tried: Tried, name: str, events: Sequence[TraceEvent]) -> Iterator[str]:
    """Yield what to look at: the commands for each client, system and workload that was asked about."""
    seen: set[tuple[str, bool]] = set()
    other = found.question.other
    of = "" if other is None else f" --variant {found.question.base.name}"
    for path, value in tried.values.items():
        root, _, rest = path.partition(".")
        who, _, what = rest.rpartition(".")
        commands = []
        if root == "clients" and what in JUDGED:
            commands.append(f"`statesim judge out/{name} --client {who}{of}` says what the history proves")
        is_lost = root == "clients" and what == "lost" and _is_told_at_the_end(who, events)
        if root in ("clients", "systems") and (who, is_lost) not in seen:
            key = f"{'Client' if root == 'clients' else 'System'}/{who}"
            when, says = ("", "where it was lost") if is_lost else (_when(key, events), "what led to it")
            commands.append(f"`statesim explain out/{name} {key}{when}{of}` says {says}")
        elif root == "workloads" and (who, is_lost) not in seen:
            commands.append(f"`statesim get out/{name} pods -o wide{of}` shows its pods at the end")
        seen.add((who, is_lost))
        if commands:
            yield f"{path} is {shown(value)}: {', '.join(commands)}."
    if other is not None:
        yield f"Under {other.name} the same faults do not show it: {_told(tried.elsewhere)}."
    if len(tried.plan.rows) > 1 and found.shrunk is not None and found.shrunk.minimal:
        yield "Take any of the faults out of the timeline and run it again: each is needed."


def _is_told_at_the_end(client: str, events: Sequence[TraceEvent]) -> bool:
    """Tell whether the run ends with what a client has lost: nobody can know it before."""
    return any(event.object == f"Client/{client}" and event.event == "Lost" for event in events)


def _when(key: str, events: Sequence[TraceEvent]) -> str:
    """Return the option that means the last outage of a client; nothing if it had none, or for others."""
    outages = [event.t_us for event in events if event.object == key and event.event == "Outage"]
    return f" --at {-(-outages[-1] // SECOND)}s" if outages else ""
