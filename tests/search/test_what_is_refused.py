"""The search at the command line: what it refuses, and what it says where it finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.search.test_search import LOST, invoke

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("faults", ["node-crash,", ",node-crash", "node-crash,,pod-kill", " "])
def test_a_comma_without_a_word_is_no_list_of_faults(faults: str) -> None:
    code, told = invoke("pg-node-crash", "--for", LOST, "--variant", "patroni-async", "--faults", faults)

    assert code == 2
    assert "has a comma with no word before or after it" in told


def test_a_file_that_was_found_before_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "split.yaml"
    path.write_text("precious", encoding="utf-8")
    code, told = invoke("pg-node-crash", "--for", LOST, "--variant", "patroni-async", "--out", str(path))

    assert code == 2
    assert "is there already, and is not overwritten" in told
    assert path.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    ("looked_for", "told"),
    [
        (LOST, "none of them shows it under patroni-sync at all, whatever patroni-async does"),
        ("nodes.down_s > 0", "2 of them show it under patroni-sync, and under patroni-async as well"),
    ],
)
def test_what_is_not_found_in_one_variant_alone_says_whether_it_is_in_both(
    looked_for: str, told: str
) -> None:
    words = ("--variant", "patroni-sync", "--but-not", "patroni-async", "--faults", "node-crash")
    code, said = invoke("pg-node-crash", "--for", looked_for, *words, "--seeds", "2", "--jobs", "1")

    assert code == 1
    assert f"2 plans tried: none shows {looked_for} under patroni-sync and not under patroni-async" in said
    assert told in said
