"""The pictures of the documentation, each from a scenario that ships.

python -m tests.docs.gallery            draws those whose run has changed
python -m tests.docs.gallery NAME ...   draws these
python -m tests.docs.gallery --site     also leaves a page that plays each of them, for the site

A picture carries the digest of the traces that it shows, so that a test can tell whether it is still true.
"""

from __future__ import annotations

import sys
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import statesim
from statesim.views.replay.page import page

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "gallery"
SITE = Path(__file__).parents[2] / "docs" / "_site"  # what the site has beside its pages
_KEY = "statesim trace"
DPI = 75


class Picture(NamedTuple):
    """One picture: its name, the scenario and the variants that it shows, the time (s), and whether drift is.

    `kind` is a function of `statesim.plot`.
    """

    name: str
    scenario: str
    variants: tuple[str, ...] = ()
    window: tuple[float, float] | None = None
    drift: bool = False
    kind: str = "timeline"


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


def run(picture: Picture) -> statesim.Result:
    """Run what a picture shows."""
    return statesim.run(picture.scenario, variants=picture.variants)


def digest(result: statesim.Result) -> str:
    """Return a digest over the traces of a run."""
    found = blake2b(digest_size=16)
    for record in result.records:
        for event in record.events:
            found.update(event.line().encode())
    return found.hexdigest()


def drawn_from(name: str) -> str | None:
    """Return the digest of the traces that the picture of that name shows; none if it is not there."""
    from PIL import Image

    path = FOLDER / f"{name}.png"
    if not path.exists():
        return None
    with Image.open(path) as image:
        return image.info.get(_KEY)


def draw(picture: Picture, result: statesim.Result) -> Path:
    """Draw a picture of what has been run."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    path = FOLDER / f"{picture.name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"drift": picture.drift} if picture.kind == "timeline" else {}
    axes = getattr(statesim.plot, picture.kind)(result, window=picture.window, **options)
    figure = axes.get_figure(root=True)
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    said = PngInfo()
    said.add_text(_KEY, digest(result))
    # flat colours and grey letters: a palette takes a third of the bytes
    Image.open(drawn).convert("RGB").quantize(96).save(path, optimize=True, pnginfo=said)
    return path


def playable(picture: Picture, result: statesim.Result, site: Path = SITE) -> Path:
    """Write the page that plays what a picture shows."""
    path = site / "replays" / f"{picture.name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(result.replay_document()), encoding="utf-8")
    return path


def main(words: list[str]) -> None:
    """Draw what is asked for, or what has changed."""
    names = [word for word in words if word != "--site"]
    for picture in PICTURES:
        if names and picture.name not in names:
            continue
        result = run(picture)
        if names or drawn_from(picture.name) != digest(result):
            print(draw(picture, result))  # noqa: T201
        if "--site" in words:
            playable(picture, result)


if __name__ == "__main__":
    main(sys.argv[1:])
