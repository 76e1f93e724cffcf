"""The tables of docs/howto/give-a-workshop.md, made of what the lessons say."""

from __future__ import annotations

from statesim.lessons.course import TRACKS, course

EMPTY = "—"


def tracks() -> str:
    """Return a row for each lesson, and their sum."""
    rows = []
    for each in course():
        minutes = " | ".join(str(each.minutes.get(track, EMPTY)) for track in TRACKS)
        rows.append(f"| `{each.name}` | {minutes} | {each.learned} |")
    sums = " | ".join(str(sum(each.minutes[track] for each in course(track=track))) for track in TRACKS)
    return "\n".join([*rows, f"| together | {sums} | |"])


def plan(track: int = 45) -> str:
    """Return when each lesson of a track begins and ends."""
    rows, at = [], 0
    for each in course(track=track):
        rows.append(
            f"| {at}–{at + each.minutes[track]} | `{each.name}`: {each.title} | guess, run, exercise |"
        )
        at += each.minutes[track]
    return "\n".join(rows)
