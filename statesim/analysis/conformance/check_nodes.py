"""What must agree of nodes: when they were found silent and heard again, and their taints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance import comparing, delays, stories
from statesim.analysis.conformance.pair import Mismatch

if TYPE_CHECKING:
    from statesim.analysis.conformance.pair import Pair


def nodes(pair: Pair) -> list[Mismatch]:
    """Compare the nodes' conditions and taints, and hold them to the rules of the node lifecycle.

    Which node of a zone gets its NoExecute taint first is chance's: those are compared by their times.
    """
    worlds = (pair.recorded, pair.simulated)
    conditions = [stories.conditions(events) for events in worlds]
    taints = [stories.taints(events) for events in worlds]
    zones = {f"Node/{node['name']}": str(node.get("zone", "")) for node in pair.recording.nodes}
    return [
        *comparing.stories(pair, *conditions),
        *comparing.words(*taints),
        *comparing.stories(pair, *({n: stories.mild(told) for n, told in each.items()} for each in taints)),
        *comparing.stories(pair, *(stories.by_zone(each, zones) for each in taints)),
        *delays.taints_after_silence(pair),
        *delays.after_taints(pair),
        *found_silent(pair),
    ]


def found_silent(pair: Pair) -> list[Mismatch]:
    """Hold the simulator to the rule: NotReady after the grace period, less a heartbeat, plus two rounds."""
    ours = stories.conditions(pair.simulated)
    grace = float(pair.recording.settings.get("node_monitor_grace_s", 40))
    wrong = []
    for action in pair.recording.actions:
        if action["action"] != "node-unreachable":
            continue
        story = ours.get(f"Node/{action['node']}", ())
        noticed = next((t for told, t in story if told == "NotReady" and t > action["t"]), None)
        if noticed is not None and not grace - 10 <= noticed - action["t"] <= grace + 10:
            node, after = f"Node/{action['node']}", noticed - action["t"]
            wrong.append(Mismatch(node, f"{node} was found silent after {after:.1f} s"))
    return wrong
