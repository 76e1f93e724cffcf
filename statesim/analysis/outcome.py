"""The outcome of a run in one line: what an audience should remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANOMALY = "anomaly_"  # what the names of the checkers' counts begin with
_SAID_ALREADY = frozenset({"anomaly_session_lost"})  # users who are logged out have words of their own
_OF_SETS = {"stale_reads": "stale read", "phantom": "phantom write"}  # counts with older names
_OFTEN = 2

VERBS = {
    "write": "writes",
    "txn": "transactions",
    "transfer": "transfers",
    "add": "increments",
    "act": "users' calls",
    "request": "requests",
    "segment": "pieces of streams",
    "read": "reads",
}


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
    clients = metrics["clients"]
    told = _told(clients)
    parts = [_service(told, clients)] if clients else [_pods(metrics["workloads"])]
    lost = _sum(told, "lost")
    if lost:
        parts.append(lost_text(lost))
    elif not _sum(clients, "lost") and any(client["operation"] == "write" for client in clients.values()):
        judged = any(client["lost"] is not None for client in clients.values())
        parts.append("nothing lost" if judged else "nobody checked what was lost")
    if _users_logged_out(clients):
        parts.append(_logged_out(clients))
    parts += _judged(clients, after_loss=bool(_sum(clients, "lost")))
    if _jump(clients) >= _WORTH_A_WORD:
        parts.append(f"the origin bore {_jump(clients):.2g} times as much")
    requests = [client for client in told.values() if client["operation"] == "request"]
    in_vain = _in_vain(requests) if any(client["outages"] for client in told.values()) else ""
    if in_vain:
        parts.append(in_vain)
    dual = max((system["dual_primary_s"] for system in metrics["systems"].values()), default=0)
    if dual:
        parts.append(f"two primaries for {duration_text(dual)}")
    return "; ".join([", ".join(parts), *_others(clients, told), *_drains(metrics)])


def _users_logged_out(clients: Mapping[str, Any]) -> int:
    return sum(client.get("users_logged_out", 0) for client in clients.values())


def _logged_out(clients: Mapping[str, Any]) -> str:
    """Say how many users lost their sessions, and how often if that is more than once or twice each."""
    users = _users_logged_out(clients)
    times = sum(client.get("logged_out", 0) for client in clients.values())
    words = f"{users:,} {_plural(users, 'user')} logged out"
    return f"{words} {times:,} times" if times > _OFTEN * users else words


def _judged(clients: Mapping[str, Any], *, after_loss: bool) -> list[str]:
    """Say what the checkers found most of, beside what is lost and who was logged out."""
    found: dict[str, int] = {}
    for client in clients.values():
        if client.get("valid") is False:
            for name, count in client.items():
                if (name.startswith(ANOMALY) or name in _OF_SETS) and name not in _SAID_ALREADY and count:
                    what = _OF_SETS.get(name, name.removeprefix(ANOMALY).replace("_", " "))
                    found[what] = found.get(what, 0) + count
    if not found:
        return []
    most = max(found, key=lambda name: found[name])
    words = f"judged invalid ({found[most]:,} \N{MULTIPLICATION SIGN} {most})"
    return [words if after_loss else f"but {words}"]


def _jump(clients: Mapping[str, Any]) -> float:
    """Return to what multiple of its usual load the origin behind caches was driven."""
    return max((client.get("origin_jump") or 0 for client in clients.values()), default=0)


def _invalid(clients: Mapping[str, Any]) -> bool:
    """Tell whether the checkers have found what should not be in a client's history."""
    return any(client.get("valid") is False for client in clients.values())


def _unseen(clients: Mapping[str, Any]) -> bool:
    """Tell whether something was wrong that no caller was told of."""
    return _invalid(clients) or _jump(clients) >= _WORTH_A_WORD


def severity(metrics: Mapping[str, Any]) -> str:
    """Return ``bad`` (data lost, two primaries, out of service at the end), ``hurt`` or ``good``.

    What was to be done and was not, a drain, hurts although no client may notice.
    """
    clients, systems = metrics["clients"].values(), metrics["systems"].values()
    if any(client["lost"] for client in clients) or any(system["dual_primary_s"] for system in systems):
        return "bad"
    if any(client["out_at_end"] for client in clients):
        return "bad"
    in_vain = any(client["outages"] or _hurt(client) or client.get("users_logged_out") for client in clients)
    return "hurt" if in_vain or _drains(metrics) or _unseen(metrics["clients"]) else "good"


