"""Which systems there are: one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.errors import ModelError
from statesim.scenario.words import did_you_mean
from statesim.systems.parameters import parse
from statesim.systems.patroni import Patroni
from statesim.systems.patroni_parameters import PatroniParameters
from statesim.systems.postgres import Postgres
from statesim.systems.postgres_parameters import PostgresParameters
from statesim.systems.stateless import Stateless, StatelessParameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statesim.systems.driver import Context, System


class Kind(NamedTuple):
    """A row: the driver, and the class of its parameters."""

    driver: Callable[[Context, Any], System]
    parameters: type[Any]


KINDS: dict[str, Kind] = {
    "stateless": Kind(Stateless, StatelessParameters),
    "postgres": Kind(Postgres, PostgresParameters),
    "patroni": Kind(Patroni, PatroniParameters),
}


def problems(kind: str, mapping: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with a system's kind and parameters, one sentence each."""
    row = KINDS.get(kind)
    if row is None:
        hint = did_you_mean(kind, KINDS)
        return [f"there is no system {kind}" + (f"; {hint}" if hint else "")]
    return parse(row.parameters, mapping)[1]


def build(kind: str, context: Context, mapping: Mapping[str, Any]) -> System:
    """Return a new driver.

    Raises
    ------
    ModelError
        If the kind is unknown or its parameters are wrong; `problems` says so before a run.
    """
    wrong = problems(kind, mapping)
    if wrong:
        raise ModelError(f"system {context.name}: {'; '.join(wrong)}")
    row = KINDS[kind]
    return row.driver(context, parse(row.parameters, mapping)[0])
