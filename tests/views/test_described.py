"""Pictures say in words what they show, where a notebook hands these to whoever does not see them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import statesim
from statesim.views.picture import Picture

display = pytest.importorskip("IPython.core.formatters")


@pytest.fixture(scope="module")
def result() -> statesim.Result:
    return statesim.run("pg-node-crash", variants=["statefulset", "patroni-sync"])


def shown(picture: object) -> dict[str, str]:
    """Return what stands in the image that a notebook shows."""
    found: list[dict[str, str]] = []

    class Images(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "img":
                found.append({name: value or "" for name, value in attrs})

    bundle, _ = display.DisplayFormatter().format(picture)
    Images().feed(bundle["text/html"])
    (only,) = found
    return only


def test_a_timeline_says_what_came_of_each_variant(result: statesim.Result) -> None:
    image = shown(result.timeline())
    assert image["src"].startswith("data:image/png;base64,iVBOR")
    outcomes = [each["outcome"] for each in result.metrics["variants"].values() if "outcome" in each]
    title, *each = image["alt"].splitlines()
    assert title == "A node dies under PostgreSQL"
    assert each[0].startswith("StatefulSet, one replica: no writes until the end")
    assert each[1].startswith("StatefulSet + Patroni, synchronous: no writes for")
    assert all(any(outcome in line for line in each) for outcome in outcomes)


def test_it_says_so_in_the_language_of_the_picture(result: statesim.Result) -> None:
    alt = result.timeline(language="zh").alt
    assert alt.startswith(("PostgreSQL 所在的节点失效\nStatefulSet，一个副本：写入一直中断", "A node dies"))


def test_an_instant_says_who_is_there_and_how(result: statesim.Result) -> None:
    for theme in ("paper", "slides"):
        ax = statesim.plot.topology(result, at="90s", variant="patroni-sync", theme=theme)
        alt = shown(ax.get_figure(root=True))["alt"]
        assert alt.startswith("StatefulSet + Patroni, synchronous at 1:30\n")
        assert all(words in alt for words in ("pg-1", "primary", "n-a-1", "no power"))


@pytest.mark.parametrize("name", ["roles", "sessions", "drift", "compare"])
def test_every_picture_of_variants_names_them(result: statesim.Result, name: str) -> None:
    alt = shown(getattr(statesim.plot, name)(result).get_figure(root=True))["alt"]
    assert all(title in alt for title in ("StatefulSet, one replica", "StatefulSet + Patroni, synchronous"))


def test_pictures_of_many_runs_say_the_numbers() -> None:
    runs = statesim.sweep("pg-node-crash", seeds=2, variants=["patroni-sync"], jobs=1)
    assert "patroni-sync: p50 " in shown(runs.ecdf("systems.pg.rto_s"))["alt"]
    assert "days a year" in shown(runs.nines("clients.shop.availability"))["alt"]


def test_a_figure_of_somebodys_own_is_left_as_it_is(result: statesim.Result) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 9))
    statesim.plot.timeline(result, ax=figure.add_subplot())
    assert not hasattr(figure, "alt")
    assert Picture()._repr_html_() is None
