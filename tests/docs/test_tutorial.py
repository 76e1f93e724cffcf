"""What the tutorial shows of a table is what the program prints."""

from __future__ import annotations

import io
import re
import shlex
from itertools import pairwise

from rich.console import Console

import statesim
from statesim.views.tables import summary
from tests.docs.pages import DOCS

# a command, and the text that the page says its table has
SHOWN = re.compile(
    r"^\$ statesim run ([^\n]*)\n```\n(?:(?!```).)*?```text\n(.*?)```", re.DOTALL | re.MULTILINE
)


def test_the_table_of_the_tutorial_is_what_is_printed() -> None:
    (command, told), *others = SHOWN.findall((DOCS / "tutorial.md").read_text(encoding="utf-8"))
    assert not others
    words = shlex.split(command)
    names = [word for before, word in pairwise(words) if before == "--variant"]
    assert len(names) == 3
    out = io.StringIO()
    Console(file=out, width=200).print(summary(statesim.run(words[0], variants=names).metrics))
    printed = [re.split(r"\s{2,}", line.strip())[0] for line in out.getvalue().splitlines()]
    lines = [line for line in told.splitlines() if line]
    assert [line for line in printed if line in lines] == lines
