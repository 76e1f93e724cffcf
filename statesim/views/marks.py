"""The timeline as data: what is to be drawn, before any canvas. Tests look at this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from statesim.analysis.intervals import ABSENT, CORDONED, total_us
from statesim.analysis.measure_cluster import ready_track, workloads
from statesim.analysis.metrics import metrics
from statesim.analysis.outcome import outcome, severity
from statesim.analysis.reading import Reading
from statesim.kernel.spans import SECOND
from statesim.views.acts import acts, in_all, numbered
from statesim.views.axis import time_label
from statesim.views.drift_strips import drift_strips
from statesim.views.lanes import Lane, drain_lane, node_lane, pod_lane, sizes, volume_lane
from statesim.views.speech import spoken
from statesim.views.spells import spell_lanes, subject_strips
from statesim.views.strips import Strip, client_strip, workload_strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.intervals import NodeTrack, PodTrack, VolumeTrack
    from statesim.analysis.record import RunRecord
    from statesim.views.acts import Vertical

MOST_PODS = 8
MOST_PODS_ALONE = 14


@dataclass(frozen=True, slots=True)
class Panel:
    """One variant: its name, its outcome and everything under it.

    `listed`: what happened stands under its heading, not over all panels.
    """

    variant: str
    title: str
    outcome: str
    severity: str
    lanes: tuple[Lane, ...]
    strips: tuple[Strip, ...]
    verticals: tuple[Vertical, ...]
    listed: bool = False


@dataclass(frozen=True, slots=True)
class TimelineMarks:
    """The whole picture: panels over one time axis that shows `window` (s).

    `verticals` is what happened in all of them; empty where each panel lists its own. `left_out`: which rows
    have no room.
    """

    title: str
    panels: tuple[Panel, ...]
    window: tuple[float, float]
    verticals: tuple[Vertical, ...] = ()
    left_out: str = ""

    @property
    def used(self) -> set[tuple[str, str]]:
        """Return the looks (table, kind) that the lanes and the curves need within the window."""
        start, end = self.window
        lanes = [lane for panel in self.panels for lane in panel.lanes]
        drawn = (span for lane in lanes for span in (*lane.wide, *lane.narrow))
        spans = {(span.table, span.kind) for span in drawn if span.start < end and span.end > start}
        strips = [strip for panel in self.panels for strip in panel.strips]
        return spans | {(strip.looks[0], kind) for strip in strips for kind in strip.used}


def timeline_marks(
    records: Sequence[RunRecord | Reading],
    window: tuple[float, float] | None = None,
    *,
    drift: bool = False,
) -> TimelineMarks:
    """Return what the timeline of these runs consists of.

    Parameters
    ----------
    records
        One for each panel, from top to bottom.
    window
        From and to (s) of what is shown; ``None`` = all.
    drift
        Show how far containers have moved from their image.

    Raises
    ------
    ValueError
        If there are no records, or the window is empty.
    """
    readings = [run if isinstance(run, Reading) else Reading(run) for run in records]
    shown = window_of(readings, window)
    most = MOST_PODS_ALONE if len(readings) == 1 else MOST_PODS
    sized = any(len(sizes(volume)) > 1 for r in readings for volume in r.tracks.volumes.values())
    panels = tuple(_panel(reading, shown, most, sized=sized, drift=drift) for reading in readings)
    return together(title_of(readings), panels, shown)


def title_of(readings: Sequence[Reading]) -> str:
    """Return what the scenario of these runs is called."""
    first = readings[0].record
    return first.said(str(first.metadata.get("scenario_title", first.scenario)), spoken())


def window_of(readings: Sequence[Reading], window: tuple[float, float] | None) -> tuple[float, float]:
    """Return what is shown (s): the window that was asked for, as far as there is a run, or all.

    Raises
    ------
    ValueError
        If there are no runs, or nothing of them lies in the window.
    """
    if not readings:
        raise ValueError("a timeline needs at least one run")
    end = max(reading.record.duration_s for reading in readings)
    shown = (0.0, end) if window is None else (max(0.0, window[0]), min(end, window[1]))
    if shown[0] >= shown[1]:
        asked = (0.0, end) if window is None else window
        ends = time_label(end, end)
        raise ValueError(
            f"nothing to show from {asked[0]:g} s to {asked[1]:g} s: the run ends at {ends} ({end:g} s)"
        )
    return shown


def together(title: str, panels: Sequence[Panel], window: tuple[float, float]) -> TimelineMarks:
    """Return the picture of these panels.

    What happened in all of them alike stands over them, numbered once; else each numbers and lists its own.
    """
    differs = {tuple(each.same for each in panel.verticals) for panel in panels if panel.verticals}
    if len(differs) > 1:
        own = tuple(replace(p, verticals=numbered(p.verticals), listed=bool(p.verticals)) for p in panels)
        return TimelineMarks(title, own, window)
    alike = tuple(replace(panel, verticals=numbered(panel.verticals), listed=False) for panel in panels)
    return TimelineMarks(title, alike, window, in_all([panel.verticals for panel in alike]))


def _panel(
    reading: Reading,
    window: tuple[float, float],
    most: int,
    *,
    sized: bool,
    drift: bool,
) -> Panel:
    measured: dict[str, Any] = metrics(reading)
    pods, crowded = chosen_pods(reading, most)
    nodes = _chosen_nodes(reading, pods)
    volumes = _chosen_volumes(reading, nodes, most, sized=sized)
    lanes = [pod_lane(pod) for pod in pods]
    lanes += _node_lanes(reading, nodes)
    lanes += spell_lanes(reading)
    lanes += [volume_lane(volume, sized=sized) for volume in volumes]
    strips = [
        workload_strip(name, ready_track(workload, reading.record.duration_us), hidden)
        for name, (workload, hidden) in crowded.items()
    ]
    for name in reading.clients:
        strips += [client_strip(reading, name, window), *subject_strips(reading, name, window)]
    strips += drift_strips(reading) if drift else []
    record = reading.record
    return Panel(
        record.variant,
        record.title_in(spoken()),
        outcome(measured, spoken()),
        severity(measured),
        tuple(lanes),
        tuple(strips),
        acts(reading, window),
    )


def _node_lanes(reading: Reading, nodes: Iterable[NodeTrack]) -> list[Lane]:
    """Return the nodes' rows, under each its drains."""
    lanes = []
    for node in nodes:
        lanes.append(node_lane(node))
        drained = [drain for drain in reading.drains if drain.node == node.name]
        if drained:
            lanes.append(drain_lane(node.name, drained))
    return lanes


