"""Every address that the project names is sound, and of a host that somebody has looked at.

Whether a page is still there only the network can tell: `make links`.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'`|\\\]，。；、（）]+")
SOUND = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(?:/[\w.~%+@=,-]+)*/?(?:\?[\w=&.-]+)?(?:#[\w.:/~-]+)?")
# whoever adds a host has opened its page
HOSTS = {
    "anywidget.dev",
    "distributed.dask.org",
    "docs.kernel.org",
    "github.com",
    "jdbc.postgresql.org",
    "json-schema.org",
    "keepachangelog.com",
    "kubernetes.io",
    "opensource.com",
    "patroni.readthedocs.io",
    "semver.org",
    "unofficial-kubernetes.readthedocs.io",
    "www.postgresql.org",
}
# names that are written as addresses and lead nowhere
NAMES = {"http://www.w3.org/2000/svg"}


def told(text: str) -> list[str]:
    """Return the addresses of a text, without the marks of the sentence around them."""
    return [_within(found) for found in ADDRESS.findall(text)]


def _within(found: str) -> str:
    """Return an address as far as the bracket that was opened before it, without what ends a sentence."""
    opened = 0
    for place, letter in enumerate(found):
        opened += (letter == "(") - (letter == ")")
        if opened < 0:
            return found[:place]
    return found.rstrip(".,;:*")


def places() -> list[Path]:
    """Return the texts and sources in which the project names addresses."""
    folders = {
        "docs": "*.md",
        "notebooks/source": "*.md",
        "scenarios": "*.yaml",
        "statesim": "*.py",
        "frontend/src": "*.ts",
    }
    inside = [path for folder, kind in folders.items() for path in (ROOT / folder).rglob(kind)]
    return [*ROOT.glob("*.md"), ROOT / "pyproject.toml", *inside]


def test_every_address_is_sound_and_of_a_host_that_is_known() -> None:
    every = {
        (path.relative_to(ROOT).as_posix(), each)
        for path in places()
        for each in told(path.read_text("utf-8"))
    }
    every = {(path, each) for path, each in every if each not in NAMES}
    assert len(every) > 30
    assert sorted(each for each in every if not SOUND.fullmatch(each[1])) == []
    assert sorted(each for each in every if urlsplit(each[1]).hostname not in HOSTS) == []
    assert {urlsplit(each).hostname for _, each in every} == HOSTS, "a host that nobody names any more"


@pytest.mark.parametrize(
    "address",
    [
        "http://kubernetes.io/docs/",
        "https://kubernetes",
        "https://kubernetes.io//docs",
        "https://kubernetes.io/a{b}",
    ],
)
def test_an_address_that_is_not_sound_is_told(address: str) -> None:
    assert not SOUND.fullmatch(address)


def test_an_address_is_taken_out_of_its_sentence() -> None:
    text = "See [there](https://kubernetes.io/docs/a/), (https://semver.org) and https://x.org/f_(a)."
    assert told(text) == ["https://kubernetes.io/docs/a/", "https://semver.org", "https://x.org/f_(a)"]
