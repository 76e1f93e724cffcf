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

TRIES = 30  # how many edges of a knot are tried for a short cycle

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
    timeless = _only(graph, {"ww", "wr", "rw"})
    tied: set[Call] = set()
    for part in _knots(timeless):
        tied |= part
        yield _worst(timeless.subgraph(part), {"ww", "wr"}, "")
    for part in _knots(graph):
        if not part & tied:
            yield _worst(graph.subgraph(part), {"ww", "wr", "rt"}, "-realtime")


def _knots(graph: Graph) -> list[set[Call]]:
    parts = [part for part in nx.strongly_connected_components(graph) if len(part) > 1]
    return sorted(parts, key=lambda part: min(call.index for call in part))


def _only(graph: Graph, kinds: set[str]) -> Graph:
    """Return the graph with the edges that are there for one of these reasons, and with these alone."""
    found: Graph = nx.DiGraph()
    found.add_nodes_from(graph)
    for one, other in graph.edges:
        why = graph.edges[one, other]["kinds"] & kinds
        if why:
            found.add_edge(one, other, kinds=why)
    return found


def _worst(knot: Graph, forward: set[str], suffix: str) -> Anomaly:
    """Return a cycle that breaks the weakest level, as short a one as is found at little cost.

    Which kind there is, is found exactly: a cycle of writes, or of writes and reads, is a knot of those edges
    alone. Where there is none these edges have an order, and one anti-dependency closes a cycle if its end
    comes before its beginning in it.
    """
    name, way, edges = _kind(knot, forward)
    cycle = min((_cycle(way, edge) for edge in edges[:TRIES]), key=len)
    if name == "G-single" and _lost_update(knot, cycle):
        name = "lost update"
    steps = [_step(knot, one, other) for one, other in pairwise([*cycle, cycle[0]])]
    return Anomaly(name + suffix, "; ".join(steps), tuple(cycle))


def _kind(knot: Graph, forward: set[str]) -> tuple[str, Graph, list[tuple[Call, Call]]]:
    """Return the kind of the worst cycle, the edges that it may take, and edges of which each is in one."""
    for name, kinds in (("G0", {"ww"} | (forward & {"rt"})), ("G1c", forward)):
        way = _only(knot, kinds)
        parts = _knots(way)
        if parts:
            tied = way.subgraph(parts[0])
            return name, tied, _sorted(tied.edges)
    way = _only(knot, forward)
    anti = [(one, other) for one, other in knot.edges if "rw" in knot.edges[one, other]["kinds"]]
    reached = _reached(way)
    closing = [(one, other) for one, other in anti if reached[other] >> one.index & 1]
    if closing:
        return "G-single", way, _sorted(closing)
    return "G2-item", _only(knot, forward | {"rw"}), _sorted(anti)


def _sorted(edges: Iterable[tuple[Call, Call]]) -> list[tuple[Call, Call]]:
    return sorted(edges, key=lambda edge: (abs(edge[1].index - edge[0].index), edge[0].index, edge[1].index))


def _reached(order: Graph) -> dict[Call, int]:
    """Return, for each transaction of a graph without cycles, who comes after it: a bit for each index."""
    found: dict[Call, int] = {}
    for call in reversed(list(nx.topological_sort(order))):
        after = 1 << call.index
        for other in order.successors(call):
            after |= found[other]
        found[call] = after
    return found


def _cycle(way: Graph, edge: tuple[Call, Call]) -> list[Call]:
    """Return the shortest cycle that begins with an edge and goes on this way."""
    one, other = edge
    path: list[Call] = nx.shortest_path(way, other, one)
    return [one, *path[:-1]]


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
