"""Drains of nodes, as the trace tells them: when, how often they were refused, how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.analysis.chinese import reason
from statesim.analysis.outcome import duration_text
from statesim.analysis.phrases import Say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.phrases import Phrases
    from statesim.kernel.trace import TraceEvent

HOW: Phrases = {
    "refused": ("{took} and {count:,} refused eviction{s}", "{took}、{count:,} 次驱逐被拒绝"),
    "at_once": ("The drain of {node} was over at once.", "节点 {node} 立即腾空。"),
    "Drained": ("The drain of {node} was over after {after}.", "节点 {node} 的腾空在 {after}之后完成。"),
    "DrainFailed": (
        "The drain of {node} failed after {after}: {why}.",
        "节点 {node} 的腾空在 {after}之后失败：{why}。",
    ),
    "Deleted": (
        "The drain of {node} found its node removed after {after}.",
        "节点 {node} 在腾空 {after}之后被移除。",
    ),
    "": (
        "The drain of {node} still waits at the end of the run, after {after}.",
        "节点 {node} 的腾空到运行结束时仍在等待，已过 {after}。",
    ),
}


@dataclass(slots=True)
class DrainSpan:
    """`kubectl drain` at one node.

    Attributes
    ----------
    outcome
        ``Drained``, ``DrainFailed``, ``Deleted`` (the node was removed meanwhile), or empty: it still waits
        when the run ends.
    refusals
        How many evictions were refused.
    why
        What was said at its end.
    """

    node: str
    start_us: int
    end_us: int
    outcome: str = ""
    refusals: int = 0
    why: str = ""

    def told(self, language: str = "en") -> str:
        """Return how it went and how long that took, in ``en`` or ``zh``."""
        say = Say(HOW, language)
        took = duration_text((self.end_us - self.start_us) / 1e6, language)
        after = say("refused", took=took, count=self.refusals) if self.refusals else took
        at_once = self.outcome == "Drained" and self.end_us == self.start_us
        why = reason(self.why) if language == "zh" else self.why
        return say("at_once" if at_once else self.outcome, node=self.node, after=after, why=why)


class _Drains:
    """Every drain so far; each takes its nodes one after the other, until one fails (pkg/cmd/drain)."""

    def __init__(self) -> None:
        self.done: list[DrainSpan] = []
        self.now: dict[str, DrainSpan] = {}  # by the fault
        self._left: dict[str, list[str]] = {}  # by the fault: the nodes that come after it
        self._others: set[int] = set()  # ids of what else was done
        self._home: dict[str, str] = {}  # pod to its node

    def take(self, event: TraceEvent) -> None:
        """Take one more event into account."""
        kind, _, name = event.object.partition("/")
        match kind, event.event:
            case "Fault", "Started" if event.fields.get("do") == "drain":
                targets = event.fields.get("targets") or ()
                self._left[name] = [str(target).partition("/")[2] for target in targets]
                self._next(name, event.t_us)
            case "Fault", "Started":
                self._others.add(event.id)
            case "Fault", "Skipped":
                self.now.pop(name, None)
            case "Pod", "Scheduled":
                self._home[name] = str(event.fields.get("node", ""))
            case "PodDisruptionBudget", "Refused":
                self._refused(event)
            case "Node", "Drained" | "DrainFailed" | "Deleted":
                self._ended(name, event)

    def _next(self, fault: str, t_us: int) -> None:
        if self._left[fault]:
            self.now[fault] = DrainSpan(self._left[fault].pop(0), t_us, t_us)

    def _refused(self, event: TraceEvent) -> None:
        node = self._home.get(str(event.fields.get("pod", "")))
        asking = next((span for span in self.now.values() if span.node == node), None)
        if asking is not None and event.cause not in self._others:
            asking.refusals += 1

    def _ended(self, node: str, event: TraceEvent) -> None:
        fault = next((fault for fault, span in self.now.items() if span.node == node), None)
        if fault is None:
            return
        span = self.now.pop(fault)
        span.end_us, span.outcome, span.why = event.t_us, event.event, str(event.fields.get("why", ""))
        self.done.append(span)
        if event.event != "DrainFailed":
            self._next(fault, event.t_us)


def drains(events: Sequence[TraceEvent], duration_us: int) -> list[DrainSpan]:
    """Return every drain of a node, in order of their beginnings.

    A refused eviction counts for the drain of the node that the pod was on, unless another action asked.

    Parameters
    ----------
    duration_us
        When the run ends, in microseconds.
    """
    found = _Drains()
    for event in events:
        found.take(event)
    for span in found.now.values():
        span.end_us = duration_us
    return sorted([*found.done, *found.now.values()], key=lambda span: (span.start_us, span.node))
