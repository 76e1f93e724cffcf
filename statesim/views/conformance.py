"""Recordings and their replays for people: the table, and where they differ both timelines side by side."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from rich.table import Table

from statesim.analysis.conformance.checks import CHECKS, SUBJECTS, sides

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.analysis.conformance.pair import Mismatch, Verdict
    from statesim.analysis.conformance.stories import Moment


def table(verdicts: Sequence[Verdict]) -> Table:
    """Return one row a recording, one column a check: ``agrees``, how much does not, ``-`` for no matter."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("recording", "version", *CHECKS, "verdict"):
        made.add_column(column)
    for verdict in verdicts:
        made.add_row(*row(verdict))
    return made


def row(verdict: Verdict) -> list[str]:
    """Return a verdict as texts: name, version, one text a check, PASS or FAIL."""
    recording = verdict.pair.recording
    if "replay" in verdict.found:
        return [verdict.name, recording.kubernetes, *("?" for _ in CHECKS), "FAIL"]
    told = [_cell(len(verdict.found[name]), concerns=SUBJECTS[name](recording)) for name in CHECKS]
    return [verdict.name, recording.kubernetes, *told, "PASS" if verdict.passed else "FAIL"]


def _cell(differing: int, *, concerns: bool) -> str:
    if differing:
        return f"{differing} differ"
    return "agrees" if concerns else "-"


def details(verdict: Verdict) -> str:
    """Return what differs, and for each row concerned both timelines side by side."""
    lines = [f"{verdict.name}: where recording and replay differ"]
    timelines = sides(verdict.pair)
    for name, found in verdict.found.items():
        if not found:
            continue
        lines += ["", f"  {name}"]
        lines += [f"    {mismatch.told}" for mismatch in found]
        for subject in _subjects(found):
            if subject in timelines:
                lines += ["", *(f"    {line}" for line in side_by_side(subject, *timelines[subject]))]
    return "\n".join(lines)


def _subjects(found: Sequence[Mismatch]) -> list[str]:
    return list(dict.fromkeys(mismatch.subject for mismatch in found))


def side_by_side(subject: str, recorded: Sequence[Moment], simulated: Sequence[Moment]) -> list[str]:
    """Return two timelines in columns; a row that only one of them has is marked."""
    rows = list(_aligned(recorded, simulated))
    width = max([len(subject), *(len(told) + 2 for told, _, _ in rows)])
    lines = [f"{subject:<{width}}  {'recorded':>9}  {'simulated':>9}"]
    for told, real, ours in rows:
        mark = "" if real is not None and ours is not None else "  <- only here"
        lines.append(f"  {told:<{width - 2}}  {_time(real):>9}  {_time(ours):>9}{mark}")
    return lines


def _time(t: float | None) -> str:
    return "" if t is None else f"{t:.2f} s"


def _aligned(
    recorded: Sequence[Moment], simulated: Sequence[Moment]
) -> Iterator[tuple[str, float | None, float | None]]:
    theirs, ours = [told for told, _ in recorded], [told for told, _ in simulated]
    for kind, i, j, k, m in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if kind == "equal":
            for (told, t), (_, simulated_t) in zip(recorded[i:j], simulated[k:m], strict=True):
                yield told, t, simulated_t
            continue
        for told, t in recorded[i:j]:
            yield told, t, None
        for told, t in simulated[k:m]:
            yield told, None, t