# -- choosing ------------------------------------------------------------------------------------------------


def chosen_pods(reading: Reading, most: int) -> tuple[list[PodTrack], dict[str, tuple[Any, int]]]:
    """Return the pods that get a lane, and the workloads that have more: those in trouble come first."""
    chosen: list[PodTrack] = []
    crowded: dict[str, tuple[Any, int]] = {}
    found = workloads(reading)
    owned = {pod.name for workload in found.values() for pod in workload.pods}
    for key, workload in found.items():
        pods = workload.pods
        if len(pods) > most:
            crowded[key.partition("/")[2]] = (workload, len(pods) - most)
            pods = _most_telling(pods, most)
        chosen += sorted(pods, key=_order)
    return chosen + [pod for pod in reading.tracks.pods.values() if pod.name not in owned], crowded


def _order(pod: PodTrack) -> tuple[int, int, int, str]:
    born = pod.births[0].t_us // SECOND if pod.births else 0
    gone = pod.api[-1].start_us if pod.api and pod.api[-1].state == ABSENT else 0
    return (born, gone, len(pod.name), pod.name)


def _most_telling(pods: Sequence[PodTrack], most: int) -> list[PodTrack]:
    """Return those that were in trouble, then as many of the rest as fit, spread over time."""
    troubled = sorted((p for p in pods if _trouble_us(p)), key=_trouble_us, reverse=True)[:most]
    rest = sorted((p for p in pods if not _trouble_us(p)), key=_order)
    room = most - len(troubled)
    step = len(rest) / room if room else 0
    return troubled + [rest[int(index * step)] for index in range(min(room, len(rest)))]


def _trouble_us(pod: PodTrack) -> int:
    """Return for how long a pod was dead, frozen, waiting or unready after it had once been Ready (µs)."""
    after = pod.births[0].ready_us if pod.births else None
    unready = sum(i.length_us for i in pod.api if i.state == "not-ready" and after and i.start_us >= after)
    dead = sum(i.length_us for i in pod.truth if i.state in ("dead", "frozen") and i.label != "stopped")
    return unready + dead + total_us(pod.api, "waiting-volume", "no-image", "back-off", "failed")


def _chosen_nodes(reading: Reading, pods: Iterable[PodTrack]) -> list[NodeTrack]:
    """Return the nodes that host these pods and to which something happened, and those that were drained."""
    hosts = {interval.label for pod in pods for interval in pod.nodes if interval.state != ABSENT}
    drained = {drain.node for drain in reading.drains}
    found = reading.tracks.nodes.values()
    return [n for n in found if n.name in drained or (n.name in hosts and _eventful(n))]


def _eventful(node: NodeTrack) -> bool:
    """Tell whether anything happened to a node."""
    cordoned = any(interval.label == CORDONED for interval in node.api)
    return (
        cordoned or total_us(node.api, "not-ready") + total_us(node.truth, "crashed", "paused", "cut-off") > 0
    )


def _chosen_volumes(
    reading: Reading, nodes: Iterable[NodeTrack], most: int, *, sized: bool
) -> list[VolumeTrack]:
    """Return the volumes that moved, were waited for or lost, or were held by a node in trouble.

    Where one has grown, in this run or in one that it is compared with, the sizes of all are of interest.
    """
    if sized:
        return list(reading.tracks.volumes.values())[:most]
    troubled = {node.name for node in nodes}
    chosen = []
    for volume in reading.tracks.volumes.values():
        holders = {i.label for i in volume.attached if i.state == "attached"}
        waited = total_us(volume.waits, "waiting") + total_us(volume.attached, "lost")
        if waited or len(holders) > 1 or holders & troubled:
            chosen.append(volume)
    return chosen
