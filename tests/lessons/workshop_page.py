"""The tables of docs/howto/give-a-workshop.md, made of what the lessons say."""

from __future__ import annotations

from statesim.lessons.course import BREAKS, TRACKS, course

EMPTY = "—"


def tracks() -> str:
    """Return a row for each lesson, and their sum."""
    rows = []
    for each in course():
        minutes = " | ".join(str(each.minutes.get(track, EMPTY)) for track in TRACKS)
        rows.append(f"| `{each.name}` | {minutes} | {each.learned} |")
    pauses = " | ".join(str(pause(track) or EMPTY) for track in TRACKS)
    sums = " | ".join(str(together(track)) for track in TRACKS)
    return "\n".join([*rows, f"| a break | {pauses} | |", f"| together | {sums} | |"])


def pause(track: int) -> int:
    """Return how many minutes a track pauses."""
    return BREAKS[track][1] if track in BREAKS else 0


def together(track: int) -> int:
    """Return how many minutes a track takes from its beginning to its end, with its break."""
    return sum(each.minutes[track] for each in course(track=track)) + pause(track)


def plan(track: int = 45) -> str:
    """Return when each lesson of a track begins and ends."""
    rows, at = [], 0
    for each in course(track=track):
        rows.append(
            f"| {at}–{at + each.minutes[track]} | `{each.name}`: {each.title} | guess, run, exercise |"
        )
        at += each.minutes[track]
    return "\n".join(rows)
