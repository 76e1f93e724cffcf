"""The pictures of the documentation, each from a scenario that ships; those of many runs are `many`'s.

python -m tests.docs.gallery            draws those whose run, or whose drawing, has changed
python -m tests.docs.gallery NAME ...   draws these
python -m tests.docs.gallery --site     also leaves a page that plays each of them, for the site
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import statesim
from statesim.plot.given import reading_of
from statesim.views.courses import roles_marks, sessions_marks
from statesim.views.lamport import lamport_marks
from statesim.views.marks import timeline_marks
from statesim.views.replay.page import page
from tests.docs import many
from tests.docs.pictured import DPI, IMAGES, SHARP, Carried, carried, digest, digest_of_traces, looks, write

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = IMAGES / "gallery"
SITE = Path(__file__).parents[2] / "docs" / "_site"  # what the site has beside its pages
# as the search of docs/howto/find-a-failure.md writes it
FOUND = Path(__file__).parent / "found-two-sources.yaml"


class Picture(NamedTuple):
    """One picture: its name, the scenario and the variants that it shows, the time (s), and whether drift is.

    `kind` is a function of `statesim.plot`. `alone`: it stands on a page by itself, and is sharper.
    """

    name: str
    scenario: str
    variants: tuple[str, ...] = ()
    window: tuple[float, float] | None = None
    drift: bool = False
    kind: str = "timeline"
    alone: bool = False

    @property
    def path(self) -> Path:
        """Return where it lies."""
        return (IMAGES if self.alone else FOLDER) / f"{self.name}.png"

    @property
    def dpi(self) -> int:
        """Return its dots per inch."""
        return SHARP if self.alone else DPI


PICTURES = (
    Picture("web-and-database", "zone-outage", ("web", "zonal")),
    Picture("scaling", "traffic-rises", ("nobody-scales", "scaled")),
    Picture("rolling-update", "web-rolling-update", ("with-care", "without"), (20, 60)),
    Picture("drift", "drift", ("with-volume",), drift=True),
    Picture("cold-caches", "cold-cdn", ("all-at-once", "on-volumes")),
    Picture("storage", "killed-or-deleted"),
    Picture("one-volume-two-pods", "rwo-means-one-node", ("same-node", "other-node")),
    Picture("identity", "names-outlive-addresses"),
    Picture("who-is-first", "who-is-first"),
    Picture("session", "everyone-logged-out", ("local", "two-owners-slow"), (50, 220)),
    Picture("dead-sockets", "pool-full-of-dead-sockets", ("defaults", "socket-timeout")),
    Picture("cluster-role", "switchover-or-crash", ("switchover", "crash"), (50, 110)),
    Picture("bare-container", "bare-container-lost", ("nobody", "statefulset")),
    Picture("managed", "rds-or-in-the-cluster", ("instance", "patroni")),
    Picture("statefulset-and-patroni", "pg-node-crash", ("statefulset", "patroni-async")),
    Picture("by-hand", "promote-by-hand", ("unfenced", "fenced")),
    Picture(
        "both-families", "both-families", ("mysql", "mysql-orchestrator", "rethinkdb", "cassandra"), (90, 240)
    ),
    Picture("by-chart", "patroni-by-chart", ("atomicdb", "chart")),
    Picture("built-in", "cassandra-consistency-levels", ("quorum", "all")),
    Picture("cassandra-replaced", "cassandra-replaced-one-by-one", ("statefulset", "deployment")),
    Picture("ephemeral", "ephemeral-patroni", ("one", "all-three")),
    Picture("terminating", "stuck-terminating", ("nobody", "out-of-service")),
    Picture("split-identity", "split-identity", ("force-delete", "fenced")),
    Picture("frozen-agent", "frozen-agent", ("no-watchdog", "watchdog")),
    Picture("rollout-deadlock", "deployment-rwo-deadlock", ("rolling-update", "recreate")),
    Picture("semisync", "semisync-timeout", ("short-stall", "long-stall")),
    Picture("galera", "galera-bootstrapped-twice", ("right-member", "wrong-member")),
    Picture("what-led-to-what", "pg-node-crash", ("patroni-sync",), kind="lamport"),
    Picture("two-primaries", "promote-by-hand", ("unfenced", "fenced"), kind="roles"),
    Picture("connected-with-whom", "pg-node-crash", ("patroni-async",), (50, 110), kind="sessions"),
)


# beside the gallery: the first picture of README.md, and what a search has found
ALONE = (
    Picture("pg-node-crash", "pg-node-crash", alone=True),
    Picture("found-two-sources", str(FOUND), alone=True),
)
# what is handed to the canvas, by the function of `statesim.plot`
MARKS: dict[str, Callable[..., Any]] = {
    "timeline": lambda result, window, drift: timeline_marks(result.readings, window, drift=drift),
    "roles": lambda result, window, _: roles_marks(result.readings, window),
    "sessions": lambda result, window, _: sessions_marks(result.readings, window),
    "lamport": lambda result, window, _: lamport_marks(reading_of(result, None), window),
}


@lru_cache(maxsize=2)
def _run(scenario: str, variants: tuple[str, ...]) -> statesim.Result:
    return statesim.run(scenario, variants=variants)


def run(picture: Picture) -> statesim.Result:
    """Run what a picture shows."""
    return _run(picture.scenario, picture.variants)


def shows(picture: Picture, result: statesim.Result) -> Carried:
    """Return what a picture of what has been run would carry."""
    marks = MARKS[picture.kind](result, picture.window, picture.drift)
    options = (picture.kind, picture.variants, picture.window, picture.drift, picture.dpi)
    return Carried(digest_of_traces(result.records), digest(options, marks, looks(marks)))


def draw(picture: Picture, result: statesim.Result) -> Path:
    """Draw a picture of what has been run."""
    options = {"drift": picture.drift} if picture.kind == "timeline" else {}
    axes = getattr(statesim.plot, picture.kind)(result, window=picture.window, **options)
    return write(axes.get_figure(root=True), picture.path, shows(picture, result), picture.dpi)


def playable(picture: Picture, result: statesim.Result, site: Path = SITE) -> Path:
    """Write the page that plays what a picture shows."""
    path = site / "replays" / f"{picture.name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(result.replay_document()), encoding="utf-8")
    return path


def main(words: list[str]) -> None:
    """Draw what is asked for, or what has changed."""
    names = [word for word in words if word != "--site"]
    for picture in (*PICTURES, *ALONE):
        if names and picture.name not in names:
            continue
        result = run(picture)
        if names or carried(picture.path) != shows(picture, result):
            print(draw(picture, result))  # noqa: T201
        if "--site" in words and not picture.alone:
            playable(picture, result)
    for each in many.PICTURES:
        if each.name in names or (not names and carried(each.path) != many.shows(each)):
            print(many.draw(each))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
