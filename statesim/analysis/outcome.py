"""The outcome of a run in one line: what an audience should remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.words import REALTIME, plain
from statesim.analysis.outcome_words import ANOMALIES, OUTCOME
from statesim.analysis.phrases import Say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

ANOMALY = "anomaly_"  # what the names of the checkers' counts begin with
_SAID_ALREADY = frozenset({"anomaly_session_lost"})  # users who are logged out have words of their own
_OF_SETS = {"stale_reads": "stale read", "phantom": "phantom write"}  # counts with older names
_OFTEN = 2

_SERVICE = ("write", "txn", "transfer", "add", "act", "request", "segment", "read")
VERBS = {f: OUTCOME[f][0] for f in _SERVICE}


def duration_text(seconds: float, language: str = "en") -> str:
    """Return a duration as it is said aloud: ``27.3 s``, ``5 min 53 s``, ``2 h 5 min``, ``1,200 d``."""
    say = Say(OUTCOME, language)
    if seconds < 10:
        return say("s", s_=f"{seconds:.1f}")
    if seconds < 59.95:
        return say("s", s_=f"{seconds:.1f}".removesuffix(".0"))
    whole = round(seconds)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return say("min_s", min=minutes, s_=rest) if rest else say("min", min=minutes)
    hours, rest = divmod(round(whole / 60), 60)
    if hours >= 10_000:
        return say("d", d=round(hours / 24))
    return say("h_min", h=hours, min=rest) if rest else say("h", h=hours)


def lost_text(count: int, language: str = "en") -> str:
    """Return how many writes were lost, in words."""
    return Say(OUTCOME, language)("lost", count=count)


def outcome(metrics: Mapping[str, Any], language: str = "en") -> str:
    """Return one line about the worst that clients met: how long, what was lost, how many primaries.

    Parameters
    ----------
    metrics
        The metrics of one variant.
    language
        ``en`` or ``zh``.
    """
    say = Say(OUTCOME, language)
    clients = metrics["clients"]
    told = _told(clients)
    parts = [_service(told, clients, say)] if clients else [_pods(metrics["workloads"], say)]
    lost = _sum(told, "lost")
    if lost:
        parts.append(say("lost", count=lost))
    elif not _sum(clients, "lost") and any(
        client["operation"] == "write" and _asked([client]) for client in told.values()
    ):
        parts.append(_nothing_lost(clients, say))
    if _users_logged_out(clients):
        parts.append(_logged_out(clients, say))
    parts += [*_viewers(clients, say), *_slow(told, clients, say)]
    parts += _judged(clients, say, after_loss=bool(_sum(clients, "lost")))
    if _jump(clients) >= _WORTH_A_WORD:
        parts.append(say("origin", jump=_jump(clients)))
    out = any(client["outages"] for client in told.values())
    parts += _failures(told, say) if out else []
    parts += _undone(clients, say)
    parts += _primaries(metrics["systems"], say)
    whole = say("comma").join(parts)
    return say("semicolon").join([whole, *_others(clients, told, say), *_in_the_cluster(metrics, say)])


def _nothing_lost(clients: Mapping[str, Any], say: Say) -> str:
    judged = any(client["lost"] is not None for client in clients.values())
    return say("nothing_lost" if judged else "nobody_checked")


def _primaries(systems: Mapping[str, Any], say: Say) -> list[str]:
    """Say for how long several members took writes at once, by the system in which that was longest."""
    worst = max(systems.values(), key=lambda system: system["dual_primary_s"], default=None)
    if not worst or not worst["dual_primary_s"]:
        return []
    many = "several" if worst.get("primaries_max", 0) > _OFTEN else "two"
    return [say(many, time=duration_text(worst["dual_primary_s"], say.language))]


def _viewers(clients: Mapping[str, Any], say: Say) -> list[str]:
    """Say how often streams were cut, and how often a picture stood still."""
    cut, viewers, stalls = (
        sum(client.get(name, 0) for client in clients.values())
        for name in ("streams_cut", "viewers_cut", "stalls")
    )
    told = [say("viewers", count=viewers)] if cut else []
    told = [say("times", words=told[0], times=cut)] if cut > viewers else told
    return [*told, say("stalls", count=stalls)] if stalls else told


def _slow(told: Mapping[str, Any], clients: Mapping[str, Any], say: Say) -> list[str]:
    """Say how long half of the calls took, or longer, where that is more than a second."""
    p50 = max((_median_ms(client) for client in told.values()), default=0.0)
    slowest = max((_median_ms(client) for client in clients.values()), default=0.0)
    if slowest <= _SLOW_MS:
        return []
    whose = next(name for name, client in clients.items() if _median_ms(client) == slowest)
    words = say("slow", time=duration_text(slowest / 1000, say.language))
    return [say("but", words=words) if p50 == slowest else say("slow_of", whose=whose, words=words)]


def _median_ms(client: Mapping[str, Any]) -> float:
    return float(client.get(f"{client['operation']}_latency_p50_ms") or 0)


def _asked(clients: Iterable[Mapping[str, Any]]) -> int:
    names = ("acked", "failed", "unknown", "not_done", "aborted")
    return sum(client.get(name) or 0 for client in clients for name in names)


def _many(clients: Collection[Mapping[str, Any]], name: str) -> int:
    """Return how many calls of clients came to something, if that is more than a tenth of all; else 0."""
    count = sum(client.get(name) or 0 for client in clients)
    return count if count > _MANY * _asked(clients) else 0


def _failures(told: Mapping[str, Any], say: Say) -> list[str]:
    """Say what failed beside an outage: of requests always, of others if many did and no outage is why."""
    requests = [client for client in told.values() if client["operation"] == "request"]
    clients = requests or list(told.values())
    there = min((client.get("availability") or 0 for client in clients), default=0) >= 1 - _MANY
    if not requests and not (there and _many(clients, "failed")):
        return []
    words = _in_vain(clients, say)
    return [words] if words else []


def _undone(clients: Mapping[str, Any], say: Say) -> list[str]:
    """Say how many transactions were aborted, and how many of users' calls came to nothing if many did."""
    found = []
    aborted = sum(client.get("aborted") or 0 for client in clients.values())
    if aborted:
        found.append(say("aborted", count=aborted))
    users = [client for client in clients.values() if client["operation"] == "act"]
    refused = _many(users, "not_done")
    if refused:
        found.append(say("refused", count=refused, asked=_asked(users)))
    return found