# one outage tells the story if the others beside it are short
_ALMOST_ALL = 0.9
# an outage that is so many times as long as its servers' is not their doing
_NOT_THE_SERVERS = 2
# how much more an origin bears before the line says so
_WORTH_A_WORD = 1.3
# which share of the operations has no answer before the line says so: at the end of a run some never have
_UNANSWERED = 0.01
# a client whose numbers are not those of the line is worth a word if it was out for at least half as long
_ALIKE = 0.5


def _told(clients: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return whose numbers the line tells: the worst hit, and those of whom the same words are true."""
    if not clients:
        return clients
    worst = max(clients.values(), key=lambda client: (client["unavailable_s"], client["failed"] or 0))
    if not worst["outages"]:  # nobody had to wait: the line is about all that asked for the same
        return {name: each for name, each in clients.items() if each["operation"] == worst["operation"]}
    words = _outage(worst)
    return {name: each for name, each in clients.items() if each["outages"] and _outage(each) == words}


def _others(clients: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """Say what must not be forgotten of the clients whose numbers the line does not tell."""
    least = _ALIKE * max((client["unavailable_s"] for client in told.values()), default=0)
    found = []
    for name, client in clients.items():
        if name in told:
            continue
        out = client["unavailable_s"] if client["outages"] and client["unavailable_s"] >= least else 0
        words = [f"out for {duration_text(out)}"] if out else []
        words += [lost_text(client["lost"])] if client["lost"] else []
        if words:
            found.append(f"{name}: {', '.join(words)}")
    return found


def _service(told: Mapping[str, Any], clients: Mapping[str, Any]) -> str:
    worst = max(told.values(), key=lambda client: (client["unavailable_s"], client["failed"] or 0))
    if not worst["outages"]:
        what = VERBS.get(worst["operation"] or "", "operations")
        return (
            _in_vain(list(told.values()), f" of the {what}")
            if any(_hurt(client) for client in told.values())
            else f"{what} never stopped"
        )
    whose = f"{', '.join(told)}: " if len(told) < len(clients) else ""
    return f"{whose}{_outage(worst)}{_servers(worst)}"


def _servers(client: Mapping[str, Any]) -> str:
    """Say when servers were back long before their clients, who then did not wait for them."""
    servers = client.get("rto_server_s")
    if not servers or client["longest_outage_s"] < _NOT_THE_SERVERS * servers:
        return ""
    return f", servers after {duration_text(servers)}"


def _outage(client: Mapping[str, Any]) -> str:
    """Return how long one client was out of service, in words."""
    what = VERBS.get(client["operation"] or "", "operations")
    total, longest = duration_text(client["unavailable_s"]), duration_text(client["longest_outage_s"])
    if client["out_at_end"]:
        last = duration_text(client["last_outage_s"])
        return f"no {what} until the end ({last if last == total else f'{last}; {total} in all'})"
    if client["longest_outage_s"] >= _ALMOST_ALL * client["unavailable_s"]:
        return f"{what} back after {longest}{'' if longest == total else f' ({total} in all)'}"
    return f"{what} out {client['outages']} times, {total} in all"


def _in_vain(clients: Sequence[Mapping[str, Any]], whose: str = "") -> str:
    """Say how many operations failed, and apart from them of how many nobody knows what became of them."""
    counts = {word: sum(client[word] or 0 for client in clients) for word in ("failed", "unknown")}
    told = [f"{counts['failed']:,}{whose} failed"] if counts["failed"] else []
    unknown = f"{counts['unknown']:,}{'' if told else whose} unknown"
    return ", ".join([*told, unknown] if counts["unknown"] else told)


def _drains(metrics: Mapping[str, Any]) -> list[str]:
    """Say which drains did not come to their end."""
    found = []
    for name, words in (("drains_failed", "failed"), ("drains_unfinished", "never ended")):
        count = metrics.get("nodes", {}).get(name, 0)
        if count:
            found.append(f"a drain {words}" if count == 1 else f"{count} drains {words}")
    return found


def _pods(workloads: Mapping[str, Any]) -> str:
    replaced = _sum(workloads, "replaced")
    return f"{replaced} {_plural(replaced, 'pod')} replaced" if replaced else "no pod was replaced"


def _hurt(client: Mapping[str, Any]) -> bool:
    """Tell whether operations failed, or more of them had no answer than those that the run's end cut off."""
    failed, unknown = client["failed"] or 0, client["unknown"] or 0
    asked = (client["acked"] or 0) + failed + unknown
    return bool(failed) or unknown > max(1, _UNANSWERED * asked)


def _sum(group: Mapping[str, Any], name: str) -> int:
    return sum(member[name] or 0 for member in group.values())


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
