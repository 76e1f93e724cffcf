"""How many cases were tried is part of what these tests say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tell = Callable[[str, int, int], None]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Return a function that prints how many cases ran, and fails if they were fewer than so many."""

    def say(what: str, cases: int, least: int) -> None:
        with capsys.disabled():
            print(f"\n{what}: {cases:,} cases", end=" ")  # noqa: T201 - it goes to the terminal
        assert cases >= least

    return say
