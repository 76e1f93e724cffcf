"""The outcome of a run in one line: what an audience should remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.words import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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
    """Return a duration as it is said aloud: ``27.3 s``, ``5 min 53 s``, ``2 h 5 min``, ``1,200 d``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(whole / 60), 60)
    if hours >= 10_000:
        return f"{round(hours / 24):,} d"
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
    elif not _sum(clients, "lost") and any(
        client["operation"] == "write" and _asked([client]) for client in told.values()
    ):
        parts.append(_nothing_lost(clients))
    if _users_logged_out(clients):
        parts.append(_logged_out(clients))
    parts += [*_viewers(clients), *_slow(told, clients)]
    parts += _judged(clients, after_loss=bool(_sum(clients, "lost")))
    if _jump(clients) >= _WORTH_A_WORD:
        parts.append(f"the origin bore {_jump(clients):.2g} times as much")
    out = any(client["outages"] for client in told.values())
    parts += _failures(told) if out else []
    parts += _undone(clients)
    parts += _primaries(metrics["systems"])
    return "; ".join([", ".join(parts), *_others(clients, told), *_drains(metrics)])


def _nothing_lost(clients: Mapping[str, Any]) -> str:
    judged = any(client["lost"] is not None for client in clients.values())
    return "nothing lost" if judged else "nobody checked what was lost"


def _primaries(systems: Mapping[str, Any]) -> list[str]:
    """Say for how long several members took writes at once, by the system in which that was longest."""
    worst = max(systems.values(), key=lambda system: system["dual_primary_s"], default=None)
    if not worst or not worst["dual_primary_s"]:
        return []
    many = "several" if worst.get("primaries_max", 0) > _OFTEN else "two"
    return [f"{many} primaries for {duration_text(worst['dual_primary_s'])}"]


def _viewers(clients: Mapping[str, Any]) -> list[str]:
    """Say how often streams were cut, and how often a picture stood still."""
    cut, viewers, stalls = (
        sum(client.get(name, 0) for client in clients.values())
        for name in ("streams_cut", "viewers_cut", "stalls")
    )
    told = [f"{viewers:,} {_plural(viewers, 'viewer')} cut"] if cut else []
    told = [f"{told[0]} {cut:,} times"] if cut > viewers else told
    return [*told, f"{stalls:,} {_plural(stalls, 'stall')}"] if stalls else told


def _slow(told: Mapping[str, Any], clients: Mapping[str, Any]) -> list[str]:
    """Say how long half of the calls took, or longer, where that is more than a second."""
    p50 = max((_median_ms(client) for client in told.values()), default=0.0)
    slowest = max((_median_ms(client) for client in clients.values()), default=0.0)
    if slowest <= _SLOW_MS:
        return []
    whose = next(name for name, client in clients.items() if _median_ms(client) == slowest)
    words = f"slow (p50 {duration_text(slowest / 1000)})"
    return [f"but {words}" if p50 == slowest else f"{whose} {words}"]


def _median_ms(client: Mapping[str, Any]) -> float:
    return float(client.get(f"{client['operation']}_latency_p50_ms") or 0)


def _asked(clients: Iterable[Mapping[str, Any]]) -> int:
    names = ("acked", "failed", "unknown", "not_done", "aborted")
    return sum(client.get(name) or 0 for client in clients for name in names)


def _many(clients: Collection[Mapping[str, Any]], name: str) -> int:
    """Return how many calls of clients came to something, if that is more than a tenth of all; else 0."""
    count = sum(client.get(name) or 0 for client in clients)
    return count if count > _MANY * _asked(clients) else 0


def _failures(told: Mapping[str, Any]) -> list[str]:
    """Say what failed beside an outage: of requests always, of others if many did and no outage is why."""
    requests = [client for client in told.values() if client["operation"] == "request"]
    clients = requests or list(told.values())
    there = min((client.get("availability") or 0 for client in clients), default=0) >= 1 - _MANY
    if not requests and not (there and _many(clients, "failed")):
        return []
    words = _in_vain(clients)
    return [words] if words else []


