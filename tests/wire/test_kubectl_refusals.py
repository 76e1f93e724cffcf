"""What `get` does not do as kubectl does, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.command_line import call

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_an_order_that_get_does_not_have_is_refused_with_what_there_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "get", str(tmp_path), "pods", "--sort-by", ".metadata.name") == 2
    assert "objects stand by name" in " ".join(capsys.readouterr().err.split())
