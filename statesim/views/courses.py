"""Pictures of one question each, drawn as the timeline is: roles, connections, drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.drift import levels
from statesim.analysis.intervals import ABSENT, total_us
from statesim.analysis.measure_systems import dual_primary, without_primary
from statesim.analysis.reading import Reading
from statesim.analysis.session_spans import session_levels, session_spans
from statesim.kernel.spans import SECOND
from statesim.views.acts import acts
from statesim.views.drift_strips import drift_strips
from statesim.views.lanes import Lane, Span, pod_lane
from statesim.views.marks import Panel, TimelineMarks, chosen_pods, title_of, together, window_of
from statesim.views.speech import duration, say, spoken, word
from statesim.views.strips import Strip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statesim.analysis.drift import Level
    from statesim.analysis.intervals import Interval
    from statesim.analysis.members import SystemTrack
    from statesim.analysis.record import RunRecord
    from statesim.analysis.session_spans import Held, SessionSpan

    Window = tuple[float, float]
    Rows = tuple[list[Lane], list[Strip], str, str]  # lanes, curves, outcome, severity

MOST_PODS = 14
MOST_CURVES = 8
_GONE = (ABSENT, "dead", "frozen")
_AT_RISK = "at most {count} entries would have gone with a container or its pod"
_WRITES = {"0": "nobody", "1": "one"}


def _marks(
    runs: Sequence[RunRecord | Reading], window: Window | None, rows: Callable[[Reading, Window], Rows]
) -> TimelineMarks:
    """Return a picture with a panel for each run, made of what `rows` says of it."""
    readings = [run if isinstance(run, Reading) else Reading(run) for run in runs]
    shown = window_of(readings, window)
    panels = []
    for reading in readings:
        lanes, strips, outcome, severity = rows(reading, shown)
        record = reading.record
        panels.append(
            Panel(
                record.variant,
                record.title_in(spoken()),
                outcome,
                severity,
                tuple(lanes),
                tuple(strips),
                acts(reading, shown),
            )
        )
    return together(title_of(readings), panels, shown)


# -- roles ---------------------------------------------------------------------------------------------------


def roles_marks(runs: Sequence[RunRecord | Reading], window: Window | None = None) -> TimelineMarks:
    """Return who held which role: a row for each member, and one that says who took writes.

    Raises
    ------
    ValueError
        If there are no runs, or the window is empty.
    """
    return _marks(runs, window, _roles)


def _roles(reading: Reading, _: Window) -> Rows:
    lanes: list[Lane] = []
    told: list[str] = []
    worst = "good"
    members: set[str] = set()
    for system in reading.systems.values():
        if system.reigns:
            lanes.append(
                Lane(say("{name} takes writes", name=system.name), "writes", _writes(reading, system))
            )
            words, level = _reigned(system)
            several = len(reading.systems) > 1
            told.append(say("{name}: {words}", name=system.name, words=words) if several else words)
            worst = max(worst, level, key=("good", "hurt", "bad").index)
        pods = [reading.tracks.pods[name] for name in system.members if name in reading.tracks.pods]
        members |= {pod.name for pod in pods}
        lanes += [pod_lane(pod) for pod in pods[:MOST_PODS]]
    if not lanes:
        lanes = [pod_lane(pod) for pod in chosen_pods(reading, MOST_PODS)[0]]
        told.append(say("nobody here has a role"))
    return lanes, [], say("; ").join(told), worst


def _writes(reading: Reading, system: SystemTrack) -> tuple[Span, ...]:
    """Return who took writes, and the term since which, where the system counts terms."""
    terms = [
        (event.t_us, str(event.fields["pod"]), event.fields["term"])
        for event in reading.record.events
        if event.object == f"System/{system.name}" and event.event == "Elected" and "term" in event.fields
    ]
    spans = []
    for interval in system.accepting:
        kind = _WRITES.get(interval.state, "several")
        term = next(
            (n for t, pod, n in reversed(terms) if t <= interval.start_us and pod == interval.label), None
        )
        words = interval.label or word("nobody")
        words += say(", term {term}", term=term) if term is not None else ""
        if kind == "several":
            words = say("{who}: {number} at once", who=words, number=interval.state)
        spans.append(_span(interval, "writes", kind, words))
    return tuple(spans)


def _span(interval: Interval, table: str, kind: str, text: str) -> Span:
    return Span(interval.start_us / SECOND, interval.end_us / SECOND, table, kind, text)


def _reigned(system: SystemTrack) -> tuple[str, str]:
    """Return what became of a system's primaries, in words, and how bad that is."""
    without, dual = without_primary(system), dual_primary(system)
    told, level = [], "good"
    if without:
        longest = max(interval.length_us for interval in without)
        many = say(", {count} times", count=len(without)) if len(without) > 1 else ""
        told.append(say("no primary for {time}", time=duration(longest / SECOND)) + many)
        level = "hurt"
    if dual:
        both = total_us(dual, *{interval.state for interval in dual})
        told.append(say("two primaries for {time}", time=duration(both / SECOND)))
        level = "bad"
    return say(", ").join(told) or say("always one primary"), level


