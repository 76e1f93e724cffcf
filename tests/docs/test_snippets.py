"""The snippets of the documentation run: commands of the program, Python, scenarios and their parts, JSON.

Not run is what needs machines that are not here (`ELSEWHERE`), and other programs' commands: of these
`test_other_commands` asks whether what they name is there.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from typer.testing import CliRunner

import statesim
from statesim.cli import app
from statesim.scenario.export import json_schema
from statesim.scenario.positions import read_yaml
from tests.docs.gallery import FOUND
from tests.docs.snippets import PAGES, ROOT, Snippet, commands, in_few, is_scenario, snippets, with_few_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.errors import Finding

# `make demo`, and what a page says that its reader has made before
BEFORE = {
    "README.md": ["run pg-node-crash --out out/pg-node-crash --no-pictures"],
    "README.zh-CN.md": ["run pg-node-crash --out out/pg-node-crash --no-pictures"],
    "objects.md": ["run pg-node-crash --out DIR --no-pictures"],
    "trace.md": ["run sts-ordered-scale --out . --no-pictures"],
}
# what a page's commands write, and a picture of it shows
WRITES = {"find-a-failure": ("split.yaml", FOUND)}
# its commands are those of README.md, which a test holds
SAME = ROOT / "README.zh-CN.md"
# what needs a machine that is not here
ELSEWHERE = ("tcp://", "--dask")
# the pages whose commands draw as they do for a reader; the others', which draw the same, do without, and so do
# copies of lessons: tests of theirs let them write their pages
DRAWN = ("README",)


def _with(*languages: str) -> list[Path]:
    return [
        page for page in PAGES if page.exists() and any(each.language in languages for each in snippets(page))
    ]


def _named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _at(page: Path, snippet: Snippet) -> str:
    return f"{_named(page)}:{snippet.line}"


def _read(snippet: Snippet) -> Any:
    """Return a block of YAML as the program reads it (`on` is a word there)."""
    findings: list[Finding] = []
    (document,) = read_yaml(snippet.text, "snippet.yaml", findings)
    assert findings == []
    return document.data


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory that looks like a clone, in which a page's commands may leave what they like."""
    for name in ("scenarios", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "notebooks" / "data").mkdir(parents=True)  # a page writes there what it has run
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "page",
    [each for each in _with("console", "python") if each != SAME],
    ids=_named,
)
def test_what_a_page_tells_its_reader_to_run_runs(page: Path, desk: Path) -> None:
    for line in BEFORE.get(page.name, []):
        assert CliRunner().invoke(app, shlex.split(line)).exit_code == 0
    _write_scenarios(page, desk)
    names: dict[str, object] = {"statesim": statesim, "json": json}
    for snippet in snippets(page):
        if snippet.language == "console":
            for words in commands(snippet):
                _run(words, _at(page, snippet))
        elif snippet.language == "python" and not any(part in snippet.text for part in ELSEWHERE):
            code = compile(with_few_seeds(snippet.text), _at(page, snippet), "exec")
            exec(code, names)

    if page.stem in WRITES:
        name, kept = WRITES[page.stem]
        assert (desk / name).read_bytes() == kept.read_bytes(), "its picture shows another one"


def _write_scenarios(page: Path, desk: Path) -> None:
    """Save the whole scenarios of a page under their names, as it tells its reader to."""
    for snippet in snippets(page):
        if snippet.language == "yaml" and is_scenario(document := _read(snippet)):
            (desk / f"{document['metadata']['name']}.yaml").write_text(snippet.text, encoding="utf-8")


def _run(words: list[str], where: str) -> None:
    if any(part in word for word in words for part in ELSEWHERE):
        return
    few = in_few(words)
    if few[0] in ("run", "sweep") and not where.startswith(DRAWN):
        few.append("--no-pictures")
    elif few[:2] == ["lessons", "--copy"] and "--no-replays" not in few:
        few.append("--no-replays")
    done = CliRunner().invoke(app, few)
    # a search that finds nothing, a seed that was chosen because it breaks an expectation, a verdict
    answers = (0, 1) if few[0] in ("judge", "search") or "--seed" in few else (0,)
    assert done.exit_code in answers, f"{where}: statesim {shlex.join(few)}\n{done.output}"


@pytest.mark.parametrize("page", _with("yaml"), ids=_named)
def test_the_yaml_of_a_page_is_of_the_format(page: Path) -> None:
    whole = jsonschema.Draft202012Validator(json_schema())
    part = whole.evolve(schema={**json_schema(), "required": []})
    for snippet in snippets(page):
        if snippet.language != "yaml":
            continue
        document = _read(snippet)
        document = {"timeline": document} if isinstance(document, list) else document
        (whole if is_scenario(document) else part).validate(document)


@pytest.mark.parametrize("page", _with("json"), ids=_named)
def test_the_json_of_a_page_can_be_read(page: Path) -> None:
    for snippet in snippets(page):
        if snippet.language == "json":
            for row in _documents(snippet.text):
                json.loads(row)


def _documents(text: str) -> list[str]:
    """Return the documents of a block: one, or one in each line."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if all(line.startswith("{") and line.endswith("}") for line in lines) else [text]


def test_every_block_of_the_pages_says_what_it_is() -> None:
    known = {"console", "python", "yaml", "json", "jsonc", "text", "toml", "mermaid", "{toctree}"}
    unknown = [
        _at(page, each)
        for page in PAGES
        if page.exists()
        for each in snippets(page)
        if each.language not in known
    ]
    assert unknown == []
