"""Cycles of dependencies between transactions, named after the isolation level that they break.

Adya's phenomena ("Weak consistency", MIT 1999, chapter 4) in the words of Elle: *G0* write cycle, *G1c*
circular information flow, *G-single* exactly one anti-dependency (read skew; *lost update* where both
wrote what both had read), *G2-item* several of them (write skew). A cycle that needs real time to close
says so: ``…-realtime`` is what a serializable system may do and a strictly serializable one may not.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import networkx as nx

from statesim.analysis.consistency.appends import direct, observe, operations
from statesim.analysis.consistency.verdict import Anomaly, joined, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.consistency.appends import Observed
    from statesim.analysis.consistency.calls import Call
    from statesim.analysis.consistency.verdict import Verdict

Graph: TypeAlias = "nx.DiGraph[Any]"

FORBIDS: dict[str, frozenset[str]] = {
    "read-committed": frozenset({"G0", "G1c"}),
    "snapshot-isolation": frozenset({"G0", "G1c", "G-single", "lost update"}),
    "serializable": frozenset({"G0", "G1c", "G-single", "lost update", "G2-item"}),
}
KINDS = ("ww", "wr", "rw", "rt")
SAYS = {
    "ww": "appended before",
    "wr": "was read by",
    "rw": "did not yet see",
    "rt": "had ended before",
}


def appends(calls: Sequence[Call], level: str = "strict-serializable") -> Verdict:
    """Judge a history of list-append transactions.

    Parameters
    ----------
    level
        What was promised: ``read-committed``, ``snapshot-isolation``, ``serializable`` or
        ``strict-serializable`` (which alone takes real time as an order). What it permits is not reported.

    Raises
    ------
    KeyError
        If there is no such level.
    """
    strict = level == "strict-serializable"
    forbidden = FORBIDS["serializable" if strict else level]
    seen = observe(calls)
    graph = dependencies(calls, seen, real_time=strict)
    found = [each for each in _cycles(graph) if each.kind.removesuffix("-realtime") in forbidden]
    return joined([direct(calls, seen), verdict(found, graph.number_of_edges())])


def dependencies(calls: Sequence[Call], seen: Observed, *, real_time: bool) -> Graph:
    """Return the graph of all transactions but the failed; an edge's ``kinds`` tell why it is there."""
    graph: Graph = nx.DiGraph()
    graph.add_nodes_from(call for call in calls if call.end != "fail")
    for key, order in seen.orders.items():
        writers = [seen.writer[key, element][0] for element in order if (key, element) in seen.writer]
        for one, other in pairwise(writers):
            _depends(graph, one, other, "ww")
    for reader, key, elements in seen.reads:
        order = seen.orders.get(key, [])
        if order[: len(elements)] != elements:
            continue  # it is on another branch, which is reported on its own
        if elements and (key, elements[-1]) in seen.writer:
            _depends(graph, seen.writer[key, elements[-1]][0], reader, "wr")
        follower = _next_writer(seen, key, order, len(elements), reader)
        if follower is not None:
            _depends(graph, reader, follower, "rw")
    if real_time:
        for one, other in _real_time(calls):
            _depends(graph, one, other, "rt")
    return graph


def _next_writer(seen: Observed, key: object, order: list[object], start: int, reader: Call) -> Call | None:
    """Return who appended next after the version that a transaction read, itself left out."""
    for element in order[start:]:
        writer = seen.writer.get((key, element))
        if writer is not None and writer[0] is not reader:
            return writer[0]
        if writer is not None:
            return None  # its own append follows what it read: nobody came between
    return None


def _depends(graph: Graph, one: Call, other: Call, kind: str) -> None:
    if one is other or one.end == "fail" or other.end == "fail":
        return
    if graph.has_edge(one, other):
        graph.edges[one, other]["kinds"].add(kind)
    else:
        graph.add_edge(one, other, kinds={kind})


