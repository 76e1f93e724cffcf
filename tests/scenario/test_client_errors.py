"""What people get wrong about clients' connections, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.scenario.load import load
from tests.scenario.test_errors import HEAD, WORLD, complaints

if TYPE_CHECKING:
    from pathlib import Path

WHOM = "target: Service/pg, operations: {rate: 1/s}"
CASES = [
    (
        f"{WHOM}, pool: {{preset: hikari}}",
        "pool.preset: expected hikaricp or pgbouncer, found 'hikari' (did you mean hikaricp?)",
    ),
    (f"{WHOM}, pool: {{size: 10}}", "pool: preset is missing"),
    (f"{WHOM}, pool: {{preset: hikaricp, sise: 10}}", "pool.sise: unknown key (did you mean size?)"),
    (
        f"{WHOM}, pool: {{preset: hikaricp, loginRetry: 5s}}",
        "loginRetry is not for preset: hikaricp (leave it out)",
    ),
    (
        f"{WHOM}, pool: {{preset: pgbouncer, keepaliveTime: 5s}}",
        "keepaliveTime is not for preset: pgbouncer (leave it out)",
    ),
    (
        f"{WHOM}, pool: {{preset: hikaricp, size: 3, minimumIdle: 4}}",
        "minimumIdle is more than size (at most 3)",
    ),
    (
        f"{WHOM}, pool: {{preset: hikaricp}}, connections: short",
        "connections: short is not for a client with a pool",
    ),
    (
        f"{WHOM}, pool: {{preset: hikaricp}}, backoff: {{}}",
        "backoff is not for a client with a pool, which has its own",
    ),
    (f"{WHOM}, tcp: {{keepAlive: {{}}}}", "tcp.keepAlive: unknown key (did you mean keepalive?)"),
    (f"{WHOM}, tcp: {{keepalive: {{idle: 10ms}}}}", "idle is at least 1s: Linux counts whole seconds"),
    (
        f"{WHOM}, tcp: {{keepalive: {{}}}}, timeouts: {{keepalive: 5s}}",
        "with them tcp.keepalive has no say (leave one",
    ),
    (
        f"{WHOM}, backoff: {{policy: fix}}",
        "backoff.policy: expected none, fixed or exponential, found 'fix' (did you mean fixed?)",
    ),
    (f"{WHOM}, backoff: {{policy: fixed, max: 5s}}", "max is not for policy: fixed (leave it out)"),
    (
        f"{WHOM}, connect: {{hosts: [Pod/pg-0]}}",
        "target and connect.hosts are not for the same client (leave it out)",
    ),
    ("operations: {rate: 1/s}, connect: {hosts: [Pod/pg-7]}", "connect.hosts[0]: there is no Pod/pg-7"),
    (
        "operations: {rate: 1/s}, connect: {hosts: [Pod/pg-0], targetSessionAttrs: readwrite}",
        "(did you mean read-write?)",
    ),
    (
        "operations: {rate: 1/s}, connect: {hosts: [Pod/pg-0], targetSessionAttrs: any, targetServerType: any}",
        "targetSessionAttrs is libpq's and targetServerType is pgjdbc's (write one of them)",
    ),
    (
        "operations: {rate: 1/s}, connect: {hosts: [Pod/pg-0], hostRecheckSeconds: 5s}",
        "hostRecheckSeconds is pgjdbc's (write targetServerType, or leave it out)",
    ),
    ("operations: {rate: 1/s}", "clients[0]: target is missing"),
    (
        "target: Service/pg, operations: {rate: 1/s, kind: register}, recording: flow",
        "recording: flow keeps no history, and kind: register is judged by it "
        "(write recording: full, or kind: set or web)",
    ),
    (
        f"{WHOM}, recording: flow, sessions: 1001, pool: {{preset: hikaricp}}",
        "recording: flow follows a pool's callers one by one, at most 1,000 of them",
    ),
]


@pytest.mark.parametrize(("row", "said"), CASES)
def test_what_is_wrong_with_a_client_is_said_with_its_line(row: str, said: str, tmp_path: Path) -> None:
    found = complaints(f"{HEAD}manifests: [{{file: pg.yaml}}]\nclients: [{{name: shop, {row}}}]", tmp_path)
    assert any(said in line and line.startswith("s.yaml:6:") for line in found), found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("pool: {preset: hikaricp}, tcp: {userTimeout: 10s}", ["clients[0].tcp.userTimeout"]),
        ("pool: {preset: hikaricp}, tcp: {keepalive: {idle: 10s}}", ["clients[0].tcp.keepalive"]),
        ("pool: {preset: hikaricp}, tcp: {keepalive: {}}", []),
        ("pool: {preset: pgbouncer}, tcp: {userTimeout: 10s, keepalive: {idle: 10s}}", []),
        ("tcp: {userTimeout: 10s, keepalive: {idle: 10s}}", []),
    ],
)
def test_what_a_library_cannot_set_is_warned_of(given: str, said: list[str], tmp_path: Path) -> None:
    (tmp_path / "pg.yaml").write_text(WORLD)
    made = tmp_path / "x.yaml"
    made.write_text(f"{HEAD}manifests: [{{file: pg.yaml}}]\nclients: [{{name: c, {WHOM}, {given}}}]\n")
    found = [warning for warning in load(made).warnings if "pgjdbc" in warning.message]
    assert [warning.message.partition(":")[0] for warning in found] == said
    assert all(warning.line for warning in found)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sessions: 1000000", "(recording: flow counts them)"),
        ("recording: flow, sessions: 1000000", ""),
        ("", ""),
    ],
)
def test_a_recording_that_would_never_end_is_warned_of(given: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pg.yaml").write_text(WORLD)
    made = tmp_path / "x.yaml"
    made.write_text(f"{HEAD}manifests: [{{file: pg.yaml}}]\nclients: [{{name: c, {WHOM}, {given}}}]\n")
    found = [str(warning) for warning in load(made).warnings if "recorded one by one" in warning.message]
    assert [said in warning for warning in found] == ([True] if said else [])
