"""Lanes: one row of the timeline each; what is really so above what Kubernetes says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statesim.analysis.change_volumes import size_text
from statesim.analysis.intervals import ABSENT, CORDONED
from statesim.kernel.spans import SECOND
from statesim.views.speech import say, word
from statesim.views.style import TRUTH, WITHOUT_PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.drains import DrainSpan
    from statesim.analysis.intervals import Interval, NodeTrack, PodTrack, VolumeTrack

_ENDS = {
    "power-cut": "no power",
    "killed": "killed",
    "crashed": "crashed",
    "corrupted": "refuses its data",
    "stopped": "stopped",
}

_DRAINS = {"Drained": "drained", "DrainFailed": "drain failed", "Deleted": "the node is gone"}


@dataclass(frozen=True, slots=True)
class Span:
    """A bar: from, to (s), the table of looks and the row in it, and the word that may stand on it."""

    start: float
    end: float
    table: str
    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One row: `wide` is what is really so, `narrow` what Kubernetes says."""

    label: str
    group: str
    wide: tuple[Span, ...] = ()
    narrow: tuple[Span, ...] = ()


def _span(interval: Interval, table: str, kind: str, text: str = "") -> Span:
    return Span(interval.start_us / SECOND, interval.end_us / SECOND, table, kind, text)


def pod_lane(pod: PodTrack) -> Lane:
    """Return a pod's row: its program above, what the API says of it below."""
    wide = []
    for interval in pod.truth:
        if interval.state == "dead":
            kind = "stopped" if interval.label == "stopped" else "dead"
            wide.append(_span(interval, "truth", kind, word(_ENDS.get(interval.label, interval.label))))
        elif interval.state != ABSENT:
            words = word("two at once" if interval.state == "twice" else interval.state)
            wide.append(_span(interval, "truth", interval.state, words))
    wide += _without_program(pod)
    narrow = [_span(i, "said", i.state) for i in pod.api if i.state != ABSENT]
    by_hand = pod.workload.startswith("Container/")
    label = say("container {name}", name=pod.name) if by_hand else pod.name
    return Lane(label, "pod", tuple(sorted(wide, key=lambda s: s.start)), tuple(narrow))


def _without_program(pod: PodTrack) -> list[Span]:
    """Return what the wide bar shows before there is a program: what the pod waits for."""
    found = []
    for said in pod.api:
        if said.state not in WITHOUT_PROGRAM:
            continue
        for true in pod.truth:
            start, end = max(said.start_us, true.start_us), min(said.end_us, true.end_us)
            if true.state == ABSENT and start < end:
                text = word(TRUTH[said.state].word)
                found.append(Span(start / SECOND, end / SECOND, "truth", said.state, text))
    return found


def node_lane(node: NodeTrack) -> Lane:
    """Return a node's row: the machine above, what the API says of it below."""
    words = {"up": "", "crashed": "no power", "paused": "paused", "cut-off": "cut off"}
    wide = [_span(i, "machine", i.state, word(words[i.state])) for i in node.truth if i.state != ABSENT]
    narrow = [_span(i, "said", node_word(i.state, i.label)) for i in node.api if i.state != ABSENT]
    return Lane(say("node {name}", name=node.name), "node", tuple(wide), tuple(narrow))


def node_word(api: str, label: str) -> str:
    """Return how what the API says of a node is drawn: a cordon shows."""
    return f"{api}-cordoned" if label == CORDONED else api


def drain_lane(node: str, spans: Sequence[DrainSpan]) -> Lane:
    """Return the row of a node's drains: how long each lasted, how often it was refused, how it ended."""
    wide = [
        Span(
            drain.start_us / SECOND,
            drain.end_us / SECOND,
            "act",
            "drain-failed" if drain.outcome == "DrainFailed" else "drain",
            _how(drain),
        )
        for drain in spans
    ]
    return Lane(say("drain {name}", name=node), "drain", tuple(wide))


def _how(drain: DrainSpan) -> str:
    """Return in a few words how a drain went."""
    how = word(_DRAINS.get(drain.outcome, "drain still waits"))
    if not drain.refusals:
        return how
    often = "{how}, refused once" if drain.refusals == 1 else "{how}, refused {count:,} times"
    return say(often, how=how, count=drain.refusals)


def sizes(volume: VolumeTrack) -> list[Interval]:
    """Return how large a volume was while it existed."""
    return [interval for interval in volume.sizes if interval.state != ABSENT]


def volume_lane(volume: VolumeTrack, *, sized: bool) -> Lane:
    """Return a disk's row: who holds it above, with its size if that is of interest; who waits below."""
    kinds = {"attached": "attached", "attaching": "attaching", "detaching": "attaching", "lost": "lost"}
    wide = []
    for attached in volume.attached:
        if attached.state not in kinds:
            continue
        where = word("lost") if attached.state == "lost" else say("on {node}", node=attached.label)
        whole = _span(attached, "volume", kinds[attached.state], where)
        wide += _by_size(whole, sizes(volume)) if sized else [whole]
    narrow = [_span(i, "said", "waiting-volume") for i in volume.waits if i.state == "waiting"]
    return Lane(say("disk {name}", name=volume.claim or volume.name), "volume", tuple(wide), tuple(narrow))


def _by_size(span: Span, each: Sequence[Interval]) -> list[Span]:
    """Cut a bar where the disk grows, and write each size on it."""
    parts = []
    for size in each:
        start, end = max(span.start, size.start_us / SECOND), min(span.end, size.end_us / SECOND)
        if start < end:
            parts.append(replace(span, start=start, end=end, text=f"{size_text(size.state)} {span.text}"))
    return parts
