"""A notebook in JupyterLab shows pictures and `result.replay()`, and a real browser plays it there."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.frontend.node import ROOT, left_out, script

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 60
TOKEN = "of-this-test-alone"
# news from afar, and whether they are wanted
ASKING = ("@jupyterlab/apputils-extension:announcements",)
CELLS = (
    "import statesim",
    'result = statesim.run("bare-container", variants=["bare"])',
    "result.timeline()",
    "result.replay()",
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Write the notebook that a reader of the documentation would write."""
    written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    written.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "notebooks" / "replay.ipynb"
    path.parent.mkdir()
    nbformat.write(written, path)
    return path


@pytest.fixture
def served(notebook: Path, tmp_path: Path) -> Iterator[str]:
    """Serve it from a JupyterLab on this machine that knows nothing of whoever runs the tests; yield its address."""
    if importlib.util.find_spec("jupyterlab") is None:
        left_out("no JupyterLab: pip install 'statesim[notebook]', or the dev extra, which names it too")
    own = {
        f"JUPYTER_{what}": str(tmp_path / what.lower()) for what in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    }
    environment = {**os.environ, **own, "PYTHONPATH": str(ROOT)}
    asks_nothing = tmp_path / "config_dir" / "labconfig" / "page_config.json"
    asks_nothing.parent.mkdir(parents=True)
    asks_nothing.write_text(json.dumps({"disabledExtensions": dict.fromkeys(ASKING, True)}), encoding="utf-8")
    told = tmp_path / "jupyterlab.log"
    with told.open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}"),
                f"--ServerApp.root_dir={notebook.parent}",
            ],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield f"{_address(server, tmp_path / 'runtime_dir', told)}lab/tree/{notebook.name}?token={TOKEN}"
        finally:
            server.terminate()
            try:
                server.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _address(server: subprocess.Popen[bytes], runtime: Path, told: Path) -> str:
    """Return where a server listens, as soon as it says so in the file that it leaves for others."""
    until = time.monotonic() + PATIENCE_S
    said = runtime / f"jpserver-{server.pid}.json"
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        if said.exists() and (text := said.read_text(encoding="utf-8")).endswith("}"):
            return str(json.loads(text)["url"])
        time.sleep(0.05)
    pytest.fail(f"JupyterLab does not serve:\n{told.read_text(encoding='utf-8')[-3000:]}")


@pytest.mark.jupyterlab
def test_a_replay_plays_in_a_cell_of_jupyterlab(npm: str, served: str) -> None:
    told = script(npm, "test:e2e", "test/e2e/jupyterlab.test.ts", JUPYTERLAB_NOTEBOOK=served)
    assert "1 passed" in told
