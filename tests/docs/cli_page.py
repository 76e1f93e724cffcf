"""The page docs/reference/cli.md: every command and option, from the command line itself."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import typer.main

from statesim.cli import app
from tests.docs.schema_words import cell

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# The command line

Made from the commands themselves; `statesim COMMAND --help` says the same. Exit codes: 0, all is well; 1, an expectation or a check
failed; 2, what was asked for is wrong, and nothing was written; 130, it was interrupted and what was finished is kept."""

_KINDS = {"int": "number", "float": "number", "path": "path"}


def page() -> str:
    """Return the page's text."""
    group = typer.main.get_command(app)
    commands = group.commands.items()  # type: ignore[attr-defined]
    shown = [(name, command) for name, command in commands if not command.hidden]
    index = [f"| [`statesim {name}`](#{name}) | {cell(_first(command.help))} |" for name, command in shown]
    lines = [_INTRODUCTION, "", "| command | |", "| --- | --- |", *index]
    return "\n".join([*lines, *(line for name, command in shown for line in _section(name, command))]) + "\n"


def _first(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").split("\n\n")[0].split())


def _section(name: str, command: Any) -> Iterator[str]:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option" and not param.hidden]
    usage = " ".join(f"{{{param.name}}}" + ("..." if param.nargs == -1 else "") for param in arguments)
    yield from ("", f"## {name}", "", "```text", f"statesim {name} [OPTIONS] {usage}".rstrip(), "```")
    for paragraph in inspect.cleandoc(command.help or "").replace("\b", "").split("\n\n"):
        yield from ("", " ".join(paragraph.split()))
    if arguments:
        yield from ("", "| argument | meaning |", "| --- | --- |")
        yield from (f"| `{param.name}` | {cell(_help(param))} |" for param in arguments)
    if options:
        yield from ("", "| option | default | meaning |", "| --- | --- | --- |")
        yield from (f"| {_flags(param)} | {_default(param)} | {cell(_help(param))} |" for param in options)


def _help(param: Any) -> str:
    return " ".join((param.help or "").split())


def _flags(param: Any) -> str:
    flags = ", ".join(f"`{flag}`" for flag in (*param.opts, *param.secondary_opts))
    return flags if param.is_flag else f"{flags} *{_kind(param)}*"


def _kind(param: Any) -> str:
    """Return what an option takes: its placeholder, or the kind of its values."""
    if param.metavar:
        return str(param.metavar)
    annotation = param.type_descriptor.annotation if hasattr(param, "type_descriptor") else param.type.name
    words = str(getattr(annotation, "__name__", annotation)).lower()
    return next((kind for part, kind in _KINDS.items() if part in words), "text")


def _default(param: Any) -> str:
    value = param.default
    if param.is_flag or value in (None, (), [], ""):
        return ""
    return f"`{value}`"
