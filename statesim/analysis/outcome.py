"""The outcome of a run in one line: what an audience should remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERBS = {"write": "writes", "request": "requests", "read": "reads"}


def duration_text(seconds: float) -> str:
    """Return a duration as it is said aloud: ``27.3 s``, ``5 min 53 s``, ``2 h 5 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(whole / 60), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def lost_text(count: int) -> str:
    """Return how many writes were lost, in words."""
    return f"{count:,} acknowledged {_plural(count, 'write')} lost"


def outcome(metrics: Mapping[str, Any]) -> str:
    """Return one line about the worst that clients met: how long, what was lost, how many primaries.

    Parameters
    ----------
    metrics
        The metrics of one variant.
    """
    about = _about(metrics["clients"])
    parts = [_service(about, metrics["clients"])] if metrics["clients"] else [_pods(metrics["workloads"])]
    lost = _sum(metrics["clients"], "lost")
    if lost:
        parts.append(lost_text(lost))
    elif any(client["operation"] == "write" for client in metrics["clients"].values()):
        judged = any(client["lost"] is not None for client in metrics["clients"].values())
        parts.append("nothing lost" if judged else "nobody checked what was lost")
    requests = [client for client in about.values() if client["operation"] == "request"]
    in_vain = _in_vain(requests) if any(client["outages"] for client in about.values()) else ""
    if in_vain:
        parts.append(in_vain)
    dual = max((system["dual_primary_s"] for system in metrics["systems"].values()), default=0)
    if dual:
        parts.append(f"two primaries for {duration_text(dual)}")
    return ", ".join(parts)


def severity(metrics: Mapping[str, Any]) -> str:
    """Return ``bad`` (data lost, two primaries, out of service at the end), ``hurt`` or ``good``."""
    clients, systems = metrics["clients"].values(), metrics["systems"].values()
    if any(client["lost"] for client in clients) or any(system["dual_primary_s"] for system in systems):
        return "bad"
    if any(client["out_at_end"] for client in clients):
        return "bad"
    return "hurt" if any(client["outages"] or client["failed"] for client in clients) else "good"


# one outage tells the story if the others beside it are short
_ALMOST_ALL = 0.9
# a client is hurt like the worst hit if it was out for at least half as long
_ALIKE = 0.5


def _about(clients: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return whom the line is about: those who were hurt like the worst hit."""
    least = _ALIKE * max((client["unavailable_s"] for client in clients.values()), default=0)
    return {name: client for name, client in clients.items() if client["unavailable_s"] >= least}


def _service(about: Mapping[str, Any], clients: Mapping[str, Any]) -> str:
    worst = max(about.values(), key=lambda client: (client["unavailable_s"], client["failed"] or 0))
    what = VERBS.get(worst["operation"] or "", "operations")
    if not worst["outages"]:
        alike = [client for client in about.values() if client["operation"] == worst["operation"]]
        return _in_vain(alike, f" of the {what}") if worst["failed"] else f"{what} never stopped"
    whose = f"{', '.join(about)}: " if len(about) < len(clients) else ""
    total, longest = duration_text(worst["unavailable_s"]), duration_text(worst["longest_outage_s"])
    if worst["out_at_end"]:
        last = duration_text(worst["last_outage_s"])
        return f"{whose}no {what} until the end ({last if last == total else f'{last}; {total} in all'})"
    if worst["longest_outage_s"] >= _ALMOST_ALL * worst["unavailable_s"]:
        return f"{whose}{what} back after {longest}{'' if longest == total else f' ({total} in all)'}"
    return f"{whose}{what} out {worst['outages']} times, {total} in all"


def _in_vain(clients: Sequence[Mapping[str, Any]], whose: str = "") -> str:
    """Say how many operations failed, and apart from them of how many nobody knows what became of them."""
    counts = {word: sum(client[word] or 0 for client in clients) for word in ("failed", "unknown")}
    told = [f"{counts['failed']:,}{whose} failed"] if counts["failed"] else []
    return ", ".join([*told, f"{counts['unknown']:,} unknown"] if counts["unknown"] else told)


def _pods(workloads: Mapping[str, Any]) -> str:
    replaced = _sum(workloads, "replaced")
    return f"{replaced} {_plural(replaced, 'pod')} replaced" if replaced else "no pod was replaced"


def _sum(group: Mapping[str, Any], name: str) -> int:
    return sum(member[name] or 0 for member in group.values())


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
