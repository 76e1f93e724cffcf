"""The pages of the documentation that are made and not written.

python -m tests.docs.pages          writes them
python -m tests.docs.pages --open   lists the rows of the acceptance list that no test holds yet
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs import (
    cli_page,
    conformance_page,
    faults_page,
    knobs_page,
    schema_page,
    states_page,
    versions_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
PAGES: dict[str, Callable[[], str]] = {
    "reference/cli.md": cli_page.page,
    "reference/conformance.md": conformance_page.page,
    "reference/faults.md": faults_page.page,
    "reference/knobs.md": knobs_page.page,
    "reference/schema.md": schema_page.page,
    "reference/versions.md": versions_page.page,
    "systems/four-kinds.md": states_page.page,
}


def open_rows(tests: dict[str, list[str]] | None = None) -> list[str]:
    """Return the rows of the acceptance list that no test holds, and that do not say why."""
    tests = conformance_page.held_by() if tests is None else tests
    return [
        f"{entry['id']}  {entry['source']}  {entry['case']}"
        for entry in conformance_page.rows()
        if entry["id"] not in tests and "notModelled" not in entry
    ]


if __name__ == "__main__":
    if "--open" in sys.argv[1:]:
        print("\n".join(open_rows()))  # noqa: T201
    else:
        states_page.draw(DOCS / "systems")
        for name, page in PAGES.items():
            (DOCS / name).write_text(page(), encoding="utf-8")
            print(f"wrote docs/{name}")  # noqa: T201
