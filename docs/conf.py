"""How the documentation is built: ``make docs`` (Sphinx, MyST)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from statesim.version import __version__

project = "statesim"
author = "the statesim developers"
copyright = "statesim developers, Apache-2.0"  # noqa: A001 - Sphinx' own name
release = version = __version__

extensions = ["myst_parser", "sphinx_copybutton", "sphinx_design"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build"]
language = "en"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

smartquotes_action = "qe"  # two hyphens are an option, not a dash

html_theme = "furo"
html_title = "statesim"
html_static_path = ["_static"]
html_extra_path = ["_site"] if (Path(__file__).parent / "_site").is_dir() else []  # the gallery's replays
html_css_files = ["statesim.css"]
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp, .go"


def play_it(app: Any, docname: str, source: list[str]) -> None:
    """Put a link below each picture of the gallery that can be played on the site."""
    if docname == "gallery":
        source[0] = re.sub(
            r"^!\[[^]]*\]\(images/gallery/([\w-]+)\.png\)$",
            lambda found: (
                f'{found[0]}\n\n<a href="replays/{found[1]}.html">Play it</a>'
                if (Path(app.srcdir) / "_site" / "replays" / f"{found[1]}.html").is_file()
                else found[0]
            ),
            source[0],
            flags=re.MULTILINE,
        )


def setup(app: Any) -> None:
    """Have Sphinx ask for that."""
    app.connect("source-read", play_it)
