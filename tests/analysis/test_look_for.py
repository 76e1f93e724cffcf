"""What people are told to look at is what the run that they have shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.test_cli import SMALL, call

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_only_what_the_variants_that_were_run_show_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    look = ["`statesim get out/small pods --variant one`.", "`--variant two` differs.", "Both end."]
    variants = "variants: [{name: one, patch: {}}, {name: two, patch: {}}]\n"
    small = tmp_path / "small.yaml"
    small.write_text(
        SMALL.replace("{name: small}", f"{{name: small, lookFor: {json.dumps(look)}}}") + variants,
        encoding="utf-8",
    )
    for asked, told in (((), look), (("one",), [look[0], look[2]]), (("two",), look[1:])):
        capsys.readouterr()
        out = tmp_path / "-".join(("out", *asked))
        only = [word for name in asked for word in ("--variant", name)]
        assert call(monkeypatch, "run", str(small), "--out", str(out), *only) == 0
        printed = capsys.readouterr().out
        page = (out / "report.html").read_text(encoding="utf-8").partition("What to look for")[2]
        for line in look:
            shown = "--variant one`." if line == look[0] else line
            assert (shown in printed) == (line in told), line
        assert page.partition("</ul>")[0].count("<li>") == len(told)