def _real_time(calls: Sequence[Call]) -> Iterable[tuple[Call, Call]]:
    """Yield who had ended before whom, leaving out what follows from the others."""
    moments = [(call.invoked_us, 0, call) for call in calls if call.end != "fail"]
    moments += [(call.ended_us, 1, call) for call in calls if call.end == "ok"]
    latest: list[Call] = []
    for _, ended, call in sorted(moments, key=lambda each: (each[0], each[1], each[2].index)):
        if ended:
            latest = [each for each in latest if not each.precedes(call)]
            latest.append(call)
        else:
            yield from ((each, call) for each in latest)


# -- cycles ------------------------------------------------------------------------------------------


def _cycles(graph: Graph) -> Iterable[Anomaly]:
    """Yield the worst cycle of each knot of transactions: without real time first, then with it."""
    for knot in _knots(_only(graph, {"ww", "wr", "rw"})):
        yield _worst(knot, {"ww", "wr"}, "")
    for knot in _knots(graph):
        if not _knots(_only(knot, {"ww", "wr", "rw"})):
            yield _worst(knot, {"ww", "wr", "rt"}, "-realtime")


def _knots(graph: Graph) -> list[Graph]:
    parts = [part for part in nx.strongly_connected_components(graph) if len(part) > 1]
    parts.sort(key=lambda part: min(call.index for call in part))
    return [graph.subgraph(part) for part in parts]


def _only(graph: Graph, kinds: set[str]) -> Graph:
    view: Graph = nx.subgraph_view(graph, filter_edge=lambda a, b: bool(graph.edges[a, b]["kinds"] & kinds))
    return view


def _worst(knot: Graph, forward: set[str], suffix: str) -> Anomaly:
    """Return the cycle that breaks the weakest level, the shortest of its kind."""
    writes = {"ww"} | (forward & {"rt"})
    searches = [
        ("G0", _shortest(knot, {"ww"}, writes)),
        ("G1c", _shortest(knot, {"wr", "ww"}, forward)),
        ("G-single", _shortest(knot, {"rw"}, forward)),
        ("G2-item", _shortest(knot, {"rw"}, forward | {"rw"})),
    ]
    name, cycle = next((name, cycle) for name, cycle in searches if cycle)
    if name == "G-single" and _lost_update(knot, cycle):
        name = "lost update"
    steps = [_step(knot, one, other) for one, other in pairwise([*cycle, cycle[0]])]
    return Anomaly(name + suffix, "; ".join(steps), tuple(cycle))


def _shortest(knot: Graph, first: set[str], rest: set[str]) -> list[Call]:
    """Return the shortest cycle that begins with an edge of one of the first kinds; empty if none does."""
    way = _only(knot, rest)
    best: list[Call] = []
    edges = sorted(_only(knot, first).edges, key=lambda edge: (edge[0].index, edge[1].index))
    for one, other in edges:
        try:
            path: list[Call] = nx.shortest_path(way, other, one)
        except nx.NetworkXNoPath:
            continue
        if not best or len(path) < len(best):
            best = [one, *path[:-1]]
        if len(best) == 2:
            break
    return best


def _lost_update(knot: Graph, cycle: list[Call]) -> bool:
    """Tell whether two transactions read the same version of a list and both appended to it."""
    if len(cycle) != 2 or "ww" not in knot.edges[cycle[1], cycle[0]]["kinds"]:
        return False
    versions = [_read_then_appended(call) for call in cycle]
    return any(versions[1].get(key) == version for key, version in versions[0].items())


def _read_then_appended(call: Call) -> dict[object, tuple[object, ...]]:
    reads: dict[object, tuple[object, ...]] = {}
    appended: dict[object, tuple[object, ...]] = {}
    for f, key, value in operations(call):
        if f == "r":
            reads.setdefault(key, tuple(value or ()))
        elif key in reads:
            appended[key] = reads[key]
    return appended


def _step(knot: Graph, one: Call, other: Call) -> str:
    kinds = knot.edges[one, other]["kinds"]
    kind = next(kind for kind in KINDS if kind in kinds)
    who, whom = f"T{one.index}", f"T{other.index}"
    return f"{who} {SAYS[kind]} {whom} ({kind})"
