"""Drains of nodes, as the trace tells them: when, how often they were refused, how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.analysis.outcome import duration_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.kernel.trace import TraceEvent


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

    @property
    def sentence(self) -> str:
        """Return how it went and how long that took."""
        took = duration_text((self.end_us - self.start_us) / 1e6)
        s = "" if self.refusals == 1 else "s"
        after = f"{took} and {self.refusals:,} refused eviction{s}" if self.refusals else took
        how = {
            "Drained": f"was over after {after}" if self.end_us > self.start_us else "was over at once",
            "DrainFailed": f"failed after {after}: {self.why}",
            "Deleted": f"found its node removed after {after}",
        }.get(self.outcome, f"still waits at the end of the run, after {after}")
        return f"The drain of {self.node} {how}."


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
