"""The table of systems: one row a `kind:` of the scenario, and nothing registers itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.errors import ModelError
from statesim.scenario.words import did_you_mean
from statesim.systems.parameters import (
    Parameters,
    PatroniParameters,
    PostgresParameters,
    StatelessParameters,
    parse,
)
from statesim.systems.patroni import Patroni
from statesim.systems.postgres import Postgres
from statesim.systems.stateless import Stateless

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statesim.systems.driver import Context, System


class Row(NamedTuple):
    """A system: its driver, and the parameters that it takes."""

    driver: Callable[[Context, Any], System]
    parameters: type[Parameters]


KINDS: dict[str, Row] = {
    "stateless": Row(Stateless, StatelessParameters),
    "postgres": Row(Postgres, PostgresParameters),
    "patroni": Row(Patroni, PatroniParameters),
}


def problems(kind: str, given: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with a system's kind and parameters."""
    if kind not in KINDS:
        return [f"unknown system {kind!r}; {did_you_mean(kind, KINDS) or ''}".rstrip("; ")]
    return parse(KINDS[kind].parameters, given)[1]


def build(kind: str, context: Context, given: Mapping[str, Any]) -> System:
    """Return the driver of a system.

    Raises
    ------
    ModelError
        If the kind or a parameter is wrong; all problems at once.
    """
    wrong = problems(kind, given)
    if wrong:
        raise ModelError(f"systems.{context.name}: " + "; ".join(wrong))
    row = KINDS[kind]
    return row.driver(context, parse(row.parameters, given)[0])
