"""The tables of docs/reference/clients.md against what the code holds."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from statesim.clients.keepalive import GIVE_UP_US
from statesim.clients.link import SYN_GIVE_UP_US
from statesim.kernel.spans import SECOND
from statesim.scenario.clients import Client, TcpKeepalive
from statesim.scenario.hosts import Connect
from statesim.scenario.model import keys_of
from statesim.scenario.pools import SETTINGS, Pool, Preset
from statesim.scenario.units import format_duration

PAGE = (Path(__file__).parents[2] / "docs/reference/clients.md").read_text(encoding="utf-8")


def cells(key: str) -> list[str]:
    """Return the row of the pools' table that is about a key."""
    part = PAGE[PAGE.index("## Pools") : PAGE.index("## Several hosts")]
    (row,) = [line for line in part.splitlines() if line.startswith(f"| `{key}` |")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def told(preset: Preset | None, attribute: str) -> tuple[str, str]:
    if preset is None:
        return "", ""
    name = f"`{preset.name}`" if preset.name else ""
    if preset.value is None:
        return name, "as `size`" if attribute == "minimum_idle" else "never"
    if isinstance(preset.value, bool):
        return name, str(preset.value).lower()
    if attribute.endswith("_us"):
        return name, format_duration(preset.value)
    return name, str(preset.value)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_each_setting_of_a_pool_stands_with_both_defaults(setting):
    _, hikari_name, hikari, bouncer_name, bouncer, _ = cells(setting.key)
    assert (hikari_name, hikari) == told(setting.hikaricp, setting.attribute)
    assert (bouncer_name, bouncer) == told(setting.pgbouncer, setting.attribute)


def test_the_table_has_every_key_of_a_pool():
    assert {setting.key for setting in SETTINGS} == keys_of(Pool).keys() - {"preset"}
    assert {setting.attribute for setting in SETTINGS} == Pool.model_fields.keys() - {"preset"}


def test_the_list_of_hosts_has_every_key():
    part = PAGE[PAGE.index("## Several hosts") : PAGE.index("## What the trace says")]
    for key in keys_of(Connect):
        assert f"| `{key}` |" in part


def test_the_page_tells_the_same_seconds_as_the_model():
    part = PAGE[PAGE.index("## What a client notices") : PAGE.index("## Connecting")]
    keepalive = TcpKeepalive()
    idle, interval = keepalive.idle_us // SECOND, keepalive.interval_us // SECOND
    assert f"**{GIVE_UP_US / SECOND} s**" in part
    assert f"**{SYN_GIVE_UP_US // SECOND} s**" in part
    whole = idle + keepalive.count * interval
    assert f"{idle} s + {keepalive.count} × {interval} s = {whole} s" in part


def test_what_comes_out_of_the_box_can_be_written_so():
    text = PAGE[PAGE.index("## Whose defaults") :]
    rows = yaml.safe_load(text[text.index("```yaml") + 7 : text.index("```\n\nNone")])["clients"]
    found = {row["name"]: Client.model_validate(row) for row in rows}
    assert [client.timeouts.statement_us for client in found.values()] == [None] * 4
    patience = {name: client.connect_patience_us() for name, client in found.items()}
    assert patience == {
        "libpq": None,
        "pgjdbc": 10 * SECOND,
        "application": 10 * SECOND,
        "behind-pgbouncer": 15 * SECOND,
    }
    keepalive = found["libpq"].tcp.keepalive
    assert keepalive is not None
    assert keepalive.idle_us + keepalive.count * keepalive.interval_us == 7875 * SECOND
    assert found["behind-pgbouncer"].remembers().ttl_us == 15 * SECOND