# -- sessions ------------------------------------------------------------------------------------------------


def sessions_marks(runs: Sequence[RunRecord | Reading], window: Window | None = None) -> TimelineMarks:
    """Return with whom clients were connected: a curve for each client and pod.

    What is open although nobody is there any more to answer is marked: the client does not know it yet.
    """
    return _marks(runs, window, _sessions)


def _sessions(reading: Reading, _: Window) -> Rows:
    spans = session_spans(reading.record.events, reading.record.duration_us)
    broken = sum(span.alike for span in spans if span.how)
    pairs = session_levels(spans)
    peak = {client: 0 for client, _pod in pairs}
    for (client, _pod), held in pairs.items():
        peak[client] = max(peak[client], *(each.sessions for each in held))
    ranked = sorted(pairs, key=lambda pair: -_weight(spans, pair))
    chosen = sorted(ranked[:MOST_CURVES], key=list(pairs).index)
    strips = [_curve(reading, spans, pair, pairs[pair], peak[pair[0]]) for pair in chosen]
    if not strips:
        return [], [], say("no sessions in this run"), "good"
    hidden = len(pairs) - len(chosen)
    told = say("{count:,} session{s} broken", count=broken) if broken else say("no session broken")
    told += say("; {hidden} more pods had sessions", hidden=hidden) if hidden else ""
    return [], strips, told, "hurt" if broken else "good"


def _weight(spans: Sequence[SessionSpan], pair: tuple[str, str]) -> int:
    """Return how much there is to tell of a client and a pod: what broke counts most."""
    return sum(span.alike * (1 + 10 * bool(span.how)) for span in spans if (span.client, span.pod) == pair)


def _curve(
    reading: Reading, spans: Sequence[SessionSpan], pair: tuple[str, str], held: Sequence[Held], peak: int
) -> Strip:
    client, pod = pair
    end = reading.record.duration_us
    track = reading.tracks.pods.get(pod)
    gone = [] if track is None else [i for i in track.truth if i.state in _GONE]
    cuts = {each.t_us for each in held} | {t for i in gone for t in (i.start_us, i.end_us)}
    edges = sorted({0, end} | {t for t in cuts if 0 < t < end})
    heights, lost = [], []
    for start in edges[:-1]:
        count = next((each.sessions for each in reversed(held) if each.t_us <= start), 0)
        heights.append(float(count))
        lost.append(float(count) if any(i.start_us <= start < i.end_us for i in gone) else 0.0)
    ended = [span for span in spans if (span.client, span.pod) == pair and span.how]
    count = sum(span.alike for span in ended)
    hows = say(", ").join(dict.fromkeys(word(span.how) for span in ended))
    text = say("{count:,} broken ({hows})", count=count, hows=hows) if count else ""
    first = min((span.end_us for span in ended), default=0) / SECOND
    several = len({each.client for each in spans}) > 1
    return Strip(
        f"{client}: {pod}" if several else pod, word("sessions"), tuple(t / SECOND for t in edges),
        tuple(heights), tuple(lost), text, of_client=False, looks=("session", "open", "dangling"),
        peak=float(peak), at=first,
    )  # fmt: skip


# -- drift ---------------------------------------------------------------------------------------------------


def drift_marks(runs: Sequence[RunRecord | Reading], window: Window | None = None) -> TimelineMarks:
    """Return how far containers have moved from their image: of each system a curve for each kind."""
    return _marks(runs, window, _drift)


def _drift(reading: Reading, _: Window) -> Rows:
    end = reading.record.duration_s
    courses = levels(reading.record.drift)
    strips = drift_strips(reading)  # first: what would be lost
    for label, unit, of in (
        ("identity of {name}", "named containers", lambda level: level.named),
        ("sessions of {name}", "open sessions", lambda level: level.sessions),
        ("roles of {name}", "with a role", lambda level: level.roles),
    ):
        strips += [
            _kind(say(label, name=name), word(unit), course, of, end) for name, course in courses.items()
        ]
    shown = [strip for strip in strips if any(strip.heights)]
    worst = max((max(strip.lost, default=0.0) for strip in shown), default=0.0)
    told = say(_AT_RISK, count=f"{worst:,.0f}") if worst else ""
    if not shown:
        told = say("nothing here ever differs from its image")
    return [], shown, told, "hurt" if worst else "good"


def _kind(label: str, unit: str, course: Sequence[Level], of: Callable[[Level], int], end: float) -> Strip:
    steps = [(level.t_us / SECOND, float(of(level))) for level in course if level.t_us / SECOND < end]
    if steps[0][0] > 0:
        steps.insert(0, (0.0, 0.0))
    return Strip(
        label, unit, (*(t for t, _ in steps), end), tuple(height for _, height in steps),
        tuple(0.0 for _ in steps), of_client=False, looks=("drift", "kind", "at-risk"),
    )  # fmt: skip
