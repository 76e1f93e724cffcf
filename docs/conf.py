"""How the documentation is built: ``make docs`` (Sphinx, MyST)."""

from __future__ import annotations

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
html_css_files = ["statesim.css"]
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp, .go"