def _undone(clients: Mapping[str, Any]) -> list[str]:
    """Say how many transactions were aborted, and how many of users' calls came to nothing if many did."""
    found = []
    aborted = sum(client.get("aborted") or 0 for client in clients.values())
    if aborted:
        found.append(f"{aborted:,} of the transactions aborted")
    users = [client for client in clients.values() if client["operation"] == "act"]
    refused = _many(users, "not_done")
    if refused:
        found.append(f"{refused:,} of {_asked(users):,} users' calls refused")
    return found


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
    worst: list[tuple[int, str, str]] = []
    for client_name, client in clients.items():
        found = _found(client)
        if found:
            most = max(found, key=lambda name: found[name])
            worst.append((found[most], client_name, most))
    if not worst:
        return []
    worst.sort(key=lambda row: -row[0])
    told = [
        f"{f'{name}: ' if len(worst) > 1 else ''}{count:,} \N{MULTIPLICATION SIGN} {plain(kind)}"
        for count, name, kind in worst
    ]
    words = f"judged invalid ({'; '.join(told)})"
    return [words if after_loss else f"but {words}"]


def _found(client: Mapping[str, Any]) -> dict[str, int]:
    """Return how often each thing was found in one client's history that is not said otherwise."""
    return {
        _OF_SETS.get(name, name.removeprefix(ANOMALY).replace("_", " ")): count
        for name, count in client.items()
        if (name.startswith(ANOMALY) or name in _OF_SETS) and name not in _SAID_ALREADY and count
        if client.get("valid") is False
    }


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
    noticed = _viewers(metrics["clients"]) or _slow(metrics["clients"], metrics["clients"])
    aborted = _many(list(clients), "aborted")
    hurt = in_vain or noticed or aborted or _drains(metrics) or _unseen(metrics["clients"])
    return "hurt" if hurt else "good"


# one outage tells the story if the others beside it are short
_ALMOST_ALL = 0.9
# an outage that is so many times as long as its servers' is not their doing
_NOT_THE_SERVERS = 2
# how much more an origin bears before the line says so
_WORTH_A_WORD = 1.3
# which share of the operations has no answer before the line says so: at the end of a run some never have
_UNANSWERED = 0.01
# a larger share of calls than this that failed is said as a share, whatever else there is to say
_MANY = 0.1
# calls of which half take longer than this are slow
_SLOW_MS = 1000
# a client whose numbers are not those of the line is worth a word if it was out for at least half as long,
_ALIKE = 0.5
# or for a minute: no outage of minutes is hidden by another's quarter of an hour
_NEVER_SHORT_S = 60.0


def _told(clients: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return whose numbers the line tells: the worst hit, and those of whom the same words are true."""
    clients = {name: each for name, each in clients.items() if _asked([each])} or clients
    if not clients:
        return clients
    worst = max(clients.values(), key=lambda client: (client["unavailable_s"], client["failed"] or 0))
    if not worst["outages"]:  # nobody had to wait: the line is about all that asked for the same
        return {name: each for name, each in clients.items() if each["operation"] == worst["operation"]}
    words = _outage(worst)
    return {name: each for name, each in clients.items() if each["outages"] and _outage(each) == words}


def _others(clients: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """Say what must not be forgotten of the clients whose numbers the line does not tell."""
    worst = max((client["unavailable_s"] for client in told.values()), default=0)
    least = min(_ALIKE * worst, _NEVER_SHORT_S)
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
        if not _asked(told.values()):
            return "clients asked for nothing"
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
        return f"no {what} for {longest}{'' if longest == total else f' ({total} in all)'}"
    return f"{what} out {client['outages']} times, {total} in all"


def _in_vain(clients: Sequence[Mapping[str, Any]], whose: str = "") -> str:
    """Say how many operations failed, and apart from them of how many nobody knows what became of them."""
    counts = {word: sum(client[word] or 0 for client in clients) for word in ("failed", "unknown")}
    if _many(clients, "failed"):
        whose = f" of {_asked(clients):,}{whose.removeprefix(' of the')}"
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
