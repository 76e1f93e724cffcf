"""A run that plays itself in a notebook: as a widget, and in a frame where there is no anywidget."""

from __future__ import annotations

import re
from base64 import b64decode
from html import unescape
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

import statesim
from statesim.errors import StatesimError
from statesim.views.replay.pack import inflated
from statesim.views.replay.page import module

if TYPE_CHECKING:
    from pathlib import Path

WIDGET = "application/vnd.jupyter.widget-view+json"
WITHOUT = "import sys\nsys.modules['anywidget'] = None  # as if it were not installed\n"


def output_of(code: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the last cell of a notebook shows, and the state of its widgets."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    (shown,) = [each for each in notebook.cells[0].outputs if each.output_type == "execute_result"]
    return shown["data"], notebook.metadata.get("widgets", {})


CODE = "import statesim\nstatesim.run('sts-ordered-scale').replay(height_px=500)"


def test_with_anywidget_a_notebook_shows_a_widget_that_has_the_module_and_the_document(
    tmp_path: Path,
) -> None:
    data, widgets = output_of(CODE, tmp_path)
    state = widgets["application/vnd.jupyter.widget-state+json"]["state"]
    model = state[data[WIDGET]["model_id"]]
    assert model["state"]["_esm"] == module()
    assert model["state"]["height"] == 500
    layout = state[model["state"]["layout"].removeprefix("IPY_MODEL_")]["state"]
    assert layout["height"] == "500px"  # without it Jupyter shows the first line of the stage alone
    (buffer,) = [each for each in model["buffers"] if each["path"] == ["document"]]
    document = inflated(b64decode(buffer["data"]))
    assert document == statesim.run("sts-ordered-scale").replay_document()


def test_a_widget_and_a_frame_open_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    chinese = CODE.replace("height_px=500", "language='zh'")
    data, widgets = output_of(chinese, tmp_path)
    state = widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert state[data[WIDGET]["model_id"]]["state"]["settings"] == {"language": "zh"}
    html = output_of(WITHOUT + chinese, tmp_path)[0]["text/html"]
    assert 'id="statesim-stage" lang="zh-CN"' in unescape(html)
    with pytest.raises(StatesimError, match="did you mean zh"):
        statesim.run("sts-ordered-scale").replay(language="zn")


def test_without_anywidget_it_shows_the_page_in_a_frame(tmp_path: Path) -> None:
    data, widgets = output_of(WITHOUT + CODE, tmp_path)
    assert not widgets
    assert WIDGET not in data
    html = data["text/html"]
    assert html.startswith('<iframe title="Replay of ')
    assert 'sandbox="allow-scripts"' in html
    assert "height: 500px" in html
    (inner,) = re.findall(r'srcdoc="([^"]*)"', html)
    (packed,) = re.findall(r'id="statesim-replay">([^<]*)</script>', unescape(inner))
    assert inflated(b64decode(packed))["scenario"]["name"] == "sts-ordered-scale"


def test_a_variant_that_is_not_there_is_named_with_the_nearest() -> None:
    result = statesim.run("stuck-terminating", variants=["nobody", "force-delete"])
    with pytest.raises(StatesimError, match="there is no variant 'forced-delete'; did you mean force-delete"):
        result.replay(["forced-delete"])
    assert [each["name"] for each in result.replay_document(["nobody"])["variants"]] == ["nobody"]