def _users_logged_out(clients: Mapping[str, Any]) -> int:
    return sum(client.get("users_logged_out", 0) for client in clients.values())


def _logged_out(clients: Mapping[str, Any], say: Say) -> str:
    """Say how many users lost their sessions, and how often if that is more than once or twice each."""
    users = _users_logged_out(clients)
    times = sum(client.get("logged_out", 0) for client in clients.values())
    words = say("logged_out", count=users)
    return say("times", words=words, times=times) if times > _OFTEN * users else words


def _judged(clients: Mapping[str, Any], say: Say, *, after_loss: bool) -> list[str]:
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
    told = []
    for count, name, kind in worst:
        words = say("found", count=count, what=_anomaly(kind, say))
        told.append(say("of", names=name, words=words) if len(worst) > 1 else words)
    words = say("invalid", found=say("semicolon").join(told))
    return [words if after_loss else say("but", words=words)]


def _anomaly(kind: str, say: Say) -> str:
    words = ANOMALIES.get(kind.removesuffix(REALTIME))
    if say.language == "en" or words is None:
        return plain(kind)
    return words if plain(kind) == kind else f"{words}（{kind}）"


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

    What was to be done and was not, a drain or a pod's start, hurts although no client may notice.
    """
    clients, systems = metrics["clients"].values(), metrics["systems"].values()
    if any(client["lost"] for client in clients) or any(system["dual_primary_s"] for system in systems):
        return "bad"
    if any(client["out_at_end"] for client in clients):
        return "bad"
    in_vain = any(client["outages"] or _hurt(client) or client.get("users_logged_out") for client in clients)
    say = Say(OUTCOME)
    noticed = _viewers(metrics["clients"], say) or _slow(metrics["clients"], metrics["clients"], say)
    aborted = _many(list(clients), "aborted")
    hurt = in_vain or noticed or aborted or _in_the_cluster(metrics, say) or _unseen(metrics["clients"])
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
    say = Say(OUTCOME)
    words = _outage(worst, say)
    return {name: each for name, each in clients.items() if each["outages"] and _outage(each, say) == words}


def _others(clients: Mapping[str, Any], told: Mapping[str, Any], say: Say) -> list[str]:
    """Say what must not be forgotten of the clients whose numbers the line does not tell."""
    worst = max((client["unavailable_s"] for client in told.values()), default=0)
    least = min(_ALIKE * worst, _NEVER_SHORT_S)
    found = []
    for name, client in clients.items():
        if name in told:
            continue
        out = client["unavailable_s"] if client["outages"] and client["unavailable_s"] >= least else 0
        words = [say("out_for", time=duration_text(out, say.language))] if out else []
        words += [say("lost", count=client["lost"])] if client["lost"] else []
        if words:
            found.append(say("of", names=name, words=say("comma").join(words)))
    return found


def _service(told: Mapping[str, Any], clients: Mapping[str, Any], say: Say) -> str:
    worst = max(told.values(), key=lambda client: (client["unavailable_s"], client["failed"] or 0))
    if not worst["outages"]:
        if not _asked(told.values()):
            return say("asked_nothing")
        what = _what(worst, say)
        hurt = any(_hurt(client) for client in told.values())
        return _in_vain(list(told.values()), say, what) if hurt else say("never_stopped", what=what)
    words = f"{_outage(worst, say)}{_servers(worst, say)}"
    return say("of", names=say("and").join(told), words=words) if len(told) < len(clients) else words


def _what(client: Mapping[str, Any], say: Say) -> str:
    """Return what a client asks for, in the plural."""
    return say(client["operation"] if client["operation"] in _SERVICE else "")


def _servers(client: Mapping[str, Any], say: Say) -> str:
    """Say when servers were back long before their clients, who then did not wait for them."""
    servers = client.get("rto_server_s")
    if not servers or client["longest_outage_s"] < _NOT_THE_SERVERS * servers:
        return ""
    return say("servers_after", time=duration_text(servers, say.language))


def _outage(client: Mapping[str, Any], say: Say) -> str:
    """Return how long one client was out of service, in words."""
    what = _what(client, say)
    total, longest, last = (
        duration_text(client[name] or 0, say.language)
        for name in ("unavailable_s", "longest_outage_s", "last_outage_s")
    )
    if client["out_at_end"]:
        return say("no_until_end" if last == total else "no_until_end_all", what=what, last=last, total=total)
    if client["longest_outage_s"] >= _ALMOST_ALL * client["unavailable_s"]:
        return say("no_for" if longest == total else "no_for_all", what=what, longest=longest, total=total)
    return say("out_times", what=what, times=client["outages"], total=total)


def _in_vain(clients: Sequence[Mapping[str, Any]], say: Say, what: str = "") -> str:
    """Say how many operations failed, and apart from them of how many nobody knows what became of them."""
    counts = {word: sum(client[word] or 0 for client in clients) for word in ("failed", "unknown")}
    of = "_of" if what else ""
    key = f"failed_many{of}" if _many(clients, "failed") else f"failed{of}"
    told = [say(key, count=counts["failed"], asked=_asked(clients), what=what)] if counts["failed"] else []
    if counts["unknown"]:
        told.append(say("unknown" if told else f"unknown{of}", count=counts["unknown"], what=what))
    return say("comma").join(told)


def _in_the_cluster(metrics: Mapping[str, Any], say: Say) -> list[str]:
    """Say which drains did not come to their end, and how many pods have no node if no client says it."""
    found = []
    for how in ("failed", "unfinished"):
        count = metrics.get("nodes", {}).get(f"drains_{how}", 0)
        if count:
            found.append(say(f"drain_{how}") if count == 1 else say(f"drains_{how}", count=count))
    unscheduled = sum(each.get("unscheduled_at_end", 0) for each in metrics.get("workloads", {}).values())
    if unscheduled and not any(client["out_at_end"] for client in metrics["clients"].values()):
        found.append(say("unscheduled", count=unscheduled))
    return found


def _pods(workloads: Mapping[str, Any], say: Say) -> str:
    replaced = _sum(workloads, "replaced")
    return say("replaced", count=replaced) if replaced else say("none_replaced")


def _hurt(client: Mapping[str, Any]) -> bool:
    """Tell whether operations failed, or more of them had no answer than those that the run's end cut off."""
    failed, unknown = client["failed"] or 0, client["unknown"] or 0
    asked = (client["acked"] or 0) + failed + unknown
    return bool(failed) or unknown > max(1, _UNANSWERED * asked)


def _sum(group: Mapping[str, Any], name: str) -> int:
    return sum(member[name] or 0 for member in group.values())
